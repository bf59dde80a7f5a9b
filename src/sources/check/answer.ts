/**
 * What is asked of a check, and what it answers.
 * Owns the shapes; what is looked at, check.ts says.
 */
import type { ConnectOptions } from '../../control/client.ts';
import type { MetricsFrom } from '../metrics/metered.ts';

/** One thing that may be observed. */
export interface Check {
  /** What it is called: `MetricsPort`. */
  readonly what: string;
  readonly answer: 'yes' | 'partly' | 'no';
  /** What it gives, or why it is not there. */
  readonly says: string;
  /** What would make it more, a step each; a line for torrc begins with `torrc: `. */
  readonly steps: readonly string[];
}

export interface CheckOptions {
  readonly connect: ConnectOptions;
  /** Which sources come into question. */
  readonly source: 'auto' | 'native' | 'stock';
  readonly metrics: MetricsFrom;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
}
