/** docs/recording-format.md read by another program: reader.py agrees with conntape. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCENARIO_HEADER, scenario } from '../../src/demo/scenario.ts';
import { connAll, openRecording, type RecordedSnapshot } from '../../src/library/recording.ts';
import { run } from '../commands/running.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import * as cases from '../oracle/cases.ts';
import { HEADER, importInto, openWriter, snapshotOf, temporaryFolder } from '../recording/tapes.ts';

/** Skips loudly where there is no Python, but not in CI. */
function pythonAvailable(): boolean {
  if (spawnSync('python3', ['-c', 'import sqlite3']).status === 0) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('python3 is missing');
  console.warn('THE READER IN PYTHON IS SKIPPED: python3 is missing');
  return false;
}

const HAS_PYTHON = pythonAvailable();

const READER = fileURLToPath(new URL('reader.py', import.meta.url));
const INFLATER = fileURLToPath(new URL('inflate.mjs', import.meta.url));

/** Random transcripts, all read in one go. */
const RANDOM_TAPES = 100;

function readBy(paths: readonly string[]) {
  const args = [READER, ...paths, '--', process.execPath, INFLATER];
  const { status, stdout, stderr, error } = spawnSync('python3', args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

type Item = Record<string, unknown>;

/** What the reader says of each recording, item by item, its head last. */
function itemsOf(paths: readonly string[]): Item[][] {
  const { status, stdout, stderr } = readBy(paths);
  expect([status, stderr]).toEqual([0, '']);
  const tapes: Item[][] = [];
  let tape: Item[] = [];
  for (const line of stdout.trimEnd().split('\n')) {
    const item = JSON.parse(line);
    tape.push(item);
    if (!('head' in item)) continue;
    tapes.push(tape);
    tape = [];
  }
  return tapes;
}

/** A snapshot as the reader would say it. */
function asRead(snapshot: RecordedSnapshot): Item {
  const { at, pollMs, info, events, quarantined, quarantinedCount, extra } = snapshot;
  return {
    at,
    poll_ms: pollMs,
    conn: connAll(snapshot),
    info: Object.fromEntries(info),
    events: events.map((event) => [
      ...[event.at, event.connId, event.what === 'opened' ? 1 : 0, event.reason],
      ...(Object.keys(event.extra).length === 0 ? [] : [event.extra]),
    ]),
    quarantined: [quarantinedCount, quarantined],
    extra,
  };
}

/** Holds what the reader says of a recording against conntape. */
async function agree(path: string, items: readonly Item[]): Promise<void> {
  const recording = openRecording(path);
  try {
    expect(items.at(-1)).toEqual({ head: recording.head });
    const snapshots = items.filter((item) => 'conn' in item);
    expect(snapshots).toEqual([...recording.snapshots()].map(asRead));
    const sessions = items.filter((item) => 'session' in item);
    expect(sessions).toEqual(recording.sessions.map(({ at, header }) => ({ at, session: header })));
    if (snapshots.length === 0) return;
    const { stdout } = await run(['replay', path, '--format', 'listing']);
    const texts = snapshots.map(({ conn }) => (conn === '' ? '' : `${conn}\n`));
    expect(texts.join('\n')).toBe(stdout);
  } finally {
    recording.close();
  }
}

/** Recordings of transcripts, in a folder of the test's own. */
async function recordingsOf(each: readonly (readonly string[])[]): Promise<string[]> {
  const folder = temporaryFolder();
  const paths = each.map((_lines, place) => join(folder, `${place}.tape`));
  for (const [place, path] of paths.entries()) await importInto(path, each[place]!);
  return paths;
}

async function allAgree(paths: readonly string[]): Promise<void> {
  for (const [place, items] of itemsOf(paths).entries()) await agree(paths[place]!, items);
}

function storyTape(): string {
  const path = join(temporaryFolder(), 'story.tape');
  const writer = openWriter(path, SCENARIO_HEADER);
  for (const item of scenario()) writer.append(item);
  writer.close();
  return path;
}

describe.runIf(HAS_PYTHON)('a reader in another language agrees with conntape', () => {
  it("on the demo's recording", () => allAgree([storyTape()]));

  it('on the standard transcripts', async () => {
    await allAgree(await recordingsOf(Object.values(cases).filter((each) => Array.isArray(each))));
  });

  it('on counters as great as can be, where births are no whole milliseconds', async () => {
    const path = join(temporaryFolder(), 'great.tape');
    const writer = openWriter(path, HEADER);
    const great = [2 ** 52, 2 ** 53 - 10_001, 2 ** 53 - 1];
    for (const at of [0, 9_999, 20_001, 1e12]) {
      const lines = great.map((value, place) => {
        const uptime = Math.min(value + Math.floor(at / 1000), 2 ** 53 - 1);
        return `${value} ${place} 0 0 0 0 IRt ${value} ${value - at} ${uptime}`;
      });
      writer.append(snapshotOf(at, lines.join('\n')));
    }
    writer.close();
    await allAgree([path]);
  });

  it('on random ones', async () => {
    await allAgree(await recordingsOf(fc.sample(transcripts, RANDOM_TAPES)));
  });
});

describe.runIf(HAS_PYTHON)('a reader in another language finds', () => {
  it.each([
    ['a payload', 'UPDATE tape SET payload = zeroblob(1) WHERE seq = 3'],
    ['a time', 'UPDATE tape SET at = at + 1 WHERE seq = 3'],
    ['a link', 'UPDATE tape SET chain = zeroblob(32) WHERE seq = 3'],
    ['an item that is missing', 'DELETE FROM tape WHERE seq = 3'],
    ['an end that is missing', 'DELETE FROM tape WHERE seq = (SELECT max(seq) FROM tape)'],
    ['a row beside the tape', 'UPDATE snapshot SET entries = entries + 1 WHERE number = 1'],
    ['a peer', "UPDATE peer SET ip = '192.0.2.1' WHERE id = 1"],
  ])('%s that is not what was written', async (_name, sql) => {
    const [path] = await recordingsOf([[...cases.addresses, ...cases.events.slice(2)]]);
    const db = new Database(path!);
    expect(db.prepare(sql).run().changes).toBe(1);
    db.close();
    const { status, stderr } = readBy([path!]);
    expect([status, stderr]).toEqual([4, expect.stringContaining(`${path}: `)]);
  });
});
