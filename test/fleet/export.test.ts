/** A recording as files of a fleet: which there are, what stands in them, and when they are written anew. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../bench/fleetEngines.ts';
import { FLEET_TABLE_NAMES, FLEET_TABLES } from '../../src/fleet/schema.ts';
import { parquetMetadataOf } from '../../src/output/parquet.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { run } from '../commands/running.ts';
import { importInto, streamOf, temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';
import { openDuckDb } from './duckdb.ts';

const RELAY = 'AB'.repeat(20);
const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

function iso(second: number): string {
  return new Date(MIDNIGHT + second * 1000).toISOString();
}

function header(more: object = {}): string {
  const relay = { fingerprint: RELAY, nickname: 'nick', tor_version: '0.4.9.11' };
  return JSON.stringify({ transcript: 1, source: 'native', interval_s: 10, relay, ...more });
}

function snapshot(second: number, lines: readonly string[], more: object = {}): string {
  return JSON.stringify({ at: iso(second), conn: lines.join('\n'), ...more });
}

/** CONN_ID, CIRC_ID and UPTIME, and what was read and written. */
function line(connId: number, circId: number, uptime: number, read = 0, written = 0): string {
  return `${connId} ${circId} ${'CD'.repeat(20)} 203.0.113.7 9001 443 IRT ${read} ${written} ${uptime}`;
}

/** A day's last minute and the next one's first: 1 goes on, 2 ends before midnight, 3 begins behind it. */
const OVER_MIDNIGHT = [
  header(),
  ...[-30, -20, -10].map((at) =>
    snapshot(at + 1.5, [
      line(1, 0, at + 40, at * 1000 + 40_000),
      ...(at < -10 ? [line(2, 0, at + 37)] : []),
    ]),
  ),
  ...[0, 10, 20].map((at) =>
    snapshot(at + 1.5, [line(1, 0, at + 40, at * 1000 + 40_000), line(3, 0, at + 1, 5000)]),
  ),
];

