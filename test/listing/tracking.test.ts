/** Which entries and connections open, go on, end and come back (docs/reference.md). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Changes, EntryLife, Life } from '../../src/listing/life.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type { LifeEvent, Snapshot } from '../../src/listing/snapshot.ts';
import { Tracker } from '../../src/listing/tracking.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { itemsOf } from '../recording/tapes.ts';

/** Lines such as `1 0 5`: CONN_ID, CIRC_ID, UPTIME, and READ and WRITE where they are not 10. */
function snapshot(
  second: number,
  lines: readonly string[],
  more: Partial<Snapshot> = {},
): Snapshot {
  const text = lines.map((line) => {
    const [connId, circId, uptime, read = 10, written = 10, flags = 'IRt'] = line.split(' ');
    return [connId, circId, '0 0 0 0', flags, read, written, uptime].join(' ');
  });
  return {
    kind: 'snapshot',
    at: second * 1000,
    pollMs: 0,
    listing: parseListing(text.join('\n')),
    info: new Map(),
    events: [],
    extra: {},
    ...more,
  };
}

function told(second: number, connId: number, what: 'opened' | 'closed', reason = ''): LifeEvent {
  return { at: second * 1000, connId, what, reason, extra: {} };
}

const upFor = (seconds: string) => ({ info: new Map([['info/uptime-process', seconds]]) });

function follow(...snapshots: Snapshot[]): { tracker: Tracker; changes: Changes[] } {
  const tracker = new Tracker();
  return { tracker, changes: snapshots.map((each) => tracker.follow(each)) };
}

const pairs = (entries: readonly EntryLife[]) =>
  entries.map(({ label }) => `${label.connId} ${label.circId}`);

/** What a snapshot did, by pair and by CONN_ID. */
function done(changes: Changes | undefined) {
  return {
    opened: pairs(changes!.opened),
    closed: pairs(changes!.closed),
    resumed: pairs(changes!.resumed),
    openedConnections: changes!.openedConnections.map((connection) => connection.connId),
    closedConnections: changes!.closedConnections.map((connection) => connection.connId),
    resumedConnections: changes!.resumedConnections.map((connection) => connection.connId),
  };
}

const NOTHING = {
  opened: [],
  closed: [],
  resumed: [],
  openedConnections: [],
  closedConnections: [],
  resumedConnections: [],
};

const end = ({ lastSeen, closedBy, end: how, reason }: Life) => [lastSeen, closedBy, how, reason];

describe('a clock that was stepped forward', () => {
  const HOUR = 3600;

  it.each([
    ['goes by the clock, too', HOUR],
    ['does not', 0],
  ])('ends nothing, where UPTIME %s', (_what, grown) => {
    const { changes } = follow(
      snapshot(100, ['1 0 5', '2 7 90']),
      snapshot(110, ['1 0 15', '2 7 100', '3 0 2']),
      snapshot(120 + HOUR, [`1 0 ${25 + grown}`, `2 7 ${110 + grown}`, `3 0 ${12 + grown}`], {
        extra: { clock_stepped_ms: HOUR * 1000 },
      }),
      snapshot(130 + HOUR, [`1 0 ${35 + grown}`, `2 7 ${120 + grown}`, `3 0 ${22 + grown}`]),
    );
    expect(changes.slice(2).map(done)).toEqual([NOTHING, NOTHING]);
  });

  it('lets go what was born since, as ever', () => {
    const { changes } = follow(
      snapshot(100, ['1 0 5']),
      snapshot(110 + HOUR, ['1 0 6'], { extra: { clock_stepped_ms: HOUR * 1000 } }),
    );
    expect(done(changes[1])).toMatchObject({ opened: ['1 0'], closed: ['1 0'] });
  });

  it.each([[undefined], ['3600000'], [-5], [null]])('and says so by a number (%s)', (stepped) => {
    const extra = stepped === undefined ? {} : { clock_stepped_ms: stepped };
    const { changes } = follow(
      snapshot(100, ['1 0 5']),
      snapshot(110 + HOUR, ['1 0 15'], { extra }),
    );
    expect(done(changes[1])).toMatchObject({ opened: ['1 0'], closed: ['1 0'] });
  });
});

