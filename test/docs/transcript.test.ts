/** docs/transcript.md: its examples are imported and come back, and it names every key that is read. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../commands/running.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { blocksOf, rowsOf, textAt } from './documents.ts';

const DOCUMENT = textAt('docs/transcript.md');
const EXAMPLES = blocksOf(DOCUMENT, 'jsonl');

/** The keys that the tables name. */
const KEYS = rowsOf(DOCUMENT, 'key').map(([key]) => key!);

/** What the keys of these mean, Tor says. */
const OF_TOR = ['config', 'info'];

/** Every key in a JSON value, those within its values too. */
function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(keysIn);
  return Object.entries(value).flatMap(([key, item]) =>
    OF_TOR.includes(key) ? [key] : [key, ...keysIn(item)],
  );
}

const USED = new Set(
  EXAMPLES.flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as unknown)
    .flatMap(keysIn),
);

describe('docs/transcript.md', () => {
  it.each(EXAMPLES.map((text, index) => ({ index, text })))(
    'has an example $index that is imported and comes back byte for byte',
    async ({ text }) => {
      const folder = temporaryFolder();
      const [transcript, tape] = [join(folder, 'a.jsonl'), join(folder, 'a.tape')];
      writeFileSync(transcript, text);
      const imported = await run(['import', transcript, tape]);
      expect(imported.code, imported.stderr).toBe(0);
      expect(imported.stderr).not.toMatch(/put aside|not well formed/);
      const replayed = await run(['replay', tape, '--format', 'transcript']);
      expect(replayed.stdout).toBe(text);
    },
  );

  it('shows every key that it names, but for counts of more rows than it has room for', () => {
    expect(KEYS.filter((key) => !USED.has(key))).toEqual([
      'only_reported_count',
      'only_system_count',
    ]);
  });

  it('names every key that it shows', () => {
    const named = (key: string) => KEYS.includes(key) || DOCUMENT.includes(`\`${key}\``);
    expect([...USED].filter((key) => !named(key))).toEqual([]);
  });
});
