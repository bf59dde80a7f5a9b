/**
 * What a recorder has done since it began, and how it stands.
 * Owns the account; where it is told is statusFile.ts's, recorderHeartbeat.ts's and liveLine.ts's.
 */
import type { Label } from '../listing/label.ts';
import type { Header, TapeItem } from '../listing/snapshot.ts';
import type { Cost } from './ownCost.ts';

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
  /** Lines and connections of the last snapshot. */
  readonly lines: number | null;
  readonly connections: number | null;
  /** Connections that it has and the one before had not, and the other way round. */
  readonly opened: number | null;
  readonly closed: number | null;
  /** Bytes of the recording with the log beside it, and of that log. */
  readonly bytes: number | null;
  readonly logBytes: number | null;
  /** 64 hex digits. */
  readonly head: string | null;
  readonly cost: Cost | undefined;
  /** What the operator was told last. */
  readonly notice: { readonly at: number; readonly text: string } | null;
}

export interface RecorderStateOptions {
  readonly now: () => number;
  /** Undefined where the file is not there. */
  readonly sizes: () => { readonly total: number; readonly log: number } | undefined;
  readonly cost: () => Cost | undefined;
}

export class RecorderState {
  readonly #options: RecorderStateOptions;
  readonly #startedAt: number;
  #header: Header | undefined;
  #lastSnapshotAt: number | null = null;
  #snapshots = 0;
  #gaps = 0;
  #gapMs = 0;
  #labels: readonly Label[] | undefined;
  #labelsBefore: readonly Label[] | undefined;
  #head: string | null = null;
  #notice: RecorderFigures['notice'] = null;

  constructor(options: RecorderStateOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  /** @param head the chain's behind the item. */
  kept(item: TapeItem, head: string): void {
    this.#head = head;
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
        this.#labels = item.listing.labels;
    }
  }

  noticed(text: string): void {
    this.#notice = { at: this.#options.now(), text };
  }

  get figures(): RecorderFigures {
    const { now, sizes, cost } = this.#options;
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
      ...this.#connections(),
      bytes: size?.total ?? null,
      logBytes: size?.log ?? null,
      head: this.#head,
      cost: cost(),
      notice: this.#notice,
    };
  }

  #connections(): Pick<RecorderFigures, 'connections' | 'opened' | 'closed'> {
    if (this.#labels === undefined) return { connections: null, opened: null, closed: null };
    const ids = idsIn(this.#labels);
    if (this.#labelsBefore === undefined) {
      return { connections: ids.size, opened: null, closed: null };
    }
    const before = idsIn(this.#labelsBefore);
    let stayed = 0;
    for (const id of ids) if (before.has(id)) stayed++;
    return { connections: ids.size, opened: ids.size - stayed, closed: before.size - stayed };
  }
}

function idsIn(labels: readonly Label[]): Set<number> {
  return new Set(labels.map(({ connId }) => connId));
}
