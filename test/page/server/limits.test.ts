/** What the page's server does with more than it is for: of connections, requests, headers, time, readers. */
import { once } from 'node:events';
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Crew } from '../../../src/page/server/pageWorker.ts';
import { EVERYTHING } from '../../../src/recording/reader.ts';
import { shapes } from '../../oracle/cases.ts';
import { importInto, temporaryFolder } from '../../recording/tapes.ts';
import {
  ask,
  begun,
  cookieOf,
  getter,
  LONG,
  longTape,
  type Served,
  sent,
  serve,
} from './serving.ts';

async function shortTape(): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, shapes);
  return path;
}

function connected(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('a request', () => {
  it('with headers, or a URL, that are too long is refused', async () => {
    const { port } = await serve(await shortTape());
    const long = 'x'.repeat(17 << 10);
    const request = `GET /HERE HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nLong: THERE\r\n\r\n`;
    const inHeaders = await sent(port, request.replace('THERE', long));
    expect(inHeaders).toMatch(/^HTTP\/1\.1 431 /);
    expect(await sent(port, request.replace('HERE', long))).toMatch(/^HTTP\/1\.1 431 /);
    expect((await ask(port, '/')).status).toBe(403);
  });

  it('with a body is refused, its body unread', async () => {
    const served = await serve(await shortTape());
    const { cookie } = await cookieOf(served);
    const head = `GET /head HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nCookie: ${cookie}\r\n`;
    for (const length of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      // The body never comes: an answer that waited for it would not be seen.
      const answer = await sent(served.port, `${head}${length}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('Connection: close');
    }
  });

  it.each([
    ['nothing', ''],
    ['half a line', 'GET /'],
    ['no end of its headers', 'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n'],
  ])('of a client that sends %s ends when its time is over', async (_, bytes) => {
    const { port } = await serve(await shortTape(), { limits: { requestMs: 50 } });
    expect(await sent(port, bytes)).toMatch(/^(?:$|HTTP\/1\.1 408 )/);
  });

  it('beyond so many at once is refused', async () => {
    const served = await serve(longTape(), { limits: { maxRequests: 2 } });
    const headers = await cookieOf(served);
    const [first, second] = [
      await begun(served.port, LONG, { headers }),
      await begun(served.port, LONG, { headers }),
    ];
    const refused = await ask(served.port, '/head', { headers });
    expect([refused.status, refused.body]).toEqual([503, 'Too much is asked at once.\n']);
    first.destroy();
    second.destroy();
  });
});

describe('a connection', () => {
  it('beyond so many is closed, and the others are none the worse', async () => {
    const served = await serve(await shortTape(), { limits: { maxConnections: 2 } });
    const sockets = [connected(served.port), connected(served.port)];
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await once(connected(served.port), 'close');
    sockets[0]!.destroy();
    sockets[1]!.write(`GET /head HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\n\r\n`);
    const [answer] = await once(sockets[1]!, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

/** So many reports are written at once. */
const AT_ONCE = 2;

/** As many downloads as there are at once, none of which is read on. */
async function stalled(served: Served, headers: Readonly<Record<string, string>>) {
  const all = [];
  for (let place = 0; place < AT_ONCE; place++) {
    const response = await begun(served.port, LONG, { headers });
    response.pause();
    all.push(response);
  }
  return all;
}

describe('a report', () => {
  it('waits while others are written, and is written when one of their readers has gone', async () => {
    const served = await serve(longTape());
    const headers = await cookieOf(served);
    const get = await getter(served);
    const [first] = await stalled(served, headers);
    let isAnswered = false;
    const third = get('/csv/churn').then((answer) => {
      isAnswered = true;
      return answer;
    });
    // Parts and moments do not wait for reports.
    expect((await get('/part/lives?from=0&to=900000&bins=9')).status).toBe(200);
    expect((await get('/head')).status).toBe(200);
    expect(isAnswered).toBe(false);
    first!.destroy();
    expect((await third).status).toBe(200);
  });

  it('is not waited for by a reader who has gone', async () => {
    const served = await serve(longTape(), { limits: { maxRequests: 3 } });
    const headers = await cookieOf(served);
    const get = await getter(served);
    await stalled(served, headers);
    const waiting = connected(served.port);
    waiting.write(
      `GET /csv/churn HTTP/1.1\r\nHost: localhost\r\nCookie: ${headers.cookie}\r\n\r\n`,
    );
    const statusOf = async () => (await get('/head')).status;
    while ((await statusOf()) !== 503);
    waiting.destroy();
    while ((await statusOf()) !== 200);
  });

  it('is broken off where its reader takes nothing for long', async () => {
    const served = await serve(longTape(), { limits: { stalledMs: 50 } });
    const downloads = await stalled(served, await cookieOf(served));
    const get = await getter(served);
    // Its turn comes when one of them has ended.
    expect((await get('/csv/churn')).status).toBe(200);
    const ends = await Promise.allSettled(downloads.map(text));
    expect(ends.map(({ status }) => status)).toContain('rejected');
  });
});

describe('the end', () => {
  it('comes while reports are written, and others wait for their turn', async () => {
    const served = await serve(longTape());
    const headers = await cookieOf(served);
    const downloads = await stalled(served, headers);
    const waiting = begun(served.port, '/csv/churn', { headers });
    const gone = expect(waiting).rejects.toThrow();
    await ask(served.port, '/', { headers });
    await served.server.close();
    await gone;
    for (const one of downloads) await expect(text(one)).rejects.toThrow();
    await expect(ask(served.port, '/')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('workers', () => {
  const never = new AbortController().signal;

  function ordered(report: string) {
    const asked = { bucketMs: 1000, baselineMs: Number.POSITIVE_INFINITY, selection: {} };
    return { order: { kind: 'csv', report, window: EVERYTHING, ...asked }, generation: 1 } as const;
  }

  async function crewFor(path: string): Promise<Crew> {
    const crew = new Crew({ path, shellPath: path }, 1);
    onTestFinished(() => crew.close());
    return crew;
  }

  async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all).toString();
  }

  it('make no more than is read', async () => {
    const path = longTape();
    const [crew, other] = [await crewFor(path), await crewFor(path)];
    const pieces = crew.make(ordered('asymmetry'), never);
    await pieces.next();
    // So long it had time to go on; what it has not read yet is lost now.
    await textOf(other.make(ordered('asymmetry'), never));
    const { size } = statSync(path);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(size >> 1), 0, size >> 1, size >> 1);
    closeSync(file);
    await expect(textOf(pieces)).rejects.toThrow('damaged');
  });

  it('stop when nobody reads on, and keep what they have read', async () => {
    const path = longTape();
    const crew = await crewFor(path);
    for await (const piece of crew.make(ordered('asymmetry'), never)) {
      expect(piece.length).toBeGreaterThan(60_000);
      expect(crew.busy).toBe(1);
      break;
    }
    expect(crew.busy).toBe(0);
    // One that had to be ended would have to open it again.
    rmSync(path);
    expect(await textOf(crew.make(ordered('churn'), never))).toMatch(/^bucket_start,/);
  });

  it('stop in the midst of what they play when a signal aborts, and take no order that did', async () => {
    const path = longTape();
    const crew = await crewFor(path);
    const gone = new AbortController();
    const onSnapshot = () => gone.abort();
    const work = textOf(crew.make({ ...ordered('asymmetry'), onSnapshot }, gone.signal));
    const waiting = new AbortController();
    const other = textOf(crew.make(ordered('asymmetry'), waiting.signal));
    const late = textOf(crew.make(ordered('churn'), never));
    waiting.abort();
    await expect(other).rejects.toThrow('Nobody waits for it.');
    gone.abort();
    await expect(work).rejects.toThrow('Nobody waits for it.');
    expect(await late).toMatch(/^bucket_start,/);
    const aborted = textOf(crew.make(ordered('churn'), gone.signal));
    await expect(aborted).rejects.toThrow('Nobody waits for it.');
    expect(crew.busy).toBe(0);
  });

  it('say what was thrown, and take the next order', async () => {
    const path = join(temporaryFolder(), 'late.tape');
    const crew = await crewFor(path);
    await expect(textOf(crew.make(ordered('churn'), never))).rejects.toThrow(
      'opening the recording: there is no such file',
    );
    await importInto(path, shapes);
    const report = await textOf(crew.make(ordered('churn'), never));
    expect(report).toMatch(/^bucket_start,/);
    expect(crew.busy).toBe(0);
  });

  it('are waited for by so many, and no more', async () => {
    const path = longTape();
    const crew = await crewFor(path);
    const gone = new AbortController();
    const all = Array.from({ length: 34 }, () =>
      textOf(crew.make(ordered('churn'), gone.signal)).catch((thrown: Error) => thrown.message),
    );
    expect(await all.at(-1)).toBe('Too much is asked at once.');
    gone.abort();
    expect(new Set(await Promise.all(all.slice(0, -1)))).toEqual(new Set(['Nobody waits for it.']));
  });
});
