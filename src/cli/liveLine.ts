/**
 * What a recorder does, on one line of a terminal that renews itself.
 * Owns the line, and that what else is told stands above it.
 */
import { formatDuration } from './duration.ts';
import type { Io, Output } from './io.ts';
import type { RecorderFigures } from './recorderState.ts';
import { formatSize } from './size.ts';

/** To the first column, and clear the line (ECMA-48, CR and EL). */
const CLEAR_LINE = '\r\u001b[K';

export class LiveLine {
  readonly #stream: Output;
  #shown = '';

  constructor(stream: Output) {
    this.#stream = stream;
  }

  /** The same world, whose standard error writes above the line. */
  above(io: Io): Io {
    const write = (text: string) => {
      const shown = this.#shown;
      return this.#stream.write(shown === '' ? text : `${CLEAR_LINE}${text}${shown}`);
    };
    return { ...io, stderr: Object.create(this.#stream, { write: { value: write } }) as Output };
  }

  /** Draws it anew. */
  draw(figures: RecorderFigures): void {
    const width = (this.#stream.columns ?? 80) - 1;
    this.#shown = lineOf(figures).slice(0, width);
    this.#stream.write(CLEAR_LINE + this.#shown);
  }

  clear(): void {
    if (this.#shown !== '') this.#stream.write(CLEAR_LINE);
    this.#shown = '';
  }
}

/** `360 snapshots, 2s ago; 10012 connections (+12 -9); 1 gap; 812 MB`. */
function lineOf(figures: RecorderFigures): string {
  const { snapshots, lagMs, connections, opened, closed, gaps, bytes } = figures;
  if (lagMs === null) return 'waiting for the first snapshot';
  const change = opened === null ? '' : ` (+${opened} -${closed})`;
  const ago = formatDuration(Math.round(lagMs / 1000) * 1000);
  return [
    `${snapshots} snapshots, the last ${ago} ago`,
    `${connections} connections${change}`,
    ...(gaps === 0 ? [] : [`gaps: ${gaps}`]),
    ...(bytes === null ? [] : [formatSize(bytes)]),
  ].join('; ');
}
