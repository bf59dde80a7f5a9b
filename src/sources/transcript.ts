/**
 * A transcript (contract, section 2) as a source.
 * Owns reading its JSON lines, from a file, a compressed file or standard input; writing them is
 * output/transcript.ts's.
 */
import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConntapeError, messageOf } from '../error.ts';
import { ListingParser } from '../listing/parse.ts';
import type {
  Gap,
  Header,
  Json,
  JsonObject,
  LifeEvent,
  Observation,
  Observes,
  Snapshot,
  Source,
  TapeItem,
} from '../listing/snapshot.ts';
import { NATIVE_OBSERVES } from './observes.ts';

/** A snapshot of a million entries; a longer line is no transcript. */
const MAX_LINE_BYTES = 256 * 2 ** 20;

/** A snapshot of a busy relay is about a megabyte of text. */
const READ_BYTES = 2 ** 20;

const GZIP_MAGIC = [0x1f, 0x8b] as const;

export interface TranscriptSource extends Source {
  /** Bytes of the file read so far, and in all where that is known: for progress. */
  readonly progress: { readonly read: number; readonly total: number | undefined };
}

/**
 * Opens a transcript and reads its header.
 * @param path a file, `.gz` or not, or `-` for `stdin`.
 * Throws `usage` where the file cannot be read, or a line is no line of a transcript; the error
 * names the line.
 */
export async function openTranscript(path: string, stdin: Readable): Promise<TranscriptSource> {
  const input = await openInput(path, stdin);
  const lines = numberedLines(input.stream, path);
  const first = await lines.next();
  if (first.done === true) throw faulty(path, 1, 'the transcript is empty');
  const header = headerOf(first.value.record, path);
  return {
    header,
    get progress() {
      return { read: input.bytesRead(), total: input.total };
    },
    items: (signal) => itemsOf(lines, path, signal),
    close: async () => {
      input.stream.destroy();
    },
  };
}

interface Input {
  readonly stream: Readable;
  readonly bytesRead: () => number;
  readonly total: number | undefined;
}

async function openInput(path: string, stdin: Readable): Promise<Input> {
  if (path === '-') return { stream: stdin, bytesRead: () => 0, total: undefined };
  const reading = { operation: 'reading the transcript', object: path };
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const head = Buffer.alloc(2);
      await file.read(head, 0, 2, 0);
      const raw = createReadStream(path, { highWaterMark: READ_BYTES });
      const isGzip = head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1];
      const stream = isGzip ? raw.pipe(createGunzip()) : raw;
      if (isGzip) raw.on('error', (error) => stream.destroy(error));
      return { stream, bytesRead: () => raw.bytesRead, total: size };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw new ConntapeError('usage', { ...reading, cause: messageOf(thrown) }, { cause: thrown });
  }
}

interface Line {
  readonly number: number;
  readonly record: JsonObject;
}

async function* numberedLines(stream: Readable, path: string): AsyncGenerator<Line, void> {
  let number = 0;
  for await (const bytes of splitLines(stream, path)) {
    number++;
    const text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
    if (text.trim() === '') continue;
    yield { number, record: parseRecord(text, path, number) };
  }
}

async function* splitLines(stream: Readable, path: string): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let held = 0;
  try {
    for await (const chunk of stream) {
      let rest: Buffer = chunk;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield Buffer.concat([...pieces, rest.subarray(0, end)]);
        pieces = [];
        held = 0;
        rest = rest.subarray(end + 1);
      }
      if (rest.length === 0) continue;
      pieces.push(rest);
      held += rest.length;
      if (held > MAX_LINE_BYTES) throw faulty(path, undefined, 'a line is too long');
    }
  } catch (thrown) {
    if (thrown instanceof ConntapeError) throw thrown;
    throw faulty(path, undefined, messageOf(thrown));
  }
  if (held > 0) yield Buffer.concat(pieces);
}

function parseRecord(text: string, path: string, number: number): JsonObject {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    throw faulty(path, number, 'it is no JSON');
  }
  if (!isObject(record)) throw faulty(path, number, 'it is no JSON object');
  return record;
}

function faulty(path: string, line: number | undefined, cause: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading the transcript',
    object: line === undefined ? path : `${path}, line ${line}`,
    cause,
    hint: 'a transcript is JSON lines: a header, then snapshots and gaps in time order',
  });
}

