/** What is written: whole or not at all, and never over a recording. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { text as allOf } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { gaps, stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder, writeTranscript } from '../recording/tapes.ts';
import { run } from './running.ts';

/** A recording in a folder of its own. */
async function recorded() {
  const folder = temporaryFolder();
  const tape = join(folder, 'a.tape');
  await importInto(tape, gaps);
  return { folder, tape, bytes: readFileSync(tape) };
}

/** The same with a frame that cannot be read: a report finds out in the midst of its work. */
async function damaged() {
  const world = await recorded();
  const db = new Database(world.tape);
  db.exec("UPDATE tape SET payload = x'00' WHERE seq = (SELECT max(seq) FROM tape WHERE kind = 2)");
  db.close();
  return { ...world, bytes: readFileSync(world.tape) };
}

const report = (tape: string, output: string) =>
  run(['report', 'asymmetry', tape, '--output', output]);

/** Ways to name something in the folder of a recording that is, or will be, one of its files. */
const HARMFUL: readonly [name: string, (folder: string) => string][] = [
  ['the recording', (folder) => join(folder, 'a.tape')],
  ['the same by a roundabout way', (folder) => `${folder}/./${basename(folder)}/../a.tape`],
  [
    'a symbolic link',
    (folder) => {
      symlinkSync('a.tape', join(folder, 'link.csv'));
      return join(folder, 'link.csv');
    },
  ],
  [
    'a hard link',
    (folder) => {
      linkSync(join(folder, 'a.tape'), join(folder, 'hard.csv'));
      return join(folder, 'hard.csv');
    },
  ],
  [
    'a way through a linked folder',
    (folder) => {
      symlinkSync(folder, join(folder, 'around'));
      return join(folder, 'around', 'a.tape');
    },
  ],
  ...['-wal', '-shm', '-lock', '-journal'].map((suffix): [string, (folder: string) => string] => [
    `what is not there yet, ${suffix}`,
    (folder) => join(folder, `a.tape${suffix}`),
  ]),
  [
    'a hard link to its log',
    (folder) => {
      writeFileSync(join(folder, 'a.tape-wal'), '');
      linkSync(join(folder, 'a.tape-wal'), join(folder, 'log.csv'));
      return join(folder, 'log.csv');
    },
  ],
  [
    'a link to its log that is not there yet',
    (folder) => {
      symlinkSync('a.tape-wal', join(folder, 'later.csv'));
      return join(folder, 'later.csv');
    },
  ],
];

describe('a recording', () => {
  it.each(HARMFUL)('is not what --output writes: %s', async (_name, make) => {
    const { folder, tape, bytes } = await recorded();
    mkdirSync(join(folder, basename(folder)));
    const output = make(folder);
    const before = readdirSync(folder);
    const ran = await report(tape, output);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/recording/);
    expect(ran.stderr).toContain('nothing is ever written over a recording');
    expect(readFileSync(tape).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('that is not the one that is read is spared too, its log and lock as well', async () => {
    const [read, other] = [await recorded(), await recorded()];
    for (const suffix of ['', '-wal', '-lock']) {
      expect((await report(read.tape, other.tape + suffix)).code).toBe(2);
    }
    expect(readdirSync(other.folder)).toEqual(['a.tape']);
    expect(readFileSync(other.tape).equals(other.bytes)).toBe(true);
  });

  it('is not what a name that only looks like it means', async () => {
    const { folder, tape } = await recorded();
    for (const name of ['b.tape-wal', 'a.tape.csv', 'a.tape-walk']) {
      expect((await report(tape, join(folder, name))).code).toBe(0);
    }
  });

  it('is not what export or demo write, and neither writes anything then', async () => {
    const { tape, bytes } = await recorded();
    for (const command of [['export', tape], ['demo']]) {
      const dir = temporaryFolder();
      symlinkSync(tape, join(dir, 'runs.csv'));
      const ran = await run([...command, dir]);
      expect([ran.code, ran.stdout]).toEqual([2, '']);
      expect(readdirSync(dir)).toEqual(['runs.csv']);
    }
    expect(readFileSync(tape).equals(bytes)).toBe(true);
  });

  it('that no demo made is left alone by demo', async () => {
    const { tape } = await recorded();
    const dir = temporaryFolder();
    linkSync(tape, join(dir, 'demo.tape'));
    const ran = await run(['demo', dir]);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('no demo')]);
    expect(readdirSync(dir)).toEqual(['demo.tape']);
    expect(statSync(join(dir, 'demo.tape')).ino).toBe(statSync(tape).ino);
  });

  it.each(['-wal', '-shm', '-lock'])('has %s for a name, which no other takes', async (suffix) => {
    const { folder, tape } = await recorded();
    const transcript = join(folder, 'a.jsonl');
    writeTranscript(transcript, stillOpen);
    const [name, control] = [tape + suffix, ['--control', '127.0.0.1:1']];
    for (const args of [
      ['import', transcript, name],
      ['record', name, ...control],
      ['serve', '--listen', `unix:${name}`, ...control],
      ['serve', '--recording', tape, '--listen', `unix:${name}`],
      ['serve', '--listen-cookie-file', name, ...control],
    ]) {
      const ran = await run(args);
      expect([args, ran.code]).toEqual([args, 2]);
      expect(ran.stderr).toContain(`it belongs to the recording ${tape}`);
    }
    expect(readdirSync(folder).sort()).toEqual(['a.jsonl', 'a.tape']);
  });

  it('is not what standard output is appended to', async () => {
    const { tape, bytes } = await recorded();
    const file = openSync(tape, 'a');
    for (const command of ['info', 'replay', 'audit', 'verify']) {
      const args = [join(import.meta.dirname, '../../dist/main.js'), command, tape];
      const { status, stderr } = spawnSync(process.execPath, args, {
        stdio: ['ignore', file, 'pipe'],
        encoding: 'utf8',
      });
      expect([command, status, stderr]).toEqual([command, 2, expect.stringMatching('recording')]);
    }
    closeSync(file);
    expect(readFileSync(tape).equals(bytes)).toBe(true);
  });
});

