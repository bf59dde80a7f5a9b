/**
 * The window that rules all views, and the moment: which they are, and where they stand in the URL.
 * Owns both; who is told draws.
 */
import type { PageSpan } from '../parts.ts';

/** No window is shorter. */
const LEAST_MS = 1000;

/** Changes that follow each other faster are one step of the browser's history. */
const SAME_STEP_MS = 800;

/** Browsers refuse hundreds of changes of the URL in a few seconds. */
const URL_PAUSE_MS = 250;

export class WindowState {
  window: PageSpan;
  moment: number | null = null;
  /** All that the page shows. */
  readonly bounds: PageSpan;
  readonly #changed: () => void;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #writing: ReturnType<typeof setTimeout> | undefined;

  /** Begins as the URL says; follows the browser's back and forward. */
  constructor(bounds: PageSpan, changed: () => void) {
    this.bounds = bounds;
    this.window = bounds;
    this.#changed = changed;
    this.#read();
    window.addEventListener('popstate', () => {
      this.#dropWriting();
      this.#read();
      changed();
    });
  }

  /** Is cut to what the page shows. */
  setWindow(wanted: PageSpan): void {
    const next = this.#within(wanted);
    if (next.from === this.window.from && next.to === this.window.to) return;
    this.window = next;
    const { moment } = this;
    if (moment !== null && (moment < next.from || moment > next.to)) this.moment = null;
    this.#step();
    this.#changed();
  }

  setMoment(at: number): void {
    const next = Math.round(Math.min(this.bounds.to, Math.max(this.bounds.from, at)));
    if (next === this.moment) return;
    this.moment = next;
    this.#write();
    this.#changed();
  }

  /** Both at once: one step, one drawing. */
  show(wanted: PageSpan, at: number): void {
    this.window = this.#within(wanted);
    this.moment = Math.round(Math.min(this.window.to, Math.max(this.window.from, at)));
    this.#step();
    this.#changed();
  }

  showAll(): void {
    this.setWindow(this.bounds);
  }

  /** @param share of its length, to the left where it is negative. */
  move(share: number): void {
    const { from, to } = this.window;
    const most = share < 0 ? this.bounds.from - from : this.bounds.to - to;
    const wanted = share * (to - from);
    const by = share < 0 ? Math.max(most, wanted) : Math.min(most, wanted);
    this.setWindow({ from: from + by, to: to + by });
  }

  /** So many times as long, about the moment if it is seen, else about its middle. */
  zoom(factor: number): void {
    const { from, to } = this.window;
    const middle = this.moment ?? (from + to) / 2;
    this.setWindow({
      from: middle - (middle - from) * factor,
      to: middle + (to - middle) * factor,
    });
  }

  #within({ from, to }: PageSpan): PageSpan {
    const { bounds } = this;
    const length = Math.min(bounds.to - bounds.from, Math.max(LEAST_MS, to - from));
    const first = Math.min(from, (from + to - length) / 2);
    const begin = Math.min(bounds.to - length, Math.max(bounds.from, first));
    const end = Math.min(bounds.to, Math.max(to, begin + length));
    return { from: Math.round(begin), to: Math.round(Math.max(end, begin + length)) };
  }

  #read(): void {
    const asked = new URLSearchParams(location.hash.slice(1));
    const time = (name: string) => Date.parse(asked.get(name) ?? '');
    const [from, to, at] = [time('from'), time('to'), time('at')];
    this.window = from <= to ? this.#within({ from, to }) : this.bounds;
    this.moment = at >= this.bounds.from && at <= this.bounds.to ? at : null;
  }

  #step(): void {
    const now = performance.now();
    const isNew = now - this.#steppedAt > SAME_STEP_MS;
    this.#steppedAt = now;
    if (!isNew) this.#write();
    else {
      this.#dropWriting();
      history.pushState(null, '', this.#url());
    }
  }

  #write(): void {
    this.#writing ??= setTimeout(() => {
      this.#writing = undefined;
      history.replaceState(null, '', this.#url());
    }, URL_PAUSE_MS);
  }

  /** What was to be written is out of date. */
  #dropWriting(): void {
    clearTimeout(this.#writing);
    this.#writing = undefined;
  }

  #url(): string {
    const { window: seen, bounds, moment } = this;
    const text = (at: number) => new Date(at).toISOString();
    const isAll = seen.from === bounds.from && seen.to === bounds.to;
    const words = isAll ? [] : [`from=${text(seen.from)}`, `to=${text(seen.to)}`];
    if (moment !== null) words.push(`at=${text(moment)}`);
    return words.length === 0 ? location.pathname + location.search : `#${words.join('&')}`;
  }
}
