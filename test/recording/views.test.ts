/** The views of a recording, for people with an SQLite shell. */
import { describe, expect, it } from 'vitest';
import * as cases from '../oracle/cases.ts';
import { SHELLS } from './shells.ts';
import { HEADER, importInto, openWriter, snapshotOf, temporaryFolder } from './tapes.ts';

const RELAY = 'AB'.repeat(20);

const at = (second: number) => new Date(cases.MIDNIGHT + second * 1000).toISOString();

/** A relay's connection that ends, another that goes on, a restart, a declared gap, a bad line. */
const TRANSCRIPT = [
  { transcript: 1, source: 'native', interval_s: 10 },
  {
    at: at(0.25),
    conn: `1 7 ${RELAY} 198.51.100.1 9001 443 ORT 10 20 5\nbad line`,
    info: { 'info/uptime-process': '100', 'info/descriptor-used': '17' },
  },
  {
    at: at(10),
    conn: '2 7 0 203.0.113.7 9001 443 IRt 1024 2048 3 AGE=unknown',
    events: [{ at: at(4.5), conn_id: 1, what: 'closed', reason: 'DONE' }],
  },
  { gap: { from: at(12), to: at(18.5), reason: 'control port closed' } },
  {
    at: at(20),
    conn: '3 0 0 192.168.1.3 80 40003 oRt 5 6 0',
    info: { 'info/uptime-process': '1' },
  },
  { at: at(46), conn: '3 0 0 192.168.1.3 80 40003 oRt 7 8 26' },
].map((record) => JSON.stringify(record));

/** Every view with its columns: what a user's own queries rely on. */
const VIEWS = {
  snapshots: [
    [1, at(0.25), 1, 1, 1],
    [2, at(10), 1, 1, 0],
    [3, at(20), 2, 1, 0],
    [4, at(46), 2, 1, 0],
  ].map(([number, time, run, entries, quarantined]) => ({
    number,
    at: time,
    run,
    entries,
    quarantined,
  })),
  connections: [
    {
      run: 1,
      conn_id: 1,
      circ_id: 7,
      or_id: RELAY,
      ip: '198.51.100.1',
      port: 9001,
      l_port: 443,
      type_flags: 'ORT',
      opened_at: at(0.25 - 5),
      opened_known: 1,
      first_seen: at(0.25),
      last_seen: at(0.25),
      closed_by: at(4.5),
      end: 'closed',
      close_reason: 'DONE',
      lifetime_min_s: 5,
      lifetime_max_s: 9.25,
      read_bytes: 10,
      written_bytes: 20,
    },
    {
      run: 1,
      conn_id: 2,
      circ_id: 7,
      or_id: '0',
      ip: '0',
      port: 0,
      l_port: 0,
      type_flags: 'IRt',
      opened_at: at(10 - 3),
      opened_known: 0,
      first_seen: at(10),
      last_seen: at(10),
      closed_by: at(20),
      end: 'run-ended',
      close_reason: null,
      lifetime_min_s: 3,
      lifetime_max_s: null,
      read_bytes: 1024,
      written_bytes: 2048,
    },
    {
      run: 2,
      conn_id: 3,
      circ_id: 0,
      or_id: '0',
      ip: '192.168.1.3',
      port: 80,
      l_port: 40003,
      type_flags: 'oRt',
      opened_at: at(20),
      opened_known: 1,
      first_seen: at(20),
      last_seen: at(46),
      closed_by: null,
      end: 'open',
      close_reason: null,
      lifetime_min_s: 26,
      lifetime_max_s: null,
      // What is open changes with every snapshot: the tape knows it, the index does not.
      read_bytes: null,
      written_bytes: null,
    },
  ],
  circuits: [
    {
      run: 1,
      circ_id: 7,
      connections: 2,
      opened_at: at(0.25 - 5),
      first_seen: at(0.25),
      last_seen: at(10),
    },
  ],
  info: [
    { at: at(0.25), key: 'info/uptime-process', value: '100' },
    { at: at(0.25), key: 'info/descriptor-used', value: '17' },
    { at: at(20), key: 'info/uptime-process', value: '1' },
  ],
  gaps: [
    {
      from_time: at(12),
      to_time: at(18.5),
      seconds: 6.5,
      reason: 'control port closed',
      declared: 1,
    },
    { from_time: at(20), to_time: at(46), seconds: 26, reason: 'no snapshots', declared: 0 },
  ],
  runs: [
    { run: 1, first_snapshot: 1, last_snapshot: 2, first_seen: at(0.25), last_seen: at(10) },
    { run: 2, first_snapshot: 3, last_snapshot: 4, first_seen: at(20), last_seen: at(46) },
  ],
};

describe.each(SHELLS)('in $name', ({ ask }) => {
  it.each(Object.entries(VIEWS))('the view %s tells what was recorded', async (view, rows) => {
    const path = `${temporaryFolder()}/test.tape`;
    await importInto(path, TRANSCRIPT);
    expect(ask(path, `SELECT * FROM ${view}`)).toEqual(rows);
  });

  it('a time has its milliseconds right, whatever they are', () => {
    const path = `${temporaryFolder()}/test.tape`;
    const writer = openWriter(path, HEADER);
    const times = Array.from({ length: 3000 }, (_, index) => cases.MIDNIGHT + index * 1009);
    for (const time of times) writer.append(snapshotOf(time, ''));
    writer.close();
    const shown = ask(path, 'SELECT at FROM snapshots ORDER BY number').map((row) => row['at']);
    expect(shown).toEqual(times.map((time) => new Date(time).toISOString()));
  });

  it('a view of a recording without snapshots is empty', async () => {
    const path = `${temporaryFolder()}/test.tape`;
    await importInto(path, cases.nothing);
    for (const view of Object.keys(VIEWS)) expect(ask(path, `SELECT * FROM ${view}`)).toEqual([]);
  });
});
