/**
 * Answers that depend on what the relay's configuration was, over the time of a complaint.
 * Owns their order in time, and what is said of when it changed and of what was not recorded.
 */
import { isoTime } from '../../listing/instant.ts';
import type { ComplaintAnswer, Sighted } from './complaint.ts';
import type { HeldSession, Looked } from './looking.ts';
import { blindText } from './wording.ts';

/** What a question says of one session. */
export interface OfSession {
  readonly verdict: Sighted;
  readonly because: string;
  readonly evidence: readonly string[];
}

/**
 * An answer for each time through which it stays the same, and one for each in which nothing was
 * recorded.
 */
export function answersOver(
  about: Pick<ComplaintAnswer, 'question' | 'asks'>,
  { held, blind, pieces }: Looked,
  ask: (held: HeldSession) => OfSession,
): ComplaintAnswer[] {
  const answers: ComplaintAnswer[] = [];
  for (const one of held) {
    const { from, to, after } = one;
    const { verdict, because, evidence } = ask(one);
    const last = answers.at(-1);
    const isSame = last?.verdict === verdict && last.because === because;
    const isSamePiece = pieces.some((piece) => piece.from <= (last?.from ?? 0) && to <= piece.to);
    if (isSame && isSamePiece) {
      answers[answers.length - 1] = { ...last, to };
      continue;
    }
    const changed =
      after === undefined || after === from
        ? []
        : [`it became so between ${isoTime(after)} and ${isoTime(from)}`];
    answers.push({ ...about, verdict, from, to, because, evidence: [...changed, ...evidence] });
  }
  for (const dark of blind) {
    const because = `Nothing was recorded ${blindText(dark)}. What held then is not known, whatever it was before and after.`;
    const { from, to } = dark;
    answers.push({ ...about, verdict: 'not observable', from, to, because, evidence: [] });
  }
  return answers.sort((one, other) => one.from - other.from);
}
