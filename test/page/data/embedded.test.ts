/** What a file holds of very much, and what it says of the rest. */
import { describe, expect, it } from 'vitest';
import { embeddedData } from '../../../src/page/data/embedded.ts';
import { EVERYTHING } from '../../../src/recording/reader.ts';
import { restart } from '../../oracle/cases.ts';
import { withRecording } from '../../recording/tapes.ts';

describe('a file', () => {
  it('holds the first rows of a report of very many, says so, and draws how many there are', async () => {
    await withRecording(restart, (recording) => {
      const window = recording.extent!;
      const of = {
        ...{ recording, window, asked: EVERYTHING, version: '1', name: 'a', path: 'a' },
        onSnapshot: () => {},
      };
      const [all, few] = [embeddedData(of), embeddedData({ ...of, mostRows: 2 })];
      const rows = (text: string) => text.trimEnd().split('\r\n').slice(1);
      const total = rows(all.csv['connections']!).length;
      expect(total).toBeGreaterThan(2);
      expect(all.head.leftOut).toEqual([]);
      expect(all.parts.lives).toMatchObject({ total, listed: true, density: null });
      expect(rows(few.csv['connections']!)).toEqual(rows(all.csv['connections']!).slice(0, 2));
      expect(few.head.leftOut).toContain(
        `Of ${total} rows of connections the file holds the first 2.`,
      );
      expect(few.parts.lives).toMatchObject({ total, listed: false });
      expect(few.parts.lives.density).not.toBeNull();
      // Pictures are of all rows.
      expect(few.parts.rankings).toEqual(all.parts.rankings);
      expect(few.parts.lanes).toEqual(all.parts.lanes);
    });
  });
});
