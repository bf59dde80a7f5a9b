import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CookieFile,
  equalSecrets,
  readCookie,
  safeCookieClientHash,
  safeCookieServerHash,
} from '../../src/control/cookie.ts';
import { temporaryFolder } from './peers.ts';

describe('safe cookie hashes', () => {
  it('are those of the tor process', () => {
    // What Tor 0.4.9.11 and a controller said to each other; the cookie is long out of use.
    const bytes = (hex: string) => Buffer.from(hex, 'hex');
    const secrets = [
      bytes('d0cc70b080ce2d53b2103be5d2a0c7fb5e84a986e8a5d4e9c6f65e4777799b80'),
      bytes('36d6d6f88bbc3441239f04c814dc682f4e8355eae6380442234595dfefb52775'),
      bytes('c46c462de0e779ccfd0e6f71ac1f78df7a0210843dca52fbee7b2654a7c673d2'),
    ] as const;
    expect(safeCookieServerHash(...secrets).toString('hex')).toBe(
      '26b34d2c3947c719d38bda599afb4b32ea1f4221e1c169d57238d171ea3a0d36',
    );
    expect(safeCookieClientHash(...secrets).toString('hex')).toBe(
      '097ade412c8b6f9c67a8f8499d0cbf1423f3ac06aa098e479bfefac8e54731b0',
    );
  });
});

describe('equalSecrets', () => {
  it('compares secrets of any length', () => {
    expect(equalSecrets(Buffer.from('a'), Buffer.from('a'))).toBe(true);
    expect(equalSecrets(Buffer.from('a'), Buffer.from('b'))).toBe(false);
    expect(equalSecrets(Buffer.from('a'), Buffer.from('ab'))).toBe(false);
    expect(equalSecrets(Buffer.alloc(0), Buffer.alloc(0))).toBe(true);
  });
});

describe('readCookie', () => {
  it('reads exactly 32 bytes', async () => {
    const path = join(temporaryFolder(), 'cookie');
    writeFileSync(path, Buffer.alloc(32, 7));
    expect(await readCookie(path)).toEqual(Buffer.alloc(32, 7));
  });

  it.each([0, 31, 33, 100_000])('refuses a file of %d bytes', async (size) => {
    const path = join(temporaryFolder(), 'cookie');
    writeFileSync(path, Buffer.alloc(size));
    await expect(readCookie(path)).rejects.toMatchObject({
      kind: 'authenticate',
      message: expect.stringContaining('not exactly 32 bytes'),
    });
  });

  it('refuses what is not a regular file, and does not wait for a pipe', async () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'folder'));
    for (const path of [join(folder, 'pipe'), join(folder, 'folder'), '/dev/zero']) {
      await expect(readCookie(path)).rejects.toMatchObject({ kind: 'authenticate' });
    }
  });

  it('says how to gain the permission', async () => {
    await expect(readCookie('/nonexistent/cookie')).rejects.toMatchObject({
      kind: 'authenticate',
      message: expect.stringContaining('/nonexistent/cookie'),
      hint: expect.stringContaining('CookieAuthFileGroupReadable'),
    });
  });
});

describe('CookieFile', () => {
  it('is made for its owner alone, new each time, and removed', async () => {
    const path = join(temporaryFolder(), 'cookie');
    const first = await CookieFile.create(path);
    const second = await CookieFile.create(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(first.cookie).not.toEqual(second.cookie);
    expect(await readCookie(path)).toEqual(second.cookie);
    await first.remove();
    expect(existsSync(path)).toBe(true);
    await second.remove();
    expect(existsSync(path)).toBe(false);
    await second.remove();
  });

  it('leaves a file alone that is not a cookie, and what a link points to', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'torrc');
    writeFileSync(path, 'ControlPort 9051\n');
    symlinkSync(path, join(folder, 'link'));
    for (const taken of [path, join(folder, 'link')]) {
      await expect(CookieFile.create(taken)).rejects.toMatchObject({ kind: 'usage' });
    }
    expect(readFileSync(path, 'utf8')).toBe('ControlPort 9051\n');
  });

  it('refuses a folder that is not there', async () => {
    await expect(CookieFile.create('/nonexistent/cookie')).rejects.toMatchObject({ kind: 'usage' });
  });
});