describe('import', () => {
  it('does not remove the transcript on its way', async () => {
    const folder = temporaryFolder();
    const transcript = join(folder, 'night.partial');
    writeTranscript(transcript, stillOpen);
    expect((await run(['import', transcript, join(folder, 'night')])).code).toBe(2);
    expect(readFileSync(transcript, 'utf8')).toContain('transcript');
  });

  it('takes a link that leads nowhere for a file that is there', async () => {
    const folder = temporaryFolder();
    symlinkSync('nothing', join(folder, 'a.tape'));
    const ran = await run(['import', '-', join(folder, 'a.tape')], { stdin: stillOpen.join('\n') });
    expect([ran.code, readdirSync(folder)]).toEqual([2, ['a.tape']]);
  });
});

describe('a file named by --output', () => {
  it('is as it was where the report fails, and nothing lies beside it', async () => {
    const { folder, tape } = await damaged();
    const output = join(folder, 'out.csv');
    writeFileSync(output, 'what was there');
    const ran = await report(tape, output);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).not.toContain('writing');
    expect(readFileSync(output, 'utf8')).toBe('what was there');
    expect(readdirSync(folder).sort()).toEqual(['a.tape', 'out.csv']);
    expect((await report(tape, join(folder, 'new.csv'))).code).not.toBe(0);
    expect(existsSync(join(folder, 'new.csv'))).toBe(false);
  });

  it('has the mode that the umask gives, or that of the file before', async () => {
    const { folder, tape } = await recorded();
    const output = join(folder, 'out.csv');
    await report(tape, output);
    expect(statSync(output).mode & 0o777).toBe(0o666 & ~process.umask());
    chmodSync(output, 0o604);
    const { ino } = statSync(output);
    await report(tape, output);
    expect(statSync(output).mode & 0o777).toBe(0o604);
    expect(statSync(output).ino).not.toBe(ino);
    expect(readdirSync(folder).sort()).toEqual(['a.tape', 'out.csv']);
  });

  it('may be named by links, which stay', async () => {
    const { folder, tape } = await recorded();
    mkdirSync(join(folder, 'deep'));
    symlinkSync('deep/real.csv', join(folder, 'one'));
    symlinkSync('one', join(folder, 'two'));
    for (const _ of ['made', 'replaced']) {
      expect((await report(tape, join(folder, 'two'))).code).toBe(0);
      expect(lstatSync(join(folder, 'two')).isSymbolicLink()).toBe(true);
      expect(lstatSync(join(folder, 'one')).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(folder, 'deep', 'real.csv'), 'utf8')).toMatch(/^bucket_start,/);
      expect(readdirSync(join(folder, 'deep'))).toEqual(['real.csv']);
    }
  });

  it('may have the longest of names', async () => {
    const { folder, tape } = await recorded();
    const output = join(folder, `${'x'.repeat(251)}.csv`);
    expect((await report(tape, output)).code).toBe(0);
    expect(existsSync(output)).toBe(true);
  });

  it.each<[string, (folder: string) => string]>([
    ['a folder', (folder) => folder],
    ['a name that ends as a folder’s', (folder) => join(folder, 'new/')],
    ['no name', () => ''],
    ['a way through a folder that is not there', (folder) => `${folder}/nowhere/../out.csv`],
    ['a folder that is not there', (folder) => join(folder, 'nowhere', 'out.csv')],
    [
      'a link into a folder that is not there',
      (folder) => {
        symlinkSync('nowhere/out.csv', join(folder, 'link'));
        return join(folder, 'link');
      },
    ],
    ['a file in place of a folder', (folder) => join(folder, 'a.tape', 'out.csv')],
    [
      'a link to itself',
      (folder) => {
        symlinkSync('self', join(folder, 'self'));
        return join(folder, 'self');
      },
    ],
    ['the system’s own files', () => '/proc/out.csv'],
  ])('is refused before anything is computed: %s', async (_name, make) => {
    // A recording that fails a report would tell.
    const { folder, tape } = await damaged();
    const output = make(folder);
    const before = readdirSync(folder);
    const ran = await report(tape, output);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/^conntape: writing /);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.skipIf(process.getuid?.() === 0)('is refused where it is not ours to write', async () => {
    const { folder, tape } = await damaged();
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    writeFileSync(join(folder, 'read-only.csv'), 'mine', { mode: 0o400 });
    chmodSync(closed, 0o500);
    expect((await report(tape, join(closed, 'out.csv'))).code).toBe(2);
    expect((await report(tape, join(folder, 'read-only.csv'))).code).toBe(2);
    chmodSync(closed, 0o700);
  });

  it('that is a pipe is written as it comes', async () => {
    const { folder, tape } = await recorded();
    const pipe = join(folder, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const [ran, text] = await Promise.all([report(tape, pipe), allOf(createReadStream(pipe))]);
    expect(ran.code).toBe(0);
    expect(text).toBe((await run(['report', 'asymmetry', tape, '--format', 'csv'])).stdout);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it('that is a device is written as it comes', async () => {
    const { tape } = await recorded();
    expect((await report(tape, '/dev/null')).code).toBe(0);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('that is /dev/stdout goes where standard output goes, a file too', async () => {
    const { folder, tape } = await recorded();
    const csv = (await run(['report', 'churn', tape, '--format', 'csv'])).stdout;
    const args = [
      join(import.meta.dirname, '../../dist/main.js'),
      ...['report', 'churn', tape, '--output', '/dev/stdout'],
    ];
    expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout).toBe(csv);
    const output = join(folder, 'out.csv');
    const file = openSync(output, 'w');
    const { ino } = statSync(output);
    spawnSync(process.execPath, args, { stdio: ['ignore', file, 'inherit'] });
    closeSync(file);
    expect(readFileSync(output, 'utf8')).toBe(csv);
    expect(statSync(output).ino).toBe(ino);
  });
});

describe('export', () => {
  it('says at once that its folder cannot be made', async () => {
    const { folder, tape } = await damaged();
    for (const dir of [join(tape, 'dir'), tape, '/proc/dir/deeper']) {
      const ran = await run(['export', tape, dir]);
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('making the folder')]);
    }
    expect(readdirSync(folder)).toEqual(['a.tape']);
  });

  it('says at once that a file of its cannot be written', async () => {
    const { folder, tape } = await damaged();
    const dir = join(folder, 'dir');
    mkdirSync(join(dir, 'snapshots.csv'), { recursive: true });
    const ran = await run(['export', tape, dir]);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('snapshots.csv')]);
    expect(readdirSync(dir)).toEqual(['snapshots.csv']);
  });

  it('that fails in the midst leaves whole files alone', async () => {
    const { folder, tape } = await damaged();
    const whole = join(folder, 'whole');
    const dir = join(folder, 'dir');
    mkdirSync(dir);
    writeFileSync(join(dir, 'asymmetry.csv'), 'what was there');
    const { tape: sound } = await recorded();
    await run(['export', sound, whole]);
    expect((await run(['export', tape, dir])).code).not.toBe(0);
    expect(readFileSync(join(dir, 'asymmetry.csv'), 'utf8')).toBe('what was there');
    for (const file of readdirSync(dir)) {
      expect(file).toMatch(/^[a-z]+\.csv$/);
      if (file === 'asymmetry.csv') continue;
      expect(readFileSync(join(dir, file), 'utf8')).toBe(readFileSync(join(whole, file), 'utf8'));
    }
  });
});
