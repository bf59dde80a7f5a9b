/**
 * Whatever prints, wherever it does: on terminals of any width, without colour, in a pipe, for a
 * reader that goes away, on a full disk.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  DATA,
  demonstrated,
  HELPS,
  MISTAKES,
  TABLES,
  TEXTS,
  tooWide,
  unstyled,
} from './printing.ts';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

const { tape, demo, run, runOnce } = demonstrated();

const ESCAPE = '\u001b';

describe.each([60, 80, 200])('on a terminal of %i columns', (columns) => {
  it.each([...TABLES, ...TEXTS, ...HELPS, ...MISTAKES])(
    'nothing is broken of "$line"',
    async (printing) => {
      const { code, stdout, stderr } = await runOnce(printing.line, columns);
      expect(code).toBe(printing.code);
      expect(stdout + stderr).not.toBe('');
      expect(tooWide(stdout, columns)).toEqual([]);
      expect(tooWide(stderr, columns)).toEqual([]);
    },
  );
});

describe('what a terminal is too narrow for', () => {
  it.each([
    ['report connections TAPE', '(--columns names what is, --format csv has all)'],
    ['report all TAPE', '(conntape report NAME --format csv has all)'],
    ['replay TAPE --at 03:12 --format table', '(--format csv has all)'],
  ])('is named, with where it is: %s', async (line, remedy) => {
    const { stderr } = await runOnce(line, 60);
    expect(stderr.replace(/\s+/g, ' ')).toMatch(/not shown: [a-z_, ]+ \(/);
    expect(stderr.replace(/\s+/g, ' ')).toContain(remedy);
  });
});

/** To the first column, and the line clear. */
const CLEAR_LINE = '\r\u001b[K';

describe('how far it is', () => {
  it.each([
    'verify TAPE --rebuild',
    'report asymmetry TAPE --bucket 1m --format json',
    'report asymmetry TAPE --limit 1 > FILE',
    'report churn TAPE --port 9001',
    'report all TAPE',
    'audit TAPE',
    'compare TAPE --from -10m --with -20m..-10m',
  ])('is on a line that is clear before anything else: %s', async (line) => {
    let ms = 0;
    const monotonic = () => {
      ms += 300;
      return ms;
    };
    const [command = '', redirected] = line.split(' > ');
    const isTerminal = redirected === undefined;
    const { screen } = await run(command, { columns: 80, isTerminal, monotonic });
    const drawn = screen.split(CLEAR_LINE).filter((text) => /^[a-z ]+: .* %/.test(text));
    expect(drawn.length).toBeGreaterThan(10);
    expect(drawn.filter((text) => !/^[a-z ]+: (?:\d\d?|100) %.*$/.test(text))).toEqual([]);
    expect(screen.split(CLEAR_LINE).at(-1)).not.toBe(drawn.at(-1));
  });
});

describe('a demo', () => {
  it('is as narrow as its terminal', () => {
    const { code, stdout, stderr } = demo();
    expect(code).toBe(0);
    expect(stdout).toContain('  03:35  ▃');
    expect([tooWide(stdout, 60), tooWide(stderr, 60)]).toEqual([[], []]);
  });
});

describe('what a terminal obeys', () => {
  it.each([...TEXTS, ...DATA, ...HELPS, ...MISTAKES])('is not in "$line"', async ({ line }) => {
    const piped = await runOnce(line);
    expect(piped.stdout + piped.stderr).not.toContain(ESCAPE);
    const shown = await runOnce(line, 80);
    if (!(shown.stdout + shown.stderr).includes(ESCAPE)) return;
    const plain = await run(line, { columns: 80, env: { NO_COLOR: '1' } });
    expect([plain.stdout, plain.stderr]).toEqual([unstyled(shown.stdout), unstyled(shown.stderr)]);
  });
});

describe('a reader that goes away', () => {
  it.each([...TEXTS, ...DATA, ...HELPS])('is no error of "$line"', async ({ line, code }) => {
    const whole = await runOnce(line);
    const ran = await run(line, { breaks: { after: 1, code: 'EPIPE' } });
    expect([whole.code, ran.code]).toEqual([code, code]);
    expect(ran.stderr).toBe(whole.stderr);
    expect(whole.stdout.startsWith(ran.stdout)).toBe(true);
  });

  it('is not computed for either', async () => {
    for (const format of ['listing', 'table', 'csv', 'json', 'transcript']) {
      const { waits } = await run(`replay TAPE --format ${format} --speed 60`, {
        breaks: { after: 100, code: 'EPIPE' },
      });
      expect(waits.length).toBeLessThan(5);
    }
  });

  // Node's own warnings and traces are a process's.
  it.each([
    [0, 'report all'],
    [3, 'audit --fail-on warning'],
    [0, 'audit --help'],
  ])('ends the process with %i: %s | head -1', (code, line) => {
    const operand = line.endsWith('--help') ? '' : `'${tape}'`;
    const { stdout, stderr } = spawnSync(
      'bash',
      [
        '-c',
        `"$0" "$1" ${line} ${operand} | head -1 >&2; echo "\${PIPESTATUS[0]}"`,
        process.execPath,
        MAIN,
      ],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe(`${code}\n`);
    const said = stderr.split('\n').filter((text) => !text.startsWith('conntape: window '));
    // And the line that was read.
    expect(said).toHaveLength(2);
  });
});

describe('standard output on a full disk', () => {
  it.each([...TEXTS, ...DATA, ...HELPS])('is an error of "$line"', async ({ line }) => {
    const whole = await runOnce(line);
    const ran = await run(line, { breaks: { after: 0, code: 'ENOSPC' } });
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toBe(
      `${whole.stderr}conntape: writing the output: ENOSPC: write\n  check that the disk is not full, and that the folder is there and yours\n`,
    );
  });

  it
    .skipIf(process.platform !== 'linux')
    .each([
      'report all',
      'report churn --output /dev/full',
      'report churn --output /dev/stdout',
      'audit --help',
    ])('ends the process with 1: %s > /dev/full', (line) => {
    const operand = line.endsWith('--help') ? '' : `'${tape}'`;
    const script = `exec "$0" "$1" ${line} ${operand} > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, MAIN], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr.replace(/^conntape: window .*\n/, '')).toMatch(
      /^conntape: writing the output: ENOSPC.*\n {2}check that the disk is not full, .*\n$/,
    );
  });
});
