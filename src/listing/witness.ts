/**
 * What the operating system said of Tor's connections beside a poll.
 * Owns the shape and its JSON in a snapshot (contract, section 2: `witness`), and that a row of it
 * keeps no more than a line may; the comparing is the source's.
 */
import type { Json, JsonObject } from './json.ts';
import { Label } from './label.ts';

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
  /** What may open or close between the two readings: so much off is no mismatch. */
  readonly tolerance: number;
  readonly onlyReported: readonly WitnessedRow[];
  readonly onlySystem: readonly WitnessedRow[];
  /** What has no address to be told apart by. */
  readonly inbound: WitnessedCount;
  readonly outbound: WitnessedCount;
}

export interface Witness {
  /** `ss`, `lsof` or `netstat`. */
  readonly tool: string;
  /** A text that says why nothing could be read, or what was. */
  readonly found: string | Comparison;
}

/** A side has at most so many rows; more would be a flood, of which the counts tell. */
export const MAX_ROWS = 200;

/** The witness among the further keys of a snapshot; undefined where there is none that can be. */
export function witnessOf(extra: JsonObject): Witness | undefined {
  const { witness } = extra;
  if (!isObject(witness)) return undefined;
  const { tool, failed, reported, system, tolerance } = witness;
  if (typeof tool !== 'string') return undefined;
  if (typeof failed === 'string') return { tool, found: failed };
  const inbound = countOf(witness['inbound']);
  const outbound = countOf(witness['outbound']);
  const onlyReported = rowsOf(witness['only_reported']);
  const onlySystem = rowsOf(witness['only_system']);
  if (!isCount(reported) || !isCount(system) || !isCount(tolerance)) return undefined;
  if (inbound === undefined || outbound === undefined) return undefined;
  const found = { reported, system, tolerance, onlyReported, onlySystem, inbound, outbound };
  return { tool, found };
}

/** The JSON that `witnessOf` reads. */
export function witnessJson({ tool, found }: Witness): JsonObject {
  if (typeof found === 'string') return { tool, failed: found };
  const { reported, system, tolerance, inbound, outbound } = found;
  return {
    tool,
    reported,
    system,
    tolerance,
    only_reported: found.onlyReported.slice(0, MAX_ROWS).map(rowJson),
    only_system: found.onlySystem.slice(0, MAX_ROWS).map(rowJson),
    inbound: { ...inbound },
    outbound: { ...outbound },
  };
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

const FINGERPRINT = /^(?:0|[0-9A-Fa-f]{40})$/;
const LETTERS = /^[A-Za-z]+$/;

/** A row that is one, with an address only where a line would keep it. */
function rowOf(row: Json): WitnessedRow | undefined {
  if (!isObject(row)) return undefined;
  const { conn_id: connId, or_id: orId, ip, port, l_port: lPort, type_flags: flags } = row;
  if (connId !== undefined && !isCount(connId)) return undefined;
  if (typeof orId !== 'string' || !FINGERPRINT.test(orId) || typeof ip !== 'string') {
    return undefined;
  }
  if (!isCount(port) || !isCount(lPort) || typeof flags !== 'string' || !LETTERS.test(flags)) {
    return undefined;
  }
  const fields = { connId: connId ?? 0, circId: 0, orId, ip, port, lPort, flags };
  const label = Label.of(fields);
  return { connId, orId, ip: label.ip, port: label.port, lPort: label.lPort, flags };
}

function countOf(json: Json | undefined): WitnessedCount | undefined {
  if (!isObject(json)) return undefined;
  const { reported, system } = json;
  return isCount(reported) && isCount(system) ? { reported, system } : undefined;
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isCount(json: Json | undefined): json is number {
  return Number.isSafeInteger(json) && (json as number) >= 0;
}
