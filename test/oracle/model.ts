/**
 * A transcript as docs/reference.md reads it: header, snapshots with their well-formed lines, runs,
 * gaps.
 * Owns sections 2 and 4 and the rules "Lines", "Run" and "gap" of section 5; what lives the lines
 * make up is lives.ts's. Nothing here is shared with the product: it is the witness against it.
 */
import { isIP } from 'node:net';

/** A well-formed line of `conn/all`, scrubbed. */
export interface Line {
  readonly connId: number;
  readonly circId: number;
  readonly orId: string;
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
  readonly flags: string;
  readonly read: number;
  readonly written: number;
  /** Seconds. */
  readonly uptime: number;
  /** False where the eleventh field is `AGE=unknown`. */
  readonly ageKnown: boolean;
}

/** What the source told between two snapshots; `at` in milliseconds since the epoch. */
export interface Told {
  readonly at: number;
  readonly connId: number;
  readonly what: 'opened' | 'closed';
  readonly reason: string;
  readonly orId: string;
  readonly flags: string;
}

export interface Snapshot {
  /** Its place among the snapshots, from 0. */
  readonly index: number;
  readonly at: number;
  /** How long its poll took, in whole milliseconds; 0 where that is not told. */
  readonly pollMs: number;
  /** From 1. */
  readonly run: number;
  /** Where this snapshot begins a new run: when the new process started; else null. */
  readonly processStart: number | null;
  readonly lines: readonly Line[];
  readonly events: readonly Told[];
}

/** A time without observation, `from` to `to`, milliseconds since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface Tape {
  readonly bytes: 'connection' | 'entry';
  readonly intervalMs: number;
  readonly snapshots: readonly Snapshot[];
  /** Declared and implied ones; they may overlap. */
  readonly gaps: readonly Gap[];
}

interface Header {
  readonly bytes?: 'connection' | 'entry';
  readonly interval_s: number;
}

interface Item {
  readonly gap?: { readonly from: string; readonly to: string };
  readonly session?: object;
  readonly at?: string;
  readonly conn?: string;
  readonly poll_ms?: unknown;
  readonly info?: Readonly<Record<string, string>>;
  readonly events?: readonly {
    readonly at: string;
    readonly conn_id: number;
    readonly what: 'opened' | 'closed';
    readonly reason?: string;
    readonly or_id?: string;
    readonly type_flags?: string;
  }[];
}

/** A step between two snapshots longer than so many intervals is a gap (docs/reference.md). */
const IMPLIED_GAP_INTERVALS = 2.5;

/**
 * Reads a transcript given as its lines of text.
 * The first is the header; without snapshots the tape is empty. JSON that is broken throws.
 */
export function readTape(transcript: readonly string[]): Tape {
  const [headerText, ...texts] = transcript.filter((text) => text.trim() !== '');
  const header = JSON.parse(headerText!) as Header;
  const items = texts.map((text) => JSON.parse(text) as Item);
  const intervalMs = header.interval_s * 1000;
  const snapshots = snapshotsOf(items);
  const declared = items.flatMap(({ gap }) =>
    gap === undefined ? [] : [{ from: Date.parse(gap.from), to: Date.parse(gap.to) }],
  );
  const implied = snapshots.slice(1).flatMap(({ index, at }) => {
    const before = snapshots[index - 1]!.at;
    return at - before > IMPLIED_GAP_INTERVALS * intervalMs ? [{ from: before, to: at }] : [];
  });
  return {
    bytes: header.bytes ?? 'connection',
    intervalMs,
    snapshots,
    gaps: [...declared, ...implied],
  };
}

function snapshotsOf(items: readonly Item[]): Snapshot[] {
  const snapshots: Snapshot[] = [];
  let run = 1;
  let uptimeKnown: number | null = null;
  for (const item of items) {
    if (item.at === undefined || item.session !== undefined) continue;
    const at = Date.parse(item.at);
    const text = item.info?.['info/uptime-process'];
    const uptime: number | null =
      text !== undefined && /^\d+$/.test(text) ? Number(text) : uptimeKnown;
    const restarted = uptime !== null && uptimeKnown !== null && uptime < uptimeKnown;
    if (restarted) run++;
    uptimeKnown = uptime;
    snapshots.push({
      index: snapshots.length,
      at,
      pollMs: durationOf(item.poll_ms),
      run,
      processStart: restarted ? at - uptime * 1000 : null,
      lines: linesOf(item.conn ?? ''),
      events: (item.events ?? []).map((event) => ({
        at: Date.parse(event.at),
        connId: event.conn_id,
        what: event.what,
        reason: event.reason ?? '',
        orId: isFingerprint(event.or_id) ? event.or_id : '0',
        flags: isLetters(event.type_flags) ? event.type_flags : '',
      })),
    });
  }
  return snapshots;
}

function durationOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 ? Math.round(value) : 0;
}

/** The well-formed lines of a listing, scrubbed; of two with the same pair only the first. */
export function linesOf(listing: string): Line[] {
  const lines: Line[] = [];
  for (const text of listing.split('\n')) {
    const line = lineOf(text.endsWith('\r') ? text.slice(0, -1) : text);
    if (line === null) continue;
    const repeated = lines.some(
      ({ connId, circId }) => connId === line.connId && circId === line.circId,
    );
    if (!repeated) lines.push(line);
  }
  return lines;
}

/** The brief's bound on a line, in characters. */
const LONGEST_LINE = 4096;

function lineOf(text: string): Line | null {
  if (text.length > LONGEST_LINE) return null;
  // Spaces and carriage returns at a line's end are no field.
  const fields = text
    .replace(/[ \r]*$/, '')
    .split(' ')
    .filter((field) => field !== '');
  const [connId, circId, orId, ip, port, lPort, flags, read, written, uptime, eleventh] = fields;
  if (uptime === undefined) return null;
  if (![connId, circId, read, written, uptime].every((field) => isBelow(field!, 2n ** 53n))) {
    return null;
  }
  if (!isBelow(port!, 65536n) || !isBelow(lPort!, 65536n)) return null;
  if (orId !== '0' && !isFingerprint(orId)) return null;
  if (ip !== '0' && isIP(ip!) === 0) return null;
  if (!isLetters(flags)) return null;
  const kept = orId !== '0' || flags[1] === 'X' || (/^[Oo]/.test(flags) && isLocal(ip!));
  return {
    connId: Number(connId),
    circId: Number(circId),
    orId: orId!,
    ip: kept ? ip! : '0',
    port: kept ? Number(port) : 0,
    lPort: kept ? Number(lPort) : 0,
    flags,
    read: Number(read),
    written: Number(written),
    uptime: Number(uptime),
    ageKnown: eleventh !== 'AGE=unknown',
  };
}

function isBelow(field: string, bound: bigint): boolean {
  return /^[0-9]+$/.test(field) && BigInt(field) < bound;
}

function isFingerprint(text: string | undefined): text is string {
  return text !== undefined && /^[0-9A-Fa-f]{40}$/.test(text);
}

function isLetters(text: string | undefined): text is string {
  return text !== undefined && /^[A-Za-z]+$/.test(text);
}

/**
 * Whether an address is of the operator's own network (docs/reference.md): private, loopback,
 * link-local, unique-local, carrier-grade NAT; an IPv4-mapped one counts as the IPv4 it carries.
 */
export function isLocal(ip: string): boolean {
  if (isIP(ip) === 4) return isLocalIPv4(ip.split('.').map(Number));
  if (isIP(ip) !== 6) return false;
  const groups = groupsOf(ip);
  const [first, ...rest] = groups;
  if (groups.slice(0, 5).every((group) => group === 0)) {
    const [high, low] = [groups[6]!, groups[7]!];
    if (groups[5] === 0xffff) {
      return isLocalIPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
    }
    if (rest.slice(0, 6).every((group) => group === 0) && low === 1) return true;
  }
  const linkLocal = first! >= 0xfe80 && first! <= 0xfebf;
  const uniqueLocal = first! >= 0xfc00 && first! <= 0xfdff;
  return linkLocal || uniqueLocal;
}

function isLocalIPv4(octets: readonly number[]): boolean {
  const [a, b] = [octets[0]!, octets[1]!];
  return (
    a === 10 ||
    a === 127 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b <= 127)
  );
}

/** The eight groups of an IPv6 address. */
function groupsOf(ip: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  if (dotted !== null) {
    const [, head, a, b, c, d] = dotted;
    const high = (Number(a) << 8) | Number(b);
    const low = (Number(c) << 8) | Number(d);
    return groupsOf(`${head}${high.toString(16)}:${low.toString(16)}`);
  }
  const [left, right] = ip.split('::').map((side) => side.split(':').filter((g) => g !== ''));
  const zeros = right === undefined ? 0 : 8 - left!.length - right.length;
  return [...left!, ...new Array<string>(zeros).fill('0'), ...(right ?? [])].map((group) =>
    Number.parseInt(group, 16),
  );
}