/** What OVER_MIDNIGHT says up to a time, seconds. */
function until(second: number): string[] {
  return OVER_MIDNIGHT.filter(
    (text) => !text.startsWith('{"at"') || JSON.parse(text).at <= iso(second),
  );
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const WRITING = fileURLToPath(new URL('../recording/writing.mjs', import.meta.url));

let folder: string;
let tape: string;
let dir: string;
let db: Engine;

beforeEach(async () => {
  folder = temporaryFolder();
  tape = join(folder, 'a.tape');
  dir = join(folder, 'fleet');
  db = await openDuckDb();
});

/** Exports what a transcript says. */
async function exported(lines: readonly string[], ...options: string[]) {
  await importInto(tape, lines);
  return exportTo(dir, ...options);
}

function exportTo(target: string, ...options: string[]) {
  return run(['export', tape, target, '--format', 'parquet', ...options]);
}

function table(name: string): string {
  return `read_parquet('${dir}/${name}/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': VARCHAR})`;
}

function partOf(name: string, day: string): string {
  return join(dir, name, `relay=${RELAY}`, `day=${day}`, 'part.parquet');
}

/** Which file each part is: another where it was written anew. */
function inodes(day: string): number[] {
  return FLEET_TABLE_NAMES.map((name) => statSync(partOf(name, day)).ino);
}

/** A report as the program prints it. */
async function reported(name: string): Promise<Record<string, string>[]> {
  const { stdout } = await run(['report', name, tape, '--format', 'csv']);
  return parse(stdout, { columns: true });
}

describe('a fleet’s files', () => {
  it('lie by table, relay and day, and say what they are', async () => {
    expect(await exported(OVER_MIDNIGHT)).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(dir).sort()).toEqual([...FLEET_TABLE_NAMES].sort());
    for (const name of FLEET_TABLE_NAMES) {
      const days = readdirSync(join(dir, name, `relay=${RELAY}`));
      expect(days.sort()).toEqual(['day=2026-11-22', 'day=2026-11-23']);
      expect(await parquetMetadataOf(partOf(name, '2026-11-23'))).toMatchObject({
        ...{ schema: 1, table: name, relay: RELAY, day: '2026-11-23', exact: false },
        ...{ since: 4, tape: { seq: 7 } },
      });
    }
  });

  it('have the columns that the schema says, none with a name that SQL would need quoted', async () => {
    await exported(OVER_MIDNIGHT, '--observations');
    for (const [name, columns] of Object.entries(FLEET_TABLES)) {
      const names = columns.map((column) => column.name);
      // Unquoted, as a user types them.
      const [row] = await db.rows(
        `SELECT count(*) AS n FROM (SELECT ${names.join(', ')} FROM ${table(name)})`,
      );
      expect(row).toBeDefined();
      const described = await db.rows(`DESCRIBE SELECT * EXCLUDE (relay, day) FROM ${table(name)}`);
      expect(described.map((column) => column['column_name'])).toEqual(names);
    }
  });

  it('have a life in the day in which it was last seen, as it is in the report', async () => {
    await exported(OVER_MIDNIGHT, '--exact');
    const rows = await db.rows(`SELECT * FROM ${table('lives')} ORDER BY conn_id`);
    expect(rows.map(({ day, conn_id }) => [day, conn_id])).toEqual([
      ['2026-11-23', '1'],
      ['2026-11-22', '2'],
      ['2026-11-23', '3'],
    ]);
    const report = await reported('connections');
    const time = (value: unknown) =>
      value === null ? '' : new Date(`${String(value).replace(' ', 'T')}Z`).toISOString();
    expect(
      rows.map((row) => ({
        ...[row['conn_id'], row['circ_id'], row['or_id'], row['ip'], String(row['port'])],
        opened: time(row['opened_at']),
        closed: time(row['closed_by']),
        seen: [time(row['first_seen']), time(row['last_seen'])],
        lengths: [row['lifetime_min_s'], row['lifetime_max_s']].map((each) => String(each ?? '')),
        bytes: [row['read_bytes'], row['written_bytes']],
        end: row['ended_how'],
      })),
    ).toEqual(
      report.map((row) => ({
        ...[row['conn_id'], row['circ_id'], row['or_id'], row['ip'], row['port']],
        opened: row['opened_at'],
        closed: row['closed_by'],
        seen: [row['first_seen'], row['last_seen']],
        lengths: [row['lifetime_min_s'], row['lifetime_max_s']],
        bytes: [row['read_bytes'], row['written_bytes']],
        end: row['end'],
      })),
    );
  });

  it('count the step over midnight once, in the later day', async () => {
    await exported(OVER_MIDNIGHT, '--exact');
    const sums = await db.rows(
      `SELECT day, sum(observed_s) AS s, sum(read_bytes) AS r, sum(opened) AS o FROM ${table('load')} GROUP BY day ORDER BY day`,
    );
    // 20 s and 20 kB before midnight; three steps of 10 s behind it, and 5,000 bytes of 3.
    expect(sums).toEqual([
      { day: '2026-11-22', s: 20, r: '20000', o: '0' },
      { day: '2026-11-23', s: 30, r: '35000', o: '1' },
    ]);
  });

  it('have connections that no entry stands for, each once, with what its lines say', async () => {
    const lines = [
      header({ bytes: 'entry' }),
      snapshot(0, [line(5, 1, 9, 100, 10), line(5, 2, 9, 200, 20), line(6, 0, 9, 7, 8)]),
      snapshot(10, [line(5, 1, 19, 150, 15), line(5, 3, 1, 1, 1), line(6, 0, 19, 7, 8)]),
      snapshot(20, [line(6, 0, 29, 7, 8)]),
    ];
    await exported(lines, '--exact');
    const rows = await db.rows(
      `SELECT conn_id, circ_id, is_connection, or_id, read_bytes, written_bytes, ended_how FROM ${table('lives')} ORDER BY conn_id, circ_id NULLS FIRST`,
    );
    const of = (more: object) => ({ or_id: 'CD'.repeat(20), ended_how: 'closed', ...more });
    expect(rows).toEqual([
      // 150 + 200 + 1 bytes of its three circuits, and 15 + 20 + 1.
      of({
        conn_id: '5',
        circ_id: null,
        is_connection: true,
        read_bytes: '351',
        written_bytes: '36',
      }),
      of({
        conn_id: '5',
        circ_id: '1',
        is_connection: false,
        read_bytes: '150',
        written_bytes: '15',
      }),
      of({
        conn_id: '5',
        circ_id: '2',
        is_connection: false,
        read_bytes: '200',
        written_bytes: '20',
      }),
      of({ conn_id: '5', circ_id: '3', is_connection: false, read_bytes: '1', written_bytes: '1' }),
      of({
        ...{ conn_id: '6', circ_id: '0', is_connection: true, read_bytes: '7', written_bytes: '8' },
        ended_how: 'open',
      }),
    ]);
  });

  it('take of lines that repeat a connection’s totals the greatest', async () => {
    await exported(
      [
        header(),
        snapshot(0, [line(5, 1, 9, 100, 10), line(5, 2, 9, 100, 10)]),
        snapshot(10, [line(5, 2, 19, 300, 30)]),
        snapshot(20, []),
      ],
      '--exact',
    );
    expect(
      await db.rows(
        `SELECT read_bytes, written_bytes FROM ${table('lives')} WHERE circ_id IS NULL`,
      ),
    ).toEqual([{ read_bytes: '300', written_bytes: '30' }]);
  });

  it('have what lived between two polls in the day of the poll that reported it, once', async () => {
    const told = (second: number, what: string) => ({
      ...{ at: iso(second), conn_id: 9, what, or_id: 'EF'.repeat(20), type_flags: 'ORT' },
    });
    await exported([
      ...[header(), snapshot(-10, []), snapshot(-5, [])],
      snapshot(5, [], { events: [told(-4, 'opened'), told(-2, 'closed')] }),
      snapshot(15, []),
    ]);
    expect(await db.rows(`SELECT day, conn_id FROM ${table('lives')}`)).toEqual([
      { day: '2026-11-23', conn_id: '9' },
    ]);
  });

  it('have a gap in the day in which it was over, and the session that holds at its beginning', async () => {
    await exported([
      header({ config: { ExitRelay: '0' } }),
      ...[snapshot(-40, []), snapshot(-30, [])],
      JSON.stringify({ gap: { from: iso(-25), to: iso(15), reason: 'Tor was away' } }),
      JSON.stringify({ session: { ...JSON.parse(header()), source: 'stock' }, at: iso(20) }),
      ...[snapshot(20, []), snapshot(30, [])],
    ]);
    expect(await db.rows(`SELECT day, reason FROM ${table('gaps')} WHERE declared`)).toEqual([
      { day: '2026-11-23', reason: 'Tor was away' },
    ]);
    expect(
      await db.rows(`SELECT day, source, config FROM ${table('sessions')} ORDER BY day, began_at`),
    ).toEqual([
      { day: '2026-11-22', source: 'native', config: '{"ExitRelay":"0"}' },
      { day: '2026-11-23', source: 'native', config: '{"ExitRelay":"0"}' },
      { day: '2026-11-23', source: 'stock', config: '{}' },
    ]);
  });

  it('have every line of every snapshot where that is asked for, and else none', async () => {
    await exported(OVER_MIDNIGHT);
    expect(readdirSync(dir)).not.toContain('observations');
    await exportTo(dir, '--exact', '--observations');
    const rows = await db.rows(
      `SELECT seen_at, run, conn_id, circ_id, read_bytes, written_bytes FROM ${table('observations')} ORDER BY seen_at, conn_id`,
    );
    const { stdout } = await run(['replay', tape, '--from', iso(-60), '--format', 'csv']);
    const lines = parse(stdout, { columns: true }) as Record<string, string>[];
    expect(
      rows.map((row) => [
        new Date(`${row['seen_at']}Z`).toISOString(),
        row['conn_id'],
        row['read_bytes'],
      ]),
    ).toEqual(lines.map((each) => [each['at'], each['conn_id'], each['read_bytes']]));
    expect(rows).toHaveLength(11);
    expect(new Set(rows.map((row) => row['run']))).toEqual(new Set([1]));
  });
});

