/**
 * `conntape fleet`: an incident in one of several relays is found and named, so is each recording that
 * does not answer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, it } from 'vitest';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import {
  type Config,
  EXIT,
  exitLine,
  gapLine,
  headerLine,
  iso,
  MIDDLE,
  pollLines,
} from '../reports/complaints.ts';
import { run } from './running.ts';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

const LOCAL = '192.168.1.20';

/** A header of a relay whose fingerprint is one digit. */
function headerOf(nickname: string, digit: string, config: Config = MIDDLE): string {
  const relay = { fingerprint: digit.repeat(40), nickname, tor_version: '0.4.9.11' };
  return headerLine(config, { relay });
}

/** Ten minutes in which nothing happens, or somebody reaches into the operator's own network. */
function quiet(nickname: string, digit: string, config: Config = MIDDLE): string[] {
  return [headerOf(nickname, digit, config), ...pollLines(0, 600)];
}

function struck(nickname: string, digit: string): string[] {
  const lineAt = (seconds: number) => `3 0 0 ${LOCAL} 445 40000 ORt 1024 2048 ${seconds + 60}`;
  return [
    headerOf(nickname, digit),
    ...pollLines(0, 600, (seconds) => (seconds < 300 ? { lines: [lineAt(seconds)] } : {})),
  ];
}

const made = mkdtempSync(join(tmpdir(), 'conntape-test-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));
const tapes = new Map<string, string>();

/** A folder with recordings, by the names of their files; of the same lines one is made, and copied. */
async function folderOf(named: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, lines] of Object.entries(named)) {
    const text = lines.join('\n');
    const tape = tapes.get(text) ?? join(made, `${tapes.size}.tape`);
    if (!tapes.has(text)) await importInto(tape, lines);
    tapes.set(text, tape);
    mkdirSync(join(folder, name, '..'), { recursive: true });
    copyFileSync(tape, join(folder, name));
  }
  return folder;
}

const FAMILY = { 'alpha.tape': quiet('alpha', 'A'), 'beta.tape': struck('beta', 'B') };

