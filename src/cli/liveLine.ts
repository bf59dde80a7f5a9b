/**
 * What a recorder does, on one line of a terminal that renews itself.
 * Owns the line, and that what else is told stands above it.
 */
import type { Io, Output } from './io.ts';
import { CLEAR_LINE } from './progress.ts';
import { recorderLine } from './recorderLine.ts';
import type { RecorderFigures } from './recorderState.ts';

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
    this.#shown = recorderLine(figures).slice(0, width);
    this.#stream.write(CLEAR_LINE + this.#shown);
  }

  clear(): void {
    if (this.#shown !== '') this.#stream.write(CLEAR_LINE);
    this.#shown = '';
  }
}
