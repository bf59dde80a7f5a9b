import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Address } from '../../src/control/address.ts';
import { parseProtocolInfo } from '../../src/control/authentication.ts';
import { type ConnectOptions, ControlClient } from '../../src/control/client.ts';
import { safeCookieServerHash } from '../../src/control/cookie.ts';
import { ControlServer, type ServeOptions } from '../../src/control/server.ts';
import { controlPort, exampleService, FREE_PORT, temporaryFolder } from './peers.ts';

async function serve(authentication: ServeOptions['authentication']): Promise<Address> {
  const server = await ControlServer.listen({
    address: FREE_PORT,
    service: exampleService(),
    authentication,
  });
  onTestFinished(() => server.close());
  return server.address;
}

/** Connects, asks for one key, closes. */
async function version(options: ConnectOptions): Promise<string | undefined> {
  const client = await ControlClient.connect(options);
  try {
    expect(client.torVersion).toBe('0.4.9.11');
    return await client.tryGetInfo('version');
  } finally {
    await client.close();
  }
}

/** A control port that offers some methods and keeps what it is told. */
async function offering(auth: string, answer: (line: string) => string = () => '250 OK') {
  const heard: string[] = [];
  const address = await controlPort((line, socket) => {
    heard.push(line);
    const info = `250-PROTOCOLINFO 1\r\n250-AUTH ${auth}\r\n250-VERSION Tor="0.4.9.11"\r\n250 OK`;
    socket.write(`${line === 'PROTOCOLINFO 1' ? info : answer(line)}\r\n`);
  });
  return { address, heard };
}

function cookieOf(content: Buffer): string {
  const path = join(temporaryFolder(), 'cookie');
  writeFileSync(path, content);
  return path;
}

describe('a client and a server', () => {
  it('need no secret where none is asked for', async () => {
    expect(await version({ address: await serve('none') })).toBe('0.4.9.11');
  });

  it('agree on a cookie', async () => {
    const cookieFile = join(temporaryFolder(), 'a "cookie"');
    expect(await version({ address: await serve({ cookieFile }) })).toBe('0.4.9.11');
  });

  it.each(['secret', 'with "quotes" and \\n', 'ü 密 😀', ' '])(
    'agree on the password %j',
    async (password) => {
      const address = await serve({ password });
      expect(await version({ address, password })).toBe('0.4.9.11');
    },
  );

  it('use the password where the cookie cannot be read', async () => {
    const cookieFile = join(temporaryFolder(), 'cookie');
    const address = await serve({ cookieFile, password: 'secret' });
    unlinkSync(cookieFile);
    expect(await version({ address, password: 'secret' })).toBe('0.4.9.11');
    await expect(version({ address })).rejects.toMatchObject({
      kind: 'authenticate',
      message: expect.stringContaining(cookieFile),
      hint: expect.stringContaining('CookieAuthFileGroupReadable'),
    });
  });

  it('do not agree on a wrong password, which no error repeats', async () => {
    const address = await serve({ password: 'secret' });
    const error = await version({ address, password: 'sesame' }).catch((thrown) => thrown);
    expect(error).toMatchObject({
      kind: 'authenticate',
      message:
        'authenticating: Tor answered 515 Authentication failed: ' +
        'Password did not match HashedControlPassword value from configuration',
    });
    expect(`${error.message} ${error.hint} ${error.cause}`).not.toContain('sesame');
  });

  it('say what is missing where no password was given', async () => {
    await expect(version({ address: await serve({ password: 'secret' }) })).rejects.toMatchObject({
      kind: 'authenticate',
      hint: expect.stringContaining('CONNTAPE_CONTROL_PASSWORD'),
    });
  });

  it('do not agree on the cookie of another server', async () => {
    const address = await serve({ cookieFile: join(temporaryFolder(), 'cookie') });
    await expect(
      version({ address, cookieFile: cookieOf(Buffer.alloc(32)) }),
    ).rejects.toMatchObject({
      kind: 'authenticate',
      message: expect.stringContaining('does not know the cookie'),
    });
  });
});

