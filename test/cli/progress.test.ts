import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';

const CLEAR = '\r\u001b[K';

/** A progress with a clock that is set by hand and a stream that remembers. */
function started(options: { total?: number; isTerminal?: boolean; label?: string } = {}) {
  const drawn: string[] = [];
  const clock = { at: 5000 };
  const { total, isTerminal = true, label = 'importing' } = options;
  const progress = new Progress({
    label,
    total,
    stream: { write: (text) => drawn.push(text) },
    isTerminal,
    now: () => clock.at,
  });
  const advance = (at: number, done: number) => {
    clock.at = 5000 + at;
    progress.advance(done);
  };
  return { progress, drawn, advance };
}

describe('Progress', () => {
  it('draws nothing in the first second', () => {
    const { progress, drawn, advance } = started({ total: 100 });
    advance(0, 10);
    advance(999, 90);
    progress.finish();
    expect(drawn).toEqual([]);
  });

  it('tells the share that is done and the time that is left', () => {
    const { drawn, advance } = started({ total: 200 });
    // 20 of 200 took 1 s, so the other 180 take 9 s.
    advance(1000, 20);
    // 150 of 200 took 61 s, so the other 50 take 20 s.
    advance(61_000, 150);
    expect(drawn).toEqual([
      `${CLEAR}importing: 10 %, 9s left`,
      `${CLEAR}importing: 75 %, 20s left`,
    ]);
  });

  it('draws at most ten times a second', () => {
    const { drawn, advance } = started({ total: 10_000 });
    for (let at = 1000; at < 3000; at++) advance(at, at);
    expect(drawn).toHaveLength(20);
  });

  it('clears its line at the end, once', () => {
    const { progress, drawn, advance } = started({ total: 100 });
    advance(1000, 50);
    progress.finish();
    progress.finish();
    expect(drawn.slice(1)).toEqual([CLEAR]);
  });

  it('draws nothing where there is no terminal', () => {
    const { progress, drawn, advance } = started({ total: 100, isTerminal: false });
    advance(2000, 50);
    progress.finish();
    expect(drawn).toEqual([]);
  });

  it('tells the time that has passed where the total is not known', () => {
    const { drawn, advance } = started();
    advance(90_000, 12);
    expect(drawn).toEqual([`${CLEAR}importing: 1m30s so far`]);
  });

  it('promises nothing at the start and never more than all', () => {
    const { drawn, advance } = started({ total: 100 });
    advance(1000, 0);
    advance(2000, 120);
    expect(drawn).toEqual([`${CLEAR}importing: 0 %`, `${CLEAR}importing: 100 %, 0s left`]);
  });

  it('stays on one line and sends the terminal nothing of the label that it obeys', () => {
    const { drawn, advance } = started({ total: 100, label: `\u001b[2J${'x'.repeat(200)}` });
    advance(1000, 50);
    expect(drawn[0]!.slice(CLEAR.length)).toMatch(/^\\u001b\[2Jx{70}$/);
  });
});
