/**
 * A service's values → replies, in Tor's words.
 * Owns how `GETINFO` and `GETCONF` are answered (control-spec, sections 3.3 and 3.9), not where the
 * values come from.
 */
import { ConntapeError } from '../error.ts';
import type { Command } from './command.ts';
import { escapeControls, printable } from './printable.ts';
import { type Reply, ReplyError, type ReplyLine, replyOf } from './reply.ts';
import type { Values } from './service.ts';

export const OK = replyOf(250, 'OK');

/**
 * The reply to `GETINFO`: a value of one line as `250-key=value`, any other as a data block, then
 * `250 OK`, which is all there is where no key was asked for. One unknown key, and only the unknown
 * ones are named. A reply of more than `maxCharacters` is refused with 551: keys may be asked for
 * again and again in one command.
 */
export function infoReply(keys: readonly string[], values: Values, maxCharacters: number): Reply {
  const unknown = keys.filter((key) => values.get(key) === undefined);
  if (unknown.length > 0) return unrecognized('key', unknown);
  const lines: ReplyLine[] = [];
  let characters = 0;
  for (const key of keys) {
    const value = values.get(key)!;
    characters += key.length + value.length;
    if (characters > maxCharacters) return replyOf(551, 'The answer is too large');
    lines.push(infoLine(key, value));
  }
  return { status: 250, lines: [...lines, ...OK.lines] };
}

/** A value as a line of the reply to `GETINFO`. */
export function infoLine(key: string, value: string): ReplyLine {
  return /[\r\n]/.test(value)
    ? { status: 250, text: `${key}=`, data: value }
    : { status: 250, text: `${key}=${value}` };
}

/** The reply to `GETCONF`: a line for each value, the name alone where the option is at its default. */
export function confReply(keys: readonly string[], values: Values): Reply {
  if (keys.length === 0) return OK;
  const unknown = keys.filter((key) => values.get(key) === undefined);
  if (unknown.length > 0) return unrecognized('configuration key', unknown);
  const lines = keys.flatMap((key) =>
    values
      .get(key)!
      .split('\n')
      .map((value) => ({ status: 250, text: value === '' ? key : `${key}=${value}` })),
  );
  return { status: 250, lines };
}

/** 510 for a command that is not known, as it was written. */
export function unknownCommand({ keyword, data }: Command): Reply {
  const plus = data === undefined ? '' : '+';
  return replyOf(510, `Unrecognized command "${plus}${escapeControls(keyword)}"`);
}

/** 552 for every name that is not known. */
export function unrecognized(what: string, names: readonly string[]): Reply {
  const lines = names.map((name) => ({
    status: 552,
    text: `Unrecognized ${what} "${escapeControls(name)}"`,
  }));
  return { status: 552, lines };
}

/** What a service threw, as a reply. Only what was thrown on purpose is shown. */
export function failureReply(thrown: unknown): Reply {
  if (thrown instanceof ReplyError) return thrown.reply;
  return replyOf(
    551,
    thrown instanceof ConntapeError ? printable(thrown.message) : 'Internal error',
  );
}
