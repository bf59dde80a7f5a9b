/**
 * The table of peers of one recording.
 * Owns how a peer is kept there; what refers to it is the frame's and the index's.
 */
import { damaged } from './damage.ts';
import { LONGEST_COLUMN, PeerLines } from './peerLines.ts';
import { NO_PEER, type Peer, type PeerBook } from './peers.ts';
import type { TableRows } from './rows.ts';
import type { Sqlite } from './sqlite.ts';

/** As it is stored; of a damaged file, anything may be. */
interface PeerRow {
  readonly or_id: unknown;
  readonly ip: unknown;
}

/** The peers of an OR_ID: the first, which nearly always is the only one, and others by IP. */
interface Numbered {
  readonly ip: string;
  number: number;
  others: Map<string, number> | undefined;
}

/** The number of the peer of which nothing is kept; every other has one from 1. */
export const NO_PEER_NUMBER = 0;

/**
 * How many peers are held in memory, each some 200 bytes. A relay meets fewer in a lifetime; past
 * it all are forgotten, and a peer may then get a second number: what counts is what it stands for.
 */
const HELD = 100_000;

const ZERO = 48;

const TWO_TO_32 = 2 ** 32;

/** Peers that are kept as bytes and bits, as nearly all are; of the last so many. */
const USUAL = `typeof(or_id) = 'blob' AND length(or_id) = 20 AND typeof(ip) = 'integer'
  AND ip BETWEEN 0 AND ${TWO_TO_32 - 1} AND id BETWEEN 1 AND ${LONGEST_COLUMN - 1}`;
const LAST = 'id > (SELECT max(id) FROM peer) - ?';

/** Their lines as `linesOf` gives them: SQLite writes them in a tenth of the time that rows take. */
const USUAL_LINES = `SELECT group_concat(
    printf('%d %s %d.%d.%d.%d', id, hex(or_id), ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255),
    char(10)) || char(10)
  FROM peer WHERE ${LAST} AND ${USUAL}`;
const UNUSUAL = `SELECT id, or_id, ip FROM peer WHERE ${LAST} AND NOT (${USUAL})`;

const CAPITAL_HEX = /^[0-9A-F]{40}$/;

export class PeerTable implements PeerBook {
  readonly #db: Sqlite;
  readonly #rows: TableRows | undefined;
  readonly #select;
  readonly #lines = new PeerLines();
  #isLoaded = false;
  /** By OR_ID, where new ones are numbered: labels keep the strings, and so their hashes. */
  readonly #numbers = new Map<string, Numbered>();
  /** Those that were asked for. */
  readonly #peers = new Map<number, Peer>();

  /**
   * @param db a recording, whose peers are read when the first is asked for.
   * @param rows its table of peers, opened for writing where `numberOf` is to number new ones.
   */
  constructor(db: Sqlite, rows?: TableRows) {
    this.#db = db;
    this.#rows = rows;
    this.#select = db.prepare<[number], PeerRow>('SELECT or_id, ip FROM peer WHERE id = ?');
  }

  numberOf(orId: string, ip: string): number {
    if (orId === NO_PEER.orId && ip === NO_PEER.ip) return NO_PEER_NUMBER;
    if (this.#rows === undefined)
      throw new TypeError('a recording opened for reading numbers no peer');
    this.#makeReady();
    const relay = this.#numbers.get(orId);
    const known = relay?.ip === ip ? relay.number : relay?.others?.get(ip);
    if (known !== undefined) return known;
    const storedOrId = CAPITAL_HEX.test(orId) ? Buffer.from(orId, 'hex') : orId;
    const number = this.#rows.insert([null, storedOrId, storedIp(ip)]);
    this.#hold(number, { orId, ip });
    return number;
  }

  peer(number: number): Peer {
    let peer = this.#peers.get(number);
    if (peer === undefined) {
      this.#makeReady();
      this.#read(number);
      peer = this.#lines.peer(number);
      this.#peers.set(number, peer);
    }
    return peer;
  }

  /**
   * What the chain covers of peers, a line each in the order of their numbers; good until the next
   * call. Throws `damaged` where one is not there.
   */
  linesOf(numbers: ArrayLike<number>): Uint8Array {
    this.#makeReady();
    for (let index = 0; index < numbers.length; index++) this.#read(numbers[index]!);
    return this.#lines.linesOf(numbers);
  }

  /** Holds a peer that may not be held yet. */
  #read(number: number): void {
    if (this.#lines.has(number)) return;
    const row = this.#select.get(number);
    if (row === undefined) throw damaged(`it refers to peer ${number}, which is not there`);
    this.#hold(number, peerOf(row));
  }

  /** Before peers are asked for: forgets all where they have become too many. */
  #makeReady(): void {
    if (!this.#isLoaded) this.#load();
    if (this.#lines.count <= HELD) return;
    this.#lines.clear();
    this.#numbers.clear();
    this.#peers.clear();
  }

  /** Holds the last peers of the table. */
  #load(): void {
    this.#isLoaded = true;
    const lines = this.#db.prepare<[number], string | null>(USUAL_LINES).pluck().get(HELD) ?? '';
    this.#lines.addAll(lines);
    if (this.#rows === undefined) return;
    for (const line of lines.split('\n')) {
      const [number, orId, ip] = line.split(' ');
      if (ip !== undefined) this.#holdNumber(Number(number), orId!, ip);
    }
    const others = this.#db.prepare<[number], PeerRow & { id: number }>(UNUSUAL);
    for (const row of others.all(HELD)) this.#hold(row.id, peerOf(row));
  }

  #hold(number: number, peer: Peer): void {
    this.#lines.add(number, peer);
    if (this.#rows !== undefined) this.#holdNumber(number, peer.orId, peer.ip);
  }

  #holdNumber(number: number, orId: string, ip: string): void {
    const relay = this.#numbers.get(orId);
    if (relay === undefined) {
      this.#numbers.set(orId, { ip, number, others: undefined });
    } else if (relay.ip === ip) {
      relay.number = number;
    } else {
      relay.others ??= new Map();
      relay.others.set(ip, number);
    }
  }
}

/** As 32 bits where that gives the same text back. */
function storedIp(ip: string): bigint | string {
  let bits = 0;
  let octets = 0;
  let value = 0;
  for (let place = 0; place <= ip.length; place++) {
    const digit = ip.charCodeAt(place) - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      continue;
    }
    bits = bits * 256 + value;
    value = 0;
    octets++;
  }
  return octets === 4 && bits < TWO_TO_32 && ipOf(bits) === ip ? BigInt(bits) : ip;
}

function ipOf(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

function peerOf({ or_id: orId, ip: stored }: PeerRow): Peer {
  const ip = isBits(stored) ? ipOf(stored) : stored;
  if (typeof ip === 'string') {
    if (typeof orId === 'string') return { orId, ip };
    if (Buffer.isBuffer(orId)) return { orId: orId.toString('hex').toUpperCase(), ip };
  }
  throw damaged('a peer that it refers to is damaged');
}

function isBits(stored: unknown): stored is number {
  return Number.isInteger(stored) && (stored as number) >= 0 && (stored as number) < TWO_TO_32;
}
