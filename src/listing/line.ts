/**
 * One line of `conn/all`: its fields, what makes it malformed, what may be shown of it then.
 * Owns the line format of the proposal; what may be kept of a line is decided by `Label.of`.
 *
 *     1 0 0 0 0 0 IRt 10 20 5
 *     CONN_ID CIRC_ID OR_ID IP PORT L_PORT TYPE_FLAGS READ WRITE UPTIME [more …]
 */
import { isIP } from 'node:net';
import { areFlags } from './flags.ts';
import { isOrId, Label } from './label.ts';
import { LARGEST_PORT } from './port.ts';

/** Far above ten fields and some more; a longer line is not a listing but an attack on memory. */
export const MAX_LINE_LENGTH = 4096;

const DIGITS = /^[0-9]+$/;
const ASCII = /^[ -~]*$/;

/** A line that is put aside: why, and what of it may be shown. */
export class Malformed {
  readonly reason: string;
  readonly shown: string;

  constructor(reason: string, shown: string) {
    this.reason = reason;
    this.shown = shown;
  }
}

/** A well-formed line. */
export interface Line {
  readonly label: Label;
  readonly read: number;
  readonly written: number;
  readonly uptime: number;
  /** How many bytes stand before READ, if they are ASCII and fields have one space between; else 0. */
  readonly headLength: number;
  /** How many characters READ, WRITE and UPTIME are. */
  readonly countersLength: number;
}

/** What a control port or a text file may leave or lose at the end of a line. */
const BLANK_END = /(?<![\r ])[\r ]+$/;

/** Reads one line, which has no line end but maybe carriage returns; undefined for white space. */
export function readWithCare(text: string): Line | Malformed | undefined {
  const bare = text.replace(/\r$/, '');
  if (bare.length > MAX_LINE_LENGTH) {
    return new Malformed(
      `longer than ${MAX_LINE_LENGTH} characters`,
      `(${bare.length} characters)`,
    );
  }
  const fields = bare
    .replace(BLANK_END, '')
    .split(' ')
    .filter((field) => field !== '');
  if (fields.length === 0) return undefined;
  const fault = faultOf(fields);
  if (fault !== undefined) return new Malformed(fault, masked(fields));
  const [connId, circId, orId, ip, port, lPort, flags, ...rest] = fields as string[];
  const [read, written, uptime, ...extra] = rest;
  const label = Label.of({
    connId: Number(connId),
    circId: Number(circId),
    orId: orId!,
    ip: ip!,
    port: Number(port),
    lPort: Number(lPort),
    flags: flags!,
    extra: extra.join(' '),
  });
  const head = `${fields.slice(0, 7).join(' ')} `;
  const counters = `${read} ${written} ${uptime}`;
  return {
    label,
    read: Number(read),
    written: Number(written),
    uptime: Number(uptime),
    headLength: text.startsWith(head + counters) && ASCII.test(head) ? head.length : 0,
    countersLength: counters.length,
  };
}

/** What is wrong with a line, by docs/reference.md, Lines; undefined for a well-formed one. */
function faultOf(fields: readonly string[]): string | undefined {
  if (fields.length < 10) return `${fields.length} fields, not ten`;
  const [connId, circId, orId, ip, port, lPort, flags, read, written, uptime] = fields as string[];
  const counters = { CONN_ID: connId, CIRC_ID: circId, READ: read, WRITE: written, UPTIME: uptime };
  for (const [name, field] of Object.entries(counters)) {
    if (!isInteger(field!, Number.MAX_SAFE_INTEGER)) {
      return `${name} is not an unsigned integer below 2^53`;
    }
  }
  if (!isOrId(orId!)) return 'OR_ID is neither 0 nor 40 hex digits';
  if (ip !== '0' && isIP(ip!) === 0) return 'IP is neither 0 nor an address';
  if (!isInteger(port!, LARGEST_PORT)) return 'PORT is not a port';
  if (!isInteger(lPort!, LARGEST_PORT)) return 'L_PORT is not a port';
  if (!areFlags(flags!)) return 'TYPE_FLAGS is not letters';
  return undefined;
}

function isInteger(field: string, largest: number): boolean {
  return DIGITS.test(field) && Number(field) <= largest;
}

/**
 * What of a malformed line may be shown. Its fields cannot be trusted to stand where they should,
 * so only an identity that is whole (CONN_ID, CIRC_ID, OR_ID) is kept, and of the rest its number.
 */
function masked(fields: readonly string[]): string {
  const [connId = '', circId = '', orId = ''] = fields;
  const identity =
    isInteger(connId, Number.MAX_SAFE_INTEGER) &&
    isInteger(circId, Number.MAX_SAFE_INTEGER) &&
    isOrId(orId);
  return fields
    .slice(0, 20)
    .map((field, index) => (identity && index < 3 ? field : '?'))
    .join(' ');
}
