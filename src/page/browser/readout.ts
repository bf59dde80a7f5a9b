/**
 * The readout: one small box of text beside the pointer, or beside what has the focus.
 * Owns where it stands; its text is that of whoever shows it.
 */

let box: HTMLElement | undefined;

/** @param x, y where in the browser's window, CSS pixels; it stands beside, where it has room. */
export function showReadout(lines: readonly string[], x: number, y: number): void {
  box ??= newBox();
  box.replaceChildren(
    ...lines.map((line) => {
      const element = document.createElement('div');
      element.textContent = line;
      return element;
    }),
  );
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const left = x + 14 + width > clientWidth ? x - 14 - width : x + 14;
  const top = y + 14 + height > clientHeight ? y - 14 - height : y + 14;
  box.style.left = `${Math.max(0, left)}px`;
  box.style.top = `${Math.max(0, top)}px`;
}

/** Below an element that got the focus. */
export function showReadoutAt(lines: readonly string[], element: Element): void {
  const { left, bottom } = element.getBoundingClientRect();
  showReadout(lines, left, bottom - 8);
}

export function hideReadout(): void {
  if (box !== undefined) box.hidden = true;
}

function newBox(): HTMLElement {
  const element = document.createElement('div');
  element.className = 'readout';
  element.setAttribute('role', 'status');
  element.style.position = 'fixed';
  element.style.pointerEvents = 'none';
  document.body.append(element);
  return element;
}
