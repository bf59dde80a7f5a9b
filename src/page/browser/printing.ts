/**
 * The page on paper: light whatever the theme, and as narrow as a sheet, so that canvases are drawn for it.
 * Owns what changes around printing; what is left out on paper is page.css's.
 */
import { chooseTheme, chosenTheme } from './palette.ts';

/** CSS pixels that fit between the margins of A4 and of letter. */
const SHEET_WIDTH = 700;

/** @param drawNow draws at once what needs no waiting. */
export function onPrinting(drawNow: () => void): void {
  let before: ReturnType<typeof chosenTheme> = null;
  window.addEventListener('beforeprint', () => {
    before = chosenTheme();
    chooseTheme('light');
    document.body.style.width = `${SHEET_WIDTH}px`;
    drawNow();
  });
  window.addEventListener('afterprint', () => {
    chooseTheme(before);
    document.body.style.width = '';
    drawNow();
  });
}
