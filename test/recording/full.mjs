/**
 * A process that records, then finds no room, then goes on: its parent takes and gives the room.
 * Usage: node full.mjs RECORDING. It says where it stands and waits for a line.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseListing } from '../../dist/listing/parse.js';
import { record } from '../../dist/recording/recorder.js';

const header = {
  source: 'native',
  bytes: 'connection',
  intervalMs: 1000,
  relay: { fingerprint: '', nickname: '', torVersion: '' },
  config: {},
  observes: {},
  extra: {},
};

let paused = 0;
let resumed = 0;
const options = {
  durable: true,
  writtenBy: 'a test',
  now: () => 0,
  round: 1,
  notice: (text) => {
    if (text.includes('nothing is kept until')) paused++;
    else if (text.includes('recording goes on')) resumed++;
    else throw new Error(text);
  },
};

function snapshotOf(number) {
  return {
    kind: 'snapshot',
    at: number * 1000,
    pollMs: 0,
    listing: parseListing(`${number} 0 0 0 0 0 IRt ${number} 0 0`),
    info: new Map(),
    events: [],
    extra: {},
  };
}

const input = createInterface(process.stdin)[Symbol.asyncIterator]();

const source = {
  async *items() {
    yield { kind: 'session', at: 0, header };
    for (let number = 1; number <= 15; number++) {
      yield snapshotOf(number);
      if (number === 5 || number === 10) {
        writeSync(1, `after ${number}\n`);
        await input.next();
      }
    }
    process.stdin.destroy();
  },
};

const path = process.argv[2];
const recorded = await record(source, path, options, new AbortController().signal);
writeSync(1, `${JSON.stringify({ ...recorded, paused, resumed })}\n`);
