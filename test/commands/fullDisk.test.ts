/** A full disk, to each command that writes files: one error with a way out, and nothing half. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/control/address.ts';
import { smallDisk } from '../recording/smallDisk.ts';
import { importInto, writeTranscript } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';
import { run } from './running.ts';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
const tape = join(folder, 'a.tape');
const transcript = join(folder, 'a.jsonl');

const START = Date.parse('2026-11-23T02:00:00Z');

/** Two hours, for of a shorter recording nothing can be dropped, in which all that is there moves. */
const SNAPSHOTS = Array.from({ length: 721 }, (_, poll) => {
  const lines = Array.from({ length: 40 }, (__, row) => {
    const moved = (poll + 1) * (row + 1) * 514;
    return `${row + 1} 0 ${String(row).padStart(40, 'A')} 203.0.113.${row + 1} 9001 443 ORT ${moved} ${moved * 7} ${poll * 10}`;
  });
  return JSON.stringify({ at: new Date(START + poll * 10_000), conn: lines.join('\n') });
});

beforeAll(async () => {
  const lines = ['{"transcript":1,"source":"native","interval_s":10}', ...SNAPSHOTS];
  writeTranscript(transcript, lines);
  await importInto(tape, lines);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function isWhole(path: string): Promise<void> {
  const { code, stdout } = await run(['verify', path]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^whole: 722 items/)]);
}

/** One error, behind lines that say what is looked at. */
function expectOne(stderr: string, error: RegExp): void {
  const lines = stderr
    .split('\n')
    .filter((line) => !/^conntape: (?:window|narrowed|left out|no witness|no metrics)/.test(line));
  expect(lines).toEqual([expect.stringMatching(error), expect.stringMatching(/^ {2}\w/), '']);
}

/** Finds room on a disk of 64 kB, but not twice, beside what it is to replace. */
const REPORT = 'report churn TAPE --bucket 10s --output';

/** DISK is the full disk; where it holds some kilobytes more, what is made begins and is not finished. */
const WRITING: readonly (readonly [size: string, line: string, error: RegExp])[] = [
  ['64k', 'import TRANSCRIPT DISK/a.tape', /importing into .*a\.tape: the disk is full$/],
  ['300k', 'import TRANSCRIPT DISK/a.tape', /importing into .*a\.tape: the disk is full$/],
  ['64k', 'cut TAPE DISK/a.tape', /copying the recording to .*a\.tape: the disk is full$/],
  ['64k', 'cut TAPE DISK/a.tape --from 03:30', /copying the recording to .*: the disk is full$/],
  ['64k', 'demo DISK', /recording the story into .*demo\.tape: the disk is full$/],
  ['300k', 'demo DISK', /recording the story into .*demo\.tape: disk full$/],
  ['64k', 'record DISK/a.tape --control PORT', /opening the recording .*: the disk is full$/],
  ['64k', `${REPORT} DISK/a.csv`, /writing .*a\.csv: ENOSPC/],
  ['64k', `${REPORT.replace('10s', '5s')} DISK/a.csv`, /writing the output: ENOSPC/],
  ['64k', 'export TAPE DISK --bucket 10s --format xlsx', /writing the output: ENOSPC/],
];

describe('a full disk', () => {
  it.each(WRITING)('of %s: %s', async (size, line, error) => {
    const disk = smallDisk(size);
    if (disk === undefined) return;
    const tor = await FakeTor.start();
    const words: Record<string, string> = {
      TAPE: tape,
      TRANSCRIPT: transcript,
      PORT: formatAddress(tor.address),
    };
    const ran = await run(line.split(' ').map((word) => words[word] ?? word.replace('DISK', disk)));
    expect(ran.code).toBe(1);
    expectOne(ran.stderr, error);
    expect(readdirSync(disk)).toEqual([]);
    await isWhole(tape);
  });

  it('leaves what --output is to replace as it was', async () => {
    const disk = smallDisk('64k');
    if (disk === undefined) return;
    const output = join(disk, 'a.csv');
    writeFileSync(output, 'what was there');
    const ran = await run([...REPORT.replace('TAPE', tape).split(' '), output]);
    expect(ran.code).toBe(1);
    expect([readdirSync(disk), readFileSync(output, 'utf8')]).toEqual([
      ['a.csv'],
      'what was there',
    ]);
  });

  it('of an export has whole files alone', async () => {
    const disk = smallDisk('64k');
    if (disk === undefined) return;
    const whole = join(folder, 'whole');
    expect((await run(['export', tape, whole])).code).toBe(0);
    const ran = await run(['export', tape, disk]);
    expect(ran.code).toBe(1);
    expectOne(ran.stderr, /writing the output: ENOSPC/);
    const names = readdirSync(disk);
    expect(names.length).toBeLessThan(readdirSync(whole).length);
    for (const name of names) {
      expect([name, readFileSync(join(disk, name), 'utf8')]).toEqual([
        name,
        readFileSync(join(whole, name), 'utf8'),
      ]);
    }
  });

  it.each([
    [20, 'there is no room for its log'],
    [40, 'the disk is full'],
  ])('lets prune drop nothing, with %i kB free: %s', async (free, cause) => {
    const disk = smallDisk(`${Math.ceil(statSync(tape).size / 1024) + free}k`);
    if (disk === undefined) return;
    const own = join(disk, 'a.tape');
    copyFileSync(tape, own);
    const ran = await run(['prune', own, '--keep', '1h']);
    expect(ran.code).toBe(1);
    expectOne(ran.stderr, new RegExp(`dropping from .*a\\.tape: ${cause}$`));
    // Its log may have found no room to be taken back.
    const others = readdirSync(disk).filter((name) => !/^a\.tape(?:-wal|-shm)?$/.test(name));
    expect(others).toEqual([]);
    // Who reads it then has no room for the log's index there, and reads a copy.
    await isWhole(own);
  });

  it.each(['verify TAPE --rebuild', 'report churn TAPE --port 9001'])(
    'of temporary files: %s',
    async (line) => {
      const disk = smallDisk('64k');
      if (disk === undefined) return;
      // Where they are is a process's.
      const { status, stderr } = spawnSync(
        process.execPath,
        [MAIN, ...line.replace('TAPE', tape).split(' ')],
        {
          env: { ...process.env, TMPDIR: disk },
          encoding: 'utf8',
        },
      );
      expect(status).toBe(1);
      expectOne(stderr, /keeping temporary files: the disk is full$/);
      expect(readdirSync(disk)).toEqual([]);
      await isWhole(tape);
    },
  );
});
