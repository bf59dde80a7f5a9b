/**
 * A relay's two minutes, poll by poll, with incidents planted into them.
 * Owns how lines are made; what is planted stands in the tests. Polls are 10 s apart, from 20:00:00.
 */
export const START = Date.parse('2026-11-23T20:00:00Z');
export const INTERVAL_S = 10;
export const POLLS = 13;

/** The time of a poll, milliseconds. */
export function timeOf(poll: number): number {
  return START + poll * INTERVAL_S * 1000;
}

export const RELAY = 'AB'.repeat(20);

export interface Planted {
  /** Lines of `conn/all` at a poll. */
  readonly lines?: (poll: number) => readonly string[];
  /** Values of info keys at a poll, in place of the usual ones. */
  readonly info?: (poll: number) => Record<string, string>;
  /** Further keys of the snapshot. */
  readonly extra?: (poll: number) => Record<string, unknown>;
  /** Polls that nobody took: from the one before to the one after lies a gap. */
  readonly missed?: readonly number[];
  readonly config?: Record<string, string>;
  readonly bytes?: 'connection' | 'entry';
}

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
  return `${conn} ${circ} ${orId} ${ip} ${port} ${lPort} ${flags} ${read} ${written} ${uptime}`;
}

/** Both connections of a circuit that this relay carries, which moved so much by a poll. */
export function relayed(poll: number, id: number, read: number, written: number): string[] {
  const ends = { circ: id, read: Math.floor(read / 2), written: Math.floor(written / 2) };
  return [
    line(poll, { conn: 2 * id, flags: 'IRt', ...ends }),
    line(poll, {
      conn: 2 * id + 1,
      flags: 'ORT',
      orId: RELAY,
      ip: `203.0.113.${id % 250}`,
      port: 9001,
      ...ends,
    }),
  ];
}

/** Ten circuits that send on what they take in: nothing to see. */
export const BACKGROUND: Planted = {
  lines: (poll) =>
    Array.from({ length: 10 }, (_, index) =>
      relayed(poll, 100 + index, poll * 20_000, poll * 20_000),
    ).flat(),
};

const USUAL_CONFIG = { ExitRelay: '0', ExitPolicyRejectPrivate: '1' };

/** The transcript of all that was planted, one upon the other. */
export function transcriptWith(...planted: readonly Planted[]): string[] {
  const bytes = planted.find((plant) => plant.bytes !== undefined)?.bytes ?? 'entry';
  const header = {
    ...{ transcript: 1, source: 'native', bytes, interval_s: INTERVAL_S },
    relay: { fingerprint: 'CD'.repeat(20), nickname: 'planted', tor_version: '0.4.9.11' },
    config: Object.assign({}, USUAL_CONFIG, ...planted.map(({ config }) => config)),
  };
  const lines = [JSON.stringify(header)];
  for (let poll = 0; poll < POLLS; poll++) {
    if (planted.some(({ missed }) => missed?.includes(poll))) continue;
    const usual = {
      'info/uptime-process': `${5000 + poll * INTERVAL_S}`,
      'info/descriptor-used': '100',
      'info/descriptor-limit': '1000',
    };
    const snapshot = {
      at: new Date(timeOf(poll)).toISOString(),
      conn: planted.flatMap((plant) => plant.lines?.(poll) ?? []).join('\n'),
      info: Object.assign(usual, ...planted.map((plant) => plant.info?.(poll) ?? {})),
      ...Object.assign({}, ...planted.map((plant) => plant.extra?.(poll) ?? {})),
    };
    lines.push(JSON.stringify(snapshot));
  }
  return lines;
}
