/**
 * What a control port with conn/all serves, recorded: equal to what it served, and nothing lost
 * whatever the port does.
 */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/control/address.ts';
import { ControlServer } from '../../src/control/server.ts';
import { textOf } from '../../src/listing/listing.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type { Between, Session, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { record } from '../../src/recording/recorder.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { MomentService } from '../../src/serving/moment.ts';
import { openNative } from '../../src/sources/native.ts';
import { openPolling } from '../../src/sources/polling.ts';
import { FREE_PORT, openControlPort, type Script } from '../control/peers.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { stillOpen } from '../oracle/cases.ts';
import {
  HEADER,
  itemsOf,
  snapshotOf,
  streamOf,
  temporaryFolder,
  transcriptOf,
  WRITER_OPTIONS,
  withRecording,
} from '../recording/tapes.ts';
import { aborted, HandTime } from './handTime.ts';

const EXACT = 1;

/** Serves a tape, a moment a poll, and records what is served. */
async function recordServed(lines: readonly string[], path: string): Promise<void> {
  const items = await streamOf(lines);
  const { header } = items[0] as Session;
  const service = new MomentService(header, EXACT);
  const server = await ControlServer.listen({
    address: FREE_PORT,
    service,
    authentication: 'none',
  });
  const over = new AbortController();
  const rest = items[Symbol.iterator]();
  const showNext = () => {
    const before: Between[] = [];
    for (let item = rest.next().value; item !== undefined; item = rest.next().value) {
      if (item.kind === 'snapshot') return service.show(item, before);
      before.push(item);
    }
    over.abort();
  };
  const time = new HandTime();
  time.onWait = showNext;
  showNext();
  try {
    const open = () => openNative({ address: server.address }, header.intervalMs);
    const polling = { intervalMs: 1000, clock: time, notice: () => {}, random: () => 0 };
    const source = await openPolling(open, polling, over.signal);
    const recorder = { ...WRITER_OPTIONS, round: EXACT, notice: () => {} };
    await record(source, path, recorder, over.signal);
    await source.close();
  } finally {
    await server.close();
  }
}

/** A tape's transcript without what follows its last snapshot: no poll tells of that. */
function untilLastSnapshot(lines: readonly string[]): string[] {
  return lines.slice(0, lines.findLastIndex((line) => line.startsWith('{"at"')) + 1);
}

describe('record of what is served', () => {
  it('is what was served: header, listings, info values, events and gaps', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        await withRecording(lines, async (recording, path) => {
          const copy = `${path}.copy`;
          await recordServed(lines, copy);
          const copied = Recording.open(copy);
          try {
            expect(transcriptOf(copied)).toEqual(untilLastSnapshot(transcriptOf(recording)));
          } finally {
            copied.close();
          }
        });
      }),
      { numRuns: 100 },
    );
  });

  it('is not repeated after an outage in which nothing was served', async () => {
    const { items } = await itemsOf(stillOpen);
    const [first, second] = items as Snapshot[];
    const service = new MomentService(HEADER, EXACT);
    service.show(first!, []);
    const serve = (address: Address) =>
      ControlServer.listen({ address, service, authentication: 'none' });
    let server = await serve(FREE_PORT);
    const { address } = server;
    const time = new HandTime();
    // The port goes away and comes back, with the same moment and later with the next.
    time.onWait = async (count) => {
      if (count === 1) await server.close();
      if (count === 2) server = await serve(address);
      if (count === 3) service.show(second!, []);
    };
    const { signal } = new AbortController();
    const polling = { intervalMs: 10_000, clock: time, notice: () => {}, random: () => 0 };
    const source = await openPolling(() => openNative({ address }, 10_000), polling, signal);
    const told: unknown[] = [];
    for await (const item of source.items(signal)) {
      if (item.kind === 'session') continue;
      told.push(item.kind === 'gap' ? [item.from, item.to] : item.at);
      if (told.length === 3) break;
    }
    expect(told).toEqual([first!.at, [first!.at, second!.at], second!.at]);
    await source.close();
    await server.close();
  });

  it('declares no gap where a port that is polled often serves what is polled rarely', async () => {
    const service = new MomentService({ ...HEADER, intervalMs: 10_000 }, EXACT);
    const conn = '1 0 0 0 0 0 IRt 10 20 5';
    service.show(snapshotOf(10_000, conn), []);
    const server = await ControlServer.listen({
      address: FREE_PORT,
      service,
      authentication: 'none',
    });
    const time = new HandTime();
    time.onWait = async (count) => {
      if (count % 10 === 0) service.show(snapshotOf(10_000 + count * 1000, conn), []);
    };
    const { signal } = new AbortController();
    // Each poll costs a little: a gap that was declared would have its reason.
    let spent = 0;
    const clock = {
      wall: () => time.wall() + spent,
      monotonic: () => time.monotonic() + ++spent,
      wait: (ms: number, until: AbortSignal) => time.wait(ms, until),
    };
    const polling = { intervalMs: 1000, clock, notice: () => {}, random: () => 0 };
    const open = () => openNative({ address: server.address }, 1000);
    const source = await openPolling(open, polling, signal);
    const kinds: string[] = [];
    for await (const item of source.items(signal)) {
      kinds.push(item.kind);
      if (kinds.length === 4) break;
    }
    expect(kinds).toEqual(['session', 'snapshot', 'snapshot', 'snapshot']);
    await source.close();
    await server.close();
  });

  it('takes 40,000 connections in one poll', async () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, id) => `${id} ${id * 7} 0 0 0 0 IRt ${id * 1000} ${id} ${id % 3600}`,
    );
    const conn = lines.join('\n');
    const service = new MomentService(HEADER, EXACT);
    const listing = parseListing(conn);
    service.show(
      { kind: 'snapshot', at: 1, pollMs: 0, listing, info: new Map(), events: [], extra: {} },
      [],
    );
    const server = await ControlServer.listen({
      address: FREE_PORT,
      service,
      authentication: 'none',
    });
    const connection = await openNative({ address: server.address }, 1000);
    const [snapshot] = (await connection.poll(1)) as [Snapshot];
    await connection.close();
    await server.close();
    expect(textOf(snapshot.listing)).toBe(conn);
  });
});

