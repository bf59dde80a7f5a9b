import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatCost, OwnCost } from '../../src/cli/ownCost.ts';
import { spentByThisProcess } from '../../src/sockets/ownProcess.ts';

const INTERVAL_MS = 10_000;

/** A recorder of which each poll costs so much, told what else would save. */
class Recorder {
  readonly notices: string[] = [];
  readonly cost: OwnCost;
  #at = 0;
  #ownMs = 500;
  #childrenMs: number | null;

  constructor(savings: readonly string[] = [], knowsChildren = true) {
    this.#childrenMs = knowsChildren ? 70 : null;
    this.cost = new OwnCost({
      spent: () => ({ ownMs: this.#ownMs, childrenMs: this.#childrenMs, peakBytes: 158e6 }),
      monotonic: () => this.#at,
      intervalMs: INTERVAL_MS,
      savings,
      notice: (text) => this.notices.push(text),
    });
  }

  poll(count: number, ownMs: number, childrenMs = 0): void {
    for (let poll = 0; poll < count; poll++) {
      this.#at += INTERVAL_MS;
      this.#ownMs += ownMs;
      if (this.#childrenMs !== null) this.#childrenMs += childrenMs;
      this.cost.polled();
    }
  }
}

describe('what a recorder costs', () => {
  it('is that of the last polls, of one core, and not of the first', () => {
    const recorder = new Recorder();
    recorder.poll(6, 9000);
    expect(recorder.cost.latest).toBeUndefined();
    // 100 ms and 150 ms of 10 s.
    recorder.poll(1, 100, 150);
    const shares = { own: 0.01, children: 0.015, share: 0.025, peakBytes: 158e6 };
    expect(recorder.cost.latest).toEqual({ ...shares, polls: 1, seconds: 10 });
    recorder.poll(40, 200, 0);
    expect(recorder.cost.latest).toMatchObject({ own: 0.02, children: 0, polls: 30, seconds: 300 });
    expect(recorder.notices).toEqual([]);
  });

  it('is told once where it is too much, with what takes less', () => {
    const recorder = new Recorder(['--witness off']);
    recorder.poll(35, 300, 500);
    expect(recorder.notices).toEqual([]);
    recorder.poll(100, 300, 500);
    // 8 % of a core at 10 s are 5 % at 16 s.
    expect(recorder.notices).toEqual([
      'recording takes more than it should, 8.0 % of one core (3.0 % itself, 5.0 % the tools that it runs), 158 MB of memory at most; what takes less: --interval 16s, or --witness off',
    ]);
  });

  it('is told where it becomes too much, and not where it is 5 %', () => {
    const recorder = new Recorder();
    recorder.poll(100, 500);
    expect(recorder.notices).toEqual([]);
    recorder.poll(1, 501);
    expect(recorder.notices).toHaveLength(1);
  });

  it('says where nobody knows what the tools take', () => {
    const recorder = new Recorder([], false);
    recorder.poll(7, 100);
    const { latest } = recorder.cost;
    expect(latest).toMatchObject({ own: 0.01, children: null, share: 0.01 });
    expect(formatCost(latest!)).toBe(
      '1.0 % of one core (what the tools take that it runs is not known), 158 MB of memory at most',
    );
  });
});

describe('this process', () => {
  it('counts its own time, and that of its children where there is a /proc', () => {
    const before = spentByThisProcess();
    execFileSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 60_000);']);
    const after = spentByThisProcess();
    expect(after.ownMs).toBeGreaterThan(before.ownMs);
    expect(after.peakBytes).toBeGreaterThan(10e6);
    if (existsSync('/proc/self/stat')) {
      expect(after.childrenMs! - before.childrenMs!).toBeGreaterThanOrEqual(50);
    } else {
      expect(after.childrenMs).toBeNull();
    }
  });
});
