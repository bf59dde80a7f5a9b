/**
 * The page of a recording over HTTP, for a browser of this machine.
 * Owns the listener, its limits, and which part of the server answers what; who may ask is admission.ts's.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Window } from '../../recording/reader.ts';
import { makeHead } from '../data/head.ts';
import { makePart } from '../data/parts.ts';
import type { Page } from '../html.ts';
import { type Door, PageAdmission } from './admission.ts';
import { type Asked, askedOf, targetOf, tokenIn } from './asked.ts';
import { BackgroundAudit } from './backgroundAudit.ts';
import type { Order, Workplace } from './orders.ts';
import { Crew, type Ordered } from './pageWorker.ts';
import { Refused, refusalOf } from './refusal.ts';
import { Sending } from './sending.ts';
import { ShownRecording } from './shownRecording.ts';

export interface PageLimits {
  /** Connections at a time: several pages, and what a browser opens in vain. */
  readonly maxConnections: number;
  /** Requests at a time, on however many connections. */
  readonly maxRequests: number;
  /** All headers of a request, and its URL. */
  readonly maxHeadBytes: number;
  /** A request, from its first byte to its last. */
  readonly requestMs: number;
  /** Nothing of an answer is read. */
  readonly stalledMs: number;
}

export interface PageServerOptions extends Workplace {
  /** The recording's name for people, and which conntape this is. */
  readonly name: string;
  readonly version: string;
  /** What of it is shown, infinite on a side that is open. */
  readonly window: Window;
  readonly page: Page;
  /** Of reports, where a query names no other. */
  readonly bucketMs: number;
  readonly baselineMs: number;
  /** Makes a server listen on this machine alone, and gives where. */
  readonly listen: (server: Server) => Promise<Door>;
  /** Tells the operator what went wrong. */
  readonly tell: (text: string) => void;
  readonly limits?: Partial<PageLimits>;
}

const DEFAULT_LIMITS: PageLimits = {
  maxConnections: 64,
  maxRequests: 64,
  maxHeadBytes: 16 << 10,
  requestMs: 10_000,
  stalledMs: 60_000,
};

/** How many reports are written at once, each in a thread of its own. */
const MAX_REPORTS = 2;

/** So long the end may wait for threads: longer than each has to stop by itself. */
const CLOSING_MS = 700;

/** Different things that went wrong: one that says more is not told twice. */
const MAX_TOLD = 100;

export class PageServer {
  readonly #options: PageServerOptions;
  readonly #limits: PageLimits;
  readonly #shown: ShownRecording;
  readonly #audit: BackgroundAudit;
  /** Of one each: parts of one window have much in common, which is made once. */
  readonly #quickParts: Crew;
  readonly #exactParts: Crew;
  readonly #moments: Crew;
  readonly #reports: Crew;
  readonly #server: Server;
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();
  readonly #told = new Set<string>();
  #admission: PageAdmission | undefined;

