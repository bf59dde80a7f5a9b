/** A recording all of whose texts attack the page: in real browsers they are words, and nothing of them runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BROWSER_START_MS,
  BROWSERS,
  browserHere,
  startBrowser,
  type TestBrowser,
} from './browsers.ts';
import { FORMS, offered, printedCsv } from './pages.ts';
import { ATTACKS, hostileIn } from './recordings.ts';

const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs in the page before all else: what an attack calls. */
function listenForAttacks(): void {
  const known: unknown[] = [];
  Object.assign(window, { known, attacked: (which: unknown) => known.push(which) });
}

/** What no text of a recording may become. */
const FOREIGN =
  'img, svg, iframe, object, embed, base, form, link:not([rel="icon"]), a:not([data-report]), [onerror], [onload], [style*="url"]';

for (const name of BROWSERS) {
  describe.skipIf(!browserHere(name))(name, () => {
    let browser: TestBrowser;

    beforeAll(async () => {
      browser = await startBrowser(name);
    }, BROWSER_START_MS);

    afterAll(() => browser?.close());

    it.each(FORMS)('shows it as text in a %s', async (form) => {
      const path = await hostileIn(mkdtempSync(join(folder, 'tape-')));
      const shown = await offered(form, path, folder);
      const opened = await browser.open();
      const { page } = opened;
      try {
        await page.evaluateOnNewDocument(listenForAttacks);
        await opened.show(shown.url);
        await opened.audited();

        // Everything that can be opened, hovered and pressed.
        await page.$$eval('details', (all) => {
          for (const details of all) details.open = true;
        });
        for (const canvas of await page.$$('canvas')) {
          await canvas.scrollIntoView();
          const { x, y, width, height } = (await canvas.boundingBox())!;
          for (const share of [0.3, 0.35, 0.4, 0.6]) {
            await page.mouse.move(x + width * share, y + height / 2);
          }
        }
        await page.click('[data-view="moment"] tbody button');
        await page.waitForSelector('dialog.story[open] [aria-busy="false"]');
        const story = await page.$eval('dialog.story', (dialog) => dialog.textContent);
        expect(story).toContain('connection');
        await page.keyboard.press('Escape');

        const text = await page.evaluate(() => document.documentElement.textContent!);
        const heading = await page.$eval('h1', (one) => one.textContent);
        expect(heading).toBe(ATTACKS.join(' '));
        expect(await page.title()).toContain(form === 'file' ? ATTACKS[0] : 'conntape');
        for (const attack of ATTACKS) expect(text.split(attack).length).toBeGreaterThan(3);

        expect(await page.$$eval(FOREIGN, (all) => all.map((one) => one.outerHTML))).toEqual([]);
        const kinds = await page.$$eval('script, style', (all) =>
          all.map(({ localName, id }) => `${localName}${id}`),
        );
        expect(kinds).toEqual(['style', ...(form === 'file' ? ['scriptdata'] : []), 'script']);
        expect(await page.evaluate(() => (window as unknown as { known: [] }).known)).toEqual([]);
        expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);

        // An address is anybody's, too.
        await page.evaluate((attack) => {
          location.hash = `from=${attack}&to=${attack}&at=${attack}`;
        }, ATTACKS.join(''));
        await opened.settled();
        expect(await page.$$eval(FOREIGN, (all) => all.length)).toBe(0);

        const { text: csv } = await opened.saved(() =>
          page.click('[data-view="lives"] a[data-report="connections"]'),
        );
        expect(csv).toBe(await printedCsv('connections', path));

        expect(opened.complaints).toEqual([]);
        expect(opened.requests.filter((url) => !url.startsWith(shown.origin))).toEqual([]);
      } finally {
        await opened.close();
        await shown.close();
      }
    });
  });
}
