/** A controller in front of a Tor: what passes, what is answered here, and in which order. */

import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAddress } from '../../../src/control/address.ts';
import { ControlClient, type ControlEvent } from '../../../src/control/client.ts';
import { bytesOf, RawReplyParser } from '../../../src/control/raw.ts';
import { type Reply, replyOf } from '../../../src/control/reply.ts';
import { ControlServer } from '../../../src/control/server.ts';
import type { ControlService } from '../../../src/control/service.ts';
import { namesIn } from '../../../src/sources/native.ts';
import { chunked } from '../../control/chunks.ts';
import {
  answers,
  connectTo,
  converse,
  exampleService,
  FREE_PORT,
  openControlPort,
} from '../../control/peers.ts';
import { answeringConf, TestPort } from '../../control/testPort.ts';
import { snapshotOf } from '../../recording/tapes.ts';
import { LINES, liveBefore, T0 } from './world.ts';

async function torOf(more: Partial<ControlService> = {}): Promise<TestPort> {
  const options = new Map([['ORPort', '9001\n[::]:9001']]);
  const service = exampleService({
    other: answeringConf((keys) => new Map(keys.map((key) => [key, options.get(key)]))),
    ...more,
  });
  const server = await TestPort.listen({
    address: FREE_PORT,
    service,
    authentication: 'none',
  });
  onTestFinished(() => server.close());
  return server;
}

/** The answers to lines, after an AUTHENTICATE that is not shown. */
async function ask(server: ControlServer, ...lines: string[]): Promise<string[]> {
  const [admitted, ...rest] = await converse(server.address, ['AUTHENTICATE', ...lines]);
  expect(admitted).toBe('250 OK');
  return rest;
}

async function clientOf(server: ControlServer): Promise<ControlClient> {
  const client = await ControlClient.connect({ address: server.address });
  onTestFinished(() => client.close());
  return client;
}

function nextEvent(client: ControlClient): Promise<ControlEvent> {
  return new Promise((resolve) => {
    const stop = client.onEvent((event) => {
      stop();
      resolve(event);
    });
  });
}

