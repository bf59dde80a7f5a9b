/** Peers of a recording: each pair of OR_ID and IP has one row, whatever else its relay has. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { HEADER, inFolder, openWriter, snapshotOf } from './tapes.ts';

const [A, B] = ['AB'.repeat(20), 'CD'.repeat(20)];

const PEERS = [
  [A, '192.0.2.1'],
  [A, '192.0.2.255'],
  [B, '192.0.2.1'],
  [A, '2001:db8::1'],
] as const;

/** A listing of one connection to each peer, the ids new with every snapshot. */
function listingOf(snapshot: number): string {
  return PEERS.map(
    ([orId, ip], place) => `${10 * snapshot + place} 0 ${orId} ${ip} 9001 0 ORt 0 0 1`,
  ).join('\n');
}

test('a relay with several addresses has a number for each, before and behind a restart', () => {
  inFolder((folder) => {
    const path = join(folder, 'peers.tape');
    for (const from of [1, 3]) {
      const writer = openWriter(path, HEADER);
      for (const number of [from, from + 1]) {
        writer.append(snapshotOf(number * 10_000, listingOf(number)));
      }
      writer.close();
    }
    const db = new Database(path, { readonly: true });
    const stored = db.prepare('SELECT hex(or_id) AS orId, ip FROM peer WHERE id > 0').all();
    db.close();
    expect(stored).toEqual([
      { orId: A, ip: 0xc0000201 },
      { orId: A, ip: 0xc00002ff },
      { orId: B, ip: 0xc0000201 },
      { orId: A, ip: '2001:db8::1' },
    ]);
  });
});
