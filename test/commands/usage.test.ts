/** What a user is told who asks for help, or gets something wrong. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const COMMANDS = [
  'record',
  'import',
  'info',
  'replay',
  'serve',
  'report',
  'export',
  'audit',
  'answer',
  'verify',
  'demo',
];

async function tape(): Promise<{ folder: string; path: string }> {
  const folder = temporaryFolder();
  const path = join(folder, 'a.tape');
  await importInto(path, stillOpen);
  return { folder, path };
}

describe('help', () => {
  it.each([[[]], ...COMMANDS.map((command) => [[command]])])(
    'of %j has an example and succeeds',
    async (command) => {
      const { code, stdout, stderr } = await run([...command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Examples?:\n(?: {2}\$ .*\n?)+/m);
      expect(stderr).toBe('');
    },
  );

  it('names every command', async () => {
    const { stdout } = await run(['--help']);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  it('tells the version, alone', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('gives examples of command lines that are ones', async () => {
    const { folder, path } = await tape();
    const head = /[0-9a-f]{64}/.exec((await run(['verify', path])).stdout)![0];
    let tried = 0;
    for (const command of [
      'replay',
      'report',
      'info',
      'verify',
      'export',
      'audit',
      'answer',
      'cut',
    ]) {
      const { stdout } = await run([command, '--help']);
      for (const [, line] of stdout.matchAll(/^ {2}\$ conntape ([^>|\n]*)/gm)) {
        // The one ends when it is stopped, the other needs a relay's: its own tests try it.
        if (line!.includes('--follow') || line!.includes('parquet')) continue;
        const args = line!
          .trim()
          .split(' ')
          .map((word) => (/^(copy|incident)\.tape$/.test(word) ? join(folder, word) : word))
          .map((word) => (word === 'relay.tape' ? path : word.replace(/^03:4\d$/, '00:00:10')))
          .map((word) => word.replace(/^[0-9a-f]{64}$/, head))
          .map((word) => (/^[a-z]+$|\.csv$/.test(word) && word === 'incident' ? folder : word))
          .map((word) => (/\.(?:csv|html)$/.test(word) ? join(folder, word) : word));
        const ran = await run(args);
        tried++;
        expect([line, ran.code, ran.code === 0 ? '' : ran.stderr]).toEqual([line, 0, '']);
      }
    }
    expect(tried).toBe(23);
  });
});

/** RECORDING, FOLDER and MISSING stand for paths. */
const WRONG: readonly [args: string, stderr: RegExp][] = [
  ['', /Usage: conntape/],
  ['rewind RECORDING', /unknown command 'rewind'/],
  ['info RECORDING --colour', /unknown option '--colour'/],
  ['info', /missing required argument 'recording'/],
  ['info RECORDING RECORDING', /too many arguments/],
  ['replay RECORDING --format xml', /Allowed choices are listing, table, csv, json, transcript/],
  ['report connections RECORDING --format xml', /Allowed choices are table, csv, json, ndjson/],
  ['report gossip RECORDING', /Allowed choices are connections, circuits, churn/],
  ['report churn RECORDING --bucket 10', /it has no unit\n {2}write it as 500ms, 10s/],
  ['report churn RECORDING --bucket 1x', /the duration "1x".*\n {2}write it as/],
  ['report churn RECORDING --from soon', /the time "soon": it is not a time\n {2}write it as/],
  ['replay RECORDING --at 00:00:10CET', /a zone is Z or an offset such as \+01:00/],
  [
    'record NEW --control /run/tor/control',
    /it is a path\n {2}a socket is unix:\/run\/tor\/control/,
  ],
  ['audit RECORDING --set bandwidth-hog.share=2', /the rule could never fire\n {2}it is 1 at most/],
  ['audit RECORDING --set beacon.chance=0', /the rule could never fire\n {2}it is above 0/],
  ['replay RECORDING --at 25:00', /the time "25:00": it is not a time\n {2}write it as/],
  ['replay RECORDING --at 2026-02-30', /there is no 2026-02-30/],
  [
    'replay RECORDING --from 00:00:20 --to 00:00:10',
    /--from 2026-11-23T00:00:20.000Z is after --to 2026-11-23T00:00:10.000Z/,
  ],
  ['replay RECORDING --at 00:00:10 --from 00:00:00', /'--at <time>' cannot be used with/],
  ['replay RECORDING --speed 0', /not a number above 0/],
  ['replay RECORDING --speed fast', /not a number above 0/],
  ['import - RECORDING', /there is a file already\n {2}import into a new file/],
  ['import - NEW --round 0', /not a number of bytes from 1/],
  ['import - NEW --round 1.5', /not a number of bytes from 1/],
  ['record NEW --interval 99ms', /99ms is too short\n {2}it is at least 100ms/],
  ['record NEW --dump 0s', /0s is too short\n {2}it is at least 1s/],
  ['report churn RECORDING --bucket 100ms', /100ms is too short\n {2}it is at least 1s/],
  ['record NEW --interval fast', /the duration "fast"/],
  ['record NEW --for 1', /it has no unit/],
  ['record NEW --control 127.0.0.1:65536', /the port is not a number.*\n {2}give HOST:PORT/],
  ['record NEW --control unix:', /the path is empty\n {2}give HOST:PORT/],
  ['record NEW --source both', /Allowed choices are auto, native, stock/],
  [
    'report churn RECORDING --output MISSING/x.csv',
    /: there is no folder .*MISSING\n {2}make it, or name another/,
  ],
  ['report churn RECORDING --output TEXT/x.csv', /: .*TEXT is not a folder\n {2}name another/],
  ['report churn RECORDING --output LOST', /: there is no folder .*nowhere\n {2}make it/],
  ['report churn RECORDING --output FOLDER', /: it is a folder\n {2}name a file in it/],
  ['audit RECORDING --metrics-file MISSING/a.prom', /: there is no folder .*MISSING\n {2}make it/],
  ['audit RECORDING --metrics-file FOLDER', /: it is a folder\n {2}name a file in it/],
  [
    'audit RECORDING --metrics-file NEW.PROM',
    /: its name does not end in .prom\n {2}node_exporter/,
  ],
  ['audit RECORDING --metrics-file NEW.txt', /: its name does not end in .prom\n {2}node_exporter/],
  ['record NEW --status-file FOLDER', /: it is a folder\n {2}name a file in it/],
  ['record NEW --status-file NEW.PROM', /but not in small letters\n {2}node_exporter reads/],
  ['record NEW --status-file DEVICE', /DEVICE: it is not a regular file\n {2}name a file that/],
  ['export RECORDING RECORDING', /making the folder/],
];

