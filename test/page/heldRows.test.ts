/** What a file says of lives that it does not hold: not that there were none. */
import { describe, expect, it } from 'vitest';
import { csvText } from '../../src/output/csv.ts';
import { EmbeddedSource } from '../../src/page/browser/embeddedSource.ts';
import { embeddedData } from '../../src/page/data/embedded.ts';
import { EVERYTHING } from '../../src/recording/reader.ts';
import { connections } from '../../src/reports/connections.ts';
import { restart } from '../oracle/cases.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

async function sourcesOf<Result>(
  use: (all: EmbeddedSource, few: EmbeddedSource, seen: readonly number[]) => Promise<Result>,
): Promise<Result> {
  return withRecording(restart, async (recording) => {
    const of = {
      ...{ recording, window: recording.extent!, asked: EVERYTHING, version: '1' },
      ...{ name: 'a.tape', path: 'a.tape', onSnapshot: () => {} },
    };
    const table = tableOf(connections, recording);
    const place = table.columns.findIndex(({ name }) => name === 'first_seen');
    const seen = [...table.rows].map((row) => Number(row[place]));
    const few = embeddedData({ ...of, mostRows: 2 });
    expect(few.csv['connections']!.split('\r\n').slice(0, 3)).toEqual(
      [...csvText(tableOf(connections, recording))].join('').split('\r\n').slice(0, 3),
    );
    return use(new EmbeddedSource(embeddedData(of)), new EmbeddedSource(few), seen);
  });
}

const { signal } = new AbortController();

describe('a file that holds the first lives alone', () => {
  it('shows moments as long as it holds what was open, and says so of later ones', async () => {
    await sourcesOf(async (all, few, seen) => {
      const [early, late] = [seen[1]!, seen.at(-1)!];
      expect(late).toBeGreaterThan(early);
      const { connId } = await few.moment(early);
      expect(connId).toEqual((await all.moment(early)).connId.slice(0, connId.length));
      expect((await all.moment(late)).total).toBeGreaterThan(0);
      await expect(few.moment(late)).rejects.toThrow(
        /holds the first 2 of \d+ lives. In a terminal: conntape replay a.tape --at /,
      );
    });
  });

  it('says of a connection that it does not hold where its rows are', async () => {
    await sourcesOf(async (all, few) => {
      const rows = await all.rows('connections', all.head.window, signal);
      const held = (await few.rows('connections', few.head.window, signal)).numbers('conn_id');
      const id = rows.numbers('conn_id').find((one) => !held.includes(one))!;
      expect(id).toBeDefined();
      const subject = { kind: 'connection', id } as const;
      expect((await all.rows('connections', all.head.window, signal, subject)).count).toBe(
        rows.numbers('conn_id').filter((one) => one === id).length,
      );
      await expect(few.rows('connections', few.head.window, signal, subject)).rejects.toThrow(
        `conntape report connections a.tape --connection ${id}`,
      );
      const none = { kind: 'connection', id: 123_456 } as const;
      expect((await all.rows('connections', all.head.window, signal, none)).count).toBe(0);
    });
  });
});
