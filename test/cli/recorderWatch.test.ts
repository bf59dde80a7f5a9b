/** What tells how a recorder stands: the account, the status file, the hourly line, the live line. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Io, Output } from '../../src/cli/io.ts';
import { RecorderState } from '../../src/cli/recorderState.ts';
import { watchRecorder } from '../../src/cli/recorderWatch.ts';
import { StatusFile } from '../../src/cli/statusFile.ts';
import type { TapeItem } from '../../src/listing/snapshot.ts';
import { HEADER, snapshotOf, temporaryFolder } from '../recording/tapes.ts';

const AT = Date.parse('2026-11-23T00:00:00Z');
const HEAD = 'ab'.repeat(32);
const KEPT = { head: HEAD, beganAt: AT, account: undefined };

const line = (conn: number, circ = 0) => `${conn} ${circ} 0 0 0 0 IRt 1 1 5`;

/** A recorder's world on a clock of its own, its standard error kept. */
function world(isTerminal = false) {
  let now = AT;
  let written = '';
  const stderr = new Writable({
    decodeStrings: false,
    write: (text, _, done) => {
      written += text;
      done();
    },
  }) as Output;
  Object.assign(stderr, { isTTY: isTerminal, columns: 60 });
  const io = {
    now: () => now,
    monotonic: () => now,
    stderr,
    wait: async (ms: number) => {
      now += ms;
    },
  } as unknown as Io;
  return {
    io,
    told: () => written,
    later: (ms: number) => {
      now += ms;
    },
  };
}

describe('how a recorder stands', () => {
  it('counts what was kept, and tells connections from lines', () => {
    let now = AT;
    const state = new RecorderState({
      now: () => now,
      sizes: () => ({ total: 900, log: 100 }),
      cost: () => undefined,
    });
    expect(state.figures).toMatchObject({ lastSnapshotAt: null, lagMs: null, connections: null });
    state.kept({ kind: 'session', at: AT, header: HEADER }, KEPT);
    state.kept(snapshotOf(AT, [line(1), line(2, 7), line(2, 8)].join('\n')), KEPT);
    now += 3000;
    expect(state.figures).toMatchObject({
      ...{ snapshots: 1, lines: 3, connections: 2, opened: null, closed: null },
      ...{ lagMs: 3000, bytes: 900, logBytes: 100, head: HEAD },
    });
    state.kept({ kind: 'gap', from: AT, to: AT + 5000, reason: 'x', extra: {} } as TapeItem, KEPT);
    state.kept(snapshotOf(AT + 5000, [line(2, 7), line(3), line(4)].join('\n')), KEPT);
    expect(state.figures).toMatchObject({
      ...{ snapshots: 2, connections: 3, opened: 2, closed: 1, gaps: 1, gapMs: 5000 },
    });
  });

  it('is a file of JSON, renewed with each wait, that goes on while no snapshot comes', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'status.json');
    const { io, later } = world();
    const watch = watchRecorder(join(folder, 'no.tape'), path, () => undefined, io);
    const read = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    await watch.io.wait(10_000, new AbortController().signal);
    expect(read()).toMatchObject({ last_snapshot_at: null, lag_s: null, bytes: null });
    watch.kept({ kind: 'session', at: AT, header: HEADER }, KEPT);
    watch.kept(snapshotOf(AT + 10_000, line(1)), KEPT);
    watch.notice('polls are not answered');
    later(60_000);
    await watch.io.wait(10_000, new AbortController().signal);
    expect(read()).toMatchObject({
      ...{ status: 1, last_snapshot_at: '2026-11-23T00:00:10.000Z', lag_s: 60, snapshots: 1 },
      ...{ last_notice: 'polls are not answered', chain_head: HEAD, interval_s: 10 },
    });
    watch.end();
    expect(read()).toMatchObject({ written_at: '2026-11-23T00:01:20.000Z', lag_s: 70 });
    // Nothing of it stays beside.
    expect(readdirSync(folder)).toEqual(['status.json']);
  });

  it('says once that it cannot be written, and writes it when it can', () => {
    const folder = join(temporaryFolder(), 'later');
    const notices: string[] = [];
    const file = new StatusFile(join(folder, 's'), 'a.tape', (text) => notices.push(text));
    const { figures } = new RecorderState({
      now: () => AT,
      sizes: () => undefined,
      cost: () => undefined,
    });
    file.write(figures);
    file.write(figures);
    const cause = `there is no folder ${folder}; it is tried again with each poll`;
    expect(notices).toEqual([`the status cannot be written to ${join(folder, 's')}: ${cause}`]);
    mkdirSync(folder);
    file.write(figures);
    rmSync(folder, { recursive: true });
    file.write(figures);
    expect(notices).toHaveLength(2);
  });

  it('is a line an hour', async () => {
    const { io, told } = world();
    const watch = watchRecorder('no.tape', undefined, () => undefined, io);
    const { signal } = new AbortController();
    watch.kept(snapshotOf(AT, line(1)), KEPT);
    for (let minute = 0; minute < 60; minute++) await watch.io.wait(60_000, signal);
    expect(told()).toBe('');
    watch.kept(snapshotOf(AT + 3_590_000, line(1)), KEPT);
    await watch.io.wait(60_000, signal);
    const first = 'in the last 1h: 2 snapshots, the last 10s ago, 1 connection, no gap';
    expect(told()).toBe(`conntape: ${first}\n`);
    const gap = { kind: 'gap', from: AT, to: AT + 90_000, reason: 'x', extra: {} } as TapeItem;
    watch.kept(gap, KEPT);
    for (let minute = 0; minute < 61; minute++) await watch.io.wait(60_000, signal);
    expect(told().split('\n')[1]).toContain('0 snapshots');
    expect(told().split('\n')[1]).toContain('gaps: 1, 1m30s in all');
  });

  it('is a line on a terminal, below what else is told, and as wide as it is', async () => {
    const { io, told } = world(true);
    const watch = watchRecorder('no.tape', undefined, () => undefined, io);
    const { signal } = new AbortController();
    await watch.io.wait(1000, signal);
    expect(told()).toBe('\r\u001b[Kwaiting for the first snapshot');
    watch.kept(snapshotOf(AT + 1000, [line(1), line(2)].join('\n')), KEPT);
    watch.notice('something');
    expect(told()).toMatch(/\r\u001b\[Kconntape: something\nwaiting for the first snapshot$/);
    await watch.io.wait(1000, signal);
    const shown = told().split('\r\u001b[K').at(-1)!;
    expect(shown).toBe('1 snapshot, the last 0s ago; 2 connections');
    // What was told since the last snapshot stands behind it, for whoever reads the line alone.
    await watch.io.wait(1000, signal);
    watch.notice('polls are not answered');
    expect(watch.line).toMatch(/^1 snapshot, the last 2s ago; .*; polls are not answered$/);
    watch.end();
    expect(told().endsWith('\r\u001b[K')).toBe(true);
  });
});
