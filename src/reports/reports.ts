/**
 * Every report there is, in the order in which people read them.
 * Owns the lists; `report`, `export` and `demo` take them from here.
 */
import { asymmetry } from './asymmetry.ts';
import { churn } from './churn.ts';
import { circuits } from './circuits.ts';
import { concentration } from './concentration.ts';
import { connections } from './connections.ts';
import { destinations } from './destinations.ts';
import { findings } from './findings.ts';
import { lifetimes } from './lifetimes.ts';
import { load } from './load.ts';
import { metrics } from './metrics.ts';
import { peers } from './peers.ts';
import type { Report } from './report.ts';
import { timeline } from './timeline.ts';

/** Those that need no more than a recording and a window. */
export const REPORTS: readonly Report[] = [
  connections,
  circuits,
  churn,
  lifetimes,
  asymmetry,
  destinations,
  concentration,
  peers,
  load,
  metrics,
  findings,
];

/** Those too that are of one connection or circuit. */
export const NAMED_REPORTS: readonly Report[] = [
  ...REPORTS.slice(0, -1),
  timeline,
  ...REPORTS.slice(-1),
];
