/**
 * How many connections of each kind and direction Tor's MetricsPort counts, beside `conn/all`.
 * Owns which lines are of which of its types (docs/reference.md, load); what comes of a difference is
 * the reports'.
 *
 * Left out are listeners, the directory connections that Tor makes within circuits, which have no
 * socket of their own, and those to the MetricsPort: who reads it makes one.
 */
import { directionOf, isOutsideTor, usageOf } from '../listing/flags.ts';
import { METRICS } from '../listing/metrics.ts';
import type { Step, TapeConnection } from '../recording/playback/step.ts';
import { type InfoMap, isPortRead } from './numbers.ts';

/** In Tor's words. */
export const COUNTED_KINDS = [
  'OR received',
  'OR initiated',
  'Exit initiated',
  'Directory received',
  'Control received',
  'Socks received',
] as const;

export type CountedKind = (typeof COUNTED_KINDS)[number];

/** What a line has the same flags for. */
const SAME: Readonly<Record<string, CountedKind>> = { 'Extended OR received': 'OR received' };

const OPEN = `${METRICS}tor_relay_connections{`;

/** The kind of a line; undefined where Tor's count has no such kind. */
export function kindOfLine(flags: string): CountedKind | undefined {
  const usage = usageOf(flags);
  if (directionOf(flags) === 'inbound') {
    if (usage === 'relay') return 'OR received';
    if (usage === 'directory') return 'Directory received';
    if (usage === 'control') return 'Control received';
    return usage === 'client' ? 'Socks received' : undefined;
  }
  if (directionOf(flags) !== 'outbound' || usage === 'directory' || usage === 'control') {
    return undefined;
  }
  return isOutsideTor(flags) ? 'Exit initiated' : 'OR initiated';
}

/** The value of a label among several: `type="OR",direction="received"`; undefined where it is not there. */
export function labelIn(labels: string, name: string): string | undefined {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1];
}

/** The kind of a series by its labels; undefined where no line is of it. */
export function kindOfSeries(labels: string): CountedKind | undefined {
  const name = `${labelIn(labels, 'type')} ${labelIn(labels, 'direction')}`;
  return COUNTED_KINDS.find((kind) => kind === name) ?? SAME[name];
}

export type KindCounts = Readonly<Record<CountedKind, number>>;

function none(): Record<CountedKind, number> {
  return Object.fromEntries(COUNTED_KINDS.map((kind) => [kind, 0])) as Record<CountedKind, number>;
}

/** What Tor counts as open; undefined where its MetricsPort was not read with these values. */
export class TorCounts {
  readonly #kinds = new Map<string, CountedKind | undefined>();

  in(info: InfoMap): KindCounts | undefined {
    if (!isPortRead(info)) return undefined;
    const counts = none();
    let isTold = false;
    for (const [key, value] of info) {
      if (!key.startsWith(OPEN)) continue;
      isTold = true;
      if (!this.#kinds.has(key)) this.#kinds.set(key, kindOfSeries(key.slice(OPEN.length, -1)));
      const kind = this.#kinds.get(key);
      if (kind !== undefined) counts[kind] += Number(value);
    }
    return isTold ? counts : undefined;
  }
}

/** The connections of `conn/all`, each once however many lines it has. */
export class ListedCounts {
  readonly counts: KindCounts = none();
  /** How many lines each connection has of each kind. */
  readonly #lines = new Map<TapeConnection, Map<CountedKind, number>>();
  /** By slot. */
  readonly #bySlot: ({ connection: TapeConnection; kind: CountedKind } | undefined)[] = [];

  /** Takes the next snapshot. */
  follow({ rows, left, arrived, relabelled, reconnected }: Step): void {
    for (const slot of left) this.#drop(slot);
    for (const slots of [arrived, relabelled, reconnected]) {
      for (const slot of slots) {
        this.#drop(slot);
        const kind = kindOfLine(rows.flagsOf(slot));
        if (kind !== undefined) this.#add(slot, rows.connectionOf(slot), kind);
      }
    }
  }

  #add(slot: number, connection: TapeConnection, kind: CountedKind): void {
    this.#bySlot[slot] = { connection, kind };
    const lines = this.#lines.get(connection) ?? new Map<CountedKind, number>();
    this.#lines.set(connection, lines);
    const before = lines.get(kind) ?? 0;
    lines.set(kind, before + 1);
    if (before === 0) this.#count(kind, 1);
  }

  #drop(slot: number): void {
    const line = this.#bySlot[slot];
    if (line === undefined) return;
    this.#bySlot[slot] = undefined;
    const lines = this.#lines.get(line.connection)!;
    const left = lines.get(line.kind)! - 1;
    if (left > 0) {
      lines.set(line.kind, left);
      return;
    }
    lines.delete(line.kind);
    this.#count(line.kind, -1);
    if (lines.size === 0) this.#lines.delete(line.connection);
  }

  #count(kind: CountedKind, by: 1 | -1): void {
    (this.counts as Record<CountedKind, number>)[kind] += by;
  }
}
