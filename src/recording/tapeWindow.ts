/**
 * What a window holds of a tape: sessions, gaps and frames, in time order.
 * Owns which of the items lie in it, and that the session that holds comes first; reading each is
 * tape.ts's.
 */
import type { Gap, Session } from '../listing/snapshot.ts';
import type { ReadFrame } from './decode.ts';
import type { PeerTable } from './peerTable.ts';
import type { Sqlite } from './sqlite.ts';
import { readFrom, sessionBefore } from './tape.ts';
import { overlaps, type Window } from './window.ts';

/**
 * The items of a window, as `Recording.items` has them, read as they are asked for.
 * @param db in which the table of sessions was checked.
 * @param from the sequence number of a key frame at or before its first snapshot; 1 for none.
 * @param until that of the first snapshot behind it; undefined where there is none yet.
 */
export function* itemsIn(
  window: Window,
  db: Sqlite,
  book: PeerTable,
  from: number,
  until: number | undefined,
): Generator<Session | Gap | ReadFrame, void> {
  // Yielded when the window begins, unless the next one begins before it.
  let session = sessionBefore(db, from, book);
  for (const { item } of readFrom(db, from, book, until)) {
    if (item.kind === 'unread') continue;
    if (item.kind === 'session') {
      const isOver = item.session.at <= window.from;
      if (session !== undefined && !isOver && session.at <= window.to) yield session;
      session = item.session;
      continue;
    }
    if (item.kind === 'gap' ? !overlaps(item.gap, window) : item.frame.at < window.from) continue;
    if (item.kind === 'frame' && item.frame.at > window.to) break;
    if (session !== undefined) yield session;
    session = undefined;
    yield item.kind === 'gap' ? { ...item.gap, kind: 'gap' } : item.frame;
  }
  if (session !== undefined && session.at <= window.to) yield session;
}
