/**
 * A newcomer's walk: README's commands word by word, in its order, on a terminal, from an empty
 * folder; what README shows of an output is what they print, to the character.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/control/address.ts';
import { onTerminal, type Shown, terminalAvailable } from '../cli/terminal.ts';
import { unstyled } from '../commands/printing.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';
import { textAt } from './documents.ts';
import { serviceCommandsIn, stepsIn } from './walk.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = textAt('README.md');
const STEPS = stepsIn(README);

const { scripts, files, bin } = JSON.parse(textAt('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
};

/** What differs, and by what: it is compared as that there is such a thing. */
const DIFFERS: readonly (readonly [RegExp, string])[] = [
  // A recording has the version of conntape in it.
  [/\b[0-9a-f]{64}\b/g, '(a chain head)'],
];

/** Where a recorder and a server are stopped, by Ctrl-C, and how they end. */
const STOPPED: readonly (readonly [line: RegExp, at: RegExp, status: number])[] = [
  [/^conntape record (?!--check)/, /1 snapshot, the last \S+ ago/, 0],
  [/^conntape serve /, /conntape: serving /, 130],
  [/^conntape view /, /the link lets in whoever has it/, 130],
];

/** Commands that end otherwise than with 0. */
const STATUS: readonly (readonly [line: RegExp, status: number])[] = [[/--fail-on warning/, 3]];

/** Where a newcomer walks: an empty folder, with conntape on the path as npm puts it there. */
class Walk {
  readonly folder = temporaryFolder();
  readonly #elsewhere = temporaryFolder();
  readonly #socket = join(this.#elsewhere, 'control');
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    const path = join(this.#elsewhere, 'bin');
    mkdirSync(path);
    for (const [name, target] of Object.entries(bin)) {
      const program = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, target)}' "$@"\n`;
      writeFileSync(join(path, name), program, { mode: 0o755 });
    }
    // A report that fills the screen would wait in its pager.
    const { NO_COLOR: _, ...env } = process.env;
    this.#env = { ...env, PAGER: 'cat', PATH: `${path}${delimiter}${process.env['PATH']}` };
  }

  /** A Tor where README has one. */
  async startTor(): Promise<void> {
    await FakeTor.start('none', parseAddress(`unix:${this.#socket}`));
  }

  /** Types a line; Ctrl-C reaches what goes on until then, and not the shell. */
  async type(line: string): Promise<Shown> {
    const [, interruptAt] = STOPPED.find(([pattern]) => pattern.test(line)) ?? [];
    const { screen, status } = await onTerminal(this.#translated(line), {
      cwd: this.folder,
      env: this.#env,
      ...(interruptAt === undefined ? {} : { interruptAt }),
    });
    return { screen: cleared(unstyled(screen)), status };
  }

  /** The line but for what is of the machine: npm's part, the socket of its Tor, a port for all. */
  #translated(line: string): string {
    const typed = line.replace('/run/tor/control', this.#socket);
    if (typed.startsWith('conntape serve')) {
      return `exec ${typed} --listen unix:${join(this.#elsewhere, 'served')}`;
    }
    if (/^conntape (?:record|view) /.test(typed)) return `exec ${typed}`;
    const script = /^npm ci && npm run (\w+)$/.exec(typed)?.[1];
    if (script === undefined) return typed;
    return scripts[script]!.replace(/^node (\S+)/, (_, path: string) => {
      return `'${process.execPath}' '${join(ROOT, path)}'`;
    });
  }
}

