/** What was polled last, as values: to each controller all that happened since it asked. */
import { describe, expect, it } from 'vitest';
import { ConntapeError } from '../../../src/error.ts';
import type { Gap, LifeEvent } from '../../../src/listing/snapshot.ts';
import type { Source } from '../../../src/listing/source.ts';
import { type LastAnswer, LiveMoment, Presence } from '../../../src/serving/live/moment.ts';
import type { PolledConnection } from '../../../src/sources/polledConnection.ts';
import { HEADER, snapshotOf } from '../../recording/tapes.ts';
import { BEGUN, firstSnapshot, LINES, T0 } from './world.ts';

const MOMENT = 'conntape/moment';

function momentOf(round = 1) {
  const presence = new Presence();
  return { presence, moment: new LiveMoment(presence, round) };
}

function event(at: number, connId: number): LifeEvent {
  return { at, connId, what: 'closed', reason: 'DONE', extra: {} };
}

function gap(from: number, to: number): Gap {
  return { kind: 'gap', from, to, reason: 'of 192.0.2.1', extra: {} };
}

/** Shows a snapshot so many seconds after the first, with an event and perhaps a gap before it. */
function showAt(moment: LiveMoment, second: number, gaps: readonly Gap[] = []): void {
  const at = T0 + second * 1000;
  moment.show(snapshotOf(at, LINES[0]!, { events: [event(at - 1, second)] }), gaps);
}

function told(moment: LiveMoment, who: LastAnswer) {
  return JSON.parse(moment.values([MOMENT], who).get(MOMENT)!);
}

describe('a live moment', () => {
  it('has the values of the last snapshot, and no others', () => {
    const { moment } = momentOf();
    moment.show(firstSnapshot(), [BEGUN]);
    const keys = ['conn/all', 'conn/12/7', 'conn/12/9', 'info/uptime-process', 'info/uptime-reset'];
    expect([...moment.values(keys, {}).values()]).toEqual([
      LINES.join('\n'),
      LINES[1],
      undefined,
      '159',
      undefined,
    ]);
    showAt(moment, 1);
    expect([...moment.values(keys, {}).values()]).toEqual([
      LINES[0],
      undefined,
      undefined,
      '159',
      undefined,
    ]);
  });

  it('rounds what is withheld', () => {
    const { moment } = momentOf(1024);
    moment.show(snapshotOf(T0, '7 0 0 0 0 0 IRt 1500 100 5'), []);
    expect(moment.values(['conn/0/7'], {}).get('conn/0/7')).toBe('7 0 0 0 0 0 IRt 1024 0 5');
  });

  it('tells each controller what happened since it was told before, and no more', () => {
    const { moment } = momentOf();
    moment.show(firstSnapshot(), [BEGUN]);
    const [quick, slow]: LastAnswer[] = [{}, {}];
    const ids = (who: LastAnswer) =>
      (told(moment, who).events ?? []).map((one: { conn_id: number }) => one.conn_id);
    expect(ids(quick!)).toEqual([]);
    expect(ids(slow!)).toEqual([]);
    for (const second of [1, 2, 3]) {
      showAt(moment, second);
      expect(ids(quick!)).toEqual([second]);
    }
    expect(ids(slow!)).toEqual([1, 2, 3]);
    // Asked again, the same moment is the same.
    expect([ids(quick!), ids(slow!)]).toEqual([[3], [1, 2, 3]]);
    // One that comes late is told what belongs to the last snapshot.
    expect(ids({})).toEqual([3]);
    showAt(moment, 4);
    expect([ids(quick!), ids(slow!)]).toEqual([[4], [4]]);
  });

  it('tells gaps too, without addresses, and all values known by then', () => {
    const { moment } = momentOf();
    const who: LastAnswer = {};
    moment.show(firstSnapshot(), [BEGUN]);
    told(moment, who);
    showAt(moment, 10, [gap(T0, T0 + 10_000)]);
    showAt(moment, 11);
    expect(told(moment, who)).toMatchObject({
      at: '2026-11-23T00:00:11.000Z',
      before: [
        {
          gap: { from: '2026-11-23T00:00:00.000Z', to: '2026-11-23T00:00:10.000Z', reason: 'of 0' },
        },
      ],
      info: { 'info/uptime-process': '159' },
    });
  });

  it('forgets the oldest news where there is too much of it, never the newest', () => {
    const { moment } = momentOf();
    moment.show(firstSnapshot(), [BEGUN]);
    const who: LastAnswer = {};
    told(moment, who);
    const burst = Array.from({ length: 40_000 }, (_, index) => event(T0 + 1, index));
    moment.show(snapshotOf(T0 + 1000, '', { events: burst }), []);
    moment.show(snapshotOf(T0 + 2000, '', { events: burst.slice(0, 30_000) }), []);
    expect(told(moment, who).events).toHaveLength(30_000);
    const flood = Array.from({ length: 70_000 }, (_, index) => event(T0 + 3, index));
    moment.show(snapshotOf(T0 + 3000, '', { events: flood }), []);
    expect(told(moment, who).events).toHaveLength(70_000);
  });

  it('has no now while Tor is away, only the time it was there', async () => {
    const { presence, moment } = momentOf();
    let lose = (_: ConntapeError) => {};
    const closed = new Promise<ConntapeError>((resolve) => {
      lose = resolve;
    });
    const connection = { header: HEADER, closed } as PolledConnection;
    const open = presence.watching(async () => connection);
    expect(await open(new AbortController().signal)).toBe(connection);
    expect(moment.torVersion).toBe('0.4.9.11');
    moment.show(firstSnapshot(), [BEGUN]);
    lose(new ConntapeError('connect', { operation: 'it', cause: 'left 192.0.2.1' }));
    await closed;
    expect(() => moment.values(['conn/all'], {})).toThrow('551 Tor is away: it: left [address]');
    expect(() => moment.values(['conntape/header', 'conn/all'], {})).toThrow('Tor is away');
    expect(moment.values(['conn/all', MOMENT], {}).get('conn/all')).toBe(LINES.join('\n'));
    expect(moment.values(['conntape/header'], {}).get('conntape/header')).toContain('"tape"');
    showAt(moment, 1);
    expect(moment.values(['conn/all'], {}).get('conn/all')).toBe(LINES[0]);
  });

  it('follows a source to its end', async () => {
    const { moment } = momentOf();
    let isReady = false;
    void moment.ready.then(() => {
      isReady = true;
    });
    const source: Source = {
      async *items() {
        await null;
        expect(isReady).toBe(false);
        yield BEGUN;
        yield firstSnapshot();
        await null;
        expect(isReady).toBe(true);
        yield gap(T0, T0 + 5000);
        yield snapshotOf(T0 + 5000, LINES[2]!);
      },
      close: async () => {},
    };
    await moment.follow(source, new AbortController().signal);
    expect(moment.values(['conn/all'], {}).get('conn/all')).toBe(LINES[2]);
    expect(told(moment, {}).before).toHaveLength(1);
  });
});
