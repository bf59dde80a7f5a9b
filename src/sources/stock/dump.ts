/**
 * What `SIGNAL DUMP` wrote to the log, as NOTICE events bring it.
 * Owns the reading of the lines; which socket and which connection they speak of is others' to say.
 *
 * The number after `Conn` is the place in Tor's list of connections, not an id: it changes whenever
 * another connection closes. The global id stands in the line of the channel (`connection 37`),
 * and nothing but circumstances ties the two lines together.
 */
import type { Endpoint } from '../../sockets/socket.ts';
import { parseEndpoint } from './endpoint.ts';

/** `Conn 6 (socket 15) is a OR connection (open) with …, created 645 secs ago`. */
export interface DumpedConnection {
  /** The descriptor: `fd` in the tables of sockets. */
  readonly fd: number;
  /** Such as `OR`, `Exit`, `Socks`, `Dir`, `Control`. */
  readonly kind: string;
  /** Whether its handshake, if it has one, is over. */
  readonly isOpen: boolean;
  /** Milliseconds since the epoch, exact to a second. */
  readonly createdAt: number;
  /** 40 hex digits in upper case, where the peer is a relay. */
  readonly fingerprint: string | undefined;
  /** Where the peer is, unless Tor scrubbed it. */
  readonly endpoint: Endpoint | undefined;
  /** The id, on its inbound channel, of the circuit that an exit connection belongs to. */
  readonly exitCircuit: number | undefined;
}

/** `Channel 14 (at 0x…) with transport TLS channel (connection 37) is in state open (2)`. */
export interface DumpedChannel {
  readonly channel: number;
  /** The global id of its connection, as in `ORCONN`. */
  readonly connectionId: number;
  /** Milliseconds since the epoch, exact to a second. */
  readonly createdAt: number;
  readonly fingerprint: string | undefined;
  /** Where the peer is, unless Tor scrubbed it. */
  readonly endpoint: Endpoint | undefined;
  readonly incoming: boolean;
  /** Circuits that it carries, idle ones too. */
  readonly circuits: number;
  /** Cells since it was created; undefined where the line was not heard. */
  readonly cellsRead: number | undefined;
  readonly cellsWritten: number | undefined;
  /** When a client's circuit last used it, seconds since the epoch, or `never`. */
  readonly clientUsed: string | undefined;
}

export interface Dump {
  /** When its first line came, milliseconds since the epoch. */
  readonly at: number;
  readonly connections: readonly DumpedConnection[];
  readonly channels: readonly DumpedChannel[];
}

type Draft<Value> = { -readonly [Key in keyof Value]: Value[Key] };

const BEGIN = 'Dumping stats:';
const CONNECTION =
  /^Conn (\d+) \(socket (-?\d+)\) is an? (.+?) connection \((.*)\)(?: (?:with|to|from|on) (.*))?, created (-?\d+) secs ago$/;
const EXIT_CIRCUIT = /^Conn (\d+) has Exit-ward circuit: circID \d+ \(other side (\d+)\)/;
const CHANNEL =
  /^Channel (\d+) \(at [^)]*\) with transport TLS channel \(connection (\d+)\) is in state /;
const DETAIL = /^ \* Channel (\d+) (.*)$/;
const CREATED = /^was created at \d+ \((\d+) seconds ago\)/;
const DESCRIBED = / actual description of "(\S+)/;
const DIGEST = /^says it is connected to an OR with digest ([0-9A-F]{40})$/;
const CIRCUITS = /^has \d+ active circuits out of (\d+) in total$/;
const CELLS = /^has received \d+ bytes in (\d+) cells and transmitted \d+ bytes in (\d+) cells$/;
const CLIENT_USED = /^was (?:last used by a client at (\d+)|(never) used by a client)\b/;
const MARKS = 'has these marks: ';

/** Tor's lines are a few hundred characters; the patterns above take long over very long ones. */
const MAX_LINE_LENGTH = 2048;

/** More descriptors than a process can have; what dumps more is not a Tor. */
const MAX_DUMPED = 1 << 20;

