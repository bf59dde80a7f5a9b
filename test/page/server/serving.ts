/**
 * The page's server in the process of a test, on a real port, and a browser that says what it is told to.
 * Owns both; what is asked, and what must be answered, is the tests'.
 */
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listen } from '../../../src/control/listening.ts';
import type { Listing } from '../../../src/listing/listing.ts';
import { PageServer, type PageServerOptions } from '../../../src/page/server/pageServer.ts';
import { EVERYTHING } from '../../../src/recording/reader.ts';
import { HEADER, openWriter, snapshotOf, temporaryFolder } from '../../recording/tapes.ts';

export const PAGE = { html: '<!doctype html><p>the page', csp: "default-src 'none'; x" };

export interface Served {
  readonly server: PageServer;
  readonly port: number;
  readonly token: string;
  /** What the operator was told. */
  readonly told: string[];
}

/** Serves a recording until the test is over. */
export async function serve(
  path: string,
  options: Partial<PageServerOptions> = {},
  host = '127.0.0.1',
): Promise<Served> {
  const told: string[] = [];
  let port = 0;
  const server = await PageServer.open({
    ...{ path, shellPath: path, name: basename(path), version: '1.2.3', window: EVERYTHING },
    ...{ page: PAGE, bucketMs: 600_000, baselineMs: Number.POSITIVE_INFINITY },
    listen: async (http) => {
      const address = await listen(http, { kind: 'tcp', host, port: 0 });
      port = address.kind === 'tcp' ? address.port : 0;
      return { host, port };
    },
    tell: (line) => told.push(line),
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, port, token: new URL(server.link).searchParams.get('token')!, told };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks on a connection of its own, and gives the answer as it begins. */
export function begun(port: number, path: string, asking: Asking = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {} } = asking;
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
    asked.on('response', resolve).on('error', reject).end();
  });
}

export async function ask(port: number, path: string, asking: Asking = {}): Promise<Answer> {
  const response = await begun(port, path, asking);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await text(response) };
}

/** The cookie that the link gives, as a browser sends it back. */
export async function cookieOf({ port, token }: Served): Promise<{ readonly cookie: string }> {
  const { headers } = await ask(port, `/?token=${token}`);
  return { cookie: headers['set-cookie']![0]!.split(';')[0]! };
}

/** Asks with the cookie. */
export async function getter(served: Served): Promise<(path: string) => Promise<Answer>> {
  const headers = await cookieOf(served);
  return (path) => ask(served.port, path, { headers });
}

/** Sends these bytes on a connection of their own, and gives all that comes back until its end. */
export async function sent(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  // Where it is closed with bytes unread the system resets it.
  socket.on('error', () => {});
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'close');
  return answer;
}

/** Every poll of it moves every circuit: its asymmetry, second by second, is some 30 MB of CSV. */
export const LONG = '/csv/asymmetry?bucket=1000';

/** A recording of many lines, whose reports no socket's buffers hold. */
export function longTape(): string {
  const path = join(temporaryFolder(), 'long.tape');
  const lines = Array.from({ length: 4000 }, (_, row) => {
    const peer = `${'A'.repeat(36)}${1000 + (row % 1000)} 203.0.113.9 443 9001`;
    return `${row + 1} ${(row >> 1) + 1} ${peer} ${row % 2 === 0 ? 'I' : 'O'}RT ${row} ${row} 5`;
  });
  const first = snapshotOf(0, lines.join('\n'));
  const { read, written, uptime } = first.listing;
  const writer = openWriter(path, HEADER);
  for (let poll = 0; poll < 100; poll++) {
    const listing: Listing = {
      ...first.listing,
      read: read.map((bytes) => bytes + poll * 100),
      written: written.map((bytes) => bytes + poll),
      uptime: uptime.map((seconds) => seconds + poll * 10),
    };
    writer.append({ ...first, at: 1000 + poll * 10_000, listing });
  }
  writer.close();
  return path;
}
