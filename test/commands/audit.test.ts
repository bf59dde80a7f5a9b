/** The audit for people: what it prints, in which colours, and how it ends. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BACKGROUND, line, type Planted, transcriptWith } from '../findings/planted.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const LEAVING: Planted = {
  lines: (poll) => (poll > 2 ? [line(poll, { conn: 750, flags: 'ORt' })] : []),
};

async function tapeOf(...planted: readonly Planted[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, transcriptWith(BACKGROUND, ...planted));
  return path;
}

const ESCAPE = '\u001b[';

describe('audit', () => {
  it('tells what, why, where, and the command that shows it, which runs', async () => {
    const tape = await tapeOf(LEAVING);
    const { code, stdout } = await run(['audit', tape]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CRITICAL {2}non-relay-outbound\n {2}This relay is no exit/);
    expect(stdout).toContain('Harmless if: ');
    expect(stdout).toContain('connection 750 (run 1)  2026-11-23T20:00:30.000Z to ');
    const [, command] = /^ {4}\$ conntape (.*)$/m.exec(stdout)!;
    const replayed = await run(command!.split(' '));
    expect(replayed.code).toBe(0);
    expect(replayed.stdout).toContain('750 0 0 0 0 0 ORt');
  });

  it('tells which rules found nothing, which could not look, and that it was never blind', async () => {
    const { stdout } = await run(['audit', await tapeOf(LEAVING)]);
    expect(stdout).toMatch(/^Looked for and not found: .*bandwidth-hog/m);
    expect(stdout).toMatch(/^Not observable\n {2}witness-mismatch: no witness was recorded$/m);
    expect(stdout).not.toMatch(/not found: .*witness-mismatch/);
    expect(stdout).toContain('The recorder was never blind in these 2m.');
  });

  it('tells for how long the recorder was blind, of the window', async () => {
    const tape = await tapeOf({ missed: [4, 5, 6] });
    expect((await run(['audit', tape])).stdout).toContain('blind for 40s of 2m, in 1 gap.');
    const later = await run(['audit', tape, '--from', '20:01:20']);
    expect(later.stdout).toContain('The recorder was never blind in these 40s.');
  });

  it.each<[string, number]>([
    ['info', 3],
    ['notice', 3],
    ['critical', 3],
  ])('--fail-on %s ends with %d where there is a critical finding', async (severity, code) => {
    expect((await run(['audit', await tapeOf(LEAVING), '--fail-on', severity])).code).toBe(code);
  });

  it('does not fail on less, nor on what it could not observe', async () => {
    const gap = await tapeOf({ missed: [4, 5, 6] });
    expect((await run(['audit', gap, '--fail-on', 'notice'])).code).toBe(0);
    expect((await run(['audit', gap, '--fail-on', 'info'])).code).toBe(3);
    expect((await run(['audit', await tapeOf(), '--fail-on', 'info'])).code).toBe(0);
  });

  it('--set moves a threshold', async () => {
    const tape = await tapeOf();
    const set = ['--set', 'descriptor-exhaustion.share=0.1'];
    expect((await run(['audit', tape, ...set])).stdout).toContain('100 of 1000 descriptors');
    expect((await run(['report', 'findings', tape, ...set])).stdout).toContain('descriptor-ex');
    expect((await run(['audit', tape])).stdout).not.toContain('of 1000 descriptors');
  });

  it.each([
    ['bandwidth-hog', /it is no RULE\.NAME=VALUE/],
    ['hog.share=1', /there is no such threshold\n {2}there are unestablished-circuit\.seconds/],
    ['bandwidth-hog.share=most', /its value is no number/],
    ['bandwidth-hog.share=-1', /its value is no number/],
  ])('--set %s: says what is wrong', async (setting, message) => {
    const { code, stdout, stderr } = await run(['audit', await tapeOf(), '--set', setting]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('is in colour on a terminal, unless that is not wanted', async () => {
    const tape = await tapeOf(LEAVING);
    const terminal = { isTerminal: true };
    expect((await run(['audit', tape], terminal)).stdout).toContain(`${ESCAPE}1;31mCRITICAL`);
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await run(['audit', tape], { ...terminal, env })).stdout).not.toContain(ESCAPE);
    }
    expect((await run(['audit', tape], { ...terminal, env: { NO_COLOR: '' } })).stdout).toContain(
      ESCAPE,
    );
    expect((await run(['audit', tape])).stdout).not.toContain(ESCAPE);
  });

  it('obeys nothing that a recording says, and quotes its name', async () => {
    const lines = transcriptWith(BACKGROUND);
    const gap = {
      from: '2026-11-23T20:02:10Z',
      to: '2026-11-23T20:02:20Z',
      reason: '\u001b[2Jgone',
    };
    const path = join(temporaryFolder(), 'a.tape');
    await importInto(path, [...lines, JSON.stringify({ gap })]);
    const named = join(temporaryFolder(), 'my tape');
    renameSync(path, named);
    const { stdout } = await run(['audit', named, '--to', '20:02:15']);
    expect(stdout).toContain('\\u001b[2Jgone');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(`$ conntape replay '${named}' --from `);
  });

  it('of an empty recording says so', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    await importInto(path, transcriptWith().slice(0, 1));
    const { code, stdout, stderr } = await run(['audit', path]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('holds no snapshot');
  });
});