/** Collects the lines of one dump after the other, its own or another controller's. */
export class DumpCollector {
  #begun: number | undefined;
  #connections = new Map<number, Draft<DumpedConnection>>();
  #channels = new Map<number, Draft<DumpedChannel>>();

  /** Takes the text of a NOTICE event that arrived at `at`, milliseconds since the epoch. */
  line(text: string, at: number): void {
    if (text === BEGIN) {
      this.#begun = at;
      this.#connections = new Map();
      this.#channels = new Map();
    } else if (this.#begun !== undefined && text.length <= MAX_LINE_LENGTH) {
      this.#read(text, this.#begun);
    }
  }

  /**
   * The dump, when Tor has said `SIGNAL DUMP`, which comes after its last line; undefined where its
   * beginning was not heard, or it was too large.
   */
  end(): Dump | undefined {
    const at = this.#begun;
    this.#begun = undefined;
    const connections = [...this.#connections.values()];
    const channels = [...this.#channels.values()];
    this.#connections = new Map();
    this.#channels = new Map();
    return at === undefined ? undefined : { at, connections, channels };
  }

  #read(text: string, begun: number): void {
    if (this.#connections.size > MAX_DUMPED || this.#channels.size > MAX_DUMPED) {
      this.#begun = undefined;
    } else if (text.startsWith('Conn ')) {
      this.#readConnection(text, begun);
    } else if (text.startsWith(' * Channel ')) {
      const [, channel, detail] = DETAIL.exec(text) ?? [];
      const known = this.#channels.get(Number(channel));
      if (known !== undefined && detail !== undefined) readDetail(known, detail, begun);
    } else {
      const [, channel, connectionId] = CHANNEL.exec(text) ?? [];
      if (channel === undefined) return;
      this.#channels.set(Number(channel), {
        channel: Number(channel),
        connectionId: Number(connectionId),
        createdAt: begun,
        fingerprint: undefined,
        endpoint: undefined,
        incoming: false,
        circuits: 0,
        cellsRead: undefined,
        cellsWritten: undefined,
        clientUsed: undefined,
      });
    }
  }

  #readConnection(text: string, begun: number): void {
    const [, place, fd, kind, state, peer = '', age] = CONNECTION.exec(text) ?? [];
    if (kind !== undefined) {
      this.#connections.set(Number(place), {
        fd: Number(fd),
        kind,
        isOpen: state === 'open',
        createdAt: begun - Number(age) * 1000,
        fingerprint: / RSA_ID=([0-9A-F]{40})\b/.exec(peer)?.[1],
        endpoint: parseEndpoint(peer.split(' ')[0]!),
        exitCircuit: undefined,
      });
      return;
    }
    const [, exit, circuit] = EXIT_CIRCUIT.exec(text) ?? [];
    const connection = this.#connections.get(Number(exit));
    if (connection !== undefined && circuit !== undefined) connection.exitCircuit = Number(circuit);
  }
}

function readDetail(channel: Draft<DumpedChannel>, detail: string, begun: number): void {
  if (detail.startsWith(MARKS)) {
    channel.incoming = detail.split(' ').includes('incoming');
    return;
  }
  const age = CREATED.exec(detail)?.[1];
  if (age !== undefined) channel.createdAt = begun - Number(age) * 1000;
  const described = DESCRIBED.exec(detail)?.[1];
  if (described !== undefined) channel.endpoint = parseEndpoint(described);
  const digest = DIGEST.exec(detail)?.[1];
  if (digest !== undefined) channel.fingerprint = digest;
  const circuits = CIRCUITS.exec(detail)?.[1];
  if (circuits !== undefined) channel.circuits = Number(circuits);
  const [, at, never] = CLIENT_USED.exec(detail) ?? [];
  channel.clientUsed = at ?? never ?? channel.clientUsed;
  const [, received, sent] = CELLS.exec(detail) ?? [];
  if (received === undefined) return;
  channel.cellsRead = Number(received);
  channel.cellsWritten = Number(sent);
}