describe('a GETINFO', () => {
  it('with keys of both is answered as one, in their order', async () => {
    const { server } = await liveBefore((await torOf()).address);
    expect(await ask(server, 'GETINFO version conn/all info/uptime-process stream-status')).toEqual(
      [
        '250-version=0.4.9.11',
        '250+conn/all=',
        ...LINES,
        '.',
        '250-info/uptime-process=159',
        '250-stream-status=',
        '250 OK',
      ],
    );
    expect(await ask(server, 'getinfo conn/12/7', 'GETINFO')).toEqual([
      `250-conn/12/7=${LINES[1]}`,
      '250 OK',
      '250 OK',
    ]);
  });

  it('with one unknown key has no values, only what is unknown to whom it belongs', async () => {
    const { server } = await liveBefore((await torOf()).address);
    expect(await ask(server, 'GETINFO version conn/9/9 bogus conn/all conn/0/8 other')).toEqual([
      '552-Unrecognized key "conn/9/9"',
      '552-Unrecognized key "bogus"',
      '552-Unrecognized key "conn/0/8"',
      '552 Unrecognized key "other"',
    ]);
  });

  it.each([
    ['conn/0/99', ['conn/0/99']],
    ['conn/-1/7 conn/0/-7', ['conn/-1/7', 'conn/0/-7']],
    ['conn/0/9007199254740993', ['conn/0/9007199254740993']],
    [`conn/0/${'9'.repeat(1000)}`, [`conn/0/${'9'.repeat(1000)}`]],
    ['conn/0/ 7', ['conn/0/', '7']],
    ['conn/0/7 8', ['8']],
    ['conn/ conn/* conn/0/7/', ['conn/', 'conn/*', 'conn/0/7/']],
    ['conn/0x0/7 conn/00/7 conn/%30/7', ['conn/0x0/7', 'conn/00/7', 'conn/%30/7']],
    ['info/uptime-reset', ['info/uptime-reset']],
  ])('of %j says what there is not', async (keys, missing) => {
    const { server } = await liveBefore((await torOf()).address);
    const last = missing.length - 1;
    expect(await ask(server, `GETINFO ${keys}`)).toEqual(
      missing.map((key, index) => `552${index < last ? '-' : ' '}Unrecognized key "${key}"`),
    );
  });

  it('finds a connection no more that closed between two requests', async () => {
    const { server, moment } = await liveBefore((await torOf()).address);
    const client = await clientOf(server);
    expect(await client.tryGetInfo('conn/12/7')).toBe(LINES[1]);
    moment.show(snapshotOf(T0 + 1000, LINES[0]!), []);
    expect(await client.tryGetInfo('conn/12/7')).toBeUndefined();
    expect(await client.tryGetInfo('conn/0/7')).toBe(LINES[0]);
  });

  it('of info/names lists both', async () => {
    const info = new Map([['info/names', 'config/* -- Values.\nversion -- The version.']]);
    const tor = await torOf({
      getInfo: (keys) => new Map(keys.map((key) => [key, info.get(key)])),
    });
    const { server } = await liveBefore(tor.address);
    const client = await clientOf(server);
    const names = [...namesIn((await client.tryGetInfo('info/names'))!)];
    expect(names).toEqual([
      ...['config/*', 'conn/*', 'conn/all', 'conntape/header', 'conntape/moment'],
      ...['info/relay/read-total', 'info/uptime-process', 'ns/authority', 'version'],
    ]);
    for (const name of names.filter((one) => !one.includes('*') && one !== 'version')) {
      expect(await client.tryGetInfo(name)).toBeDefined();
    }
  });

  it('of ours alone needs no Tor', async () => {
    const { server } = await liveBefore(parseAddress('127.0.0.1:1'));
    expect(await ask(server, 'GETINFO conn/0/7')).toEqual([`250-conn/0/7=${LINES[0]}`, '250 OK']);
  });

  it('is refused while Tor is away, with the reason', async () => {
    const { server, presence } = await liveBefore((await torOf()).address);
    presence.away = 'nothing listens there';
    expect(await ask(server, 'GETINFO version conn/all', 'GETINFO version')).toEqual([
      '551 Tor is away: nothing listens there',
      '250-version=0.4.9.11',
      '250 OK',
    ]);
  });
});

describe('a command', () => {
  it('that reads passes', async () => {
    const { server } = await liveBefore((await torOf()).address);
    expect(
      await ask(server, 'GETCONF ORPort', 'getconf Bogus', 'SETEVENTS BW NONE', 'SETEVENTS BW'),
    ).toEqual([
      '250-ORPort=9001',
      '250 ORPort=[::]:9001',
      '552 Unrecognized configuration key "Bogus"',
      '552 Unrecognized event "NONE"',
      '250 OK',
    ]);
  });

  it('that changes Tor is refused, unless it is allowed by name', async () => {
    const passed: string[] = [];
    const tor = await torOf({
      other: async (command): Promise<Reply> => {
        passed.push(`${command.keyword} ${command.args} ${command.data}`);
        return replyOf(250, 'done');
      },
    });
    const { server } = await liveBefore(tor.address, { allowed: new Set(['SIGNAL', 'LOADCONF']) });
    expect(
      await ask(
        server,
        ...['signal NEWNYM', 'SETCONF Nickname=x', '+LOADCONF\r\n..x\r\n.', '+POSTDESCRIPTOR\r\n.'],
        ...['MAPADDRESS a=b', 'TAKEOWNERSHIP', 'BOGUS', '+GETINFO conn/all\r\n.', 'SIGNALS'],
      ),
    ).toEqual([
      '250 done',
      '510 Command "SETCONF" is not allowed here (conntape serve --allow SETCONF)',
      '250 done',
      '510 Command "POSTDESCRIPTOR" is not allowed here (conntape serve --allow POSTDESCRIPTOR)',
      '510 Command "MAPADDRESS" is not allowed here (conntape serve --allow MAPADDRESS)',
      '510 Command "TAKEOWNERSHIP" is not allowed here (conntape serve --allow TAKEOWNERSHIP)',
      '510 Unrecognized command "BOGUS"',
      '510 Unrecognized command "+GETINFO"',
      '510 Unrecognized command "SIGNALS"',
    ]);
    expect(passed).toEqual(['signal NEWNYM undefined', 'LOADCONF  .x']);
  });

  it('passes byte by byte as it is', async () => {
    const got: Buffer[] = [];
    const tor = await openControlPort((_line, socket) => socket.write('250 OK\r\n'));
    const { server } = await liveBefore(await tapped(tor, got), { allowed: new Set(['SETCONF']) });
    const line = Buffer.from('setconf \t ContactInfo="caf\xe9" \0 \r\r\n', 'latin1');
    const socket = connectTo(server.address);
    socket.end(Buffer.concat([Buffer.from('AUTHENTICATE\r\n'), line]));
    expect(await answers(socket)).toEqual(['250 OK', '250 OK']);
    expect(Buffer.concat(got).subarray(-line.length)).toEqual(line);
  });

  it('finds no Tor there, is told so, and may be tried again', async () => {
    const tor = await torOf();
    const { address } = tor;
    const { server } = await liveBefore(address);
    await tor.close();
    const client = await clientOf(server);
    await expect(client.getInfo(['version'])).rejects.toThrow('551 the control port');
    const again = await ControlServer.listen({
      address,
      service: exampleService(),
      authentication: 'none',
    });
    onTestFinished(() => again.close());
    expect(await client.tryGetInfo('version')).toBe('0.4.9.11');
  });
});

