/**
 * The recordings that a command of a fleet is about, and those of them that do not answer.
 * Owns what the operator hears of them, and the exit code; finding and asking them is fleet/'s.
 */
import { ConntapeError } from '../error.ts';
import { recordingsIn } from '../fleet/files.ts';
import type { Member, Silence } from '../fleet/member.ts';
import { extentOf, type Fleet, fleetOf, labelsOf, relayCount } from '../fleet/members.ts';
import { visible } from '../listing/visible.ts';
import type { Window } from '../recording/reader.ts';
import { count } from '../reports/findings/wording.ts';
import { EXIT } from './exit.ts';
import type { FindingLayout } from './findingLines.ts';
import { type Io, tell, tellMore } from './io.ts';
import { spareFromStdout } from './sparing.ts';
import type { TimeContext } from './time.ts';
import { wrapped } from './wrapped.ts';

export interface AskedFleet extends Fleet {
  /** What each is called, by its place. */
  readonly labels: readonly string[];
  /** From the first snapshot of any to the last. */
  readonly extent: Window;
  readonly context: TimeContext;
}

/**
 * The recordings in what was named; at least one. What is no recording, and what a file lacks, is said
 * on standard error.
 * Throws as `recordingsIn`; `usage` where standard output goes into one of them; `recording`, or
 * `damaged`, where none answers, when standard error has said why of each.
 */
export function askedFleet(named: readonly string[], io: Io): AskedFleet {
  const found = recordingsIn(named);
  for (const path of found.paths) spareFromStdout(path, io);
  const { members, silent } = fleetOf(found);
  const { others } = found;
  if (others > 0) tell(io, `passed over: ${count(others, 'file')} that no recording is`);
  const extent = extentOf(members);
  if (extent === undefined) throw nobodyAnswers(silent, io);
  for (const { notice } of members) if (notice !== undefined) tell(io, notice);
  const context = { now: io.now(), first: extent.from, last: extent.to };
  return { members, silent, labels: labelsOf(members), extent, context };
}

function nobodyAnswers(silent: readonly Silence[], io: Io): ConntapeError {
  for (const { path, why, hint } of silent) {
    tell(io, `${path}: ${why}`, 'error');
    if (hint !== undefined) tellMore(io, hint, 'error');
  }
  const kind = silent.some(({ reason }) => reason === 'damaged') ? 'damaged' : 'recording';
  return new ConntapeError(kind, {
    operation: 'asking a fleet',
    cause: `of ${count(silent.length, 'recording')} none answers`,
  });
}

/** What the process ends with where some do not answer; undefined where all do. */
export function silenceCode(silent: readonly Silence[]): number | undefined {
  if (silent.length === 0) return undefined;
  return silent.some(({ reason }) => reason === 'damaged') ? EXIT.damaged : EXIT.failure;
}

/** How many were asked, and how many answer. @param how what those did that do: `were audited`. */
export function askedText(
  answered: readonly Member[],
  silent: readonly Silence[],
  how: string,
): string {
  const asked = [...answered, ...silent.flatMap(({ member }) => member ?? [])];
  const all = answered.length + silent.length;
  const of = `${count(all, 'recording')} of ${count(relayCount(asked), 'relay')}`;
  if (silent.length === 0) return `${of} ${how}.`;
  return `${of}: ${answered.length} ${how}, ${silent.length} ${silent.length === 1 ? 'does' : 'do'} not answer.`;
}

/** Under a heading each that is silent, with the reason; nothing for none. */
export function* silenceLines(
  heading: string,
  silent: readonly Silence[],
  { style, width }: Pick<FindingLayout, 'style' | 'width'>,
): Generator<string> {
  if (silent.length === 0) return;
  yield `\n${style.bold(heading)}\n`;
  for (const { path, member, why, hint } of silent) {
    const [label = ''] = member === undefined ? [] : labelsOf([member]);
    const who = label === '' || label === path ? path : `${label} (${path})`;
    yield* wrapped(`  ${visible(who)}: ${visible(why)}`, '    ', width);
    if (hint !== undefined) yield* wrapped(`    ${visible(hint)}`, '    ', width);
  }
}
