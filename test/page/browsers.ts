/**
 * Real browsers for the tests of the page: Debian's Chromium and Firefox ESR.
 * Owns how they are started, that they ask no network, what they complain of, and that nothing of them
 * is left; what a page should show is the tests'.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import puppeteer, { type Browser, type LaunchOptions, type Page } from 'puppeteer-core';

export type BrowserName = 'chromium' | 'firefox-esr';

export interface TestBrowser {
  readonly name: BrowserName;
  readonly pid: number;
  /** All that it writes: gone when it is closed. */
  readonly folder: string;
  /** A tab of its own, watched from before its first byte; closed by `close`. */
  open(options?: Opening): Promise<TestPage>;
  /** Ends the browser and removes all that it wrote. */
  close(): Promise<void>;
}

export interface Opening {
  /** CSS pixels; 1,360 × 1,000 unless given. */
  readonly width?: number;
  readonly height?: number;
  /** What its user prefers; light unless given, and always in Firefox. */
  readonly theme?: 'light' | 'dark';
}

export interface TestPage {
  readonly page: Page;
  /** Errors and warnings: of the console, uncaught, of the policy, of requests that failed. */
  readonly complaints: string[];
  /** The URL of each request, in order; without those of `blob:` and `data:`, which go nowhere. */
  readonly requests: string[];
  /** Goes to a URL, and resolves when the page has drawn it. */
  show(url: string): Promise<void>;
  /** Resolves when the page has nothing more to draw. */
  settled(): Promise<void>;
  /** The same, and the audit is done: of a large recording in minutes. */
  audited(timeoutMs?: number): Promise<void>;
  /** The content of the file that a browser saves when `act` is done. */
  saved(act: () => Promise<void>): Promise<{ readonly name: string; readonly text: string }>;
  close(): Promise<void>;
}

const PATHS: Readonly<Record<BrowserName, string>> = {
  chromium: '/usr/bin/chromium',
  'firefox-esr': '/usr/bin/firefox-esr',
};

/** Give this to `beforeAll`: a machine with much else to do starts a browser slowly. */
export const BROWSER_START_MS = 60_000;

export const BROWSERS = Object.keys(PATHS) as readonly BrowserName[];

/**
 * Whether this machine has a browser. Says so on stderr where not, and throws there when
 * CONNTAPE_REQUIRE_TOR is 1, so that CI cannot pass without.
 */
export function browserHere(name: BrowserName): boolean {
  if (existsSync(PATHS[name])) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error(`${name} is missing`);
  console.warn(`NOT TESTED: the page in ${name}. It needs Debian’s package of that name.`);
  return false;
}

export async function startBrowser(name: BrowserName): Promise<TestBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-browser-'));
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  let browser: Browser;
  try {
    browser = await puppeteer.launch({
      ...(name === 'chromium' ? chromiumOptions(downloads) : firefoxOptions(downloads)),
      executablePath: PATHS[name],
      userDataDir: join(folder, 'profile'),
      timeout: BROWSER_START_MS,
      // What it writes beside its profile, and where it looks for a display and a keyring.
      env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', TZ: 'UTC' },
    });
  } catch (thrown) {
    remove();
    throw thrown;
  }
  return {
    name,
    pid: browser.process()!.pid!,
    folder,
    open: async (opening) => watched(name, await browser.newPage(), downloads, opening ?? {}),
    close: async () => {
      await browser.close();
      remove();
    },
  };
}

/** A name that is not of loopback is never looked up, whatever asks for it. */
const NO_NAMES = 'MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]';

function chromiumOptions(downloads: string): LaunchOptions {
  return {
    browser: 'chrome',
    args: [
      // It has none for root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...['--no-first-run', '--no-default-browser-check', '--no-proxy-server', '--disable-gpu'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...['--disable-domain-reliability', '--disable-field-trial-config', '--no-pings'],
      `--host-resolver-rules=${NO_NAMES}`,
    ],
    downloadBehavior: { policy: 'allow', downloadPath: downloads },
  };
}