  private constructor(options: PageServerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { maxConnections, maxHeadBytes, requestMs } = this.#limits;
    this.#shown = new ShownRecording(options.path, options.window);
    const workplace = { path: options.path, shellPath: options.shellPath };
    const patiently = { ...workplace, patient: true };
    this.#audit = new BackgroundAudit(patiently);
    this.#quickParts = new Crew(workplace, 1);
    this.#exactParts = new Crew(patiently, 1);
    this.#moments = new Crew(workplace, 1);
    this.#reports = new Crew(workplace, MAX_REPORTS);
    const timing = {
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(requestMs, 1000),
    };
    this.#server = createServer({ maxHeaderSize: maxHeadBytes, ...timing }, (request, response) => {
      const answering = this.#answer(request, response).finally(() => {
        this.#underWay.delete(answering);
      });
      this.#underWay.add(answering);
    });
    this.#server.maxConnections = maxConnections;
    // Where descriptors run out, one browser is not let in; the others are none the worse.
    this.#server.on('error', () => {});
  }

  /** Rejects as `Recording.open` throws, and as `listen` rejects. */
  static async open(options: PageServerOptions): Promise<PageServer> {
    const server = new PageServer(options);
    try {
      server.#admission = new PageAdmission(await options.listen(server.#server));
    } catch (thrown) {
      await server.close();
      throw thrown;
    }
    return server;
  }

  /** Loads what the first picture needs, while the link is still to be followed. */
  prepare(): void {
    this.#quickParts.prepare();
    this.#moments.prepare();
  }

  /** The link that lets a browser in: a secret. */
  get link(): string {
    return this.#admission!.link;
  }

  /**
   * Resolves within a second, when nobody is answered any more and no thread is at work; one in the midst
   * of what SQLite does not interrupt, such as walking the pages of a great table, ends when that is over.
   */
  async close(): Promise<void> {
    this.#end.abort();
    this.#server.close();
    // Who reads slowly would be waited for.
    this.#server.closeAllConnections();
    const late = new AbortController();
    await Promise.race([
      this.#stopped().finally(() => late.abort()),
      sleep(CLOSING_MS, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    this.#shown.close();
  }

  async #stopped(): Promise<void> {
    await Promise.all([...this.#underWay, this.#audit.close()]);
    const crews = [this.#quickParts, this.#exactParts, this.#moments, this.#reports];
    await Promise.all(crews.map((crew) => crew.close()));
  }

  /** Never rejects. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.#end.signal]);
    const sending = new Sending(response, this.#limits.stalledMs);
    try {
      await this.#respond(request, sending, signal);
    } catch (thrown) {
      const { status, text, untold } = refusalOf(thrown);
      if (untold !== undefined) this.#tell(untold);
      if (sending.hasBegun) sending.breakOff();
      else await sending.text(status, text);
    }
  }

  async #respond(request: IncomingMessage, sending: Sending, signal: AbortSignal): Promise<void> {
    if (this.#underWay.size >= this.#limits.maxRequests) {
      throw new Refused({ status: 503, text: 'Too much is asked at once.' });
    }
    if (hasBody(request)) {
      await sending.text(400, 'A question has no body.', { Connection: 'close' });
      return;
    }
    const target = targetOf(request.url ?? '');
    const admitted = this.#admission!.admit(
      request,
      target === undefined ? undefined : tokenIn(target),
    );
    if (admitted.kind === 'refused') {
      const allowed = admitted.status === 405 ? { Allow: 'GET' } : {};
      await sending.text(admitted.status, admitted.text, { Connection: 'close', ...allowed });
      return;
    }
    if (admitted.kind === 'enter') {
      const headers = { Location: '/', 'Set-Cookie': admitted.cookie };
      await sending.text(303, 'The page is at /.', headers);
      return;
    }
    if (target === undefined) throw new Refused({ status: 400, text: 'Not a path.' });
    await this.#send(askedOf(target), sending, signal);
  }

  async #send(asked: Asked, sending: Sending, signal: AbortSignal): Promise<void> {
    switch (asked.kind) {
      case 'page':
        this.#beginAudit();
        return sending.page(this.#options.page);
      case 'head':
        return sending.json(jsonOf(this.#head()));
      case 'moment': {
        this.#shown.checkShown(asked.at);
        return sending.json(await this.#made(this.#moments, asked, signal));
      }
      case 'part':
        return sending.json(await this.#part(asked, signal));
      case 'csv': {
        const { report, bucketMs = this.#options.bucketMs, selection } = asked;
        const { baselineMs } = this.#options;
        const window = this.#shown.shown(asked.window);
        const order = { kind: 'csv', report: report.name, window, bucketMs, baselineMs, selection };
        const ordered = { order, generation: this.#shown.generation } as Ordered;
        return sending.csv(this.#reports.make(ordered, signal));
      }
    }
  }

  /** A page that opens shows what the recording then holds; what is wrong with it the head says. */
  #beginAudit(): void {
    try {
      this.#shown.renew();
      this.#audit.begin(this.#shown);
    } catch (thrown) {
      this.#tell(refusalOf(thrown).text);
    }
  }

  #head() {
    this.#shown.renew();
    const { recording, window } = this.#shown;
    const { name, version, shellPath } = this.#options;
    return makeHead({ form: 'view', recording, window, name, version, path: shellPath });
  }

  async #part(
    { name, window: asked, bins, exact }: Extract<Asked, { kind: 'part' }>,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (name === 'findings') {
      this.#audit.begin(this.#shown);
      return this.#audit.json;
    }
    const window = this.#shown.shown(asked);
    const { recording } = this.#shown;
    // From the rollups, always: so quick that the main thread makes it.
    if (name === 'polls') {
      return jsonOf(makePart(name, { recording, window, bins, path: this.#options.shellPath }));
    }
    const order = { kind: 'part', name, window, bins, exact } as const;
    return this.#made(exact ? this.#exactParts : this.#quickParts, order, signal);
  }

  async #made(crew: Crew, order: Order, signal: AbortSignal): Promise<Uint8Array> {
    const { generation } = this.#shown;
    const pieces: Uint8Array[] = [];
    for await (const piece of crew.make({ order, generation }, signal)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  #tell(text: string): void {
    if (this.#told.has(text) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(text);
    this.#options.tell(text);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function jsonOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
