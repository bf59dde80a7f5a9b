/**
 * Sessions, gaps and lines that were put aside as a recording stores them: JSON.
 * Owns that what is read has the shape of what was written, whoever made the file; that it is what
 * was written is the chain's.
 */
import { isObject, type JsonObject, jsonFault, OF_OUR_OWN, parseJson } from '../listing/json.ts';
import type { Gap, Header, Unread } from '../listing/snapshot.ts';
import { damaged } from './damage.ts';

const TEXTS_OF_RELAY = ['fingerprint', 'nickname', 'torVersion'];

/** What a session says of its source. Throws `damaged` for a text that says something else. */
export function storedHeader(text: string): Header {
  const value = parsed(text);
  const { source, bytes, intervalMs, relay, config, observes, extra } = value;
  const isHeader =
    isText(source) &&
    (bytes === 'connection' || bytes === 'entry') &&
    isTime(intervalMs) &&
    isObject(relay) &&
    TEXTS_OF_RELAY.every((name) => isText(relay[name])) &&
    isObject(config) &&
    Object.values(config).every(isText) &&
    isObject(observes) &&
    Object.values(observes).every((observed) => observed === true || isText(observed)) &&
    isObject(extra);
  if (!isHeader) throw damaged('it is not what a session says of its source');
  return value as unknown as Header;
}

/** Throws `damaged` for a text that is not a gap. */
export function storedGap(text: string): Gap {
  const value = parsed(text);
  const { from, to, reason, extra } = value;
  if (isTime(from) && isTime(to) && isText(reason) && isObject(extra)) {
    return value as unknown as Gap;
  }
  throw damaged('it is not what a gap is');
}

/** Throws `damaged` for a text that is not a line that was put aside. */
export function storedUnread(text: string): Unread {
  const value = parsed(text);
  const { line, reason } = value;
  if (Number.isSafeInteger(line) && isText(reason)) return value as unknown as Unread;
  throw damaged('it is not what a line that was put aside is');
}

function parsed(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(text, OF_OUR_OWN);
  } catch (thrown) {
    throw damaged(jsonFault(thrown));
  }
  if (!isObject(value)) throw damaged('it is not a JSON object');
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number';
}
