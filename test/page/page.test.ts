/** Both forms of the page in real browsers: what it shows is what the reports say, and all of it can be done. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { KeyInput, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bytesText, countText, lengthText } from '../../src/page/browser/format.ts';
import { run } from '../commands/running.ts';
import {
  BROWSER_START_MS,
  BROWSERS,
  browserHere,
  startBrowser,
  type TestBrowser,
  type TestPage,
} from './browsers.ts';
import {
  addressOf,
  FORMS,
  hashOf,
  inked,
  type Offered,
  offered,
  printedCsv,
  type Seen,
} from './pages.ts';
import { demoIn, emptyIn } from './recordings.ts';

const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
let made: Promise<string> | undefined;

/** Made once, when the first asks for it. */
function demo(): Promise<string> {
  made ??= demoIn(folder);
  return made;
}

/** The demo's time. */
const ALL: Seen = {
  from: Date.parse('2026-11-23T02:00:00Z'),
  to: Date.parse('2026-11-23T04:00:00Z'),
};

/** A part of it, from one snapshot to another, without the gap. */
const PART: Seen = {
  from: Date.parse('2026-11-23T02:30:00Z'),
  to: Date.parse('2026-11-23T03:00:00Z'),
};

const PART_OPTIONS = ['--from', '2026-11-23T02:30:00Z', '--to', '2026-11-23T03:00:00Z'];

/** The least share of a view's canvases that is drawn; the axes and words of an empty one take less. */
const INKED: Readonly<Record<string, number>> = {
  circuits: 0.04,
  balance: 0.06,
  lives: 0.055,
  survival: 0.045,
  destinations: 0.03,
  load: 0.04,
};

/** The least share of the overview that is of a colour: what was read, written, opened, closed, found. */
const COLOURED: Readonly<Record<string, number>> = {
  ...{ in: 0.001, out: 0.002, opened: 0.0005, closed: 0.0005, critical: 0.001 },
};

const VIEWS = ['overview', ...Object.keys(INKED), 'moment', 'findings'];

type Row = Readonly<Record<string, string>>;

const printed = new Map<string, Promise<string>>();

/** A report's CSV as the program prints it, of the whole demo unless told. */
async function csvOf(report: string, ...more: string[]): Promise<string> {
  const key = [report, ...more].join(' ');
  const known = printed.get(key) ?? demo().then((path) => printedCsv(report, path, ...more));
  printed.set(key, known);
  return await known;
}

async function rowsOf(report: string, ...more: string[]): Promise<Row[]> {
  return parse(await csvOf(report, ...more), { columns: true });
}

