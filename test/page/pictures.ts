/**
 * The pictures of the page in docs/pictures, taken again: `npm run pictures`.
 * Owns what they show; whoever takes them looks at them before they are kept.
 *
 *     npm run pictures                      all of them; the week's recording takes some minutes
 *     npm run pictures -- --only demo
 *     npm run pictures -- --keep FOLDER     recordings made there are taken again the next time
 *
 * It needs Debian’s chromium and pngquant.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { workload } from '../../bench/workload.ts';
import { run } from '../commands/running.ts';
import { startBrowser, type TestBrowser } from './browsers.ts';
import { type Form, offered } from './pages.ts';
import { demoIn, incidentsIn } from './recordings.ts';

const PICTURES = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));

const WIDTH = 1360;

/** A picture that is larger is not kept: the package has them all. */
const MOST_BYTES = 400_000;

/** A week of ten thousand connections is audited within it. */
const AUDIT_MS = 900_000;

interface Picture {
  readonly form: Form;
  recording(folder: string): Promise<string>;
  /** Of its time, where not all. */
  readonly hash?: string;
}

const SHOWN: Readonly<Record<string, Picture>> = {
  demo: { form: 'file', recording: demoIn },
  incidents: { form: 'file', recording: incidentsIn },
  'many-connections': {
    form: 'file',
    recording: (folder) => busyIn(folder, 'many-connections', { snapshots: 180, interval: 10 }),
  },
  week: {
    form: 'view',
    recording: (folder) => busyIn(folder, 'week', { snapshots: 10_080, interval: 60 }),
  },
};

/** Ten thousand connections at every moment: the standard workload of the benchmarks. */
async function busyIn(
  folder: string,
  name: string,
  sizes: { readonly snapshots: number; readonly interval: number },
): Promise<string> {
  const [lines, tape] = [join(folder, `${name}.jsonl`), join(folder, `${name}.tape`)];
  const texts = workload({ connections: 10_000, seed: 1, ...sizes });
  await pipeline(texts, createWriteStream(lines));
  const { code, stderr } = await run(['import', lines, tape]);
  rmSync(lines);
  if (code !== 0) throw new Error(stderr);
  return tape;
}

async function take(name: string, picture: Picture, kept: string, browser: TestBrowser) {
  const folder = join(kept, name);
  const made = [join(folder, 'demo', 'demo.tape'), join(folder, `${name}.tape`)].find(existsSync);
  mkdirSync(folder, { recursive: true });
  const tape = made ?? (await picture.recording(folder));
  const page = await offered(picture.form, tape, folder);
  try {
    for (const theme of ['light', 'dark'] as const) {
      const opened = await browser.open({ width: WIDTH, theme });
      await opened.show(`${page.url}${picture.hash ?? ''}`);
      await opened.audited(AUDIT_MS);
      const path = join(PICTURES, `${name}-${theme}.png`);
      const height = await opened.page.$eval('[data-view="moment"]', (view) =>
        Math.floor(view.getBoundingClientRect().top + window.scrollY),
      );
      // What follows are tables.
      const clip = { x: 0, y: 0, width: WIDTH, height };
      await opened.page.screenshot({ path, clip, captureBeyondViewport: true });
      if (opened.complaints.length > 0) console.error(name, theme, opened.complaints);
      await opened.close();
      lessen(path);
    }
  } finally {
    await page.close();
  }
}

/** With a palette, which is enough for what has so few colours. */
function lessen(path: string): void {
  const { status, error } = spawnSync('pngquant', ['--force', '--output', path, '128', path]);
  if (status !== 0) throw error ?? new Error(`pngquant failed on ${path}`);
  const { size } = statSync(path);
  console.log(`${path}: ${Math.ceil(size / 1000)} kB`);
  if (size > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES / 1000} kB`);
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, keep: { type: 'string' } },
});
const kept = values.keep ?? mkdtempSync(join(tmpdir(), 'conntape-pictures-'));
mkdirSync(kept, { recursive: true });
mkdirSync(PICTURES, { recursive: true });
const browser = await startBrowser('chromium');
try {
  for (const [name, picture] of Object.entries(SHOWN)) {
    if (values.only === undefined || values.only === name) await take(name, picture, kept, browser);
  }
} finally {
  await browser.close();
  if (values.keep === undefined) rmSync(kept, { recursive: true, force: true });
}
