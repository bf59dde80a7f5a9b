/**
 * Makes the recordings that freeze the present format, from transcripts that lie beside them.
 * Owns making them, once, before the format is released: `node test/format/freeze.ts` makes those
 * that are not there, and no others.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../commands/running.ts';
import { FROZEN, FROZEN_TABLES, frozenFile, frozenFolder } from './frozen.ts';

const folder = mkdtempSync(join(tmpdir(), 'conntape-freeze-'));
for (const { format, name } of FROZEN) {
  if (existsSync(new URL(`${name}.tape.gz`, frozenFolder(format)))) continue;
  const keep = (file: string, content: Buffer) =>
    writeFileSync(new URL(`${file}.gz`, frozenFolder(format)), gzipSync(content, { level: 9 }));
  const [given, tape, tables] = ['given.jsonl', 'tape', 'tables'].map((end) => {
    return join(folder, `${name}.${end}`);
  });
  if (name === 'cut') {
    const whole = join(folder, 'whole.tape');
    writeFileSync(whole, frozenFile(4, 'many.tape'));
    await succeed(['cut', whole, tape!, '--from', '02:40', '--to', '03:00']);
  } else {
    writeFileSync(given!, frozenFile(format, `${name}.given.jsonl`));
    await succeed(['import', given!, tape!]);
  }
  await succeed(['export', tape!, tables!]);
  keep(`${name}.tape`, readFileSync(tape!));
  const replayed = await succeed(['replay', tape!, '--format', 'transcript']);
  keep(`${name}.jsonl`, Buffer.from(replayed));
  for (const table of FROZEN_TABLES) {
    keep(`${name}.${table}.csv`, readFileSync(join(tables!, `${table}.csv`)));
  }
}
rmSync(folder, { recursive: true });

async function succeed(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(words);
  if (code !== 0) throw new Error(`conntape ${words.join(' ')}: ${stderr}`);
  return stdout;
}
