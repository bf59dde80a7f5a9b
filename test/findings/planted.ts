/**
 * A relay's recording, poll by poll, with things planted into it.
 * Owns how lines and transcripts are made; what is planted stands in incidents.ts and
 * nearMisses.ts. Polls are 10 s apart, from 20:00:00; poll 5.9 is the one at 59 s.
 */
export const START = Date.parse('2026-11-23T20:00:00Z');
export const INTERVAL_S = 10;

/** The last poll of a recording in which nothing planted needs a later one: 5 minutes. */
const SHORTEST = 30;

/** The time of a poll, milliseconds. */
export function timeOf(poll: number): number {
  return START + Math.round(poll * INTERVAL_S * 1000);
}

/** The poll at a time; between two polls for a time between them. */
export function pollAt(time: number): number {
  return (time - START) / (INTERVAL_S * 1000);
}

/** What the operating system has and Tor does not report, and the other way. */
export interface Disagreement {
  readonly onlySystem?: readonly object[];
  readonly onlyReported?: readonly object[];
  readonly inbound?: { readonly reported: number; readonly system: number };
}

export interface Planted {
  /** The last poll that it takes, where that is later than 5 minutes. */
  readonly until?: number;
  /** Lines of `conn/all` at a poll. */
  readonly lines?: (poll: number) => readonly string[];
  /** Values of info keys at a poll, in place of the usual ones. */
  readonly info?: (poll: number) => Record<string, string>;
  /** Further keys of the snapshot. */
  readonly extra?: (poll: number) => Record<string, unknown>;
  /** What a witness said at a poll; with it, one was there at every poll. */
  readonly witness?: (poll: number) => Disagreement;
  /** Polls beside the usual ones. */
  readonly also?: readonly number[];
  /** Polls that nobody took: from the one before to the one after lies a gap. */
  readonly missed?: readonly number[];
  /** Polls at which Tor has just been started. */
  readonly restarts?: readonly number[];
  /** Keys of the header, and torrc options, in place of the usual ones. */
  readonly header?: Record<string, unknown>;
  readonly config?: Record<string, string | undefined>;
}

export const RELAY = 'AB'.repeat(20);

export interface LineFields {
  readonly conn: number;
  readonly circ?: number;
  readonly flags: string;
  readonly orId?: string;
  readonly ip?: string;
  readonly port?: number;
  readonly read?: number;
  readonly written?: number;
  /** The poll at which it was born; before the recording unless told. */
  readonly born?: number;
}

/** A line as it stands at a poll. */
export function line(poll: number, fields: LineFields): string {
  const { conn, circ = 0, flags, orId = '0', ip = '0', port = 0, read = 0, written = 0 } = fields;
  const uptime = Math.round((poll - (fields.born ?? -100)) * INTERVAL_S);
  const lPort = ip === '0' ? 0 : 30_000 + (conn % 30_000);
  const bytes = `${Math.round(read)} ${Math.round(written)}`;
  return `${conn} ${circ} ${orId} ${ip} ${port} ${lPort} ${flags} ${bytes} ${uptime}`;
}

/** A connection to a relay. */
export function toRelay(poll: number, fields: Partial<LineFields> & { conn: number }): string {
  return line(poll, { flags: 'ORT', orId: RELAY, ip: '203.0.113.5', port: 9001, ...fields });
}

/** Both connections of a circuit that this relay carries, which moved so much by a poll. */
export function relayed(poll: number, circ: number, read: number, written: number): string[] {
  const half = { circ, read: read / 2, written: written / 2 };
  return [
    line(poll, { conn: 2 * circ, flags: 'IRt', ...half }),
    toRelay(poll, { conn: 2 * circ + 1, ip: `198.51.100.${circ % 250}`, ...half }),
  ];
}

/** The same of a circuit that moves bytes forward alone: so much came in by a poll, and went out. */
export function forwarded(poll: number, circ: number, read: number, written: number): string[] {
  return [
    line(poll, { conn: 2 * circ, circ, flags: 'IRt', read }),
    toRelay(poll, { conn: 2 * circ + 1, circ, ip: `198.51.100.${circ % 250}`, written }),
  ];
}

