/**
 * The recordings that a command of a fleet is about, and those of them that do not answer.
 * Owns what the operator hears of them, and the exit code; finding and asking them is fleet/'s.
 */
import { ConntapeError } from '../error.ts';
import { recordingsIn } from '../fleet/files.ts';
import type { Member, Silence, SilenceReason } from '../fleet/member.ts';
import { extentOf, type Fleet, fleetOf, labelsOf, relayCount } from '../fleet/members.ts';
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import type { Window } from '../recording/reader.ts';
import { isWhole } from '../reports/findings/coverage.ts';
import { count } from '../reports/findings/wording.ts';
import { spanOf } from '../reports/recorded.ts';
import { EXIT } from './exit.ts';
import type { FindingLayout } from './findingLines.ts';
import type { Answering } from './fleetPartly.ts';
import { type Io, tell, tellMore } from './io.ts';
import { spareFromStdout } from './sparing.ts';
import type { TimeContext } from './time.ts';
import { wrapped } from './wrapped.ts';

export interface AskedFleet extends Fleet {
  /** What each is called. */
  readonly names: ReadonlyMap<Member, string>;
  /** From the first snapshot of any to the last. */
  readonly extent: Window;
  readonly context: TimeContext;
}

/**
 * The recordings in what was named; at least one. What is not a recording, and what a file lacks, is said
 * on standard error.
 * Throws as `recordingsIn`; `usage` where standard output goes into one of them; `recording`, or
 * `damaged`, where none answers, when standard error has said why of each.
 */
export async function askedFleet(named: readonly string[], io: Io): Promise<AskedFleet> {
  const found = recordingsIn(named);
  for (const path of found.paths) spareFromStdout(path, io);
  const { members, silent } = await fleetOf(found);
  const { others } = found;
  if (others > 0) tell(io, `passed over: ${count(others, 'other file')}`);
  const extent = extentOf(members);
  if (extent === undefined) throw nobodyAnswers(silent, io);
  for (const { notice } of members) if (notice !== undefined) tell(io, notice);
  const context = { now: io.now(), first: extent.from, last: extent.to };
  const labels = labelsOf(members);
  const names = new Map(members.map((member, place) => [member, labels[place]!]));
  return { members, silent, names, extent, context };
}

/**
 * Throws where none of those answers that were asked about a window: `damaged` where one is, else
 * `recording`, with what they hold. Why those do not that hold something of it, standard error says.
 */
