/** The manual page: a reader of man's language other than the program's reads it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { run } from '../commands/running.ts';

/** Skips loudly where it is missing, but not in CI. */
function mandocAvailable(): boolean {
  if (spawnSync('mandoc', ['-T', 'lint'], { input: '' }).error === undefined) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('mandoc is missing');
  console.warn('THE MANUAL PAGE IS NOT READ: mandoc is missing');
  return false;
}

function mandoc(args: readonly string[], page: string): string {
  const { stdout, status } = spawnSync('mandoc', args, { input: page, encoding: 'utf8' });
  expect([args, status, status === 0 ? '' : stdout]).toEqual([args, 0, '']);
  return stdout;
}

const page = (await run(['man'])).stdout;

describe('the manual page', () => {
  it('is plain ASCII, so that every troff reads it', () => {
    expect(page).toMatch(/^[\n\x20-\x7e]+$/);
  });

  it.skipIf(!mandocAvailable())('reads as --help does, without a fault', async () => {
    mandoc(['-T', 'lint', '-W', 'error'], page);
    const shown = mandoc(['-T', 'ascii'], page).replace(/.\x08/g, '').replace(/-\n +/g, '');
    const words = shown.replace(/\s+/g, ' ');
    const { stdout } = await run(['--help']);
    const [, listed = ''] = stdout.split('Commands:\n');
    const names = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
    expect(names).toContain('man');
    for (const name of names.filter((each) => each !== 'help')) {
      const help = (await run([name, '--help'])).stdout;
      const examples = [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => line!);
      const options = [...help.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(
        ([, option]) => option!,
      );
      expect(options).toContain('--help');
      expect(examples.length).toBeGreaterThan(0);
      const missing = [...options, ...examples.map((line) => line.replace(/\s+/g, ' '))].filter(
        (text) => !words.includes(text),
      );
      expect([name, missing]).toEqual([name, []]);
    }
  });
});