describe('an entry', () => {
  it('opens with the first snapshot that has it, born UPTIME before', () => {
    const { tracker, changes } = follow(snapshot(100, ['1 0 5']));
    expect(done(changes[0])).toEqual({ ...NOTHING, opened: ['1 0'], openedConnections: [1] });
    const [entry] = tracker.entries;
    expect([entry?.openedAt, entry?.openingKnown, entry?.firstSeen]).toEqual([
      95_000,
      'uptime',
      100_000,
    ]);
  });

  it('goes on while its counters grow or stand still', () => {
    const { tracker, changes } = follow(
      snapshot(0, ['1 0 5', '2 0 5']),
      snapshot(10, ['2 0 15', '1 0 15 11 10']),
    );
    expect(done(changes[1])).toEqual(NOTHING);
    expect(pairs(tracker.entries)).toEqual(['2 0', '1 0']);
  });

  it('ends with the first snapshot without it', () => {
    const { changes } = follow(snapshot(0, ['1 0 5', '1 7 5']), snapshot(10, ['1 7 15']));
    expect(done(changes[1])).toEqual({ ...NOTHING, closed: ['1 0'] });
    expect(end(changes[1]!.closed[0]!)).toEqual([0, 10_000, 'closed', '']);
  });

  it.each([
    ['READ', '1 1 15 9 10', []],
    ['WRITE', '1 1 15 10 9', []],
    ['UPTIME', '1 1 4', []],
  ])('is another where %s fell, on the same connection', (_, fallen) => {
    const { changes } = follow(snapshot(0, ['1 0 5', '1 1 5']), snapshot(10, ['1 0 15', fallen]));
    expect(done(changes[1])).toEqual({ ...NOTHING, opened: ['1 1'], closed: ['1 1'] });
  });

  it.each([
    [9, false],
    [8, true],
  ])('with UPTIME %i 10 s after it was last seen with 0 is another: %s', (uptime, isAnother) => {
    const { changes } = follow(snapshot(0, ['1 0 0']), snapshot(10, [`1 0 ${uptime}`]));
    expect(done(changes[1])).toEqual(
      isAnother
        ? {
            ...NOTHING,
            opened: ['1 0'],
            closed: ['1 0'],
            openedConnections: [1],
            closedConnections: [1],
          }
        : NOTHING,
    );
  });

  it('tells that its label changed, and what it was', () => {
    const { changes } = follow(snapshot(0, ['1 0 5']), snapshot(10, ['1 0 15 10 10 ORt']));
    const [relabelled] = changes[1]!.relabelled;
    expect([relabelled?.before.flags, relabelled?.entry.label.flags]).toEqual(['IRt', 'ORt']);
  });
});

describe('a line that comes back', () => {
  it('continues its entry and its connection', () => {
    const { tracker, changes } = follow(
      snapshot(0, ['1 0 5']),
      snapshot(10, []),
      snapshot(20, ['1 0 25']),
    );
    expect(done(changes[2])).toEqual({ ...NOTHING, resumed: ['1 0'], resumedConnections: [1] });
    expect(tracker.entries[0]).toBe(changes[0]!.opened[0]);
    expect(tracker.entries[0]?.end).toBe('open');
  });

  it.each([
    ['born after it was last seen', '1 0 18 10 10'],
    ['READ fell', '1 0 25 9 10'],
    ['WRITE fell', '1 0 25 10 9'],
    ['UPTIME fell', '1 0 4 10 10'],
  ])('is another entry where it was %s', (_, line) => {
    const { changes } = follow(snapshot(0, ['1 0 5']), snapshot(10, []), snapshot(20, [line]));
    expect(pairs(changes[2]!.opened)).toEqual(['1 0']);
    expect(changes[2]!.resumed).toEqual([]);
  });

  it('is another where an event told its end, or another opening, meanwhile', () => {
    for (const [what, opened, resumed] of [
      ['opened', ['2 0'], []],
      ['closed', ['1 0'], ['2 0']],
    ] as const) {
      const { changes } = follow(
        snapshot(0, ['1 0 5', '2 0 5']),
        snapshot(10, ['1 0 15']),
        snapshot(20, ['1 0 25', '2 0 25'], { events: [told(15, 1, what), told(15, 2, what)] }),
      );
      expect([pairs(changes[2]!.opened), pairs(changes[2]!.resumed)]).toEqual([opened, resumed]);
    }
  });
});