describe('times and bytes', () => {
  const LINES = [
    header(),
    snapshot(1.789, [line(1, 2, 0, 511, 512)]),
    snapshot(11.999, [line(1, 2, 10, 1535, 1536)]),
    snapshot(21.001, []),
  ];

  it('are whole seconds, cut off, and multiples of 1024, the nearest', async () => {
    await exported(LINES);
    expect(
      await db.rows(
        `SELECT first_seen, last_seen, closed_by, lifetime_min_s, lifetime_max_s, read_bytes, written_bytes FROM ${table('lives')}`,
      ),
    ).toEqual([
      {
        first_seen: '2026-11-23 00:00:01',
        last_seen: '2026-11-23 00:00:11',
        closed_by: '2026-11-23 00:00:21',
        // 10.21 s and 19.212 s.
        ...{ lifetime_min_s: 10, lifetime_max_s: 19 },
        ...{ read_bytes: '1024', written_bytes: '2048' },
      },
    ]);
  });

  it('are as they were recorded with --exact, which a part says', async () => {
    await exported(LINES);
    const before = inodes('2026-11-23');
    const ran = await exportTo(dir, '--exact');
    expect([ran.code, ran.stderr]).toEqual([
      0,
      expect.stringContaining('8 parts that had been rounded, or of another schema, are exact now'),
    ]);
    expect(
      await db.rows(`SELECT last_seen, read_bytes, lifetime_max_s FROM ${table('lives')}`),
    ).toEqual([
      { last_seen: '2026-11-23 00:00:11.999', read_bytes: '1535', lifetime_max_s: 19.212 },
    ]);
    expect(await parquetMetadataOf(partOf('lives', '2026-11-23'))).toMatchObject({ exact: true });
    for (const [place, inode] of inodes('2026-11-23').entries())
      expect(inode).not.toBe(before[place]);
  });
});

