/**
 * The output of `ss` (iproute2) → sockets.
 * Owns its format and what its silence on a counter means; running it is reader.ts's.
 *
 *     ESTAB 0 0 127.0.0.1:40546 127.0.0.12:9001 users:(("tor",pid=17052,fd=24)) ino:112552 sk:1
 *       bbr … bytes_acked:583653 bytes_received:71311 …   (on one line with -O, else on two)
 */
import type { SocketDetails, SocketState, SystemSocket } from './socket.ts';
import { areRead, endpointIn, isBlank, LineWords, takeNumber, type WordSpan } from './words.ts';

/**
 * What the kernel counts and `ss` prints: `received` only where bytes_sent is missing (Linux before
 * 4.19, iproute2 before 5), `nothing` without tcp_info's bytes (before 4.1); undefined where no
 * socket has moved anything that would show it.
 */
export type CountedBytes = 'both' | 'received' | 'nothing';

const STATES: Readonly<Record<string, SocketState>> = {
  ESTAB: 'established',
  'SYN-SENT': 'connecting',
  'SYN-RECV': 'connecting',
  LISTEN: 'listening',
  'FIN-WAIT-1': 'closing',
  'FIN-WAIT-2': 'closing',
  'CLOSE-WAIT': 'closing',
  'LAST-ACK': 'closing',
  CLOSING: 'closing',
  'TIME-WAIT': 'closing',
};

const STATE_WORD = /^[A-Z][A-Z0-9-]*$/;

const MAX_LINE_BYTES = 2 ** 16;

/** What is read of a socket, by its place among its numbers; NaN is what is not printed. */
const STATE = 0;
const INODE = 1;
/** ss leaves counters out while they are 0, and always where the kernel does not have them. */
const SENT = 2;
const ACKED = 3;
const RECEIVED = 4;
/** ss prints it first of tcp_info, which every established socket has. */
const RTO = 5;
const RTT_MS = 6;
const RETRANSMITTED = 7;
const LOST = 8;
/** Where the ends lie in the bytes that are kept of it: two words with a space between. */
const ENDS_FROM = 9;
const ENDS_CUT = 10;
const ENDS_TO = 11;
const NUMBERS = 12;

const NO_BYTES: Buffer = Buffer.alloc(0);

const STATE_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.keys(STATES).map((word, index) => [word, index]),
);
const STATES_BY_NUMBER = Object.values(STATES);

/**
 * Gathers sockets from what `ss` prints, as bytes and numbers: 20,000 are 12 MB, and none becomes an
 * object that nobody asks for. Without -O the counters of a socket stand on a line of their own.
 */
export class SsParser {
  readonly #withDetails: boolean;
  #rest = NO_BYTES;
  #numbers = new Float64Array(1024 * NUMBERS);
  #ends: Buffer = Buffer.alloc(64 * 1024);
  #endsLength = 0;
  #count = 0;
  /** Whether the next line may go on with the last socket. */
  #isOpen = false;
  /** How many lines began a socket, in whatever state; and how many began with something else. */
  #known = 0;
  #strange = 0;

  /** @param withDetails whether sockets are to say how they fare. */
  constructor(withDetails = false) {
    this.#withDetails = withDetails;
  }