const FAILING: readonly [args: string, stderr: RegExp][] = [
  ['info MISSING', /there is no such file\n {2}make one with/],
  ['replay MISSING', /there is no such file\n {2}make one with/],
  ['report churn MISSING', /there is no such file\n {2}make one with/],
  ['export MISSING NEW', /there is no such file\n {2}make one with/],
  ['verify MISSING', /there is no such file\n {2}make one with/],
  [
    'info FOLDER',
    /opening the recording .*FOLDER: it is a folder\n {2}name a recording in it, or ask all of them: conntape fleet audit \S*FOLDER\n/,
  ],
  ['record FOLDER', /recording into .*FOLDER: it is a folder\n {2}name a recording in it/],
  ['record MISSING/a.tape', /its folder is not there\n {2}make the folder first/],
  ['record TEXT/a.tape', /its folder is a file\n {2}name a place in a folder/],
  ['info TEXT', /opening the recording .*TEXT: it is not a conntape recording/],
  ['verify TEXT', /opening the recording .*TEXT: it is not a conntape recording/],
  ['info EMPTY', /EMPTY.*: it is not a conntape recording/],
  [
    'replay RECORDING --at 2026-11-22',
    /nothing was recorded at 2026-11-22.*\n {2}it holds 2026-11-23.*snapshots/,
  ],
  ['import MISSING NEW', /reading the transcript .*MISSING.*\n {2}a transcript is JSON lines/],
  ['import FOLDER NEW', /reading the transcript .*FOLDER.*\n {2}a transcript is JSON lines/],
  ['record TEXT --control 127.0.0.1:1', /127.0.0.1:1: nothing listens there\n {2}is Tor running/],
  ['record NEW --password-file MISSING', /reading the password from .*MISSING/],
  ['record NEW --password-file FOLDER', /reading the password from .*FOLDER/],
];

describe('what goes wrong', () => {
  it.each([
    ...WRONG.map(([args, stderr]) => ({ args, code: 2, stderr })),
    ...FAILING.map(([args, stderr]) => ({ args, code: 1, stderr })),
  ])('$args: exit $code, and the next step', async ({ args, code, stderr }) => {
    const { folder, path } = await tape();
    const paths: Record<string, string> = { RECORDING: path };
    for (const name of ['MISSING', 'FOLDER', 'TEXT', 'EMPTY', 'NEW', 'LOST', 'DEVICE']) {
      paths[name] = join(folder, name);
    }
    mkdirSync(paths['FOLDER']!);
    writeFileSync(paths['TEXT']!, 'no database, but long enough to be taken for one'.repeat(100));
    writeFileSync(paths['EMPTY']!, '');
    symlinkSync(join(folder, 'nowhere', 'x.csv'), paths['LOST']!);
    // A link: a program that fails here takes the place of that alone.
    symlinkSync('/dev/null', paths['DEVICE']!);
    const words = args === '' ? [] : args.split(' ');
    const ran = await run(words.map((word) => word.replace(/^[A-Z]+/, (name) => paths[name]!)));
    expect(ran.stderr).toMatch(stderr);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).not.toMatch(/ at .*\.[jt]s:\d+/);
  });

  it('shows nothing that a terminal obeys', async () => {
    const { code, stderr } = await run(['info', '/no/\u001b[2Jsuch\nfile']);
    expect(code).toBe(1);
    expect(stderr).toContain('/no/\\u001b[2Jsuch\\u000afile');
  });
});
