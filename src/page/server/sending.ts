/**
 * Answers on their way to a browser: their headers, and at its pace.
 * Owns what every answer says to the browser beside its content; what that is, is pageServer.ts's.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Page } from '../html.ts';

type Headers = Readonly<Record<string, string | number>>;

/** Of whatever is not the page nothing may run, wherever a browser shows it. */
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; sandbox";

const OF_ALL: Headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': NOTHING_RUNS,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const PLAIN_TEXT = 'text/plain; charset=utf-8';
const CSV = 'text/csv; charset=utf-8';

/** One answer. */
export class Sending {
  readonly #response: ServerResponse;
  readonly #stalledMs: number;

  /** @param stalledMs how long a browser may read nothing while something waits for it. */
  constructor(response: ServerResponse, stalledMs: number) {
    this.#response = response;
    this.#stalledMs = stalledMs;
  }

  /** A few words, such as why nothing else is answered. */
  async text(status: number, text: string, headers: Headers = {}): Promise<void> {
    await this.#whole(status, Buffer.from(`${text}\n`), { 'Content-Type': PLAIN_TEXT, ...headers });
  }

  async page({ html, csp }: Page): Promise<void> {
    const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': csp };
    await this.#whole(200, Buffer.from(html), headers);
  }

  async json(json: Uint8Array): Promise<void> {
    await this.#whole(200, json, { 'Content-Type': 'application/json; charset=utf-8' });
  }

  /**
   * A file to be saved, as it is made. Nothing is sent before the first piece is there, so that what it
   * throws can still be said; what it throws later ends the connection, and the file is not taken for whole.
   */
  async csv(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const piece of pieces) {
      if (!this.hasBegun) {
        this.#begin(200, {
          'Content-Type': CSV,
          // Its name is the link's, which knows the recording and the window.
          'Content-Disposition': 'attachment',
        });
      }
      await this.#write(piece);
    }
    this.#response.end();
  }

  /** Whether a status was sent. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Ends the connection in the midst of an answer. */
  breakOff(): void {
    this.#response.destroy();
  }

  async #whole(status: number, bytes: Uint8Array, headers: Headers): Promise<void> {
    this.#begin(status, { 'Content-Length': bytes.length, ...headers });
    await this.#write(bytes);
    this.#response.end();
  }

  #begin(status: number, headers: Headers): void {
    this.#response.writeHead(status, { ...OF_ALL, ...headers });
  }

  /** Resolves when the browser has taken it, or has gone. */
  async #write(bytes: Uint8Array): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.write(bytes)) return;
    const waiting = new AbortController();
    const timer = setTimeout(() => response.destroy(), this.#stalledMs);
    try {
      const { signal } = waiting;
      await Promise.race([
        once(response, 'drain', { signal }),
        once(response, 'close', { signal }),
      ]);
    } finally {
      clearTimeout(timer);
      waiting.abort();
    }
  }
}
