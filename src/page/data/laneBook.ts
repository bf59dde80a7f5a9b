/**
 * Lanes as the tape goes by: each one's life, how one-sided it was stretch by stretch, and all of them
 * as a raster where they are too many to be told one by one.
 * Owns the books; what a lane is, a circuit or a connection, laneWatchers.ts says.
 *
 * Memory goes with what is open at one moment, with `most` lanes and with the raster, never with how many
 * lanes there were.
 */
import { BALANCE_BANDS, balanceBandOf } from '../../recording/index/rollups/bands.ts';
import { ABSENT, levelOf, strongerLevel, textOfBytes } from '../levels.ts';
import type { Lanes, LanesPart } from '../parts.ts';

/** What a lane is, and what is known of it so far. */
export interface DrawnLane {
  readonly run: number;
  readonly id: number;
  readonly openedAt: number;
  readonly firstSeen: number;
  lastSeen: number;
  closedBy: number | null;
  shape: string;
  inbound: number;
  outbound: number;
  /** Moved in all; null where it cannot be told from that of others. */
  read: number | null;
  written: number | null;
}

/** A lane, and its cells so far. */
interface BookedLane extends DrawnLane {
  /** The stretch with which it began, and the levels from then on. */
  readonly first: number;
  readonly levels: number[];
  /** The last stretch that held it. */
  last: number;
  /** Moved in the stretch under way. */
  movedRead: number;
  movedWritten: number;
  hasMoved: boolean;
}

export interface BookOptions {
  /** How many lanes are told one by one. */
  readonly most: number;
  /** How many rows the raster has. */
  readonly rows: number;
  /** The share of all births that came to pass by a time, from 0 to 1: where in the raster a lane is. */
  readonly bornBy: (at: number) => number;
}

/** Of a raster so many lanes are listed, those that went most to one side. */
const LISTED = 64;

