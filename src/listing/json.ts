/**
 * JSON as a type, what a value of it is, and how much of it is read from others.
 * Owns nothing else: what is read from a transcript and not known here is passed on as it came.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export type JsonObject = { readonly [key: string]: Json };

/** Whether something that was read as JSON is an object: no list, not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it is a whole number from 0 to 2^53 − 1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What a text may hold. */
export interface JsonLimits {
  /** Each may cost 60 bytes of memory for two of text. */
  readonly values: number;
  /** What walks a value calls itself as deep. */
  readonly depth: number;
}

/**
 * Of what others send: the events of 100,000 connections that opened in one poll have 700,000
 * values, and nothing that is known nests deeper than five.
 */
const OF_OTHERS: JsonLimits = { values: 1_000_000, depth: 64 };

/** What they sent, as conntape writes it again: a list in a list where there was an object in one. */
export const OF_OUR_OWN: JsonLimits = { values: 2_000_000, depth: 66 };

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;

class TooMuch extends Error {}

/**
 * What a JSON text says. Throws where it is not JSON or holds more than the limits, before any of
 * it costs memory; `jsonFault` says which.
 */
export function parseJson(text: string, limits: JsonLimits = OF_OTHERS): unknown {
  let values = 1;
  let depth = 0;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) {
      place = closingQuote(text, place);
    } else if (code === COMMA) {
      values++;
    } else if (opens(code)) {
      values++;
      depth++;
    } else if (closes(code)) {
      depth--;
    }
    if (values > limits.values) throw new TooMuch(`it holds more than ${limits.values} values`);
    if (depth > limits.depth) throw new TooMuch(`it nests deeper than ${limits.depth}`);
  }
  return JSON.parse(text);
}

/** Why `parseJson` threw: a cause for an error, without anything of the text. */
export function jsonFault(thrown: unknown): string {
  return thrown instanceof TooMuch ? thrown.message : 'it is not JSON';
}

function opens(code: number): boolean {
  return code === 91 || code === 123;
}

function closes(code: number): boolean {
  return code === 93 || code === 125;
}

/** Where the string that opens at `start` closes; the end of the text where it does not. */
function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}