/** The lines of the listing at a time, as fields. */
async function listingAt(at: string): Promise<string[][]> {
  const { stdout } = await run(['replay', await demo(), '--at', at]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

const sum = (rows: readonly Row[], column: string) =>
  rows.reduce((total, row) => total + Number(row[column]), 0);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Within so much of a number. */
const near = (value: number, by: number) => ({
  asymmetricMatch: (other: unknown) => typeof other === 'number' && Math.abs(other - value) <= by,
});

for (const name of BROWSERS) {
  describe.skipIf(!browserHere(name))(name, () => {
    let browser: TestBrowser;

    beforeAll(async () => {
      browser = await startBrowser(name);
    }, BROWSER_START_MS);

    afterAll(() => browser?.close());

    describe.each(FORMS)('a %s', (form) => {
      let shown: Offered;
      let opened: TestPage;
      let page: Page;

      beforeAll(async () => {
        shown = await offered(form, await demo(), folder);
        opened = await browser.open();
        page = opened.page;
        await opened.show(shown.url);
        await opened.audited();
      });

      afterAll(async () => {
        await opened?.close();
        await shown?.close();
      });

      /** Every test ends without a complaint, a view that failed, and a request elsewhere. */
      afterEach(async () => {
        await opened.settled();
        expect(opened.complaints.splice(0)).toEqual([]);
        expect(await textsOf('.trouble')).toEqual([]);
        expect(opened.requests.splice(0).filter((url) => !url.startsWith(shown.origin))).toEqual(
          [],
        );
      });

      /** Looks at another part of the time: as who follows a link does that was written down. */
      async function look(hash = '') {
        await page.evaluate((wanted) => {
          for (const dialog of document.querySelectorAll('dialog')) dialog.close();
          location.hash = wanted;
        }, hash);
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
        await opened.settled();
      }

      function textsOf(selector: string): Promise<string[]> {
        return page.$$eval(selector, (all) => all.map((one) => one.textContent ?? ''));
      }

      /** What a view says to those who do not see it. */
      async function wordsOf(view: string): Promise<string> {
        return (await textsOf(`[data-view="${view}"] .words`)).join(' ');
      }

      /** Where the overview has a time. */
      async function placeOf(time: number): Promise<{ x: number; y: number }> {
        const canvas = (await page.$('[data-view="overview"] canvas'))!;
        await canvas.scrollIntoView();
        const { x, y, width, height } = (await canvas.boundingBox())!;
        const [left, right] = [150, 12];
        const share = (time - ALL.from) / (ALL.to - ALL.from);
        return { x: x + left + share * (width - left - right), y: y + height - 90 };
      }

      /** The page on paper: its words, and how much ink its first pages take. */
      async function print(pageRanges = ''): Promise<{ text: string; ink: number }> {
        const path = join(folder, `${name}-${form}.pdf`);
        writeFileSync(path, await page.pdf({ format: 'A4', pageRanges }));
        const text = spawnSync('pdftotext', [path, '-'], { encoding: 'utf8' }).stdout;
        const { stdout } = spawnSync('pdftoppm', ['-r', '30', '-gray', '-l', '2', path], {
          maxBuffer: 1e8,
        });
        const ink = stdout.reduce((total, gray) => total + (255 - gray), 0);
        return { text: text.replace(/\s+/g, ' '), ink };
      }

      /** What is the same in both forms is tried in one. */
      const inFile = it.runIf(form === 'file');
      const address = () => addressOf(page);
      const addressed = () => expect.poll(address, { timeout: 10_000 });

      it('draws every view', async () => {
        const views = await page.$$eval('[data-view]', (all) =>
          all.map((view) => (view as HTMLElement).dataset['view']),
        );
        expect(views.sort()).toEqual([...VIEWS].sort());
        for (const [view, least] of Object.entries(INKED)) {
          const shares = await inked(page, view);
          expect(shares.length, view).toBeGreaterThan(0);
          for (const share of shares) expect(share, view).toBeGreaterThan(least);
        }
        for (const [color, least] of Object.entries(COLOURED)) {
          expect((await inked(page, 'overview', color))[0], color).toBeGreaterThan(least);
        }
      });

      inFile('draws nothing of a recording in which nothing is', async () => {
        const nothing = await offered(
          form,
          await emptyIn(mkdtempSync(join(folder, 'empty-'))),
          folder,
        );
        const other = await browser.open();
        try {
          await other.show(nothing.url);
          await other.audited();
          for (const view of ['circuits', 'balance', 'lives', 'survival', 'destinations']) {
            for (const share of await inked(other.page, view)) {
              expect(share, view).toBeLessThan(INKED[view]! * 0.75);
            }
          }
          for (const color of Object.keys(COLOURED)) {
            expect(await inked(other.page, 'overview', color), color).toEqual([0]);
          }
          expect(other.complaints).toEqual([]);
          expect(await other.page.$$('.trouble')).toEqual([]);
        } finally {
          await other.close();
          await nothing.close();
        }
      });

      it('says what the reports say', async () => {
        const load = await rowsOf('load');
        const overview = await wordsOf('overview');
        expect(overview).toContain(`${bytesText(sum(load, 'read_bytes'))} read`);
        expect(overview).toContain(`${bytesText(sum(load, 'written_bytes'))} written`);

        const circuits = await rowsOf('circuits');
        expect(await wordsOf('circuits')).toContain(`${countText(circuits.length)} circuits `);

        const lives = await rowsOf('connections');
        const before = lives.filter((row) => Date.parse(row['opened_at']!) < ALL.from).length;
        const said = await wordsOf('lives');
        expect(said).toContain(`${countText(lives.length - before)} lives began in this window`);
        expect(said).toContain(`${countText(before)} before it`);
        const open = lives.filter((row) => row['end'] === 'open').length;
        expect(said).toContain(`${countText(open)} are still open`);

        const groups = await page.$$eval('[data-view="survival"] label', (all) =>
          all.map((one) => `${one.title}: ${one.textContent}`),
        );
        const lifetimes = (await rowsOf('lifetimes')).map((row) => {
          const length = (column: string) => lengthText(Number(row[column]) * 1000);
          const half =
            row['median_min_s'] === ''
              ? 'cannot be said'
              : `${length('median_min_s')} – ${length('median_max_s')}`;
          const who = `${row['group']} ${row['subject']}s`;
          return `${countText(Number(row['count']))} ${who}: ${who} ${half}`;
        });
        expect(groups).toEqual(lifetimes);
      });

      it('ranks destinations and peers as the reports do', async () => {
        const tables = await page.$$eval('[data-view="destinations"] table', (all) =>
          all.map((table) =>
            [...(table as HTMLTableElement).tBodies[0]!.rows].map((row) =>
              [...row.cells].map((cell) => cell.textContent),
            ),
          ),
        );
        const rank = (rows: Row[]) =>
          rows
            .map((row) => ({
              row,
              bytes: Number(row['read_bytes']) + Number(row['written_bytes']),
            }))
            .sort((a, b) => b.bytes - a.bytes)
            .slice(0, 20);
        const numbers = ({ row, bytes }: { row: Row; bytes: number }) => [
          ...[row['connections'], row['max_concurrent'], bytesText(bytes)],
        ];
        const destinations = rank(await rowsOf('destinations'));
        expect(tables[0]!.map((cells) => [...cells.slice(1, 4), cells.at(-1)])).toEqual(
          destinations.map((one) => [...numbers(one), Number(one.row['beacon_score']).toFixed(2)]),
        );
        expect(tables[0]!.map(([peer]) => peer)).toEqual(
          destinations.map(({ row }) => expect.stringContaining(row['ip']!)),
        );
        const peers = rank(await rowsOf('peers'));
        expect(tables[1]!.map((cells) => cells.slice(1, 4))).toEqual(peers.map(numbers));

        // Each row's openings stand beside it: above them the plot has 4 pixels, below them its axis.
        const off = await page.$$eval('[data-view="destinations"] table', (all) =>
          all.flatMap((table) => {
            const rows = (table as HTMLTableElement).tBodies[0]!.getBoundingClientRect();
            const plot = table.parentElement!.querySelector('canvas')!.getBoundingClientRect();
            return [rows.top - plot.top - 4, rows.bottom - plot.bottom + 20].map(Math.abs);
          }),
        );
        for (const pixels of off) expect(pixels).toBeLessThan(4);
      });

      it('has the findings of the audit, and of each rule what it could see', async () => {
        const rows = (await rowsOf('findings')).filter(
          (row) => !row['severity']!.startsWith('not '),
        );
        const found = await page.$$eval('[data-view="findings"] .found > li', (all) =>
          all.map((one) => {
            const rule = one.closest('details')!.dataset['rule'];
            const [severity, subject] = ['.severity', 'strong'].map(
              (selector) => one.querySelector(selector)!.textContent,
            );
            return [rule, severity, subject, one.querySelector('p')!.textContent].join(' | ');
          }),
        );
        const told = rows.map((row) => {
          const [explanation] = row['explanation']!.split(' Harmless if: ');
          return [row['rule'], row['severity'], row['subject'], explanation].join(' | ');
        });
        expect(found.sort()).toEqual(told.sort());
        const verdicts = await page.$$eval('details[data-verdict]', (all) =>
          all.map((one) => (one as HTMLElement).dataset['verdict']),
        );
        expect(new Set(verdicts)).toEqual(
          new Set(['found', 'not-found-in-what-could-be-seen', 'not-observable']),
        );
      });

      it('is brushed in the overview, and goes back', async () => {
        await look();
        const [begin, end] = [await placeOf(PART.from), await placeOf(PART.to)];
        await page.mouse.move(begin.x, begin.y);
        await page.mouse.down();
        await page.mouse.move(end.x, end.y, { steps: 4 });
        await page.mouse.up();
        const [from, to] = [near(PART.from, 10_000), near(PART.to, 10_000)];
        await addressed().toEqual({ window: { from, to }, at: null });
        await opened.settled();
        const [bar] = await textsOf('nav strong');
        expect(bar).toMatch(/^2026-11-23 02:(?:29:5|30:0)\d to 0(?:2:59:5|3:00:0)\d UTC$/);
        await page.evaluate(() => history.back());
        await addressed().toEqual({ window: null, at: null });
        await opened.settled();
        expect(await textsOf('nav strong')).toEqual(['2026-11-23 02:00:00 to 04:00:00 UTC']);
      });

      it('opens where its address says', async () => {
        const at = '2026-11-23T02:45:00.000Z';
        const other = await browser.open();
        try {
          // A link to the view lets in once it was opened; later the browser is known.
          await other.show(`${shown.url.replace(/\?.*/, '')}${hashOf(PART)}&at=${at}`);
          const texts = (selector: string) =>
            other.page.$$eval(selector, (all) => all.map((one) => one.textContent).join());
          expect(await texts('nav strong')).toBe('2026-11-23 02:30:00 to 03:00:00 UTC');
          expect(await addressOf(other.page)).toEqual({ window: PART, at: Date.parse(at) });
          const circuits = await rowsOf('circuits', ...PART_OPTIONS);
          expect(await texts('[data-view="circuits"] .words')).toContain(
            `${countText(circuits.length)} circuits `,
          );
          expect(await texts('[data-view="moment"] .words')).toContain(
            `The snapshot of 02:45:00 UTC: ${countText((await listingAt(at)).length)} lines`,
          );
        } finally {
          await other.close();
        }
      });

      inFile('is moved and zoomed with keys', async () => {
        await look(hashOf(PART));
        const length = PART.to - PART.from;
        const press = async (key: KeyInput, window: Seen | null) => {
          await page.keyboard.press(key);
          await addressed().toEqual({ window, at: null });
        };
        await press('ArrowRight', { from: PART.from + length / 4, to: PART.to + length / 4 });
        await press('ArrowLeft', PART);
        await press('+', { from: PART.from + length / 4, to: PART.to - length / 4 });
        await press('-', PART);
        await press('Home', null);
        await page.keyboard.press('?');
        await page.waitForSelector('dialog.help[open]');
        await page.keyboard.press('Escape');
        await page.waitForSelector('dialog.help:not([open])');
      });

      inFile('is zoomed by the wheel, about the pointer', async () => {
        await look();
        const middle = await placeOf(PART.to);
        await page.mouse.move(middle.x - 30, middle.y);
        await page.mouse.move(middle.x, middle.y);
        await page.mouse.wheel({ deltaY: -100 });
        await expect.poll(async () => (await address()).window, { timeout: 10_000 }).not.toBeNull();
        const { from, to } = (await address()).window!;
        expect(to - from).toBeLessThan(ALL.to - ALL.from);
        expect((PART.to - from) / (to - from)).toBeCloseTo(0.5, 1);
      });

      it('plays, and is scrubbed', async () => {
        await look(hashOf(PART));
        const at = () => expect.poll(async () => (await address()).at ?? 0, { timeout: 10_000 });
        const clock = async () => (await textsOf('[data-view="moment"] .clock')).join();
        const playing = () => textsOf('[data-view="moment"] .controls [aria-pressed="true"]');
        expect(await clock()).toMatch(/^2026-11-23 03:00:00 UTC/);
        await page.keyboard.press(' ');
        await expect.poll(clock, { timeout: 10_000 }).toMatch(/^2026-11-23 02:3\d:\d\d UTC/);
        expect(await playing()).toHaveLength(1);
        await page.keyboard.press(' ');
        await at().toBeGreaterThan(PART.from);
        expect(await playing()).toEqual([]);
        await page.focus('.scrubber');
        await page.keyboard.press('End');
        await at().toBe(PART.to);
        await page.keyboard.press('Home');
        await at().toBe(PART.from);
        for (let count = 0; count < 3; count++) await page.keyboard.press('ArrowRight');
        await at().toBe(PART.from + 30_000);
        await opened.settled();
        const listed = await listingAt('2026-11-23T02:30:30Z');
        const rows = await page.$$eval('[data-view="moment"] tbody tr:not(.closed)', (all) =>
          all.map((row) =>
            [...(row as HTMLTableRowElement).cells].slice(1, 8).map((cell) => cell.textContent),
          ),
        );
        const told = listed.map(([conn, circ, orId, ip, port, lPort, flags]) =>
          [conn, circ, flags, orId, ip, port, lPort].join(' '),
        );
        expect(rows.map((cells) => cells.join(' ')).sort()).toEqual(told.sort());
      });

      it('leads from a click on a plot to the moment, and from its rows to a story', async () => {
        await look();
        const { x, y } = await placeOf(PART.from);
        await page.mouse.click(x, y);
        await addressed().toEqual({ window: null, at: near(PART.from, 10_000) });
        await opened.settled();
        const row = '[data-view="moment"] tbody tr:not(.closed) td:nth-child(2) button';
        const button = (await page.$(row))!;
        const id = await button.evaluate((element) => element.textContent!);
        await button.click();
        await page.waitForSelector('dialog.story[open] [aria-busy="false"]');
        expect(await textsOf('dialog.story h2')).toEqual([`connection ${id}`]);
        const rows = (await rowsOf('connections')).filter((one) => one['conn_id'] === id);
        const lives = await page.$$eval('dialog.story table', (all) =>
          all.map((table) => (table as HTMLTableElement).tBodies[0]!.rows.length),
        );
        expect(lives[0]).toBe(rows.length);
        const [command] = await textsOf('dialog.story code');
        // A file that is mailed does not name the folder that its recording lay in.
        const words = command!.split(' ').map((word) => (word === 'demo.tape' ? shown.path : word));
        expect(words.slice(0, 3)).toEqual(['conntape', 'report', 'timeline']);
        const { stdout, stderr } = await run([...words.slice(1), '--format', 'csv']);
        expect(stderr).toMatch(/^conntape: window /);
        if (form === 'view') expect(lives.at(-1)).toBe(parse(stdout).length - 1);
        await page.keyboard.press('Escape');
        await page.waitForSelector('dialog.story:not([open])');
      });

      it('leads from a finding to its time', async () => {
        await look();
        await page.click('[data-rule="asymmetric-circuit"] .go');
        await expect.poll(async () => (await address()).window, { timeout: 10_000 }).not.toBeNull();
        const { window, at } = await address();
        const row = (await rowsOf('findings')).find(({ rule }) => rule === 'asymmetric-circuit')!;
        const [from, to] = [Date.parse(row['first_seen']!), Date.parse(row['last_seen']!)];
        expect(at).toBe(from);
        expect(window!.from).toBeLessThan(from);
        expect(window!.to).toBeGreaterThan(to);
        await opened.settled();
        const only = await textsOf('[data-rule="local-network-connection"] .verdict');
        expect(only).toEqual(['1 critical; 0 of them in the window']);
      });

      it('saves the rows of every view as the program prints them', async () => {
        await look();
        const reports = await page.$$eval('a[data-report]', (all) =>
          all.map((link) => (link as HTMLElement).dataset['report']!),
        );
        expect(new Set(reports).size).toBeGreaterThan(7);
        // What a view is answered is held against every report elsewhere (server/answers.test.ts).
        const tried = [...new Set(reports)].slice(0, form === 'file' ? undefined : 3);
        for (const report of tried) {
          const { name: file, text } = await opened.saved(() =>
            page.click(`a[data-report="${report}"]`),
          );
          expect(file).toBe(`demo-${report}-20261123T020000Z-20261123T040000Z.csv`);
          expect(text, report).toBe(await csvOf(report));
        }
      });

      it('saves those of a window', async () => {
        await look(hashOf(PART));
        const link = '[data-view="circuits"] a[data-report]';
        const { name: file, text } = await opened.saved(() => page.click(link));
        expect(file).toBe('demo-circuits-20261123T023000Z-20261123T030000Z.csv');
        if (form === 'view') {
          expect(text).toBe(await csvOf('circuits', ...PART_OPTIONS));
          return;
        }
        // Of the rows that the file holds: those that share time with the window, as they are.
        const [head, ...lines] = (await csvOf('circuits')).trimEnd().split('\r\n');
        const kept = (await rowsOf('circuits')).map(
          (row) =>
            Date.parse(row['first_seen']!) <= PART.to && Date.parse(row['last_seen']!) >= PART.from,
        );
        expect(text.trimEnd().split('\r\n')).toEqual([
          head,
          ...lines.filter((_, row) => kept[row]),
        ]);
        const says = await page.$eval(link, (element) => element.getAttribute('title'));
        expect(says).toContain(`of the ${lines.length} rows that this file holds`);
      });

      inFile('is dark or light', async () => {
        const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await paper();
        await look();
        for (const isDark of [true, false]) {
          await page.click('nav button[title*="light"]');
          await opened.settled();
          expect((await paper()) !== light).toBe(isDark);
          expect((await inked(page, 'overview', 'critical'))[0]).toBeGreaterThan(0.002);
        }
      });

      inFile('fits a window of 1,024 pixels', async () => {
        await look();
        await page.setViewport({ width: 1024, height: 800 });
        await page.waitForFunction(() => document.querySelector('canvas')!.clientWidth < 1024);
        await opened.settled();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThan(1025);
        await page.setViewport({ width: 1360, height: 1000 });
      });

      inFile('is printed whole', async () => {
        await look();
        const printed = await print();
        for (const head of await textsOf('section h2')) expect(printed.text).toContain(head);
        await page.$$eval('canvas', (all) => {
          for (const canvas of all) canvas.style.visibility = 'hidden';
        });
        // A tenth of what is printed is drawn, at least.
        expect((await print('1-2')).ink).toBeLessThan(0.9 * printed.ink);
      });
    });
  });
}
