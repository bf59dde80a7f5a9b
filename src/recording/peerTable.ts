/**
 * The table of peers of one recording.
 * Owns how a peer is kept there; what refers to it is the frame's and the index's.
 */
import { damaged } from './damage.ts';
import { NO_PEER, type Peer, type PeerBook } from './peers.ts';
import type { TableRows } from './rows.ts';
import type { Sqlite } from './sqlite.ts';

/** As it is stored; of a damaged file, anything may be. */
interface PeerRow {
  readonly or_id: unknown;
  readonly ip: unknown;
}

/** The number of the peer of which nothing is kept; every other has one from 1. */
export const NO_PEER_NUMBER = 0;

/**
 * How many peers are held in memory, each some 200 bytes. A relay meets fewer in a lifetime; past
 * it all are forgotten, and a peer may then get a second number: what counts is what it stands for.
 */
const HELD = 100_000;

const TWO_TO_32 = 2 ** 32;

const CAPITAL_HEX = /^[0-9A-F]{40}$/;

export class PeerTable implements PeerBook {
  readonly #rows: TableRows | undefined;
  readonly #select;
  /** By OR_ID, then by IP: labels keep the strings, and so their hashes. */
  readonly #numbers = new Map<string, Map<string, number>>();
  readonly #peers = new Map<number, Peer>([[NO_PEER_NUMBER, NO_PEER]]);

  /**
   * @param db a recording.
   * @param rows its table of peers, opened for writing where `numberOf` is to number new ones.
   */
  constructor(db: Sqlite, rows?: TableRows) {
    this.#rows = rows;
    this.#select = db.prepare<[number], PeerRow>('SELECT or_id, ip FROM peer WHERE id = ?');
    const latest = db.prepare<[number], PeerRow & { id: number }>(
      'SELECT id, or_id, ip FROM peer ORDER BY id DESC LIMIT ?',
    );
    for (const row of latest.all(HELD).reverse()) this.#hold(row.id, peerOf(row));
  }

  numberOf(orId: string, ip: string): number {
    if (orId === NO_PEER.orId && ip === NO_PEER.ip) return NO_PEER_NUMBER;
    const known = this.#numbers.get(orId)?.get(ip);
    if (known !== undefined) return known;
    if (this.#rows === undefined)
      throw new TypeError('a recording opened for reading numbers no peer');
    const storedOrId = CAPITAL_HEX.test(orId) ? Buffer.from(orId, 'hex') : orId;
    const number = this.#rows.insert([null, storedOrId, storedIp(ip)]);
    this.#hold(number, { orId, ip });
    return number;
  }

  peer(number: number): Peer {
    const held = this.#peers.get(number);
    if (held !== undefined) return held;
    const row = this.#select.get(number);
    if (row === undefined) throw damaged(`it refers to peer ${number}, which is not there`);
    const peer = peerOf(row);
    this.#hold(number, peer);
    return peer;
  }

  #hold(number: number, peer: Peer): void {
    if (this.#peers.size > HELD) {
      this.#peers.clear();
      this.#numbers.clear();
      this.#peers.set(NO_PEER_NUMBER, NO_PEER);
    }
    this.#peers.set(number, peer);
    const ofRelay = this.#numbers.get(peer.orId);
    if (ofRelay === undefined) this.#numbers.set(peer.orId, new Map([[peer.ip, number]]));
    else ofRelay.set(peer.ip, number);
  }
}

/** As 32 bits where that gives the same text back. */
function storedIp(ip: string): bigint | string {
  const parts = ip.split('.');
  if (parts.length !== 4) return ip;
  const bits = parts.reduce((all, part) => all * 256 + Number(part), 0);
  return bits < TWO_TO_32 && ipOf(bits) === ip ? BigInt(bits) : ip;
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
