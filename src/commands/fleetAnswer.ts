/**
 * `conntape fleet answer`: what many recordings say of a complaint.
 * Owns its layout, as text and as JSON; whose verdict is which is fleet/answer.ts's.
 */
import { answerCommand, complaintWords, shownAnswers, verdictLines } from '../cli/answered.ts';
import { type ComplaintOptions, complaintOf } from '../cli/complaintOptions.ts';
import {
  type AskedFleet,
  apart,
  askedFleet,
  askedLines,
  checkAnswered,
  silenceCode,
  silenceSections,
  whoOf,
} from '../cli/fleetAsked.ts';
import { partSections, unseenPhrases } from '../cli/fleetPartly.ts';
import { type Io, tell } from '../cli/io.ts';
import { progressOver } from '../cli/progressOn.ts';
import { shellWord } from '../cli/shell.ts';
import { type Style, styleFor } from '../cli/style.ts';
import { PROGRAM } from '../cli/version.ts';
import { fitted, proseWidth, wrapped } from '../cli/wrapped.ts';
import {
  answersOfFleet,
  type FleetAnswers,
  type FleetSighted,
  type FleetVerdict,
} from '../fleet/answer.ts';
import type { Silence } from '../fleet/member.ts';
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { writeText } from '../output/write.ts';
import { type Complaint, type ComplaintAnswer, windowOf } from '../reports/answer/complaint.ts';
import { destinationText, spanText } from '../reports/answer/wording.ts';

/** Asks the recordings in what was named, one after another, and prints what they say together. */
export async function answerFleet(
  named: readonly string[],
  options: ComplaintOptions,
  io: Io,
  end: (code: number) => void,
): Promise<void> {
  const fleet = await askedFleet(named, io);
  const complaint = complaintOf(options, fleet.context);
  const window = windowOf(complaint);
  tell(io, `window ${isoTime(window.from)} to ${isoTime(window.to)}`);
  const answers = await askAll(fleet, complaint, io);
  const silent = [...fleet.silent, ...answers.silent];
  checkAnswered(answers.answered, silent, { window, extent: fleet.extent }, io);
  const code = silenceCode(silent);
  if (code !== undefined) end(code);
  const { names } = fleet;
  const labels = answers.answered.map(({ member }) => names.get(member)!);
  const style = styleFor(io.stdout, io.env);
  const shown = { named, answers, silent, names, labels, style, width: proseWidth(io.stdout) };
  await writeText(options.format === 'json' ? jsonText(shown) : answerLines(shown), io.stdout);
}

async function askAll(
  { members, names }: AskedFleet,
  complaint: Complaint,
  io: Io,
): Promise<FleetAnswers> {
  const progress = progressOver(io, 'asking', members.length);
  const answers = await answersOfFleet(members, complaint, (member, place) =>
    progress.advance(place, names.get(member)!),
  );
  progress.finish();
  return answers;
}

interface ShownAnswers extends Pick<AskedFleet, 'names'> {
  readonly named: readonly string[];
  readonly answers: FleetAnswers;
  readonly silent: readonly Silence[];
  /** What each that answered is called, by its place. */
  readonly labels: readonly string[];
  readonly style: Style;
  readonly width: number;
}

function* answerLines(shown: ShownAnswers): Generator<string> {
  const { answers, named, labels } = shown;
  const { complaint, answered } = answers;
  const { from, to } = windowOf(complaint);
  const opening = `A complaint of ${isoTime(complaint.at)}; looked at ${spanText(from, to)}. `;
  yield* apart([
    askedLines(answered, shown, opening),
    ...answers.verdicts.map((verdict) => verdictOfAllLines(verdict, shown)),
    ...partSections(answered, labels, shown),
    ...silenceSections(shown),
    ...evidenceSections(shown),
    headLines(shown),
    [`Version  ${PROGRAM}\n`, `Again    $ ${againCommand(named, complaint)}\n`],
  ]);
}

function* headLines({ answers, labels, style, width }: ShownAnswers): Generator<string> {
  yield `${style.bold('Chain heads')}\n`;
  for (const [place, { head }] of answers.answered.entries()) {
    yield `${fitted(`  ${visible(labels[place]!)}  ${head ?? 'none'}`, width)}\n`;
  }
}

const VERDICTS: readonly FleetSighted[] = [
  'seen',
  'not seen',
  'not seen in part',
  'not observable',
];

