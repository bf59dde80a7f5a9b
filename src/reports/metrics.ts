/**
 * The report of metrics: every number that Tor counts of itself, stretch by stretch.
 * Owns its columns (docs/reference.md, metrics) and what a bucket has of each; what a number is,
 * numbers.ts says.
 *
 * It reads the tape by itself, and info values alone: rows are a thousand times as many as snapshots
 * are, and would wait in memory for other reports.
 */
import type { Row } from '../output/table.ts';
import type { Recording, Window } from '../recording/reader.ts';
import {
  type InfoMap,
  increaseOf,
  isCounter,
  isPortRead,
  kindOf,
  numberIn,
  ORIGINS,
  type Origin,
  originOf,
  type Series,
  seriesOf,
} from './numbers.ts';
import type { Report } from './report.ts';

export const metrics: Report = {
  name: 'metrics',
  question: 'What did Tor count of itself: its MetricsPort, its heartbeats, the info values?',
  columns: [
    { name: 'bucket_start', kind: 'time' },
    { name: 'name', kind: 'text' },
    { name: 'labels', kind: 'text' },
    { name: 'kind', kind: 'text' },
    { name: 'value', kind: 'decimal' },
  ],
  narrowing: 'none',
  leading: ['bucket_start', 'name', 'labels', 'value', 'kind'],
  analyse: ({ recording, window, bucketMs }) => ({
    rows: () => metricRows(recording, window, bucketMs),
  }),
};

/** Values that were read with one snapshot. */
interface Reading {
  readonly at: number;
  readonly run: number;
  readonly info: InfoMap;
}

/** Bucket by bucket; in each by name, then labels. */
function* metricRows(recording: Recording, window: Window, bucketMs: number): Generator<Row, void> {
  const blind = recording.index.blindTimes();
  const runStarts = recording.index.runs().map((run) => recording.timeOf(run.firstSnapshot)!);
  const all = new AllSeries();
  const before: Record<Origin, Reading | undefined> = { port: undefined, other: undefined };
  let bucket: OpenBucket | undefined;
  let run = 0;
  for (const item of recording.frames(window)) {
    if (item.kind !== 'frame') continue;
    const { at, standing } = item;
    while (run < runStarts.length && runStarts[run]! <= at) run++;
    const reading = { at, run, info: standing.info };
    const start = Math.floor(at / bucketMs) * bucketMs;
    if (bucket?.start !== start) {
      if (bucket !== undefined) yield* bucket.rows(all);
      bucket = new OpenBucket(start);
    }
    all.see(reading.info);
    for (const origin of ORIGINS) {
      if (origin === 'port' && !isPortRead(reading.info)) continue;
      const last = before[origin];
      const isSeen = last !== undefined && !blind.overlaps(last.at, at);
      bucket.see(origin, reading, isSeen ? last : undefined, all);
      before[origin] = reading;
    }
  }
  if (bucket !== undefined) yield* bucket.rows(all);
}

/** Every series so far, in the order of their rows. */
class AllSeries {
  readonly #byKey = new Map<string, readonly Series[]>();
  #last: InfoMap = new Map();
  #inOrder: readonly Series[] | undefined;

  see(info: InfoMap): void {
    if (info === this.#last) return;
    for (const [key, value] of info) {
      // A value that is no number may become one.
      if (this.#last.get(key) === value || this.under(key).length > 0) continue;
      this.#byKey.set(key, seriesOf(key, value));
      this.#inOrder = undefined;
    }
    this.#last = info;
  }

  under(key: string): readonly Series[] {
    return this.#byKey.get(key) ?? [];
  }

  get inOrder(): readonly Series[] {
    this.#inOrder ??= [...this.#byKey.values()]
      .flat()
      .sort((a, b) => compare(a.name, b.name) || compare(a.labels, b.labels));
    return this.#inOrder;
  }
}

/** By code units: the same everywhere. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

class OpenBucket {
  readonly start: number;
  /** What was read last in it; undefined where nothing was. */
  readonly #last: Record<Origin, InfoMap | undefined> = { port: undefined, other: undefined };
  /** What was known when the last step began that was seen. */
  readonly #known: Record<Origin, InfoMap | undefined> = { port: undefined, other: undefined };
  /** What counters grew by, those that stood still left out. */
  readonly #grown = new Map<Series, number>();

  constructor(start: number) {
    this.start = start;
  }

  /** @param before undefined where what happened since is in no bucket. */
  see(origin: Origin, { info, run }: Reading, before: Reading | undefined, all: AllSeries): void {
    this.#last[origin] = info;
    if (before === undefined) return;
    this.#known[origin] = before.info;
    const isOtherRun = before.run !== run;
    for (const [key, value] of info) {
      if (originOf(key) !== origin || (!isOtherRun && before.info.get(key) === value)) continue;
      for (const series of all.under(key)) {
        if (!isCounter(series, info)) continue;
        const grown = increaseOf(series, before.info, info, isOtherRun);
        if (grown !== undefined) this.#grown.set(series, (this.#grown.get(series) ?? 0) + grown);
      }
    }
  }

  *rows(all: AllSeries): Generator<Row, void> {
    for (const series of all.inOrder) {
      const { key, name, labels } = series;
      const info = this.#last[originOf(key)];
      const value = info === undefined ? undefined : numberIn(series, info);
      if (info === undefined || value === undefined) continue;
      const shown = isCounter(series, info) ? this.#increase(series) : value;
      yield [this.start, name, labels === '' ? null : labels, kindOf(series, info), shown];
    }
  }

  #increase(series: Series): number | null {
    const grown = this.#grown.get(series);
    if (grown !== undefined) return grown;
    return this.#known[originOf(series.key)]?.has(series.key) === true ? 0 : null;
  }
}
