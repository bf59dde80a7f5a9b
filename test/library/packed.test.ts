/** The package as it is published: its one entry, its types, its example, and that all else is closed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_NAMES } from '../../src/library/recording.ts';
import { run } from '../commands/running.ts';
import * as cases from '../oracle/cases.ts';
import { importInto } from '../recording/tapes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A folder of another program, into which the packed tarball is installed. */
const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
const tape = join(folder, 'relay.tape');

function ran(command: string, args: readonly string[], cwd = folder) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

function node(...args: readonly string[]) {
  return ran(process.execPath, args);
}

/** Compiles a program of that folder, the package's declarations and their own checked too. */
function compiled(name: string, text: string, types: readonly string[]) {
  writeFileSync(join(folder, `${name}.ts`), text);
  const compilerOptions = {
    ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
    ...{ target: 'es2022', module: 'nodenext', lib: ['es2022'], types },
  };
  const config = join(folder, `${name}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  return ran(join(ROOT, 'node_modules/.bin/tsc'), ['-p', config]);
}

/** The whole program in the comment of `openRecording`. */
function example(): string {
  const source = readFileSync(join(ROOT, 'src/library/recording.ts'), 'utf8');
  const [, text] = / \* ```ts\n([\s\S]*?) \* ```/.exec(source)!;
  return text!.replace(/^ \* ?/gm, '');
}

beforeAll(async () => {
  const packed = ran('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], ROOT);
  expect([packed.status, packed.stderr]).toEqual([0, expect.any(String)]);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'conntape'), { recursive: true });
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1)!);
  const into = ['-C', join(modules, 'conntape'), '--strip-components', '1'];
  expect(ran('tar', ['-xzf', tarball, ...into]).status).toBe(0);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // Of the development dependencies Node's types alone, which most programs have.
  mkdirSync(join(modules, '@types'));
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await importInto(tape, cases.gaps);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('has an example that compiles, runs and says what `report` says', async () => {
    const { status, stdout } = compiled('example', example(), ['node']);
    expect([status, stdout]).toEqual([0, '']);
    const there = node('example.js', tape);
    expect([there.status, there.stderr]).toEqual([0, '']);
    const { stdout: churn } = await run(['report', 'churn', tape, '--bucket', '1m']);
    const columns = churn.split('\n')[0]!.split(/ +/);
    const lines = there.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('2026-11-23T00:00:00.000Z 2 1');
    expect(lines[5]).toContain('nothing was seen for 30 s: ');
    expect(lines[6]).toBe('nothing was seen for 6 s: control port closed');
    expect(lines[7]!.split(', ').map((column) => column.split(' ')[0])).toEqual(columns);
    expect(lines.slice(8)).toHaveLength(2);
  });

  it('has an example that fails by kind', () => {
    expect(compiled('example', example(), ['node']).status).toBe(0);
    const missing = node('example.js', join(folder, 'none.tape'));
    expect([missing.status, missing.stdout]).toEqual([1, '']);
    expect(missing.stderr).toMatch(/^recording: .*none\.tape: there is no such file/);
  });

  it('has types that need neither those of Node nor those of SQLite', () => {
    const text = `
      import {
        type Cell, type Column, ConntapeError, connAll, type ErrorKind, type Header, openRecording,
        REPORT_NAMES, type RecordedEntry, type RecordedGap, type RecordedSession,
        type RecordedSnapshot, type RecordingReader, type ReportQuestion, type Row, type Table,
      } from 'conntape/recording';

      export function read(path: string): string | undefined {
        const recording: RecordingReader = openRecording(path);
        const sessions: readonly RecordedSession[] = recording.sessions;
        const header: Header | undefined = sessions[0]?.header;
        const snapshot: RecordedSnapshot | undefined = recording.snapshotAt(0);
        const entry: RecordedEntry | undefined = snapshot?.entries[0];
        const gaps: readonly RecordedGap[] = recording.gaps({ from: 0 });
        const question: ReportQuestion = { from: undefined, bucketMs: 1000, thresholds: { a: 1 } };
        const tables: readonly Table[] = recording.reports(REPORT_NAMES, question);
        const column: Column | undefined = tables[0]?.columns[0];
        for (const row of tables[0]!.rows) {
          const cells: Row = row;
          const cell: Cell | undefined = cells[0];
          void cell;
        }
        // @ts-expect-error: what it gives is the reader's, not to be changed.
        if (entry !== undefined) entry.read = 0;
        // @ts-expect-error: the recording behind it is closed to others.
        void recording.index;
        void [header, gaps, column];
        return snapshot === undefined ? undefined : connAll(snapshot);
      }

      export function kindOf(thrown: unknown): ErrorKind | undefined {
        return thrown instanceof ConntapeError ? thrown.kind : undefined;
      }
    `;
    const { status, stdout } = compiled('typed', text, []);
    expect([status, stdout]).toEqual([0, '']);
  });

  it('is closed but for that entry', () => {
    const closed = ['dist/library/recording.js', 'dist/recording/reader.js', 'dist/main.js'];
    for (const path of ['', ...['package.json', 'recording.js', ...closed].map((at) => `/${at}`)]) {
      const { status, stderr } = node('--input-type=module', '-e', `import 'conntape${path}'`);
      expect([path, status, stderr]).toEqual([
        path,
        1,
        expect.stringContaining('ERR_PACKAGE_PATH'),
      ]);
      const { stdout } = compiled('closed', `import 'conntape${path}';`, []);
      expect([path, stdout]).toEqual([path, expect.stringMatching(/TS(?:2307|2882)/)]);
    }
  });

  it('is there for `require`, too', () => {
    const text = `const { REPORT_NAMES } = require('conntape/recording'); console.log(REPORT_NAMES.join())`;
    const { status, stdout } = node('--input-type=commonjs', '-e', text);
    expect([status, stdout]).toEqual([0, `${REPORT_NAMES.join()}\n`]);
  });

  it('still has its program', async () => {
    const bin = join(folder, 'node_modules/conntape/dist/main.js');
    const { status, stdout } = node(bin, 'replay', tape);
    expect([status, stdout]).toEqual([0, (await run(['replay', tape])).stdout]);
  });
});
