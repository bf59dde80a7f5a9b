/**
 * What of a window those recordings of a fleet did not see that answer.
 * Owns its words; how much of it each saw is reports/findings/coverage.ts's.
 */
import type { Member } from '../fleet/member.ts';
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { type Coverage, isWhole } from '../reports/findings/coverage.ts';
import { count, duration } from '../reports/findings/wording.ts';
import type { FindingLayout } from './findingLines.ts';
import { wrapped } from './wrapped.ts';

/** A recording that answers. */
export interface Answering {
  readonly member: Member;
  /** How much of the window it saw. */
  readonly coverage: Coverage;
}

/** What it did not see of the window, in the order of time; none where it saw all. */
function unseenOf(coverage: Coverage): { readonly phrase: string; readonly much: string }[] {
  const { from, to, beforeMs, afterMs, blindMs, gaps } = coverage;
  const before = { phrase: `nothing before ${isoTime(from)}`, much: duration(beforeMs) };
  const blindFor = `blind for ${duration(blindMs)} of ${duration(to - from)}`;
  const blind = { phrase: blindFor, much: `in ${count(gaps, 'gap')}` };
  const after = { phrase: `nothing after ${isoTime(to)}`, much: duration(afterMs) };
  return [
    ...(beforeMs > 0 ? [before] : []),
    ...(blindMs > 0 ? [blind] : []),
    ...(afterMs > 0 ? [after] : []),
  ];
}

/** The same as phrases: `nothing before …`, `blind for 20m of 1h`, `nothing after …`. */
export function unseenPhrases(coverage: Coverage): string[] {
  return unseenOf(coverage).map(({ phrase }) => phrase);
}

function reasonsOf(coverage: Coverage): string {
  return unseenOf(coverage)
    .map(({ phrase, much }) => `${phrase}, ${much}`)
    .join('; ');
}

/**
 * Who did not see all of the window, and why; no section where all did.
 * @param labels what each is called, by its place.
 */
export function partSections(
  answered: readonly Answering[],
  labels: readonly string[],
  { style, width }: Pick<FindingLayout, 'style' | 'width'>,
): Iterable<string>[] {
  const partly = [...answered.keys()].filter((place) => !isWhole(answered[place]!.coverage));
  function* section(): Generator<string> {
    yield `${style.bold('Answered in part')}\n`;
    const groups = Map.groupBy(partly, (place) => reasonsOf(answered[place]!.coverage));
    for (const [reasons, some] of groups) {
      const who = some.map((place) => visible(labels[place]!)).join(', ');
      yield* wrapped(`  ${who}: ${reasons}`, '    ', width);
    }
  }
  return partly.length === 0 ? [] : [section()];
}
