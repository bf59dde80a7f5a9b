/** Who is let in to the page, and who is not: each by what a browser, or somebody else, would send. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PageAdmission } from '../../../src/page/server/admission.ts';
import { stillOpen } from '../../oracle/cases.ts';
import { importInto, temporaryFolder } from '../../recording/tapes.ts';
import { ask, cookieOf, getter, PAGE, type Served, sent, serve } from './serving.ts';

let path: string;
let served: Served;
let cookie: string;

beforeEach(async () => {
  path = join(temporaryFolder(), 'a.tape');
  await importInto(path, stillOpen);
  served = await serve(path);
  ({ cookie } = await cookieOf(served));
});

describe('the link', () => {
  it('gives a cookie that no script reads and no other site sends, and leads to the page', async () => {
    const { status, headers, body } = await ask(served.port, `/?token=${served.token}`);
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^conntape-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/),
    ]);
    expect(headers['set-cookie']![0]).toContain(`conntape-${served.port}=`);
    expect(body + headers['set-cookie']![0]).not.toContain(served.token);
    const page = await ask(served.port, '/', { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(page.body).toBe(PAGE.html);
  });

  it('may be followed again, in a second browser of whoever has it', async () => {
    expect((await cookieOf(served)).cookie).toBe(cookie);
  });

  it('is followed from a terminal, not from another site', async () => {
    const of = (site: string) =>
      ask(served.port, `/?token=${served.token}`, { headers: { 'sec-fetch-site': site } });
    expect((await of('none')).status).toBe(303);
    const { status, headers } = await of('cross-site');
    expect(status).toBe(403);
    expect(headers['set-cookie']).toBeUndefined();
  });

  it.each([
    ['no token', '/', ''],
    ['an empty one', '/?token=', ''],
    ['one that begins right', '/?token=HALF', ''],
    ['a right one elsewhere', '/head?token=TOKEN', ''],
    ['the token for the cookie', '/', 'conntape-PORT=TOKEN'],
    ['a wrong cookie', '/', `conntape-PORT=${'A'.repeat(43)}`],
    ['an empty cookie', '/', 'conntape-PORT='],
    ['the cookie under another name', '/', 'conntape-1=COOKIE'],
    ['a wrong token beside the right cookie', '/?token=no', 'conntape-PORT=COOKIE'],
  ])('lets nobody in with %s', async (_, url, text) => {
    const [, value = ''] = cookie.split('=');
    const filled = (given: string) =>
      given
        .replace('HALF', served.token.slice(0, -1))
        .replace('TOKEN', served.token)
        .replace('PORT', String(served.port))
        .replace('COOKIE', value);
    const headers: Record<string, string> = text === '' ? {} : { cookie: filled(text) };
    const { status, headers: answered, body } = await ask(served.port, filled(url), { headers });
    expect(status).toBe(403);
    expect(answered['set-cookie']).toBeUndefined();
    expect(body).toContain('open the link that conntape view printed');
  });

  it('of another view is none of this, nor its cookie', async () => {
    const other = await serve(path);
    const { cookie: others } = await cookieOf(other);
    expect(others.split('=')[0]).not.toBe(cookie.split('=')[0]);
    const theirs = others.replace(`-${other.port}=`, `-${served.port}=`);
    for (const text of [others, theirs]) {
      expect((await ask(served.port, '/', { headers: { cookie: text } })).status).toBe(403);
    }
    expect((await ask(served.port, `/?token=${other.token}`)).status).toBe(403);
    // Both at once, as a browser sends them that looks at both.
    const both = { cookie: `${others}; ${cookie}` };
    expect((await ask(served.port, '/', { headers: both })).status).toBe(200);
  });
});

describe('a foreign host', () => {
  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1:PORT.evil.example',
    'localhost.evil.example:PORT',
    'user@127.0.0.1:PORT',
    '0.0.0.0:PORT',
    '127.0.0.1:123456',
    '127.0.0.1:',
    '127.0.0.2:PORT',
    '::1:PORT',
    '[::2]:PORT',
    'localhost:PORT:PORT',
    ':PORT',
  ])('is not served, with the cookie or the token: "%s"', async (host) => {
    const headers = { cookie, host: host.replace('PORT', String(served.port)) };
    expect((await ask(served.port, '/head', { headers })).status).toBe(403);
    const link = await ask(served.port, `/?token=${served.token}`, { headers });
    expect(link.status).toBe(403);
    expect(link.headers['set-cookie']).toBeUndefined();
  });

  it.each([
    '127.0.0.1:PORT',
    'localhost:PORT',
    'LOCALHOST:PORT',
    '[::1]:PORT',
    // At the near end of a tunnel.
    'localhost:9000',
    // A browser leaves out port 80.
    '127.0.0.1',
  ])('is not %s', async (host) => {
    const own = host.replace('PORT', String(served.port));
    const headers = { cookie, host: own, origin: `http://${own}` };
    expect((await ask(served.port, '/head', { headers })).status).toBe(200);
  });

  it('is not hidden behind a second one, nor absent', async () => {
    const request = (hosts: readonly string[], version = '1.1') =>
      [
        `GET /head HTTP/${version}`,
        ...hosts.map((host) => `Host: ${host}`),
        `Cookie: ${cookie}`,
        'Connection: close\r\n\r\n',
      ].join('\r\n');
    const own = `127.0.0.1:${served.port}`;
    expect(await sent(served.port, request([own]))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await sent(served.port, request([own, 'evil.example']))).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(await sent(served.port, request(['evil.example', own]))).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(await sent(served.port, request([]))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sent(served.port, request(['']))).toMatch(/^HTTP\/1\.1 403 /);
    expect(await sent(served.port, request([], '1.0'))).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1:4000'],
    ['127.0.0.2', '127.0.0.2:4000'],
    ['::1', '[::1]:4000'],
    ['LocalHost', 'localhost:4000'],
  ])('is none that was listened on: %s', (host, named) => {
    const admission = new PageAdmission({ host, port: 4000 });
    const [begin, token] = admission.link.split('/?token=');
    expect(begin).toBe(`http://${named}`);
    const request = { method: 'GET', rawHeaders: ['host', named], headers: {} };
    expect(admission.admit(request, token).kind).toBe('enter');
  });
});

describe('another site', () => {
  it.each([
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:1' }, 403],
    [{ origin: 'https://127.0.0.1:PORT' }, 403],
    [{ origin: 'http://localhost:PORT' }, 403],
    [{ origin: 'http://127.0.0.1:PORT' }, 200],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    // A page of another port of this machine is of the same site.
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'anything' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'cross-site' }, 403],
  ] as const)('is not answered, whatever it knows: %j', async (given, status) => {
    const headers = Object.fromEntries(
      Object.entries({ cookie, ...given }).map(([name, value]) => [
        name,
        value.replace('PORT', String(served.port)),
      ]),
    );
    for (const url of ['/', '/head', '/csv/churn']) {
      expect((await ask(served.port, url, { headers })).status).toBe(status);
    }
  });

  it('cannot read, frame or keep what it is sent', async () => {
    const get = await getter(served);
    for (const url of ['/', '/head', '/csv/churn', '/none', `/?token=${served.token}`]) {
      const { headers } = await get(url);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['content-security-policy']).toBe(
        url === '/' ? PAGE.csp : "default-src 'none'; frame-ancestors 'none'; sandbox",
      );
    }
  });
});

describe('another method', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'])(
    'is refused: %s',
    async (method) => {
      for (const url of ['/', '/head', `/?token=${served.token}`]) {
        const { status, headers } = await ask(served.port, url, { method, headers: { cookie } });
        expect([status, headers.allow]).toEqual([405, 'GET']);
        expect(headers['set-cookie']).toBeUndefined();
      }
    },
  );

  it('is not answered either as a tunnel, or as another protocol', async () => {
    const host = `Host: 127.0.0.1:${served.port}\r\nCookie: ${cookie}`;
    const tunnel = `CONNECT evil.example:80 HTTP/1.1\r\n${host}\r\n\r\n`;
    expect(await sent(served.port, tunnel)).toBe('');
    const upgrade = `GET /none HTTP/1.1\r\n${host}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`;
    expect(await sent(served.port, upgrade)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await sent(served.port, 'SSH-2.0-OpenSSH\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('a path', () => {
  it.each([
    '/../etc/passwd',
    '/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/csv/../head',
    '/csv/..%2f..%2fetc%2fpasswd',
    '/csv/churn.csv',
    '/csv/churn/',
    '/csv/__proto__',
    '/part/__proto__?from=0&to=1&bins=1',
    '/part/constructor?from=0&to=1&bins=1',
    '//evil',
    '//evil/head',
    '/head/',
    '/HEAD',
    '/head%00',
    '/\\etc',
    '/page.js',
    '/favicon.ico',
  ])('that there is not is not found: %s', async (url) => {
    const get = await getter(served);
    const { status, headers, body } = await get(url);
    expect([status, body]).toEqual([404, 'There is nothing here.\n']);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  it.each([
    ['http://evil.example/', 400],
    ['http://127.0.0.1/head', 400],
    ['*', 400],
    ['/head', 200],
  ])('is what is asked for, not a URL: %s', async (target, status) => {
    const request = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    expect(await sent(served.port, request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('says nothing to whoever is not let in', async () => {
    for (const url of ['/none', '/head', '/part/polls', '/csv/churn', '/moment?at=x']) {
      const { status, body } = await ask(served.port, url);
      expect([status, body]).toEqual([
        403,
        'No cookie of this page: open the link that conntape view printed.\n',
      ]);
    }
  });
});