function headerOf(record: JsonObject, path: string): Header {
  const fault = (cause: string) => faulty(path, 1, cause);
  const { transcript, source, bytes, interval_s, relay, config, observes, ...extra } = record;
  if (transcript !== 1) throw fault('it is no header of a transcript of version 1');
  if (bytes !== undefined && bytes !== 'connection' && bytes !== 'entry') {
    throw fault('bytes is neither connection nor entry');
  }
  if (typeof interval_s !== 'number' || !(interval_s > 0)) {
    throw fault('interval_s is no positive number');
  }
  const relayRecord = isObject(relay) ? relay : {};
  const { fingerprint, nickname, tor_version, ...relayExtra } = relayRecord;
  return {
    source: textOr(source, 'native'),
    bytes: bytes ?? 'connection',
    intervalMs: Math.round(interval_s * 1000),
    relay: {
      fingerprint: textOr(fingerprint, ''),
      nickname: textOr(nickname, ''),
      torVersion: textOr(tor_version, ''),
    },
    config: textsOf(config),
    observes: observesOf(observes),
    extra: Object.keys(relayExtra).length === 0 ? extra : { ...extra, relay: relayExtra },
  };
}

function observesOf(record: Json | undefined): Observes {
  if (!isObject(record)) return NATIVE_OBSERVES;
  const told = (key: string, otherwise: Observation): Observation => {
    const value = record[key];
    return value === true || typeof value === 'string' ? value : otherwise;
  };
  return {
    connections: told('connections', NATIVE_OBSERVES.connections),
    bytes: told('bytes', NATIVE_OBSERVES.bytes),
    ages: told('ages', NATIVE_OBSERVES.ages),
    ownCircuits: told('own_circuits', NATIVE_OBSERVES.ownCircuits),
    transitCircuits: told('transit_circuits', NATIVE_OBSERVES.transitCircuits),
    closeReasons: told('close_reasons', NATIVE_OBSERVES.closeReasons),
  };
}

async function* itemsOf(
  lines: AsyncGenerator<Line, void>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<TapeItem, void> {
  const parser = new ListingParser();
  for await (const { number, record } of lines) {
    if (signal.aborted) return;
    const fault = (cause: string) => faulty(path, number, cause);
    if (isObject(record['gap'])) yield gapOf(record['gap'], fault);
    else yield snapshotOf(record, parser, fault);
  }
}

type Fault = (cause: string) => ConntapeError;

function gapOf(record: JsonObject, fault: Fault): Gap {
  const { from, to, reason, ...extra } = record;
  const gap = { from: timeOf(from, 'from', fault), to: timeOf(to, 'to', fault) };
  if (gap.to < gap.from) throw fault('the gap ends before it begins');
  return { kind: 'gap', ...gap, reason: textOr(reason, ''), extra };
}

function snapshotOf(record: JsonObject, parser: ListingParser, fault: Fault): Snapshot {
  const { at, conn, info, events, poll_ms, ...extra } = record;
  if (typeof conn !== 'string') throw fault('it has neither conn nor gap');
  if (events !== undefined && !Array.isArray(events)) throw fault('events is no list');
  return {
    kind: 'snapshot',
    at: timeOf(at, 'at', fault),
    pollMs: typeof poll_ms === 'number' && poll_ms >= 0 ? poll_ms : 0,
    listing: parser.parse(conn),
    info: new Map(Object.entries(textsOf(info))),
    events: (events ?? []).map((event: Json) => eventOf(event, fault)),
    extra,
  };
}

function eventOf(record: Json, fault: Fault): LifeEvent {
  if (!isObject(record)) throw fault('an event is no object');
  const { at, conn_id, what, reason, ...extra } = record;
  if (typeof conn_id !== 'number' || !Number.isSafeInteger(conn_id) || conn_id < 0) {
    throw fault('conn_id of an event is no unsigned integer below 2^53');
  }
  if (what !== 'opened' && what !== 'closed') throw fault('an event is neither opened nor closed');
  return {
    at: timeOf(at, 'at of an event', fault),
    connId: conn_id,
    what,
    reason: textOr(reason, ''),
    extra,
  };
}

function timeOf(value: Json | undefined, name: string, fault: Fault): number {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw fault(`${name} is no ISO 8601 time`);
  return time;
}

function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

/** The values of an object as texts; those that are neither text, number nor boolean are left out. */
function textsOf(value: Json | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => ['string', 'number', 'boolean'].includes(typeof item))
      .map(([key, item]) => [key, String(item)]),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
