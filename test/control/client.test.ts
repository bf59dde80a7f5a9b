import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Address } from '../../src/control/address.ts';
import { type ConnectOptions, ControlClient, type ControlEvent } from '../../src/control/client.ts';
import { ReplyError } from '../../src/control/reply.ts';
import { controlPort, openControlPort, type Script } from './peers.ts';

async function connectTo(
  address: Address,
  options: Omit<ConnectOptions, 'address'> = {},
): Promise<ControlClient> {
  const client = await ControlClient.connect({ address, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A client of a hand-written control port. */
async function clientOf(script: Script, options: Omit<ConnectOptions, 'address'> = {}) {
  return await connectTo(await openControlPort(script), options);
}

/** Answers every line with the same text. */
function always(text: string): Script {
  return (_, socket) => socket.write(text);
}

/** Writes one byte after another, each once the one before it has left. */
function drip(socket: Socket, text: string, at = 0): void {
  if (at < text.length) socket.write(text[at]!, () => drip(socket, text, at + 1));
}

describe('getInfo', () => {
  it('gives single-line, multi-line and empty values', async () => {
    const client = await clientOf(
      always(
        '250-uptime=159\r\n250+ns/all=\r\nr a\r\n..b\r\n.\r\n250-stream-status=\r\n250 OK\r\n',
      ),
    );
    expect(await client.getInfo(['uptime', 'ns/all', 'stream-status'])).toEqual(
      new Map([
        ['uptime', '159'],
        ['ns/all', 'r a\n.b'],
        ['stream-status', ''],
      ]),
    );
  });

  it('takes what stands before a data block for the first line of the value', async () => {
    const client = await clientOf(
      always('250+a=first\r\nb=c\r\n..\r\n.\r\n250+b=only\r\n.\r\n250+c=\r\nd\r\n.\r\n250 OK\r\n'),
    );
    expect(await client.getInfo(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', 'first\nb=c\n.'],
        ['b', 'only'],
        ['c', 'd'],
      ]),
    );
  });

  it('keeps the equals signs of a value', async () => {
    const client = await clientOf(always('250-a=b=c=\r\n250 OK\r\n'));
    expect(await client.tryGetInfo('a')).toBe('b=c=');
  });

  it('asks nothing for no keys', async () => {
    const client = await clientOf((_, socket) => socket.destroy());
    expect(await client.getInfo([])).toEqual(new Map());
    expect(await client.getConf([])).toEqual(new Map());
  });

  it('names the key that Tor does not know', async () => {
    const client = await clientOf(always('552 Unrecognized key "conn/all"\r\n'));
    const error = await client.getInfo(['version', 'conn/all']).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ReplyError);
    expect(error).toMatchObject({
      kind: 'protocol',
      status: 552,
      message: 'GETINFO version conn/all: Tor answered 552 Unrecognized key "conn/all"',
    });
    expect(await client.tryGetInfo('conn/all')).toBeUndefined();
  });

  it('rejects 551, for tryGetInfo too', async () => {
    const client = await clientOf(always('551 Internal error\r\n'));
    const refused = { status: 551, message: 'GETINFO a: Tor answered 551 Internal error' };
    await expect(client.getInfo(['a'])).rejects.toMatchObject(refused);
    await expect(client.tryGetInfo('a')).rejects.toMatchObject(refused);
  });

  it('rejects a reply without the value', async () => {
    const client = await clientOf(always('250-b=1\r\n250 OK\r\n'));
    await expect(client.getInfo(['a'])).rejects.toMatchObject({
      kind: 'protocol',
      message: 'GETINFO a: the reply does not have it',
    });
  });

  it.each(['', 'a b', 'a\r\nQUIT'])('refuses the key %j', async (key) => {
    const client = await clientOf(always('250 OK\r\n'));
    await expect(client.getInfo([key])).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('getConf', () => {
  it('joins what is set more than once, and gives an empty value for a default', async () => {
    const client = await clientOf(
      always('250-ORPort=9001\r\n250-ORPort=[::]:9001\r\n250-DirPort\r\n250 Nickname=a=b\r\n'),
    );
    expect(await client.getConf(['orport', 'dirport', 'nickname'])).toEqual(
      new Map([
        ['ORPort', '9001\n[::]:9001'],
        ['DirPort', ''],
        ['Nickname', 'a=b'],
      ]),
    );
  });
});

describe('command', () => {
  it('gives the reply', async () => {
    const client = await clientOf(always('250-a\r\n250 OK\r\n'));
    expect((await client.command('MAPADDRESS a=b')).lines.map((line) => line.text)).toEqual([
      'a',
      'OK',
    ]);
  });

  it('names the keyword alone, since the rest may be a secret', async () => {
    const client = await clientOf(always('513 no\r\n'));
    await expect(client.command('AUTHENTICATE "secret"')).rejects.toThrow(
      'AUTHENTICATE: Tor answered 513 no',
    );
    await expect(client.command('AUTHENTICATE "sec\r\nret"')).rejects.toMatchObject({
      kind: 'usage',
      message: expect.not.stringContaining('ret'),
    });
  });

  it('matches many pipelined commands with their replies, events between', async () => {
    const client = await clientOf((line, socket) => {
      socket.write(`650 BW 1 2\r\n250-${line.split(' ')[1]}=${line.length}\r\n250 OK\r\n`);
    });
    const events: ControlEvent[] = [];
    client.onEvent((event) => events.push(event));
    const keys = Array.from({ length: 2000 }, (_, index) => `key${index}`);
    const values = await Promise.all(keys.map((key) => client.tryGetInfo(key)));
    expect(values).toEqual(keys.map((key) => `${`GETINFO ${key}`.length}`));
    expect(events).toHaveLength(2000);
  });
});

describe('events', () => {
  it('arrive in order, with their time, until the listener leaves', async () => {
    let clock = 1000;
    const client = await clientOf(
      always(
        '650 ORCONN $FFFF~a CONNECTED ID=297\r\n250 OK\r\n' +
          '650+NS\r\nr a\r\n.\r\n650 OK\r\n650 SIGNAL\r\n650-STATUS a\r\n650 b\r\n',
      ),
      { now: () => clock++ },
    );
    const seen: ControlEvent[] = [];
    const both = new Promise<void>((resolve) => {
      const leave = client.onEvent((event) => {
        seen.push(event);
        if (event.name === 'SIGNAL') leave();
        if (event.name === 'SIGNAL') client.onEvent(() => resolve());
      });
    });
    await client.setEvents(['ORCONN']);
    await both;
    expect(seen).toEqual([
      {
        name: 'ORCONN',
        text: '$FFFF~a CONNECTED ID=297',
        lines: [{ status: 650, text: 'ORCONN $FFFF~a CONNECTED ID=297' }],
        receivedAt: 1000,
      },
      {
        name: 'NS',
        text: '',
        lines: [
          { status: 650, text: 'NS', data: 'r a' },
          { status: 650, text: 'OK' },
        ],
        receivedAt: 1001,
      },
      { name: 'SIGNAL', text: '', lines: [{ status: 650, text: 'SIGNAL' }], receivedAt: 1002 },
    ]);
  });

  it('end with the connection, even those that are here already', async () => {
    const client = await clientOf(always('650 A\r\n650 B\r\n250 OK\r\n'));
    const seen: string[] = [];
    client.onEvent(({ name }) => {
      seen.push(name);
      void client.close();
    });
    await expect(client.command('X')).rejects.toThrow('X: the connection was closed');
    expect(seen).toEqual(['A']);
  });

  it('end the connection where a listener throws', async () => {
    const client = await clientOf(always('650 BW 1 2\r\n250 OK\r\n'));
    client.onEvent(() => {
      throw new Error('a listener failed');
    });
    await expect(client.command('X')).rejects.toThrow('X: a listener failed');
  });
});

describe('a control port that misbehaves', () => {
  it('may send one byte at a time', async () => {
    const client = await clientOf((_, socket) =>
      drip(socket, '250+conn/all=\r\n1 0\r\n..\r\n.\r\n250-b=c\r\n250 OK\r\n'),
    );
    expect(await client.getInfo(['conn/all', 'b'])).toEqual(
      new Map([
        ['conn/all', '1 0\n.'],
        ['b', 'c'],
      ]),
    );
  });

  it('may close in the middle of a reply: every waiting command says so', async () => {
    const client = await clientOf((line, socket) => {
      if (line === 'GETINFO b') socket.end('250+a=\r\n1 0 0');
    });
    const failures = [client.getInfo(['conn/all']), client.getInfo(['b']), client.command('X y')];
    const messages = await Promise.all(failures.map((one) => one.catch((error) => error.message)));
    expect(messages).toEqual([
      'GETINFO conn/all: the connection closed in the middle of a reply',
      'GETINFO b: the connection closed in the middle of a reply',
      'X: the connection closed in the middle of a reply',
    ]);
    const why = await client.closed;
    expect(why).toMatchObject({ kind: 'connect' });
    await expect(client.getInfo(['c'])).rejects.toThrow(
      'GETINFO c: the connection closed in the middle of a reply',
    );
  });

  it('may reset the connection', async () => {
    const client = await clientOf((_, socket) => socket.resetAndDestroy());
    await expect(client.command('X')).rejects.toMatchObject({
      kind: 'connect',
      message: 'X: the connection was reset',
    });
  });

  it('may never answer', async () => {
    const client = await clientOf(() => {}, { replyTimeoutMs: 20 });
    const other = expect(client.command('Y')).rejects.toThrow('Y: no whole reply came in 20 ms');
    await expect(client.command('X')).rejects.toMatchObject({
      kind: 'protocol',
      message: 'X: no whole reply came in 20 ms',
    });
    await other;
    expect(await client.closed).toMatchObject({ kind: 'protocol' });
  });

  it('may answer once and never again', async () => {
    const client = await clientOf(
      (line, socket) => {
        if (line === 'X') socket.write('250 OK\r\n');
      },
      { replyTimeoutMs: 20 },
    );
    const [first, second] = [client.command('X'), client.command('Y')];
    await expect(second).rejects.toThrow('Y: no whole reply came in 20 ms');
    expect((await first).status).toBe(250);
  });

  it('may never end its answer, however busy it is', async () => {
    const client = await clientOf(
      (_, socket) => {
        const endless = () => void socket.write('650 BW 1 2\r\n', () => setImmediate(endless));
        endless();
      },
      { replyTimeoutMs: 20 },
    );
    await expect(client.command('X')).rejects.toThrow('no whole reply came in 20 ms');
  });

  it('may send without end: no more than the limit is held', async () => {
    const limit = 1 << 20;
    const flood = Buffer.alloc(1 << 16, 'x');
    let left = (200 << 20) / flood.length;
    let accepted = 0;
    const client = await clientOf(
      (_, socket) => {
        socket.write('250+conn/all=\r\n');
        const pour = () => {
          if (left-- > 0) {
            socket.write(flood, (error) => {
              if (error) return;
              accepted += flood.length;
              pour();
            });
          }
        };
        pour();
      },
      { limits: { maxReplyBytes: limit } },
    );
    await expect(client.getInfo(['conn/all'])).rejects.toMatchObject({
      kind: 'protocol',
      message: `GETINFO conn/all: a data block of more than ${limit - '250+conn/all=\r\n'.length} bytes`,
    });
    // What the operating system's buffers of both sides hold comes on top; 200 MB would never fit.
    expect(accepted).toBeLessThan(32 << 20);
  });

  it('may speak something else', async () => {
    const client = await clientOf(always('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(client.command('X')).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('"HTTP"'),
      hint: expect.stringContaining('control port'),
    });
  });

  it('may answer what nobody asked', async () => {
    const client = await clientOf(always('250 OK\r\n250 OK\r\n'));
    await client.command('X');
    expect(await client.closed).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('a reply 250 that no command waits for'),
    });
  });
});

describe('the end of a connection', () => {
  it('is told to every waiting command when we close', async () => {
    const client = await clientOf(() => {});
    const waiting = expect(client.command('X')).rejects.toThrow('X: the connection was closed');
    await client.close();
    await waiting;
    await client.close();
    expect((await client.closed).message).toMatch(/^the control port 127\.0\.0\.1:\d+: /);
  });

  it('comes with the signal, before and after connecting', async () => {
    const address = await openControlPort(() => {});
    const stopped = { kind: 'connect', message: expect.stringContaining('it was stopped') };
    await expect(connectTo(address, { signal: AbortSignal.abort() })).rejects.toMatchObject(
      stopped,
    );
    const controller = new AbortController();
    const client = await connectTo(address, { signal: controller.signal });
    const waiting = expect(client.command('X')).rejects.toMatchObject(stopped);
    controller.abort();
    await waiting;
  });

  it('leaves nothing behind on the signal', async () => {
    const { signal } = new AbortController();
    const client = await clientOf(() => {}, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await client.close();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('an address without a control port', () => {
  it('says that nothing listens there', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(connectTo({ kind: 'tcp', host: '127.0.0.1', port })).rejects.toMatchObject({
      kind: 'connect',
      message: `the control port 127.0.0.1:${port}: nothing listens there`,
      hint: expect.stringContaining('ControlPort'),
    });
  });

  it('says that there is no socket', async () => {
    await expect(connectTo({ kind: 'unix', path: '/nonexistent' })).rejects.toMatchObject({
      kind: 'connect',
      message: 'the control port unix:/nonexistent: no such socket is there',
    });
  });

  it('does not wait for ever', async () => {
    const address = await controlPort(() => {});
    await expect(connectTo(address, { replyTimeoutMs: 20 })).rejects.toThrow(
      'PROTOCOLINFO: no whole reply came in 20 ms',
    );
  });
});
