/**
 * What a view of the page is, and what it has of the page around it.
 * Owns these shapes; each view is a file of its own.
 */
import type { Head, MomentPart, PageSpan, PartName, Parts } from '../parts.ts';

/** Rows of a report as its CSV has them, read back: a cell by the name of its column. */
export interface ReportRows {
  readonly report: string;
  readonly count: number;
  /** Text as it was before it was guarded; empty for an empty cell. */
  text(column: string): readonly string[];
  /** Numbers, times as milliseconds since the epoch, true and false as 1 and 0; null for an empty cell. */
  numbers(column: string): readonly (number | null)[];
}

/** What a connection or a circuit is called. */
export interface Subject {
  readonly kind: 'connection' | 'circuit';
  readonly id: number;
}

/** Where parts come from: out of the page itself, or from the program that serves it. */
export interface PageSource {
  readonly head: Head;
  /**
   * A part of a window, in about so many stretches of time. Of a file it is what the file holds: of a
   * wider window, or in other stretches, so that a view draws what of it lies in its window.
   * Rejects with an `AbortError` where the signal aborts, with an `Error` that says why for all else.
   */
  part<Name extends PartName>(
    name: Name,
    window: PageSpan,
    bins: number,
    signal: AbortSignal,
  ): Promise<Parts[Name]>;
  /** The rows of a report that belong to a window, of one subject or of all: of a file those that it holds. */
  rows(
    report: string,
    window: PageSpan,
    signal: AbortSignal,
    subject?: Subject,
  ): Promise<ReportRows>;
  /** The same as a CSV file that is to be saved, with what it holds and how it may be called. */
  csv(report: string, window: PageSpan): Promise<SavedCsv>;
  moment(at: number, signal: AbortSignal): Promise<MomentPart>;
  /** Calls back when a part that stood in for an exact one is better drawn again; never of a file. */
  whenExact(redraw: () => void): void;
  /** What one connection or circuit did in a window, poll by poll: the report of timeline; null in a file. */
  timeline(subject: Subject, window: PageSpan, signal: AbortSignal): Promise<ReportRows | null>;
}

export interface SavedCsv {
  /** Where the browser gets it: a URL to be followed, which saves it under `name`. */
  readonly url: string;
  readonly name: string;
  /** What the rows are, for people, such as `1,036 rows of 07:18:39 to 08:18:40 UTC`. */
  readonly says: string;
}

/** Colours of the theme as CSS has them, each told apart by people who see fewer. */
export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** A quiet fill, such as a lane in which nothing is one-sided. */
  readonly quiet: string;
  /** Sent out more, orange; taken in more, blue. */
  readonly out: string;
  readonly in: string;
  /** What came and what was gone since the snapshot before. */
  readonly opened: string;
  readonly closed: string;
  readonly critical: string;
  readonly warning: string;
  readonly notice: string;
  readonly info: string;
}

/** What a view has of the page. */
export interface Stage {
  readonly source: PageSource;
  readonly palette: Palette;
  /** The window that rules all views. */
  readonly window: PageSpan;
  /** The moment that is looked at, if any. */
  readonly moment: number | null;
  setWindow(window: PageSpan): void;
  setMoment(at: number): void;
  /** Shows what a connection or a circuit did. */
  showStory(subject: Subject): void;
}

export interface View {
  /** A section with its heading, made once and then kept. */
  readonly root: HTMLElement;
  /**
   * Draws the stage as it is now. Called when the window, the moment, the theme or the size changed, maybe before
   * an earlier call is done, whose signal then aborts: what it still gets is not drawn.
   */
  draw(stage: Stage, signal: AbortSignal): Promise<void>;
}