export function checkAnswered(
  answered: readonly Answering[],
  silent: readonly Silence[],
  { window, extent }: { readonly window: Window; readonly extent: Window },
  io: Io,
): void {
  if (answered.length > 0) return;
  const [unrecorded, failed] = [silent.filter(isOfAnotherTime), silent.filter(isNoOtherTime)];
  if (unrecorded.length === 0) throw nobodyAnswers(silent, io);
  tellSilent(failed, io);
  const [one] = unrecorded as [Silence];
  const [where, hint] =
    unrecorded.length === 1
      ? ['the recording', one.hint]
      : [`any of ${unrecorded.length} recordings`, holding(window, extent)];
  throw new ConntapeError(kindOf(failed), {
    operation: 'asking a fleet',
    cause: `nothing was recorded ${spanOf(window)} in ${where}`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** What recordings hold that hold nothing of a window. */
function holding(window: Window, { from, to }: Window): string {
  const all = `they hold ${isoTime(from)} to ${isoTime(to)}`;
  const isAmid = window.from <= to && window.to >= from;
  return isAmid ? `${all}, but nothing of that time: conntape audit RECORDING says why` : all;
}

function nobodyAnswers(silent: readonly Silence[], io: Io): ConntapeError {
  tellSilent(silent, io);
  const kind = kindOf(silent);
  return new ConntapeError(kind, {
    operation: 'asking a fleet',
    cause:
      silent.length === 1
        ? 'the one recording does not answer'
        : `none of ${silent.length} recordings answers`,
    hint:
      kind === 'damaged'
        ? 'conntape verify RECORDING says what is damaged'
        : 'name recordings that can be read, or folders that hold some',
  });
}

function tellSilent(silent: readonly Silence[], io: Io): void {
  for (const { path, why, hint } of silent) {
    tell(io, `${path}: ${why}`, 'error');
    if (hint !== undefined) tellMore(io, hint, 'error');
  }
}

function kindOf(silent: readonly Silence[]): 'damaged' | 'recording' {
  return silent.some(({ reason }) => reason === 'damaged') ? 'damaged' : 'recording';
}

/** What the process ends with where some do not answer; undefined where all do. */
export function silenceCode(silent: readonly Silence[]): number | undefined {
  if (silent.length === 0) return undefined;
  return silent.some(({ reason }) => reason === 'damaged') ? EXIT.damaged : EXIT.failure;
}

/** How a recording that answers is told from others, and one that does not. */
interface Shown extends Pick<FindingLayout, 'style' | 'width'>, Pick<AskedFleet, 'names'> {
  readonly silent: readonly Silence[];
}

/** Why they are silent, as headings. */
const SILENT: readonly (readonly [heading: string, reasons: readonly SilenceReason[]])[] = [
  ['Nothing recorded then', ['unrecorded']],
  ['Did not answer', ['failed', 'damaged']],
];

/**
 * How many were asked, how many answer, and how many of these in part; by name which do not.
 * @param opening stands before it; empty is nothing.
 */
export function* askedLines(
  answered: readonly Answering[],
  { silent, names, style, width }: Shown,
  opening = '',
): Generator<string> {
  const members = answered.map(({ member }) => member);
  const asked = [...members, ...silent.flatMap(({ member }) => member ?? [])];
  const all = recordingsOf(asked, answered.length + silent.length);
  const partly = answered.filter(({ coverage }) => !isWhole(coverage)).length;
  yield* wrapped(
    `${opening}${all}: ${manyText(answered.length, partly, silent.length)}.`,
    '  ',
    width,
  );
  for (const [heading, some] of silentByReason(silent)) {
    const who = some.map((one) => visible(nameOf(one, names))).join(', ');
    yield* wrapped(`${style.bold(heading)}: ${who}.`, '  ', width);
  }
}

/** `12 recordings of 11 relays`; of one it says nothing that one does not know. */
function recordingsOf(members: readonly Member[], many: number): string {
  const recordings = count(many, 'recording');
  return many === 1 ? recordings : `${recordings} of ${count(relayCount(members), 'relay')}`;
}

function manyText(answered: number, partly: number, silent: number): string {
  if (answered === 1 && silent === 0) return partly === 0 ? 'it answers' : 'it answers in part';
  const answering = answered === 1 ? '1 answers' : `${answered} answer`;
  const who = silent === 0 ? 'all answer' : answering;
  if (partly === 0) return who;
  if (partly < answered) return `${who}, ${partly} in part`;
  return answered === 1 ? `${who}, in part` : `${who}, each in part`;
}

/** Under a heading each that is silent, with the reason; a section each, none for none. */
export function silenceSections({ silent, names, style, width }: Shown): Iterable<string>[] {
  function* section(heading: string, some: readonly Silence[]): Generator<string> {
    yield `${style.bold(heading)}\n`;
    for (const one of some) {
      const { path, why, hint } = one;
      const name = nameOf(one, names);
      const who = name.includes(path) ? name : `${name} (${path})`;
      // That nothing was recorded then the heading says; the hint is what there is instead.
      const [told, next] = isOfAnotherTime(one) ? [hint ?? why] : [why, hint];
      yield* wrapped(`  ${visible(who)}: ${visible(told)}`, '    ', width);
      if (next !== undefined) yield* wrapped(`    ${visible(next)}`, '    ', width);
    }
  }
  return silentByReason(silent).map(([heading, some]) => section(heading, some));
}

function isOfAnotherTime({ reason, member }: Silence): boolean {
  return reason === 'unrecorded' && member !== undefined;
}

function isNoOtherTime(one: Silence): boolean {
  return !isOfAnotherTime(one);
}

function silentByReason(silent: readonly Silence[]): [heading: string, some: Silence[]][] {
  return SILENT.map(([heading, reasons]): [string, Silence[]] => [
    heading,
    silent.filter(({ reason }) => reasons.includes(reason)),
  ]).filter(([, some]) => some.length > 0);
}

function nameOf({ path, member }: Silence, names: AskedFleet['names']): string {
  return (member === undefined ? undefined : names.get(member)) ?? path;
}

/**
 * Those of some places, in a sentence.
 * @param labels of all that answer.
 * @param all says that it is all of them, before how many; two are named.
 */
export function whoOf(some: readonly number[], all: string, labels: readonly string[]): string {
  return some.length === labels.length && some.length > 2
    ? `${all} ${some.length}`
    : some.map((place) => visible(labels[place]!)).join(', ');
}

/** Sections with an empty line between them. */
export function* apart(sections: Iterable<Iterable<string>>): Generator<string> {
  let isFirst = true;
  for (const section of sections) {
    if (!isFirst) yield '\n';
    isFirst = false;
    yield* section;
  }
}
