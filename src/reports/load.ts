/**
 * The report of load: the relay as a whole, stretch by stretch.
 * Owns its columns (docs/reference.md, load); openings and ends are churn's, what Tor's MetricsPort
 * counts is torCounts.ts's.
 */
import type { Cell, Row } from '../output/table.ts';
import type { Step } from '../recording/playback/step.ts';
import { Buckets } from './buckets.ts';
import { ChannelCircuits } from './channelCircuits.ts';
import { churn } from './churn.ts';
import { ExactSum } from './exactSum.ts';
import { type InfoMap, increaseOf, infoSeries, numberIn, type Series } from './numbers.ts';
import { OpenCircuits } from './openCircuits.ts';
import type { Analysis, Report, ReportInput } from './report.ts';
import {
  COUNTED_KINDS,
  type CountedKind,
  type KindCounts,
  ListedCounts,
  TorCounts,
} from './torCounts.ts';

export const load: Report = {
  name: 'load',
  question: 'How busy was the relay as a whole, and does Tor count what was seen?',
  columns: [
    { name: 'bucket_start', kind: 'time' },
    { name: 'bucket_end', kind: 'time' },
    { name: 'observed_s', kind: 'seconds' },
    { name: 'open', kind: 'integer' },
    { name: 'opened', kind: 'integer' },
    { name: 'closed', kind: 'integer' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
    { name: 'read_rate', kind: 'decimal' },
    { name: 'written_rate', kind: 'decimal' },
    { name: 'circuits', kind: 'integer' },
    { name: 'channel_circuits', kind: 'integer' },
    { name: 'descriptors_used', kind: 'integer' },
    { name: 'descriptors_limit', kind: 'integer' },
    { name: 'uptime', kind: 'integer' },
    { name: 'relay_read_bytes', kind: 'integer' },
    { name: 'relay_written_bytes', kind: 'integer' },
    { name: 'listed', kind: 'integer' },
    { name: 'counted_by_tor', kind: 'integer' },
    { name: 'apart', kind: 'text' },
  ],
  narrowing: 'counted',
  leading: [
    'bucket_start',
    'open',
    'opened',
    'closed',
    'read_bytes',
    'written_bytes',
    'circuits',
    'descriptors_used',
    'apart',
  ],
  analyse: (input) => new Load(input),
};

const USED = infoSeries('info/descriptor-used');
const LIMIT = infoSeries('info/descriptor-limit');
const UPTIME = infoSeries('info/uptime-process');
const READ = infoSeries('info/relay/read-total');
const WRITTEN = infoSeries('info/relay/write-total');

/** What of churn's row stands before what is counted here. */
const CHURN = ['bucket_start', 'bucket_end', 'observed_s', 'open_end', 'opened', 'closed'].map(
  (name) => churn.columns.findIndex((column) => column.name === name),
);

class Load implements Analysis {
  readonly #input: ReportInput;
  readonly #buckets: Buckets;
  readonly #circuits = new OpenCircuits();
  readonly #channels = new ChannelCircuits();
  readonly #listed = new ListedCounts();
  readonly #counts = new TorCounts();
  readonly #finished: { readonly start: number; readonly cells: readonly Cell[] }[] = [];
  #bucket: LoadBucket | undefined;
  #before: { readonly info: InfoMap; readonly run: number } | undefined;

  constructor(input: ReportInput) {
    this.#input = input;
    this.#buckets = new Buckets(input);
  }

  watch(step: Step): void {
    const start = this.#buckets.see(step.at);
    this.#circuits.follow(step);
    this.#channels.follow(step);
    this.#listed.follow(step);
    if (this.#bucket?.start !== start) {
      this.#finish();
      this.#bucket = new LoadBucket(start);
    }
    this.#bucket.see(step, this.#before, {
      circuits: this.#circuits.size,
      channelCircuits: this.#channels.sum,
      listed: this.#listed.counts,
      counted: this.#counts.in(step.info),
    });
    this.#before = { info: step.info, run: step.run };
  }

  #finish(): void {
    const bucket = this.#bucket;
    if (bucket === undefined) return;
    const { start, observedMs } = this.#buckets.at(bucket.start);
    this.#finished.push({ start, cells: bucket.cells(observedMs / 1000) });
  }

  /** A row a bucket of churn: those in which nothing was recorded too. */
  *rows(): Generator<Row, void> {
    this.#finish();
    let place = 0;
    for (const row of churn.analyse(this.#input).rows()) {
      const cells = CHURN.map((column) => row[column]!);
      const isOurs = this.#finished[place]?.start === cells[0];
      yield [...cells, ...(isOurs ? this.#finished[place++]!.cells : NOTHING)];
    }
  }
}

/** What one snapshot held. */
interface Standing {
  readonly circuits: number;
  readonly channelCircuits: number | undefined;
  readonly listed: KindCounts;
  readonly counted: KindCounts | undefined;
}

class LoadBucket {
  readonly start: number;
  readonly #bytes = { read: new ExactSum(), written: new ExactSum() };
  readonly #relayed: { read: number | undefined; written: number | undefined } = {
    read: undefined,
    written: undefined,
  };
  #last: Standing | undefined;
  #info: InfoMap = new Map();
  /** Of the last snapshot with which the MetricsPort was read. */
  #listed: number | null = null;
  #counted: number | null = null;
  readonly #apart = new Apart();

  constructor(start: number) {
    this.start = start;
  }

  see(step: Step, before: { info: InfoMap; run: number } | undefined, standing: Standing): void {
    // Of the snapshots those alone say it that took a dump.
    const channelCircuits = standing.channelCircuits ?? this.#last?.channelCircuits;
    this.#last = { ...standing, channelCircuits };
    this.#info = step.info;
    this.#addBytes(step);
    if (before !== undefined && !step.acrossGap) {
      const grown = (series: Series) =>
        increaseOf(series, before.info, step.info, before.run !== step.run);
      this.#relayed.read = sumOf(this.#relayed.read, grown(READ));
      this.#relayed.written = sumOf(this.#relayed.written, grown(WRITTEN));
    }
    const { listed, counted } = standing;
    if (counted === undefined) return;
    this.#listed = total(listed);
    this.#counted = total(counted);
    this.#apart.see(listed, counted);
  }

  #addBytes({ counted }: Step): void {
    for (let index = 0; index < counted.slots.length; index++) {
      if (counted.bridged[index] === 1) continue;
      this.#bytes.read.add(counted.read[index]!);
      this.#bytes.written.add(counted.written[index]!);
    }
  }

  /** The cells from `read_bytes` on. */
  cells(observedS: number): Cell[] {
    const { read, written } = this.#bytes;
    const rate = (sum: ExactSum) => (observedS > 0 ? sum.approximate / observedS : null);
    return [
      read.value,
      written.value,
      rate(read),
      rate(written),
      this.#last?.circuits ?? null,
      this.#last?.channelCircuits ?? null,
      ...[USED, LIMIT, UPTIME].map((series) => numberIn(series, this.#info) ?? null),
      this.#relayed.read ?? null,
      this.#relayed.written ?? null,
      this.#listed,
      this.#counted,
      this.#apart.text,
    ];
  }
}

/** The cells of a bucket without a snapshot. */
const NOTHING: readonly Cell[] = [0, 0, ...Array.from({ length: 12 }, () => null)];

function sumOf(sum: number | undefined, more: number | undefined): number | undefined {
  return more === undefined ? sum : (sum ?? 0) + more;
}

function total(counts: KindCounts): number {
  return COUNTED_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}

/** A difference of one snapshot is what opened or closed between the two readings. */
const LASTING_SNAPSHOTS = 2;

/** By how much Tor's counts differ from the lines in every snapshot of a bucket. */
class Apart {
  #snapshots = 0;
  /** The difference that is nearest to 0: Tor's count less the lines. */
  readonly #least = new Map<CountedKind, number>();

  see(listed: KindCounts, counted: KindCounts): void {
    this.#snapshots++;
    for (const kind of COUNTED_KINDS) {
      const off = counted[kind] - listed[kind];
      const before = this.#least.get(kind);
      if (before === undefined) this.#least.set(kind, off);
      else this.#least.set(kind, nearest(before, off));
    }
  }

  /** `OR received +3; Exit initiated -2`; empty where they agree, null where nothing was compared. */
  get text(): string | null {
    if (this.#snapshots === 0) return null;
    if (this.#snapshots < LASTING_SNAPSHOTS) return '';
    return [...this.#least]
      .filter(([, off]) => off !== 0)
      .map(([kind, off]) => `${kind} ${off > 0 ? '+' : ''}${off}`)
      .join('; ');
  }
}

/** Of two differences what both have: 0 where one is above and one below. */
function nearest(a: number, b: number): number {
  if (a === 0 || b === 0 || a > 0 !== b > 0) return 0;
  return Math.abs(a) < Math.abs(b) ? a : b;
}
