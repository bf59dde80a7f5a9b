/**
 * A complaint, and an answer to one of the questions that it raises.
 * Owns the shapes; nothing of a complaint is stored anywhere.
 */
import type { Window } from '../../recording/reader.ts';

/** Where a connection is said to have gone. */
export interface ComplaintDestination {
  /** As `plainIp` writes it. */
  readonly ip: string;
  /** 1 to 65535; undefined where none was given. */
  readonly port: number | undefined;
}

export interface Complaint {
  /** When it is said to have been; milliseconds since the epoch. */
  readonly at: number;
  /** How far before and after that is looked, milliseconds. */
  readonly withinMs: number;
  readonly destination?: ComplaintDestination;
  /** The address that it is said to have come from, as `plainIp` writes it. */
  readonly source?: string;
}

/**
 * `not seen` where it would have been seen, had it been, and the reason says by what; `not
 * observable` where nobody can say from this recording.
 */
export type Sighted = 'seen' | 'not seen' | 'not observable';

export type QuestionName =
  | 'recorded'
  | 'exit'
  | 'policy'
  | 'destination'
  | 'left'
  | 'local'
  | 'blind'
  | 'source';

/** One answer. A question whose answer changed in the window has several, one after another. */
export interface ComplaintAnswer {
  readonly question: QuestionName;
  /** The question in words. */
  readonly asks: string;
  readonly verdict: Sighted;
  /** The time that the answer is of, milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Why, in a sentence or some. */
  readonly because: string;
  /** What it rests on, a fact each; may be none. */
  readonly evidence: readonly string[];
}

/** What is looked at: the time of the complaint, and so much before and after it. */
export function windowOf({ at, withinMs }: Complaint): Window {
  return { from: at - withinMs, to: at + withinMs };
}