/** An address that leads to another, and keeps what is sent there. */
async function tapped(tor: Parameters<typeof connectTo>[0], got: Buffer[]) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const behind = connectTo(tor);
    socket.on('data', (chunk: Buffer) => {
      got.push(chunk);
      behind.write(chunk);
    });
    behind.pipe(socket);
    socket.once('close', () => behind.destroy());
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return parseAddress(`127.0.0.1:${(server.address() as { port: number }).port}`);
}

describe('events', () => {
  it('come to each controller as it asked for them, as they are', async () => {
    const tor = await torOf();
    const { server } = await liveBefore(tor.address);
    const [one, other] = [await clientOf(server), await clientOf(server)];
    await one.setEvents(['BW']);
    await other.setEvents(['NS']);
    const [bw, ns] = [nextEvent(one), nextEvent(other)];
    const lines = [
      { status: 650, text: 'NS', data: 'r a\n.b' },
      { status: 650, text: 'OK' },
    ];
    tor.forward('NS', lines);
    tor.emit('BW', '147 153');
    expect((await ns).lines).toEqual(lines);
    expect((await bw).text).toBe('147 153');
  });

  it('are for fifty controllers at once', async () => {
    const tor = await torOf();
    const { server } = await liveBefore(tor.address);
    const clients = await Promise.all(Array.from({ length: 50 }, () => clientOf(server)));
    await Promise.all(clients.map((client) => client.setEvents(['BW', 'ORCONN'])));
    const heard = clients.map(nextEvent);
    tor.emit('ORCONN', '$FFFF~a CONNECTED ID=1');
    expect((await Promise.all(heard)).map(({ text }) => text)).toEqual(
      Array(50).fill('$FFFF~a CONNECTED ID=1'),
    );
    const all = await Promise.all(clients.map((client) => client.getInfo(['conn/all', 'version'])));
    expect(all.every((values) => values.get('conn/all') === LINES.join('\n'))).toBe(true);
  });

  it('that pile up end the one who does not read, and no other', async () => {
    const tor = await torOf();
    const { server } = await liveBefore(
      tor.address,
      {},
      {
        limits: { maxQueuedBytes: 1 << 20 },
      },
    );
    const reader = await clientOf(server);
    await reader.setEvents(['BW']);
    const idle = connectTo(server.address);
    const gone = new Promise<void>((resolve) => {
      idle.once('end', resolve);
      idle.once('error', () => resolve());
    });
    idle.write('AUTHENTICATE\r\nSETEVENTS ORCONN\r\n');
    await heard(idle, '250 OK\r\n250 OK\r\n');
    idle.pause();
    const flood = 'x'.repeat(1 << 16);
    // More than the operating system's buffers of all sockets between and the limit together.
    for (let sent = 0; sent < 64 << 20; sent += flood.length) {
      tor.emit('ORCONN', flood);
      if (sent % (1 << 20) === 0) await new Promise(setImmediate);
    }
    const bw = nextEvent(reader);
    tor.emit('BW', '1 2');
    expect((await bw).text).toBe('1 2');
    idle.resume();
    await gone;
    expect(idle.bytesRead).toBeLessThan(48 << 20);
  });
});