/** What is wrapped, as one line. */
function joined(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** The overview's rows, by what each relay is called. */
function rowsIn(stdout: string): Record<string, string[]> {
  const [, , table = ''] = /^([\s\S]*?\n\n)?(relay .*\n(?:.+\n)+)/.exec(stdout) ?? [];
  const rows = table.trim().split('\n').slice(1);
  return Object.fromEntries(rows.map((row) => [row.split(/ {2,}/)[0], row.split(/ {2,}/)]));
}

describe('fleet audit', () => {
  it('finds the incident in the one that has it, and names it', async () => {
    const folder = await folderOf({ ...FAMILY, 'gamma.tape': quiet('gamma', 'C') });
    const { code, stdout, stderr } = await run(['fleet', 'audit', folder]);
    expect(code).toBe(0);
    expect(stderr).toBe(`conntape: window ${iso(0)} to ${iso(600)}\n`);
    expect(stdout).toMatch(/^3 recordings of 3 relays: all answer\.$/m);
    const rows = rowsIn(stdout);
    expect(Object.keys(rows)).toEqual(['alpha', 'beta', 'gamma']);
    const counts = Object.values(rows).map((row) => row.slice(1, 4));
    expect(counts).toEqual([
      ['AAAAAAAA', '0', '0'],
      ['BBBBBBBB', '2', '0'],
      ['CCCCCCCC', '0', '0'],
    ]);
    expect(rows['beta']!.slice(-3)).toEqual([iso(0), iso(600), join(folder, 'beta.tape')]);
    expect(stdout).toMatch(/^CRITICAL {2}local-network-connection {2}1 finding in 1 recording$/m);
    expect(stdout).toMatch(/^ {2}beta {2}192\.168\.1\.20 {2}/m);
    expect(stdout).not.toMatch(/^ {2}(?:alpha|gamma) {2}/m);
  });

  it('ends with 3 where --fail-on is reached in any', async () => {
    const folder = await folderOf(FAMILY);
    const asked = ['fleet', 'audit', folder, '--fail-on'];
    expect((await run([...asked, 'critical'])).code).toBe(3);
    const alpha = join(folder, 'alpha.tape');
    expect((await run(['fleet', 'audit', alpha, '--fail-on', 'info'])).code).toBe(0);
  });

  it('prints commands that show the evidence', async () => {
    const { stdout } = await run(['fleet', 'audit', await folderOf(FAMILY)]);
    const commands = [...stdout.matchAll(/^ {4}\$ conntape (.*)$/gm)].map(([, line]) => line!);
    expect(commands).toHaveLength(2);
    for (const line of commands) {
      const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
      const shown = await run(words.split('\0').slice(0, -1));
      expect(shown.stdout).toContain('ORt');
    }
  });

  it('puts the same finding of several relays together, in the order of time', async () => {
    const folder = await folderOf({ ...FAMILY, 'delta.tape': struck('delta', 'D') });
    const { stdout } = await run(['fleet', 'audit', folder]);
    expect(stdout).toMatch(/^CRITICAL {2}local-network-connection {2}2 findings in 2 recordings$/m);
    expect(stdout).toContain(`  ${iso(0)} to ${iso(290)}: beta 1, delta 1\n`);
    const named = [...stdout.matchAll(/^ {2}(\w+) {2}192\.168\.1\.20 {2}/gm)].map(([, who]) => who);
    expect(named).toEqual(['beta', 'delta']);
  });

  it('puts first, of equal severity, what is in most recordings', async () => {
    const leaving = (seconds: number) => ({ lines: [exitLine(3, seconds, -60)] });
    const folder = await folderOf({
      ...FAMILY,
      'delta.tape': [headerOf('delta', 'D'), ...pollLines(0, 600, leaving)],
    });
    const { stdout } = await run(['fleet', 'audit', folder]);
    const headings = [...stdout.matchAll(/^CRITICAL {2}(\S+) {2}\d+ findings? in (\d)/gm)];
    expect(headings.map(([, rule, many]) => [rule, many])).toEqual([
      ['non-relay-outbound', '2'],
      ['local-network-connection', '1'],
    ]);
  });

  it('prints three of a rule and recording, and says how many more there are', async () => {
    const gaps = Array.from({ length: 5 }, (_, place) => place * 100);
    const lines = [
      headerOf('alpha', 'A'),
      ...gaps.flatMap((from) => [
        ...pollLines(from, from + 40),
        gapLine(from + 40, from + 100, 'x'),
      ]),
      ...pollLines(500, 520),
    ];
    const folder = await folderOf({ 'a.tape': lines, 'b.tape': quiet('beta', 'B') });
    const { stdout } = await run(['fleet', 'audit', folder]);
    expect(stdout).toMatch(/^INFO {2}recorder-gap {2}5 findings in 1 recording$/m);
    expect(stdout.match(/^ {2}alpha {2}recorder /gm)).toHaveLength(3);
    expect(stdout).toMatch(/^ {2}… and 2 more: --format csv has all$/m);
    const rows = parse((await run(['fleet', 'audit', folder, '--format', 'csv'])).stdout);
    expect(rows.filter((row: string[]) => row[3] === 'recorder-gap')).toHaveLength(5 + 1);
  });

  it('names who does not answer, and why; the exit code says the worst', async () => {
    const folder = await folderOf({
      ...FAMILY,
      'blind.tape': [
        headerOf('blind', 'C'),
        ...pollLines(-100, -60),
        gapLine(-60, 660, 'Tor did not answer'),
        ...pollLines(660, 700),
      ],
      'gone.tape': [headerOf('gone', 'D'), ...pollLines(-7200, -7000)],
    });
    writeFileSync(join(folder, 'text.tape'), 'no recording');
    const window = ['--from', iso(0), '--to', iso(600)];
    const failing = await run(['fleet', 'audit', folder, ...window]);
    expect(failing.code).toBe(1);
    expect(failing.stdout).toMatch(/^5 recordings of 4 relays: 2 answer\.$/m);
    expect(failing.stdout).toMatch(/^Nothing recorded then: blind, gone\.$/m);
    expect(Object.keys(rowsIn(failing.stdout.replace(/^.*then: .*\n.*\n/m, '')))).toEqual([
      ...['alpha', 'beta'],
    ]);
    const told = joined(failing.stdout);
    expect(told).toContain(`blind (${join(folder, 'blind.tape')}): it holds ${iso(-100)} to`);
    expect(told).toContain('a gap (Tor did not answer)');
    expect(told).toContain(
      `gone (${join(folder, 'gone.tape')}): it holds ${iso(-7200)} to ${iso(-7000)}, 21 snapshots`,
    );
    expect(told).toContain(`${join(folder, 'text.tape')}: it is not a conntape recording`);

    const cut = join(folder, 'cut.tape');
    copyFileSync(join(folder, 'beta.tape'), cut);
    truncateSync(cut, statSync(cut).size - 4096);
    const asked = ['fleet', 'audit', folder, ...window, '--fail-on', 'info'];
    const damaged = await run(asked);
    expect(damaged.code).toBe(4);
    expect(joined(damaged.stdout)).toContain(`${cut}: the file is damaged: it was cut off: `);
    truncateSync(cut, 0);
    expect((await run(asked)).code).toBe(3);
  });

  it('names what is found damaged only when it is read, and of whom it is', async () => {
    const folder = await folderOf(FAMILY);
    const path = join(folder, 'beta.tape');
    const bytes = readFileSync(path);
    // The link of an item stands once in the tape.
    const head = Buffer.from((await headOf(path)) ?? '', 'hex');
    bytes[bytes.indexOf(head)]! ^= 1;
    writeFileSync(path, bytes);
    const { code, stdout } = await run(['fleet', 'audit', folder]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^Did not answer: beta\.$/m);
    expect(joined(stdout)).toMatch(/Did not answer beta \(\S+beta\.tape\): .* is damaged: /);
    expect(stdout).not.toContain('CRITICAL');
  });

  it('says who answers in part only, and why', async () => {
    const folder = await folderOf({
      'alpha.tape': quiet('alpha', 'A'),
      'blind.tape': [
        headerOf('blind', 'B'),
        ...pollLines(0, 200),
        gapLine(200, 400, 'control port closed'),
        ...pollLines(400, 600),
      ],
      'late.tape': [headerOf('late', 'C'), ...pollLines(300, 500)],
    });
    const asked = ['fleet', 'audit', folder, '--from', iso(0), '--to', iso(600)];
    const { code, stdout } = await run(asked);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 recordings of 3 relays: all answer, 2 in part\.$/m);
    const alone = await run([...asked.slice(0, 2), join(folder, 'late.tape'), ...asked.slice(3)]);
    expect(alone.stdout).toMatch(/^1 recording: it answers in part\.$/m);
    const [, part = ''] = /^Answered in part\n([\s\S]*)$/m.exec(stdout) ?? [];
    expect(joined(part)).toBe(
      ` blind: blind for 3m20s of 10m, in 1 gap late: nothing before ${iso(300)}, 5m; nothing after ${iso(500)}, 1m40s `,
    );
    expect(rowsIn(stdout)['blind']).toContain('3m20s');
  });

  it('says of a recording that ended long ago when, where no end was asked for', async () => {
    const folder = await folderOf(FAMILY);
    const now = Date.parse(iso(600 + 86_400));
    const { stdout } = await run(['fleet', 'audit', folder], { now });
    expect(stdout).toMatch(/^Both recordings ended 1d ago\.$/m);
    expect(stdout).not.toContain('Answered in part');
    const bounded = await run(['fleet', 'audit', folder, '--to', iso(600)], { now });
    expect(bounded.stdout).not.toContain('1d ago');
    const alone = await run(['fleet', 'audit', join(folder, 'alpha.tape')], { now });
    expect(joined(alone.stdout)).toMatch(
      /^1 recording: it answers\. alpha: the recording ends at \S+, 1d ago\. /,
    );
  });

  it('names those that ended long ago where others go on', async () => {
    const late = [headerOf('late', 'E'), ...pollLines(86_400, 86_500)];
    const folder = await folderOf({
      ...FAMILY,
      'gamma.tape': [headerOf('gamma', 'C'), ...pollLines(-3600, -3500)],
      'late.tape': late,
    });
    const { stdout } = await run(['fleet', 'audit', folder], { now: Date.parse(iso(86_500)) });
    expect(joined(stdout)).toMatch(
      /^4 recordings of 4 relays: all answer\. alpha, beta, gamma: their recordings ended 23h51m ago or earlier\. /,
    );
    const all = await run(['fleet', 'audit', folder], { now: Date.parse(iso(2 * 86_400)) });
    expect(all.stdout).toMatch(/^All 4 recordings ended 23h58m ago or earlier\.$/m);
  });

  it('has a row a finding as CSV and JSON, and one for each that does not answer', async () => {
    const folder = await folderOf(FAMILY);
    const text = join(folder, 'text.tape');
    writeFileSync(text, 'no recording');
    const asked = ['fleet', 'audit', folder, '--format'];
    const csv = await run([...asked, 'csv']);
    expect(csv.code).toBe(1);
    const rows = parse(csv.stdout, { columns: true }) as Record<string, string>[];
    expect(Object.keys(rows[0]!).slice(0, 6)).toEqual([
      ...['relay', 'nickname', 'recording', 'rule', 'severity', 'subject'],
    ]);
    expect(rows[0]).toMatchObject({
      relay: 'B'.repeat(40),
      nickname: 'beta',
      recording: join(folder, 'beta.tape'),
      rule: 'local-network-connection',
      severity: 'critical',
      first_seen: iso(0),
    });
    const own = (await run(['report', 'findings', join(folder, 'beta.tape'), '--format', 'csv']))
      .stdout;
    const ofBeta = rows.filter(({ nickname }) => nickname === 'beta');
    expect(ofBeta.map(({ relay: _, nickname: __, recording: ___, ...rest }) => rest)).toEqual(
      parse(own, { columns: true }),
    );
    expect(rows.at(-1)).toMatchObject({
      relay: '',
      recording: text,
      rule: '',
      severity: 'no answer',
      explanation: 'it is not a conntape recording',
    });
    const json = JSON.parse((await run([...asked, 'json'])).stdout);
    expect(json).toHaveLength(rows.length);
    expect(json.at(-1)).toMatchObject({ relay: null, recording: text, severity: 'no answer' });
  });

  it('keeps two recordings of a relay together, and tells them apart', async () => {
    const folder = await folderOf({
      'one.tape': quiet('alpha', 'A'),
      'two.tape': struck('alpha', 'A'),
      'zeta.tape': [headerOf('beta', 'B'), ...pollLines(0, 900)],
    });
    const { stdout } = await run(['fleet', 'audit', folder]);
    expect(stdout).toMatch(/^3 recordings of 2 relays: /m);
    const paths = ['one.tape', 'two.tape'].map((name) => `alpha (${join(folder, name)})`);
    expect(Object.keys(rowsIn(stdout))).toEqual([...paths, 'beta']);
    expect(stdout).toContain(`  ${paths[1]}  ${LOCAL}  `);
    const later = await run(['fleet', 'audit', folder, '--from', iso(700)]);
    const silent = joined(later.stdout);
    expect(silent).toContain(`Nothing recorded then: ${paths[0]}, ${paths[1]}. relay`);
    expect(silent).toContain(` ${paths[0]}: it holds ${iso(0)} to `);
  });

  it('says where the recordings of a finding are of fewer relays', async () => {
    const folder = await folderOf({ ...FAMILY, 'copy.tape': struck('beta', 'B') });
    const { stdout } = await run(['fleet', 'audit', folder]);
    expect(stdout).toMatch(/connection {2}2 findings in 2 recordings of 1 relay$/m);
  });

  it('says which rules could judge nothing, and of which recordings', async () => {
    const folder = await folderOf({
      ...FAMILY,
      'short.tape': [headerOf('short', 'C'), ...pollLines(0, 10)],
    });
    const { stdout } = await run(['fleet', 'audit', folder]);
    const section = partOf(stdout, 'Not observable');
    const csv = await run(['fleet', 'audit', folder, '--format', 'csv']);
    const rows = parse(csv.stdout, { columns: true }) as Record<string, string>[];
    const unseen = (nickname: string) =>
      rows
        .filter((row) => row['nickname'] === nickname && row['severity'] === 'not observable')
        .map((row) => row['rule']!);
    const all = unseen('alpha');
    const short = unseen('short').filter((rule) => !all.includes(rule));
    expect(short.length).toBeGreaterThan(0);
    expect(section).toContain(`${short.join(', ')}: by short `);
    expect(section).toContain(` ${all.join(', ')}: by any of 3 conntape audit RECORDING says why.`);
  });

  it('tells relays of one nickname apart, and counts as people do', async () => {
    const folder = await folderOf({
      'a.tape': quiet('exit', 'B'),
      'b.tape': quiet('exit', 'A'),
      'c.tape': quiet('guard10', 'C'),
      'd.tape': quiet('guard9', 'D'),
    });
    const { stdout } = await run(['fleet', 'audit', folder]);
    const names = ['exit AAAAAAAA', 'exit BBBBBBBB', 'guard9', 'guard10'];
    expect(Object.keys(rowsIn(stdout))).toEqual(names);
  });

  it('takes no nickname for more than a name', async () => {
    const nickname = 'alpha, beta: all answer\u001b[2J\n=1+1';
    const folder = await folderOf({
      'a.tape': struck(nickname, 'A'),
      'b.tape': [headerLine(MIDDLE, { relay: { nickname } }), ...pollLines(0, 600)],
    });
    const { stdout } = await run(['fleet', 'audit', folder]);
    expect(Object.keys(rowsIn(stdout)).sort()).toEqual([join(folder, 'b.tape'), 'AAAAAAAA']);
    expect(stdout).not.toContain('all answer\\u001b');
    for (const format of ['text', 'csv', 'json']) {
      const shown = await run(['fleet', 'audit', folder, '--format', format], { columns: 80 });
      expect(unstyled(shown.stdout)).not.toContain('\u001b');
    }
    const asked = ['fleet', 'answer', folder, '--at', iso(300)];
    for (const format of ['text', 'json']) {
      const { stdout: answered } = await run([...asked, '--format', format]);
      expect(answered).not.toContain('\u001b');
    }
    expect(joined((await run(asked)).stdout)).toContain('SEEN by AAAAAAAA NOT SEEN by /');
  });

  it('counts times from the first and the last snapshot of any', async () => {
    const folder = await folderOf({
      'a.tape': [headerOf('alpha', 'A'), ...pollLines(0, 600)],
      'b.tape': [headerOf('beta', 'B'), ...pollLines(86_400, 87_000)],
    });
    const windowOf = async (...asked: string[]) =>
      /window (.*)/.exec((await run(['fleet', 'audit', folder, ...asked])).stderr)?.[1];
    expect(await windowOf('--from', '-5m')).toBe(`${iso(86_700)} to ${iso(87_000)}`);
    expect(await windowOf('--to', '+5m')).toBe(`${iso(0)} to ${iso(300)}`);
    expect(await windowOf('--from', '12:05')).toBe(`${iso(86_700)} to ${iso(87_000)}`);
    const { code, stderr } = await run(['fleet', 'audit', folder, '--from', '-1m', '--to', '+1m']);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('reading the window: --from');
  });

  it('names on a terminal the recording that it is at', async () => {
    let ms = 0;
    const monotonic = () => (ms += 300);
    const folder = await folderOf(FAMILY);
    const { stderr } = await run(['fleet', 'audit', folder], { columns: 80, monotonic });
    expect(stderr).toMatch(/auditing 1 of 2, alpha: \d+ %/);
    expect(stderr).toMatch(/auditing 2 of 2, beta: \d+ %/);
    expect(stderr).not.toMatch(/ 100 %/);
  });
});

