/**
 * Transcripts and recordings as targets.
 * Owns that a transcript becomes a recording that gives it back and keeps no user's address, and that
 * a recording that was changed is read as it was or is said to be damaged.
 */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { ConntapeError } from '../../src/error.ts';
import { FrameReader } from '../../src/recording/decode.ts';
import {
  unpackBalance,
  unpackCircuits,
  unpackLengths,
  unpackPeers,
} from '../../src/recording/index/rollups/coding.ts';
import { unpack } from '../../src/recording/packing.ts';
import { PeerTable } from '../../src/recording/peerTable.ts';
import { Recording } from '../../src/recording/reader.ts';
import { KIND } from '../../src/recording/tape.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { openTranscript } from '../../src/transcript/read.ts';
import { COMMANDS, type Ran } from '../damage/reading.ts';
import { FILES, type Sound, soundRecordings } from '../damage/recordings.ts';
import { transcriptOf, WRITER_OPTIONS } from '../recording/tapes.ts';
import { about, mustHold, type Target } from './target.ts';

const folder = mkdtempSync(join(tmpdir(), 'conntape-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** An address of nobody's, which stands for a user's wherever the corpus has it. */
const USER = '203.0.113.77';
const FP = 'CFF7F9C1D0A1B2C3D4E5F60718293A4B5C6D2A43';

const TRANSCRIPT = [
  `{"transcript":1,"source":"native","bytes":"connection","interval_s":10,"relay":{"fingerprint":"${FP}","nickname":"tape","tor_version":"0.4.9.11"},"config":{"ExitRelay":"0","ExitPolicyRejectPrivate":"1"}}`,
  `{"at":"2026-11-23T03:44:26.901Z","conn":"1 0 0 ${USER} 443 40112 ORt 10 20 5\\n2 7 ${FP} 192.0.2.9 9001 40113 ORT 514 1028 645 CIRCS=3\\n3 0 0 10.0.0.7 22 40114 OEt 1 2 3\\nbad ${USER}","info":{"info/uptime-process":"159","x":"${USER}"}}`,
  `{"at":"2026-11-23T03:44:36.901Z","conn":"1 0 0 ${USER} 443 40112 ORt 2048 4096 15\\n2 7 ${FP} 192.0.2.9 9001 40113 ORT 514 9999 655","events":[{"at":"2026-11-23T03:44:30.000Z","conn_id":3,"what":"closed","reason":"to ${USER}"}],"poll_ms":12,"witness":{"tool":"ss","reported":1,"system":2,"tolerance":0,"only_reported":[],"only_system":[{"or_id":"0","ip":"${USER}","port":22,"l_port":40112,"type_flags":"OR"}],"inbound":{"reported":0,"system":0},"outbound":{"reported":1,"system":1}},"outside":{"connections":1,"addresses":1,"most":1,"concentration":1},"inbound":{"connections":0,"addresses":0,"most_from_one_address":0,"opened":0,"closed":0}}`,
  `{"gap":{"from":"2026-11-23T03:44:37.000Z","to":"2026-11-23T03:45:00.000Z","reason":"closed by ${USER}"}}`,
  `{"session":{"source":"stock","bytes":"entry","interval_s":10,"relay":{"fingerprint":"${FP}","nickname":"tape","tor_version":"0.4.9.11"},"config":{"ExitPolicyRejectPrivate":"0"},"observes":{"bytes":"not all"}},"at":"2026-11-23T03:45:01.000Z"}`,
  `{"at":"2026-11-23T03:45:06.901Z","conn":"1 0 0 10.0.0.7 443 40112 ORt 2048 4096 15","info":{"info/uptime-process":"3"}}`,
].join('\n');

/** A user's address, where it is one and no part of another number. */
const LEAK = /(?<![\w.])203\.0\.113\.77(?![\w.])/;

/** A line of a listing that may keep its address: a relay's, or a control connection's. */
const KEEPER = /^\d+ \d+ (?:[0-9A-F]{40} |0 \S+ \S+ \S+ [A-Za-z]X)/;

/** The text of a transcript with what may have an address taken out. */
function withoutKept(lines: readonly string[]): string {
  return lines
    .map((line) => {
      const record = JSON.parse(line) as { conn?: string; info?: Record<string, string> };
      const { conn = '', info = {}, ...others } = record;
      const kept = conn.split('\n').filter((text) => !KEEPER.test(text));
      const { 'ns/authority': _, ...values } = info;
      return JSON.stringify({ ...others, conn: kept, info: values });
    })
    .join('\n');
}

/** What a transcript becomes, and gives back. */
async function recorded(input: Buffer): Promise<string[]> {
  const path = join(folder, 'made.tape');
  for (const suffix of FILES) rmSync(path + suffix, { force: true });
  const source = await openTranscript('-', Readable.from([input]));
  const writer = RecordingWriter.open(path, WRITER_OPTIONS);
  try {
    for await (const item of source.items(new AbortController().signal)) writer.append(item);
  } finally {
    writer.close();
    await source.close();
  }
  const recording = Recording.open(path);
  try {
    return transcriptOf(recording);
  } finally {
    recording.close();
  }
}

const TRANSCRIPTS: Target = {
  name: 'transcripts',
  corpus: [Buffer.from(TRANSCRIPT)],
  run: async (input) => {
    const lines = await recorded(input);
    const leak = LEAK.exec(withoutKept(lines));
    mustHold(leak === null, "a recording keeps a user's address");
    const again = await recorded(Buffer.from(lines.join('\n')));
    mustHold(again.join('\n') === lines.join('\n'), 'a transcript of a recording becomes another');
    return about(lines.length);
  },
};

/** Frames and blobs of a sound recording, and what reads them. */
async function decoders(sound: Sound): Promise<Target[]> {
  const db = new Database(sound.path, { readonly: true });
  const frames = db
    .prepare<[number, number], { kind: number; payload: Buffer }>(
      'SELECT kind, payload FROM tape WHERE kind IN (?, ?) ORDER BY seq',
    )
    .all(KIND.keyFrame, KIND.deltaFrame);
  const key = frames.find(({ kind }) => kind === KIND.keyFrame)!.payload;
  const peers = new PeerTable(db);
  const blobs = (table: string, column: string) =>
    db.prepare<[], Buffer>(`SELECT ${column} FROM ${table} LIMIT 20`).pluck().all();
  return [
    {
      name: `frames of ${sound.name}`,
      corpus: frames.slice(0, 6).map(({ payload }) => Buffer.from(unpack(payload))),
      run: (input) => {
        const reader = new FrameReader(peers);
        const payload = brotliCompressSync(input, { params: { 1: 1 } });
        const isKey = input.length % 2 === 0;
        if (!isKey) reader.read(key, 0, true);
        const { change } = reader.read(payload, 1000, isKey);
        return `${about(change.came.length)} ${about(change.moved.length)}`;
      },
    },
    {
      name: `rollups of ${sound.name}`,
      corpus: [
        ...blobs('minute_balance', 'bands'),
        ...blobs('minute_ended', 'lengths'),
        ...blobs('lopsided', 'circuits'),
        ...blobs('greatest', 'outbound'),
      ],
      run: (input) => {
        const read = [unpackBalance, unpackLengths, unpackCircuits, unpackPeers].map((decode) => {
          try {
            decode(input);
            return true;
          } catch (thrown) {
            if (!(thrown instanceof ConntapeError)) throw thrown;
            return false;
          }
        });
        return read.join();
      },
    },
  ];
}

/** What JavaScript or SQLite says to a programmer, not to a user. */
const RAW =
  /TypeError|RangeError|undefined|Cannot read|is not a function|Invalid (?:array|typed)|NaN| at .*\.[jt]s/;

/** A recording whose bytes are the input, as each command reads it. */
async function files(sound: Sound): Promise<Target> {
  const { name, path: original } = sound;
  const path = join(folder, 'changed.tape');
  const suffixes = FILES.filter((suffix) => suffix !== '-shm' && existsSync(original + suffix));
  const parts = suffixes.map((suffix) => readFileSync(original + suffix));
  const before = new Map<string, Ran>();
  for (const [line, ask] of COMMANDS) {
    for (const suffix of suffixes) copyFileSync(original + suffix, path + suffix);
    before.set(line, await ask(path));
  }
  let turn = 0;
  const lines = [...COMMANDS.keys()];
  return {
    name: `file of ${name}`,
    // The file, and behind it its log, so that both are changed.
    corpus: parts,
    run: async (input) => {
      for (const suffix of FILES) rmSync(path + suffix, { force: true });
      // Which part an input was made of, its first bytes say: a log's are another magic.
      const isLog = parts.length > 1 && !input.subarray(0, 6).equals(parts[0]!.subarray(0, 6));
      const [main, log] = parts;
      writeFileSync(path, isLog ? main! : input);
      if (log !== undefined) writeFileSync(`${path}-wal`, isLog ? input : log);
      const line = lines[turn++ % lines.length]!;
      const { code, stdout, stderr } = await COMMANDS.get(line)!(path);
      mustHold(!RAW.test(stderr), `${line} says to a programmer: ${stderr}`);
      mustHold([0, 1, 2, 4].includes(code), `${line} ends with ${code}`);
      // A log that ends earlier, behind a transaction, is that of a recorder that was stopped then.
      const isEarlier = isLog && log!.subarray(0, input.length).equals(input);
      const isTold = /may lack what was recorded last|is left out$/m.test(stderr);
      mustHold(
        code !== 0 || isTold || isEarlier || stdout === before.get(line)!.stdout,
        `${line} answers otherwise, and ends with 0`,
      );
      return `${line} ${code}`;
    },
  };
}

/** All targets that need recordings; made anew, since the tests of damage make them. */
export async function tapeTargets(): Promise<Target[]> {
  const sound = await soundRecordings(folder);
  const targets = await Promise.all(sound.slice(0, 2).map(decoders));
  const inFiles: Target[] = [];
  for (const one of [sound[0]!, sound[2]!]) {
    const copy = join(folder, `${one.name.replaceAll(' ', '-')}-copy.tape`);
    for (const suffix of FILES) {
      if (existsSync(one.path + suffix)) copyFileSync(one.path + suffix, copy + suffix);
    }
    inFiles.push(await files({ name: one.name, path: copy }));
  }
  return [TRANSCRIPTS, ...targets.flat(), ...inFiles];
}
