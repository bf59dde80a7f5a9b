import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlClient, type ControlEvent } from '../../src/control/client.ts';
import { ReplyError, replyOf } from '../../src/control/reply.ts';
import type { ServeOptions } from '../../src/control/server.ts';
import { ConntapeError } from '../../src/error.ts';
import {
  answers,
  connectTo,
  converse,
  exampleService,
  FREE_PORT,
  temporaryFolder,
} from './peers.ts';
import { answeringConf, TestPort, type TestPortOptions } from './testPort.ts';

async function serve(options: Partial<TestPortOptions> = {}): Promise<TestPort> {
  const server = await TestPort.listen({
    address: FREE_PORT,
    service: exampleService(),
    authentication: 'none',
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

async function clientOf(server: TestPort): Promise<ControlClient> {
  const client = await ControlClient.connect({ address: server.address });
  onTestFinished(() => client.close());
  return client;
}

/** Resolves with the first event of a name. */
function nextEvent(client: ControlClient, name: string): Promise<ControlEvent> {
  return new Promise((resolve) => {
    client.onEvent((event) => {
      if (event.name === name) resolve(event);
    });
  });
}

/** The answers to lines, after an AUTHENTICATE that is not shown. */
async function ask(server: TestPort, ...lines: string[]): Promise<string[]> {
  const [admitted, ...rest] = await converse(server.address, ['AUTHENTICATE', ...lines]);
  expect(admitted).toBe('250 OK');
  return rest;
}

const WRONG_HEX = '00'.repeat(32);
const REQUIRED = '514 Authentication required.';

describe('before authentication, in the words of Tor', () => {
  it.each<[string, ServeOptions['authentication'], string[], string[]]>([
    ['any other command', 'none', ['GETINFO version', 'AUTHENTICATE'], [REQUIRED]],
    [
      'PROTOCOLINFO twice',
      { password: 'p' },
      ['PROTOCOLINFO 1', 'PROTOCOLINFO 1', 'AUTHENTICATE "p"'],
      [
        '250-PROTOCOLINFO 1',
        '250-AUTH METHODS=HASHEDPASSWORD',
        '250-VERSION Tor="0.4.9.11"',
        '250 OK',
        REQUIRED,
      ],
    ],
    [
      'NULL',
      'none',
      ['PROTOCOLINFO', 'authenticate', 'PROTOCOLINFO', 'QUIT'],
      [
        ...['250-PROTOCOLINFO 1', '250-AUTH METHODS=NULL', '250-VERSION Tor="0.4.9.11"', '250 OK'],
        '250 OK',
        ...['250-PROTOCOLINFO 1', '250-AUTH METHODS=NULL', '250-VERSION Tor="0.4.9.11"', '250 OK'],
        '250 closing connection',
      ],
    ],
    ['anything, where nothing is asked', 'none', ['AUTHENTICATE "x"'], ['250 OK']],
    ['QUIT', { password: 'p' }, ['QUIT', 'AUTHENTICATE "p"'], ['250 closing connection']],
    ['the password', { password: 'p' }, ['AUTHENTICATE "p"'], ['250 OK']],
    ['the password in hexadecimal', { password: 'p' }, ['AUTHENTICATE 70'], ['250 OK']],
    [
      'a wrong password',
      { password: 'p' },
      ['AUTHENTICATE "wrong"', 'AUTHENTICATE "p"'],
      [
        '515 Authentication failed: Password did not match HashedControlPassword value from configuration',
      ],
    ],
    [
      'a password without quotes',
      { password: 'p' },
      ['AUTHENTICATE p'],
      [
        '551 Invalid hexadecimal encoding.  Maybe you tried a plain text password?  If so, the standard requires that you put it in double quotes.',
      ],
    ],
    [
      'a challenge without a cookie',
      { password: 'p' },
      ['AUTHCHALLENGE SAFECOOKIE 00', 'AUTHENTICATE "p"'],
      ['515 Cookie authentication is disabled'],
    ],
  ])('%s', async (_, authentication, lines, expected) => {
    const server = await serve({ authentication });
    expect(await converse(server.address, lines)).toEqual(expected);
  });

  it.each<[string, string[], string[]]>([
    [
      'a cookie of the wrong length',
      ['AUTHENTICATE deadbeef'],
      ['515 Authentication failed: Wrong length on authentication cookie.'],
    ],
    [
      'no secret',
      ['AUTHENTICATE'],
      ['515 Authentication failed: Wrong length on authentication cookie.'],
    ],
    [
      'a wrong cookie',
      [`AUTHENTICATE ${WRONG_HEX}`],
      ['515 Authentication failed: Authentication cookie did not match expected value.'],
    ],
    [
      'a wrong proof',
      [`AUTHCHALLENGE SAFECOOKIE ${WRONG_HEX}`, `AUTHENTICATE ${WRONG_HEX}`],
      [
        expect.stringMatching(
          /^250 AUTHCHALLENGE SERVERHASH=[0-9A-F]{64} SERVERNONCE=[0-9A-F]{64}$/,
        ),
        '515 Authentication failed: Safe cookie response did not match expected value.',
      ],
    ],
    [
      'a proof of the wrong length',
      ['AUTHCHALLENGE SAFECOOKIE "nonce"', 'AUTHENTICATE 00'],
      [
        expect.stringContaining('SERVERHASH='),
        '515 Authentication failed: Wrong length for safe cookie response.',
      ],
    ],
    [
      'a second challenge',
      ['AUTHCHALLENGE SAFECOOKIE 00', 'AUTHCHALLENGE SAFECOOKIE 00'],
      [expect.stringContaining('SERVERHASH='), REQUIRED],
    ],
    [
      'another challenge',
      ['AUTHCHALLENGE COOKIE 00'],
      ['513 AUTHCHALLENGE only supports SAFECOOKIE authentication'],
    ],
    ['a bad nonce', ['AUTHCHALLENGE SAFECOOKIE 0g'], ['513 Invalid base16 client nonce']],
    [
      'a challenge without a nonce',
      ['AUTHCHALLENGE SAFECOOKIE'],
      ['512 Wrong number of arguments for AUTHCHALLENGE'],
    ],
  ])('%s', async (_, lines, expected) => {
    const cookieFile = join(temporaryFolder(), 'cookie');
    const server = await serve({ authentication: { cookieFile } });
    expect(await converse(server.address, [...lines, 'GETINFO version'])).toEqual(expected);
  });

  it('cookie and password, either of them', async () => {
    const cookieFile = join(temporaryFolder(), 'cookie');
    const server = await serve({ authentication: { cookieFile, password: 'p' } });
    const cookie = readFileSync(cookieFile).toString('hex');
    expect(await converse(server.address, [`AUTHENTICATE ${cookie}`])).toEqual(['250 OK']);
    expect(await converse(server.address, ['AUTHENTICATE "p"'])).toEqual(['250 OK']);
    expect(await converse(server.address, ['AUTHENTICATE "x"'])).toEqual([
      '515 Authentication failed: Password did not match HashedControlPassword *or* authentication cookie.',
    ]);
    expect(await converse(server.address, ['PROTOCOLINFO 1'])).toContain(
      `250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD COOKIEFILE="${cookieFile}"`,
    );
  });

  it.each<[string, string, string[]]>([
    [
      'a secret whose quote is not closed, and may be said again',
      'AUTHENTICATE "p',
      ['512 Bad arguments to AUTHENTICATE: Cannot parse keyword argument(s)', '250 OK'],
    ],
    ['two secrets', 'AUTHENTICATE "p" q', ['512 Too many arguments to AUTHENTICATE.']],
    ['a secret with a tail', 'AUTHENTICATE "p"q', ['512 Too many arguments to AUTHENTICATE.']],
    [
      'two secrets in hexadecimal',
      'AUTHENTICATE 70 70',
      ['512 Too many arguments to AUTHENTICATE.'],
    ],
    [
      'a challenge to nothing, and may be said again',
      'AUTHCHALLENGE',
      ['512 Bad arguments to AUTHCHALLENGE: Need at least 1 argument(s)', '250 OK'],
    ],
    [
      'a nonce whose quote is not closed, and may be said again',
      'AUTHCHALLENGE SAFECOOKIE "a',
      ['512 Bad arguments to AUTHCHALLENGE: Cannot parse keyword argument(s)', '250 OK'],
    ],
    ['a version that is none', 'PROTOCOLINFO 1 x', ['513 No such version "x"']],
    ['a version in quotes', 'PROTOCOLINFO "1"', [String.raw`513 No such version "\"1\""`]],
    ['authentication as a command with data', '+AUTHENTICATE\r\n.', [REQUIRED]],
  ])('%s', async (_, line, expected) => {
    const server = await serve({ authentication: { password: 'p' } });
    expect(await converse(server.address, [line, 'AUTHENTICATE "p"'])).toEqual(expected);
  });

  it('an admitted controller may ask for a version that is none', async () => {
    const server = await serve();
    expect(await ask(server, 'PROTOCOLINFO x', 'QUIT')).toEqual([
      '513 No such version "x"',
      '250 closing connection',
    ]);
  });

  it('a controller that says nothing is sent away', async () => {
    const server = await serve({ limits: { authenticationMs: 10 } });
    expect(await answers(connectTo(server.address))).toEqual([]);
  });

  it('a controller that is admitted may stay', async () => {
    const server = await serve({ limits: { authenticationMs: 10 } });
    const client = await clientOf(server);
    expect(await answers(connectTo(server.address))).toEqual([]);
    expect(await client.tryGetInfo('version')).toBe('0.4.9.11');
  });
});

describe('GETINFO', () => {
  it('answers as Tor does', async () => {
    const server = await serve();
    expect(await ask(server, 'GETINFO version stream-status address-mappings/control')).toEqual([
      '250-version=0.4.9.11',
      '250-stream-status=',
      '250+address-mappings/control=',
      '..example.com web.test NEVER',
      'plain.example web3.test NEVER',
      '.',
      '250 OK',
    ]);
    expect(await ask(server, 'GETINFO', 'getinfo version version')).toEqual([
      '250 OK',
      '250-version=0.4.9.11',
      '250-version=0.4.9.11',
      '250 OK',
    ]);
    expect(await ask(server, 'GETINFO version bogus1 bogus2', 'GETINFO bog\rus')).toEqual([
      '552-Unrecognized key "bogus1"',
      '552 Unrecognized key "bogus2"',
      '552 Unrecognized key "bog\\x0dus"',
    ]);
  });

  it('asks the service for several keys at once, each once', async () => {
    const asked: string[][] = [];
    const server = await serve({
      service: exampleService({
        getInfo: async (keys) => {
          asked.push([...keys]);
          return new Map(keys.map((key) => [key, 'x']));
        },
      }),
    });
    await ask(server, 'GETINFO a b a');
    expect(asked).toEqual([['a', 'b']]);
  });

  it.each([
    [new ConntapeError('recording', { operation: 'reading', cause: 'no' }), '551 reading: no'],
    [new ReplyError('GETINFO', replyOf(451, 'Later')), '451 Later'],
    [new Error('a bug at /home/me'), '551 Internal error'],
  ])('makes a reply of %s', async (thrown, expected) => {
    const getInfo = () => Promise.reject(thrown);
    const server = await serve({ service: exampleService({ getInfo }) });
    expect(await ask(server, 'GETINFO a', 'QUIT')).toEqual([expected, '250 closing connection']);
  });

  it('refuses an answer that is too large', async () => {
    const server = await serve({ limits: { maxReplyBytes: 100 } });
    expect(await ask(server, 'GETINFO conn/all conn/all conn/all')).toEqual([
      '551 The answer is too large',
    ]);
  });
});

describe('other commands', () => {
  it('are not recognized', async () => {
    const server = await serve();
    expect(
      await ask(server, 'BOGUS', '  GETINFO version', '', 'GETCONF ORPort', '+X', 'y', '.', 'A\rB'),
    ).toEqual([
      '510 Unrecognized command "BOGUS"',
      '510 Unrecognized command ""',
      '510 Unrecognized command ""',
      '510 Unrecognized command "GETCONF"',
      '510 Unrecognized command "+X"',
      '510 Unrecognized command "A\\x0dB"',
    ]);
  });

  it('are answered by a service that knows them', async () => {
    const server = await serve({
      service: exampleService({
        other: async (command) =>
          command.keyword === 'SIGNAL' ? replyOf(250, `got ${command.args}`) : undefined,
      }),
    });
    expect(await ask(server, 'SIGNAL NEWNYM', 'DROPGUARDS')).toEqual([
      '250 got NEWNYM',
      '510 Unrecognized command "DROPGUARDS"',
    ]);
  });

  it('GETCONF, by a service that has options', async () => {
    const options = new Map([
      ['ORPort', '9001\n[::]:9001'],
      ['DirPort', ''],
    ]);
    const getConf = (keys: readonly string[]) =>
      new Map(keys.map((key) => [key, options.get(key)]));
    const server = await serve({ service: exampleService({ other: answeringConf(getConf) }) });
    expect(await ask(server, 'GETCONF', 'GETCONF ORPort DirPort', 'GETCONF DirPort Bogus')).toEqual(
      [
        '250 OK',
        '250-ORPort=9001',
        '250-ORPort=[::]:9001',
        '250 DirPort',
        '552 Unrecognized configuration key "Bogus"',
      ],
    );
  });

  it('that are too long end the connection, after those before them', async () => {
    const server = await serve({ limits: { maxCommandBytes: 100 } });
    expect(await ask(server, 'GETINFO version', 'x'.repeat(101), 'GETINFO version')).toEqual([
      '250-version=0.4.9.11',
      '250 OK',
      '500 Line too long.',
    ]);
  });

  it('are many, and more than the operating system takes at once is answered', async () => {
    const long = 'x'.repeat(100_000);
    const server = await serve({
      service: exampleService({ getInfo: (keys) => new Map(keys.map((key) => [key, long])) }),
    });
    const answered = await ask(server, ...Array<string>(100).fill('GETINFO a'), 'QUIT');
    expect(answered.filter((line) => line === `250-a=${long}`)).toHaveLength(100);
    expect(answered.at(-1)).toBe('250 closing connection');
  });

  it('are answered in their order, however long one takes', async () => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await serve({
      service: exampleService({
        getInfo: async (keys) => {
          if (keys[0] === 'slow') await slow;
          return new Map(keys.map((key) => [key, key]));
        },
      }),
    });
    const answered = ask(server, 'GETINFO slow', 'GETINFO quick');
    const client = await clientOf(server);
    expect(await client.tryGetInfo('other')).toBe('other');
    release();
    expect(await answered).toEqual(['250-slow=slow', '250 OK', '250-quick=quick', '250 OK']);
  });
});

describe('events', () => {
  it('go to those who asked for them', async () => {
    const server = await serve();
    const [one, other] = [await clientOf(server), await clientOf(server)];
    await one.setEvents(['bw', 'NS']);
    await other.setEvents(['ORCONN']);
    const [bw, orconn] = [nextEvent(one, 'BW'), nextEvent(other, 'ORCONN')];
    server.emit('BW', '147 153');
    server.emit('ORCONN', '$FFFF~a CONNECTED ID=1');
    expect((await bw).text).toBe('147 153');
    expect((await orconn).text).toBe('$FFFF~a CONNECTED ID=1');
    const lines = [
      { status: 650, text: 'NS', data: 'r a\n.b' },
      { status: 650, text: 'OK' },
    ];
    const ns = nextEvent(one, 'NS');
    server.forward('NS', lines);
    expect((await ns).lines).toEqual(lines);
  });

  it('stay as they were where one is not known', async () => {
    const server = await serve();
    const client = await clientOf(server);
    await client.setEvents(['BW']);
    await expect(client.setEvents(['ORCONN', 'FOO'])).rejects.toThrow(
      'SETEVENTS ORCONN FOO: Tor answered 552 Unrecognized event "FOO"',
    );
    const [bw, seen] = [nextEvent(client, 'BW'), [] as string[]];
    client.onEvent((event) => seen.push(event.name));
    server.emit('ORCONN', 'a');
    server.emit('BW', '1 2');
    await bw;
    expect(seen).toEqual(['BW']);
  });

  it('end with an empty SETEVENTS, and take the relic EXTENDED', async () => {
    const server = await serve();
    expect(await ask(server, 'SETEVENTS extended BW', 'SETEVENTS')).toEqual(['250 OK', '250 OK']);
  });
});

describe('a crowd', () => {
  it('is kept out past its limit', async () => {
    const server = await serve({ limits: { maxClients: 1 } });
    const client = await clientOf(server);
    await expect(clientOf(server)).rejects.toMatchObject({ kind: 'connect' });
    expect(await client.tryGetInfo('version')).toBe('0.4.9.11');
  });

  it('makes room for one more where someone was not let in: who has been there longest', async () => {
    const authentication = { password: 'secret' };
    const server = await serve({ authentication, limits: { maxClients: 3 } });
    const admitted = await ControlClient.connect({ address: server.address, password: 'secret' });
    const idle = async () => {
      const socket = connectTo(server.address);
      onTestFinished(() => {
        socket.destroy();
      });
      const closed = new Promise<void>((resolve) => {
        for (const name of ['end', 'close', 'error']) socket.once(name, () => resolve());
      });
      // Known to the server as soon as it answers.
      const known = new Promise<unknown>((resolve) => socket.once('data', resolve));
      socket.write('PROTOCOLINFO 1\r\n');
      await known;
      return { socket, closed };
    };
    const [first, second] = [await idle(), await idle()];
    const another = await ControlClient.connect({ address: server.address, password: 'secret' });
    expect(await another.tryGetInfo('version')).toBe('0.4.9.11');
    expect(await admitted.tryGetInfo('version')).toBe('0.4.9.11');
    await first.closed;
    expect(second.socket.readyState).toBe('open');
    await Promise.all([admitted.close(), another.close()]);
  });

  it('of guessers takes turns, and keeps nobody out for long', async () => {
    const waits: (() => void)[] = [];
    const wait = (_ms: number) => new Promise<void>((resolve) => waits.push(resolve));
    const server = await serve({ authentication: { password: 'secret' }, wait });
    const guess = () => converse(server.address, ['AUTHENTICATE "wrong"']);
    // Each wrong one takes one of eight places for a while.
    for (let guessed = 1; guessed <= 8; guessed++) {
      expect(await guess()).toEqual([expect.stringContaining('515 ')]);
      expect(waits).toHaveLength(guessed);
    }
    let isAnswered = false;
    const ninth = guess().then((answer) => {
      isAnswered = true;
      return answer;
    });
    const right = ControlClient.connect({ address: server.address, password: 'secret' });
    // Whoever asks nothing secret is answered meanwhile.
    expect((await converse(server.address, ['PROTOCOLINFO 1', 'QUIT'])).at(-1)).toContain('250');
    expect(isAnswered).toBe(false);
    for (const over of waits.splice(0)) over();
    expect(await ninth).toEqual([expect.stringContaining('515 ')]);
    await (await right).close();
  });

  it('loses the one that does not read, and no other', async () => {
    const server = await serve({ limits: { maxQueuedBytes: 1 << 20 } });
    const reader = await clientOf(server);
    await reader.setEvents(['BW']);
    const idle = connectTo(server.address);
    const gone = new Promise<void>((resolve) => {
      idle.once('end', resolve);
      idle.once('error', () => resolve());
    });
    const subscribed = new Promise<void>((resolve) => {
      let heard = '';
      idle.on('data', (chunk) => {
        heard += chunk.toString('latin1', 0, 16);
        if (heard !== '250 OK\r\n250 OK\r\n') return;
        idle.pause();
        resolve();
      });
    });
    idle.write('AUTHENTICATE\r\nSETEVENTS BW ORCONN\r\n');
    await subscribed;
    const flood = 'x'.repeat(1 << 16);
    // More than the operating system's buffers of both sides and the limit together.
    for (let sent = 0; sent < 64 << 20; sent += flood.length) {
      server.emit('ORCONN', flood);
      if (sent % (1 << 20) === 0) await new Promise(setImmediate);
    }
    const bw = nextEvent(reader, 'BW');
    server.emit('BW', '1 2');
    expect((await bw).text).toBe('1 2');
    idle.resume();
    await gone;
    expect(idle.bytesRead).toBeLessThan(32 << 20);
  });

  it('may leave at any time', async () => {
    const server = await serve();
    for (const text of ['', 'AUTH', 'AUTHENTICATE\r\nGETINFO conn/all\r\n+X\r\n']) {
      const socket = connectTo(server.address);
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      socket.write(text, () => socket.resetAndDestroy());
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(await (await clientOf(server)).tryGetInfo('version')).toBe('0.4.9.11');
  });
});

describe('the end of a server', () => {
  it('ends its connections, and removes cookie and socket', async () => {
    const folder = temporaryFolder();
    const [path, cookieFile] = [join(folder, 'socket'), join(folder, 'cookie')];
    const server = await serve({ address: { kind: 'unix', path }, authentication: { cookieFile } });
    expect([path, cookieFile].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o600]);
    const client = await clientOf(server);
    expect(await client.getInfo(['conn/all'])).toHaveProperty('size', 1);
    await server.close();
    expect(await client.closed).toMatchObject({ kind: 'connect' });
    expect([path, cookieFile].map((one) => existsSync(one))).toEqual([false, false]);
  });
});

describe('an address', () => {
  it('that is taken is refused, and the cookie is not left behind', async () => {
    const { address } = await serve();
    const cookieFile = join(temporaryFolder(), 'cookie');
    await expect(serve({ address, authentication: { cookieFile } })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('another program listens there'),
    });
    expect(existsSync(cookieFile)).toBe(false);
  });

  it('that another server listens on stays with it', async () => {
    const address = { kind: 'unix', path: join(temporaryFolder(), 'socket') } as const;
    const server = await serve({ address });
    await expect(serve({ address })).rejects.toMatchObject({ kind: 'usage' });
    expect(await (await clientOf(server)).tryGetInfo('version')).toBe('0.4.9.11');
  });

  it('that a dead process left is taken over', async () => {
    const path = join(temporaryFolder(), 'socket');
    const dying = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', dying]);
    expect(statSync(path).isSocket()).toBe(true);
    const server = await serve({ address: { kind: 'unix', path } });
    expect(await (await clientOf(server)).tryGetInfo('version')).toBe('0.4.9.11');
  });

  it('that is a file is refused, and the file stays', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, 'precious');
    await expect(serve({ address: { kind: 'unix', path } })).rejects.toMatchObject({
      kind: 'usage',
    });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });
});

describe('authentication', () => {
  it('must be chosen', async () => {
    await expect(serve({ authentication: {} })).rejects.toMatchObject({ kind: 'usage' });
  });
});
