import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyRecording } from '../../src/recording/copy.ts';
import { Recording } from '../../src/recording/reader.ts';
import { run } from '../commands/running.ts';
import * as cases from '../oracle/cases.ts';
import { IS_STARTABLE, readOnly, runReading } from './readOnly.ts';
import { HEADER, importInto, openWriter, snapshotOf, temporaryFolder } from './tapes.ts';

const BEHIND = 'it may lack what was recorded last';

/** A recorder that has kept some snapshots and goes on. */
function recording(path: string) {
  const writer = openWriter(path, HEADER);
  let number = 0;
  const append = () => {
    number++;
    writer.append(snapshotOf(number * 1000, `1 0 0 0 0 0 IRt ${number} 2 ${number + 5}`));
  };
  for (let count = 0; count < 5; count++) append();
  onTestFinished(() => writer.close());
  return { writer, append };
}

function copyFiles(from: string, to: string, suffixes: readonly string[]): void {
  for (const suffix of suffixes) copyFileSync(from + suffix, to + suffix);
}

describe('cut', () => {
  it('copies a recording whole while a recorder writes it', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.tape');
    const out = join(folder, 'b.tape');
    const { writer, append } = recording(path);
    const opened = Recording.open(path);
    const { head } = writer;
    const found = await copyRecording(opened, out, {
      signal: new AbortController().signal,
      at: 0,
      copied: append,
      checked: append,
    });
    opened.close();
    expect(writer.head).not.toBe(head);
    expect(found).toMatchObject({ head, damages: [] });
    expect(readdirSync(folder).filter((name) => name.startsWith('b'))).toEqual(['b.tape']);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const ran = await run(['verify', out, '--rebuild', '--head', head]);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toContain(`chain head ${head}`);
    const db = new Database(out, { readonly: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
    expect(db.prepare('SELECT closed FROM mark').pluck().get()).toBe(1);
    db.close();
  });

  it('says what it copied, and is the recording again', async () => {
    const folder = temporaryFolder();
    const [path, out] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
    await importInto(path, cases.restart);
    const ran = await run(['cut', path, out]);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    expect(ran.stderr).toMatch(
      /^conntape: copied 4 items into .*b\.tape, chain head [0-9a-f]{64}\n$/,
    );
    const [original, copy] = await Promise.all(
      [path, out].map((of) => run(['replay', of, '--format', 'transcript'])),
    );
    expect(copy).toEqual(original);
  });

  it('goes on being recorded into, as the recording would', async () => {
    const folder = temporaryFolder();
    const [path, out] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
    recording(path);
    expect((await run(['cut', path, out])).code).toBe(0);
    const writer = openWriter(out, HEADER);
    writer.append(snapshotOf(60_000, '1 0 0 0 0 0 IRt 7 2 64'));
    writer.close();
    expect((await run(['verify', out, '--rebuild'])).code).toBe(0);
  });

  it.each(['a file that is there', 'the recording', 'a link to it', 'its log', 'its lock'])(
    'is refused to %s',
    async (place) => {
      const folder = temporaryFolder();
      const path = join(folder, 'a.tape');
      await importInto(path, cases.restart);
      writeFileSync(join(folder, 'there'), 'kept');
      symlinkSync(path, join(folder, 'link'));
      symlinkSync(folder, join(folder, 'same'));
      const outs: Record<string, string> = {
        'a file that is there': join(folder, 'there'),
        'the recording': path,
        'a link to it': join(folder, 'link'),
        'its log': join(folder, 'same', 'a.tape-wal'),
        'its lock': `${path}-lock`,
      };
      const before = [readdirSync(folder), readFileSync(path), readFileSync(join(folder, 'there'))];
      const ran = await run(['cut', path, outs[place]!]);
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(outs[place]!)]);
      const after = [readdirSync(folder), readFileSync(path), readFileSync(join(folder, 'there'))];
      expect(after).toEqual(before);
    },
  );

  it('leaves nothing where it is interrupted, or the recording is damaged', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.tape');
    await importInto(path, cases.restart);
    const interrupted = await run(['cut', path, join(folder, 'b.tape')], {
      interrupted: AbortSignal.abort(),
    });
    expect([interrupted.code, interrupted.stderr]).toEqual([
      1,
      expect.stringContaining('interrupted'),
    ]);
    const db = new Database(path);
    db.exec('UPDATE tape SET at = at + 1 WHERE seq = 2');
    db.close();
    const damaged = await run(['cut', path, join(folder, 'b.tape')]);
    expect([damaged.code, damaged.stderr]).toEqual([
      4,
      expect.stringContaining('item 2 of the tape'),
    ]);
    expect(readdirSync(folder)).toEqual(['a.tape']);
  });
});

