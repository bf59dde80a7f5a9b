/**
 * Places on a tape, by the links that prove what was before them.
 * Owns finding them; what a link is made of is chain.ts's.
 */
import type { Recording } from './reader.ts';

/** An item of the tape. */
export interface TapeLink {
  readonly seq: number;
  /** The hash of it and of all before it, 64 hex digits. */
  readonly link: string;
}

const LINK = 'tape.seq, lower(hex(tape.chain)) AS link';

/** The item of a number; undefined where it is not there, or not any more. */
export function linkAt(recording: Recording, seq: number): TapeLink | undefined {
  return recording.whole
    .prepare<[number], TapeLink>(`SELECT ${LINK} FROM tape WHERE seq = ?`)
    .get(seq);
}

/**
 * The first snapshot behind another, by whose number it is asked; where there is none the last item,
 * undefined where there is none either.
 */
export function linkBehind(recording: Recording, snapshot: number): TapeLink | undefined {
  const db = recording.whole;
  const next = db.prepare<[number], TapeLink>(
    `SELECT ${LINK} FROM snapshot JOIN tape ON tape.seq = snapshot.seq
     WHERE snapshot.number > ? AND snapshot.seq > 0 ORDER BY snapshot.number LIMIT 1`,
  );
  const last = db.prepare<[], TapeLink>(`SELECT ${LINK} FROM tape ORDER BY seq DESC LIMIT 1`);
  return next.get(snapshot) ?? last.get();
}
