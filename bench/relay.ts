/**
 * An ordinary relay of some kind, poll by poll, as a transcript.
 * Owns what its connections and circuits do; what goes wrong on it is incidents.ts's, what the audit
 * says of it rules.ts's. Bytes are of each circuit (`bytes: entry`), in cells of 514; of one kind they are
 * those of connections that carry a circuit each, with what TLS wraps cells in.
 */
import { Random } from './random.ts';

export const KINDS = [
  ...(['quiet', 'plain', 'bursty web', 'heavy tails', 'guard of 3,000 clients'] as const),
  ...(['a 20 GB download', 'restart', 'directory mirror', 'onion service host'] as const),
  ...(['exit with many short streams', 'bridge', 'bytes of the wire'] as const),
];

export type Kind = (typeof KINDS)[number];

export const INTERVAL_S = 10;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const CELL = 514;

/** A line of `conn/all`; `bornAt` in seconds from the beginning. */
export interface Line {
  readonly conn: number;
  readonly circ: number;
  readonly flags: string;
  readonly orId?: string;
  readonly ip?: string;
  readonly bornAt: number;
  read: number;
  written: number;
}

/** Who connects and is no relay: an address each. */
const STRANGERS = {
  connections: 40,
  addresses: 40,
  most_from_one_address: 1,
  opened: 0,
  closed: 0,
};

/** What an incident adds to a snapshot. */
export interface Added {
  readonly lines?: readonly Line[];
  readonly info?: Readonly<Record<string, string>>;
  readonly inbound?: Readonly<Record<string, number>>;
  /** Nobody takes this poll. */
  readonly isMissed?: boolean;
}

/** What moves in one direction of a circuit: it comes in, waits, and goes out. */
interface Flow {
  waiting: number;
  /** Bytes a second that get out. */
  readonly capacity: number;
}

interface Circuit {
  readonly inbound: Line;
  readonly outbound: Line;
  /** Bytes on the wire for each of a cell, by leg. */
  readonly wrapped: { readonly inbound: number; readonly outbound: number };
  readonly forward: Flow;
  readonly backward: Flow;
  readonly endsAt: number;
  /** Bytes a second while it is busy, and how often that is. */
  readonly rate: number;
  readonly busy: number;
  isBusy: boolean;
}

interface Shape {
  readonly circuits: number;
  readonly clients: number;
  /** Of bytes a second: the logarithm's mean and deviation. */
  readonly rate: { readonly mean: number; readonly deviation: number };
  readonly busy: number;
  /** Short connections in 10 minutes, by TYPE_FLAGS. */
  readonly short?: { readonly flags: string; readonly count: number };
}

const PLAIN: Shape = { circuits: 60, clients: 40, rate: { mean: 8, deviation: 1.5 }, busy: 0.3 };

const SHAPES: Readonly<Record<Kind, Shape>> = {
  quiet: { ...PLAIN, circuits: 4, clients: 4 },
  plain: PLAIN,
  'bursty web': { ...PLAIN, circuits: 80, rate: { mean: 10, deviation: 2 }, busy: 0.05 },
  'heavy tails': { ...PLAIN, circuits: 10, rate: { mean: 8, deviation: 3 } },
  'guard of 3,000 clients': { ...PLAIN, circuits: 300, clients: 3000 },
  'a 20 GB download': PLAIN,
  restart: PLAIN,
  'directory mirror': { ...PLAIN, short: { flags: 'IDt', count: 400 } },
  'onion service host': { ...PLAIN, circuits: 10, short: { flags: 'OHt', count: 120 } },
  'exit with many short streams': { ...PLAIN, short: { flags: 'ORt', count: 2000 } },
  bridge: { ...PLAIN, circuits: 20, clients: 30, short: { flags: 'IRt', count: 30 } },
  'bytes of the wire': { ...PLAIN, circuits: 80, rate: { mean: 11, deviation: 2 } },
};

