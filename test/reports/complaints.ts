/**
 * Recordings that complaints are about, as transcripts made for a test.
 * Owns their times and their header; what is asked of them is the tests'.
 */

/** When they begin. */
export const BEGIN = Date.parse('2026-11-23T12:00:00Z');

export const FULL = [
  'reject 10.0.0.0/8:*',
  'reject6 *:*',
  'accept *:80',
  'accept *:443',
  'reject *:*',
];

const HEADER = {
  source: 'native',
  bytes: 'connection',
  interval_s: 10,
  relay: { fingerprint: 'AB'.repeat(20), nickname: 'exit', tor_version: '0.4.9.11' },
};

/** Of an exit that rejects private addresses. */
export const EXIT = {
  ExitRelay: '1',
  ExitPolicyRejectPrivate: '1',
  ORPort: '192.0.2.1:9001',
  'exit-policy/full': FULL.join('\n'),
  'exit-policy/accepts': '1',
};

/** Of a relay that is none. */
export const MIDDLE = {
  ...EXIT,
  ExitRelay: '0',
  'exit-policy/full': 'reject *:*',
  'exit-policy/accepts': '0',
};

export type Config = Readonly<Record<string, string>>;

export interface Poll {
  /** Lines of the listing; none where it is left out. */
  readonly lines?: readonly string[];
  readonly info?: Readonly<Record<string, string>>;
  readonly extra?: object;
}

/** A time, from so many seconds after the beginning. */
export function after(seconds: number): number {
  return BEGIN + seconds * 1000;
}

export function iso(seconds: number): string {
  return new Date(after(seconds)).toISOString();
}

/** A header as the first line of a transcript. */
export function headerLine(config: Config, more: object = {}): string {
  return JSON.stringify({ transcript: 1, ...HEADER, config, ...more });
}

export function sessionLine(seconds: number, config: Config, more: object = {}): string {
  return JSON.stringify({ session: { ...HEADER, config, ...more }, at: iso(seconds) });
}

/** Tor began 1000 s before the beginning, unless info says otherwise. */
export function pollLine(
  seconds: number,
  { lines = [], info = {}, extra = {} }: Poll = {},
): string {
  const all = { 'info/uptime-process': `${1000 + seconds}`, ...info };
  return JSON.stringify({ at: iso(seconds), conn: lines.join('\n'), info: all, ...extra });
}

export function gapLine(from: number, to: number, reason: string): string {
  return JSON.stringify({ gap: { from: iso(from), to: iso(to), reason } });
}

/** Polls every 10 s, both ends included. */
export function pollLines(from: number, to: number, poll: (seconds: number) => Poll = () => ({})) {
  const lines: string[] = [];
  for (let seconds = from; seconds <= to; seconds += 10)
    lines.push(pollLine(seconds, poll(seconds)));
  return lines;
}

/** An exit connection, as conn/all would list it with its address, open since `born` seconds. */
export function exitLine(id: number, seconds: number, born: number, ip = '203.0.113.9'): string {
  return `${id} 0 0 ${ip} 443 40000 ORt 1024 2048 ${seconds - born}`;
}

/** A connection to a relay. */
export function relayLine(id: number, seconds: number, ip: string, port = 9001): string {
  return `${id} 0 ${'CD'.repeat(20)} ${ip} ${port} 40000 ORT 514 514 ${seconds + 100}`;
}
