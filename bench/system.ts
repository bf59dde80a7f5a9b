/**
 * What is measured of a system: its steps, each in a process of its own.
 * Owns the shape, and the files of a workload; what a step does is the systems'.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where the files of a workload and of one system are. */
export interface Place {
  /** The workload as a transcript (docs/transcript.md). */
  readonly transcript: string;
  /** A folder of the system's own. */
  readonly folder: string;
  /** Seconds between two polls. */
  readonly interval: number;
}

/** What is timed. Figures it returns itself stand for its time, milliseconds of CPU by name. */
export type Action = () => Promise<Readonly<Record<string, number>> | undefined>;

/**
 * One step of a system, by name: `import` comes first and makes its files. What it does before it
 * gives the action is not timed: loading modules, clearing away what the last run left.
 */
export type Step = (place: Place) => Promise<Action>;

export interface System {
  readonly title: string;
  /** Files and folders in the system's folder that are what it keeps. */
  readonly keeps: readonly string[];
  /** What a process does before any question: the start that is not timed. */
  start(): Promise<void>;
  readonly steps: Readonly<Record<string, Step>>;
}

/** The answer to a question, kept to be compared: CSV with a header. */
export function answerOf({ folder }: Pick<Place, 'folder'>, question: string): string {
  return join(folder, `${question}.csv`);
}

/** A snapshot of the transcript as any program would read it. */
export interface PolledLines {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly conn: string;
}

/** The snapshots of a transcript, parsed with JSON.parse. */
export async function* snapshotsOf(transcript: string): AsyncGenerator<PolledLines, void> {
  for await (const line of createInterface({ input: createReadStream(transcript) })) {
    const { at, conn } = JSON.parse(line) as { at?: string; conn?: string };
    if (at !== undefined && conn !== undefined) yield { at: Date.parse(at), conn };
  }
}
