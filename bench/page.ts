/**
 * `npm run bench:page`: how long somebody waits who looks at a long recording with `conntape view`.
 * Owns the looking, in Debian's Chromium, and its table; what is seen is the page's.
 *
 *     npm run workload -- --connections 10000 --interval 60 --snapshots 10080 |
 *       node dist/main.js import - week.tape
 *     npm run bench:page -- week.tape
 *
 * Times are those of the browser, from the request or the gesture to when everything is drawn. The audit
 * goes on in the background meanwhile, as it does for a user.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import puppeteer, { type Page } from 'puppeteer-core';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';

const HOUR_MS = 3_600_000;

/** How long a window is looked at. */
const WINDOWS: readonly (readonly [says: string, ms: number])[] = [
  ['a day', 24 * HOUR_MS],
  ['six hours', 6 * HOUR_MS],
  ['an hour', HOUR_MS],
  ['ten minutes', HOUR_MS / 6],
];

/** Windows of each length, and moments, each somewhere else. */
const TRIES = 7;

const DRAWN = "document.documentElement.dataset.ready === 'true'";
const LONGEST_MS = 300_000;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** Serves the recording until it is stopped. */
async function served(recording: string) {
  const server = spawn(process.execPath, [MAIN, 'view', recording], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  const link = await new Promise<string>((resolve, reject) => {
    server.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /http:\/\/\S+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
    server.on('exit', () => reject(new Error(said)));
  });
  return { server, link };
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await what();
  return performance.now() - began;
}

async function untilDrawn(page: Page): Promise<void> {
  await page.waitForFunction(DRAWN, { timeout: LONGEST_MS, polling: 5 });
}

/** Goes to a window as a link does, and waits until it is drawn. */
async function brushed(page: Page, from: number, to: number): Promise<number> {
  const hash = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
  return timed(async () => {
    await page.evaluate(
      `document.documentElement.dataset.ready = 'false'; location.hash = ${JSON.stringify(hash)}`,
    );
    await untilDrawn(page);
  });
}

async function figuresOf(page: Page, link: string): Promise<[what: string, ms: number][]> {
  await page.goto(link);
  await untilDrawn(page);
  const first: number[] = [];
  for (let go = 0; go < TRIES; go++) {
    first.push(
      await timed(async () => {
        await page.reload();
        await untilDrawn(page);
      }),
    );
  }
  const figures: [string, number][] = [['all of it, from the first request on', median(first)]];
  const { from, to } = (await page.evaluate(
    "fetch('/head').then((head) => head.json()).then(({ window }) => window)",
  )) as { from: number; to: number };
  for (const [says, ms] of WINDOWS) {
    const times: number[] = [];
    for (let go = 1; go <= TRIES; go++) {
      const begin = from + ((to - from - ms) * go) / (TRIES + 1);
      times.push(await brushed(page, begin, begin + ms));
    }
    figures.push([`a window of ${says}`, median(times)]);
  }
  const moments: number[] = [];
  for (let go = 1; go <= TRIES; go++) {
    const at = Math.round(from + ((to - from) * go) / (TRIES + 1));
    moments.push(
      await timed(() => page.evaluate(`fetch('/moment?at=${at}').then((answer) => answer.text())`)),
    );
  }
  figures.push(['a moment', median(moments)]);
  return figures;
}

function peakMbOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [recording] = positionals;
if (recording === undefined) throw new Error('name a recording');
const profile = mkdtempSync(join(tmpdir(), 'conntape-bench-'));
const { server, link } = await served(recording);
try {
  const isRoot = process.geteuid?.() === 0;
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    userDataDir: profile,
    args: ['--disable-background-networking', ...(isRoot ? ['--no-sandbox'] : [])],
  });
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1360, height: 1000 });
    const figures = await figuresOf(page, link);
    const { JSHeapUsedSize = 0 } = await page.metrics();
    const [{ model = '' } = {}, ...others] = cpus();
    console.log(`${others.length + 1} × ${model}, Node ${process.version}; medians of ${TRIES}\n`);
    console.log('| until it is drawn | ms |\n|---|---:|');
    for (const [what, ms] of figures) console.log(`| ${what} | ${Math.round(ms)} |`);
    console.log(`\nThe page's heap: ${(JSHeapUsedSize / 1e6).toFixed(0)} MB.`);
    console.log(`The most that \`view\` took: ${peakMbOf(server.pid!).toFixed(0)} MB.`);
  } finally {
    await browser.close();
  }
} finally {
  server.kill('SIGINT');
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
