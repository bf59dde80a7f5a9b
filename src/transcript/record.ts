/**
 * The records of a transcript: JSON objects → header, session, snapshot, gap.
 * Owns their keys and what is refused; where records come from is read.ts's and
 * sources/native.ts's.
 */
import { ConntapeError, messageOf } from '../error.ts';
import { isObject, jsonFault, parseJson } from '../listing/json.ts';
import type { Listing } from '../listing/listing.ts';
import type {
  Between,
  Gap,
  Header,
  Json,
  JsonObject,
  LifeEvent,
  Observation,
  Observes,
  Snapshot,
  TapeItem,
} from '../listing/snapshot.ts';
import { NATIVE_OBSERVES } from './observes.ts';

/** Makes the error for a record that is refused. */
export type Fault = (cause: string) => ConntapeError;

/** The version of transcripts that is understood. */
const VERSION = 1;

/**
 * Date, hour and minute, second, fraction and zone. Date.parse takes much more, and what has no zone
 * for the machine's.
 */
const ISO_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):(\d\d)((?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/;

const LEAP_SECOND = '60';
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** Every month has so many days. */
const SHORTEST_MONTH = '28';

/** The object that a line of a transcript is. */
export function parseRecord(text: string, fault: Fault): JsonObject {
  let record: unknown;
  try {
    record = parseJson(text);
  } catch (thrown) {
    throw fault(jsonFault(thrown));
  }
  if (!isObject(record)) throw fault('it is not a JSON object');
  return record;
}

/** The header that a transcript's first record gives. */
export function headerOf(record: JsonObject, fault: Fault): Header {
  const { transcript, ...header } = record;
  if (transcript !== VERSION) throw fault('it is not the header of a transcript of version 1');
  return headerIn(header, fault);
}

/** The header that a record's keys give, be it a transcript's first or a session's. */
function headerIn(record: JsonObject, fault: Fault): Header {
  const { source, bytes, interval_s, relay, config, observes, ...extra } = record;
  if (bytes !== undefined && bytes !== 'connection' && bytes !== 'entry') {
    throw fault('bytes is neither connection nor entry');
  }
  const intervalMs = typeof interval_s === 'number' ? Math.round(interval_s * 1000) : 0;
  if (!(intervalMs >= 1 && intervalMs <= Number.MAX_SAFE_INTEGER)) {
    throw fault('interval_s is not a number of seconds, at least 0.001');
  }
  const relayRecord = isObject(relay) ? relay : {};
  const { fingerprint, nickname, tor_version, ...relayExtra } = relayRecord;
  return {
    source: textOr(source, 'native'),
    bytes: bytes ?? 'connection',
    intervalMs,
    relay: {
      fingerprint: textOr(fingerprint, ''),
      nickname: textOr(nickname, ''),
      torVersion: textOr(tor_version, ''),
    },
    config: textsOf(config),
    observes: observesOf(observes),
    extra: Object.keys(relayExtra).length === 0 ? extra : { ...extra, relay: relayExtra },
  };
}

function observesOf(record: Json | undefined): Observes {
  if (!isObject(record)) return NATIVE_OBSERVES;
  const declared = (key: string, otherwise: Observation): Observation => {
    const value = record[key];
    return value === true || typeof value === 'string' ? value : otherwise;
  };
  return {
    connections: declared('connections', NATIVE_OBSERVES.connections),
    bytes: declared('bytes', NATIVE_OBSERVES.bytes),
    ages: declared('ages', NATIVE_OBSERVES.ages),
    ownCircuits: declared('own_circuits', NATIVE_OBSERVES.ownCircuits),
    transitCircuits: declared('transit_circuits', NATIVE_OBSERVES.transitCircuits),
    closeReasons: declared('close_reasons', NATIVE_OBSERVES.closeReasons),
    shortConnections: declared('short_connections', NATIVE_OBSERVES.shortConnections),
  };
}

/**
 * The item of any further record.
 * @param parse what makes a listing of the text under `conn`.
 */
export function itemOf(
  record: JsonObject,
  parse: (conn: string) => Listing,
  fault: Fault,
): TapeItem {
  return betweenOf(record, fault) ?? snapshotOf(record, parse, fault);
}

/** The session or gap of a record; undefined for one that is neither. */
export function betweenOf(record: JsonObject, fault: Fault): Between | undefined {
  const { gap, session, at } = record;
  if (isObject(gap)) return gapOf(gap, fault);
  if (!isObject(session)) return undefined;
  return {
    kind: 'session',
    at: timeOf(at, 'at of a session', fault),
    header: headerIn(session, fault),
  };
}

function gapOf(record: JsonObject, fault: Fault): Gap {
  const { from, to, reason, ...extra } = record;
  const gap = { from: timeOf(from, 'from', fault), to: timeOf(to, 'to', fault) };
  if (gap.to < gap.from) throw fault('the gap ends before it begins');
  return { kind: 'gap', ...gap, reason: textOr(reason, ''), extra };
}

function snapshotOf(record: JsonObject, parse: (conn: string) => Listing, fault: Fault): Snapshot {
  const { at, conn, info, events, poll_ms, ...extra } = record;
  if (typeof conn !== 'string') throw fault('it has neither conn nor gap nor session');
  if (events !== undefined && !Array.isArray(events)) throw fault('events is not a list');
  return {
    kind: 'snapshot',
    at: timeOf(at, 'at', fault),
    pollMs: isDuration(poll_ms) ? poll_ms : 0,
    listing: listingOf(conn, parse, fault),
    info: new Map(Object.entries(textsOf(info))),
    events: (events ?? []).map((event: Json) => eventOf(event, fault)),
    extra,
  };
}

/** JSON can write a number as large as infinity. */
function isDuration(value: Json | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function listingOf(conn: string, parse: (conn: string) => Listing, fault: Fault): Listing {
  try {
    return parse(conn);
  } catch (thrown) {
    throw fault(thrown instanceof ConntapeError ? thrown.parts.cause : messageOf(thrown));
  }
}

function eventOf(record: Json, fault: Fault): LifeEvent {
  if (!isObject(record)) throw fault('an event is not an object');
  const { at, conn_id, what, reason, ...extra } = record;
  if (typeof conn_id !== 'number' || !Number.isSafeInteger(conn_id) || conn_id < 0) {
    throw fault('conn_id of an event is not an unsigned integer below 2^53');
  }
  if (what !== 'opened' && what !== 'closed') throw fault('an event is neither opened nor closed');
  return {
    at: timeOf(at, 'at of an event', fault),
    connId: conn_id,
    what,
    reason: textOr(reason, ''),
    extra,
  };
}

/**
 * The moment that a text is. A leap second, which exists as the last of a day in UTC only, is the
 * second after; a day or a leap second that does not exist is a fault, never another day.
 */
function timeOf(value: Json | undefined, name: string, fault: Fault): number {
  const match = typeof value === 'string' ? ISO_TIME.exec(value) : null;
  if (match === null) throw fault(`${name} is not an ISO 8601 time`);
  const [, date = '', minute, second, fraction, zone = 'Z'] = match;
  if (!isDay(date)) throw fault(`${name} is not a time: there is no ${date}`);
  const isLeap = second === LEAP_SECOND;
  const time = Date.parse(`${date}T${minute}:${isLeap ? '59' : second}${fraction}${zone}`);
  if (Number.isNaN(time)) throw fault(`${name} is not an ISO 8601 time`);
  if (!isLeap) return time;
  const after = time + SECOND_MS;
  if (after - Math.floor(after / DAY_MS) * DAY_MS >= SECOND_MS)
    throw fault(`${name} is not a time: a leap second ends a day`);
  return after;
}

/** Date.parse lets days of a month that has none such run over into the next. */
function isDay(date: string): boolean {
  if (date.slice(-2) <= SHORTEST_MONTH) return true;
  const day = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(date);
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** The values of an object as texts; those that are neither text, number nor boolean are left out. */
function textsOf(value: Json | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => ['string', 'number', 'boolean'].includes(typeof item))
      .map(([key, item]) => [key, String(item)]),
  );
}
