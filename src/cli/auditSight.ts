/**
 * How much the rules of an audit could see, for people.
 * Owns the wording and its lines; the sight itself is reports/findings/'s.
 */
import { visible } from '../listing/visible.ts';
import type { RuleSight } from '../reports/findings/examining.ts';
import type { Style } from './style.ts';
import { wrapped } from './wrapped.ts';

interface Layout {
  readonly style: Style;
  readonly width: number;
}

/** Rules with one reason stand together, and the reason once. */
export function* sightLines(sights: readonly RuleSight[], layout: Layout): Generator<string> {
  const quiet = sights.filter(({ found }) => !found);
  const namesOf = (seen: RuleSight['seen']) =>
    quiet.filter((sight) => sight.seen === seen).map(({ rule }) => rule.name);
  yield* sentence('Looked for and not found:', namesOf('all'), layout);
  yield* sentence('Not found in what could be seen:', namesOf('part'), layout);
  const parts = sights.filter(({ seen, found }) => seen === 'part' || (found && seen !== 'all'));
  yield* reasonLines('Not seen', parts, layout);
  const nothing = quiet.filter(({ seen }) => seen === 'nothing');
  yield* reasonLines('Not observable', nothing, layout);
}

function* sentence(
  opening: string,
  names: readonly string[],
  { width }: Layout,
): Generator<string> {
  if (names.length > 0) yield* wrapped(`${opening} ${names.join(', ')}.`, '  ', width);
}

function* reasonLines(
  heading: string,
  sights: readonly RuleSight[],
  { style, width }: Layout,
): Generator<string> {
  if (sights.length === 0) return;
  yield `\n${style.bold(heading)}\n`;
  const byReason = new Map<string, string[]>();
  for (const { rule, unseen } of sights) {
    for (const reason of unseen) {
      const names = byReason.get(reason);
      if (names === undefined) byReason.set(reason, [rule.name]);
      else names.push(rule.name);
    }
  }
  for (const [reason, names] of byReason) {
    yield* wrapped(`  ${visible(reason)}`, '    ', width);
    yield* wrapped(`    for ${names.join(', ')}`, '      ', width);
  }
}
