/** The audit for people: what it prints, in which colours, and how it ends. */
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  calls,
  descriptors,
  INCIDENTS,
  onesided,
  outboundOnly,
  series,
  type Told,
  withheld,
} from '../findings/incidents.ts';
import { BACKGROUND, type Planted, transcriptWith } from '../findings/planted.ts';
import { gaps } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const LEAVING = withheld(750, 'ORt');
const ALONE = outboundOnly(8, [2, 8], 10);
const OUTAGE: Planted = { missed: [14, 15, 16] };

async function tapeOf(...planted: readonly Planted[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, transcriptWith(BACKGROUND, ...planted));
  return path;
}

/** The arguments of the commands that an audit prints, as a shell takes them. */
function commandsIn(audit: string): string[][] {
  return [...audit.matchAll(/^ {4}\$ conntape (.*)$/gm)].map(([, typed]) =>
    execFileSync('sh', ['-c', `printf '%s\\0' ${typed}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1),
  );
}

/** When a tape of `tapeOf` ends, at the soonest. */
const END = Date.parse('2026-11-23T20:05:00Z');

const BETWEEN_POLLS = fileURLToPath(
  new URL('../fixtures/transcripts/calls-between-polls.ndjson.gz', import.meta.url),
);

/** All behind the findings. */
function verdictOf(audit: string): string {
  return audit.slice(audit.search(/^(Looked for|Not )/m));
}

/** The rules that stand behind an opening, over its lines. */
function namesIn(audit: string, opening: string): string[] {
  const [, names = ''] = new RegExp(`^${opening}: ([^.]*)\\.$`, 'm').exec(audit) ?? [];
  return names.split(/,\s+/);
}

const ESCAPE = '\u001b[';

describe('audit', () => {
  it('tells what, why, where, and the command that shows it, which runs', async () => {
    const tape = await tapeOf(LEAVING);
    const { code, stdout } = await run(['audit', tape]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CRITICAL {2}non-relay-outbound\n {2}This relay is not an exit/);
    expect(stdout).toContain('Harmless if: ');
    expect(stdout).toContain(
      'connection 750 (run 1)  2026-11-23T20:00:20.000Z to 2026-11-23T20:01:00.000Z',
    );
    expect(stdout).toContain('value 1, threshold 1; snapshots 3..7');
    const [command] = commandsIn(stdout);
    const replayed = await run(command!);
    expect(replayed.code).toBe(0);
    // That connection, and no other, in each of these five snapshots.
    expect(command!.join(' ')).toContain('timeline');
    const rows = replayed.stdout.trimEnd().split('\n').slice(1);
    expect(rows.filter((row) => /^2026-\S+ +750 +0 +ORt/.test(row))).toHaveLength(5);
    expect(rows.every((row) => / 750 /.test(row))).toBe(true);
  });

  it('prints a command for each finding, under whatever name the recording has', async () => {
    const tape = await tapeOf(...Object.values(INCIDENTS).map(({ planted }) => planted));
    const named = join(temporaryFolder(), "it's $HOME `my` tape");
    renameSync(tape, named);
    const { stdout } = await run(['audit', named, '--bucket', '5m']);
    const commands = commandsIn(stdout);
    expect(commands.length).toBe(Object.keys(INCIDENTS).length);
    for (const command of commands) {
      expect(['replay', 'timeline', 'load', 'metrics']).toContain(
        command[command.indexOf(named) - 1],
      );
      const replayed = await run(command);
      expect(replayed.code).toBe(0);
      expect(replayed.stdout).not.toBe('');
    }
  });

  it('prints no name that would be taken for an option', async () => {
    const tape = await tapeOf(LEAVING);
    const folder = dirname(tape);
    renameSync(tape, join(folder, '-to.tape'));
    const conntape = (...args: string[]) =>
      execFileSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8' });
    const [command] = commandsIn(conntape('audit', '--', '-to.tape'));
    expect(conntape(...command!)).toMatch(/ 750 +0 +ORt /);
  });

  it('shows also the last of the openings that a beacon is of, which a later poll saw', async () => {
    const tape = await tapeOf(calls(series(13, 0.5, 39), '10.0.0.30', 3000));
    const [command] = commandsIn((await run(['audit', tape])).stdout);
    const { stdout } = await run(command!);
    const openings = new Set(stdout.match(/ 3\d\d\d(?= .* first seen )/gm));
    expect(openings.size).toBe(13);
  });

  it('tells which rules found nothing, which could not look, and that it was never blind', async () => {
    const { stdout } = await run(['audit', await tapeOf(LEAVING)], { now: END });
    expect(
      verdictOf(stdout),
    ).toBe(`Looked for and not found: unestablished-circuit, asymmetric-circuit,
  bandwidth-hog, descriptor-exhaustion, overload, recorder-gap.
Not found in what could be seen: local-network-connection,
  many-connections-one-address, many-connections-from-one-address, beacon.

Not seen
  connections shorter than 10s between two polls: conn/all lists what is open
    at a poll
    for local-network-connection, many-connections-one-address,
      many-connections-from-one-address, non-relay-outbound, beacon
  how many connections go to one address, of those that are not kept: the
    source did not count them (5 of 31 snapshots)
    for many-connections-one-address
  which of the connections whose address is not kept go to one place (5 of 31
    snapshots)
    for beacon

Not observable
  what is usual: the window holds too few whole stretches of 10 minutes,
    aligned to the hour
    for connection-cycling
  no witness was recorded
    for witness-mismatch

The recorder was never blind in these 5m.
`);
  });

  it('tells for how long the recorder was blind, of the window', async () => {
    const tape = await tapeOf(OUTAGE, { missed: [25, 26, 27] });
    const blind = async (...window: string[]) => {
      const { stdout } = await run(['audit', tape, ...window]);
      return /^The recorder was .*$/m.exec(stdout)?.[0];
    };
    expect(await blind()).toBe('The recorder was blind for 1m20s of 5m, in 2 gaps.');
    expect(await blind('--from', '20:02:30', '--to', '20:03:50')).toBe(
      'The recorder was blind for 20s of 1m20s, in 1 gap.',
    );
    expect(await blind('--from', '20:02:50', '--to', '20:03:50')).toBe(
      'The recorder was never blind in these 1m.',
    );
    const before = await run(['audit', tape, '--to', '20:02:10']);
    expect(before.stdout).toContain('The recorder was never blind in these 2m10s.');
    expect(namesIn(before.stdout, 'Looked for and not found')).toContain('recorder-gap');
  });

  it('groups what one rule found, and tells ten of many', async () => {
    const making = Array.from({ length: 12 }, (_, index) =>
      onesided(8 + index, [0, 10], 20_000, 202_000),
    );
    const tape = await tapeOf(...making);
    const { stdout } = await run(['audit', tape]);
    expect(stdout).toMatch(/^WARNING {2}asymmetric-circuit {2}12 findings\n/);
    expect(commandsIn(stdout).length).toBe(10);
    expect(stdout).toContain(`  … and 2 more: conntape report findings ${tape}\n`);
  });

  it('tells what of the window was not recorded, and when the recording ended', async () => {
    const tape = await tapeOf();
    const said = async (now: number, ...window: string[]) => {
      const { stdout } = await run(['audit', tape, ...window], { now });
      return stdout.split('\n').slice(
        stdout.split('\n').findIndex((line) => /^The recorder /.test(line)),
        -1,
      );
    };
    const never = 'The recorder was never blind in these 5m.';
    expect(await said(END)).toEqual([never]);
    expect(await said(END + 100_000)).toEqual([never]);
    expect(await said(END + 100_001)).toEqual([
      never,
      'The recording ends at 2026-11-23T20:05:00.000Z, 1m40s ago.',
    ]);
    expect(await said(END + 7_200_000, '--from', '17:00', '--to', 'now')).toEqual([
      never,
      'Nothing was recorded before 2026-11-23T20:00:00.000Z: the window begins 3h earlier.',
      'Nothing was recorded after 2026-11-23T20:05:00.000Z: the window ends 2h later.',
      'The recording ends at 2026-11-23T20:05:00.000Z, 2h ago.',
    ]);
  });

  it('of one snapshot says that it is one', async () => {
    const window = ['--from', '20:00:05', '--to', '20:00:15'];
    const { stdout } = await run(['audit', await tapeOf(), ...window]);
    expect(stdout).toContain('\nOne snapshot was looked at, of 2026-11-23T20:00:10.000Z.\n');
    expect(stdout).not.toContain('never blind');
    expect(namesIn(stdout, 'Looked for and not found')).toEqual(['recorder-gap']);
  });

  it('does not look for what lives between two polls, and says so', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    await run(['import', BETWEEN_POLLS, path]);
    const { stdout } = await run(['audit', path]);
    const looked = namesIn(stdout, 'Looked for and not found');
    const rules = ['local-network-connection', 'non-relay-outbound', 'beacon'];
    expect(looked.filter((name) => rules.includes(name))).toEqual([]);
    expect(namesIn(stdout, 'Not found in what could be seen')).toEqual(
      expect.arrayContaining(rules),
    );
    expect(stdout).toContain('  connections shorter than 10s between two polls: ');
  });

  it('shows the minutes around a gap', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    await importInto(path, gaps);
    const { stdout } = await run(['audit', path]);
    expect(stdout).toContain('The recorder was blind for 40s of 1m, in 2 gaps.');
    const commands = commandsIn(stdout);
    expect(commands.map((command) => command.slice(4, 7))).toEqual([
      ['2026-11-22T23:55:10.000Z', '--to', '2026-11-23T00:05:40.000Z'],
      ['2026-11-22T23:55:50.000Z', '--to', '2026-11-23T00:06:00.000Z'],
    ]);
    for (const command of commands) expect((await run(command)).code).toBe(0);
  });

  it('tells the worst first, of every rule', async () => {
    const tape = await tapeOf(...Object.values(INCIDENTS).map(({ planted }) => planted));
    const { stdout } = await run(['audit', tape, '--bucket', '5m']);
    const headings = [...stdout.matchAll(/^(CRITICAL|WARNING|NOTICE|INFO) {2}([\w-]+)/gm)].map(
      ([, severity, rule]) => `${severity} ${rule}`,
    );
    const named = ({ severity, rule }: Told) => `${severity.toUpperCase()} ${rule}`;
    const all = new Set(Object.values(INCIDENTS).map(({ told }) => named(told)));
    expect(new Set(headings)).toEqual(all);
    expect(headings.length).toBe(all.size);
    const ranks = headings.map((heading) => 'CWNI'.indexOf(heading[0]!));
    expect(ranks).toEqual([...ranks].sort());
    expect(stdout).not.toContain('Looked for and not found');
  });
});

describe('audit --fail-on', () => {
  it.each<[string, Planted, number, number, number, number]>([
    ['nothing', {}, 0, 0, 0, 0],
    ['a gap', OUTAGE, 3, 0, 0, 0],
    ['a notice', ALONE, 3, 3, 0, 0],
    ['a warning', descriptors(3, 4, 900), 3, 3, 3, 0],
    ['something critical', LEAVING, 3, 3, 3, 3],
  ])('ends with 3 at %s or less', async (_, planted, ...codes) => {
    const tape = await tapeOf(planted);
    for (const [place, severity] of ['info', 'notice', 'warning', 'critical'].entries()) {
      const { code, stdout } = await run(['audit', tape, '--fail-on', severity]);
      expect([severity, code]).toEqual([severity, codes[place]]);
      expect(stdout).toContain('The recorder was ');
    }
    expect((await run(['audit', tape])).code).toBe(0);
  });

  it('does not know another word', async () => {
    const { code, stdout } = await run(['audit', await tapeOf(LEAVING), '--fail-on', 'dire']);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('audit --set', () => {
  it('moves thresholds, as often as it is given', async () => {
    const tape = await tapeOf(ALONE);
    const low = ['--set', 'descriptor-exhaustion.share=0.1'];
    const high = ['--set', 'unestablished-circuit.seconds=61'];
    expect((await run(['audit', tape, ...low])).stdout).toContain('100 of 1000 descriptors');
    expect((await run(['report', 'findings', tape, ...low])).stdout).toContain('descriptor-ex');
    expect((await run(['audit', tape, ...low, ...high])).stdout).not.toContain('circuit 8');
    expect((await run(['audit', tape])).stdout).not.toContain('of 1000 descriptors');
    const again = [...low, '--set', 'descriptor-exhaustion.share=0.2'];
    expect((await run(['audit', tape, ...again])).stdout).not.toContain('of 1000 descriptors');
  });

  it.each([
    ['bandwidth-hog', /it is not RULE\.NAME=VALUE/],
    ['hog.share=1', /no threshold has that name\n {2}there are unestablished-circuit\.seconds/],
    ['bandwidth-hog.share=most', /its value is not a number/],
    ['bandwidth-hog.share=', /its value is not a number/],
    ['bandwidth-hog.share=-1', /its value is not a number/],
    ['bandwidth-hog.\u001b[2J=1', /bandwidth-hog\.\\u001b\[2J/],
  ])('%j: says what is wrong', async (setting, message) => {
    const { code, stdout, stderr } = await run(['audit', await tapeOf(), '--set', setting]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('\u001b');
  });
});

describe('what an audit shows on a terminal', () => {
  it('is in colour, unless that is not wanted', async () => {
    const tape = await tapeOf(LEAVING);
    const terminal = { isTerminal: true };
    expect((await run(['audit', tape], terminal)).stdout).toContain(`${ESCAPE}1;31mCRITICAL`);
    const dumb = { ...terminal, env: { TERM: 'dumb' } };
    expect((await run(['audit', tape], dumb)).stdout).not.toContain(ESCAPE);
    expect((await run(['audit', tape], { ...terminal, env: { NO_COLOR: '' } })).stdout).toContain(
      ESCAPE,
    );
  });

  it('obeys nothing that a recording says', async () => {
    const hostile = '\u001b[2J\u001b]0;gone\u0007\r\n\u009b31m';
    const lines = transcriptWith(BACKGROUND, {
      header: { observes: { ages: hostile } },
      config: { ExitRelay: hostile },
      extra: () => ({ witness: { tool: 'ss', failed: hostile } }),
    });
    const gap = { from: '2026-11-23T20:05:10Z', to: '2026-11-23T20:05:20Z', reason: hostile };
    const path = join(temporaryFolder(), 'a.tape');
    await importInto(path, [...lines, JSON.stringify({ gap })]);
    const { stdout } = await run(['audit', path, '--to', '20:05:15']);
    expect(stdout.match(/\\u001b\[2J/g)?.length).toBe(4);
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe('an audit', () => {
  it('of a part looks at that part only', async () => {
    const tape = await tapeOf(LEAVING, ALONE);
    const after = await run(['audit', tape, '--from', '20:01:10', '--fail-on', 'info']);
    expect(after.code).toBe(0);
    const before = await run(['audit', tape, '--to', '20:00:20']);
    expect(before.stdout).toContain('connection 750 (run 1)  2026-11-23T20:00:20.000Z to ');
    expect(before.stdout).not.toContain('circuit 8');
  });
});
