/**
 * A tape as a transcript (contract, section 2): JSON lines.
 * Owns the writing; reading one back is sources/transcript.ts's.
 */
import { isObject } from '../listing/json.ts';
import { textOf } from '../listing/listing.ts';
import type {
  Gap,
  Header,
  JsonObject,
  LifeEvent,
  Observation,
  Observes,
  Snapshot,
  TapeItem,
} from '../listing/snapshot.ts';
import { isoTime } from './instant.ts';
import { visible } from './visible.ts';

/** The version of the transcript that is written. */
const VERSION = 1;

/**
 * The first line, with its line end. Keys not known here stand behind the known ones.
 * @param assumed what a reader takes a transcript without `observes` to observe: `observes` is
 *   written only where the header says something else.
 */
export function transcriptHeader(header: Header, assumed: Observes): string {
  const { relay: relayExtra, ...extra } = header.extra;
  return lineOf({
    transcript: VERSION,
    source: header.source,
    bytes: header.bytes,
    interval_s: header.intervalMs / 1000,
    relay: {
      fingerprint: header.relay.fingerprint,
      nickname: header.relay.nickname,
      tor_version: header.relay.torVersion,
      ...(isObject(relayExtra) ? relayExtra : {}),
    },
    config: header.config,
    ...(isSame(header.observes, assumed) ? {} : { observes: observesOf(header.observes) }),
    ...extra,
  });
}

/**
 * The line of a snapshot or a gap, with its line end. Keys not known here stand behind the known
 * ones; quarantined lines are not written, empty reasons neither.
 * @param previousInfo the info values that the lines before told; empty before the first. Values
 *   that stand in it are left out, and it is brought up to date.
 */
export function transcriptLine(item: TapeItem, previousInfo: Map<string, string>): string {
  return lineOf(item.kind === 'gap' ? gapOf(item) : snapshotOf(item, previousInfo));
}

/**
 * What a snapshot holds beside its connections, and the gaps before it, as one JSON object without a
 * line end: with `GETINFO conn/all` it is the snapshot's whole line.
 * @param info all values known by then, for one who did not hear the lines before.
 */
export function momentRecord(
  snapshot: Snapshot,
  info: ReadonlyMap<string, string>,
  gaps: readonly Gap[],
): string {
  const { at, pollMs, events, extra } = snapshot;
  return lineOf({
    at: isoTime(at),
    ...(pollMs > 0 ? { poll_ms: pollMs } : {}),
    ...(info.size > 0 ? { info: Object.fromEntries(info) } : {}),
    ...(events.length > 0 ? { events: events.map(eventOf) } : {}),
    ...(gaps.length > 0 ? { gaps: gaps.map((gap) => gapOf(gap)['gap']!) } : {}),
    ...extra,
  }).trimEnd();
}

function gapOf(gap: Gap): JsonObject {
  return {
    gap: { from: isoTime(gap.from), to: isoTime(gap.to), ...reasonOf(gap), ...gap.extra },
  };
}

function snapshotOf(snapshot: Snapshot, previousInfo: Map<string, string>): JsonObject {
  const changed = [...snapshot.info].filter(([key, value]) => previousInfo.get(key) !== value);
  for (const [key, value] of changed) previousInfo.set(key, value);
  const { pollMs, events } = snapshot;
  return {
    at: isoTime(snapshot.at),
    ...(pollMs > 0 ? { poll_ms: pollMs } : {}),
    conn: textOf(snapshot.listing),
    ...(changed.length > 0 ? { info: Object.fromEntries(changed) } : {}),
    ...(events.length > 0 ? { events: events.map(eventOf) } : {}),
    ...snapshot.extra,
  };
}

function eventOf(event: LifeEvent): JsonObject {
  return {
    at: isoTime(event.at),
    conn_id: event.connId,
    what: event.what,
    ...reasonOf(event),
    ...event.extra,
  };
}

function reasonOf({ reason }: { readonly reason: string }): JsonObject {
  return reason === '' ? {} : { reason };
}

function observesOf(observes: Observes): Record<string, Observation> {
  return {
    connections: observes.connections,
    bytes: observes.bytes,
    ages: observes.ages,
    own_circuits: observes.ownCircuits,
    transit_circuits: observes.transitCircuits,
    close_reasons: observes.closeReasons,
  };
}

function isSame(a: Observes, b: Observes): boolean {
  const of = observesOf(b);
  return Object.entries(observesOf(a)).every(([name, observation]) => of[name] === observation);
}

function lineOf(record: JsonObject): string {
  return `${visible(JSON.stringify(record))}\n`;
}
