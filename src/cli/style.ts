/**
 * Colour for terminals.
 * Owns when there is any (NO_COLOR, no-color.org) and which colour says what.
 */
import type { Severity } from '../reports/findings/rule.ts';
import type { Io, Output } from './io.ts';

export type Style = Readonly<Record<Severity | 'bold', (text: string) => string>>;

/** Select Graphic Rendition (ECMA-48): bold, and bold red, red, yellow, blue. */
const CODES: Readonly<Record<Severity | 'bold', string>> = {
  bold: '1',
  critical: '1;31',
  warning: '31',
  notice: '33',
  info: '34',
};

/** Colour on a terminal, unless NO_COLOR is set to anything or TERM is `dumb`; else plain text. */
export function styleFor(stream: Output, env: Io['env']): Style {
  const isPlain = stream.isTTY !== true || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  const styled = Object.entries(CODES).map(([name, code]) => [
    name,
    isPlain ? (text: string) => text : (text: string) => `\u001b[${code}m${text}\u001b[0m`,
  ]);
  return Object.fromEntries(styled) as Style;
}
