/**
 * The colours that canvases draw with, and whether they are dark or light.
 * Owns reading them; what they are stands in page.css.
 */
import type { Palette } from './view.ts';

const NAMES: readonly (keyof Palette)[] = [
  ...(['paper', 'ink', 'muted', 'grid', 'quiet', 'out', 'in', 'opened', 'closed'] as const),
  ...(['critical', 'warning', 'notice', 'info'] as const),
];

/** As CSS has them now: the custom property `--NAME` of the root element for each. */
export function currentPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colours = NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(colours) as Record<keyof Palette, string>;
}

export type Theme = 'dark' | 'light';

/** Null where what the system prefers is followed. */
export function chosenTheme(): Theme | null {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'dark' || chosen === 'light' ? chosen : null;
}

export function currentTheme(): Theme {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  return chosenTheme() ?? (isDark ? 'dark' : 'light');
}

/** Null is what the system prefers. */
export function chooseTheme(theme: Theme | null): void {
  if (theme === null) delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
