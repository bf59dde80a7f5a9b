/**
 * What a source yields between two snapshots: sessions and gaps, each once.
 * Owns which of them are news; why there is a gap is outage.ts's and delays.ts's.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Between,
  type Gap,
  type Header,
  startOf,
  type TapeItem,
} from '../listing/snapshot.ts';

export function isBetween(item: TapeItem): item is Between {
  return item.kind !== 'snapshot';
}

export class BetweenSnapshots {
  /** Of the last session; undefined before the first. */
  #header: Header | undefined;
  /** Of a connection that was opened since the last snapshot. */
  #opened: Header | undefined;
  /** What was yielded before the last snapshot, and since. */
  #yielded = new Set<string>();

  /** Of the last session; undefined before the first. */
  get header(): Header | undefined {
    return this.#header;
  }

  /** Takes note of what a connection says of itself that was opened. */
  opened(header: Header): void {
    this.#opened = header;
  }

  /**
   * What is yielded before what begins at a time.
   * @param gap what the recorder itself declares.
   * @param known what the other side knows of the time before.
   */
  before(at: number, gap: Gap | undefined, known: readonly Between[]): Between[] {
    const before = gap === undefined ? [...known] : [gap, ...known];
    const header = this.#opened;
    this.#opened = undefined;
    if (header !== undefined && !before.some((item) => item.kind === 'session')) {
      // The first of all has no time of its own; one after an outage stands behind its gap.
      if (this.#header === undefined) {
        before.unshift({ kind: 'session', at: before[0] ? startOf(before[0]) : at, header });
      } else if (!isDeepStrictEqual(header, this.#header)) {
        before.push({ kind: 'session', at, header });
      }
    }
    this.#header = headerIn(before) ?? this.#header;
    this.#yielded = new Set(before.map((item) => JSON.stringify(item)));
    return before;
  }

  /**
   * What came after the last snapshot, at `lastAt`, each once: a served recording has
   * something at its end.
   */
  trailing(known: readonly Between[], lastAt: number): Between[] {
    const news = known.filter(
      (item) => startOf(item) >= lastAt && !this.#yielded.has(JSON.stringify(item)),
    );
    this.#header = headerIn(news) ?? this.#header;
    for (const item of news) this.#yielded.add(JSON.stringify(item));
    return news;
  }
}

/** The header that holds after these; undefined where none of them is a session. */
function headerIn(items: readonly Between[]): Header | undefined {
  return items.findLast((item) => item.kind === 'session')?.header;
}