/** Which poll of a hand-written port misbehaves: there was one before, and one comes after. */
const BAD_POLL = 2;

const LINES = ['1 0 0 0 0 0 IRt 10 20 5', '2 7 0 0 0 0 ORt 1 2 3'];

function block(key: string, lines: readonly string[]): string {
  return [`250+${key}=`, ...lines, '.', '250 OK', ''].join('\r\n');
}

/** A port that has conn/all and answers everything, but for one poll, where it does as it is told. */
function port(misbehave: (socket: Socket) => void): Script {
  let polls = 0;
  return (line, socket) => {
    if (line === 'GETINFO info/names') socket.write(block('info/names', ['conn/all -- All.']));
    else if (line === 'GETINFO fingerprint') {
      socket.write(`250-fingerprint=${'A'.repeat(40)}\r\n250 OK\r\n`);
    } else if (line.startsWith('GETCONF')) socket.write(`250 ${line.slice(8)}=1\r\n`);
    else if (!line.includes('conn/all')) socket.write('552 Unrecognized\r\n');
    else if (++polls === BAD_POLL) misbehave(socket);
    else socket.write(block('conn/all', LINES));
  };
}

/** Sends bytes one at a time, each in a packet of its own as far as the system lets us. */
function drip(text: string, socket: Socket, from = 0): void {
  if (from >= text.length || socket.destroyed) return;
  socket.setNoDelay(true);
  socket.write(text[from]!, () => setImmediate(drip, text, socket, from + 1));
}

/** Sends a line over and over until 200 MB are sent or nobody takes it any more. */
function flood(line: string, socket: Socket): void {
  const chunk = Buffer.from(line.repeat(Math.ceil(2 ** 20 / line.length)));
  let left = 200;
  const more = () => {
    while (left-- > 0 && !socket.destroyed) if (!socket.write(chunk)) return;
  };
  socket.on('drain', more);
  more();
}

/** Records three polls of a port, of which the second goes wrong. */
async function recordPort(misbehave: (socket: Socket) => void, replyTimeoutMs = 30_000) {
  const address = await openControlPort(port(misbehave));
  const path = join(temporaryFolder(), 'a.tape');
  const stop = new AbortController();
  const kept: TapeItem[] = [];
  const time = new HandTime();
  time.onWait = async (_count, signal) => {
    if (kept.filter((item) => item.kind === 'snapshot').length === 3) stop.abort();
    if (stop.signal.aborted) await aborted(signal);
  };
  const open = (signal: AbortSignal) => openNative({ address, signal, replyTimeoutMs }, 10_000);
  const polling = { intervalMs: 10_000, clock: time, notice: () => {}, random: () => 0 };
  const source = await openPolling(open, polling, stop.signal);
  const recorder = {
    ...WRITER_OPTIONS,
    round: EXACT,
    notice: () => {},
    kept: (item: TapeItem) => kept.push(item),
  };
  await record(source, path, recorder, stop.signal);
  await source.close();
  const recording = Recording.open(path);
  const verification = verifyRecording(recording, { rebuild: true, progress: () => {} });
  const items = [...recording.items(EVERYTHING)];
  recording.close();
  expect(verification.damages).toEqual([]);
  for (const item of items) {
    if (item.kind === 'snapshot') expect(textOf(item.listing)).toBe(LINES.join('\n'));
  }
  const [session, ...rest] = items.map((item) => (item.kind === 'gap' ? item.reason : item.kind));
  expect(session).toBe('session');
  return rest;
}

