/**
 * The source of a page that `conntape view` serves: everything is asked for, a window at a time.
 * Owns asking, what is asked only once, and what is said where there is no answer.
 */
import type { Head, MomentPart, PageSpan, PartName, Parts } from '../parts.ts';
import { CsvTable } from './csvRows.ts';
import { csvName, windowText } from './savedName.ts';
import type { PageSource, ReportRows, SavedCsv, Subject } from './view.ts';

/** So many characters of answers are kept: going back and a new theme ask for the same again. */
const MAX_KEPT_CHARACTERS = 16_000_000;

/** Until then a draw that took another's place has asked for what it needs, too. */
const GRACE_MS = 50;

/** The same of what takes long to make: it is not begun anew because the machine is slow. */
const LONG_GRACE_MS = 2000;

/** Who looks around asks for nothing that takes long. */
const STILL_MS = 1000;

const EXACTLY = '&exact=1';

interface Answered {
  readonly value: unknown;
  readonly characters: number;
}

interface Asking {
  readonly answer: Promise<Answered>;
  readonly stop: AbortController;
  waiting: number;
}

export class ServedSource implements PageSource {
  readonly head: Head;
  readonly #kept = new Map<string, Answered>();
  readonly #asking = new Map<string, Asking>();
  #redraw = () => {};

  constructor(head: Head) {
    this.head = head;
  }

  part<Name extends PartName>(
    name: Name,
    { from, to }: PageSpan,
    bins: number,
    signal: AbortSignal,
  ): Promise<Parts[Name]> {
    const url = `part/${name}?from=${from}&to=${to}&bins=${Math.max(1, Math.round(bins))}`;
    const read = (text: string) => JSON.parse(text) as Parts[Name];
    const isUnderWay = (part: Parts[Name]) => 'rules' in part && part.rules === null;
    const part = this.#ask(url, read, signal, (made) => (isUnderWay(made) ? null : url));
    part.then(
      (made) => {
        if ('exact' in made && !made.exact) void this.#askExactly(url, read, signal);
      },
      () => {},
    );
    return part;
  }

  whenExact(redraw: () => void): void {
    this.#redraw = redraw;
  }

  /** Asks for a part's exact numbers when its window has stood still for a while; they take its place. */
  async #askExactly<Part>(url: string, read: (text: string) => Part, signal: AbortSignal) {
    try {
      if (!this.#asking.has(`${url}${EXACTLY}`)) await stillness(signal);
      await this.#ask(`${url}${EXACTLY}`, read, signal, () => url);
    } catch {
      // What is drawn says that it is not exact.
      return;
    }
    if (!signal.aborted) this.#redraw();
  }

  rows(
    report: string,
    window: PageSpan,
    signal: AbortSignal,
    subject?: Subject,
  ): Promise<ReportRows> {
    const of = subject === undefined ? '' : `&${subject.kind}=${subject.id}`;
    const read = (text: string) => new CsvTable(report, text, this.head.reports[report] ?? []);
    return this.#ask(csvUrl(report, window) + of, read, signal);
  }

  async csv(report: string, window: PageSpan): Promise<SavedCsv> {
    return {
      url: csvUrl(report, window),
      name: csvName(this.head.name, report, window),
      says: `the rows of ${windowText(window)}, as conntape report ${report} prints them`,
    };
  }

  moment(at: number, signal: AbortSignal): Promise<MomentPart> {
    const time = Math.max(at, this.head.extent.from);
    return this.#ask(`moment?at=${time}`, (text) => JSON.parse(text) as MomentPart, signal);
  }

  timeline(subject: Subject, window: PageSpan, signal: AbortSignal): Promise<ReportRows> {
    return this.rows('timeline', window, signal, subject);
  }

  /**
   * What several wait for is asked for once, and given up when none waits any longer.
   * @param keptAs the URL that asks for the same from now on; null for an answer that is not kept.
   */
  async #ask<Answer>(
    url: string,
    read: (text: string) => Answer,
    signal: AbortSignal,
    keptAs: (answer: Answer) => string | null = () => url,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const kept = this.#kept.get(url);
    if (kept !== undefined) {
      this.#keep(url, kept);
      return kept.value as Answer;
    }
    let asking = this.#asking.get(url);
    if (asking === undefined) {
      const stop = new AbortController();
      const answer = textOf(url, stop.signal).then((text) => {
        const value = read(text);
        const answered = { value, characters: text.length };
        const name = keptAs(value);
        if (name !== null) this.#keep(name, answered);
        return answered;
      });
      asking = { answer, stop, waiting: 0 };
      this.#asking.set(url, asking);
      const done = () => this.#asking.delete(url);
      answer.then(done, done);
    }
    return (await this.#waitFor(url, asking, signal)).value as Answer;
  }

  async #waitFor(url: string, asking: Asking, signal: AbortSignal): Promise<Answered> {
    asking.waiting++;
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal.reason);
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([asking.answer, left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      asking.waiting--;
      setTimeout(
        () => {
          if (asking.waiting > 0 || this.#asking.get(url) !== asking) return;
          this.#asking.delete(url);
          asking.stop.abort();
        },
        url.endsWith(EXACTLY) ? LONG_GRACE_MS : GRACE_MS,
      );
    }
  }

  /** The last that was wanted stays longest. */
  #keep(url: string, answer: Answered): void {
    this.#kept.delete(url);
    this.#kept.set(url, answer);
    let characters = 0;
    for (const one of this.#kept.values()) characters += one.characters;
    for (const [oldest, one] of this.#kept) {
      if (characters <= MAX_KEPT_CHARACTERS) return;
      characters -= one.characters;
      this.#kept.delete(oldest);
    }
  }
}

/** What the page is of. Rejects as `part` of a source does. */
export async function servedHead(): Promise<Head> {
  return JSON.parse(await textOf('head', new AbortController().signal)) as Head;
}

/** Resolves after a while; rejects where the signal aborts before. */
function stillness(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const timer = setTimeout(resolve, STILL_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function csvUrl(report: string, { from, to }: PageSpan): string {
  return `csv/${report}?from=${from}&to=${to}`;
}

async function textOf(url: string, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`/${url}`, { signal, cache: 'no-store' });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(
      'The program that serves this page has ended. Run conntape view again, and open the link that it prints.',
    );
  }
  if (response.ok) return response.text();
  if (response.status === 401 || response.status === 403) {
    throw new Error(
      'This page is no longer let in: the program that serves it began anew. Open the link that conntape view printed last.',
    );
  }
  const reason = (await response.text()).trim();
  throw new Error(reason === '' ? `It was refused with status ${response.status}.` : reason);
}
