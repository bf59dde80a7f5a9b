/**
 * The page as its user gets it: one file, or what `conntape view` serves.
 * Owns how each comes to be, and reading what is drawn; what it should be is the tests'.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer-core';
import { run } from '../commands/running.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export type Form = 'file' | 'view';

export const FORMS: readonly Form[] = ['file', 'view'];

/** A page that can be opened. */
export interface Offered {
  readonly form: Form;
  readonly url: string;
  /** Where all of its requests should go. */
  readonly origin: string;
  /** The command lines' recording. */
  readonly path: string;
  close(): Promise<void>;
}

/** A recording as a page; a file of it lies in `folder`. */
export async function offered(form: Form, path: string, folder: string): Promise<Offered> {
  return form === 'file' ? await asFile(path, folder) : await served(path);
}

async function asFile(path: string, folder: string): Promise<Offered> {
  const output = join(folder, `${basename(path)}.html`);
  const { code, stderr } = await run(['report', 'html', path, '--output', output]);
  if (code !== 0) throw new Error(stderr);
  const url = pathToFileURL(output).href;
  return { form: 'file', url, origin: url, path, close: async () => {} };
}

const URL_IN_WORDS = /http:\/\/\S+/;

/** What is served by a process of its own, as it is installed. */
async function served(path: string): Promise<Offered> {
  const child = spawn(process.execPath, [MAIN, 'view', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await urlSaid(child);
  return {
    ...{ form: 'view', url, origin: new URL(url).origin, path },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The first URL that a process prints, on either stream. */
function urlSaid(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    for (const input of [child.stdout!, child.stderr!]) {
      createInterface({ input }).on('line', (line) => {
        said.push(line);
        const [url] = URL_IN_WORDS.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    child.once('exit', () => reject(new Error(`view ended: ${said.join('\n')}`)));
    child.once('error', reject);
  });
}

/** A report's CSV as the program prints it. */
export async function printedCsv(report: string, path: string, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['report', report, path, '--format', 'csv', ...more]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/**
 * The share of a view's canvases, canvas by canvas, 0 to 1, that is of a colour of the palette; of `any`,
 * that is neither empty nor a line of the grid.
 */
export async function inked(page: Page, view: string, color = 'any'): Promise<number[]> {
  return await page.evaluate(
    (name, wanted) => {
      const style = getComputedStyle(document.documentElement);
      const css = style.getPropertyValue(`--${wanted === 'any' ? 'grid' : wanted}`).trim();
      const [red, green, blue] = (/^#(..)(..)(..)$/.exec(css) ?? []).slice(1).map((hex) => {
        return Number.parseInt(hex, 16);
      });
      const canvases = document.querySelectorAll<HTMLCanvasElement>(`[data-view="${name}"] canvas`);
      return [...canvases].map((canvas) => {
        const { width, height } = canvas;
        // A copy, since Chromium warns of a canvas that is read more than once.
        const copy = Object.assign(document.createElement('canvas'), { width, height });
        const context = copy.getContext('2d', { willReadFrequently: true })!;
        context.drawImage(canvas, 0, 0);
        const { data } = context.getImageData(0, 0, width, height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4) {
          const isIt = data[at] === red && data[at + 1] === green && data[at + 2] === blue;
          if (data[at + 3]! > 40 && isIt === (wanted !== 'any')) count++;
        }
        return count / (width * height);
      });
    },
    view,
    color,
  );
}

export interface Seen {
  readonly from: number;
  readonly to: number;
}

/** What the address of the page names: a window, null for all, and a moment, null for none. */
export async function addressOf(page: Page): Promise<{ window: Seen | null; at: number | null }> {
  const hash = await page.evaluate(() => location.hash);
  const words = new URLSearchParams(hash.slice(1));
  const time = (name: string) => Date.parse(words.get(name) ?? '');
  const [from, to, at] = [time('from'), time('to'), time('at')];
  return {
    window: Number.isNaN(from) ? null : { from, to },
    at: Number.isNaN(at) ? null : at,
  };
}

/** The hash of an address that names a window. */
export function hashOf({ from, to }: Seen): string {
  return `#from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
}
