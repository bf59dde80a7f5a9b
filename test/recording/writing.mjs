/**
 * A process that records until it is killed, and says which snapshots it has kept.
 * Usage: node writing.mjs RECORDING [MS] [FINGERPRINT]. READ of every line is the number of its snapshot;
 * what is MS older than the last one is dropped, a few snapshots at a time, nothing where that is `-`.
 */
import { writeSync } from 'node:fs';
import { parseListing } from '../../dist/listing/parse.js';
import { RecordingWriter } from '../../dist/recording/writer.js';

const ENTRIES = 50;

const header = {
  source: 'native',
  bytes: 'connection',
  intervalMs: 1000,
  relay: { fingerprint: process.argv[4] ?? '', nickname: '', torVersion: '' },
  config: {},
  observes: {},
  extra: {},
};

const writer = RecordingWriter.open(process.argv[2], {
  durable: true,
  writtenBy: 'a test',
  now: () => 0,
  framesPerKey: 5,
});
const keepMs = Number(process.argv[3]);
const retention = Number.isNaN(keepMs) ? undefined : writer.retention({ keepMs });
writer.append({ kind: 'session', at: 0, header });
for (let number = (writer.lastAt ?? 0) / 1000 + 1; ; number++) {
  const lines = Array.from({ length: ENTRIES }, (_, index) => {
    const connId = index + ENTRIES * Math.floor((number + index) / 7);
    return `${connId} 0 0 0 0 0 IRt ${number} 0 0`;
  });
  writer.append({
    kind: 'snapshot',
    at: number * 1000,
    pollMs: 0,
    listing: parseListing(lines.join('\n')),
    info: new Map(),
    events: [],
    extra: {},
  });
  retention?.look(number * 1000);
  writeSync(1, `${number}\n`);
}
