/**
 * The keys that work anywhere on the page, and the help that names them.
 * Owns which key does what; what is done is who hands in `actions`.
 */
import { button, make } from './elements.ts';

export interface KeyActions {
  move(share: number): void;
  zoom(factor: number): void;
  showAll(): void;
  play(): void;
}

/** Elements in which keys mean something else. */
const TAKES_KEYS = 'input, select, textarea, dialog, [contenteditable]';

/** Elements that the space bar presses. */
const TAKES_SPACE = 'button, a, summary';

export function listenToKeys(actions: KeyActions, help: HTMLDialogElement): void {
  const byKey: Readonly<Record<string, (isShifted: boolean) => void>> = {
    ArrowLeft: (isShifted) => actions.move(isShifted ? -1 : -0.25),
    ArrowRight: (isShifted) => actions.move(isShifted ? 1 : 0.25),
    '+': () => actions.zoom(0.5),
    '=': () => actions.zoom(0.5),
    '-': () => actions.zoom(2),
    '−': () => actions.zoom(2),
    _: () => actions.zoom(2),
    Home: () => actions.showAll(),
    ' ': () => actions.play(),
    '?': () => help.showModal(),
  };
  window.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const takes = key === ' ' ? `${TAKES_KEYS}, ${TAKES_SPACE}` : TAKES_KEYS;
    if (target instanceof Element && target.closest(takes) !== null) return;
    const action = byKey[key];
    if (action === undefined) return;
    event.preventDefault();
    action(event.shiftKey);
  });
}

const HELP: readonly (readonly [keys: string, does: string])[] = [
  ['drag', 'over any plot: look closer; one time window rules all views'],
  ['wheel', 'zoom around the pointer; with Ctrl even where the page was being scrolled'],
  ['double click, Home', 'all of the time'],
  ['← →', 'earlier, later by a quarter; with Shift by a whole window'],
  ['+ −', 'look closer, see more'],
  ['click', 'on a plot: the moment; its listing stands in “A moment”'],
  ['Space', 'play the window, stop'],
  ['Back', 'the window before; the address of the page keeps what is seen'],
  ['?', 'this help; Esc closes it'],
];

const SIGNS: readonly (readonly [sign: string, means: string])[] = [
  ['▲ ◆ ● ○', 'findings: critical, warning, notice, info'],
  ['✓', 'looked for, all of it could be seen, not found'],
  ['◐', 'not found in what could be seen; beside it stands what could not'],
  ['–', 'not observable: it may have been, and nobody could tell'],
  ['hatched', 'nothing was recorded'],
  ['orange, blue', 'sent out more, written; taken in more, read'],
  ['green, pink', 'opened, still open; closed'],
];

export function helpDialog(): HTMLDialogElement {
  const dialog = make('dialog', { 'aria-labelledby': 'help-title', class: 'help' });
  const list = (rows: readonly (readonly [string, string])[]) =>
    make('dl', {}, ...rows.flatMap(([term, text]) => [make('dt', {}, term), make('dd', {}, text)]));
  dialog.append(
    make('h2', { id: 'help-title' }, 'Keys, mouse and signs'),
    list(HELP),
    list(SIGNS),
    make('p', {}, 'All times are UTC; the local time stands beside. An empty cell is not known.'),
    button('Close', 'Close the help', () => dialog.close()),
  );
  return dialog;
}