describe('a connection', () => {
  it('ends where the greatest UPTIME of its lines fell, and not before', () => {
    const { changes } = follow(
      snapshot(0, ['1 0 50', '1 1 5']),
      snapshot(10, ['1 0 60', '1 1 4']),
      snapshot(20, ['1 1 25']),
    );
    expect(done(changes[1])).toEqual({ ...NOTHING, opened: ['1 1'], closed: ['1 1'] });
    expect(changes[2]!.closedConnections.map((each) => each.connId)).toEqual([1]);
    expect(changes[2]!.openedConnections.map((each) => each.openedAt)).toEqual([-5000]);
  });
});

describe('a run', () => {
  it('ends with everything in it where the uptime of the process fell', () => {
    const { tracker, changes } = follow(
      snapshot(0, ['1 0 5'], upFor('100')),
      snapshot(10, ['1 0 15']),
      snapshot(20, ['1 0 25'], upFor('99')),
    );
    expect(changes.map(({ run, runStarted }) => [run, runStarted])).toEqual([
      [1, true],
      [1, false],
      [2, true],
    ]);
    expect(end(changes[2]!.closed[0]!)).toEqual([10_000, 20_000, 'run-ended', '']);
    expect(pairs(changes[2]!.opened)).toEqual(['1 0']);
    expect(tracker.entries[0]?.run).toBe(2);
  });

  it.each([['100'], ['101'], ['no number'], ['']])('goes on with an uptime of %j', (uptime) => {
    const { changes } = follow(
      snapshot(0, ['1 0 5'], upFor('100')),
      snapshot(10, ['1 0 15'], upFor(uptime)),
    );
    expect([changes[1]!.run, changes[1]!.closed]).toEqual([1, []]);
  });

  it('ends also where an uptime that is no number came between', () => {
    const uptimes = ['100', 'no number', '50'];
    const { tracker } = follow(
      ...uptimes.map((text, poll) => snapshot(poll * 10, [], upFor(text))),
    );
    expect(tracker.run).toBe(2);
  });

  it('does not let the lines of the one before come back', () => {
    const { changes } = follow(
      snapshot(0, ['1 0 50'], upFor('100')),
      snapshot(10, [], upFor('110')),
      snapshot(20, ['1 0 70'], upFor('5')),
    );
    expect(done(changes[2])).toEqual({ ...NOTHING, opened: ['1 0'], openedConnections: [1] });
  });

  it('divides what events told at the beginning of the new process', () => {
    const events = [told(16, 1, 'closed', 'DONE'), told(17, 1, 'closed', 'IOERROR')];
    for (const [index, how] of [
      [0, [0, 16_000, 'closed', 'DONE']],
      [1, [0, 20_000, 'run-ended', '']],
    ] as const) {
      const { changes } = follow(
        snapshot(0, ['1 0 5'], upFor('100')),
        snapshot(20, [], { ...upFor('3'), events: [events[index]!] }),
      );
      expect(end(changes[1]!.closed[0]!)).toEqual(how);
    }
  });
});

describe('an event', () => {
  it('gives the time and the reason of an end', () => {
    const { changes } = follow(
      snapshot(0, ['1 0 5', '1 7 5']),
      snapshot(10, [], { events: [told(4, 1, 'closed', 'DONE')] }),
    );
    expect(changes[1]!.closed.map(end)).toEqual([
      [0, 4000, 'closed', 'DONE'],
      [0, 4000, 'closed', 'DONE'],
    ]);
    expect(changes[1]!.closedConnections.map(end)).toEqual([[0, 4000, 'closed', 'DONE']]);
  });

  it('gives the time of an opening, for the circuits too that the same snapshot shows', () => {
    const { tracker } = follow(
      snapshot(0, []),
      snapshot(10, ['1 0 5', '1 7 2'], { events: [told(4.5, 1, 'opened')] }),
    );
    expect(tracker.entries.map((entry) => [entry.openedAt, entry.openingKnown])).toEqual([
      [4500, 'event'],
      [4500, 'event'],
    ]);
  });

  it('tells of a connection that lived between two polls', () => {
    const { changes } = follow(
      snapshot(0, []),
      snapshot(10, [], {
        events: [told(2, 1, 'opened'), told(3, 2, 'opened'), told(4, 1, 'closed', 'DONE')],
      }),
    );
    expect(changes[1]!.passed.map(({ life, label }) => [label.connId, life.openedAt])).toEqual([
      [1, 2000],
      [2, 3000],
    ]);
    expect(changes[1]!.passed.map(({ life }) => end(life))).toEqual([
      [4000, 4000, 'closed', 'DONE'],
      [3000, 10_000, 'closed', ''],
    ]);
  });

  it('that says nothing new changes nothing', () => {
    const { changes } = follow(
      snapshot(0, ['1 0 5']),
      snapshot(10, ['1 0 15'], { events: [told(1, 1, 'opened'), told(2, 9, 'closed')] }),
    );
    expect(done(changes[1])).toEqual(NOTHING);
    expect(changes[1]!.passed).toEqual([]);
  });
});