describe('a recording without its log', () => {
  it('is said to be possibly behind by all that read it', async () => {
    const folder = temporaryFolder();
    const [path, copy] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
    await importInto(path, cases.restart);
    const header = { ...HEADER, relay: { ...HEADER.relay, fingerprint: '' } };
    const writer = openWriter(path, header);
    writer.append(snapshotOf(cases.MIDNIGHT + 1_000_000, '1 0 0 0 0 0 IRt 7 2 64'));
    copyFiles(path, copy, ['']);
    for (const args of [
      ['info', copy],
      ['replay', copy],
      ['report', 'churn', copy],
      ['verify', copy],
      ['audit', copy],
      ['export', copy, join(folder, 'dir')],
      ['cut', copy, join(folder, 'c.tape')],
    ]) {
      const ran = await run(args);
      expect([args[0], ran.code]).toEqual([args[0], 0]);
      expect(ran.stderr).toContain(BEHIND);
    }
    expect((await run(['info', copy])).stdout).toMatch(/^state .*may lack what was recorded last/m);
    // Nor is what a reader leaves beside it taken for the log.
    expect((await run(['info', copy])).stderr).toContain(BEHIND);
    writer.close();
    copyFiles(path, `${copy}.closed`, ['']);
    const closed = await run(['info', `${copy}.closed`]);
    expect([closed.stderr, closed.stdout]).toEqual([
      '',
      expect.stringMatching(/^state +complete$/m),
    ]);
  });

  it('is not what a recording is whose recorder runs, was killed, or was just begun', async () => {
    const folder = temporaryFolder();
    const [path, copy] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
    const { append } = recording(path);
    expect((await run(['info', path])).stderr).toBe('');
    const db = new Database(path);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    expect((await run(['info', path])).stderr).toBe('');
    append();
    copyFiles(path, copy, ['', '-wal']);
    expect((await run(['info', copy])).stderr).toBe('');
    copyFiles(path, `${copy}.killed`, ['', '-wal', '-shm', '-lock']);
    expect((await run(['info', `${copy}.killed`])).stderr).toBe('');
    // Its lock does not stand for its log.
    rmSync(`${copy}.killed-wal`);
    rmSync(`${copy}.killed-shm`);
    expect((await run(['info', `${copy}.killed`])).stderr).toContain(BEHIND);
  });

  it('says so, and that nothing was recorded, where all of it was in the log', async () => {
    const folder = temporaryFolder();
    const [path, copy] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
    recording(path);
    copyFiles(path, copy, ['']);
    const ran = await run(['info', copy]);
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain(BEHIND);
  });
});

it('info counts what lies in the log', async () => {
  const path = join(temporaryFolder(), 'a.tape');
  recording(path);
  const bytes = statSync(path).size + statSync(`${path}-wal`).size;
  const { stdout } = await run(['info', path]);
  expect(stdout).toMatch(
    new RegExp(`^size .* of it in its log, ${(bytes / 5).toFixed(2)} bytes an observation$`, 'm'),
  );
});

describe.skipIf(!IS_STARTABLE)('a folder in which nothing may be written', () => {
  it('holds a recording with its log that opens, and nothing stays behind', () => {
    const { folder, temporary } = readOnly((place) => {
      const path = join(temporaryFolder(), 'a.tape');
      recording(path);
      copyFiles(path, join(place, 'a.tape'), ['', '-wal']);
    });
    const path = join(folder, 'a.tape');
    const ran = runReading(['replay', path, '--at', '00:00:05'], temporary);
    expect(ran).toMatchObject({ code: 0, stdout: '1 0 0 0 0 0 IRt 5 2 10\n' });
    const verified = runReading(['verify', path, '--rebuild'], temporary);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whole: 6 items/) });
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['a.tape', 'a.tape-wal']);
  });

  it('holds a copy that cut made, and one that lacks its log, which is said', async () => {
    const made = temporaryFolder();
    recording(join(made, 'a.tape'));
    await run(['cut', join(made, 'a.tape'), join(made, 'b.tape')]);
    const { folder, temporary } = readOnly((place) => {
      copyFiles(join(made, 'b.tape'), join(place, 'b.tape'), ['']);
      const path = join(made, 'c.tape');
      openWriter(path, HEADER).close();
      const writer = openWriter(path, HEADER);
      copyFiles(path, join(place, 'c.tape'), ['']);
      writer.close();
    });
    const whole = runReading(['info', join(folder, 'b.tape')], temporary);
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    const behind = runReading(['info', join(folder, 'c.tape')], temporary);
    expect([behind.code, behind.stderr]).toEqual([0, expect.stringContaining(BEHIND)]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['b.tape', 'c.tape']);
  });

  it('leaves nothing behind where the recording is damaged', () => {
    const { folder, temporary } = readOnly((place) => {
      const path = join(temporaryFolder(), 'a.tape');
      recording(path);
      copyFiles(path, join(place, 'a.tape'), ['', '-wal']);
      const db = new Database(join(place, 'a.tape'));
      db.exec('UPDATE tape SET at = at + 1 WHERE seq = 3');
      db.pragma('wal_checkpoint(PASSIVE)');
      copyFiles(join(place, 'a.tape'), join(place, 'b.tape'), ['', '-wal']);
      db.close();
    });
    const ran = runReading(['replay', join(folder, 'b.tape')], temporary);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain(join(folder, 'b.tape'));
    expect(ran.stderr).not.toContain(temporary);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