/** Resolves when exactly this was received. */
function heard(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    let got = '';
    const listen = (chunk: Buffer) => {
      got += chunk.toString();
      if (got !== text) return;
      socket.off('data', listen);
      resolve();
    };
    socket.on('data', listen);
  });
}

describe('the end of Tor', () => {
  it('is the end of who speaks with it, without a word, and of nobody else', async () => {
    const tor = await torOf();
    const { server, notices } = await liveBefore(tor.address);
    const [idle, busy] = [await clientOf(server), await clientOf(server)];
    await busy.setEvents(['BW']);
    expect(await idle.tryGetInfo('version')).toBe('0.4.9.11');
    await tor.close();
    expect((await busy.closed).parts.cause).toBe('the connection closed');
    await expect(idle.tryGetInfo('version')).rejects.toThrow('551 the control port');
    expect(await idle.tryGetInfo('conn/0/7')).toBe(LINES[0]);
    expect(notices).toEqual([]);
  });

  it('in the middle of a reply is not a reply', async () => {
    const tor = await openControlPort((_line, socket) => socket.end('250-version=0'));
    const { server } = await liveBefore(tor);
    expect(await ask(server, 'GETINFO version', 'GETINFO conn/0/7')).toEqual([]);
  });

  it('is what a Tor that breaks the protocol comes to, and the operator is told', async () => {
    const tor = await openControlPort((_line, socket) => socket.write('nonsense of 192.0.2.1\r\n'));
    const { server, notices } = await liveBefore(tor);
    expect(await ask(server, 'GETINFO version')).toEqual([]);
    expect(notices).toEqual([
      expect.stringContaining('a controller was sent away: reading the control port'),
    ]);
    expect(notices.join()).not.toContain('192.0.2.1');
  });
});

it('a server ends at once, whatever Tor has not answered yet', async () => {
  let ended = () => {};
  const isEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const tor = await openControlPort((_line, socket) => {
    socket.once('end', ended);
    asked();
  });
  const { server } = await liveBefore(tor);
  const client = await clientOf(server);
  const answer = client.tryGetInfo('version').catch((error: Error) => error.message);
  await isAsked;
  await server.close();
  expect(await answer).toContain('the connection closed');
  await isEnded;
});

/** A command of a controller, and what Tor makes of it: undefined where Tor never hears of it. */
interface Step {
  readonly line: string;
  readonly tor: Buffer | undefined;
  readonly answer: Buffer;
}

const CRLF = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(`${text}\r\n`, encoding);

const SETEVENTS = passing('SETEVENTS BW', CRLF('250 OK'));

