/** Controllers that others wrote, over a served recording: stem reads and hears it, nyx shows it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RecordingOptions, serveRecording } from '../../src/commands/serveRecording.ts';
import { parseAddress } from '../../src/control/address.ts';
import { SCENARIO_HEADER, scenario } from '../../src/demo/scenario.ts';
import { textOf } from '../../src/listing/listing.ts';
import { Recording } from '../../src/recording/reader.ts';
import { openWriter, temporaryFolder } from '../recording/tapes.ts';
import { controllersAvailable, openNyx, stem } from '../tor/controllers.ts';

/** The demo's story, as a recording. */
function storyTape(): string {
  const path = join(temporaryFolder(), 'story.tape');
  const writer = openWriter(path, SCENARIO_HEADER);
  for (const item of scenario()) writer.append(item);
  writer.close();
  return path;
}

/** Serves it in this process, in real time, until the test ends; the port. */
async function served(path: string, more: Partial<RecordingOptions>): Promise<number> {
  const interruption = new AbortController();
  let said = '';
  let heard = () => {};
  const serving = new Promise<void>((resolve) => {
    heard = () => {
      if (said.includes('conntape: from ')) resolve();
    };
  });
  const stderr = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      said += chunk;
      heard();
      done();
    },
  });
  const options = { recording: path, listen: parseAddress('127.0.0.1:0'), speed: 1, round: 1 };
  const ended = serveRecording(
    { ...options, ...more },
    {
      ...{ stdin: Readable.from([]), stdout: new Writable(), stderr, env: {} },
      ...{ now: Date.now, monotonic: () => performance.now() },
      wait: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
      interrupted: interruption.signal,
      undoIfKilled: () => async () => {},
    },
  );
  onTestFinished(async () => {
    interruption.abort();
    await ended.catch(() => {});
  });
  await Promise.race([serving, ended]);
  return Number(/127\.0\.0\.1:(\d+)/.exec(said)![1]);
}

interface Read {
  readonly version: string;
  readonly nickname: string;
  readonly values: Readonly<Record<string, string>>;
  readonly failed: readonly unknown[];
  readonly signal: string;
  readonly bw: readonly (readonly [read: number, written: number])[];
  readonly orconn: readonly (readonly [string, string, string | null, string])[];
  readonly malformed: readonly string[];
}

describe.skipIf(!controllersAvailable())('controllers over a recording', () => {
  it('open it with cookie, SAFECOOKIE and password, and with nothing else', async () => {
    const folder = temporaryFolder();
    const listenPasswordFile = join(folder, 'password');
    writeFileSync(listenPasswordFile, 'a secret\n');
    const port = await served(storyTape(), {
      ...{ listenPasswordFile, listenCookieFile: join(folder, 'cookie'), speed: 0 },
    });
    expect(await stem('authenticate.py', [port, 'a secret'])).toEqual([
      ...['cookie', 'safecookie', 'password', 'auto', 'wrong cookie refused'],
      'wrong password refused',
    ]);
  });

  it('read every key with stem, and hear what happened', async () => {
    const path = storyTape();
    const port = await served(path, { speed: 50 });
    const [line] = await stem('../../controllers/replayed.py', [port]);
    const read = JSON.parse(line!) as Read;
    expect([read.version, read.nickname]).toEqual(['0.4.9.11', 'demorelay']);
    expect(read.failed).toEqual([]);
    expect(read.signal).toContain('510');
    expect(read.values['fingerprint']).toBe(SCENARIO_HEADER.relay.fingerprint);
    const recording = Recording.open(path);
    const first = recording.stateAt(recording.snapshotAt(recording.extent!.from)!);
    recording.close();
    expect(read.values['conntape/at/*']).toBe(
      textOf({ ...first, quarantined: [], quarantinedCount: 0 }),
    );
    expect(read.values['orconn-status']).toMatch(/^\$[0-9A-F]{40} CONNECTED$/m);
    expect(read.malformed).toEqual([]);
    expect(read.bw.some(([read, written]) => read > 0 && written > 0)).toBe(true);
    expect(new Set(read.orconn.map(([, status]) => status))).toEqual(
      new Set(['NEW', 'LAUNCHED', 'CONNECTED', 'CLOSED']),
    );
    expect(read.orconn.some(([, , reason]) => reason === 'DONE')).toBe(true);
    for (const [fingerprint, , , id] of read.orconn) {
      expect(fingerprint).toMatch(/^[0-9A-F]{40}$/);
      expect(id).toMatch(/^\d+$/);
    }
  });

  it('show its pages in nyx', async () => {
    const nyx = await openNyx(await served(storyTape(), { at: '02:45', speed: 1 }));
    onTestFinished(() => nyx.close());
    // Bytes of the circuit that sends out far more than it takes in, at this time of the story.
    await nyx.shows(/page 1 \/ \d/, 'Tor 0.4.9.11', /Download \([1-9]/, /Upload \([1-9]/);
    await nyx.press('Right');
    await nyx.shows(/page 2 \/ \d/, 'Connections');
    await nyx.press('Right');
    await nyx.shows(/page 3 \/ \d/, 'Tor Configuration', /Nickname +demorelay/);
    await nyx.press('Right');
    // The file was not recorded, and nothing is shown in its place.
    await nyx.shows(/page 4 \/ \d/, 'unrecognized keywords: config-file');
    await nyx.press('Right');
    await nyx.shows(/page 5 \/ \d/);
  });
});
