/**
 * What many entries have in common, by number.
 * Owns the table of traits; which entry has which is lifeIndex.ts's.
 */
import type { Life, OpeningKnown } from '../../listing/life.ts';
import { damaged } from '../damage.ts';
import type { TableRows } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';

/** How an opening is known, as it is stored: by its place. */
export const OPENINGS: readonly OpeningKnown[] = ['unknown', 'uptime', 'event'];

export const TRAIT_COLUMNS = ['run', 'type_flags', 'opening', 'alone'] as const;

export interface Trait {
  readonly run: number;
  readonly flags: string;
  readonly opening: OpeningKnown;
  /** Whether the entry stands for its connection. */
  readonly alone: boolean;
}

type TraitRow = readonly [id: number, run: number, flags: string, opening: number, alone: number];

/** Every trait of a recording, by number. There are a few dozen a run, whatever its length. */
export function readTraits(db: Sqlite): Map<number, Trait> {
  const rows = db.prepare<[], TraitRow>(`SELECT id, ${TRAIT_COLUMNS} FROM trait`).raw().all();
  return new Map(
    rows.map(([id, run, flags, opening, alone]) => {
      const known = OPENINGS[opening];
      if (known === undefined) throw damaged(`trait ${id} is not what was written`);
      return [id, { run, flags, opening: known, alone: alone === 1 }];
    }),
  );
}

/** Numbers traits for writing. */
export class TraitBook {
  readonly #rows: TableRows;
  readonly #numbers = new Map<string, number>();

  constructor(db: Sqlite, rows: TableRows) {
    this.#rows = rows;
    for (const [id, { run, flags, opening, alone }] of readTraits(db)) {
      this.#numbers.set(keyOf(run, flags, opening, alone), id);
    }
  }

  /** The number of an entry's trait, a new one where it has none yet. */
  numberOf({ run, openingKnown }: Life, flags: string, alone: boolean): number {
    const key = keyOf(run, flags, openingKnown, alone);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const opening = OPENINGS.indexOf(openingKnown);
    const number = this.#rows.insert([null, run, flags, opening, alone ? 1 : 0]);
    this.#numbers.set(key, number);
    return number;
  }
}

function keyOf(run: number, flags: string, opening: OpeningKnown, alone: boolean): string {
  return `${run} ${opening} ${alone ? 1 : 0} ${flags}`;
}