describe('exporting again', () => {
  /** Goes on with the recording, as a recorder would. */
  async function goOn(lines: readonly string[]): Promise<void> {
    const [session, ...items] = await streamOf([header(), ...lines]);
    const writer = RecordingWriter.open(tape, {
      ...WRITER_OPTIONS,
      now: () => session!.kind.length,
    });
    for (const item of items) writer.append(item);
    writer.close();
  }

  it('writes nothing where nothing has changed', async () => {
    await exported(OVER_MIDNIGHT);
    const before = [...inodes('2026-11-22'), ...inodes('2026-11-23')];
    const { stderr } = await exportTo(dir);
    expect(stderr).toContain(`nothing new for ${dir}: 16 parts stand as they were`);
    expect([...inodes('2026-11-22'), ...inodes('2026-11-23')]).toEqual(before);
  });

  it('writes the day anew that has grown, and leaves the one that is over', async () => {
    await exported(until(10));
    // The first day is over with the first snapshot behind it.
    const [first, last] = [inodes('2026-11-22'), inodes('2026-11-23')];
    await goOn(OVER_MIDNIGHT.slice(-2));
    expect((await exportTo(dir)).stderr).toContain(
      `wrote 8 parts into ${dir}; 8 stand as they were`,
    );
    expect(inodes('2026-11-22')).toEqual(first);
    for (const [place, inode] of inodes('2026-11-23').entries())
      expect(inode).not.toBe(last[place]);
    expect(await db.rows(`SELECT count(*) AS n FROM ${table('lives')}`)).toEqual([{ n: '3' }]);
  });

  it('is the same as exporting all at once', async () => {
    await exported(until(-10));
    await exportTo(dir);
    await goOn(OVER_MIDNIGHT.slice(4));
    await exportTo(dir);
    const whole = join(folder, 'whole');
    await exportTo(whole);
    for (const name of FLEET_TABLE_NAMES) {
      for (const day of ['2026-11-22', '2026-11-23']) {
        const part = partOf(name, day);
        expect(readFileSync(part).equals(readFileSync(part.replace(dir, whole)))).toBe(true);
      }
    }
  });

  it('goes on where the recorder was killed in the midst of an export', async () => {
    const recorder = spawn(process.execPath, [WRITING, tape, '-', RELAY], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(recorder.stdout, 'data');
    const args = [MAIN, 'export', tape, dir, '--format', 'parquet'];
    const exporting = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(exporting, 'exit');
    // It says its window when it has begun to read.
    await once(exporting.stderr, 'data');
    recorder.kill('SIGKILL');
    await once(recorder, 'exit');
    expect(await ended).toEqual([0, null]);
    expect((await exportTo(dir)).code).toBe(0);
    const whole = join(folder, 'whole');
    await exportTo(whole);
    for (const name of FLEET_TABLE_NAMES) {
      const part = partOf(name, '1970-01-01');
      expect(readFileSync(part).equals(readFileSync(part.replace(dir, whole)))).toBe(true);
    }
  });

  it('leaves a day of which retention has dropped a part as it stands, and says so', async () => {
    const polls = (from: number, to: number) =>
      Array.from({ length: (to - from) * 60 }, (_, place) => {
        const second = from * 3600 + place * 60;
        return snapshot(second, [line(1, 0, second + 5)]);
      });
    await exported([header({ interval_s: 60 }), ...polls(0, 20)]);
    const before = inodes('2026-11-23');
    await goOn(polls(20, 26));
    // A key frame lies every 180 polls: what is left begins at 12:00.
    expect((await run(['prune', tape, '--keep', '12h'])).code).toBe(0);
    const { code, stderr } = await exportTo(dir);
    expect(inodes('2026-11-23')).toEqual(before);
    expect(stderr).toContain(`wrote 8 parts into ${dir}; 8 stand as they were`);
    expect(stderr).toContain('2026-11-23 stands as it was exported: the recording has dropped');
    expect(code).toBe(0);
    // Where it was never exported, it has what is left.
    const other = join(folder, 'other');
    await exportTo(other);
    const [row] = await db.rows(
      `SELECT min(minute) AS m FROM ${table('load').replace(dir, other)} WHERE observed_s > 0`,
    );
    expect(row).toEqual({ m: '2026-11-23 12:01:00' });
  });

  it('leaves a day that was whole when retention dropped a part of it, and has no more to say', async () => {
    const polls = Array.from({ length: 30 * 60 }, (_, place) => snapshot(place * 60, []));
    await exported([header({ interval_s: 60 }), ...polls]);
    const before = inodes('2026-11-23');
    await run(['prune', tape, '--keep', '12h']);
    const { stderr } = await exportTo(dir);
    expect(inodes('2026-11-23')).toEqual(before);
    expect(stderr).toContain('16 parts stand as they were');
    expect(stderr).not.toContain('dropped');
  });

  /** Thirty hours, a poll an hour, a key frame every five. @param moved what the connection moved. */
  async function hourly(path: string, moved = 0): Promise<void> {
    const writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, framesPerKey: 5 });
    const polls = Array.from({ length: 30 }, (_, hour) =>
      snapshot(hour * 3600, [line(1, 0, hour * 3600 + 5, moved)]),
    );
    const items = await streamOf([header({ interval_s: 3600 }), ...polls]);
    for (const item of items) writer.append(item);
    writer.close();
  }

  it('has of a day what the longer of two copies says, whichever came first', async () => {
    const [whole, short] = [tape, join(folder, 'short.tape')];
    await hourly(whole);
    expect((await run(['cut', whole, short, '--from', iso(12 * 3600)])).code).toBe(0);
    const expected = join(folder, 'expected');
    await exportTo(expected);
    tape = short;
    await exportTo(dir);
    tape = whole;
    expect((await exportTo(dir)).stderr).toContain(`wrote 8 parts into ${dir}; 8 stand`);
    const part = partOf('load', '2026-11-23');
    expect(readFileSync(part).equals(readFileSync(part.replace(dir, expected)))).toBe(true);
    const before = inodes('2026-11-23');
    tape = short;
    expect((await exportTo(dir)).stderr).toContain('16 parts stand as they were');
    expect(inodes('2026-11-23')).toEqual(before);
  });

  it('knows a copy of another recording from one of its own', async () => {
    await hourly(tape);
    await exportTo(dir);
    const before = inodes('2026-11-23');
    const [other, cut] = [join(folder, 'other.tape'), join(folder, 'cut.tape')];
    await hourly(other, 7);
    await run(['cut', other, cut, '--from', iso(12 * 3600)]);
    tape = cut;
    const { code, stderr } = await exportTo(dir);
    expect([code, stderr]).toEqual([1, expect.stringContaining('another recording')]);
    expect(stderr).not.toContain('has dropped');
    expect(inodes('2026-11-23')).toEqual(before);
  });

  it('writes over no part of another recording of the relay, and over nothing else', async () => {
    await exported(OVER_MIDNIGHT);
    const before = inodes('2026-11-23');
    tape = join(folder, 'b.tape');
    await importInto(tape, [header(), snapshot(50, [line(8, 0, 1)]), snapshot(60, [])]);
    const ran = await exportTo(dir);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('another recording of this relay');
    expect(inodes('2026-11-23')).toEqual(before);
    writeFileSync(partOf('lives', '2026-11-22'), 'mine');
    tape = join(folder, 'a.tape');
    const again = await exportTo(dir);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('what is there is not a part (move it away, and export again)'),
    ]);
    expect(readFileSync(partOf('lives', '2026-11-22'), 'utf8')).toBe('mine');
  });

  it('leaves what a longer copy of the recording has said', async () => {
    await exported(OVER_MIDNIGHT);
    const before = inodes('2026-11-23');
    tape = join(folder, 'shorter.tape');
    await importInto(tape, until(10));
    expect((await exportTo(dir)).code).toBe(1);
    expect(inodes('2026-11-23')).toEqual(before);
  });
});

