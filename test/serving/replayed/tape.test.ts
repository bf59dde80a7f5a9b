/** The way along a tape that may be anybody's: scrubbed, and never taken for ended where it is damaged. */
import { describe, expect, it } from 'vitest';
import { ConntapeError } from '../../../src/error.ts';
import type { Gap, Header, Session, TapeItem } from '../../../src/listing/snapshot.ts';
import { headerAt, type Tape, TapeCursor } from '../../../src/serving/replayed/tape.ts';
import { HEADER, snapshotOf } from '../../recording/tapes.ts';

const CLIENT = '203.0.113.5';

/** A tape of these items, as no recorder would have written it. */
function tapeOf(items: () => Generator<TapeItem, void>): Tape {
  return {
    sessions: [BEGUN],
    extent: { from: 0, to: 20 },
    items,
    snapshotAt: () => undefined,
    gapAt: () => undefined,
    gapsIn: () => [],
  };
}

const BEGUN: Session = { kind: 'session', at: -5, header: HEADER };

function gapOf(from: number, to: number): Gap {
  return { kind: 'gap', from, to, reason: `${CLIENT} left`, extra: { note: CLIENT } };
}

describe('a cursor', () => {
  it('gives each snapshot with the values known by then and what came before it, scrubbed', () => {
    const info = (value: string) => ({ info: new Map([['info/last-client', value]]) });
    const cursor = new TapeCursor(
      tapeOf(function* () {
        yield BEGUN;
        yield gapOf(-5, 0);
        yield snapshotOf(0, '', info(CLIENT));
        yield snapshotOf(10, '');
        yield snapshotOf(20, '', info('none'));
        yield gapOf(20, 30);
      }),
      0,
    );
    const stops = [];
    for (let stop = cursor.next(); stop !== undefined; stop = cursor.next()) stops.push(stop);
    expect(stops.map(({ snapshot, info: known, before }) => [snapshot.at, known, before])).toEqual([
      [
        ...[0, new Map([['info/last-client', '0']])],
        [BEGUN, { ...gapOf(-5, 0), reason: '0 left', extra: { note: '0' } }],
      ],
      [10, new Map([['info/last-client', '0']]), []],
      [20, new Map([['info/last-client', 'none']]), []],
    ]);
    expect(cursor.trailing).toMatchObject([{ reason: '0 left' }]);
    expect(cursor.next()).toBeUndefined();
  });

  it('fails again where it failed once', () => {
    const cursor = new TapeCursor(
      tapeOf(function* () {
        yield snapshotOf(0, '');
        throw new ConntapeError('recording', { operation: 'reading', cause: 'it is damaged' });
      }),
      0,
    );
    expect(cursor.next()?.snapshot.at).toBe(0);
    for (let time = 0; time < 2; time++) {
      expect(() => cursor.ahead).toThrow('it is damaged');
      expect(() => cursor.next()).toThrow('it is damaged');
      expect(() => cursor.trailing).toThrow('it is damaged');
    }
  });
});

describe('the header of a time', () => {
  it('is what the last recorder before it said, or the first of all', () => {
    const [first, second]: Header[] = [{ ...HEADER, source: 'stock' }, HEADER];
    const sessions = [
      { kind: 'session', at: 10, header: first! },
      { kind: 'session', at: 20, header: second! },
    ] as const;
    const sourceAt = (time: number) => headerAt({ sessions }, time).source;
    expect([0, 10, 19, 20, 99].map(sourceAt)).toEqual([
      ...['stock', 'stock', 'stock', 'native', 'native'],
    ]);
  });
});
