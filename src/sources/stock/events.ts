/**
 * The texts of a stock Tor's events and of `circuit-status` → typed values.
 * Owns their grammar (control-spec, sections 3.9 and 4.1), not what they mean together. Keys not
 * known are passed over; what does not parse is undefined.
 */
import { type Arguments, parseArguments } from '../../control/quoting.ts';
import type { Endpoint } from '../../sockets/socket.ts';
import { parseEndpoint } from './endpoint.ts';

/** `NEW` is inbound, `LAUNCHED` outbound. */
export type OrStatus = 'NEW' | 'LAUNCHED' | 'CONNECTED' | 'FAILED' | 'CLOSED';

/** `650 ORCONN`: one OR connection changed (control-spec, section 4.1.3). */
export interface OrConnEvent {
  /** The connection's global id, which the dump's channels use too. */
  readonly id: number;
  /** 40 hex digits in upper case, once the peer is known to be a relay. */
  readonly fingerprint: string | undefined;
  /** The peer's address where it is not: a user's, perhaps. */
  readonly endpoint: Endpoint | undefined;
  readonly status: OrStatus;
  /** Tor's word for why it ended, such as `TLS_ERROR`; empty where none was given. */
  readonly reason: string;
}

const STATUSES: ReadonlySet<string> = new Set(['NEW', 'LAUNCHED', 'CONNECTED', 'FAILED', 'CLOSED']);

/** `$FINGERPRINT~nickname CONNECTED ID=297`, `127.0.0.1:51356 CLOSED REASON=DONE ID=298`. */
export function parseOrConn(text: string): OrConnEvent | undefined {
  const { plain, keyed: words } = argumentsOf(text);
  const [target = '', status = ''] = plain;
  const id = integer(words.get('ID'));
  if (id === undefined || !STATUSES.has(status)) return undefined;
  const fingerprint = fingerprintOf(target);
  const endpoint = fingerprint === undefined ? parseEndpoint(target) : undefined;
  if (fingerprint === undefined && endpoint === undefined) return undefined;
  const reason = words.get('REASON') ?? '';
  return {
    id,
    fingerprint,
    endpoint,
    status: status as OrStatus,
    reason: /^[A-Z_]+$/.test(reason) ? reason : '',
  };
}

/** From link protocol 4 on, with circuit ids of 4 bytes (tor-spec, section 3). */
export const CELL_BYTES = 514;

/** One side of a circuit: the channel and the circuit's id there, and what was sent that way. */
export interface CellQueue {
  /** A channel's id: another number space than the connections'. */
  readonly channel: number;
  /** The circuit's id on the channel. */
  readonly queue: number;
  /** Cells taken off the queue, that is, sent on the channel, since the event before. */
  readonly removed: number;
}

/** `650 CELL_STATS`: the cells of one circuit since the event before. */
export interface CellStatsEvent {
  /** The global id of a circuit of Tor's own; undefined for one in transit. */
  readonly ownId: number | undefined;
  /** Towards the client; undefined for a circuit of Tor's own. */
  readonly inbound: CellQueue | undefined;
  /** Away from the client; undefined at the last hop. */
  readonly outbound: CellQueue | undefined;
  /** Whether the answer to the circuit's creation is among the cells: it began just now. */
  readonly created: boolean;
}

/** `InboundQueue=… InboundConn=24 InboundRemoved=relay:1,created2:1 … OutboundConn=255 …`. */
export function parseCellStats(text: string): CellStatsEvent | undefined {
  const { keyed: words } = argumentsOf(text);
  const inbound = cellQueue(words, 'Inbound');
  const outbound = cellQueue(words, 'Outbound');
  const ownId = integer(words.get('ID'));
  if (inbound === undefined && (outbound === undefined || ownId === undefined)) return undefined;
  const answered = words.get('InboundRemoved') ?? '';
  return { ownId, inbound, outbound, created: /(?:^|,)created(?:2|_fast)?:/.test(answered) };
}

function cellQueue(words: ReadonlyMap<string, string>, side: string): CellQueue | undefined {
  const channel = integer(words.get(`${side}Conn`));
  const queue = integer(words.get(`${side}Queue`));
  if (channel === undefined || queue === undefined) return undefined;
  let removed = 0;
  for (const part of (words.get(`${side}Removed`) ?? '').split(',')) {
    removed += integer(part.slice(part.indexOf(':') + 1)) ?? 0;
  }
  return { channel, queue, removed };
}

/** A circuit that this Tor itself built: a line of `circuit-status`. */
export interface OwnCircuit {
  readonly id: number;
  /** The relay it begins at; undefined while Tor has not chosen, or not connected. */
  readonly firstHop: string | undefined;
  /** Such as `GENERAL`, `HS_SERVICE_INTRO`; empty where none was given. */
  readonly purpose: string;
  /** The onion service that it is for, as its address; empty where none was given. */
  readonly service: string;
  /** Whether it has a single hop, which Tor uses to fetch directory documents. */
  readonly oneHop: boolean;
  /** Milliseconds since the epoch; undefined where it was not given. */
  readonly createdAt: number | undefined;
}

/** `12 BUILT $FP~r0,$FP~r3 BUILD_FLAGS=… PURPOSE=GENERAL TIME_CREATED=2026-11-23T04:57:38.27`. */
export function parseOwnCircuit(line: string): OwnCircuit | undefined {
  const { plain, keyed: words } = argumentsOf(line);
  const [number, , path = ''] = plain;
  const id = integer(number);
  if (id === undefined || id === 0) return undefined;
  const createdAt = Date.parse(`${words.get('TIME_CREATED') ?? ''}Z`);
  return {
    id,
    firstHop: fingerprintOf(path.split(',')[0]!),
    purpose: words.get('PURPOSE') ?? '',
    service: words.get('REND_QUERY') ?? '',
    oneHop: (words.get('BUILD_FLAGS') ?? '').split(',').includes('ONEHOP_TUNNEL'),
    createdAt: Number.isNaN(createdAt) ? undefined : createdAt,
  };
}

/** `$FINGERPRINT`, `$FINGERPRINT~nickname`, `$FINGERPRINT=nickname`. */
function fingerprintOf(word: string): string | undefined {
  return /^\$([0-9A-Fa-f]{40})(?:[~=]|$)/.exec(word)?.[1]?.toUpperCase();
}

/** The arguments, values in quotes read as such: none where a quote is not closed. */
function argumentsOf(text: string): Arguments {
  try {
    return parseArguments(text);
  } catch {
    return { plain: [], keyed: new Map(), raw: new Map() };
  }
}

/** An unsigned integer that a number holds exactly. */
function integer(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
