/**
 * Whether the relay was up and recorded then, and where the recorder was blind.
 * Owns both questions and their words (docs/reference.md, Answering a complaint).
 */
import { isoTime } from '../../listing/instant.ts';
import type { Observes } from '../../listing/snapshot.ts';
import { count, duration } from '../findings/wording.ts';
import type { ComplaintAnswer, Sighted } from './complaint.ts';
import type { BlindPiece, Looked } from './looking.ts';
import { isSameBirth, type ShownLife } from './sighted.ts';
import { blindText, firstFacts, spanText } from './wording.ts';

/** One answer, of the time of the complaint itself. */
export function recordedAnswers(looked: Looked): ComplaintAnswer[] {
  const { complaint, blind } = looked;
  const { at } = complaint;
  const dark = blind.find(({ from, to }) => from < at && at < to) ?? edgeAt(looked);
  const about = { question: 'recorded', asks: 'Was the relay up and recorded then?' } as const;
  const evidence = [...snapshotFacts(looked), ...lifeFacts(looked)];
  if (dark !== undefined) {
    const because = `Nothing was recorded at ${isoTime(at)}, ${blindText(dark)}.${throughout(dark, looked)} What is said below is of what was seen before and after.`;
    return [{ ...about, verdict: 'not observable', from: at, to: at, because, evidence }];
  }
  const [before, after] = around(looked);
  const because =
    before === after
      ? `A snapshot was taken at ${isoTime(at)}: Tor ran then and listed its connections.`
      : `Tor listed its connections at ${isoTime(before)} and at ${isoTime(after)}, and no gap lies in between.`;
  return [{ ...about, verdict: 'seen', from: before, to: after, because, evidence }];
}

/** Before the first snapshot or behind the last, where a window reaches there. */
function edgeAt({ complaint: { at }, blind, pieces }: Looked): BlindPiece | undefined {
  if (pieces.some(({ from, to }) => from <= at && at <= to)) return undefined;
  return blind.find(({ from, to }) => from <= at && at <= to);
}

/** The snapshots on both sides of the complaint. */
function around({ pieces, complaint: { at } }: Looked): readonly [before: number, after: number] {
  const { times } = pieces.find(({ from, to }) => from <= at && at <= to)!;
  return [times.findLast((time) => time <= at)!, times.find((time) => time >= at)!];
}

function snapshotFacts({ recording, pieces, sights, held }: Looked): string[] {
  const { fingerprint, nickname, torVersion } = held.at(-1)!.header.relay;
  const who = `${nickname || 'unnamed'} ${fingerprint || '(no relay)'}, Tor ${torVersion || 'unknown'}`;
  const all = spanText(pieces[0]!.from, pieces.at(-1)!.to);
  const { extent } = recording;
  return [
    `${count(sights.snapshots, 'snapshot')} ${all}, of ${who}`,
    `the recording reaches ${spanText(extent!.from, extent!.to)}`,
  ];
}

/** Since when Tor ran, each start once. */
function lifeFacts({ sights: { lives } }: Looked): string[] {
  const facts: string[] = [];
  let known: ShownLife | undefined;
  for (const life of lives.flat()) {
    const { at, began } = life;
    if (began === undefined || (known !== undefined && isSameBirth(life, known))) continue;
    facts.push(`Tor ran since ${isoTime(began)}, by its uptime at ${isoTime(at)}`);
    known = life;
  }
  return firstFacts(facts);
}

/** What uptimes say of a time that lies between two pieces. */
function throughout(dark: BlindPiece, { pieces, sights: { lives } }: Looked): string {
  const after = pieces.findIndex(({ from }) => from === dark.to);
  const last = lives[after - 1]?.at(-1);
  const next = lives[after]?.[0];
  if (last?.began === undefined || next?.began === undefined) return '';
  if (isSameBirth(last, next)) {
    return ' Tor ran all the while: by its uptime it was the same process before and after.';
  }
  return ` Tor was started at ${isoTime(next.began)}, meanwhile; until when it ran before that is not known.`;
}

/** In the words of `conntape info`. */
const OBSERVED: Readonly<Partial<Record<keyof Observes, string>>> = {
  connections: 'connections',
  shortConnections: 'connections that open and close between two polls',
};

/** An answer for each blind time; one where there is none. */
export function blindAnswers(looked: Looked): ComplaintAnswer[] {
  const { blind, window, sights, held, pieces } = looked;
  const about = { question: 'blind', asks: 'Where was the recorder blind?' } as const;
  const partly = new Set(
    held.flatMap(({ header: { observes } }) =>
      Object.entries(OBSERVED).flatMap(([key, name]) => {
        const observed = observes[key as keyof Observes];
        return observed === true ? [] : [`not all observed, ${name}: ${observed}`];
      }),
    ),
  );
  const step = sights.longestStepMs;
  const pace = step === 0 ? [] : [`the longest step between two snapshots was ${duration(step)}`];
  const evidence = [...pace, ...partly];
  if (blind.length === 0) {
    const because = `Polls were answered throughout: a step of more than two and a half intervals would count as a gap, and there is none in these ${duration(window.to - window.from)}.`;
    const verdict: Sighted = 'not seen';
    const [from, to] = [pieces[0]!.from, pieces.at(-1)!.to];
    return [{ ...about, verdict, from, to, because, evidence }];
  }
  return blind.map((dark, index) => ({
    ...about,
    verdict: 'seen',
    from: dark.from,
    to: dark.to,
    because: `Nothing was recorded for ${duration(dark.to - dark.from)}, ${blindText(dark)}.`,
    evidence: index === blind.length - 1 ? evidence : [],
  }));
}
