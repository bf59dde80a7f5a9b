/** BW and ORCONN over a served recording: what snapshots and recorded events tell, in replayed time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/listing/snapshot.ts';
import { EVERYTHING, type Recording } from '../../../src/recording/reader.ts';
import { orConnStatus } from '../../../src/serving/replayed/orConns.ts';
import { type Listener, Playback } from '../../../src/serving/replayed/playback.ts';
import { ReplayedTime } from '../../../src/serving/replayed/time.ts';
import { transcripts } from '../../oracle/arbitrary.ts';
import { endedForGood, events, gaps, MIDNIGHT, restart, vanishes } from '../../oracle/cases.ts';
import { withRecording } from '../../recording/tapes.ts';

const RELAY = 'AB'.repeat(20);
const NOBODY = `$${'0'.repeat(40)}`;

interface Heard {
  /** Seconds after midnight: when it was told, to the step in which the clock was moved. */
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

/** Plays a recording in steps of the clock; everything that it told. */
function play(recording: Recording, stepMs: number, listen?: Listener): Heard[] {
  const { from, to } = recording.extent!;
  let elapsed = 0;
  const time = new ReplayedTime({ start: from, end: to, speed: 1, monotonic: () => elapsed });
  const heard: Heard[] = [];
  const options = { tape: recording, time, from: Number.NEGATIVE_INFINITY, round: 1 };
  const playback = new Playback(options, (name, text) => {
    heard.push({ at: (time.now() - MIDNIGHT) / 1000, name, text });
    listen?.(name, text);
  });
  try {
    for (; time.now() < to; elapsed += stepMs) playback.advance();
    playback.advance();
    return heard;
  } finally {
    playback.close();
  }
}

async function told(lines: readonly string[], name: string, stepMs = 1000): Promise<string[]> {
  return await withRecording(lines, (recording) =>
    play(recording, stepMs)
      .filter((one) => one.name === name)
      .map((one) => `${one.at} ${one.text}`),
  );
}

function header(more: object = {}): string {
  return JSON.stringify({ transcript: 1, source: 'native', interval_s: 10, ...more });
}

function snapshot(second: number, conn: readonly string[], more: object = {}): string {
  const at = new Date(MIDNIGHT + second * 1000).toISOString();
  return JSON.stringify({ at, conn: conn.join('\n'), ...more });
}

function line(pair: string, counters: string): string {
  return `${pair} 0 0 0 0 IRt ${counters}`;
}

function totals(read: number, written: number) {
  const info = {
    'info/relay/read-total': String(read),
    'info/relay/write-total': String(written),
  };
  return { info };
}

describe('BW', () => {
  it('comes every second with its part of what moved between two snapshots', async () => {
    // 35 and 7 bytes in 10 s from 0.5 on: by 1 they are 1.75 and 0.35, cut to whole bytes.
    const lines = [
      header(),
      snapshot(0.5, [line('1 0', '100 200 5')]),
      snapshot(10.5, [line('1 0', '135 207 15')]),
      snapshot(11.5, [line('1 0', '136 207 16')]),
    ];
    const bw = await told(lines, 'BW', 500);
    expect(bw.slice(0, 3)).toEqual(['1 1 0', '2 4 1', '3 3 0']);
    // By 9: 29.75 and 5.95; by 10: 33.25 and 6.65. By 11 the rest, and half of the next byte.
    expect(bw.slice(9)).toEqual(['10 4 1', '11 2 1']);
    expect(bw).toHaveLength(11);
  });

  it('counts what was born since, once for all lines of a connection, and no baseline', async () => {
    const tape = (bytes: string) => [
      header({ bytes }),
      snapshot(0, [line('1 0', '100 100 5'), line('1 7', '100 100 5')]),
      snapshot(10, [
        // Old, new on an old connection, new, unknown age, from before.
        ...[line('1 0', '110 100 15'), line('1 7', '110 100 15'), line('1 8', '110 100 1')],
        ...[line('2 0', '1000 0 5'), line('2 9', '1000 0 5')],
        ...[line('3 0', '9 9 3 AGE=unknown'), line('4 0', '9 9 99')],
      ]),
    ];
    const sum = async (bytes: string) => sumOf(await told(tape(bytes), 'BW', 60_000));
    expect(await sum('connection')).toEqual([10 + 1000, 0]);
    expect(await sum('entry')).toEqual([10 + 10 + 110 + 1000 + 1000, 100]);
  });

  it('counts what moved while a line was away', async () => {
    const lines = [
      header(),
      snapshot(0, [line('1 0', '100 200 5')]),
      snapshot(10, []),
      snapshot(20, [line('1 0', '150 200 25')]),
    ];
    expect(sumOf(await told(lines, 'BW', 60_000))).toEqual([50, 0]);
  });

  it('is what Tor itself counted where that was recorded, through a restart', async () => {
    const tape = (source: string) => [
      header({ source }),
      snapshot(0, [line('1 0', '0 0 5')], totals(1000, 2000)),
      snapshot(10, [line('1 0', '7 0 15')], totals(1500, 2001)),
      snapshot(20, [line('1 0', '7 0 25')], totals(30, 2002)),
    ];
    expect(sumOf(await told(tape('stock'), 'BW', 60_000))).toEqual([500 + 30, 2]);
    // By the proposal they are of relayed bytes alone.
    expect(sumOf(await told(tape('native'), 'BW', 60_000))).toEqual([7, 0]);
  });

  it('is silent in a gap, whose bytes moved at no known second', async () => {
    const seconds = (await told(gaps, 'BW')).map((text) => Number(text.split(' ')[0]));
    const observed = (second: number) => second <= 10 || (second > 40 && second <= 50);
    const expected = Array.from({ length: 60 }, (_, index) => index + 1).filter(observed);
    expect(seconds).toEqual(expected);
  });

  function sumOf(bw: readonly string[]): number[] {
    const sum = [0, 0];
    for (const text of bw) {
      const [, read, written] = text.split(' ').map(Number);
      sum[0]! += read!;
      sum[1]! += written!;
    }
    return sum;
  }
});

