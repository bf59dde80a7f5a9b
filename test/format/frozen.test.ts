/** Recordings of every format since the first that is read for ever: each is, as it was. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { run } from '../commands/running.ts';
import { streamOf, temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';
import { FROZEN, FROZEN_TABLES, frozenFile } from './frozen.ts';

type Cells = Readonly<Record<string, string>>;

function rowsOf(csv: Buffer): Cells[] {
  return parse(csv, { columns: true });
}

describe.each(FROZEN)('a recording of format $format, $name', ({ format, name }) => {
  /** The recording, alone in a folder. */
  function placed() {
    const folder = join(temporaryFolder(), 'alone');
    mkdirSync(folder);
    const path = join(folder, 'old.tape');
    writeFileSync(path, frozenFile(format, `${name}.tape`), { mode: 0o400 });
    return { folder, path };
  }

  it('gives its transcript back, and stays as it is', async () => {
    const { folder, path } = placed();
    const ran = await run(['replay', path, '--format', 'transcript']);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toBe(frozenFile(format, `${name}.jsonl`).toString());
    expect(readdirSync(folder)).toEqual(['old.tape']);
    expect(readFileSync(path)).toEqual(frozenFile(format, `${name}.tape`));
  });

  it('verifies, the index derived again', async () => {
    const { folder, path } = placed();
    expect(await run(['verify', path, '--rebuild'])).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['old.tape']);
  });

  it('gives the tables that it gave, and columns since', async () => {
    const { folder, path } = placed();
    const into = join(folder, 'tables');
    expect(await run(['export', path, into])).toMatchObject({ code: 0 });
    for (const table of FROZEN_TABLES) {
      const before = rowsOf(frozenFile(format, `${name}.${table}.csv`));
      const columns = Object.keys(before[0] ?? {});
      const now = rowsOf(readFileSync(join(into, `${table}.csv`)));
      const same = now.map((row) => Object.fromEntries(columns.map((key) => [key, row[key]])));
      // Nothing was missed in the part that was cut out.
      if (name !== 'cut' || table !== 'gaps') expect(before.length, table).toBeGreaterThan(0);
      expect(same, table).toEqual(before);
    }
  });

  it('is gone on with', async () => {
    const { folder } = placed();
    const path = join(folder, 'going.tape');
    writeFileSync(path, frozenFile(format, `${name}.tape`), { mode: 0o600 });
    const [header, ...lines] = frozenFile(format, `${name}.jsonl`).toString().trimEnd().split('\n');
    const last = lines.findLast((line) => 'conn' in JSON.parse(line))!;
    const at = Date.parse(JSON.parse(last).at) + 3_600_000;
    const more = [header!, JSON.stringify({ ...JSON.parse(last), at: new Date(at).toISOString() })];
    const writer = RecordingWriter.open(path, WRITER_OPTIONS);
    for (const item of await streamOf(more)) writer.append(item);
    writer.close();
    expect(await run(['verify', path, '--rebuild'])).toMatchObject({ code: 0 });
    const snapshots = lines.filter((line) => 'conn' in JSON.parse(line)).length;
    const listed = await run(['replay', path, '--format', 'transcript']);
    const kept = listed.stdout.split('\n').filter((line) => line.includes('"conn":'));
    expect(kept).toHaveLength(snapshots + 1);
  });
});