function unstyled(text: string): string {
  return text.replaceAll(/\u001b\[[\d;]*m/g, '');
}

async function headOf(path: string): Promise<string | undefined> {
  return /[0-9a-f]{64}/.exec((await run(['verify', path])).stdout)?.[0];
}

describe('which recordings are asked', () => {
  it('are those that begin as one, or are called so, each once', async () => {
    const folder = await folderOf({
      'host1/relay': quiet('alpha', 'A'),
      'host2/deep/relay.tape': quiet('beta', 'B'),
      '.hidden/relay.tape': quiet('gamma', 'C'),
      'elsewhere.tape': quiet('delta', 'D'),
    });
    symlinkSync('../elsewhere.tape', join(folder, 'host1', 'link.tape'));
    symlinkSync('..', join(folder, 'host1', 'round'));
    writeFileSync(join(folder, 'notes.txt'), 'text');
    writeFileSync(join(folder, 'elsewhere.tape-wal'), '');
    const named = [folder, join(folder, 'host1'), join(folder, 'elsewhere.tape')];
    const { code, stdout, stderr } = await run(['fleet', 'audit', ...named]);
    expect(code).toBe(0);
    expect(Object.keys(rowsIn(stdout))).toEqual(['alpha', 'beta', 'delta']);
    expect(stderr).toContain('conntape: passed over: 1 other file\n');
  });

  it('are at least one a folder: else it is an error that says so', async () => {
    const folder = await folderOf({ 'full/a.tape': quiet('alpha', 'A') });
    const [full, empty] = [join(folder, 'full'), join(folder, 'empty')];
    mkdirSync(empty);
    writeFileSync(join(empty, 'notes.txt'), 'text');
    for (const wrong of [empty, join(folder, 'missing')]) {
      const { code, stdout, stderr } = await run(['fleet', 'audit', full, wrong]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/looking for recordings in \S+: there is no (?:recording in it|such)/);
      expect(stderr).toContain(wrong);
    }
  });

  it('are an error where none answers, with the reason of each', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.tape'), 'text');
    writeFileSync(join(folder, 'b.tape'), '');
    const { code, stdout, stderr } = await run(['fleet', 'answer', folder, '--at', 'now']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.match(/[ab]\.tape: it is not a conntape recording/g)).toHaveLength(2);
    const alone = await run(['fleet', 'audit', join(folder, 'b.tape')]);
    expect(alone.stderr).toContain('asking a fleet: the one recording does not answer\n');
    expect(stderr).toContain(
      'asking a fleet: none of 2 recordings answers\n  name recordings that can',
    );
  });

  it('are not the parts that export wrote: the error says how those are asked', async () => {
    const folder = await folderOf({ 'full/a.tape': quiet('alpha', 'A') });
    const out = join(folder, 'out');
    await run(['export', join(folder, 'full', 'a.tape'), out, '--format', 'parquet']);
    for (const asked of [['audit'], ['answer', '--at', 'now']]) {
      const { code, stdout, stderr } = await run(['fleet', ...asked, join(folder, 'full'), out]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(
        `${out}: it holds parts that conntape export wrote, and no recording`,
      );
      expect(stderr).toContain('queries/fleet/');
    }
  });

  it('are an error where none has anything of the time that was asked about', async () => {
    const folder = await folderOf({
      ...FAMILY,
      'old.tape': [headerOf('old', 'D'), ...pollLines(-7200, -7000)],
    });
    const all = `they hold ${iso(-7200)} to ${iso(600)}`;
    const answering = ['answer', folder, '--at', iso(1000)];
    for (const [asked, window, hint] of [
      [['audit', folder, '--from', iso(700)], `from ${iso(700)} on`, all],
      [['audit', folder, '--to', iso(-8000)], `until ${iso(-8000)}`, all],
      [['audit', folder, '--from', iso(-900), '--to', iso(-300)], undefined, `${all}, but nothing`],
      [answering, `${iso(700)} to ${iso(1300)}`, all],
      [[...answering, '--format', 'json'], undefined, all],
    ] as const) {
      const { code, stdout, stderr } = await run(['fleet', ...asked]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      if (window !== undefined) expect(stderr).toMatch(`conntape: window ${window}\n`);
      expect(stderr).toMatch(/asking a fleet: nothing was recorded .* in any of 3 recordings$/m);
      expect(stderr).toContain(`  ${hint}`);
    }
    const alone = await run(['fleet', 'audit', join(folder, 'old.tape'), '--from', iso(0)]);
    expect(alone.stderr).toMatch(/ on in the recording\n {2}it holds \S+ to \S+, 21 snapshots\n$/);
    const beta = join(folder, 'beta.tape');
    truncateSync(beta, statSync(beta).size - 4096);
    const damaged = await run(['fleet', ...answering]);
    expect({ code: damaged.code, stdout: damaged.stdout }).toEqual({ code: 4, stdout: '' });
    expect(damaged.stderr).toMatch(/beta\.tape: the file is damaged: /);
    expect(damaged.stderr).toMatch(/in any of 2 recordings$/m);
  });

  it('are never written over by standard output', async () => {
    const folder = await folderOf(FAMILY);
    const path = join(folder, 'beta.tape');
    const before = readFileSync(path);
    const line = `exec "$0" "$1" fleet audit '${folder}' >> '${path}'`;
    const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, MAIN], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('nothing is ever written over a recording');
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

const OUTSIDE = '198.51.100.7:443';

/** An exit that was at work, one whose policy refuses, and a relay that is none. */
const ASKED = {
  'alpha.tape': [
    headerOf('alpha', 'A', EXIT),
    ...pollLines(0, 600, (seconds) => ({ lines: [exitLine(3, seconds, -60)] })),
  ],
  'beta.tape': quiet('beta', 'B', { ...EXIT, 'exit-policy/full': 'reject *:443\naccept *:*' }),
  'gamma.tape': quiet('gamma', 'C'),
};

/** A question's part of an answer. */
function partOf(stdout: string, asks: string): string {
  return joined(stdout.split('\n\n').find((part) => part.startsWith(asks)) ?? '');
}

describe('fleet answer', () => {
  it('says of each question who saw it, who did not, and who cannot say', async () => {
    const folder = await folderOf(ASKED);
    const asked = ['fleet', 'answer', folder, '--at', iso(300), '--destination', OUTSIDE];
    const { code, stdout, stderr } = await run(asked);
    expect(code).toBe(0);
    expect(stderr).toBe(`conntape: window ${iso(0)} to ${iso(600)}\n`);
    expect(joined(stdout)).toMatch(
      /^A complaint of \S+; looked at .* 3 recordings of 3 relays: all/,
    );
    const questions = [...stdout.matchAll(/^\S.*\?$/gm)].map(([question]) => question);
    expect(questions.slice(0, 3)).toEqual([
      `Did it connect to ${OUTSIDE}?`,
      `Did its exit policy admit ${OUTSIDE}?`,
      'Was the relay up and recorded then?',
    ]);
    expect(partOf(stdout, 'Did its exit policy')).toBe(
      `Did its exit policy admit ${OUTSIDE}? SEEN by alpha NOT SEEN by beta, gamma`,
    );
    expect(partOf(stdout, 'Did it connect to')).toMatch(
      /\? NOT SEEN by gamma NOT OBSERVABLE by alpha, beta Where connections go that leave /,
    );
    expect(partOf(stdout, 'Was the relay up')).toMatch(/\? SEEN by all 3$/);
    const evidence = stdout.slice(stdout.indexOf('What it rests on'));
    expect(joined(evidence)).toContain('by its rule “accept *:443”');
    expect(evidence).not.toMatch(/^(?:beta|gamma)$/m);
    for (const line of stdout.split('\n').filter((text) => !/^ *(?:Again *)?\$ /.test(text))) {
      expect(line.length).toBeLessThan(80);
    }
  });

  it('goes on with a command, and ends with every head and the command again', async () => {
    const folder = await folderOf(ASKED);
    const asked = ['fleet', 'answer', folder, '--at', '-5m', '--destination', OUTSIDE];
    const { stdout } = await run(asked);
    const wordsOf = (line: string) =>
      execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
        .split('\0')
        .slice(0, -1);
    const [, alone = ''] = /^ {4}\$ conntape (.*)$/m.exec(stdout)!;
    expect((await run(wordsOf(alone))).stdout).toContain('SEEN');
    const heads = [...stdout.matchAll(/^ {2}(\w+) {2}([0-9a-f]{64})$/gm)];
    expect(heads.map(([, name]) => name)).toEqual(['alpha', 'beta', 'gamma']);
    for (const [, name, head] of heads) {
      expect(await headOf(join(folder, `${name}.tape`))).toBe(head);
    }
    const [, again = ''] = /^Again {4}\$ conntape (.*)$/m.exec(stdout)!;
    expect((await run(wordsOf(again), { now: 0 })).stdout).toBe(stdout);
  });

  it('counts what was seen in a part, and else what nobody can say of a part', async () => {
    const folder = await folderOf({
      'early.tape': [headerOf('early', 'C'), ...pollLines(0, 300)],
      'late.tape': [headerOf('late', 'A'), ...pollLines(300, 600)],
      'was.tape': [
        headerOf('was', 'B', EXIT),
        ...pollLines(0, 200),
        gapLine(200, 400, 'control port closed'),
        ...pollLines(400, 600),
      ],
    });
    const { stdout } = await run(['fleet', 'answer', folder, '--at', iso(300)]);
    expect(partOf(stdout, 'Was it an exit?')).toMatch(
      /\? SEEN by was NOT OBSERVABLE by early, late /,
    );
    expect(partOf(stdout, 'Where was')).toMatch(/\? SEEN by all 3$/);
  });

  it('says apart who did not see it in what was recorded, and what that was', async () => {
    const folder = await folderOf({
      'alpha.tape': quiet('alpha', 'A'),
      'blind.tape': [
        headerOf('blind', 'B'),
        ...pollLines(0, 200),
        gapLine(200, 400, 'control port closed'),
        ...pollLines(400, 600),
      ],
      'late.tape': [headerOf('late', 'C'), ...pollLines(300, 500)],
      'later.tape': [headerOf('later', 'D'), ...pollLines(300, 500)],
    });
    const asked = ['fleet', 'answer', folder, '--at', iso(300), '--destination', OUTSIDE];
    const { stdout } = await run(asked);
    expect(joined(stdout)).toContain('4 recordings of 4 relays: all answer, 3 in part.');
    const lacking = `nothing before ${iso(300)} and nothing after ${iso(500)}`;
    const notSeen = `NOT SEEN by alpha NOT SEEN in what was recorded by blind (blind for 3m20s of 10m); late, later (${lacking})`;
    for (const asks of [`Did it connect to ${OUTSIDE}?`, 'Did any go into', 'How many']) {
      const part = partOf(stdout, asks);
      expect(part.slice(part.indexOf('?') + 2)).toBe(notSeen);
    }
    expect(partOf(stdout, 'Answered in part')).toBe(
      `Answered in part blind: blind for 3m20s of 10m, in 1 gap late, later: nothing before ${iso(300)}, 5m; nothing after ${iso(500)}, 1m40s`,
    );
    const json = JSON.parse((await run([...asked, '--format', 'json'])).stdout);
    const at = (...names: string[]) => names.map((name) => join(folder, `${name}.tape`));
    expect(json.questions[0]).toMatchObject({
      question: 'destination',
      not_seen: at('alpha'),
      not_seen_in_part: at('blind', 'late', 'later'),
    });
    expect(json.in_part).toHaveLength(3);
    expect(json.in_part[0]).toEqual({
      recording: join(folder, 'blind.tape'),
      relay: 'B'.repeat(40),
      nickname: 'blind',
      unseen: ['blind for 3m20s of 10m'],
    });
  });

  it('says of all together that none saw it, and names two', async () => {
    const folder = await folderOf(FAMILY);
    const asked = ['fleet', 'answer', folder, '--at', iso(500), '--within', '1m'];
    expect(partOf((await run(asked)).stdout, 'Was it an')).toMatch(/\? NOT SEEN by alpha, beta$/);
    copyFileSync(join(folder, 'alpha.tape'), join(folder, 'copy.tape'));
    const { stdout } = await run(asked);
    expect(partOf(stdout, 'Was it an exit')).toMatch(/\? NOT SEEN by any of 3$/);
    const outside = partOf((await run([...asked, '--source', '192.0.2.9'])).stdout, 'Was 192');
    expect(outside).toMatch(/\? NOT OBSERVABLE by any of 3 Which address /);
  });

  it('says whose address the source was', async () => {
    const other = { ...EXIT, ORPort: '192.0.2.9:9001' };
    const folder = await folderOf({ ...ASKED, 'delta.tape': quiet('delta', 'D', other) });
    const asked = ['fleet', 'answer', folder, '--at', iso(300), '--source', '192.0.2.9'];
    const { stdout } = await run(asked);
    expect(stdout.split('\n\n')[1]).toMatch(
      /^Was 192\.0\.2\.9 its own address\?\n {2}SEEN by delta\n/,
    );
  });

  it('names those that recorded nothing then, and those that do not answer', async () => {
    const folder = await folderOf({
      ...ASKED,
      'old.tape': [headerOf('old', 'D'), ...pollLines(-7200, -7000)],
    });
    writeFileSync(join(folder, 'text.tape'), 'text');
    const asked = ['fleet', 'answer', folder, '--at', iso(300)];
    const { code, stdout } = await run(asked);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Nothing recorded then: old\.$/m);
    const opening = joined(stdout.split('\n\n')[0]!);
    expect(opening).toContain(`Did not answer: ${join(folder, 'text.tape')}.`);
    expect(joined(stdout)).toContain(`it holds ${iso(-7200)} to ${iso(-7000)}, 21 snapshots`);
    const json = JSON.parse((await run([...asked, '--format', 'json'])).stdout);
    expect(json.silent).toMatchObject([
      { recording: join(folder, 'text.tape'), relay: null, reason: 'failed' },
      { recording: join(folder, 'old.tape'), relay: 'D'.repeat(40), reason: 'unrecorded' },
    ]);
  });

  it('has all that each answered as JSON, as the recording alone has it', async () => {
    const folder = await folderOf(ASKED);
    const asked = ['--at', iso(300), '--destination', OUTSIDE, '--format', 'json'];
    const { code, stdout } = await run(['fleet', 'answer', folder, ...asked]);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      at: iso(300),
      from: iso(0),
      to: iso(600),
      destination: OUTSIDE,
      source: null,
      silent: [],
      version: expect.stringMatching(/^conntape \d/),
    });
    expect(answer.questions[1]).toMatchObject({
      question: 'policy',
      seen: [join(folder, 'alpha.tape')],
      not_seen: [join(folder, 'beta.tape'), join(folder, 'gamma.tape')],
      not_observable: [],
    });
    expect(answer.recordings).toHaveLength(3);
    for (const { recording, answers, head, command } of answer.recordings) {
      const alone = JSON.parse((await run(['answer', recording, ...asked])).stdout);
      expect({ answers, head, command }).toEqual({
        answers: alone.answers,
        head: alone.head,
        command: alone.command,
      });
    }
  });

  it('leaves every recording as it is', async () => {
    const folder = await folderOf(ASKED);
    const bytes = () => Object.keys(ASKED).map((name) => readFileSync(join(folder, name), 'hex'));
    const before = bytes();
    await run(['fleet', 'answer', folder, '--at', iso(300), '--destination', OUTSIDE]);
    expect(bytes()).toEqual(before);
  });

  it.each([
    [[], /required option '--at/],
    [['--at', '-5m', '--within', '52w'], /364d is too long\n {2}it is at most 31d/],
    [['--at', '-5m', '--destination', '203.0.113.77:0'], /reading --destination: its port is not/],
    [['--at', 'soon'], /it is not a time/],
  ])('%j is wrong usage', async (words, says) => {
    const { code, stdout, stderr } = await run([
      'fleet',
      'answer',
      await folderOf(ASKED),
      ...words,
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
});

describe('fleet without one of its commands', () => {
  it.each([
    [[], /^error: missing command: audit or answer\n\nUsage: conntape fleet /],
    [['rewind'], /^error: unknown command 'rewind'\n\(`conntape fleet --help` and /],
  ])('%j is wrong usage, and names the help', async (words, says) => {
    const { code, stdout, stderr } = await run(['fleet', ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect((await run(['fleet', '--help'])).stdout).not.toContain('error');
  });
});

describe('help', () => {
  it.each([['audit'], ['answer']])(
    'of fleet %s has examples that are command lines',
    async (name) => {
      const folder = await folderOf(FAMILY);
      const { stdout } = await run(['fleet', name, '--help']);
      const lines = [...stdout.matchAll(/^ {2}\$ conntape ([^>|\n]*)/gm)].map(([, line]) => line!);
      expect(lines).toHaveLength(2);
      for (const line of lines) {
        const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
          .split('\0')
          .slice(0, -1)
          .map((word) => (word === 'tapes' ? folder : word))
          .map((word) => (word === 'guard.tape' ? join(folder, 'alpha.tape') : word))
          .map((word) => (word === '03:44' ? '12:05' : word));
        const now = Date.parse(iso(600));
        expect([line, (await run(words, { now })).code]).toEqual([
          line,
          words.includes('--fail-on') ? 3 : 0,
        ]);
      }
    },
  );
});
