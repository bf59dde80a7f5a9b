/**
 * What a URL of the page's server asks for.
 * Owns the paths that there are, and the bounds of every number in a query; no path is a file's.
 */
import type { Selection } from '../../listing/selection.ts';
import type { Window } from '../../recording/reader.ts';
import { LEAST_BUCKET_MS, type Report } from '../../reports/report.ts';
import { NAMED_REPORTS } from '../../reports/reports.ts';
import { timeline } from '../../reports/timeline.ts';
import { PART_NAMES } from '../data/parts.ts';
import type { PartName } from '../parts.ts';
import { Refused } from './refusal.ts';

/** What of a report is asked for. */
export interface AskedCsv {
  readonly report: Report;
  /** Infinite where the query leaves an end out. */
  readonly window: Window;
  /** Undefined for what a report has by default. */
  readonly bucketMs: number | undefined;
  readonly selection: Selection;
}

export type Asked =
  | { readonly kind: 'page' }
  | { readonly kind: 'head' }
  | {
      readonly kind: 'part';
      readonly name: PartName;
      readonly window: Window;
      readonly bins: number;
      /** Whether its numbers are to be those of the reports, however long that takes. */
      readonly exact: boolean;
    }
  | { readonly kind: 'moment'; readonly at: number }
  | ({ readonly kind: 'csv' } & AskedCsv);

/** More than any screen is wide. */
export const MAX_BINS = 16_384;

/** The furthest from 1970 that a time can be, milliseconds (ECMA-262, time values). */
const FURTHEST_MS = 8.64e15;

/** The path of a request, and its query; the path as it was sent, decoded nowhere. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Undefined for what is not a path, such as `http://elsewhere/` and `*`. */
export function targetOf(url: string): Target | undefined {
  if (!url.startsWith('/')) return undefined;
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

/** The token in a link to the page; undefined where there is none. */
export function tokenIn({ path, query }: Target): string | undefined {
  return path === '/' ? (query.get('token') ?? undefined) : undefined;
}

/** Throws `Refused` for a path that there is not, and for a query that is none of it. */
export function askedOf({ path, query }: Target): Asked {
  const [, room = '', name, ...more] = path.split('/');
  if (more.length > 0) throw notThere();
  if (name === undefined) return askedOfAll(room, query);
  const numbers = new Numbers(query);
  const part = PART_NAMES.find((one) => one === name);
  if (room === 'part' && part !== undefined) {
    numbers.only('from', 'to', 'bins', 'exact');
    const window = windowOf(numbers.time('from'), numbers.time('to'));
    const bins = numbers.within('bins', 1, MAX_BINS);
    const exact = numbers.has('exact') && numbers.within('exact', 0, 1) === 1;
    return { kind: 'part', name: part, window, bins, exact };
  }
  const report = NAMED_REPORTS.find((one) => one.name === name);
  if (room !== 'csv' || report === undefined) throw notThere();
  return { kind: 'csv', ...askedCsv(report, numbers) };
}

function askedOfAll(room: string, query: URLSearchParams): Asked {
  // What stands there is the page's own, such as the window that a link keeps.
  if (room === '') return { kind: 'page' };
  const numbers = new Numbers(query);
  if (room === 'head') {
    numbers.only();
    return { kind: 'head' };
  }
  if (room !== 'moment') throw notThere();
  numbers.only('at');
  return { kind: 'moment', at: numbers.time('at') };
}

function askedCsv(report: Report, numbers: Numbers): AskedCsv {
  numbers.only('from', 'to', 'bucket', 'connection', 'circuit');
  const from = numbers.has('from') ? numbers.time('from') : Number.NEGATIVE_INFINITY;
  const to = numbers.has('to') ? numbers.time('to') : Number.POSITIVE_INFINITY;
  const id = (name: string) => numbers.within(name, 0, Number.MAX_SAFE_INTEGER);
  const selection = {
    ...(numbers.has('connection') ? { connection: id('connection') } : {}),
    ...(numbers.has('circuit') ? { circuit: id('circuit') } : {}),
  };
  if (report === timeline && Object.keys(selection).length === 0) {
    throw new Refused({
      status: 400,
      text: 'A timeline is of a connection or a circuit, and none is named.',
    });
  }
  if (report.narrowing === 'none' && Object.keys(selection).length > 0) {
    throw new Refused({ status: 400, text: `${report.name} is of the relay as a whole.` });
  }
  const bucketMs = numbers.has('bucket')
    ? numbers.within('bucket', LEAST_BUCKET_MS, FURTHEST_MS)
    : undefined;
  return { report, window: windowOf(from, to), bucketMs, selection };
}

function windowOf(from: number, to: number): Window {
  if (from > to) throw new Refused({ status: 400, text: 'The window ends before it begins.' });
  return { from, to };
}

function notThere(): Refused {
  return new Refused({ status: 404, text: 'There is nothing here.' });
}

/** Whole numbers in a query, each there once at most. */
class Numbers {
  readonly #query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  /** Throws `Refused` for any other name, and for one that is there twice. */
  only(...names: readonly string[]): void {
    const given = [...this.#query.keys()];
    const isFit = given.every((name, place) => {
      return names.includes(name) && given.indexOf(name) === place;
    });
    if (isFit) return;
    const asked = names.length === 0 ? 'nothing' : names.join(', ');
    throw new Refused({ status: 400, text: `The query may name ${asked}, each once.` });
  }

  has(name: string): boolean {
    return this.#query.has(name);
  }

  /** Throws `Refused` where it is missing, or no whole number from `least` to `most`. */
  within(name: string, least: number, most: number): number {
    const text = this.#query.get(name) ?? '';
    const value = Number(text);
    if (/^-?\d{1,16}$/.test(text) && value >= least && value <= most) return value;
    throw new Refused({
      status: 400,
      text: `${name} is not a whole number from ${least} to ${most}.`,
    });
  }

  /** Milliseconds since the epoch. */
  time(name: string): number {
    return this.within(name, -FURTHEST_MS, FURTHEST_MS);
  }
}