describe('ORCONN', () => {
  it('tells openings and ends at the times that events gave them', async () => {
    const relay = `$${RELAY}`;
    expect(await told(events, 'ORCONN')).toEqual([
      ...[`4 ${NOBODY} NEW ID=2`, `4 ${NOBODY} CONNECTED ID=2`],
      // Between two polls; what is not a word of Tor's is not a reason.
      ...[`11 ${relay} LAUNCHED ID=3`, `13 ${relay} CLOSED ID=3`],
      ...[`14 ${NOBODY} CLOSED REASON=DONE ID=1`],
      // Gone by 14, and yet in the listing of 20, as the one that was born before.
      ...[`20 ${NOBODY} NEW ID=1`, `20 ${NOBODY} CONNECTED ID=1`],
      ...[`30 ${NOBODY} CLOSED ID=1`, `30 ${NOBODY} CLOSED ID=2`],
    ]);
  });

  it('tells an end before the number is another connection, and comings back', async () => {
    const ids = async (lines: readonly string[]) =>
      (await told(lines, 'ORCONN')).map((text) => text.replace(`${NOBODY} `, ''));
    expect(await ids(vanishes)).toEqual(['10 CLOSED ID=1', '20 CONNECTED ID=1', '30 CLOSED ID=1']);
    expect(await ids(restart)).toEqual([
      '16 CLOSED REASON=DONE ID=2',
      ...['20 CLOSED ID=1', '20 NEW ID=1', '20 CONNECTED ID=1'],
    ]);
    expect((await ids(endedForGood)).filter((text) => text.endsWith('ID=3'))).toEqual([
      ...['10 CLOSED ID=3', '10 NEW ID=3', '10 CONNECTED ID=3'],
      ...['14 CLOSED ID=3', '20 NEW ID=3', '20 CONNECTED ID=3'],
    ]);
  });

  it('tells when a connection is established, and of none that is not between Tors', async () => {
    const others = ['2 0 0 0 0 0 IXt', '3 0 0 0 0 0 ICt', '4 0 0 0 0 0 ORt', '5 0 0 0 0 0 IDT'];
    const rest = others.map((other) => `${other} 0 0 1`);
    const lines = [
      header(),
      snapshot(0, []),
      snapshot(10, ['1 0 0 0 0 0 oRT 0 0 1', ...rest]),
      snapshot(20, ['1 0 0 0 0 0 oRT 0 0 11', '1 7 0 0 0 0 ORT 0 0 11']),
      snapshot(30, ['1 0 0 0 0 0 ORT 0 0 21']),
    ];
    expect(await told(lines, 'ORCONN')).toEqual([
      `9 ${NOBODY} LAUNCHED ID=1`,
      `20 ${NOBODY} CONNECTED ID=1`,
    ]);
  });
});