describe('a client', () => {
  it.each([
    ['spaces and quotes', Buffer.from('a "b" \\ c'), String.raw`a \"b\" \\ c`],
    ['UTF-8', Buffer.from('é'), String.raw`\303\251`],
    ['bytes that are not UTF-8', Buffer.of(0xff, 0x20, 0xe9), String.raw`\377 \351`],
  ])('reads a cookie whose path has %s', async (_, name, escaped) => {
    const folder = temporaryFolder();
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    writeFileSync(path, Buffer.alloc(32, 7));
    const { address, heard } = await offering(
      `METHODS=COOKIE COOKIEFILE="${folder}/${escaped}"`,
      () => '250 OK',
    );
    await version({ address }).catch(() => undefined);
    expect(heard).toContain(`AUTHENTICATE ${'07'.repeat(32)}`);
  });

  it('proves nothing to a server that does not know the cookie', async () => {
    const path = cookieOf(Buffer.alloc(32, 7));
    const { address, heard } = await offering(
      `METHODS=COOKIE,SAFECOOKIE COOKIEFILE="${path}"`,
      () => `250 AUTHCHALLENGE SERVERHASH=${'00'.repeat(32)} SERVERNONCE=${'11'.repeat(32)}`,
    );
    await expect(version({ address })).rejects.toMatchObject({ kind: 'authenticate' });
    expect(heard.map((line) => line.split(' ')[0])).toEqual(['PROTOCOLINFO', 'AUTHCHALLENGE']);
  });

  it.each(['', 'SERVERHASH=00', 'SERVERHASH=zz SERVERNONCE=00', 'SERVERHASH="00 SERVERNONCE=00'])(
    'calls the challenge %j a breach of the protocol',
    async (challenge) => {
      const path = cookieOf(Buffer.alloc(32));
      const { address } = await offering(
        `METHODS=SAFECOOKIE COOKIEFILE="${path}"`,
        () => `250 AUTHCHALLENGE ${challenge}`,
      );
      await expect(version({ address })).rejects.toMatchObject({ kind: 'protocol' });
    },
  );

  it('does not send the same nonce twice', async () => {
    const cookie = Buffer.alloc(32, 7);
    const serverNonce = Buffer.alloc(32, 1);
    const { address, heard } = await offering(
      `METHODS=SAFECOOKIE COOKIEFILE="${cookieOf(cookie)}"`,
      (line) => {
        if (!line.startsWith('AUTHCHALLENGE')) return '250 OK';
        const nonce = Buffer.from(line.split(' ')[2]!, 'hex');
        const proof = safeCookieServerHash(cookie, nonce, serverNonce).toString('hex');
        return `250 AUTHCHALLENGE SERVERHASH=${proof} SERVERNONCE=${serverNonce.toString('hex')}`;
      },
    );
    for (let round = 0; round < 2; round++)
      await (await ControlClient.connect({ address })).close();
    const challenges = heard.filter((line) => /^AUTHCHALLENGE SAFECOOKIE [0-9a-f]{64}$/.test(line));
    expect(new Set(challenges).size).toBe(2);
  });

  it('sends the bare cookie only where SAFECOOKIE is not offered', async () => {
    const path = cookieOf(Buffer.alloc(32, 7));
    const { address, heard } = await offering(`METHODS=COOKIE COOKIEFILE="${path}"`);
    await (await ControlClient.connect({ address })).close();
    expect(heard).toEqual(['PROTOCOLINFO 1', `AUTHENTICATE ${'07'.repeat(32)}`]);
  });

  it('prefers the password to the bare cookie', async () => {
    const path = cookieOf(Buffer.alloc(32, 7));
    const { address, heard } = await offering(`METHODS=COOKIE,HASHEDPASSWORD COOKIEFILE="${path}"`);
    await (await ControlClient.connect({ address, password: 'secret' })).close();
    expect(heard.at(-1)).toBe('AUTHENTICATE "secret"');
  });

  it('gives nothing away of a file that is not a cookie', async () => {
    const path = cookieOf(Buffer.from('root:x:0:0:root:/root:/bin/bash\nmore'));
    const { address, heard } = await offering(`METHODS=COOKIE COOKIEFILE="${path}"`);
    await expect(ControlClient.connect({ address })).rejects.toMatchObject({
      kind: 'authenticate',
    });
    expect(heard).toEqual(['PROTOCOLINFO 1']);
  });

  it('asks for the cookie where the server does not say where it is', async () => {
    const { address } = await offering('METHODS=SAFECOOKIE');
    await expect(ControlClient.connect({ address })).rejects.toMatchObject({
      kind: 'authenticate',
      hint: expect.stringContaining('--cookie-file'),
    });
  });

  it('knows no other method', async () => {
    const { address, heard } = await offering('METHODS=CERTIFICATE');
    await expect(ControlClient.connect({ address })).rejects.toMatchObject({
      kind: 'authenticate',
    });
    expect(heard).toEqual(['PROTOCOLINFO 1']);
  });
});

describe('parseProtocolInfo', () => {
  const reply = (...texts: string[]) => ({
    status: 250,
    lines: texts.map((text) => ({ status: 250, text })),
  });

  it('keeps methods that it does not know', () => {
    const info = reply('PROTOCOLINFO 1', 'AUTH METHODS=NEW,NULL', 'VERSION Tor="0.5"', 'OK');
    expect(parseProtocolInfo(info)).toEqual({ methods: ['NEW', 'NULL'], torVersion: '0.5' });
  });

  it('needs no version', () => {
    expect(parseProtocolInfo(reply('AUTH METHODS=NULL', 'OK')).torVersion).toBe('');
  });

  it('needs the line about authentication', () => {
    expect(() => parseProtocolInfo(reply('OK'))).toThrow(
      expect.objectContaining({ kind: 'protocol' }),
    );
  });
});