describe('export --format parquet', () => {
  it('exports the days that a window touches, whole', async () => {
    await importInto(tape, OVER_MIDNIGHT);
    await exportTo(dir, '--from', iso(15));
    expect(readdirSync(join(dir, 'lives', `relay=${RELAY}`))).toEqual(['day=2026-11-23']);
    const [row] = await db.rows(`SELECT sum(observed_s) AS s FROM ${table('load')}`);
    expect(row).toEqual({ s: 30 });
  });

  it.each([
    ['--bucket', '1h'],
    ['--set', 'beacon.openings=9'],
    ['--address', '203.0.113.7'],
    ['--excel'],
  ])('takes no %s', async (...options) => {
    await importInto(tape, OVER_MIDNIGHT);
    const { code, stderr } = await exportTo(dir, ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(`${options[0]} does not go with --format parquet`);
    expect(stderr).not.toContain('window');
  });

  it.each(['--exact', '--observations'])('alone takes %s', async (option) => {
    await importInto(tape, OVER_MIDNIGHT);
    const { code, stderr } = await run(['export', tape, dir, option]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${option} does not go with --format csv`);
  });

  it('says of a damaged recording what there is nevertheless', async () => {
    await exported(until(10));
    const db = new Database(tape);
    db.exec("UPDATE tape SET payload = x'00' WHERE seq = 5");
    db.close();
    const other = join(folder, 'other');
    const { code, stderr } = await exportTo(other);
    expect(code).toBe(4);
    // What was open in the end the last frame says, and none is a key frame but the first.
    expect(stderr).toContain(
      'the days before 2026-11-22 are exported, of 2026-11-22 not all parts',
    );
    expect(readdirSync(other).sort()).toEqual(['gaps', 'sessions']);
  });

  it('waits for no pipe that has the name of a part', async () => {
    await exported(OVER_MIDNIGHT);
    const part = partOf('lives', '2026-11-22');
    rmSync(part);
    execFileSync('mkfifo', [part]);
    const { code, stderr } = await exportTo(dir);
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not a part')]);
  });

  it('looks at no day of the years in which nothing was recorded', async () => {
    const at = (year: string) => `${year}-01-01T00:00:00.000Z`;
    await exported([
      header(),
      ...['0001', '9999'].map((year) => JSON.stringify({ at: at(year), conn: line(1, 0, 1) })),
    ]);
    const days = readdirSync(join(dir, 'load', `relay=${RELAY}`));
    expect(days.sort()).toEqual(['day=0001-01-01', 'day=9999-01-01']);
  });

  it('has sums and times that are too great as the greatest, and goes on', async () => {
    const most = 2 ** 53 - 1;
    const many = Array.from({ length: 1030 }, (_, circuit) => line(1, circuit + 1, 5, most, most));
    await exported(
      [
        header({ bytes: 'entry' }),
        snapshot(0, many),
        snapshot(10, [line(2, 0, most)]),
        snapshot(20, []),
      ],
      '--exact',
    );
    const rows = await db.rows(
      `SELECT conn_id, read_bytes, opened_at FROM ${table('lives')} WHERE is_connection ORDER BY 1`,
    );
    expect(rows.map(({ conn_id, read_bytes }) => [conn_id, read_bytes])).toEqual([
      ['1', `${2n ** 63n - 1n}`],
      ['2', '0'],
    ]);
    expect(rows[1]!['opened_at']).toMatch(/^271822-04-20 .*\(BC\)|^-/);
  });

  it('says of a file where a folder should be that it is one', async () => {
    await importInto(tape, OVER_MIDNIGHT);
    const file = join(folder, 'a.txt');
    writeFileSync(file, '');
    const { code, stderr } = await exportTo(join(file, 'deeper'));
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${file} is a file`)]);
  });

  it('refuses a recording that names no relay, under which it would lie', async () => {
    await importInto(tape, [header({ relay: {} }), snapshot(0, [])]);
    const { code, stderr } = await exportTo(dir);
    expect([code, stderr]).toEqual([1, expect.stringContaining('it has no fingerprint')]);
  });
});