export class Relay {
  readonly random: Random;
  readonly kind: Kind;
  readonly #shape: Shape;
  #circuits: Circuit[] = [];
  #clients: { line: Line; endsAt: number }[] = [];
  #relays: Line[] = [];
  #short: { line: Line; endsAt: number }[] = [];
  #startedAt = -100_000;
  #ids = 0;
  /** Seconds from the beginning of the recording; two hours before it at first. */
  now = -7200;

  constructor(kind: Kind, seed: number) {
    this.kind = kind;
    this.random = new Random(seed);
    this.#shape = SHAPES[kind];
    this.#fill(100_000);
    // What has just begun has more that is young than what has stood for long.
    while (this.now < 0) this.step();
  }

  get isOfWire(): boolean {
    return this.kind === 'bytes of the wire';
  }

  get header(): string {
    const config = {
      ExitRelay: this.kind.startsWith('exit') ? '1' : '0',
      ExitPolicyRejectPrivate: '1',
    };
    const relay = { fingerprint: 'A'.repeat(40), nickname: 'bench', tor_version: '0.4.9.11' };
    const bytes = this.isOfWire ? 'connection' : 'entry';
    const meaning = { bytes, interval_s: INTERVAL_S };
    return JSON.stringify({ transcript: 1, source: 'native', ...meaning, relay, config });
  }

  /** A number for a connection or a circuit that no other has. */
  id(): number {
    return ++this.#ids;
  }

  /** Goes on to the next poll. */
  step(): void {
    this.now += INTERVAL_S;
    if (this.kind === 'restart' && this.now === 3 * 3600) this.#restart();
    const isOpen = ({ endsAt }: { endsAt: number }) => endsAt > this.now;
    this.#circuits = this.#circuits.filter(isOpen);
    this.#clients = this.#clients.filter(isOpen);
    this.#short = this.#short.filter(isOpen);
    this.#fill(0);
    for (const circuit of this.#circuits) this.#move(circuit);
  }

  /** The snapshot of the poll, with what an incident adds to it. */
  snapshot({ lines: more = [], info: told = {}, inbound = STRANGERS }: Added): string {
    const lines = [
      ...[...this.#relays, ...this.#clients.map(({ line }) => line)],
      ...this.#circuits.flatMap(({ inbound, outbound }) => [inbound, outbound]),
      ...this.#short.map(({ line }) => line),
      ...more,
    ];
    const info = {
      'info/uptime-process': `${this.now - this.#startedAt}`,
      'info/descriptor-used': `${lines.length}`,
      'info/descriptor-limit': '60000',
      'metrics/tor_relay_load_onionskins_total{type="ntor",action="dropped"}': '0',
      ...told,
    };
    const conn = lines.map((line) => textOf(line, this.now)).join('\n');
    const at = new Date(BEGIN + this.now * 1000).toISOString();
    return JSON.stringify({ at, conn, info, inbound });
  }

  #restart(): void {
    this.#startedAt = this.now - 1;
    this.#circuits = [];
    this.#clients = [];
    this.#relays = [];
    this.#short = [];
  }

  /** @param age how old what opens may be at most, seconds. */
  #fill(age: number): void {
    const { circuits, clients, short } = this.#shape;
    while (this.#relays.length < 30) this.#relays.push(this.#toRelay());
    while (this.#clients.length < clients) this.#clients.push(this.#client(age));
    while (this.#circuits.length < circuits) this.#circuits.push(this.#circuit());
    if (this.kind.endsWith('download') && this.now === 3600) this.#circuits.push(this.#download());
    if (short === undefined) return;
    // By day there is more than by night, and always more at once than alone.
    const swing = 1 + 0.5 * Math.sin(this.now / 3000);
    const mean = (short.count / 60) * swing * this.random.next() * 2;
    for (let count = Math.floor(mean + this.random.next()); count > 0; count--) {
      const endsAt = this.now + this.random.logNormal({ mean: 2, deviation: 1 });
      const ip = short.flags === 'OHt' ? '10.0.0.2' : '0';
      const line = { conn: this.id(), circ: 0, flags: short.flags, ip, bornAt: this.now };
      this.#short.push({ line: { ...line, read: 2000, written: 8000 }, endsAt });
    }
  }

  #toRelay(): Line {
    const number = this.id();
    const orId = number.toString(16).toUpperCase().padStart(40, 'B');
    const ip = `198.51.${Math.floor(number / 250) % 250}.${number % 250}`;
    const bornAt = Math.max(this.#startedAt, this.now - 5000);
    return { conn: number, circ: 0, flags: 'ORT', orId, ip, bornAt, read: 0, written: 0 };
  }

  #client(age: number): { line: Line; endsAt: number } {
    const lifetime = this.random.logNormal({ mean: 7, deviation: 1.5 });
    const bornAt = this.now - Math.min(age, lifetime * this.random.next());
    const line = { conn: this.id(), circ: 0, flags: 'IRt', bornAt, read: 0, written: 0 };
    return { line, endsAt: bornAt + Math.max(INTERVAL_S, lifetime) };
  }

  #circuit(): Circuit {
    const { random } = this;
    const lifetime = random.logNormal({ mean: 6.4, deviation: 1 });
    const { rate, busy } = this.#shape;
    const bytes = Math.min(2e6, random.logNormal(rate));
    return this.#circuitOf({ endsAt: this.now + lifetime, rate: bytes, busy });
  }

  /** 20 GB in four hours. */
  #download(): Circuit {
    return this.#circuitOf({ endsAt: this.now + 4 * 3600, rate: 1.4e6, busy: 1 });
  }

