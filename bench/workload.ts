/**
 * The standard workload of the benchmarks: a busy relay that never was, as a transcript.
 * Owns the course of its connections; what is measured on it stands in the other benches. It uses
 * nothing of conntape, so that every peer can be given the same text.
 *
 *     node build/bench/workload.js --connections 1000 --seed 7 > small.jsonl
 *
 * The transcript goes to standard output, what was drawn to standard error.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CELL, type Connection, ConnectionFactory, liveThrough, liveUntil } from './connections.ts';
import { type LogNormal, Random } from './random.ts';

export interface WorkloadOptions {
  /** Connections open at once, at every moment. */
  readonly connections: number;
  readonly snapshots: number;
  /** Seconds between two polls. */
  readonly interval: number;
  /** Equal seeds give equal transcripts. */
  readonly seed: number;
  /** What is moved are multiples of so many bytes; a cell's 514 where it is not given. */
  readonly cell?: number;
}

export const STANDARD: WorkloadOptions = {
  connections: 10_000,
  snapshots: 180,
  interval: 10,
  seed: 1,
};

/** What was drawn, for comparison with what was meant. */
export interface WorkloadFigures {
  /** Lines of all snapshots. */
  readonly observations: number;
  /** Connections that stood in a snapshot. Each has one line, so they are the entries. */
  readonly entries: number;
  /** Of the lines that stood in the snapshot before too, the share whose bytes grew. */
  readonly changedShare: number;
  /** The mean length of a line with its line end. */
  readonly bytesPerLine: number;
  /** Of all connections, those too that no poll saw. */
  readonly outboundShare: number;
  readonly relayShare: number;
  readonly circuitShare: number;
}

/** Seconds a connection lives: median 245, mean 880. */
export const LIFETIME: LogNormal = { mean: 5.5, deviation: 1.6 };

/** 2026-01-01T00:00:00Z: the clock is the workload's own. */
export const BEGIN = 1_767_225_600_000;

/** A poll is late by less than so many milliseconds, as timers are. */
export const LATENESS_MS = 20;

/** How long the process had been up at the first poll, seconds: longer than any connection lives. */
const UPTIME_AT_BEGIN = 30 * 86_400;

/** A place among the connections open at once: where one ends, the next begins. */
interface Slot {
  connection: Connection;
  endsAt: number;
}

/**
 * The lines of the transcript (docs/transcript.md), each with its line end: the header, then the
 * snapshots. Returns what was drawn. Its memory does not grow with the snapshots.
 */
export function* workload(options: WorkloadOptions): Generator<string, WorkloadFigures> {
  const drawn = { observations: 0, entries: 0, kept: 0, changed: 0, characters: 0 };
  const random = new Random(options.seed);
  const factory = new ConnectionFactory(random);
  const { cell = CELL } = options;
  const slots = slotsAtBegin(options.connections, random, factory, cell);
  yield headerLine(options.interval, 'connection');
  let seenBefore = 0;
  for (let poll = 0; poll < options.snapshots; poll++) {
    const at = BEGIN + poll * options.interval * 1000 + random.below(LATENESS_MS);
    replaceEnded(slots, at, random, factory);
    slots.sort((a, b) => a.connection.connId - b.connection.connId);
    for (const { connection } of slots) {
      const hasMoved = liveThrough(connection, options.interval, random, cell);
      if (connection.connId > seenBefore) {
        drawn.entries++;
      } else {
        drawn.kept++;
        if (hasMoved) drawn.changed++;
      }
    }
    seenBefore = slots.at(-1)?.connection.connId ?? 0;
    const conn = slots.map(({ connection }) => lineOf(connection, at)).join('\n');
    drawn.observations += slots.length;
    drawn.characters += conn.length + 1;
    yield snapshotLine(at, conn, slots.length, poll === 0);
  }
  return {
    observations: drawn.observations,
    entries: drawn.entries,
    changedShare: drawn.changed / drawn.kept,
    bytesPerLine: drawn.characters / drawn.observations,
    ...factory.shares(),
  };
}

/** Connections that are part of the way through their lives when the recording begins. */
function slotsAtBegin(
  count: number,
  random: Random,
  factory: ConnectionFactory,
  cell: number,
): Slot[] {
  const lives = Array.from({ length: count }, () => {
    const lifetime = random.logNormal(LIFETIME) * 1000;
    const bornAt = Math.floor(BEGIN - lifetime * random.next());
    return { bornAt, endsAt: bornAt + lifetime };
  });
  // Tor counts connections up in the order in which they open.
  lives.sort((a, b) => a.bornAt - b.bornAt);
  return lives.map(({ bornAt, endsAt }) => {
    const connection = factory.open(bornAt);
    liveUntil(connection, BEGIN, cell);
    return { connection, endsAt };
  });
}

/** Replaces what ended until `at`; some of the new ones live between two polls only. */
function replaceEnded(
  slots: readonly Slot[],
  at: number,
  random: Random,
  factory: ConnectionFactory,
): void {
  const births: { readonly slot: Slot; readonly bornAt: number }[] = [];
  for (const slot of slots) {
    while (slot.endsAt <= at) {
      births.push({ slot, bornAt: Math.floor(slot.endsAt) });
      slot.endsAt += random.logNormal(LIFETIME) * 1000;
    }
  }
  births.sort((a, b) => a.bornAt - b.bornAt);
  for (const { slot, bornAt } of births) slot.connection = factory.open(bornAt);
}

function lineOf({ label, read, written, bornAt }: Connection, at: number): string {
  return `${label} ${read} ${written} ${Math.floor((at - bornAt) / 1000)}`;
}

/** @param bytes whether lines repeat their connection's totals or have their circuit's own. */
export function headerLine(interval: number, bytes: 'connection' | 'entry'): string {
  return `${JSON.stringify({
    transcript: 1,
    source: 'native',
    bytes,
    interval_s: interval,
    relay: { fingerprint: 'C0'.repeat(20), nickname: 'workload', tor_version: '0.4.9.11' },
    config: { ExitRelay: '0', ExitPolicyRejectPrivate: '1' },
  })}\n`;
}

/** @param descriptors how many the process uses then: one a connection. */
export function snapshotLine(
  at: number,
  conn: string,
  descriptors: number,
  isFirst: boolean,
): string {
  const uptime = String(UPTIME_AT_BEGIN + Math.floor((at - BEGIN) / 1000));
  const constant = {
    'info/descriptor-used': String(descriptors),
    'info/descriptor-limit': '65536',
  };
  const info = { 'info/uptime-process': uptime, 'info/uptime-reset': uptime };
  return `${JSON.stringify({
    at: new Date(at).toISOString(),
    conn,
    info: isFirst ? { ...constant, ...info } : info,
  })}\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: String(STANDARD.connections) },
      snapshots: { type: 'string', default: String(STANDARD.snapshots) },
      interval: { type: 'string', default: String(STANDARD.interval) },
      seed: { type: 'string', default: String(STANDARD.seed) },
    },
  });
  const options: WorkloadOptions = {
    connections: Number(values.connections),
    snapshots: Number(values.snapshots),
    interval: Number(values.interval),
    seed: Number(values.seed),
  };
  function* lines() {
    const figures = yield* workload(options);
    process.stderr.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  }
  await pipeline(Readable.from(lines()), process.stdout);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
