/**
 * What is fuzzed: the shape of a target, and the promise that each of them holds.
 * Owns neither the inputs nor the targets.
 */
import { ConntapeError } from '../../src/error.ts';

export interface Target {
  readonly name: string;
  /** Valid inputs, from which all others are made. At least one. */
  readonly corpus: readonly Buffer[];
  /**
   * Feeds it an input. Resolves to a word of what came of it: an input whose word is new is kept, and
   * others are made of it. Rejects with `ConntapeError` alone, where that is what a user would be
   * told; everything else, a `Broken` too, is a bug.
   */
  run(input: Buffer): string | Promise<string>;
}

/** A promise that was not kept. */
export class Broken extends Error {}

export function mustHold(holds: boolean, promise: string): void {
  if (!holds) throw new Broken(promise);
}

/** The word of what a target did: of an error its kind and its cause, of numbers how many digits. */
export async function outcomeOf(target: Target, input: Buffer): Promise<string> {
  try {
    return await target.run(input);
  } catch (thrown) {
    if (!(thrown instanceof ConntapeError)) throw thrown;
    return `${thrown.kind}: ${thrown.parts.cause.replaceAll(/\d+/g, '0').slice(0, 60)}`;
  }
}

/** As many as this, roughly: what a word tells of a count. */
export function about(count: number): string {
  return String(count === 0 ? 0 : Math.floor(Math.log2(count)) + 1);
}