describe('a connection that opened while a poll was under way', () => {
  const poll = (ms: number) => ({ pollMs: ms });

  it('is one, whatever the rounding of UPTIME makes of it', () => {
    // Born 22 ms after the first poll began, listed 28 ms later; 9.999 s old when listed again.
    const { changes } = follow(
      snapshot(100, ['1 0 0', '1 7 0'], poll(50)),
      snapshot(110.02, ['1 0 9', '1 7 9'], poll(5)),
    );
    expect(done(changes[1])).toEqual(NOTHING);
  });

  it('is one after an absence, too', () => {
    const { changes } = follow(
      snapshot(100, ['1 0 0'], poll(50)),
      snapshot(110, []),
      snapshot(120.02, ['1 0 19']),
    );
    expect(done(changes[2])).toEqual({ ...NOTHING, resumed: ['1 0'], resumedConnections: [1] });
  });

  it.each([
    [1050, false],
    [1051, true],
  ])(
    'is another where it was born %i ms after that poll began, which took 50',
    (born, isAnother) => {
      const second = 100 + (born + 9000) / 1000;
      const { changes } = follow(snapshot(100, ['1 0 0'], poll(50)), snapshot(second, ['1 0 9']));
      expect(changes[1]!.opened.length).toBe(isAnother ? 1 : 0);
      expect(changes[1]!.openedConnections.length).toBe(isAnother ? 1 : 0);
    },
  );

  it('is one, however long polls take and whenever in them Tor makes its listing', () => {
    const duration = fc.integer({ min: 0, max: 30_000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const polls = fc.array(fc.record({ after: duration, takes: duration, listed: share }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(polls, share, (times, born) => {
        const tracker = new Tracker();
        const opened: unknown[] = [];
        let at = 0;
        let bornAt: number | undefined;
        for (const { after, takes, listed } of times) {
          const listedAt = at + takes * listed;
          bornAt ??= at + (listedAt - at) * born;
          const uptime = Math.floor((listedAt - bornAt) / 1000);
          const changes = tracker.follow(snapshot(at / 1000, [`1 0 ${uptime}`], poll(takes)));
          opened.push(...changes.opened, ...changes.openedConnections);
          at += takes + after + 1;
        }
        expect(opened.length).toBe(2);
      }),
      { numRuns: 500 },
    );
  });
});

describe('any tape', () => {
  it('says of each row in which row its entry stood before', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const tracker = new Tracker();
        for (const item of (await itemsOf(lines)).items) {
          if (item.kind !== 'snapshot') continue;
          const before = tracker.entries;
          const { continues } = tracker.follow(item);
          expect([...continues]).toEqual(tracker.entries.map((entry) => before.indexOf(entry)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves open what opened, came back and did not close, connections and entries alike', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const tracker = new Tracker();
        const entries = new Set<EntryLife>();
        const connections = new Set<Life>();
        for (const item of (await itemsOf(lines)).items) {
          if (item.kind !== 'snapshot') continue;
          const changes = tracker.follow(item);
          for (const entry of changes.closed) expect(entries.delete(entry)).toBe(true);
          for (const entry of [...changes.resumed, ...changes.opened]) entries.add(entry);
          for (const each of changes.closedConnections) expect(connections.delete(each)).toBe(true);
          for (const each of changes.resumedConnections) connections.add(each);
          for (const each of changes.openedConnections) connections.add(each);
          expect(isSame(tracker.entries, entries)).toBe(true);
          expect(tracker.entries.map((entry) => entry.label)).toEqual(item.listing.labels);
          const theirs = tracker.entries.map((entry) => entry.connection);
          expect(isSame(theirs, connections)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Whether a list holds the same objects as a set. */
function isSame<Item>(list: readonly Item[], set: ReadonlySet<Item>): boolean {
  const listed = new Set(list);
  return listed.size === set.size && list.every((item) => set.has(item));
}
