/**
 * Twelve relays exported side by side, and one text a question that ClickHouse and DuckDB answer alike:
 * the incidents that were planted, nothing else, and who does not answer.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alike, type Engine, type Rows } from '../../bench/fleetEngines.ts';
import { FLEET_TABLES } from '../../src/fleet/schema.ts';
import { importInto } from '../recording/tapes.ts';
import { answerOf, type EngineName, importFiles, STARTING, statementsOf } from './asking.ts';
import { clickHouseHere } from './clickHouse.ts';
import {
  BLIND,
  EVERYWHERE,
  FLEET,
  fingerprintOf,
  LATE,
  MISSING,
  nicknameOf,
  RESETS_AT,
  STRANGER,
  STRUCK,
  transcriptOf,
} from './relays.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist', 'main.js');

const HAS_CLICKHOUSE = clickHouseHere();

/** Known by the table `expected` alone. */
const NEVER_EXPORTED = 13;

let folder: string;
let files: string;
/** Those that are here. */
const engines: Partial<Record<EngineName, Engine>> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conntape-fleet-'));
  files = join(folder, 'files');
  for (const relay of FLEET) await importInto(join(folder, `${relay}.tape`), transcriptOf(relay));
  // Processes side by side, as cron's jobs would be: they make the same folders.
  const codes = await Promise.all(
    FLEET.map(async (relay) => {
      const tape = join(folder, `${relay}.tape`);
      const args = [MAIN, 'export', tape, files, '--format', 'parquet'];
      const [code] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
      return code as number;
    }),
  );
  expect(codes).toEqual(FLEET.map(() => 0));
  engines.duckdb = await opened('duckdb');
  if (HAS_CLICKHOUSE) engines.clickhouse = await opened('clickhouse');
});

