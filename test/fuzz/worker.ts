/**
 * The thread that feeds the targets, so that the main one can end it.
 * Owns the order of the inputs, which the seed alone decides for each target.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../damage/random.ts';
import { Fuzzing } from './fuzzing.ts';
import { PARSERS } from './parsers.ts';
import { tapeTargets } from './tapes.ts';

/** What the main thread asks for. */
export interface Asked {
  readonly seed: number;
  /** A part of the names of those that are wanted; empty for all. */
  readonly target: string;
  /** How many inputs each target gets; undefined for as many as there is time for. */
  readonly cases: number | undefined;
  readonly until: number;
}

/** How long a target has its turn. */
const TURN_MS = 300;

const { seed, target, cases, until } = workerData as Asked;
const all = [...PARSERS, ...(await tapeTargets())];
const wanted = all.filter(({ name }) => name.includes(target));
const fuzzings = wanted.map((one) => new Fuzzing(one, new Random(seed)));
const isDue = ({ count }: Fuzzing) => cases === undefined || count < cases;
// By turns, a while each: what a target is fed does not depend on how long another takes.
while (Date.now() < until && fuzzings.some(isDue)) {
  for (const fuzzing of fuzzings) {
    const turnEnds = Math.min(until, Date.now() + TURN_MS);
    while (isDue(fuzzing)) {
      // Said before, since what hangs says nothing afterwards.
      parentPort!.postMessage({ kind: 'begins', name: fuzzing.name, count: fuzzing.count });
      const failure = await fuzzing.next();
      if (failure !== undefined) parentPort!.postMessage({ kind: 'failed', ...failure });
      if (Date.now() > turnEnds) break;
    }
  }
}
parentPort!.postMessage({
  kind: 'ended',
  rows: fuzzings.map(({ name, count, outcomes, slowestMs }) => ({
    name,
    count,
    outcomes,
    slowestMs,
  })),
});
