/**
 * What a snapshot holds beside its listing: info values, events, quarantined lines, keys not known.
 * Owns its JSON form inside a frame; not the listing's columns.
 */
import { isObject, jsonFault, OF_OUR_OWN, parseJson } from '../listing/json.ts';
import type { Quarantined } from '../listing/listing.ts';
import type { JsonObject, LifeEvent, Snapshot } from '../listing/snapshot.ts';
import { damaged } from './damage.ts';

export type InfoValues = ReadonlyMap<string, string>;

export interface Aside {
  readonly quarantined: readonly Quarantined[];
  readonly quarantinedCount: number;
  /** Values that are not those of the frame before. */
  readonly changed: InfoValues;
  readonly events: readonly LifeEvent[];
  readonly extra: JsonObject;
}

interface StoredAside {
  info?: Record<string, string>;
  events?: [at: number, connId: number, opened: 0 | 1, reason: string, extra?: JsonObject][];
  quarantined?: [count: number, shown: Quarantined[]];
  extra?: JsonObject;
}

/** The values after a change; the same map where nothing changed. */
export function withChanges(before: InfoValues, changed: InfoValues): InfoValues {
  return changed.size === 0 ? before : new Map([...before, ...changed]);
}

/** Those of `values` that are not in `before`. */
export function changesIn(before: InfoValues, values: InfoValues): InfoValues {
  return new Map([...values].filter(([key, value]) => before.get(key) !== value));
}

/** What is to be kept of a snapshot beside its listing, as text; empty where there is nothing. */
export function writeAside(snapshot: Snapshot, changed: InfoValues): string {
  const { listing, events, extra } = snapshot;
  const stored: StoredAside = {};
  if (changed.size > 0) stored.info = Object.fromEntries(changed);
  if (events.length > 0) {
    stored.events = events.map((event) => {
      const opened = event.what === 'opened' ? 1 : 0;
      return Object.keys(event.extra).length === 0
        ? [event.at, event.connId, opened, event.reason]
        : [event.at, event.connId, opened, event.reason, event.extra];
    });
  }
  if (listing.quarantinedCount > 0) {
    stored.quarantined = [listing.quarantinedCount, [...listing.quarantined]];
  }
  if (Object.keys(extra).length > 0) stored.extra = extra;
  return Object.keys(stored).length === 0 ? '' : JSON.stringify(stored);
}

/** The inverse of `writeAside`; throws `damaged` for a text that it cannot have written. */
export function readAside(text: string): Aside {
  const stored = text === '' ? {} : parseStored(text);
  const [quarantinedCount, quarantined] = stored.quarantined ?? [0, []];
  return {
    quarantined,
    quarantinedCount,
    changed: new Map(Object.entries(stored.info ?? {})),
    events: (stored.events ?? []).map(([at, connId, opened, reason, extra]) => ({
      at,
      connId,
      what: opened === 1 ? 'opened' : 'closed',
      reason,
      extra: extra ?? {},
    })),
    extra: stored.extra ?? {},
  };
}

function parseStored(text: string): StoredAside {
  let stored: unknown;
  try {
    stored = parseJson(text, OF_OUR_OWN);
  } catch (thrown) {
    throw damaged(`what it holds beside its listing cannot be read: ${jsonFault(thrown)}`);
  }
  if (!isStored(stored)) throw damaged('what it holds beside its listing is not what it should be');
  return stored;
}

function isStored(value: unknown): value is StoredAside {
  if (!isObject(value)) return false;
  const { info = {}, events = [], quarantined = [0, []], extra = {} } = value;
  return (
    isObject(info) &&
    Object.values(info).every(isText) &&
    Array.isArray(events) &&
    events.every(isEvent) &&
    isQuarantine(quarantined) &&
    isObject(extra)
  );
}

function isEvent(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [at, connId, opened, reason, extra = {}] = value as unknown[];
  return (
    Number.isSafeInteger(at) &&
    Number.isSafeInteger(connId) &&
    (opened === 0 || opened === 1) &&
    isText(reason) &&
    isObject(extra)
  );
}

function isQuarantine(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [count, shown] = value as unknown[];
  const isShown = (line: unknown) =>
    isObject(line) && isText(line['reason']) && isText(line['line']);
  return Number.isSafeInteger(count) && Array.isArray(shown) && shown.every(isShown);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