/** Lines that are there from one poll to another, both included, told of polls since the first. */
export function during(
  from: number,
  to: number,
  lines: (poll: number, since: number) => readonly string[],
): (poll: number) => readonly string[] {
  return (poll) => (poll >= from && poll <= to ? lines(poll, poll - from) : []);
}

/** Bytes of the background between two polls, both ways. */
export const BACKGROUND_BYTES = 400_000;

/** Ten circuits that send on what they take in: nothing to see. */
export const BACKGROUND: Planted = {
  lines: (poll) =>
    Array.from({ length: 10 }, (_, index) => {
      const bytes = (poll * BACKGROUND_BYTES) / 20;
      return relayed(poll, 100 + index, bytes, bytes);
    }).flat(),
};

/** The polls that a recording of all that was planted has, in order. */
export function pollsOf(planted: readonly Planted[]): number[] {
  const last = Math.max(SHORTEST, ...planted.map(({ until = 0 }) => until));
  const usual = Array.from({ length: last + 1 }, (_, poll) => poll);
  const missed = new Set(planted.flatMap((plant) => plant.missed ?? []));
  const polls = new Set([...usual, ...planted.flatMap(({ also }) => also ?? [])]);
  return [...polls].filter((poll) => !missed.has(poll)).sort((a, b) => a - b);
}

const USUAL_CONFIG = { ExitRelay: '0', ExitPolicyRejectPrivate: '1' };

/** The transcript of all that was planted, one upon the other. */
export function transcriptWith(...planted: readonly Planted[]): string[] {
  const header = Object.assign(
    { transcript: 1, source: 'native', bytes: 'entry', interval_s: INTERVAL_S },
    { relay: { fingerprint: 'CD'.repeat(20), nickname: 'planted', tor_version: '0.4.9.11' } },
    { config: Object.assign({}, USUAL_CONFIG, ...planted.map(({ config }) => config)) },
    ...planted.map((plant) => plant.header),
  );
  return [header, ...pollsOf(planted).map((poll) => snapshotAt(poll, planted))].map((record) =>
    JSON.stringify(record),
  );
}

function snapshotAt(poll: number, planted: readonly Planted[]): object {
  const started = Math.max(
    -500,
    ...planted.flatMap(({ restarts = [] }) => restarts).filter((at) => at <= poll),
  );
  const info = {
    'info/uptime-process': `${Math.round((poll - started) * INTERVAL_S)}`,
    'info/descriptor-used': '100',
    'info/descriptor-limit': '1000',
    ...LOAD,
  };
  return {
    at: new Date(timeOf(poll)).toISOString(),
    conn: planted.flatMap((plant) => plant.lines?.(poll) ?? []).join('\n'),
    info: Object.assign(info, ...planted.map((plant) => plant.info?.(poll))),
    ...witnessed(planted.filter(({ witness }) => witness).map(({ witness }) => witness!(poll))),
    inbound: STRANGERS,
    ...Object.assign({}, ...planted.map((plant) => plant.extra?.(poll))),
  };
}

export const DROPPED = 'metrics/tor_relay_load_onionskins_total{type="ntor",action="dropped"}';

/** What a MetricsPort says as long as nothing happens. */
const LOAD = {
  [DROPPED]: '0',
  'metrics/tor_relay_load_socket_total': '1000',
  'metrics/tor_relay_load_socket_total{state="opened"}': '100',
  'metrics/tor_relay_dos_total{type="circuit_rejected"}': '0',
};

/** Those who connect and are not relays: one from each of ten addresses. */
const STRANGERS = {
  connections: 10,
  addresses: 10,
  most_from_one_address: 1,
  opened: 0,
  closed: 0,
};

const AGREED = { reported: 0, system: 0 };

function witnessed(said: readonly Disagreement[]): object {
  if (said.length === 0) return {};
  return {
    witness: {
      ...{ tool: 'ss', reported: 20, system: 20, tolerance: 2 },
      only_system: said.flatMap(({ onlySystem = [] }) => onlySystem),
      only_reported: said.flatMap(({ onlyReported = [] }) => onlyReported),
      inbound: said.find(({ inbound }) => inbound)?.inbound ?? AGREED,
      outbound: AGREED,
    },
  };
}
