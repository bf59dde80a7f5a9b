/**
 * One reply to a `GETINFO` whose keys are partly Tor's and partly ours.
 * Owns how the two are joined: in the order of the keys asked, all or nothing, as Tor answers
 * (control-spec, section 3.9). Tor's lines stay the bytes they are.
 */
import { infoLine, unrecognized } from '../../control/answers.ts';
import { bytesOf, parsed, type RawLine, type RawReply } from '../../control/raw.ts';
import {
  formatReply,
  keyAndValue,
  ReplyError,
  type ReplyLine,
  replyOf,
} from '../../control/reply.ts';
import type { Values } from '../../control/service.ts';
import { ConntapeError } from '../../error.ts';
import { isOurs, NAMES } from '../keys.ts';

const OK = Buffer.from('250 OK\r\n');

const UNRECOGNIZED = 552;

/**
 * @param keys as they were asked for, at least one of them ours or info/names.
 * @param ours the values of our keys; undefined for what is not there.
 * @param names the value of info/names, from Tor's.
 * @param tor what Tor answered to the others, in their order; undefined where there were none.
 * @param maxCharacters of our values together; past it the answer is 551.
 * Throws `protocol` where Tor's reply does not answer these keys.
 */
export function joinedReply(
  keys: readonly string[],
  ours: Values,
  names: (torNames: string) => string,
  tor: RawReply | undefined,
  maxCharacters: number,
): Buffer {
  if (tor !== undefined && tor.status !== 250 && tor.status !== UNRECOGNIZED) return bytesOf(tor);
  const isMissing = (key: string) => isOurs(key) && ours.get(key) === undefined;
  if (tor?.status === UNRECOGNIZED || keys.some(isMissing)) return refusal(keys, isMissing, tor);

  const theirs = tor?.lines.slice(0, -1) ?? [];
  if (theirs.length !== keys.filter((key) => !isOurs(key)).length) {
    throw new ConntapeError('protocol', {
      operation: 'GETINFO',
      cause: 'the reply has not one line for each key',
    });
  }
  let characters = 0;
  let next = 0;
  const parts = keys.map((key) => {
    if (!isOurs(key)) {
      const { bytes } = theirs[next++]!;
      return key === NAMES ? middleLine(infoLine(NAMES, names(valueIn(bytes)))) : bytes;
    }
    const value = ours.get(key)!;
    characters += value.length;
    if (characters > maxCharacters) {
      throw new ReplyError('GETINFO', replyOf(551, 'The answer is too large'));
    }
    return middleLine(infoLine(key, value));
  });
  return Buffer.concat([...parts, OK]);
}

/** 552 for every key that one of both does not know, and nothing else. */
function refusal(
  keys: readonly string[],
  isMissing: (key: string) => boolean,
  tor: RawReply | undefined,
): Buffer {
  const theirs = tor?.status === UNRECOGNIZED ? [...parsed(tor).lines] : [];
  const lines: ReplyLine[] = [];
  for (const key of keys) {
    const [refused] = unrecognized('key', [key]).lines;
    if (isMissing(key)) lines.push(refused!);
    else if (theirs[0]?.text === refused!.text) lines.push(theirs.shift()!);
  }
  // Whatever else Tor finds wrong.
  lines.push(...theirs);
  return formatReply({ status: UNRECOGNIZED, lines });
}

/** The value that a line of Tor's reply holds. */
function valueIn(bytes: Buffer): string {
  const [line] = parsed({ status: 250, lines: [bytes, OK].map(asLine) }).lines;
  return keyAndValue(line!)[1] ?? '';
}

function asLine(bytes: Buffer): RawLine {
  return { status: 250, bytes };
}

/** A line that is not the reply's last one. */
function middleLine(line: ReplyLine): Buffer {
  const reply = formatReply({ status: 250, lines: [line, { status: 250, text: 'OK' }] });
  return reply.subarray(0, reply.length - OK.length);
}
