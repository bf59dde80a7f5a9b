/**
 * A thread that makes what takes long: parts for which the tape is played, and reports as CSV.
 * Owns its own way into the recording, and that it stops when nobody waits; what it makes is data/'s and
 * reports/'s.
 */
import { constants, setPriority } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { csvText } from '../../output/csv.ts';
import { Recording } from '../../recording/reader.ts';
import { withTables } from '../../reports/narrowed.ts';
import type { ReportInput } from '../../reports/report.ts';
import { NAMED_REPORTS } from '../../reports/reports.ts';
import { momentAt } from '../data/moment.ts';
import { makePart } from '../data/parts.ts';
import { makeQuickly } from '../data/quick.ts';
import {
  type FromWorker,
  type Order,
  PIECES_AHEAD,
  type ToWorker,
  type Workplace,
} from './orders.ts';
import { Refused, refusalOf } from './refusal.ts';

/** Characters of a piece: few messages, little that waits. */
const PIECE_SIZE = 64 * 1024;

/** So often is said how far the tape has been played. */
const TOLD_MS = 100;

const { path, shellPath, patient = false } = workerData as Workplace;
const port = parentPort!;
const encoder = new TextEncoder();

let recording: Recording | undefined;
let opened = 0;

/** How many pieces may still be sent, and who waits for there to be one more. */
let wanted = 0;
let wake = () => {};

// Linux takes this for the thread alone; where another system takes it for the process, nothing is lost.
if (patient) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

port.on('message', (message: ToWorker) => {
  if (message.kind === 'more') {
    wanted++;
    wake();
    return;
  }
  wanted = PIECES_AHEAD;
  void work(message).then(
    () => say({ kind: 'done', heapBytes: getHeapStatistics().total_heap_size }),
    (thrown: unknown) => say({ kind: 'failed', refusal: refusalOf(thrown) }),
  );
});

function say(message: FromWorker): void {
  port.postMessage(message, message.kind === 'piece' ? [message.bytes.buffer as ArrayBuffer] : []);
}

async function work(given: Extract<ToWorker, { kind: 'order' }>): Promise<void> {
  const { order, generation, cancelled } = given;
  const read = recordingOf(generation);
  const going = new Going(cancelled);
  if (order.kind === 'part') {
    const { name, window, bins, exact } = order;
    const onSnapshot = (at: number) => going.on(at);
    const input = { recording: read, window, bins, path: shellPath, onSnapshot };
    const part = (exact ? undefined : makeQuickly(name, input)) ?? makePart(name, input);
    await send(JSON.stringify(part), going);
    return;
  }
  if (order.kind === 'moment') {
    await send(JSON.stringify(momentAt(read, order.at)), going);
    return;
  }
  await sendCsv(order, read, going);
}

function recordingOf(generation: number): Recording {
  if (recording !== undefined && opened === generation) return recording;
  recording?.close();
  recording = undefined;
  recording = Recording.open(path);
  opened = generation;
  return recording;
}

/** An order under way: throws where it was cancelled, and says how far it is. */
class Going {
  readonly #cancelled: Int32Array;
  #told = performance.now();

  constructor(cancelled: Int32Array) {
    this.#cancelled = cancelled;
  }

  check(): void {
    if (Atomics.load(this.#cancelled, 0) !== 0)
      throw new Refused({ status: 503, text: 'Nobody waits for it.' });
  }

  on(at: number): void {
    this.check();
    const now = performance.now();
    if (now - this.#told < TOLD_MS) return;
    this.#told = now;
    say({ kind: 'at', at });
  }
}

async function sendCsv(
  { report: name, window, bucketMs, baselineMs, selection }: Extract<Order, { kind: 'csv' }>,
  read: Recording,
  going: Going,
): Promise<void> {
  const reports = NAMED_REPORTS.filter((one) => one.name === name);
  const thresholds = new Map<string, number>();
  const input: ReportInput = {
    ...{ recording: read, window, bucketMs, baselineMs, thresholds, selection },
  };
  const seeing = {
    taken: (at: number) => going.on(at),
    played: (at: number) => going.on(at),
    // A worker is ended from outside only where it does not stop by itself.
    guarded: () => async () => {},
  };
  await withTables(reports, input, seeing, async ([table]) => {
    let held = '';
    for (const text of csvText(table!)) {
      going.check();
      held += text;
      if (held.length < PIECE_SIZE) continue;
      await send(held, going);
      held = '';
    }
    await send(held, going);
  });
}

/** Sends a piece when it is wanted. */
async function send(text: string, going: Going): Promise<void> {
  if (text === '') return;
  while (wanted === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    going.check();
  }
  wanted--;
  say({ kind: 'piece', bytes: encoder.encode(text) });
}
