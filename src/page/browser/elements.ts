/**
 * Elements made from script.
 * Owns that text reaches the page as text only: recordings are hostile, and nothing here parses HTML.
 */

type Child = Node | string | null;

/**
 * An element with its attributes and children; strings become text, null is left out.
 * @param attributes by name; false and null leave one out, true is an empty one.
 */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | boolean | null>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button that does one thing. */
export function button(
  text: string,
  says: string,
  pressed: (event: MouseEvent) => void,
): HTMLButtonElement {
  const element = make('button', { type: 'button', title: says, 'aria-label': says }, text);
  element.addEventListener('click', pressed);
  return element;
}

/** A button that looks like a link, in a table. */
export function cellButton(text: string, says: string, pressed: () => void): HTMLButtonElement {
  const element = button(text, says, pressed);
  element.className = 'cell';
  return element;
}

/** A command for a terminal, with a button that copies it. */
export function commandLine(command: string): HTMLElement {
  const code = make('code', { tabindex: '0' }, command);
  const copy = button('copy', 'Copy the command', () => {
    const done = () => {
      copy.textContent = 'copied';
      setTimeout(() => {
        copy.textContent = 'copy';
      }, 1500);
    };
    // A file that was opened from a disk may have no clipboard: then it is marked to be copied.
    const selected = () => getSelection()?.selectAllChildren(code);
    if (navigator.clipboard === undefined) selected();
    else navigator.clipboard.writeText(command).then(done, selected);
  });
  return make('span', { class: 'command' }, code, copy);
}
