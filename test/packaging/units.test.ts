/** The units for systemd: that it takes them, how much they leave open, whom the audit's end reaches. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../recording/tapes.ts';

const PACKAGING = fileURLToPath(new URL('../../packaging/', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const HAS_SYSTEMD = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!HAS_SYSTEMD) console.warn('THE UNITS ARE NOT VERIFIED: systemd-analyze is missing');

/** Those that touch the recording. */
const SERVICES = ['conntape.service', 'conntape-audit.service', 'conntape-export.service'];

/** The least systemd that backs off; an older one takes the unit without. */
const NEWER_KEYS =
  /Unknown key '(RestartSteps|RestartMaxDelaySec)' in section \[Service\], ignoring/;

/** The units with the program that was compiled here: systemd looks whether it is there. */
function installed(): { readonly folder: string; readonly units: readonly string[] } {
  const folder = temporaryFolder();
  const names = readdirSync(PACKAGING).filter((name) => name.startsWith('conntape'));
  const units = names.map((name) => {
    const text = readFileSync(join(PACKAGING, name), 'utf8');
    const path = join(folder, name);
    writeFileSync(path, text.replace(/^ExecStart=conntape/m, `ExecStart=${MAIN}`));
    return path;
  });
  return { folder, units };
}

/** Runs the alert's command line as systemd does after an audit that ended so. */
function alert(status: string, command: string | undefined): string {
  const unit = readFileSync(join(PACKAGING, 'conntape-alert.service'), 'utf8');
  const script = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit)?.[1]?.replaceAll('$$', '$');
  const preset = /^Environment="CONNTAPE_ALERT=(.*)"$/m.exec(unit)?.[1]?.replaceAll('\\"', '"');
  expect(script).toBeDefined();
  expect(preset).toBeDefined();
  const folder = temporaryFolder();
  const journalctl = join(folder, 'journalctl');
  writeFileSync(journalctl, '#!/bin/sh\necho "what the audit said: $*"\n');
  chmodSync(journalctl, 0o755);
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script!], {
    encoding: 'utf8',
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      CONNTAPE_ALERT: command ?? preset,
      MONITOR_EXIT_STATUS: status,
      MONITOR_INVOCATION_ID: '0123abc',
    },
  });
  expect(stderr).toBe('');
  return stdout;
}

describe.skipIf(!HAS_SYSTEMD)('systemd', () => {
  it('takes every unit, and knows every word in it', () => {
    const { units } = installed();
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], {
      encoding: 'utf8',
    });
    const said = stderr.split('\n').filter((line) => line !== '' && !NEWER_KEYS.test(line));
    expect({ status, said }).toEqual({ status: 0, said: [] });
  });

  it.each(SERVICES)('finds little open in %s', (name) => {
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      [
        'security',
        '--offline=true',
        '--threshold=30',
        '--no-pager',
        join(installed().folder, name),
      ],
      { encoding: 'utf8' },
    );
    expect({ status, stdout }).toMatchObject({ status: 0 });
  });
});

/** What a unit says in lines of these keys. */
function saidIn(name: string, keys: RegExp): string[] {
  const lines = readFileSync(join(PACKAGING, name), 'utf8').split('\n');
  return lines.filter((line) => keys.test(line));
}

describe('the services', () => {
  it('share a folder, whose mode does not go by which of them began last', () => {
    const shared = SERVICES.map((name) => saidIn(name, /^(?:User|StateDirectory\w*)=/));
    expect(shared).toEqual(
      SERVICES.map(() => ['User=conntape', 'StateDirectory=conntape', 'StateDirectoryMode=0710']),
    );
  });

  it('let a group read what is exported, and nothing else', () => {
    const masks = SERVICES.flatMap((name) => saidIn(name, /^UMask=/));
    expect(masks).toEqual(['UMask=0077', 'UMask=0077', 'UMask=0027']);
  });

  it('export under the same limits as they audit', () => {
    const limits = /^(?:[A-Z]\w*)=/;
    const own = /^(?:Description|ExecStart|OnFailure|TimeoutStartSec|UMask)=/;
    const [audit, exported] = ['conntape-audit.service', 'conntape-export.service'].map((name) =>
      saidIn(name, limits).filter((line) => !own.test(line)),
    );
    expect(exported).toEqual(audit);
  });
});

describe('who is to hear of the audit', () => {
  it.each([
    ['3', 'findings'],
    ['4', 'damaged'],
    ['1', 'failed'],
    // An audit that was killed has a signal's name there.
    ['KILL', 'failed'],
  ])('hears of exit code %s that it is: %s', (status, what) => {
    expect(alert(status, 'echo "$CONNTAPE_WHAT $CONNTAPE_STATUS"; cat')).toBe(
      `${what} ${status}\nwhat the audit said: --quiet --output=cat _SYSTEMD_INVOCATION_ID=0123abc\n`,
    );
  });

  it('is the journal, in an error’s priority, where no command is set', () => {
    expect(alert('3', undefined)).toBe(
      '<3>conntape audit: findings (exit code 3): journalctl -u conntape-audit\n',
    );
  });
});
