/**
 * What a recorder has done since it began, and how it stands.
 * Owns the account; where it is told is statusFile.ts's, recorderHeartbeat.ts's and liveLine.ts's.
 */
import type { Label } from '../listing/label.ts';
import type { Header, TapeItem } from '../listing/snapshot.ts';
import type { KeptItem } from '../recording/steadyWriter.ts';
import { infoSeries, numberIn, type Series } from '../reports/numbers.ts';
import type { Spent } from './io.ts';
import type { Cost } from './ownCost.ts';
import { RecorderCounts } from './recorderCounts.ts';

/** Times are milliseconds since the epoch, UTC; null is not known. */
export interface RecorderFigures {
  readonly startedAt: number;
  /** When these are the figures. */
  readonly at: number;
  readonly header: Header | undefined;
  /** The last snapshot that was kept; null where none was yet. */
  readonly lastSnapshotAt: number | null;
  /** How long that is ago. */
  readonly lagMs: number | null;
  /** Kept since it began. */
  readonly snapshots: number;
  /** Gaps since it began, those that are over, and their length. */
  readonly gaps: number;
  readonly gapMs: number;
  /** The lines of the last snapshot, and how long its poll took; undefined where that is not known. */
  readonly labels: readonly Label[] | undefined;
  readonly pollMs: number | undefined;
  /** What came and went since it began. */
  readonly counts: RecorderCounts;
  /** By the last info values that said so. */
  readonly descriptorsUsed: number | undefined;
  readonly descriptorsLimit: number | undefined;
  readonly torUptimeS: number | undefined;
  /** Lines and connections of the last snapshot. */
  readonly lines: number | null;
  readonly connections: number | null;
  /** Connections that it has and the one before had not, and the other way round. */
  readonly opened: number | null;
  readonly closed: number | null;
  /** Bytes of the recording with the log beside it, and of that log. */
  readonly bytes: number | null;
  readonly logBytes: number | null;
  /** When the recording's first snapshot was. */
  readonly beganAt: number | undefined;
  /** 64 hex digits. */
  readonly head: string | null;
  readonly cost: Cost | undefined;
  readonly spent: Spent | undefined;
  /** What the operator was told last. */
  readonly notice: { readonly at: number; readonly text: string } | null;
}

export interface RecorderStateOptions {
  readonly now: () => number;
  /** Undefined where the file is not there. */
  readonly sizes: () => { readonly total: number; readonly log: number } | undefined;
  readonly cost: () => Cost | undefined;
  /** Absent where nobody counts. */
  readonly spent?: (() => Spent) | undefined;
}

const USED = infoSeries('info/descriptor-used');
const LIMIT = infoSeries('info/descriptor-limit');
const UPTIME = infoSeries('info/uptime-process');

export class RecorderState {
  readonly #options: RecorderStateOptions;
  readonly #startedAt: number;
  #header: Header | undefined;
  #lastSnapshotAt: number | null = null;
  #snapshots = 0;
  #gaps = 0;
  #gapMs = 0;
  #labels: readonly Label[] | undefined;
  /** CONN_IDs of the last snapshot, made when they are asked for, and of the one before. */
  #ids: ReadonlySet<number> | undefined;
  #labelsBefore: readonly Label[] | undefined;
  #idsBefore: ReadonlySet<number> | undefined;
  #pollMs = 0;
  readonly #info = new Map<string, string>();
  readonly #counts = new RecorderCounts();
  #last: KeptItem | undefined;
  #notice: RecorderFigures['notice'] = null;

  constructor(options: RecorderStateOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  kept(item: TapeItem, kept: KeptItem): void {
    this.#last = kept;
    switch (item.kind) {
      case 'session':
        this.#header = item.header;
        return;
      case 'gap':
        this.#gaps++;
        this.#gapMs += item.to - item.from;
        return;
      case 'snapshot':
        this.#snapshots++;
        this.#lastSnapshotAt = item.at;
        this.#labelsBefore = this.#labels;
        this.#idsBefore = this.#ids;
        this.#ids = undefined;
        this.#labels = item.listing.labels;
        this.#pollMs = item.pollMs;
        for (const { key } of [USED, LIMIT, UPTIME]) {
          const value = item.info.get(key);
          if (value !== undefined) this.#info.set(key, value);
        }
        if (kept.account !== undefined) this.#counts.add(item, kept.account);
    }
  }

  noticed(text: string): void {
    this.#notice = { at: this.#options.now(), text };
  }

  get figures(): RecorderFigures {
    const { now, sizes, cost, spent } = this.#options;
    const at = now();
    const size = sizes();
    const last = this.#lastSnapshotAt;
    return {
      startedAt: this.#startedAt,
      at,
      header: this.#header,
      lastSnapshotAt: last,
      lagMs: last === null ? null : Math.max(0, at - last),
      snapshots: this.#snapshots,
      gaps: this.#gaps,
      gapMs: this.#gapMs,
      lines: this.#labels?.length ?? null,
      labels: this.#labels,
      pollMs: this.#pollMs === 0 ? undefined : this.#pollMs,
      counts: this.#counts,
      descriptorsUsed: this.#number(USED),
      descriptorsLimit: this.#number(LIMIT),
      torUptimeS: this.#number(UPTIME),
      ...this.#connections(),
      bytes: size?.total ?? null,
      logBytes: size?.log ?? null,
      beganAt: this.#last?.beganAt,
      head: this.#last?.head ?? null,
      cost: cost(),
      spent: spent?.(),
      notice: this.#notice,
    };
  }

  #number(series: Series): number | undefined {
    const value = numberIn(series, this.#info);
    return value === undefined ? undefined : Number(value);
  }

  #connections(): Pick<RecorderFigures, 'connections' | 'opened' | 'closed'> {
    if (this.#labels === undefined) return { connections: null, opened: null, closed: null };
    this.#ids ??= idsIn(this.#labels);
    const ids = this.#ids;
    if (this.#labelsBefore === undefined) {
      return { connections: ids.size, opened: null, closed: null };
    }
    this.#idsBefore ??= idsIn(this.#labelsBefore);
    const before = this.#idsBefore;
    let stayed = 0;
    for (const id of ids) if (before.has(id)) stayed++;
    return { connections: ids.size, opened: ids.size - stayed, closed: before.size - stayed };
  }
}

function idsIn(labels: readonly Label[]): Set<number> {
  return new Set(labels.map(({ connId }) => connId));
}
