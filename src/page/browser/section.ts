/**
 * The frame of a view: its heading, what is seen, notes, and what it says to those who do not see it.
 * Owns these; what is in the body is the view's.
 */
import { make } from './elements.ts';

export interface Section {
  readonly root: HTMLElement;
  /** Holds the heading; links are put beside it. */
  readonly heading: HTMLElement;
  /** A line that says what is seen. */
  readonly hint: HTMLElement;
  readonly body: HTMLElement;
  /** What is to be known of what is drawn, such as that it is from rollups; null for nothing. */
  note(text: string | null): void;
  /** The same in words, for screen readers. */
  describe(text: string): void;
}

let made = 0;

export function sectionOf(title: string, hint: string): Section {
  const id = `view-${++made}`;
  const heading = make('div', { class: 'heading' }, make('h2', { id }, title));
  const hintLine = make('p', { class: 'hint' }, hint);
  const noteLine = make('p', { class: 'note', hidden: true });
  const words = make('p', { class: 'words' });
  const body = make('div', { class: 'body' });
  const root = make('section', { 'aria-labelledby': id });
  root.append(heading, hintLine, noteLine, body, words);
  return {
    ...{ root, heading, hint: hintLine, body },
    note(text) {
      noteLine.textContent = text;
      noteLine.hidden = text === null;
    },
    describe(text) {
      words.textContent = text;
    },
  };
}

/** Shows above a view's body, which is dimmed, why it is not what was asked for; with null the body alone. */
export function showTrouble(root: HTMLElement, error: Error | null): void {
  root.querySelector(':scope > .trouble')?.remove();
  root.classList.toggle('troubled', error !== null);
  if (error === null) return;
  const words = make('p', { class: 'trouble', role: 'alert' }, error.message);
  root.insertBefore(words, root.querySelector(':scope > .body'));
}
