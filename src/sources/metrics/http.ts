/**
 * One GET of a page of text on this machine, bounded in time and size.
 * Owns the request and what counts as an answer; what the text says is exposition.ts's.
 */
import type { IncomingMessage, request } from 'node:http';
import { ConntapeError } from '../../error.ts';

/** A relay's has 50 KB. */
const MAX_BYTES = 1 << 20;

const MAX_HEADER_BYTES = 8192;

/**
 * The text at an `http:` URL. Follows no redirect, keeps no connection. Rejects with `connect` where
 * it is not there within `timeoutMs`, is larger than a MiB, not text, or the answer is not 200.
 */
export async function getText(url: URL, timeoutMs: number): Promise<string> {
  // Only where it is needed: to load it costs 8 MB and a fifth of a command's start.
  const http = await import('node:http');
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const { fail } = get(http.request, url, resolve, reject);
      // Of all of it: a server that sends a byte now and then is never idle.
      timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    });
  } finally {
    clearTimeout(timer);
  }
}

function get(
  ask: typeof request,
  url: URL,
  resolve: (text: string) => void,
  reject: (error: ConntapeError) => void,
) {
  const asked = ask(url, {
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: { accept: 'text/plain;version=0.0.4', connection: 'close' },
  });
  const fail = (cause: string) => {
    reject(
      new ConntapeError('connect', { operation: 'reading', object: 'the MetricsPort', cause }),
    );
    asked.destroy();
  };
  asked.on('error', (error: NodeJS.ErrnoException) => fail(causeOf(error)));
  asked.on('response', (response) => {
    const wrong = whatIsWrongWith(response);
    if (wrong !== undefined) return fail(wrong);
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) fail(`the answer is larger than ${MAX_BYTES} bytes`);
      else chunks.push(chunk);
    });
    response.on('error', (error: NodeJS.ErrnoException) => fail(causeOf(error)));
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
  asked.end();
  return { fail };
}

function whatIsWrongWith({ statusCode, headers }: IncomingMessage): string | undefined {
  if (statusCode !== 200) return `the answer is HTTP ${statusCode}`;
  const type = headers['content-type'] ?? '';
  return /^text\/plain(?:;|$)/i.test(type) ? undefined : 'the answer is not plain text';
}

/** Without the address, which the operator knows and a recording does not keep. */
function causeOf({ code }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  if (code === 'ECONNRESET') return 'the connection closed: MetricsPortPolicy may not admit it';
  return code?.startsWith('HPE_') === true
    ? 'the answer is not HTTP'
    : `the connection failed (${code ?? 'for no reason given'})`;
}