  #circuitOf(course: { endsAt: number; rate: number; busy: number }): Circuit {
    const { random } = this;
    const circ = this.id();
    const inbound = this.#clients[random.below(this.#clients.length)]!.line;
    const outbound = this.#relays[random.below(this.#relays.length)]!;
    const leg = { circ, bornAt: this.now, read: 0, written: 0 };
    // One in five next hops is slower than what comes.
    const capacity = () => course.rate * (random.below(5) === 0 ? 0.8 : 4);
    const own = () => (this.isOfWire ? { conn: this.id() } : {});
    // TLS wraps a full record in half a percent, a cell alone in 4.3.
    const wrapped = () => (this.isOfWire ? 1.005 + 0.038 * random.next() : 1);
    return {
      ...course,
      inbound: { ...inbound, ...leg, ...own() },
      outbound: { ...outbound, ...leg, ...own() },
      wrapped: { inbound: wrapped(), outbound: wrapped() },
      forward: { waiting: 0, capacity: capacity() },
      backward: { waiting: 0, capacity: capacity() },
      isBusy: false,
    };
  }

  #move(circuit: Circuit): void {
    const { random } = this;
    const { inbound, outbound, wrapped, forward, backward, rate, busy } = circuit;
    // It stays as it is for a while: bursts of half a minute.
    if (random.below(3) === 0) circuit.isBusy = random.next() < busy;
    const bytes = circuit.isBusy ? rate * INTERVAL_S * 2 * random.next() : 0;
    // A download answers one byte asked for with twenty.
    const asked = flow(forward, bytes / 20);
    inbound.read += Math.round(wrapped.inbound * asked.came);
    outbound.written += Math.round(wrapped.outbound * asked.went);
    const answered = flow(backward, bytes);
    outbound.read += Math.round(wrapped.outbound * answered.came);
    inbound.written += Math.round(wrapped.inbound * answered.went);
  }
}

/** Takes in bytes as cells, and lets out as many as get out; what waits is what Tor would hold at most. */
function flow(flow: Flow, bytes: number): { came: number; went: number } {
  const room = 25_700_000 - flow.waiting;
  const came = Math.round(Math.min(bytes, room) / CELL) * CELL;
  flow.waiting += came;
  const went = Math.min(flow.waiting, Math.round((flow.capacity * INTERVAL_S) / CELL) * CELL);
  flow.waiting -= went;
  return { came, went };
}

function textOf(line: Line, now: number): string {
  const { conn, circ, flags, orId = '0', ip = '0', read, written, bornAt } = line;
  const ports = ip === '0' ? '0 0' : '9001 31000';
  return `${conn} ${circ} ${orId} ${ip} ${ports} ${flags} ${read} ${written} ${Math.floor(now - bornAt)}`;
}