describe('a port that misbehaves', () => {
  it('may take its time, byte by byte', async () => {
    const all = await recordPort((socket) => drip(block('conn/all', LINES), socket));
    expect(all).toEqual(['snapshot', 'snapshot', 'snapshot']);
  });

  const half = block('conn/all', LINES).slice(0, 40);

  it.each<readonly [what: string, reason: RegExp, misbehave: (socket: Socket) => void]>([
    [
      'closes in mid-reply',
      /connection closed in the middle of a reply/,
      (socket) => void socket.end(half),
    ],
    [
      'resets in mid-reply',
      /reset|closed/,
      (socket) => void socket.write(half, () => socket.resetAndDestroy()),
    ],
    ['refuses', /551/, (socket) => void socket.write('551 Internal error\r\n')],
    [
      'no longer knows the key',
      /552/,
      (socket) => void socket.write('552 Unrecognized key "conn/all"\r\n'),
    ],
    [
      'speaks another language',
      /instead of a status/,
      (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
    ['answers something else', /does not have it/, (socket) => void socket.write('250 OK\r\n')],
    [
      'sends 200 MB of lines',
      /data block of more than/,
      (socket) => {
        socket.write('250+conn/all=\r\n');
        flood(`${LINES[0]}\r\n`, socket);
      },
    ],
    [
      'sends 200 MB without a line',
      /line of more than/,
      (socket) => flood('0123456789abcdef', socket),
    ],
  ])('%s: a gap that says so, and nothing is lost', async (_what, reason, misbehave) => {
    const [first, gap, ...after] = await recordPort(misbehave);
    expect([first, ...after]).toEqual(['snapshot', 'snapshot', 'snapshot']);
    expect(gap).toMatch(reason);
  });

  it.each<readonly [what: string, text: string]>([
    ['never answers', ''],
    ['never ends its answer', half],
  ])('%s: a gap that says so, and nothing is lost', async (_what, text) => {
    const all = await recordPort((socket) => void socket.write(text), 100);
    const gap = expect.stringMatching(/^Tor did not answer for/);
    expect(all).toEqual(['snapshot', gap, 'snapshot', 'snapshot']);
  });

  it('is not another relay because it broke while it said who it is', async () => {
    let asked = 0;
    const good = port((socket) => socket.destroy());
    const address = await openControlPort((line, socket) => {
      if (line === 'GETINFO fingerprint' && ++asked === 1) socket.destroy();
      else good(line, socket);
    });
    await expect(openNative({ address }, 1000)).rejects.toMatchObject({ kind: 'connect' });
    const connection = await openNative({ address }, 1000);
    expect(connection.header.relay.fingerprint).toBe('A'.repeat(40));
    await connection.close();
  });

  it('that has no conn/all is not polled for it', async () => {
    const address = await openControlPort((line, socket) => {
      if (line === 'GETINFO info/names') socket.write(block('info/names', ['version -- V.']));
      else if (line.startsWith('GETCONF')) socket.write(`250 ${line.slice(8)}=1\r\n`);
      else socket.write('552 Unrecognized key\r\n');
    });
    await expect(openNative({ address }, 1000)).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('conn/all'),
      hint: expect.any(String),
    });
  });

  it('that says nonsense of itself is not a conntape', async () => {
    const names = block('info/names', ['conn/all --', 'conntape/header --', 'conntape/moment --']);
    for (const header of ['', 'null', '[]', '{"transcript":1}', '{']) {
      const address = await openControlPort((line, socket) => {
        if (line === 'GETINFO info/names') socket.write(names);
        else socket.write(`250-conntape/header=${header}\r\n250 OK\r\n`);
      });
      await expect(openNative({ address }, 1000)).rejects.toMatchObject({ kind: 'protocol' });
    }
  });
});
