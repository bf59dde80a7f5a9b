/**
 * The parts of a page by their names.
 * Owns which function makes which; what each is made of is its own file's.
 */
import type { PartName, Parts } from '../parts.ts';
import { findingsPart } from './findings.ts';
import { madeOnce, type PartInput } from './input.ts';
import { lanedParts } from './lanes.ts';
import { livesPart } from './lives.ts';
import { loadPart } from './load.ts';
import { pollsPart } from './polls.ts';
import { rankingsPart } from './rankings.ts';
import { survivalPart } from './survival.ts';

const laned = madeOnce(lanedParts);

const MAKERS: { readonly [Name in PartName]: (input: PartInput) => Parts[Name] } = {
  polls: pollsPart,
  lanes: (input) => laned(input).lanes,
  balance: (input) => laned(input).balance,
  lives: livesPart,
  survival: survivalPart,
  rankings: rankingsPart,
  load: loadPart,
  findings: findingsPart,
};

/** All of them. */
export const PART_NAMES = Object.keys(MAKERS) as readonly PartName[];

/** Throws what reading the recording throws, and what `onSnapshot` does. */
export function makePart<Name extends PartName>(name: Name, input: PartInput): Parts[Name] {
  return MAKERS[name](input);
}
