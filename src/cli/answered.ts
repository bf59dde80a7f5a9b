/**
 * The answers to a complaint, as text and as JSON.
 * Owns the layout of both; what is answered is reports/answer/'s.
 */
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import type { Complaint, ComplaintAnswer } from '../reports/answer/complaint.ts';
import { windowOf } from '../reports/answer/complaint.ts';
import { destinationText, spanText } from '../reports/answer/wording.ts';
import { formatDuration } from './duration.ts';
import { shellWord } from './shell.ts';
import type { Style } from './style.ts';
import { PROGRAM } from './version.ts';
import { fitted, wrapped } from './wrapped.ts';

/** Answers with what they are of. */
export interface Answered {
  readonly path: string;
  readonly complaint: Complaint;
  readonly answers: readonly ComplaintAnswer[];
  /** The chain's head when it was answered; undefined where there is none. */
  readonly head: string | undefined;
}

/**
 * For people: each question, its answers, and what they rest on.
 * @param width of its lines, commands left out.
 */
export function* answeredText(answered: Answered, style: Style, width: number): Generator<string> {
  const { complaint, answers, head } = answered;
  const { from, to } = windowOf(complaint);
  const opening = `A complaint of ${isoTime(complaint.at)}; looked at ${spanText(from, to)}.`;
  yield* wrapped(opening, '  ', width);
  let asked: string | undefined;
  for (const answer of answers) {
    if (answer.asks !== asked) {
      yield '\n';
      yield* wrapped(style.bold(visible(answer.asks)), '  ', width);
    }
    asked = answer.asks;
    yield* verdictLines(answer, style, width);
  }
  yield `\n${fitted(`Chain head  ${head ?? 'none'}`, width)}\n`;
  yield `Version     ${PROGRAM}\n`;
  yield `Again       $ ${answerCommand(answered.path, complaint)}\n`;
}

/** A verdict, the time that it is of, why, and what it rests on. */
export function* verdictLines(
  { verdict, from, to, because, evidence }: ComplaintAnswer,
  style: Style,
  width: number,
): Generator<string> {
  yield* wrapped(`  ${style.bold(verdict.toUpperCase())}  ${spanText(from, to)}`, '    ', width);
  yield* wrapped(`    ${visible(because)}`, '    ', width);
  for (const fact of evidence) yield* wrapped(`    - ${visible(fact)}`, '      ', width);
}

/** One object (RFC 8259); times are ISO 8601, what was not given is null. */
export function answeredJson({ path, complaint, answers, head }: Answered): string {
  const { at, destination, source } = complaint;
  const { from, to } = windowOf(complaint);
  const told = {
    recording: path,
    at: isoTime(at),
    from: isoTime(from),
    to: isoTime(to),
    destination: destination === undefined ? null : destinationText(destination),
    source: source ?? null,
    answers: shownAnswers(answers),
    head: head ?? null,
    version: PROGRAM,
    command: answerCommand(path, complaint),
  };
  const lines = JSON.stringify(told, undefined, 2).split('\n');
  return `${lines.map(visible).join('\n')}\n`;
}

/** Answers as JSON has them: times are ISO 8601. */
export function shownAnswers(answers: readonly ComplaintAnswer[]) {
  return answers.map((answer) => ({
    ...answer,
    from: isoTime(answer.from),
    to: isoTime(answer.to),
  }));
}

/** The command line that asks one recording, the same also when `now` is another time. */
export function answerCommand(path: string, complaint: Complaint): string {
  return `conntape answer ${shellWord(path)} ${complaintWords(complaint)}`;
}

/** A complaint as options, to be typed again. */
export function complaintWords({ at, withinMs, destination, source }: Complaint): string {
  const words = [`--at ${isoTime(at)}`, `--within ${formatDuration(withinMs)}`];
  if (destination !== undefined) {
    words.push(`--destination ${shellWord(destinationText(destination))}`);
  }
  if (source !== undefined) words.push(`--source ${shellWord(source)}`);
  return words.join(' ');
}
