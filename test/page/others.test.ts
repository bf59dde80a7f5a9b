/**
 * Recordings that are looked at otherwise: long ones, of which pictures come at once and exact ones
 * take their place, and a stock relay's, on which circuits of others are not seen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importInto } from '../recording/tapes.ts';
import { BROWSER_START_MS, browserHere, startBrowser, type TestBrowser } from './browsers.ts';
import { inked, offered } from './pages.ts';
import { stockIn } from './recordings.ts';

const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POLLS = 21;

/** More than a moment's reading: two circuits that stay and move, and 5,000 connections new at each poll. */
async function longIn(path: string): Promise<void> {
  const header = { transcript: 1, source: 'native', bytes: 'entry', interval_s: 10 };
  const begin = Date.parse('2026-11-23T02:00:00Z');
  const snapshots = Array.from({ length: POLLS }, (_, poll) => {
    const stay = [5, 6].flatMap((circuit) => [
      `${circuit * 2} ${circuit} 0 0 0 0 IRt ${poll * 1000} 0 ${poll * 10 + 99}`,
      `${circuit * 2 + 1} ${circuit} 0 0 0 0 ORt 0 ${poll * 1000 * circuit} ${poll * 10 + 99}`,
    ]);
    const pass = Array.from(
      { length: 5000 },
      (_, index) => `${1000 + poll * 5000 + index} 0 0 0 0 0 IRt 9 9 5`,
    );
    const at = new Date(begin + poll * 10_000).toISOString();
    return { at, conn: [...stay, ...pass].join('\n') };
  });
  await importInto(
    path,
    [header, ...snapshots].map((line) => JSON.stringify(line)),
  );
}

describe.skipIf(!browserHere('chromium'))('chromium', () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await startBrowser('chromium');
  }, BROWSER_START_MS);

  afterAll(() => browser?.close());

  it('shows a long recording at once, says from what, and then exactly', async () => {
    const path = join(folder, 'long.tape');
    await longIn(path);
    const shown = await offered('view', path, folder);
    const opened = await browser.open();
    const { page } = opened;
    const noteOf = (view: string) =>
      page.$eval(`[data-view="${view}"] > .note`, (note) => note.textContent ?? '');
    try {
      await opened.show(shown.url);
      expect(await noteOf('circuits')).toMatch(/^From the snapshots alone/);
      expect(await noteOf('survival')).toMatch(/^From the rollups/);
      expect(await page.$$eval('[data-view="survival"] label', (all) => all.length)).toBe(1);
      await page.waitForFunction(() =>
        ['circuits', 'survival', 'destinations', 'load'].every((view) => {
          const note = document.querySelector<HTMLElement>(`[data-view="${view}"] > .note`);
          return note?.hidden === true;
        }),
      );
      await opened.settled();
      const words = await page.$eval('[data-view="circuits"] .words', (one) => one.textContent);
      expect(words).toContain('2 circuits were open in this window');
      const labels = await page.$$eval('[data-view="survival"] label', (all) => all.length);
      expect(labels).toBeGreaterThan(1);
      expect(opened.complaints).toEqual([]);
    } finally {
      await opened.close();
      await shown.close();
    }
  });

  it('draws connections where circuits of others are not seen, and says why', async () => {
    const shown = await offered('file', await stockIn(folder), folder);
    const opened = await browser.open();
    const { page } = opened;
    try {
      await opened.show(shown.url);
      const [title, note] = await Promise.all(
        ['h2', ':scope > .note'].map((what) =>
          page.$eval(
            '[data-view="circuits"]',
            (view, selector) => view.querySelector(selector)?.textContent ?? '',
            what,
          ),
        ),
      );
      expect(title).toBe('Every connection: what went to one side');
      expect(note).toBe(
        'Connections, since circuits of others are not seen here: a stock Tor does not tell of the circuits that it carries for others.',
      );
      expect((await inked(page, 'circuits'))[0]).toBeGreaterThan(0.03);
      expect(await inked(page, 'overview', 'opened')).not.toEqual([0]);
      expect(opened.complaints).toEqual([]);
    } finally {
      await opened.close();
      await shown.close();
    }
  });
});