/** Without what was drawn on a line and cleared again. */
function cleared(screen: string): string {
  return screen.replace(/[^\n]*\r\u001b\[K/g, '');
}

function comparable(text: string): string {
  return DIFFERS.reduce((so, [pattern, what]) => so.replaceAll(pattern, what), text);
}

/** npm's own commands, which would install and test for minutes. */
const OF_NPM = /^npm ci && npm (?:test|install --global \.)$/;

/** What a Tor of which README's reader knows would have brought by now: the two hours of the demo. */
function timeGoesBy(folder: string): void {
  copyFileSync(join(folder, 'conntape-demo', 'demo.tape'), join(folder, 'relay.tape'));
}

describe.skipIf(!terminalAvailable('README'))('README', () => {
  it('is walked through, and shows what is seen', async () => {
    const walk = new Walk();
    await walk.startTor();
    let shown = 0;
    for (const step of STEPS) {
      let screen = '';
      for (const line of step.lines) {
        if (OF_NPM.test(line)) continue;
        const seen = await walk.type(line);
        const [, , stopped] = STOPPED.find(([pattern]) => pattern.test(line)) ?? [];
        const [, status = stopped ?? 0] = STATUS.find(([pattern]) => pattern.test(line)) ?? [];
        expect({ line, ...seen }).toMatchObject({ line, status });
        screen += seen.screen;
        if (/^conntape record (?!--check)/.test(line)) {
          const head = /chain head\s+([0-9a-f]{64})/.exec(seen.screen)?.[1];
          // "conntape verify relay.tape --head HASH later says where it lies in the chain".
          const verified = await walk.type(`conntape verify relay.tape --head ${head}`);
          expect(verified).toMatchObject({
            status: 0,
            screen: expect.stringContaining('head found'),
          });
          timeGoesBy(walk.folder);
        }
      }
      let rest = `\n${comparable(screen)}`;
      for (const text of step.shown) {
        const place = rest.indexOf(`\n${comparable(text)}`);
        if (place < 0) expect(rest).toContain(comparable(text));
        expect(place).toBeGreaterThanOrEqual(0);
        rest = rest.slice(place + comparable(text).length);
        shown++;
      }
    }
    // The demo's picture, and what else there is.
    expect(shown).toBeGreaterThan(5);
    const unnamed = readdirSync(walk.folder).filter((name) => !README.includes(name));
    expect(unnamed).toEqual([]);
  });
});

describe('what README has typed', () => {
  it('is conntape’s or sqlite3’s, or a script that there is', () => {
    const typed = STEPS.flatMap(({ lines }) => lines);
    const others = typed.filter((line) => !/^(?:conntape|sqlite3) /.test(line));
    const names = others.flatMap((line) => line.split(' && '));
    expect(
      names.filter((line) => !/^npm (?:ci|test|run \w+|install --global \.)$/.test(line)),
    ).toEqual([]);
    for (const [, name] of names.join('\n').matchAll(/^npm (?:run )?(?!ci|install)(\w+)$/gm)) {
      expect(scripts).toHaveProperty(name!);
    }
    expect(scripts['demo']).toBe('node dist/main.js demo');
    expect(existsSync(join(ROOT, bin['conntape']!))).toBe(true);
  });

  it('installs the service that packaging/ has', () => {
    const [install, user, copy, enable, ...more] = serviceCommandsIn(README);
    expect(more).toEqual([]);
    expect(install).toBe('sudo npm install --global "$(npm pack --silent | tail -1)"');
    const unit = readFileSync(join(ROOT, 'packaging/conntape.service'), 'utf8');
    const set = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];
    expect(user).toBe(
      `sudo useradd -r -G ${set('SupplementaryGroups')} -d /var/lib/${set('StateDirectory')} -s /usr/sbin/nologin ${set('User')}`,
    );
    expect(copy).toBe(
      'sudo cp "$(npm root --global)"/conntape/packaging/conntape* /etc/systemd/system/',
    );
    expect(files).toContain('packaging');
    const enabled = /^sudo systemctl enable --now (.*)$/.exec(enable!)![1]!.split(' ');
    const installable = readdirSync(join(ROOT, 'packaging')).filter((name) =>
      readFileSync(join(ROOT, 'packaging', name), 'utf8').includes('\n[Install]\n'),
    );
    // Not every relay is of a fleet.
    const [, ofFleet] = /`systemctl enable --now (\S*)`/.exec(textAt('docs/fleet.md'))!;
    expect([...enabled, ofFleet].toSorted()).toEqual(installable.toSorted());
  });
});