describe('a connection of unknown direction', () => {
  const unknown = (flags: string, uptime: number) => `1 0 ${RELAY} 0 0 0 ${flags} 0 0 ${uptime}`;
  const relay = `$${RELAY}`;

  it('has no opening, which would say where it came from; its other events come', async () => {
    const lines = [
      header(),
      snapshot(0, []),
      snapshot(10, [unknown('uRT', 1)]),
      snapshot(20, [unknown('URT', 11)]),
      snapshot(30, []),
    ];
    expect(await told(lines, 'ORCONN')).toEqual([
      `20 ${relay} CONNECTED ID=1`,
      `30 ${relay} CLOSED ID=1`,
    ]);
  });

  it('has its opening as soon as the direction is known', async () => {
    const lines = [
      header(),
      snapshot(0, []),
      snapshot(10, [unknown('uRT', 1)]),
      snapshot(20, [unknown('iRT', 11)]),
    ];
    expect(await told(lines, 'ORCONN')).toEqual([`20 ${relay} NEW ID=1`]);
  });

  it('that came and went between two polls, or never was established, has none at all', async () => {
    const at = (second: number) => new Date(MIDNIGHT + second * 1000).toISOString();
    const passing = [
      { at: at(12), conn_id: 9, what: 'opened', or_id: RELAY, type_flags: 'URT' },
      { at: at(14), conn_id: 9, what: 'closed', reason: 'DONE' },
    ];
    const lines = [
      header(),
      snapshot(0, []),
      snapshot(10, [unknown('uRT', 1)]),
      snapshot(20, [], { events: passing }),
    ];
    expect(await told(lines, 'ORCONN')).toEqual([]);
  });

  it('is in orconn-status once it is established', async () => {
    const status = async (flags: string) =>
      await withRecording([header(), snapshot(0, [unknown(flags, 1)])], (recording) => {
        const [first] = [...recording.items(EVERYTHING)].filter((item) => item.kind === 'snapshot');
        return orConnStatus(first!.listing);
      });
    expect(await status('URT')).toBe(`${relay} CONNECTED`);
    expect(await status('uRT')).toBe('');
    expect(await status('UDT')).toBe('');
  });
});

/** The OR connections, by what was told. */
class Told {
  readonly status = new Map<string, string>();

  readonly listen: Listener = (name, text) => {
    if (name !== 'ORCONN') return;
    const [, status, id] = text.replace(/ REASON=\S+/, '').split(' ') as [string, string, string];
    if (status === 'CLOSED') {
      expect(this.status.has(id), text).toBe(true);
      this.status.delete(id);
    } else {
      // An opening is of a connection that is not there; it is established once.
      if (status !== 'CONNECTED') expect(this.status.get(id), text).toBeUndefined();
      expect(this.status.get(id), text).not.toBe('CONNECTED');
      this.status.set(id, status);
    }
  };
}

describe('any tape', () => {
  it('ends with the OR connections of its last snapshot, by what was told', () =>
    fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        await withRecording(lines, (recording) => {
          const snapshots = [...recording.items(EVERYTHING)].filter(
            (item) => item.kind === 'snapshot',
          );
          if (snapshots.length === 0) return;
          const told = new Told();
          for (const id of orConnsIn(snapshots[0]!)) told.status.set(id, 'there');
          play(recording, 60_000, told.listen);
          const last = snapshots.at(-1)!;
          expect([...told.status.keys()]).toEqual(expect.arrayContaining(orConnsIn(last)));
          // A line's flags may say later that it is another kind of connection: it is there all the same.
          const there = last.listing.labels.map(({ connId }) => `ID=${connId}`);
          expect(there).toEqual(expect.arrayContaining([...told.status.keys()]));
        });
      }),
      { numRuns: 100 },
    ));

  it('tells the same however seldom it is looked at', () =>
    fc.assert(
      fc.asyncProperty(
        transcripts,
        fc.integer({ min: 300, max: 90_000 }),
        async (lines, stepMs) => {
          await withRecording(lines, (recording) => {
            if (recording.extent === undefined) return;
            const texts = (step: number) =>
              play(recording, step).map(({ name, text }) => `${name} ${text}`);
            expect(texts(stepMs)).toEqual(texts(10_000_000));
          });
        },
      ),
      { numRuns: 50 },
    ));
});

/** The connections that orconn-status tells of. */
function orConnsIn({ listing }: Snapshot): string[] {
  const lines = listing.labels.filter((label) => orConnStatus({ ...listing, labels: [label] }));
  return [...new Set(lines.map(({ connId }) => `ID=${connId}`))];
}
