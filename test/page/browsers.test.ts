/** What the tests of the page rely on: a browser's complaints, requests and files are seen, nothing of it is left. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fileOf } from '../output/libreOffice.ts';
import {
  BROWSER_START_MS,
  BROWSERS,
  browserHere,
  startBrowser,
  type TestBrowser,
} from './browsers.ts';

/** A page that is ready when its script has run; its policy admits that script, or is none. */
function pageWith(script: string, { policy = true } = {}): string {
  const whole = `${script}\ndocument.documentElement.dataset.ready = 'true';`;
  const hash = createHash('sha256').update(whole).digest('base64');
  const rules = `default-src 'none'; script-src 'sha256-${hash}'`;
  const head = policy ? `<meta http-equiv="Content-Security-Policy" content="${rules}">` : '';
  const html = `<!doctype html><meta charset="utf-8">${head}<title>a page</title>
<a id="save" download="a.csv" href="data:text/csv,a%2Cb%0D%0A">save</a>
<script>${whole}</script>`;
  return pathToFileURL(fileOf('page.html', html)).href;
}

/** What a page does, and the complaint of it. */
const WRONG: readonly (readonly [script: string, complaint: RegExp])[] = [
  ["console.error('of the page');", /^error: of the page/],
  ["console.warn('of the page');", /^warn: of the page/],
  ["setTimeout(() => { throw new Error('thrown'); });", /^uncaught: .*thrown/],
  ["Promise.reject(new Error('rejected'));", /^uncaught: .*rejected/],
  ["setTimeout(() => alert('of the page'));", /^dialog: of the page/],
  ["try { eval('1'); } catch {}", /^policy: script-src eval/],
  [`document.body.innerHTML = '<b onclick="1">';`, /^policy: script-src-attr inline/],
  [`document.body.innerHTML = '<b style="top:0">';`, /^policy: style-src-attr inline/],
  ["new Image().src = 'http://elsewhere.example/a';", /^policy: img-src http:/],
];

for (const name of BROWSERS) {
  describe.skipIf(!browserHere(name))(name, () => {
    let browser: TestBrowser;

    beforeAll(async () => {
      browser = await startBrowser(name);
    }, BROWSER_START_MS);

    afterAll(async () => {
      await browser.close();
      expect(existsSync(browser.folder)).toBe(false);
      expect(() => process.kill(browser.pid, 0)).toThrow('ESRCH');
    });

    it('complains of all that goes wrong on a page', async () => {
      const opened = await browser.open();
      const [scripts, complaints] = [
        WRONG.map(([script]) => script),
        WRONG.map(([, says]) => says),
      ];
      await opened.show(pageWith(scripts.join('\n')));
      await vi.waitFor(async () => {
        await opened.settled();
        for (const complaint of complaints) {
          expect(opened.complaints).toContainEqual(expect.stringMatching(complaint));
        }
      }, 5000);
      await opened.close();
    });

    it('complains of nothing on a page that does nothing', async () => {
      const opened = await browser.open();
      await opened.show(pageWith(''));
      expect(opened.complaints).toEqual([]);
      await opened.close();
    });

    it('tells of each request that a page makes, and asks for no name', async () => {
      const asked: string[] = [];
      const server: Server = createServer(({ url = '' }, response) => {
        asked.push(url);
        response.end();
      }).listen(0, '127.0.0.1');
      await vi.waitFor(() => expect(server.listening).toBe(true));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const opened = await browser.open();
      await opened.show(
        pageWith(
          `fetch('${origin}/fetched', { mode: 'no-cors' }); new Image().src = '${origin}/drawn';`,
          {
            policy: false,
          },
        ),
      );
      await vi.waitFor(() => expect(asked.sort()).toEqual(['/drawn', '/fetched']));
      expect(opened.requests).toEqual(
        expect.arrayContaining([`${origin}/drawn`, `${origin}/fetched`]),
      );
      const failed = await opened.page.evaluate(() =>
        fetch('http://elsewhere.example/', { mode: 'no-cors' }).then(String, () => 'failed'),
      );
      expect(failed).toBe('failed');
      await opened.close();
      server.close();
    });

    it('saves a file', async () => {
      const opened = await browser.open();
      await opened.show(pageWith(''));
      const saved = await opened.saved(() => opened.page.click('#save'));
      expect(saved).toEqual({ name: 'a.csv', text: 'a,b\r\n' });
      await opened.close();
    });
  });
}