function* verdictOfAllLines(
  { asks, places, reasons }: FleetVerdict,
  shown: ShownAnswers,
): Generator<string> {
  const { labels, style, width } = shown;
  yield* wrapped(style.bold(visible(asks)), '  ', width);
  for (const verdict of VERDICTS) {
    const some = places[verdict];
    if (some.length === 0) continue;
    const isPart = verdict === 'not seen in part';
    const heading = style.bold((isPart ? 'not seen' : verdict).toUpperCase());
    const who = isPart
      ? ` in what was recorded by ${partlyBy(some, shown)}`
      : ` by ${whoOf(some, verdict === 'seen' ? 'all' : 'any of', labels)}`;
    yield* wrapped(`  ${heading}${who}`, '    ', width);
  }
  let told = 0;
  for (const [because, some] of reasons) {
    if (told++ === REASONS) {
      yield `    … and ${reasons.size - REASONS} more reasons: --format json has all\n`;
      break;
    }
    const whose = reasons.size === 1 ? '' : `${whoOf(some, 'all', labels)}: `;
    yield* wrapped(`    ${whose}${visible(because)}`, '      ', width);
  }
}

/** Who did not see all of the window, with what each did not. */
function partlyBy(some: readonly number[], { answers, labels }: ShownAnswers): string {
  const { answered } = answers;
  const unseen = (place: number) => unseenPhrases(answered[place]!.coverage).join(' and ');
  return [...Map.groupBy(some, unseen)]
    .map(([text, those]) => `${whoOf(those, 'any of', labels)} (${text})`)
    .join('; ');
}

/** Of why those cannot say that cannot, so many different reasons are printed. */
const REASONS = 5;

/** What those saw that saw something is printed of so many. */
const PRINTED = 10;

/** A section a recording that saw something, and one that says how many more did. */
function* evidenceSections(shown: ShownAnswers): Generator<Iterable<string>> {
  const { answers, style } = shown;
  let printed = 0;
  let more = 0;
  for (const { place, answers: seen } of answers.seen()) {
    if (printed === PRINTED) {
      more++;
      continue;
    }
    if (printed++ === 0) yield [`${style.bold('What it rests on')}\n`];
    yield evidenceLines(place, seen, shown);
  }
  if (more > 0) yield [`… and ${more} more: --format json has all\n`];
}

function* evidenceLines(
  place: number,
  seen: readonly ComplaintAnswer[],
  { answers, labels, style, width }: ShownAnswers,
): Generator<string> {
  yield* wrapped(style.bold(visible(labels[place]!)), '  ', width);
  for (const answer of seen) {
    yield* wrapped(`  ${visible(answer.asks)}`, '    ', width);
    yield* verdictLines(answer, style, width);
  }
  yield `    $ ${answerCommand(answers.answered[place]!.member.path, answers.complaint)}\n`;
}

/** The command line that asks the same again, also when `now` is another time. */
function againCommand(named: readonly string[], complaint: Complaint): string {
  return `conntape fleet answer ${named.map(shellWord).join(' ')} ${complaintWords(complaint)}`;
}

/** One object (RFC 8259), a recording a line; times are ISO 8601, what is not known is null. */
function* jsonText({ named, answers, silent }: ShownAnswers): Generator<string> {
  const { complaint, answered } = answers;
  const { at, destination, source } = complaint;
  const { from, to } = windowOf(complaint);
  const pathOf = (place: number) => answered[place]!.member.path;
  const head = {
    at: isoTime(at),
    from: isoTime(from),
    to: isoTime(to),
    destination: destination === undefined ? null : destinationText(destination),
    source: source ?? null,
    questions: answers.verdicts.map(({ question, asks, places }) => ({
      question,
      asks,
      seen: places.seen.map(pathOf),
      not_seen: places['not seen'].map(pathOf),
      not_seen_in_part: places['not seen in part'].map(pathOf),
      not_observable: places['not observable'].map(pathOf),
    })),
    in_part: answered.flatMap(({ member: { path, fingerprint, nickname }, coverage }) => {
      const unseen = unseenPhrases(coverage);
      if (unseen.length === 0) return [];
      return [{ recording: path, relay: fingerprint || null, nickname, unseen }];
    }),
    silent: silent.map(({ path, member, reason, why, hint }) => ({
      recording: path,
      relay: member?.fingerprint || null,
      nickname: member?.nickname ?? null,
      reason,
      why,
      hint: hint ?? null,
    })),
    version: PROGRAM,
    command: againCommand(named, complaint),
  };
  yield `{${membersOf(head)},\n"recordings":[`;
  let before = '\n';
  for (const { place, answers: all } of answers.each()) {
    const { member, head: last } = answered[place]!;
    const { path, fingerprint, nickname } = member;
    const told = {
      recording: path,
      relay: fingerprint || null,
      nickname,
      head: last ?? null,
      command: answerCommand(path, complaint),
      answers: shownAnswers(all),
    };
    yield before + visible(JSON.stringify(told));
    before = ',\n';
  }
  yield '\n]}\n';
}

/** The members of an object, each on a line. */
function membersOf(object: object): string {
  return Object.entries(object)
    .map(([name, value]) => `\n"${name}":${visible(JSON.stringify(value))}`)
    .join(',');
}
