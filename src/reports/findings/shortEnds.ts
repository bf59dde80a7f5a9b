/**
 * When connections ended that had lived for a few seconds only, minute by minute.
 * Owns which ends count (as short_lived of docs/reference.md, churn, does); what follows from how
 * many there are is the rule's. Times are milliseconds since the epoch.
 */
import { type Direction, directionOf } from '../../listing/flags.ts';
import type { LifeEvent } from '../../listing/snapshot.ts';
import type { BlindTimes } from '../../recording/index/blind.ts';
import { MINUTE_MS } from '../../recording/index/rollups/stretches.ts';
import type { Step, TapeConnection } from '../../recording/playback/step.ts';
import { SHORT_LIVED_MS } from '../lifetimes.ts';

/** YoungEnds that are counted together: those of which Tor gave the reason, of resets only, and the rest. */
export interface YoungEnds {
  readonly direction: Direction;
  readonly areResets: boolean;
  /** How many, by minute since the epoch. */
  readonly perMinute: Map<number, number>;
}

/** Why connections end that something on the way cuts. */
const RESETS = new Set(['TLS_ERROR', 'CONNECTRESET', 'IOERROR', 'TIMEOUT']);

export class ShortEnds {
  readonly #blind: BlindTimes;
  readonly #ends = new Map<string, YoungEnds>();
  /** When the snapshot before was. */
  #lastAt = 0;

  constructor(blind: BlindTimes) {
    this.#blind = blind;
  }

  /** Those of which there is any. */
  all(): Iterable<YoungEnds> {
    return this.#ends.values();
  }

  watch(step: Step): void {
    const closings = this.#eventsOf(step);
    const seen = new Set<TapeConnection>();
    for (const slot of step.left) {
      const connection = step.rows.connectionOf(slot);
      if (connection.lastSnapshot >= step.number || seen.has(connection)) continue;
      seen.add(connection);
      const event = closings.get(connection.connId);
      if (event === undefined && connection.run !== step.run) continue;
      const closedAt = event?.at ?? step.at;
      if (!connection.openedKnown || closedAt - connection.openedAt >= SHORT_LIVED_MS) continue;
      if (this.#blind.overlaps(Math.min(this.#lastAt, closedAt), closedAt)) continue;
      this.#count(directionOf(step.rows.flagsOf(slot)), closedAt, event?.reason ?? '');
    }
    this.#lastAt = step.at;
  }

  /** The ends that events reported, by CONN_ID, but of connections that no snapshot showed: those are counted. */
  #eventsOf({ aside: { events } }: Step): ReadonlyMap<number, LifeEvent> {
    const openings = new Map<number, LifeEvent>();
    const closings = new Map<number, LifeEvent>();
    for (const event of events) {
      if (event.what === 'opened') {
        openings.set(event.connId, event);
        continue;
      }
      const opening = openings.get(event.connId);
      openings.delete(event.connId);
      if (opening === undefined) closings.set(event.connId, event);
      else if (event.at - opening.at < SHORT_LIVED_MS) {
        const flags = event.extra['type_flags'] ?? opening.extra['type_flags'];
        this.#count(directionOf(String(flags ?? '')), event.at, event.reason);
      }
    }
    return closings;
  }

  #count(direction: Direction, at: number, reason: string): void {
    const areResets = reason !== '';
    if (areResets && !RESETS.has(reason)) return;
    const key = `${direction} ${areResets}`;
    let ends = this.#ends.get(key);
    if (ends === undefined) {
      ends = { direction, areResets, perMinute: new Map() };
      this.#ends.set(key, ends);
    }
    const minute = Math.floor(at / MINUTE_MS);
    ends.perMinute.set(minute, (ends.perMinute.get(minute) ?? 0) + 1);
  }
}
