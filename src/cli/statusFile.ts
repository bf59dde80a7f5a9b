/**
 * How a recorder stands, as a file for whoever watches it: JSON or series for Prometheus, there whole
 * or as it was before.
 * Owns the file and the keys of its JSON (docs/reference.md, The status file); the figures are
 * recorderState.ts's, the series recorderMetrics.ts's.
 */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import { prometheusText } from '../output/prometheus.ts';
import { folderFault } from './filePlace.ts';
import { recorderFamilies } from './recorderMetrics.ts';
import type { RecorderFigures } from './recorderState.ts';
import { isSeriesName, METRICS_MODE } from './seriesFile.ts';
import { VERSION } from './version.ts';

export class StatusFile {
  readonly #path: string;
  readonly #recording: string;
  readonly #notice: (text: string) => void;
  #isFailing = false;

  /**
   * @param recording its path, as it was named.
   * @param notice takes what the operator should be told, once each time it begins.
   */
  constructor(path: string, recording: string, notice: (text: string) => void) {
    this.#path = path;
    this.#recording = recording;
    this.#notice = notice;
  }

  /**
   * Writes it anew; series for Prometheus only once it is known whose they are. What keeps it from being written is told,
   * and tried again the next time.
   */
  write(figures: RecorderFigures): void {
    const partial = `${this.#path}.${process.pid}.partial`;
    try {
      if (isSeriesName(this.#path)) {
        const families = recorderFamilies(figures);
        if (families === undefined) return;
        writeFileSync(partial, prometheusText(families));
        chmodSync(partial, METRICS_MODE);
      } else {
        writeFileSync(partial, `${JSON.stringify(statusOf(figures, this.#recording), null, 1)}\n`);
      }
      renameSync(partial, this.#path);
      this.#isFailing = false;
    } catch (thrown) {
      rmSync(partial, { force: true });
      if (this.#isFailing) return;
      this.#isFailing = true;
      const cause = folderFault(this.#path)?.cause ?? messageOf(thrown);
      const what = `the status cannot be written to ${this.#path}: ${cause}`;
      this.#notice(`${what}; it is tried again with each poll`);
    }
  }
}

/** Milliseconds as seconds. */
function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

function time(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}

function statusOf(figures: RecorderFigures, recording: string): Record<string, unknown> {
  const { header, cost, notice } = figures;
  return {
    status: 1,
    version: VERSION,
    pid: process.pid,
    recording,
    fingerprint: header?.relay.fingerprint ?? null,
    nickname: header?.relay.nickname ?? null,
    tor_version: header?.relay.torVersion ?? null,
    source: header?.source ?? null,
    interval_s: seconds(header?.intervalMs ?? null),
    started_at: time(figures.startedAt),
    written_at: time(figures.at),
    last_snapshot_at: time(figures.lastSnapshotAt),
    lag_s: seconds(figures.lagMs),
    snapshots: figures.snapshots,
    gaps: figures.gaps,
    gap_s: seconds(figures.gapMs),
    lines: figures.lines,
    connections: figures.connections,
    opened: figures.opened,
    closed: figures.closed,
    bytes: figures.bytes,
    log_bytes: figures.logBytes,
    chain_head: figures.head,
    cpu_share: cost?.share ?? null,
    cpu_share_itself: cost?.own ?? null,
    cpu_share_tools: cost?.children ?? null,
    memory_peak_bytes: cost?.peakBytes ?? null,
    last_notice_at: time(notice?.at ?? null),
    last_notice: notice?.text ?? null,
  };
}
