/** The page's colours, as the browser has them: told apart by people who see fewer, and read on what lies below. */
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
import { contrast, distance, EYES, type Eyes, labOf, type Rgb, rgbOf } from './colours.ts';
import { offered } from './pages.ts';
import { demoIn } from './recordings.ts';

/** To one digit, without negative zeros. */
function rounded(color: Rgb, eyes: Eyes = 'all cones'): number[] {
  return labOf(color, eyes).map((value) => Math.round(value * 10) / 10 + 0);
}

describe('what is computed', () => {
  it('is what others compute', () => {
    // CIELAB of the primaries of sRGB, as Lindbloom's calculator has them (D65, not adapted).
    expect(rounded([255, 255, 255])).toEqual([100, 0, 0]);
    expect(rounded([255, 0, 0])).toEqual([53.2, 80.1, 67.2]);
    expect(rounded([0, 0, 255])).toEqual([32.3, 79.2, -107.9]);
    // WCAG 2.2: black on white is 21, and #767676 the lightest grey that can be read.
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
    expect(contrast([0x76, 0x76, 0x76], [255, 255, 255])).toBeCloseTo(4.54, 2);
  });

  it('makes red and green alike to those who lack a kind of cones, and leaves grey as it is', () => {
    const [red, green, grey]: Rgb[] = [
      [190, 90, 60],
      [122, 117, 60],
      [128, 128, 128],
    ];
    expect(distance(red!, green!, 'all cones')).toBeGreaterThan(40);
    expect(distance(red!, green!, 'deuteranopia')).toBeLessThan(12);
    for (const eyes of EYES) {
      expect(rounded(grey!, eyes)).toEqual(rounded(grey!));
    }
  });
});

/** What must differ, by how much in CIELAB. Severities and verdicts are told by shapes as well. */
const APART: readonly (readonly [one: string, other: string, least: number])[] = [
  ['out', 'in', 40],
  ['opened', 'closed', 20],
  ...(['warning', 'notice', 'info'] as const).map((other) => ['critical', other, 20] as const),
  ...(['notice', 'info'] as const).map((other) => ['warning', other, 20] as const),
  ['notice', 'info', 15],
  ['quiet', 'out', 40],
  ['quiet', 'in', 40],
  ['quiet', 'paper', 5],
];

/** Marks: what has a shape is seen from 3 on (WCAG 2.2, 1.4.11), text is read from 4.5 on (1.4.3). */
const MARKS = ['out', 'in', 'opened', 'closed', 'critical', 'warning', 'notice', 'info'];
const TEXTS = ['ink', 'muted'];

/** Colours are computed alike in both. */
const name = BROWSERS.find(browserHere);

describe.skipIf(name === undefined)('the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  let browser: TestBrowser;
  let url: string;

  beforeAll(async () => {
    browser = await startBrowser(name!);
    ({ url } = await offered('file', await demoIn(folder), folder));
  }, BROWSER_START_MS);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(['light', 'dark'] as const)('a %s page', (theme) => {
    let palette: (name: string) => Rgb;
    let texts: { text: string; color: string; below: string[] }[];

    beforeAll(async () => {
      const opened = await browser.open();
      await opened.show(url);
      await opened.audited();
      await opened.page.evaluate((wanted) => {
        document.documentElement.dataset['theme'] = wanted;
      }, theme);
      const css = await opened.page.evaluate(
        (names) => {
          const style = getComputedStyle(document.documentElement);
          return Object.fromEntries(
            names.map((one) => [one, style.getPropertyValue(`--${one}`).trim()]),
          );
        },
        [...MARKS, ...TEXTS, 'paper', 'quiet', 'grid'],
      );
      palette = (one) => rgbOf(css[one]!);
      texts = await opened.page.evaluate(textsOfPage);
      await opened.close();
    });

    it.each(EYES)('has colours that differ to those with %s', (eyes) => {
      for (const [one, other, least] of APART) {
        const apart = distance(palette(one), palette(other), eyes);
        expect(apart, `${one} and ${other}`).toBeGreaterThan(least);
      }
    });

    it('has marks that are seen and words that are read', () => {
      const paper = palette('paper');
      for (const mark of MARKS) {
        expect(contrast(palette(mark), paper), mark).toBeGreaterThanOrEqual(3);
      }
      for (const text of TEXTS) {
        expect(contrast(palette(text), paper), text).toBeGreaterThanOrEqual(4.5);
      }
    });

    it('has no element whose words are not read on what lies below', () => {
      expect(texts.length).toBeGreaterThan(300);
      const faint = texts.filter(({ color, below }) => {
        const paper = below.reduceRight<Rgb>((under, css) => rgbOf(css, under), [255, 255, 255]);
        return contrast(rgbOf(color, paper), paper) < 4.5;
      });
      expect(faint).toEqual([]);
    });
  });
});

/** Runs in the page: each element with words of its own, but signs and what cannot be pressed. */
function textsOfPage() {
  const elements = [...document.body.querySelectorAll<HTMLElement>('*')].filter(
    (element) =>
      element.checkVisibility({ visibilityProperty: true }) &&
      !element.matches('script, style, noscript, :disabled, [aria-hidden="true"], option') &&
      [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== '',
      ),
  );
  return elements.map((element) => {
    const below: string[] = [];
    for (let at: HTMLElement | null = element; at !== null; at = at.parentElement) {
      below.push(getComputedStyle(at).backgroundColor);
    }
    return {
      text: element.textContent!.slice(0, 40),
      color: getComputedStyle(element).color,
      below,
    };
  });
}
