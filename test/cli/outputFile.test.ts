/** A file that is being put in its place when a signal ends the process. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OutputFile } from '../../src/cli/outputFile.ts';
import { writeText } from '../../src/output/write.ts';
import { temporaryFolder } from '../recording/tapes.ts';

/** Sixty-four writes when it is copied: many turns of the event loop. */
const MEBIBYTE = 'x'.repeat(2 ** 20);
const MEBIBYTES = 64;

function* content(): Generator<string> {
  for (let count = 0; count < MEBIBYTES; count++) yield MEBIBYTE;
}

/** A world in which what is to be undone can be undone by hand. */
function worldOf(undos: Set<() => void>) {
  return {
    ...{ stdin: Readable.from([]), stdout: new Writable(), stderr: new Writable(), env: {} },
    ...{ now: () => 0, monotonic: () => 0, wait: async () => {} },
    interrupted: new AbortController().signal,
    undoIfKilled: (undo: () => void) => {
      undos.add(undo);
      return async () => {
        await nextTurn();
        undos.delete(undo);
      };
    },
  };
}

it('has no name while it is computed, and leaves none behind while it is copied', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'out.csv');
  writeFileSync(path, 'what was there');
  const undos = new Set<() => void>();
  const output = OutputFile.at(path, [], worldOf(undos));
  let filled = false;
  const filling = output.fill(async (stream) => {
    await writeText(content(), stream);
    expect(readdirSync(folder)).toEqual(['out.csv']);
    expect(undos.size).toBe(0);
    filled = true;
  });
  while (readdirSync(folder).length === 1) await nextTurn();
  expect([filled, undos.size]).toEqual([true, 1]);
  for (const undo of undos) undo();
  expect(readdirSync(folder)).toEqual(['out.csv']);
  expect(readFileSync(path, 'utf8')).toBe('what was there');
  await expect(filling).rejects.toMatchObject({ kind: 'recording' });
  expect(undos.size).toBe(0);
});

it('is whole when it is in its place, and nothing is to be undone then', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'out.csv');
  const undos = new Set<() => void>();
  await OutputFile.at(path, [], worldOf(undos)).fill((stream) => writeText(content(), stream));
  expect(readFileSync(path)).toHaveLength(MEBIBYTES * 2 ** 20);
  expect([readdirSync(folder), undos.size]).toEqual([['out.csv'], 0]);
});
