/**
 * What of a recording a complaint is answered from: the stretches that were seen, and the sessions
 * that held in them.
 * Owns which time that is; what stood in the listings is sighted.ts's. Times are milliseconds since
 * the epoch, UTC.
 */
import type { Header, Session } from '../../listing/snapshot.ts';
import type { Recording, Window } from '../../recording/reader.ts';
import { checkRecorded, goneBefore } from '../recorded.ts';
import { type Complaint, windowOf } from './complaint.ts';
import { type Piece, type Sightseeing, sightsIn } from './sighted.ts';

/** A time of which nothing is known, from the snapshot before it to the one after. */
export interface BlindPiece {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** A time through which one session held, as far as polls confirm it, within a piece. */
export interface HeldSession {
  /** The first and the last moment of which it is known. */
  readonly from: number;
  readonly to: number;
  /** When it was not yet, as far as polls confirm; undefined for the first of a piece. */
  readonly after: number | undefined;
  readonly header: Header;
}

export interface Looked {
  readonly recording: Recording;
  readonly complaint: Complaint;
  /** What was asked about. */
  readonly window: Window;
  /** In order; at least one. */
  readonly pieces: readonly Piece[];
  /** What lies between and around them, within the window. */
  readonly blind: readonly BlindPiece[];
  /** In order; at least one a piece. */
  readonly held: readonly HeldSession[];
  readonly sessions: readonly Session[];
  readonly sights: Sightseeing;
}

/**
 * Looks at the window of a complaint, from the snapshot before it to the one after it, unless a gap
 * lies there. Throws `recording` where nothing of the window was seen.
 */
export function lookInto(recording: Recording, complaint: Complaint): Looked {
  const window = windowOf(complaint);
  const seen = seenAround(recording, window);
  const { pieces, sights } = sightsIn(recording, seen, complaint.destination);
  const { sessions } = recording;
  return {
    recording,
    complaint,
    window,
    pieces,
    blind: blindIn(recording, window, pieces),
    held: pieces.flatMap((piece) => heldIn(piece, sessions, window)),
    sessions,
    sights,
  };
}

/** From the first snapshot to the last of which something of the window is known. */
function seenAround(recording: Recording, window: Window): Window {
  const { extent } = recording;
  const before = recording.snapshotAt(window.from);
  const last = recording.snapshotAt(window.to);
  const after = last === undefined ? undefined : recording.timeOf(last.number + 1);
  // A window between two snapshots, whose step is not blind, was seen all the same.
  if (last === undefined || last.at < window.from) {
    const isBlind = last === undefined || after === undefined || isGapIn(recording, last.at, after);
    if (isBlind) checkRecorded(recording, window);
    return { from: last!.at, to: after! };
  }
  const first =
    before === undefined ? extent!.from : before.at === window.from ? before.at : undefined;
  const second = before === undefined ? undefined : recording.timeOf(before.number + 1);
  const from = first ?? (isGapIn(recording, before!.at, second!) ? second! : before!.at);
  const isWhole = after === undefined || last.at === window.to;
  const to = isWhole || isGapIn(recording, last.at, after) ? last.at : after;
  return { from, to };
}

function isGapIn(recording: Recording, from: number, to: number): boolean {
  return recording.index.blindTimes().overlaps(from, to);
}

/** What of the window lies outside the pieces: between them, before the first, behind the last. */
function blindIn(recording: Recording, window: Window, pieces: readonly Piece[]): BlindPiece[] {
  const edges = pieces.flatMap(({ from, to }) => [from, to]);
  const all: [from: number, to: number][] = [];
  if (window.from < edges[0]!) all.push([window.from, edges[0]!]);
  for (let index = 1; index + 1 < edges.length; index += 2) {
    all.push([edges[index]!, edges[index + 1]!]);
  }
  if (window.to > edges.at(-1)!) all.push([edges.at(-1)!, window.to]);
  return all.map(([from, to]) => ({ from, to, reason: whyBlind(recording, { from, to }) }));
}

function whyBlind(recording: Recording, { from, to }: Window): string {
  const { extent } = recording;
  const gaps = recording.gapsIn({ from, to });
  const reasons = [...new Set(gaps.map(({ reason }) => reason || 'no reason was given'))];
  if (reasons.length > 0) return reasons.join('; ');
  if (to <= extent!.from) {
    const gone = goneBefore(recording);
    return gone === undefined
      ? 'the recording begins later'
      : `the recording begins later; before it, ${gone}`;
  }
  return 'the recording ends earlier';
}

/** The sessions of a piece, as far as they may have held in the window. */
function heldIn(piece: Piece, sessions: readonly Session[], window: Window): HeldSession[] {
  const first = sessions.findLastIndex(({ at }) => at <= piece.from);
  const held: HeldSession[] = [];
  for (let index = Math.max(0, first); index < sessions.length; index++) {
    const { at, header } = sessions[index]!;
    if (at > piece.to) break;
    const from = Math.max(at, piece.from);
    const next = sessions[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const to = piece.times.findLast((time) => time < next) ?? from;
    held.push({ from, to: Math.max(from, to), after: held.at(-1)?.to, header });
  }
  // What ended before the window is nothing to it, nor what cannot have begun in it.
  return held.filter((one, index) => {
    const over = held[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    return over > window.from && (one.after ?? one.from) <= window.to;
  });
}
