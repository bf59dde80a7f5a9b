/**
 * Whose a recording is.
 * Owns that one recording holds one relay, and bytes of one meaning; what it holds of them is
 * writer.ts's.
 */
import { ConntapeError } from '../error.ts';
import type { Header } from '../listing/snapshot.ts';
import type { RowWriter } from './rows.ts';
import type { Sqlite } from './sqlite.ts';

/** Who makes a recording, and when. */
export interface Claimant {
  /** Which program writes, for `info`: `conntape 0.1.0`. */
  readonly writtenBy: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes the recording this relay's, or refuses to mix two. */
export function claim(
  db: Sqlite,
  rows: RowWriter,
  path: string,
  header: Header,
  by: Claimant,
): void {
  const row = db
    .prepare<[], { fingerprint: string; bytes: string }>('SELECT fingerprint, bytes FROM recording')
    .get();
  if (row === undefined) {
    const { fingerprint } = header.relay;
    rows.table('recording').insert([1, by.now(), by.writtenBy, fingerprint, header.bytes]);
    return;
  }
  const refuse = (cause: string) =>
    new ConntapeError('recording', {
      operation: 'appending to',
      object: path,
      cause,
      hint: 'record into another file',
    });
  if (row.fingerprint !== header.relay.fingerprint) throw refuse('it holds another relay');
  if (row.bytes !== header.bytes) {
    throw refuse(`its bytes are those of each ${row.bytes}, not of each ${header.bytes}`);
  }
}
