/** The report of a timeline: rows computed by hand. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { timeline } from '../../src/reports/timeline.ts';
import { run } from '../commands/running.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { A, at, columnsOf, header, snapshot, told } from './outings.ts';

/**
 * Polled at 0 to 40: 1 is a stranger's at first, has two circuits at 10, and takes part in circuit 7
 * at 20 and 30. 2 is another connection, in circuit 7 too, at 20.
 */
const evening = [
  header('entry'),
  snapshot(0, ['1 0 0 0 0 0 iRt 1000 10 5 AGE=unknown', '2 0 0 0 0 0 ORt 1 1 5']),
  snapshot(10, [`1 0 ${A} 198.51.100.1 40001 9001 IRT 1500 20 15 CIRCS=2 CELLS_READ=3`]),
  snapshot(20, [
    `1 0 ${A} 198.51.100.1 40001 9001 IRT 1500 20 25`,
    `1 7 ${A} 198.51.100.1 40001 9001 IRT 514 0 2`,
    '2 7 0 0 0 0 ORt 0 514 2',
  ]),
  snapshot(30, [
    `1 0 ${A} 198.51.100.1 40001 9001 IRT 1500 20 35`,
    `1 7 ${A} 198.51.100.1 40001 9001 IRT 1028 0 12`,
  ]),
  snapshot(40, [], {
    events: [told(38, 1, 'closed', { reason: 'DONE' }), told(39, 3, 'opened')],
  }),
];

const NAMES =
  'at conn_id circ_id type_flags read_bytes written_bytes read_delta written_delta event';

describe('a timeline', () => {
  it('is what a connection did, line by line, and what events said of it', async () => {
    const rows = await columnsOf(timeline, evening, NAMES, { selection: { connection: 1 } });
    expect(rows).toEqual([
      [at(0), 1, 0, 'iRt', 1000, 10, null, null, 'first seen'],
      [at(10), 1, 0, 'IRT', 1500, 20, 500, 10, 'changed'],
      [at(20), 1, 0, 'IRT', 1500, 20, 0, 0, null],
      [at(20), 1, 7, 'IRT', 514, 0, 514, 0, 'first seen'],
      [at(30), 1, 0, 'IRT', 1500, 20, 0, 0, null],
      [at(30), 1, 7, 'IRT', 1028, 0, 514, 0, null],
      [at(38), 1, null, null, null, null, null, null, 'closed DONE'],
      [at(40), 1, 0, 'IRT', null, null, null, null, 'gone'],
      [at(40), 1, 7, 'IRT', null, null, null, null, 'gone'],
    ]);
  });

  it('shows what a dump said of it, where one was taken', async () => {
    const names = 'at or_id circuits cells_read cells_written fields';
    const rows = await columnsOf(timeline, evening, names, {
      selection: { connection: 1, circuit: 0 },
    });
    expect(rows).toEqual([
      [at(0), '0', null, null, null, 'AGE=unknown'],
      [at(10), A, 2, 3, null, 'CIRCS=2 CELLS_READ=3'],
      [at(20), A, null, null, null, null],
      [at(30), A, null, null, null, null],
      [at(38), null, null, null, null, null],
      [at(40), A, null, null, null, null],
    ]);
  });

  it('is what a circuit did on all its connections, or on one of them', async () => {
    const names = 'at conn_id circ_id read_delta written_delta event';
    expect(await columnsOf(timeline, evening, names, { selection: { circuit: 7 } })).toEqual([
      [at(20), 1, 7, 514, 0, 'first seen'],
      [at(20), 2, 7, 0, 514, 'first seen'],
      [at(30), 2, 7, null, null, 'gone'],
      [at(30), 1, 7, 514, 0, null],
      [at(40), 1, 7, null, null, 'gone'],
    ]);
    const leg = { connection: 2, circuit: 7 };
    expect(await columnsOf(timeline, evening, names, { selection: leg })).toEqual([
      [at(20), 2, 7, 0, 514, 'first seen'],
      [at(30), 2, 7, null, null, 'gone'],
    ]);
  });

  it('is asked for by an id or by other words, and not for everything', async () => {
    const tape = join(temporaryFolder(), 'a.tape');
    await importInto(tape, evening);
    const { code, stdout } = await run([
      ...['report', 'timeline', tape, '--circuit', '7', '--format', 'csv'],
    ]);
    expect([code, stdout.split('\r\n').length]).toEqual([0, 7]);
    for (const [words, cause] of [
      [['report', 'timeline', tape], 'a timeline is of a connection, a circuit or others'],
      [['report', 'metrics', tape, '--connection', '1'], 'cannot be narrowed to --connection 1'],
      [['report', 'churn', tape, '--relay', 'moria1'], 'the recording names no relay so'],
      [['report', 'churn', tape, '--address', 'x'], 'it is not an address'],
      [['report', 'churn', tape, '--port', '65536'], 'it is not a port'],
      [['report', 'churn', tape, '--flags', '1'], 'it is not letters'],
      [['report', 'timeline', tape, '--connection', 'x'], 'not an unsigned integer'],
    ] as const) {
      const refused = await run(words);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(cause)]);
    }
  });
});
