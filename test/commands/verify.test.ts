/** Whether `verify` finds what was done to a recording, and nothing where nothing was. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaps, nothing, restart, stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

async function tapeOf(lines: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, lines);
  return path;
}

/** Runs SQL on a recording, as someone with a sqlite3 shell might. */
function tamper(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

/** The links of a tape, in order. */
function linksOf(path: string): string[] {
  const db = new Database(path, { readonly: true });
  const links = db.prepare<[], string>('SELECT lower(hex(chain)) FROM tape').pluck().all();
  db.close();
  return links;
}

describe('verify', () => {
  it.each([[stillOpen], [gaps], [restart], [nothing]])(
    'finds a recording whole',
    async (...lines) => {
      const path = await tapeOf(lines.flat());
      for (const args of [
        ['verify', path],
        ['verify', path, '--rebuild'],
      ]) {
        const ran = await run(args);
        expect([ran.code, ran.stderr]).toEqual([0, '']);
        expect(ran.stdout).toMatch(/^whole: \d+ items, chain head [0-9a-f]{64}\n$/);
      }
      const { stdout: info } = await run(['info', path]);
      const head = /[0-9a-f]{64}/.exec((await run(['verify', path])).stdout)![0];
      expect(info).toContain(head);
    },
  );

  it.each([
    [
      'a byte of a payload',
      "UPDATE tape SET payload = CAST(payload || x'00' AS BLOB) WHERE seq = 3",
      3,
    ],
    ['the time of a snapshot', 'UPDATE tape SET at = at + 1 WHERE seq = 3', 3],
    ['a link', 'UPDATE tape SET chain = zeroblob(32) WHERE seq = 2', 2],
    ['a snapshot taken out', 'DELETE FROM tape WHERE seq = 3', 3],
    [
      'two that changed places',
      'UPDATE tape SET seq = 7 - seq + 100 WHERE seq IN (3, 4); UPDATE tape SET seq = seq - 100 WHERE seq > 100',
      3,
    ],
  ])('finds %s', async (_what, sql, item) => {
    const path = await tapeOf(stillOpen);
    tamper(path, sql);
    const ran = await run(['verify', path]);
    expect(ran.stdout).toMatch(
      new RegExp(`^damaged: item ${item} of the tape(?:, of [^ ]*Z)?: .*\n$`),
    );
    expect([ran.code, ran.stderr]).toEqual([4, '']);
  });

  it('finds a peer that was swapped under the tape', async () => {
    const relay = 'AB'.repeat(20);
    const lines = [
      stillOpen[0]!,
      `{"at":"2026-11-23T00:00:00Z","conn":"1 0 ${relay} 203.0.113.1 9001 1 ORT 1 2 3"}`,
    ];
    const path = await tapeOf(lines);
    tamper(path, 'UPDATE peer SET ip = ip + 1 WHERE id = 1');
    const replayed = await run(['replay', path]);
    expect([replayed.code, replayed.stdout]).toEqual([4, '']);
    expect((await run(['verify', path])).code).toBe(4);
  });

  it('finds an index that says something else', async () => {
    const path = await tapeOf(gaps);
    tamper(path, 'UPDATE run SET first_snapshot = first_snapshot + 1');
    const table = 'damaged: the table run: its rows are not those that were written\n';
    expect(await run(['verify', path])).toMatchObject({ code: 4, stdout: table });
    const ran = await run(['verify', path, '--rebuild']);
    expect(ran.code).toBe(4);
    expect(ran.stdout).toBe(
      `${table}damaged: the index: 2 rows of run are not what the tape gives\n`,
    );
  });

  it('says where a head that was kept elsewhere lies, and what it proves', async () => {
    const path = await tapeOf(stillOpen);
    const heads = linksOf(path);
    for (const [index, head] of heads.entries()) {
      const ran = await run(['verify', path, '--head', head.toUpperCase()]);
      expect(ran.code).toBe(0);
      const last = index === heads.length - 1 ? ', the last one' : '';
      expect(ran.stdout).toMatch(
        new RegExp(
          `\nhead found: it is the link of item ${index + 1} of the tape, of [^ ]*Z${last}: everything up to there is as it was`,
        ),
      );
    }
  });

  it('ends with 4 where the head is not in the chain, and says what that may mean', async () => {
    const path = await tapeOf(stillOpen);
    const [, , third] = linksOf(path);
    const other = await run(['verify', path, '--head', 'ab'.repeat(32)]);
    expect(other.code).toBe(4);
    expect(other.stdout).toMatch(
      /^whole: 4 items.*\nhead not found: it is not in this chain: it is another recording's, or /,
    );
    tamper(path, 'UPDATE tape SET at = at + 1 WHERE seq = 2');
    const [first] = linksOf(path);
    const before = await run(['verify', path, '--head', first!]);
    expect([before.code, before.stdout]).toEqual([4, expect.stringContaining('link of item 1 of')]);
    const behind = await run(['verify', path, '--head', third!]);
    expect([behind.code, behind.stdout]).toEqual([
      4,
      expect.stringContaining('head not found: it is not in the chain before the damage'),
    ]);
  });

  it('refuses what is not a head', async () => {
    const ran = await run(['verify', await tapeOf(stillOpen), '--head', 'ab12']);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('64 hex digits')]);
  });

  it('says that a page makes no sense, and ends as it does for all damage', async () => {
    const path = await tapeOf(stillOpen);
    const db = new Database(path, { readonly: true });
    const page = db
      .prepare("SELECT pageno FROM dbstat WHERE name = 'tape'")
      .pluck()
      .get() as number;
    db.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, (page - 1) * 4096, page * 4096));
    const ran = await run(['verify', path]);
    expect([ran.code, ran.stderr]).toEqual([4, '']);
    expect(ran.stdout).toMatch(/^damaged: the file: /);
    const replayed = await run(['replay', path]);
    expect(replayed.code).toBe(4);
  });

  it('leaves what stands before the damage to be read, as the error says', async () => {
    const path = await tapeOf(stillOpen);
    const { stdout: whole } = await run(['replay', path, '--to', '00:00:10']);
    tamper(path, 'UPDATE tape SET payload = zeroblob(9) WHERE seq = 4');
    const { code, stdout, stderr } = await run(['replay', path]);
    expect([code, stdout.startsWith(whole)]).toEqual([4, true]);
    expect(stderr).toContain('item 4 of the tape, of 2026-11-23T00:00:20.000Z, is damaged');
    expect(stderr).toContain('--to 2026-11-23T00:00:10.000Z\n');
    expect(await run(['replay', path, '--to', '00:00:10'])).toMatchObject({
      code: 0,
      stdout: whole,
    });
    const report = await run(['report', 'asymmetry', path, '--to', '00:00:10']);
    expect([report.code, report.stderr]).toEqual([0, expect.stringContaining('window')]);
  });

  it('finds any byte that changes what is replayed', async () => {
    const path = await tapeOf(restart);
    const bytes = readFileSync(path);
    const transcript = ['replay', path, '--format', 'transcript'];
    const { stdout: whole } = await run(transcript);
    const used = [...bytes.keys()].filter((at) => bytes[at] !== 0);
    const place = fc.nat(used.length - 1).map((index) => used[index]!);
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= flip;
        writeFileSync(path, changed);
        const ran = await run(['verify', path, '--rebuild']);
        expect([0, 1, 4]).toContain(ran.code);
        // Whose file it is, and of which format, are read before anything else.
        if (ran.code === 1) {
          expect(ran.stderr).toMatch(/no conntape recording|newer conntape|conntape 0\.1\.0/);
        }
        expect(ran.stderr).not.toMatch(/TypeError|undefined| at .*\.ts/);
        if (ran.code === 0) expect((await run(transcript)).stdout).toBe(whole);
      }),
      { numRuns: 150 },
    );
  });
});
