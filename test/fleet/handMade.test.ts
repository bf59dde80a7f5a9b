/**
 * Parts as no recording of a test's length would come to hold them: what a question, and an import into
 * ClickHouse, make of midnights, of what is not known, and of folders that are not an export's.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../bench/fleetEngines.ts';
import { FLEET_TABLES, type FleetTableName } from '../../src/fleet/schema.ts';
import { parquetBytes } from '../../src/output/parquet.ts';
import type { Cell } from '../../src/output/table.ts';
import { answerOf, type EngineName, importFiles, importOf, STARTING } from './asking.ts';
import { clickHouseHere } from './clickHouse.ts';

const HAS_CLICKHOUSE = clickHouseHere();

/** Names that look like numbers, and one that any shell or terminal would trip over. */
const RELAYS = ['1234567890'.repeat(4), `12345678E9${'0'.repeat(30)}`, '0'.repeat(40)] as const;
const [DIGITS] = RELAYS;
const NICKNAME = 'It\'s "a"\n\u001b[31m\\N\t\u202e';

const [EVE, NEW] = ['2026-10-31', '2026-11-01'] as const;

/** Seen by no poll: nobody knows what it moved. */
const UNSEEN = '203.0.113.67';

const COUNTERS_END = 2n ** 63n - 1n;

type Cells = Readonly<Record<string, Cell>>;

const LIFE: Cells = {
  ...{ run: 1, conn_id: 1, is_connection: true, or_id: 'F'.repeat(40), ip: '203.0.113.66' },
  ...{ port: 9001, l_port: 9001, type_flags: 'ORT', opened_at: 0, opened_known: true },
  ...{ ended_how: 'closed', close_reason: 'CONNECTRESET', lifetime_min_s: 1, lifetime_max_s: 9 },
};

let files: string;

function at(day: string, time: string): number {
  return Date.parse(`${day}T${time}Z`);
}

function pathOf(table: FleetTableName, relay: string, day: string): string {
  return join(files, table, `relay=${relay}`, `day=${day}`, 'part.parquet');
}

/** A part; a column that a row does not name is empty. */
function writePart(table: FleetTableName, relay: string, day: string, rows: readonly Cells[]) {
  const columns = FLEET_TABLES[table];
  const cells = rows.map((row) => columns.map(({ name }) => row[name] ?? null));
  const path = pathOf(table, relay, day);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([...parquetBytes(columns, cells, {})]));
}

/** All parts of a day that was watched from its beginning to its end. */
function writeDay(relay: string, day: string, tables: Partial<Record<FleetTableName, Cells[]>>) {
  const load = Array.from({ length: 1440 }, (_, minute) => ({
    ...{ minute: at(day, '00:00:00') + minute * 60_000, observed_s: 60 },
    ...{ open: 1, opened: 1, closed: 1, read_bytes: COUNTERS_END, written_bytes: COUNTERS_END },
  }));
  const session = { began_at: at(day, '00:00:00'), source: 'native', interval_s: 30 };
  const texts = {
    bytes_of: 'entry',
    nickname: NICKNAME,
    tor_version: '',
    config: '',
    observes: '',
  };
  for (const table of Object.keys(FLEET_TABLES) as FleetTableName[]) {
    const rows = { load, sessions: [{ ...session, ...texts }], ...tables }[table];
    if (table !== 'observations') writePart(table, relay, day, rows ?? []);
  }
}

/** Seen last on the eve, ended behind midnight; as an event told. */
function endedBehindMidnight(relay: string) {
  return Array.from({ length: 8 }, (_, place) => ({
    ...{ ...LIFE, conn_id: 10 + place, last_seen: at(EVE, '23:59:50') },
    ...{ first_seen: at(EVE, '23:50:00'), closed_by: at(NEW, `00:00:0${place}`) },
    ...{ read_bytes: COUNTERS_END, written_bytes: relay === DIGITS ? COUNTERS_END : null },
  }));
}

/** Lived between two polls, and told of by the first of the new day. */
function endedOnTheEve() {
  return Array.from({ length: 8 }, (_, place) => ({
    ...{ ...LIFE, conn_id: 20 + place, ip: UNSEEN, first_seen: at(EVE, '23:59:52') },
    ...{ last_seen: at(EVE, '23:59:54'), closed_by: at(EVE, '23:59:54') },
  }));
}

const engines: Partial<Record<EngineName, Engine>> = {};

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'conntape-fleet-'));
  for (const relay of RELAYS) {
    writeDay(relay, EVE, { lives: endedBehindMidnight(relay) });
    writeDay(relay, NEW, { lives: endedOnTheEve() });
  }
  engines.duckdb = await STARTING.duckdb(files);
  if (HAS_CLICKHOUSE) engines.clickhouse = await STARTING.clickhouse(files);
});

afterAll(() => {
  for (const engine of Object.values(engines)) engine.close();
  rmSync(files, { recursive: true, force: true });
});

