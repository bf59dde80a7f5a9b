/** How far recordings are looked for in folders, and what cannot be looked at. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordingsIn } from '../../src/fleet/files.ts';
import { temporaryFolder } from '../recording/tapes.ts';

const isRoot = process.getuid?.() === 0;

describe('recordingsIn', () => {
  it('names what lies too deep to be looked at', () => {
    const folder = temporaryFolder();
    const levels = Array.from({ length: 9 }, (_, level) => `${level}`);
    mkdirSync(join(folder, ...levels), { recursive: true });
    writeFileSync(join(folder, ...levels.slice(0, 8), 'a.tape'), '');
    writeFileSync(join(folder, ...levels, 'b.tape'), '');
    const { paths, silent } = recordingsIn([folder]);
    expect(paths).toEqual([join(folder, ...levels.slice(0, 8), 'a.tape')]);
    expect(silent).toMatchObject([{ path: join(folder, ...levels), reason: 'failed' }]);
    expect(silent[0]!.why).toBe('it lies more than 8 folders deep');
  });

  it('refuses more recordings, and more files, than a fleet has', () => {
    const folder = temporaryFolder();
    for (const name of ['a.tape', 'b.tape', 'c.txt']) writeFileSync(join(folder, name), '');
    const within = (recordings: number, files: number) => () =>
      recordingsIn([folder], { recordings, files });
    expect(within(2, 3)().paths).toHaveLength(2);
    expect(within(1, 3)).toThrow('more than 1 recordings are there');
    expect(within(2, 2)).toThrow('more than 2 files lie there');
  });

  it('takes a link that leads nowhere for a recording only where it is called so', () => {
    const folder = temporaryFolder();
    for (const name of ['a.tape', 'b']) symlinkSync('nowhere', join(folder, name));
    const { paths, others } = recordingsIn([folder]);
    expect({ paths, others }).toEqual({ paths: [join(folder, 'a.tape')], others: 1 });
  });

  // Root may read everything.
  it.skipIf(isRoot)('names what this user may not look at', () => {
    const folder = temporaryFolder();
    const [file, inner] = [join(folder, 'file'), join(folder, 'inner')];
    writeFileSync(file, '');
    mkdirSync(inner);
    for (const path of [file, inner]) chmodSync(path, 0);
    const { silent } = recordingsIn([folder]);
    chmodSync(inner, 0o700);
    expect(silent.map(({ path }) => path)).toEqual([file, inner]);
  });
});