afterAll(() => {
  for (const engine of Object.values(engines)) engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const QUESTIONS = readdirSync(join(ROOT, 'queries/fleet')).filter(
  (name) => !['views.sql', 'duckdb.sql'].includes(name),
);

/** The hour after NOON. */
const HOUR = { from: '2026-11-23 12:00:00', to: '2026-11-23 13:00:00' };

function ask(engine: Engine, question: string, window = HOUR): Promise<Rows> {
  return answerOf(engine, question, { ...window, address: STRANGER.ip });
}

async function opened(name: EngineName): Promise<Engine> {
  const engine = await STARTING[name](files);
  const [relay, nickname] = [fingerprintOf(NEVER_EXPORTED), nicknameOf(NEVER_EXPORTED)];
  await engine.run(`INSERT INTO expected VALUES ('${relay}', '${nickname}')`);
  return engine;
}

/** Who does not answer for all of the hour. */
const NOT_ALL = [
  [BLIND, 'no'],
  [MISSING, 'no'],
  [LATE, 'in part'],
  [NEVER_EXPORTED, 'no'],
] as const;

/** Of an answer the relays, those that do not answer for all of the hour apart. */
function told(rows: Rows) {
  const isMissing = ({ answers }: Rows[number]) => answers !== null && answers !== 'all';
  return {
    found: rows.filter((row) => !isMissing(row)),
    missing: rows.filter(isMissing).map(({ nickname, answers }) => [nickname, answers]),
  };
}

const MISSING_ROWS = NOT_ALL.map(([relay, answers]) => [nicknameOf(relay), answers]);
const STRUCK_ROWS = STRUCK.map((relay) => ({
  ...{ relay: fingerprintOf(relay), nickname: nicknameOf(relay), answers: 'all' },
}));

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

describe.each(['duckdb', 'clickhouse'] as const)('the questions in %s', (name) => {
  const isHere = name === 'duckdb' || HAS_CLICKHOUSE;

  it.runIf(isHere)('find what was planted, and who does not answer', async () => {
    const engine = engines[name]!;
    const address = told(await ask(engine, 'address.sql'));
    expect(address.missing).toEqual(MISSING_ROWS);
    expect(address.found).toEqual(
      STRUCK_ROWS.map((row) => ({
        ...{ ...row, direction: 'outbound', connections: 1 },
        ...{ first_at: '2026-11-23 12:10:00', last_at: '2026-11-23 12:19:30' },
        // 100 bytes a second for 570 seconds, to the nearest multiple of 1024.
        ...{ bytes_read: 57_344, bytes_written: 57_344 },
      })),
    );

    const resets = told(await ask(engine, 'resets.sql'));
    expect(resets.missing).toEqual(MISSING_ROWS);
    expect(
      resets.found.map(({ relay, at_minute, relays_struck }) => [relay, at_minute, relays_struck]),
    ).toEqual(STRUCK.map((relay) => [fingerprintOf(relay), time(RESETS_AT), STRUCK.length]));
    for (const { resets: count } of resets.found) expect(count).toBeGreaterThanOrEqual(12);

    const everywhere = told(await ask(engine, 'everywhere.sql'));
    expect(everywhere.missing).toEqual(MISSING_ROWS);
    expect(everywhere.found).toMatchObject([{ or_id: EVERYWHERE, at_relays: 10, of_relays: 10 }]);

    const findings = told(await ask(engine, 'findings.sql'));
    expect(findings.missing).toEqual(MISSING_ROWS);
    expect(findings.found.map(({ relay, rule, severity }) => [relay, rule, severity])).toEqual(
      ['local-network-connection', 'non-relay-outbound'].flatMap((rule) =>
        STRUCK.map((relay) => [fingerprintOf(relay), rule, 'critical']),
      ),
    );

    const load = await ask(engine, 'load.sql');
    expect(load.map(({ nickname, answers }) => [nickname, answers])).toEqual(
      [...FLEET, NEVER_EXPORTED].map((relay) => [
        nicknameOf(relay),
        NOT_ALL.find(([each]) => each === relay)?.[1] ?? 'all',
      ]),
    );
    const seen = load.filter(({ answers }) => answers !== 'no');
    for (const row of seen) expect(row['opened_per_min']).toBeGreaterThan(1);
    const busiest = [...seen].sort((a, b) => Number(b['mean_open']) - Number(a['mean_open']));
    expect(
      busiest
        .slice(0, 3)
        .map(({ nickname }) => nickname)
        .sort(),
    ).toEqual(STRUCK.map(nicknameOf).sort());
    for (const row of load.filter(({ answers }) => answers === 'no')) {
      expect([row['observed_s'], row['opened_per_min'], row['mean_open']]).toEqual([0, null, null]);
    }
  });

  it.runIf(isHere)('say of every relay what was observed, and when last', async () => {
    const rows = await ask(engines[name]!, 'answering.sql');
    expect(rows.map((row) => [row['nickname'], row['observed_s'], row['last_observed']])).toEqual(
      [...FLEET, NEVER_EXPORTED].map((relay) => {
        const at: Record<number, readonly [number, string | null]> = {
          [BLIND]: [0, '2026-11-23 11:50:00'],
          [MISSING]: [0, '2026-11-22 17:00:00'],
          [LATE]: [1770, '2026-11-23 12:59:00'],
          [NEVER_EXPORTED]: [0, null],
        };
        return [nicknameOf(relay), ...(at[relay] ?? [3600, '2026-11-23 12:59:00'])];
      }),
    );
  });

  it.runIf(isHere)('find nothing where nothing was planted, and say who answered', async () => {
    const engine = engines[name]!;
    const quiet = { from: '2026-11-23 13:10:00', to: '2026-11-23 13:50:00' };
    for (const question of ['address.sql', 'resets.sql', 'findings.sql']) {
      const { found, missing } = told(await ask(engine, question, quiet));
      expect(found).toEqual([]);
      expect(missing.map(([nickname]) => nickname)).toEqual(
        [MISSING, NEVER_EXPORTED].map(nicknameOf),
      );
    }
  });
});

describe.runIf(HAS_CLICKHOUSE)('ClickHouse and DuckDB', () => {
  it('answer every question with the same rows', async () => {
    const [one, other] = [engines.duckdb!, engines.clickhouse!];
    expect(QUESTIONS).toHaveLength(6);
    for (const question of QUESTIONS) {
      expect(statementsOf(question)).toHaveLength(1);
      const rows = await ask(one, question);
      expect(rows.length).toBeGreaterThan(0);
      expect(await ask(other, question)).toEqual(rows);
    }
  });

  it('hold the same rows of every table, also when they were imported twice', async () => {
    const [one, other] = [engines.duckdb!, engines.clickhouse!];
    await importFiles(other, files);
    for (const [table, columns] of Object.entries(FLEET_TABLES)) {
      if (table === 'observations') continue;
      const names = ['relay', 'day', ...columns.map((column) => column.name)].join(', ');
      const all = `SELECT ${names} FROM ${table} ORDER BY ALL`;
      const rows = async (engine: Engine) =>
        (await engine.rows(all)).map((row) => JSON.stringify(alike(row))).sort();
      expect(await rows(other)).toEqual(await rows(one));
    }
  });

  it('have the columns of the files in the schema of ClickHouse, in their order', async () => {
    const engine = engines.clickhouse!;
    for (const [table, columns] of Object.entries(FLEET_TABLES)) {
      const described = await engine.rows(`DESCRIBE TABLE ${table}`);
      expect(described.map(({ name }) => name)).toEqual([
        ...['relay', 'day', ...columns.map((column) => column.name)],
      ]);
    }
  });
});
