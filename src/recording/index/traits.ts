/**
 * What many entries have in common, by number.
 * Owns the table of traits; which entry has which is lifeIndex.ts's.
 */
import type { Label } from '../../listing/label.ts';
import type { Life, OpeningKnown } from '../../listing/life.ts';
import { damaged } from '../damage.ts';
import type { TableRows } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';

/** How an opening is known, as it is stored: by its place. */
export const OPENINGS: readonly OpeningKnown[] = ['unknown', 'uptime', 'event'];

export const TRAIT_COLUMNS = [
  ...(['run', 'type_flags', 'opening', 'alone', 'port', 'l_port', 'late'] as const),
] as const;

/**
 * So many are held in memory, each some 150 bytes. A relay meets fewer; past it all are forgotten,
 * and a trait may then get a second number: what counts is what it stands for.
 */
const HELD = 50_000;

export interface Trait {
  readonly run: number;
  readonly flags: string;
  readonly opening: OpeningKnown;
  /** Whether the entry stands for its connection. */
  readonly alone: boolean;
  /** PORT and L_PORT, of which one is that of the entry alone, and null here. */
  readonly port: number | null;
  readonly lPort: number | null;
  /** UPTIME when it ended, less the whole seconds since it opened; 0 while it is open. */
  readonly late: number;
}

type TraitRow = readonly [
  id: number,
  run: number,
  flags: string,
  opening: number,
  alone: number,
  port: number | null,
  lPort: number | null,
  late: number,
];

/**
 * Every trait of a recording, by number. There are some dozens a run, and as many for each port at
 * which other relays listen.
 */
export function readTraits(db: Sqlite): Map<number, Trait> {
  const rows = db.prepare<[], TraitRow>(`SELECT id, ${TRAIT_COLUMNS} FROM trait`).raw().all();
  return new Map(
    rows.map(([id, run, flags, opening, alone, port, lPort, late]) => {
      const known = OPENINGS[opening];
      if (known === undefined) throw damaged(`trait ${id} is not what was written`);
      return [id, { run, flags, opening: known, alone: alone === 1, port, lPort, late }];
    }),
  );
}

/** Numbers traits for writing. */
export class TraitBook {
  readonly #rows: TableRows;
  /** By TYPE_FLAGS, then by all else. */
  readonly #numbers = new Map<string, Map<number | string, number>>();
  #held = 0;

  constructor(db: Sqlite, rows: TableRows) {
    this.#rows = rows;
    for (const [id, trait] of readTraits(db)) this.#hold(trait.flags, keyOf(trait), id);
  }

  /**
   * The number of an entry's trait, a new one where it has none yet.
   * @param late 0 while it is open.
   */
  numberOf({ run, openingKnown }: Life, label: Label, alone: boolean, late = 0): number {
    const { flags } = label;
    const ofThePeer = isOfThePeer(flags);
    const port = ofThePeer ? null : label.port;
    const lPort = ofThePeer ? label.lPort : null;
    const key = keyOf({ run, opening: openingKnown, alone, port, lPort, late });
    const known = this.#numbers.get(flags)?.get(key);
    if (known !== undefined) return known;
    const opening = OPENINGS.indexOf(openingKnown);
    const number = this.#rows.insert([
      null,
      ...[run, flags, opening, alone ? 1 : 0, port, lPort, late],
    ]);
    this.#hold(flags, key, number);
    return number;
  }

  #hold(flags: string, key: number | string, number: number): void {
    if (this.#held >= HELD) {
      this.#numbers.clear();
      this.#held = 0;
    }
    this.#held++;
    const ofFlags = this.#numbers.get(flags);
    if (ofFlags === undefined) this.#numbers.set(flags, new Map([[key, number]]));
    else ofFlags.set(key, number);
  }
}

/** Whether PORT is any of the peer's, which connected: else L_PORT is any of the relay's. */
function isOfThePeer(flags: string): boolean {
  return flags.includes('I') || flags.includes('i');
}

/** The port that an entry shares with few, as it is stored: 16 bits, signed. */
export function ownPort({ flags, port, lPort }: Label): number {
  return ((isOfThePeer(flags) ? port : lPort) << 16) >> 16;
}

/** PORT and L_PORT of an entry with that trait. @param own what `ownPort` gave. */
export function portsIn({ port, lPort }: Trait, own: number): { port: number; lPort: number } {
  return { port: port ?? own & 65_535, lPort: lPort ?? own & 65_535 };
}

/** Runs and seconds of lateness below this, either side of 0, leave the key a whole number. */
const PACKED = 2 ** 14;

/** All of a trait but its flags: a number where it is as small as nearly always, else a text. */
function keyOf({ run, opening, alone, port, lPort, late }: Omit<Trait, 'flags'>): number | string {
  const whose = (port === null ? 0 : 1) + (lPort === null ? 0 : 2);
  const kind = (OPENINGS.indexOf(opening) * 2 + (alone ? 1 : 0)) * 4 + whose;
  if (run >= PACKED || Math.abs(late) >= PACKED || (port !== null && lPort !== null)) {
    return `${run} ${kind} ${port} ${lPort} ${late}`;
  }
  return (
    (((run * 2 + (late < 0 ? 1 : 0)) * PACKED + Math.abs(late)) * 32 + kind) * 65_536 +
    (port ?? lPort ?? 0)
  );
}
