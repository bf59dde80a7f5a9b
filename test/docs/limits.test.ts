/** docs/reliability.md, Limits: every constant that it names stands in src with that value, and none is missing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const TEXT = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');

/** `control/assembly.ts` maxLines `65_536` */
const NAMED = /`([\w/]+\.ts)` (\w+) `([^`]+)`/g;

const named = [...TEXT.matchAll(NAMED)].map(([, file = '', name = '', value = '']) => {
  return { file, name, value };
});

/** What bounds no input: widths of print, numbers of a format, and what is about the machine. */
const OTHERS = new Set([
  ...['MAX_SHOWN', 'MAX_LENGTH', 'MAX_TIME_MS', 'MAX_PORT', 'MAX_PATH_BYTES', 'MAX_LINKS'],
  ...['MAX_SAID', 'MAX_WORDS', 'MAX_CHANNEL', 'MAX_MOMENTS', 'MAX_HEADER_BYTES', 'MAX_DEFENCES'],
  'MAX_DETAIL',
]);

describe('the limits in docs/reliability.md', () => {
  it.each(named)('$file $name is $value', ({ file, name, value }) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const found = [...text.matchAll(new RegExp(`\\b${name}(?:: \\w+)?(?: =|:) (.+?)[;,]$`, 'gm'))];
    expect(found.map(([, stands]) => stands)).toContain(value);
  });

  it('are all that src has', () => {
    const missing = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...readFileSync(join(SRC, file), 'utf8').matchAll(/^(?:export )?const (MAX_\w+)\b/gm)].map(
          ([, name = '']) => ({ file, name }),
        ),
      )
      .filter(({ name }) => !OTHERS.has(name))
      .filter((one) => !named.some(({ file, name }) => file === one.file && name === one.name));
    expect(missing).toEqual([]);
  });
});
