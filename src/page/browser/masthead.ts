/**
 * What the page is of, and the bar that stays in sight: the window in words, and what changes it.
 * Owns their elements.
 */
import type { Head } from '../parts.ts';
import { button, make } from './elements.ts';
import { countText, lengthText, localText } from './format.ts';
import { windowText } from './savedName.ts';
import type { Stage } from './view.ts';

/** The heading of the page, with what it leaves out. */
export function mastheadOf(head: Head): HTMLElement {
  const { relay, source, name, snapshots, intervalMs, form, window, leftOut } = head;
  const title = relay.nickname === '' ? name : relay.nickname;
  const facts = [
    relay.fingerprint,
    relay.torVersion === '' ? '' : `Tor ${relay.torVersion}`,
    `${source} source`,
    name,
    `${countText(snapshots)} snapshots, one in ${lengthText(intervalMs)}`,
    form === 'file' ? `this file holds ${windowText(window)}` : '',
  ];
  return make(
    'header',
    { class: 'masthead' },
    make('h1', {}, title),
    make('p', { class: 'facts' }, facts.filter((fact) => fact !== '').join(' · ')),
    ...leftOut.map((sentence) => make('p', { class: 'left-out' }, `Left out: ${sentence}`)),
  );
}

/** What made the page, and what proves the tape. */
export function imprintOf({ version, chainHead, path }: Head): HTMLElement {
  return make(
    'footer',
    {},
    make(
      'p',
      {},
      `Made by conntape ${version}. The tape's chain ends with ${chainHead}; conntape verify ${path} holds it against the tape.`,
    ),
  );
}

export interface BarActions {
  move(share: number): void;
  zoom(factor: number): void;
  showAll(): void;
  theme(): void;
  help(): void;
}

export interface Bar {
  readonly root: HTMLElement;
  show(stage: Stage): void;
}

export function barOf(actions: BarActions): Bar {
  const span = make('strong', {});
  const length = make('span', { class: 'length' });
  const local = make('span', { class: 'local' });
  const words = make(
    'p',
    { class: 'window', 'aria-live': 'polite' },
    span,
    ' ',
    length,
    ' ',
    local,
  );
  const all = button('all', 'All of the time (Home)', () => actions.showAll());
  const root = make(
    'nav',
    { class: 'window-bar', 'aria-label': 'Time window' },
    words,
    make(
      'div',
      { class: 'buttons' },
      button('←', 'Earlier (left arrow)', () => actions.move(-0.25)),
      button('→', 'Later (right arrow)', () => actions.move(0.25)),
      button('+', 'Look closer (+)', () => actions.zoom(0.5)),
      button('−', 'See more (−)', () => actions.zoom(2)),
      all,
      button('◐', 'Dark or light', () => actions.theme()),
      button('?', 'Keys, mouse and signs (?)', () => actions.help()),
    ),
  );
  return {
    root,
    show({ window, source: { head } }) {
      const isAll = window.from === head.window.from && window.to === head.window.to;
      all.disabled = isAll;
      span.textContent = windowText(window);
      length.textContent = `${lengthText(window.to - window.from)}${isAll ? ', all of it' : ''}`;
      const [from, to] = [localText(window.from), localText(window.to)];
      local.textContent = from === '' && to === '' ? '' : `local ${from} to ${to}`;
    },
  };
}