function firefoxOptions(downloads: string): LaunchOptions {
  return {
    browser: 'firefox',
    extraPrefsFirefox: {
      ...FIREFOX_SILENT,
      'browser.download.dir': downloads,
      'browser.download.folderList': 2,
      'browser.download.useDownloadDir': true,
      'browser.download.always_ask_before_handling_new_types': false,
      'browser.download.alwaysOpenPanel': false,
      'browser.helperApps.neverAsk.saveToDisk': 'text/csv,application/octet-stream',
    },
  };
}

/** What Firefox asks its maker for by itself, and what puppeteer does not switch off. */
const FIREFOX_SILENT = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutHomeSnippets.updateUrl': '',
  'browser.discovery.enabled': false,
  'browser.region.network.url': '',
  'browser.region.update.enabled': false,
  'browser.topsites.contile.enabled': false,
  'browser.safebrowsing.provider.mozilla.updateURL': '',
  'browser.safebrowsing.provider.google4.updateURL': '',
  'captivedetect.canonicalURL': '',
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.push.connection.enabled': false,
  'extensions.blocklist.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'layout.css.prefers-color-scheme.content-override': 1,
  'media.gmp-manager.url': '',
  'messaging-system.rsexperimentloader.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'network.proxy.type': 0,
  // A name that is not of loopback is never looked up, whatever asks for it.
  'network.dns.forceResolve': '127.0.0.1',
  'network.trr.mode': 5,
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': '',
  'toolkit.telemetry.unified': false,
};

const LOUD: readonly string[] = ['error', 'warn', 'warning', 'assert'];

async function watched(
  name: BrowserName,
  page: Page,
  downloads: string,
  opening: Opening,
): Promise<TestPage> {
  const { width = 1360, height = 1000, theme = 'light' } = opening;
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (LOUD.includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error}`));
  page.on('requestfailed', (request) => {
    // A fetch that the page no longer wants is no fault.
    const why = request.failure()?.errorText ?? '';
    if (!/ABORT/i.test(why)) complaints.push(`failed: ${request.url()} ${why}`);
  });
  page.on('request', (request) => {
    if (!/^(?:blob|data):/.test(request.url())) requests.push(request.url());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.setViewport({ width, height });
  if (name === 'chromium') {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  } else if (theme === 'dark') {
    throw new Error('WebDriver BiDi cannot ask Firefox for a dark page');
  }
  await page.evaluateOnNewDocument(watchPolicy);
  const settled = async () => {
    await page.waitForFunction(() => document.documentElement.dataset['ready'] === 'true');
    complaints.push(
      ...(await page.evaluate(() => (window as unknown as Watching).breaches.splice(0))),
    );
  };
  return {
    page,
    complaints,
    requests,
    settled,
    audited: async (timeoutMs = 60_000) => {
      // A wait within the page may last three minutes at most.
      await until(timeoutMs, async () => {
        const state = await page.evaluate(() => document.documentElement.dataset['audit']);
        return state === 'done' ? state : undefined;
      });
      await settled();
    },
    show: async (url) => {
      await page.goto(url, { waitUntil: 'load' });
      await settled();
    },
    saved: async (act) => savedInto(downloads, act),
    close: () => page.close(),
  };
}

interface Watching {
  breaches: string[];
}

/** Runs in the page: Firefox tells of what its policy kept from running in no other way. */
function watchPolicy(): void {
  const breaches: string[] = [];
  (window as unknown as Watching).breaches = breaches;
  document.addEventListener('securitypolicyviolation', (event) => {
    breaches.push(`policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
}

/** A file under way: Chromium's and Firefox's; the latter holds the name with an empty one. */
const UNDER_WAY = /\.(?:crdownload|part)$/;

async function savedInto(folder: string, act: () => Promise<void>) {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  await act();
  return until(20_000, async () => {
    const [name, ...others] = readdirSync(folder);
    if (name === undefined || others.length > 0 || UNDER_WAY.test(name)) return undefined;
    const text = readFileSync(join(folder, name), 'utf8');
    return text === '' ? undefined : { name, text };
  });
}

const LOOK_AGAIN_MS = 20;

/** What `look` gives when it is there. Rejects when it is not in so long. */
async function until<Result>(
  timeoutMs: number,
  look: () => Promise<Result | undefined>,
): Promise<Result> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await look();
    if (result !== undefined) return result;
    if (performance.now() > deadline) throw new Error(`it did not come in ${timeoutMs} ms`);
    await wait(LOOK_AGAIN_MS);
  }
}