const STEPS: readonly Step[] = [
  SETEVENTS,
  passing('GETINFO version', CRLF('250-version=0.4.9.11\r\n250 OK')),
  passing(
    'GETINFO a',
    CRLF('250+a=\r\n..\r\n650 no event\r\n.\r\n250-b=caf\xe9 \0\r\n250 OK', 'latin1'),
  ),
  passing('GETCONF x', CRLF('552 Unrecognized configuration key "x"')),
  answered('GETINFO conn/0/7', CRLF(`250-conn/0/7=${LINES[0]}\r\n250 OK`)),
  answered(
    'SETCONF a=b',
    CRLF('510 Command "SETCONF" is not allowed here (conntape serve --allow SETCONF)'),
  ),
  answered('+X\r\n..a\r\n.', CRLF('510 Unrecognized command "+X"')),
  answered('GETINFO conn/0/1', CRLF('552 Unrecognized key "conn/0/1"')),
  {
    line: 'GETINFO conn/0/7 version',
    tor: CRLF('250-version=0.4.9.11\r\n250 OK'),
    answer: CRLF(`250-conn/0/7=${LINES[0]}\r\n250-version=0.4.9.11\r\n250 OK`),
  },
  {
    line: 'GETINFO conn/0/1 bogus',
    tor: CRLF('552 Unrecognized key "bogus"'),
    answer: CRLF('552-Unrecognized key "conn/0/1"\r\n552 Unrecognized key "bogus"'),
  },
];

function passing(line: string, answer: Buffer): Step {
  return { line, tor: answer, answer };
}

function answered(line: string, answer: Buffer): Step {
  return { line, tor: undefined, answer };
}

/** Writes each piece by itself, as far as the operating system lets it. */
async function drip(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  // Else the system would wait for more before it sends a small piece.
  socket.setNoDelay();
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise(setImmediate);
  }
}

describe('any conversation', () => {
  it('is the same, however commands and events interleave and wherever they are cut', async () => {
    const event = fc.constantFrom('650 BW 1 2\r\n', '650+NS\r\n..r\r\n.\r\n650 OK\r\n');
    const events = fc.array(event, { maxLength: 3 }).map((list) => Buffer.from(list.join('')));
    const script = fc
      .array(fc.tuple(fc.constantFrom(...STEPS), events, events), { minLength: 1, maxLength: 8 })
      .chain((steps) => {
        // Tor hangs up after its last word, which ends the conversation at a known place: with
        // events, a controller has to leave.
        const all = [...steps, [SETEVENTS, steps[0]![1], steps[0]![2]] as const];
        const commands = all.map(([step]) => `${step.line}\r\n`).join('');
        const spoken = all
          .filter(([step]) => step.tor !== undefined)
          .map(([step, before, after]) => Buffer.concat([before, step.tor!, after]));
        return fc.record({
          all: fc.constant(all.map(([step]) => step)),
          spoken: fc.tuple(...spoken.map(chunked)),
          commands: chunked(Buffer.from(`AUTHENTICATE\r\n${commands}`)),
        });
      });
    let tor: Uint8Array[][] = [];
    let speaking: Promise<unknown> = Promise.resolve();
    const address = await openControlPort((_line, socket) => {
      const next = tor.shift() ?? [];
      const isLast = tor.length === 0;
      // Events of the command before may still be on their way.
      speaking = speaking
        .then(() => drip(socket, next))
        .then(() => (isLast ? socket.end() : undefined));
    });
    const { server } = await liveBefore(address);
    await fc.assert(
      fc.asyncProperty(script, async ({ all, spoken, commands }) => {
        tor = [...spoken];
        const socket = connectTo(server.address);
        const received: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => received.push(chunk));
        const ended = new Promise((resolve) => socket.once('end', resolve));
        await drip(socket, commands);
        await ended;
        socket.destroy();

        const heard = [...new RawReplyParser().push(Buffer.concat(received))];
        const [admitted, ...replies] = heard.filter(({ status }) => status < 600).map(bytesOf);
        expect(admitted).toEqual(Buffer.from('250 OK\r\n'));
        expect(replies.map(String)).toEqual(all.map(({ answer }) => String(answer)));
        // Without what Tor never heard of, and with Tor's own words for what was joined, it is all
        // that Tor said, in its order.
        let next = 0;
        const torSaid = heard.slice(1).flatMap((reply) => {
          if (reply.status >= 600) return [bytesOf(reply)];
          const { tor: said } = all[next++]!;
          return said === undefined ? [] : [said];
        });
        expect(Buffer.concat(torSaid)).toEqual(Buffer.concat(spoken.flat()));
      }),
      { numRuns: 60 },
    );
  });
});