describe.each(['duckdb', 'clickhouse'] as const)('the questions in %s', (name) => {
  const isHere = name === 'duckdb' || HAS_CLICKHOUSE;
  const ask = (question: string, from: string, to: string, address = '') =>
    answerOf(engines[name]!, question, { from, to, address });

  it.runIf(isHere)('know relays by names that look like numbers', async () => {
    const rows = await ask('answering.sql', `${EVE} 12:00:00`, `${EVE} 13:00:00`);
    expect(rows.map(({ relay, nickname, answers }) => [relay, nickname, answers])).toEqual(
      [...RELAYS].sort().map((relay) => [relay, NICKNAME, 'all']),
    );
  });

  it.runIf(isHere)('find what ended behind midnight and was seen before it', async () => {
    const window = [`${NEW} 00:00:00`, `${NEW} 01:00:00`] as const;
    const resets = await ask('resets.sql', ...window);
    expect(resets.map(({ at_minute, resets: count }) => [at_minute, count])).toEqual(
      RELAYS.map(() => [`${NEW} 00:00:00`, 8]),
    );
    const load = await ask('load.sql', ...window);
    expect(load.map((row) => row['short_lived_share'])).toEqual(RELAYS.map(() => 1));
  });

  it.runIf(isHere)('find what ended before midnight and was told of behind it', async () => {
    const resets = await ask('resets.sql', `${EVE} 23:58:00`, `${EVE} 23:59:58`);
    expect(resets.map(({ at_minute, resets: count }) => [at_minute, count])).toEqual(
      RELAYS.map(() => [`${EVE} 23:59:00`, 8]),
    );
  });

  it.runIf(isHere)('leave empty what nobody knows, and add up what is beyond 64 bits', async () => {
    const window = [`${EVE} 23:00:00`, `${NEW} 00:00:00`] as const;
    const bytes = (rows: Awaited<ReturnType<typeof ask>>) =>
      rows.map(({ relay, bytes_read, bytes_written }) => [relay, bytes_read, bytes_written]);
    const sum = 8 * Number(COUNTERS_END);
    expect(bytes(await ask('address.sql', ...window, UNSEEN))).toEqual(
      [...RELAYS].sort().map((relay) => [relay, null, null]),
    );
    expect(bytes(await ask('address.sql', ...window, '203.0.113.66'))).toEqual(
      [...RELAYS].sort().map((relay) => [relay, sum, relay === DIGITS ? sum : null]),
    );
    expect((await ask('load.sql', ...window))[0]).toMatchObject({
      read_rate: Number(COUNTERS_END) / 60,
    });
  });

  it.runIf(isHere)('find a fingerprint however it is typed', async () => {
    const rows = await ask('address.sql', `${EVE} 23:00:00`, `${NEW} 00:00:00`, 'f'.repeat(40));
    expect(rows.map(({ connections }) => connections)).toEqual(RELAYS.map(() => 16));
  });

  it.runIf(isHere)('say that nobody answers where nothing is asked', async () => {
    const engine = engines[name]!;
    await engine.run('TRUNCATE TABLE asked');
    expect(await engine.rows('SELECT DISTINCT answers FROM answering')).toEqual([
      { answers: 'no' },
    ]);
  });
});

describe.runIf(HAS_CLICKHOUSE)('the import into ClickHouse', () => {
  const livesOf = async (day: string) =>
    (await engines.clickhouse!.rows(`SELECT * FROM lives WHERE day = '${day}'`)).length;

  it('takes away what was there of a day whose part has no rows any more', async () => {
    const day = '2026-12-01';
    const statements = importOf(files).filter((sql) => /^[A-Z ]+ lives\b/.test(sql));
    expect(statements).toHaveLength(2);
    for (const rows of [endedOnTheEve(), []]) {
      writePart('lives', DIGITS, day, rows);
      for (const sql of statements) await engines.clickhouse!.run(sql);
      expect(await livesOf(day)).toBe(rows.length);
    }
  });

  it('lets no day answer of which anything is missing', async () => {
    const engine = engines.clickhouse!;
    await engine.run('TRUNCATE TABLE asked');
    await engine.run(`INSERT INTO asked VALUES ('${EVE} 12:00:00', '${EVE} 13:00:00', '')`);
    const answers = () => engine.rows('SELECT DISTINCT answers FROM answering');
    const changing = importOf(files).filter((sql) =>
      /^(DELETE FROM|INSERT INTO) (?!expected\b)/.test(sql),
    );
    const last = changing.pop()!;
    expect([changing[0], last]).toEqual([
      expect.stringMatching(/^DELETE FROM load\b/),
      expect.stringMatching(/^INSERT INTO load\b/),
    ]);
    for (const sql of changing) {
      await engine.run(sql);
      expect(await answers(), sql).toEqual([{ answers: 'no' }]);
    }
    await engine.run(last);
    expect(await answers()).toEqual([{ answers: 'all' }]);
  });

  it('leaves a relay the name that it was given by hand', async () => {
    const engine = engines.clickhouse!;
    await engine.run(`INSERT INTO expected VALUES ('${DIGITS}', 'family1')`);
    const adding = importOf(files).filter((sql) => /^INSERT INTO expected\b/.test(sql));
    for (const sql of adding) await engine.run(sql);
    expect(await engine.rows('SELECT * FROM expected FINAL ORDER BY relay')).toEqual(
      [...RELAYS].sort().map((relay) => ({ relay, nickname: relay === DIGITS ? 'family1' : '' })),
    );
  });

  it.each([
    `relay=${DIGITS}/day=2026-02-31`,
    `relay=${DIGITS}/day=today`,
    `relay=${'c'.repeat(40)}/day=${EVE}`,
    `relay=${'C'.repeat(40)} (copy)/day=${EVE}`,
  ])('stops at a folder that no export makes: %s', async (folder) => {
    const path = join(files, 'lives', folder);
    mkdirSync(path, { recursive: true });
    cpSync(pathOf('lives', DIGITS, EVE), join(path, 'part.parquet'));
    try {
      await expect(importFiles(engines.clickhouse!, files)).rejects.toThrow('no export makes');
    } finally {
      rmSync(path, { recursive: true });
    }
    expect(await livesOf(EVE)).toBe(8 * RELAYS.length);
  });
});
