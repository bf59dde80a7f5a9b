/**
 * A tape as a transcript (docs/transcript.md): JSON lines.
 * Owns the writing; reading one back is read.ts's.
 */

import { isoTime } from '../listing/instant.ts';
import { isObject } from '../listing/json.ts';
import { textOf } from '../listing/listing.ts';
import type {
  Between,
  Gap,
  Header,
  JsonObject,
  LifeEvent,
  Observation,
  Observes,
  Session,
  Snapshot,
  TapeItem,
} from '../listing/snapshot.ts';
import { visible } from '../listing/visible.ts';

/** The version of the transcript that is written. */
const VERSION = 1;

/**
 * The lines of a stream, each with its line end. Keys not known here stand behind the known ones;
 * quarantined lines are not written, empty reasons neither.
 */
export class TranscriptLines {
  readonly #assumed: Observes;
  readonly #info = new Map<string, string>();
  #isBegun = false;

  /**
   * @param assumed what a reader takes a header without `observes` to observe: `observes` is
   *   written only where a header says something else.
   */
  constructor(assumed: Observes) {
    this.#assumed = assumed;
  }

  /** The line of the next item; the first item is a session, and its line the header. */
  lineOf(item: TapeItem): string {
    switch (item.kind) {
      case 'session':
        return this.#session(item);
      case 'gap':
        return jsonLine(gapRecord(item));
      case 'snapshot':
        return jsonLine(snapshotRecord(item, this.#info));
    }
  }

  #session(session: Session): string {
    if (this.#isBegun) return jsonLine(sessionRecord(session, this.#assumed));
    this.#isBegun = true;
    return transcriptHeader(session.header, this.#assumed);
  }
}

/** The line that a transcript begins with, with its line end. For `assumed` see TranscriptLines. */
export function transcriptHeader(header: Header, assumed: Observes): string {
  return jsonLine({ transcript: VERSION, ...headerRecord(header, assumed) });
}

function headerRecord(header: Header, assumed: Observes): JsonObject {
  const { relay: relayExtra, ...extra } = header.extra;
  return {
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
  };
}

function sessionRecord({ at, header }: Session, assumed: Observes): JsonObject {
  return { session: headerRecord(header, assumed), at: isoTime(at) };
}

/**
 * What a snapshot holds beside its connections, and the sessions and gaps before it, as one JSON
 * object without a line end: with `GETINFO conn/all` it is the snapshot's whole line.
 * @param info all values known by then, for one who did not hear the lines before.
 * @param before in time order.
 */
export function momentRecord(
  snapshot: Snapshot,
  info: ReadonlyMap<string, string>,
  before: readonly Between[],
  assumed: Observes,
): string {
  const { at, pollMs, events, extra } = snapshot;
  const records = before.map((item) =>
    item.kind === 'gap' ? gapRecord(item) : sessionRecord(item, assumed),
  );
  return jsonLine({
    at: isoTime(at),
    ...(pollMs > 0 ? { poll_ms: pollMs } : {}),
    ...(info.size > 0 ? { info: Object.fromEntries(info) } : {}),
    ...(events.length > 0 ? { events: events.map(eventRecord) } : {}),
    ...(records.length > 0 ? { before: records } : {}),
    ...extra,
  }).trimEnd();
}

function gapRecord(gap: Gap): JsonObject {
  return {
    gap: { from: isoTime(gap.from), to: isoTime(gap.to), ...reasonOf(gap), ...gap.extra },
  };
}

function snapshotRecord(snapshot: Snapshot, previousInfo: Map<string, string>): JsonObject {
  const changed = [...snapshot.info].filter(([key, value]) => previousInfo.get(key) !== value);
  for (const [key, value] of changed) previousInfo.set(key, value);
  const { pollMs, events } = snapshot;
  return {
    at: isoTime(snapshot.at),
    ...(pollMs > 0 ? { poll_ms: pollMs } : {}),
    conn: textOf(snapshot.listing),
    ...(changed.length > 0 ? { info: Object.fromEntries(changed) } : {}),
    ...(events.length > 0 ? { events: events.map(eventRecord) } : {}),
    ...snapshot.extra,
  };
}

function eventRecord(event: LifeEvent): JsonObject {
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
    short_connections: observes.shortConnections,
  };
}

function isSame(a: Observes, b: Observes): boolean {
  const of = observesOf(b);
  return Object.entries(observesOf(a)).every(([name, observation]) => of[name] === observation);
}

function jsonLine(record: JsonObject): string {
  return `${visible(JSON.stringify(record))}\n`;
}