export class LaneBook {
  readonly #options: BookOptions;
  /** Those that are over, while they are no more than `most`. */
  #over: BookedLane[] | undefined = [];
  readonly #lopsided: BookedLane[] = [];
  #raster = new Int8Array(0);
  #width = 0;
  readonly #moved: BookedLane[] = [];
  readonly #bands: number[] = [];
  /** That of the snapshot under way, and of the one before. */
  #stretch = -1;
  #before = -1;
  #total = 0;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** Goes on to the stretch of the next snapshot: what moved until now belongs to the one before. */
  go(stretch: number): void {
    this.#before = this.#stretch;
    if (stretch === this.#stretch) return;
    this.#settle();
    this.#stretch = stretch;
    for (let band = 0; band < BALANCE_BANDS; band++) this.#bands.push(0);
  }

  /** A lane that the snapshot under way shows first. Its levels are its own from then on. */
  open(
    life: Pick<DrawnLane, 'run' | 'id' | 'openedAt' | 'firstSeen' | 'shape'>,
    shared: boolean,
  ): DrawnLane {
    this.#total++;
    const nothing = shared ? null : 0;
    const lane: BookedLane = {
      ...life,
      ...{ lastSeen: life.firstSeen, closedBy: null, inbound: 0, outbound: 0 },
      ...{ read: nothing, written: nothing, first: this.#stretch, last: this.#stretch, levels: [] },
      ...{ movedRead: 0, movedWritten: 0, hasMoved: false },
    };
    return lane;
  }

  /** What a lane moved with the snapshot under way. Nothing is taken of one whose bytes are not its own. */
  move(lane: DrawnLane, read: number, written: number): void {
    const drawn = lane as BookedLane;
    if (drawn.read === null || drawn.written === null) return;
    drawn.read += read;
    drawn.written += written;
    drawn.movedRead += read;
    drawn.movedWritten += written;
    if (drawn.hasMoved) return;
    drawn.hasMoved = true;
    this.#moved.push(drawn);
  }

  /** A lane that is over, or goes on behind the window. */
  close(lane: DrawnLane): void {
    const drawn = lane as BookedLane;
    drawn.last = drawn.closedBy === null ? this.#stretch : this.#before;
    this.#close(drawn);
  }

  /** The same for one of which only those stretches are known in which it moved something. */
  closeWhereItEnds(lane: DrawnLane): void {
    const drawn = lane as BookedLane;
    this.#settleOne(drawn);
    drawn.last = drawn.first + drawn.levels.length - 1;
    this.#close(drawn);
  }

  #close(lane: BookedLane): void {
    this.#settleOne(lane);
    this.#list(lane);
    if (this.#over === undefined) {
      this.#paint(lane);
      return;
    }
    this.#over.push(lane);
    if (this.#over.length <= this.#options.most) return;
    for (const each of this.#over) this.#paint(each);
    this.#over = undefined;
  }

  /** Called once, when every lane was closed. */
  finish(): { readonly bands: number[] } & Pick<LanesPart, 'total' | 'lanes' | 'cells' | 'raster'> {
    this.#settle();
    const bands = this.#bands;
    if (this.#over !== undefined) {
      const lanes = this.#over.sort(inOrderOfBirth);
      return { bands, total: this.#total, ...listed(lanes), raster: null };
    }
    const { rows } = this.#options;
    const levels = new Int8Array(rows * (this.#stretch + 1));
    for (let row = 0; row < rows; row++) {
      const begin = row * this.#width;
      levels.set(
        this.#raster.subarray(begin, begin + this.#stretch + 1),
        row * (this.#stretch + 1),
      );
    }
    return {
      ...{ bands, total: this.#total, cells: null },
      lanes: columnsOf(this.#lopsided.sort(mostLopsided).slice(0, LISTED)),
      raster: { rows, levels: textOf(levels) },
    };
  }

  #settle(): void {
    for (const lane of this.#moved) this.#settleOne(lane);
    this.#moved.length = 0;
  }

  #settleOne(lane: BookedLane): void {
    if (!lane.hasMoved) return;
    const { movedRead, movedWritten } = lane;
    const place = this.#stretch - lane.first;
    while (lane.levels.length < place) lane.levels.push(0);
    lane.levels[place] = levelOf(movedRead, movedWritten);
    if (movedRead + movedWritten > 0) {
      this.#bands[this.#stretch * BALANCE_BANDS + balanceBandOf(movedRead, movedWritten)]! += 1;
    }
    lane.movedRead = 0;
    lane.movedWritten = 0;
    lane.hasMoved = false;
  }

  /** Puts a lane into its row of the raster. */
  #paint(lane: BookedLane): void {
    if (this.#stretch >= this.#width) this.#widen();
    const { rows, bornBy } = this.#options;
    const born = bornBy(Math.max(lane.openedAt, 0));
    const row = Math.min(rows - 1, Math.floor(born * rows));
    const begin = row * this.#width;
    for (let stretch = lane.first; stretch <= lane.last; stretch++) {
      const cell = begin + stretch;
      const level = lane.levels[stretch - lane.first] ?? 0;
      this.#raster[cell] = strongerLevel(this.#raster[cell]!, level);
    }
  }

  #widen(): void {
    const { rows } = this.#options;
    const width = 2 * this.#stretch + 64;
    const raster = new Int8Array(rows * width).fill(ABSENT);
    for (let row = 0; row < rows; row++) {
      const begin = row * this.#width;
      raster.set(this.#raster.subarray(begin, begin + this.#width), row * width);
    }
    this.#raster = raster;
    this.#width = width;
  }

  /** Keeps it while it may be among the most lopsided. */
  #list(lane: BookedLane): void {
    if (lane.read === lane.written) return;
    this.#lopsided.push(lane);
    if (this.#lopsided.length < 4 * LISTED) return;
    this.#lopsided.sort(mostLopsided).length = LISTED;
  }
}

function inOrderOfBirth(a: DrawnLane, b: DrawnLane): number {
  return a.openedAt - b.openedAt || a.run - b.run || a.id - b.id;
}

/** How many bytes more went one way. */
function skewOf({ read, written }: DrawnLane): number {
  return read === null || written === null ? 0 : Math.abs(written - read);
}

function mostLopsided(a: DrawnLane, b: DrawnLane): number {
  return skewOf(b) - skewOf(a) || inOrderOfBirth(a, b);
}

function listed(lanes: readonly BookedLane[]): Pick<LanesPart, 'lanes' | 'cells'> {
  const levels = new Int8Array(lanes.reduce((sum, lane) => sum + lane.levels.length, 0));
  let place = 0;
  for (const lane of lanes) {
    levels.set(lane.levels, place);
    place += lane.levels.length;
  }
  const cells = {
    first: lanes.map(({ first }) => first),
    count: lanes.map((lane) => lane.levels.length),
    levels: textOf(levels),
  };
  return { lanes: columnsOf(lanes), cells };
}

function columnsOf(lanes: readonly DrawnLane[]): Lanes {
  return {
    run: lanes.map(({ run }) => run),
    id: lanes.map(({ id }) => id),
    openedAt: lanes.map(({ openedAt }) => openedAt),
    firstSeen: lanes.map(({ firstSeen }) => firstSeen),
    lastSeen: lanes.map(({ lastSeen }) => lastSeen),
    closedBy: lanes.map(({ closedBy }) => closedBy),
    shape: lanes.map(({ shape }) => shape),
    inbound: lanes.map(({ inbound }) => inbound),
    outbound: lanes.map(({ outbound }) => outbound),
    read: lanes.map(({ read }) => read),
    written: lanes.map(({ written }) => written),
  };
}

function textOf(levels: Int8Array): string {
  return textOfBytes(new Uint8Array(levels.buffer, levels.byteOffset, levels.byteLength));
}