  /** Takes what comes next, cut anywhere. Throws `Error` where a line does not end. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      if (this.#rest.length === 0) this.#line(chunk, start, end);
      else this.#endLine(chunk.subarray(start, end));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    this.#rest = this.#rest.length === 0 ? rest : Buffer.concat([this.#rest, rest]);
    if (this.#rest.length > MAX_LINE_BYTES) throw new Error('it prints a line without end');
  }

  /** The inodes of all sockets so far. */
  inodes(): Set<number> {
    const inodes = new Set<number>();
    for (let at = 0; at < this.#count * NUMBERS; at += NUMBERS) {
      inodes.add(this.#numbers[at + INODE]!);
    }
    return inodes;
  }

  /**
   * The sockets, and what is counted of any. Throws `Error` where no line was understood.
   * @param descriptors the inodes of a process's sockets, and their descriptors: those alone are
   *   given, with their descriptor. Without them, all are.
   * @param before those of the reading before, by inode: what is as it was is given again, since
   *   what need not be made need not be collected.
   */
  end(
    descriptors?: ReadonlyMap<number, number>,
    before: ReadonlyMap<number, SystemSocket> = new Map(),
  ): { sockets: SystemSocket[]; counts: CountedBytes | undefined } {
    this.#endLine(NO_BYTES);
    if (this.#known === 0 && this.#strange > 0) {
      throw new Error(`none of the ${this.#strange} lines that it printed has its usual columns`);
    }
    const counts = this.#counts();
    const sockets: SystemSocket[] = [];
    for (let at = 0; at < this.#count * NUMBERS; at += NUMBERS) {
      const inode = this.#numbers[at + INODE]!;
      const fd = descriptors?.get(inode);
      if (descriptors !== undefined && fd === undefined) continue;
      const socket = this.#socketAt(at, counts, fd, before.get(inode));
      if (socket !== undefined) sockets.push(socket);
    }
    return { sockets, counts };
  }

  /** Takes a line that was cut. */
  #endLine(last: Buffer): void {
    const bytes = Buffer.concat([this.#rest, last]);
    this.#rest = NO_BYTES;
    this.#line(bytes, 0, bytes.length);
  }

  #line(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (isBlank(bytes[start]!)) {
      if (this.#isOpen) this.#takeWords(bytes, start, end);
      return;
    }
    this.#isOpen = false;
    const words = new LineWords(bytes, start, end);
    let word = words.next();
    // Netid is there only where more than one kind of socket may be.
    if (word === 'tcp' || word === 'Netid') word = words.next();
    if (word === 'State') return;
    const isHead = STATE_WORD.test(word) && words.nextIsNumber() && words.nextIsNumber();
    const local = words.skip();
    const remote = words.skip();
    if (!isHead || local.from === local.to || remote.from === remote.to) {
      this.#strange++;
      return;
    }
    this.#known++;
    const state = STATE_NUMBERS.get(word);
    if (state === undefined) return;
    this.#begin(state, bytes, local, remote);
    this.#isOpen = true;
    this.#takeWords(bytes, remote.to, end);
  }

  #begin(state: number, bytes: Buffer, local: WordSpan, remote: WordSpan): void {
    const at = this.#count++ * NUMBERS;
    if (at === this.#numbers.length) {
      const longer = new Float64Array(2 * at);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    const cut = this.#endsLength + local.to - local.from;
    const to = cut + 1 + remote.to - remote.from;
    if (to > this.#ends.length) {
      this.#ends = Buffer.concat([this.#ends, Buffer.alloc(Math.max(to, this.#ends.length))]);
    }
    bytes.copy(this.#ends, this.#endsLength, local.from, local.to);
    bytes.copy(this.#ends, cut + 1, remote.from, remote.to);
    this.#numbers.fill(Number.NaN, at, at + NUMBERS);
    this.#numbers[at + STATE] = state;
    this.#numbers[at + ENDS_FROM] = this.#endsLength;
    this.#numbers[at + ENDS_CUT] = cut;
    this.#numbers[at + ENDS_TO] = to;
    this.#endsLength = to;
  }

  /** Reads what stands behind the last socket's ends; of two words alike the first counts. */
  #takeWords(bytes: Buffer, from: number, end: number): void {
    const numbers = this.#numbers;
    const socket = (this.#count - 1) * NUMBERS;
    for (let at = from; at < end; at++) {
      if (!isBlank(bytes[at]!)) continue;
      const word = at + 1;
      switch (bytes[word]) {
        case 0x62: // b
          takeNumber(numbers, socket + SENT, SENT_KEY, bytes, word, end);
          takeNumber(numbers, socket + ACKED, ACKED_KEY, bytes, word, end);
          takeNumber(numbers, socket + RECEIVED, RECEIVED_KEY, bytes, word, end);
          if (!this.#withDetails && areRead(numbers, socket + INODE, socket + RTO)) return;
          break;
        case 0x69: // i
          takeNumber(numbers, socket + INODE, INODE_KEY, bytes, word, end);
          break;
        case 0x72: // r
          takeNumber(numbers, socket + RTO, RTO_KEY, bytes, word, end);
          if (this.#withDetails) takeDetails(numbers, socket, bytes, word, end);
          break;
        case 0x6c: // l
          if (this.#withDetails) takeNumber(numbers, socket + LOST, LOST_KEY, bytes, word, end);
          break;
      }
    }
  }

  #counts(): CountedBytes | undefined {
    let sawInfo = false;
    let sawBytes = false;
    let sawReceived = false;
    for (let at = 0; at < this.#count * NUMBERS; at += NUMBERS) {
      const numbers = this.#numbers;
      if (!Number.isNaN(numbers[at + SENT])) return 'both';
      const acked = numbers[at + ACKED]!;
      // One byte is acknowledged of a handshake.
      if (acked > 1) sawReceived = true;
      if (acked > 0 || !Number.isNaN(numbers[at + RECEIVED])) sawBytes = true;
      const isEstablished = STATES_BY_NUMBER[numbers[at + STATE]!] === 'established';
      if (isEstablished && !Number.isNaN(numbers[at + RTO])) sawInfo = true;
    }
    if (sawReceived) return 'received';
    return sawInfo && !sawBytes ? 'nothing' : undefined;
  }

  /** Undefined where its ends are none. @param before the same socket, as it was. */
  #socketAt(
    at: number,
    counts: CountedBytes | undefined,
    fd: number | undefined,
    before: SystemSocket | undefined,
  ): SystemSocket | undefined {
    const number = (field: number) => this.#numbers[at + field]!;
    const state = STATES_BY_NUMBER[number(STATE)]!;
    const isDescribed = !Number.isNaN(number(RTO));
    const isCounted = state !== 'established' || isDescribed || !Number.isNaN(number(ACKED));
    const hasSent = isCounted && counts !== 'received' && counts !== 'nothing';
    // What was sent twice counts twice in bytes_sent, and the handshake counts in bytes_acked of the
    // side that opened: what both hold was written and has arrived.
    const sent = hasSent ? Math.min(number(SENT) || 0, number(ACKED) || 0) : undefined;
    const received = isCounted && counts !== 'nothing' ? number(RECEIVED) || 0 : undefined;
    const details = this.#withDetails && isDescribed ? this.#detailsAt(at) : undefined;
    if (
      before?.state === state &&
      before.sent === sent &&
      before.received === received &&
      before.fd === fd &&
      details === undefined &&
      before.details === undefined
    ) {
      return before;
    }
    const ends = before ?? this.#endsAt(at);
    if (ends === undefined) return undefined;
    const inode = number(INODE);
    return {
      local: ends.local,
      remote: ends.remote,
      state,
      ...(fd === undefined ? {} : { fd }),
      ...(Number.isNaN(inode) ? {} : { inode }),
      ...(sent === undefined ? {} : { sent }),
      ...(received === undefined ? {} : { received }),
      ...(details === undefined ? {} : { details }),
    };
  }

  #endsAt(at: number) {
    const cut = this.#numbers[at + ENDS_CUT]!;
    const local = endpointIn(this.#ends, { from: this.#numbers[at + ENDS_FROM]!, to: cut });
    const remote = endpointIn(this.#ends, { from: cut + 1, to: this.#numbers[at + ENDS_TO]! });
    return local === undefined || remote === undefined ? undefined : { local, remote };
  }

  /** What ss leaves out is 0, but for a time that nothing gave yet. */
  #detailsAt(at: number): SocketDetails {
    const rttMs = this.#numbers[at + RTT_MS]!;
    return {
      rttMs: Number.isNaN(rttMs) ? undefined : rttMs,
      retransmitted: this.#numbers[at + RETRANSMITTED]! || 0,
      lost: this.#numbers[at + LOST]! || 0,
    };
  }
}

const LF = 10;

/** What stands before the numbers that are read. */
const SENT_KEY = Buffer.from('bytes_sent:');
const ACKED_KEY = Buffer.from('bytes_acked:');
const RECEIVED_KEY = Buffer.from('bytes_received:');
const INODE_KEY = Buffer.from('ino:');
const RTO_KEY = Buffer.from('rto:');
const LOST_KEY = Buffer.from('lost:');

const MAX_DETAIL = 48;
const RTT = /^rtt:(\d+(?:\.\d+)?)\//;
/** How many are under way again, and how many there were in all. */
const RETRANS = /^retrans:\d+\/(\d+)/;

function takeDetails(
  numbers: Float64Array,
  socket: number,
  bytes: Buffer,
  word: number,
  end: number,
): void {
  const text = bytes.toString('latin1', word, Math.min(end, word + MAX_DETAIL));
  const rtt = RTT.exec(text)?.[1];
  if (rtt !== undefined) numbers[socket + RTT_MS] = Number(rtt);
  const retransmitted = RETRANS.exec(text)?.[1];
  if (retransmitted !== undefined) numbers[socket + RETRANSMITTED] = Number(retransmitted);
}
