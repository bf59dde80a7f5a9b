/**
 * What the operating system said of Tor's connections beside a poll.
 * Owns the shape and its JSON in a snapshot (docs/transcript.md, witness), and that a row of it
 * keeps no more than a line may; the comparing is the source's.
 */
import { isIP } from 'node:net';
import { areFlags } from './flags.ts';
import { isCount, isObject, type Json, type JsonObject } from './json.ts';
import { isOrId, Label } from './label.ts';
import { needsPolicy, scrubJson } from './privacy.ts';

/** A connection that one side has and the other has not. Its address is 0 where a line's would be. */
export interface WitnessedRow {
  /** Only of what Tor reports. */
  readonly connId: number | undefined;
  /** 40 hex digits or `0`. */
  readonly orId: string;
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
  /** `I…` or `O…`. */
  readonly flags: string;
}

/** How many connections without a kept address each side has. */
export interface WitnessedCount {
  readonly reported: number;
  readonly system: number;
}

/** A reading of the system's sockets, compared with a listing. */
export interface Comparison {
  /** Connections in all, listening ones left out. */
  readonly reported: number;
  readonly system: number;
  /** What may open or close between the two readings: so much off is not a mismatch. */
  readonly tolerance: number;
  /** At most `MAX_ROWS` of each; how many there are in all stands beside. */
  readonly onlyReported: readonly WitnessedRow[];
  readonly onlySystem: readonly WitnessedRow[];
  readonly onlyReportedCount: number;
  readonly onlySystemCount: number;
  /** What has no address to be distinguished by. */
  readonly inbound: WitnessedCount;
  readonly outbound: WitnessedCount;
}

export interface Witness {
  /** `ss`, `lsof`, `netstat`, `sockstat` or `fstat`. */
  readonly tool: string;
  /** Whether the source made its listing of the same reading: then only events are compared with it. */
  readonly isShared: boolean;
  /** A text that says why nothing could be read, or what was. */
  readonly found: string | Comparison;
}

/** A side has at most so many rows; more would be a flood, which the counts show. */
export const MAX_ROWS = 200;

/** What a tool may be called: a word. A transcript may claim anything. */
const TOOL = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/** The witness among the further keys of a snapshot; undefined where there is none that can be. */
export function witnessOf(extra: JsonObject): Witness | undefined {
  const { witness } = extra;
  if (!isObject(witness)) return undefined;
  const { tool, shared, failed, reported, system, tolerance } = witness;
  const isShared = shared === true;
  if (typeof tool !== 'string' || !TOOL.test(tool)) return undefined;
  if (typeof failed === 'string') return { tool, isShared, found: failed };
  const inbound = countOf(witness['inbound']);
  const outbound = countOf(witness['outbound']);
  if (!isCount(reported) || !isCount(system) || !isCount(tolerance)) return undefined;
  if (inbound === undefined || outbound === undefined) return undefined;
  const onlyReported = rowsOf(witness['only_reported']);
  const onlySystem = rowsOf(witness['only_system']);
  const onlyReportedCount = countAbove(onlyReported, witness['only_reported_count']);
  const onlySystemCount = countAbove(onlySystem, witness['only_system_count']);
  const totals = { reported, system, tolerance, inbound, outbound };
  const rows = { onlyReported, onlySystem, onlyReportedCount, onlySystemCount };
  return { tool, isShared, found: { ...totals, ...rows } };
}

/** The JSON that `witnessOf` reads. A count of rows stands where not all of them do. */
export function witnessJson({ tool, isShared, found }: Witness): JsonObject {
  if (typeof found === 'string') return { tool, failed: found };
  const { reported, system, tolerance, inbound, outbound } = found;
  const { onlyReported, onlySystem, onlyReportedCount, onlySystemCount } = found;
  return {
    tool,
    ...(isShared ? { shared: true } : {}),
    reported,
    system,
    tolerance,
    only_reported: onlyReported.slice(0, MAX_ROWS).map(rowJson),
    only_system: onlySystem.slice(0, MAX_ROWS).map(rowJson),
    ...(onlyReportedCount > onlyReported.length ? { only_reported_count: onlyReportedCount } : {}),
    ...(onlySystemCount > onlySystem.length ? { only_system_count: onlySystemCount } : {}),
    inbound: { ...inbound },
    outbound: { ...outbound },
  };
}

/**
 * What stands under `witness`, as it may be kept: rows by the rule for lines, everything else as
 * free text, keys that are not known too. What is among the rows and is none goes, and so do rows
 * past `MAX_ROWS`.
 * @param keepsLocal whether an address of the operator's own network is kept.
 */
export function scrubWitness(witness: Json, keepsLocal: boolean): Json {
  const scrubbed = scrubJson(witness);
  if (!isObject(witness) || !isObject(scrubbed)) return scrubbed;
  const lists = ['only_reported', 'only_system'].filter((key) => witness[key] !== undefined);
  const rows = lists.map((key) => [key, scrubRows(witness[key], keepsLocal)] as const);
  return { ...scrubbed, ...Object.fromEntries(rows) };
}

function scrubRows(rows: Json | undefined, keepsLocal: boolean): Json[] {
  if (!Array.isArray(rows)) return [];
  return (rows as readonly Json[]).slice(0, MAX_ROWS).flatMap((row) => {
    const known = rowOf(row);
    if (known === undefined) return [];
    const isKept = keepsLocal || !needsPolicy(known.orId, known.flags, known.ip);
    const kept = isKept ? known : { ...known, ip: '0', port: 0, lPort: 0 };
    return [{ ...scrubJson(row as JsonObject), ...rowJson(kept) }];
  });
}

function rowJson({ connId, orId, ip, port, lPort, flags }: WitnessedRow): JsonObject {
  const id: JsonObject = connId === undefined ? {} : { conn_id: connId };
  return { ...id, or_id: orId, ip, port, l_port: lPort, type_flags: flags };
}

function rowsOf(rows: Json | undefined): WitnessedRow[] {
  if (!Array.isArray(rows)) return [];
  return (rows as readonly Json[])
    .slice(0, MAX_ROWS)
    .map(rowOf)
    .filter((row) => row !== undefined);
}

/** A count of rows is at least how many of them there are. */
function countAbove({ length }: readonly WitnessedRow[], count: Json | undefined): number {
  return isCount(count) ? Math.max(count, length) : length;
}

/** A row that is one, with an address only where a line would keep it. */
function rowOf(row: Json): WitnessedRow | undefined {
  if (!isObject(row)) return undefined;
  const { conn_id: connId, or_id: orId, ip, port, l_port: lPort, type_flags: flags } = row;
  if (connId !== undefined && !isCount(connId)) return undefined;
  if (typeof orId !== 'string' || !isOrId(orId)) return undefined;
  if (typeof ip !== 'string' || (ip !== '0' && isIP(ip) === 0)) return undefined;
  if (!isPort(port) || !isPort(lPort)) return undefined;
  if (typeof flags !== 'string' || !areFlags(flags)) return undefined;
  const fields = { connId: connId ?? 0, circId: 0, orId, ip, port, lPort, flags };
  const label = Label.of(fields);
  return { connId, orId, ip: label.ip, port: label.port, lPort: label.lPort, flags };
}

function countOf(json: Json | undefined): WitnessedCount | undefined {
  if (!isObject(json)) return undefined;
  const { reported, system } = json;
  return isCount(reported) && isCount(system) ? { reported, system } : undefined;
}

function isPort(json: Json | undefined): json is number {
  return isCount(json) && json < 65_536;
}
