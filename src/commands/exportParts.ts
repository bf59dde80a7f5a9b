/**
 * `conntape export --format parquet`: a recording as files of a fleet.
 * Owns writing those that are due, and what the operator is told of the others; which are, fleet/ says.
 */
import { dirname } from 'node:path';
import { makeFolder } from '../cli/folder.ts';
import { type Io, tell } from '../cli/io.ts';
import { OutputFile } from '../cli/outputFile.ts';
import { tapeProgress } from '../cli/reporting.ts';
import { VERSION } from '../cli/version.ts';
import { ConntapeError } from '../error.ts';
import { coarsened } from '../fleet/coarse.ts';
import { type Day, daysOf } from '../fleet/days.ts';
import {
  isDue,
  type PartStamp,
  type PartState,
  partPath,
  partState,
  relayOf,
  stampOf,
} from '../fleet/parts.ts';
import { FLEET_TABLE_NAMES, OBSERVATIONS } from '../fleet/schema.ts';
import { dayInput, dayTables, type FleetTable, inPlays } from '../fleet/tables.ts';
import { parquetBytes, parquetMetadataOf } from '../output/parquet.ts';
import { writeText } from '../output/write.ts';
import type { Recording, Window } from '../recording/reader.ts';
import { count } from '../reports/findings/wording.ts';

export interface PartsOptions {
  readonly observations?: boolean;
  readonly exact?: boolean;
}

/** What is exported, and whereto. */
export interface PartsQuestion {
  readonly recording: Recording;
  /** Every day that it touches is exported, whole. */
  readonly window: Window;
  readonly dir: string;
}

interface Part {
  readonly path: string;
  readonly stamp: PartStamp;
  readonly state: PartState;
}

/**
 * Writes the parts that are due, day by day.
 * @returns false where a part was not written that should have been: it is another recording's.
 */
export async function exportParts(
  { recording, window, dir }: PartsQuestion,
  { observations = false, exact = false }: PartsOptions,
  io: Io,
): Promise<boolean> {
  const relay = relayOf(recording);
  const names = observations ? [...FLEET_TABLE_NAMES, OBSERVATIONS] : FLEET_TABLE_NAMES;
  makeFolder(dir);
  const all: Part[] = [];
  const days = daysOf(recording, window);
  for (const day of days) {
    const parts = await Promise.all(
      names.map(async (table): Promise<Part> => {
        const stamp = stampOf(day, { table, relay, exact, version: VERSION });
        const path = partPath(dir, stamp);
        const there = await parquetMetadataOf(path);
        return { path, stamp, state: partState(recording, stamp, there) };
      }),
    );
    const due = parts.filter(({ state }) => isDue(state));
    await writeParts(due, recording, day, io).catch((thrown: unknown) => {
      throw brokenOff(thrown, day);
    });
    all.push(...parts);
  }
  const done = new Done(all);
  tell(io, done.summary(dir));
  for (const line of done.left(exact)) tell(io, line, 'warning');
  return !done.hasRefused;
}

/** Of a damaged recording, what there is nevertheless: of the day in which it is, not all. */
function brokenOff(thrown: unknown, { name }: Day): unknown {
  if (!(thrown instanceof ConntapeError) || thrown.kind !== 'damaged') return thrown;
  const hint = `the days before ${name} are exported, of ${name} not all parts; a copy of the recording may hold the rest`;
  return new ConntapeError('damaged', { ...thrown.parts, hint }, { cause: thrown });
}

/** What became of the parts. */
class Done {
  readonly #byState: ReadonlyMap<PartState, readonly Part[]>;

  constructor(parts: readonly Part[]) {
    this.#byState = Map.groupBy(parts, ({ state }) => state);
  }

  #of(...states: readonly PartState[]): Part[] {
    return states.flatMap((state) => this.#byState.get(state) ?? []);
  }

  /** Whether something is there that was not written over. */
  get hasRefused(): boolean {
    return this.#of('foreign', 'unknown').length > 0;
  }

  /** `wrote 8 parts into fleet; 16 stand as they were`. */
  summary(dir: string): string {
    const written = this.#of('due', 'recast').length;
    const stand = this.#of('same', 'cut', 'foreign', 'unknown').length;
    if (written === 0) return `nothing new for ${dir}: ${count(stand, 'part')} stand as they were`;
    const rest = stand === 0 ? '' : `; ${stand} stand as they were`;
    return `wrote ${count(written, 'part')} into ${dir}${rest}`;
  }

  /** What the operator should know of those that were there. @param exact whether that is asked now. */
  *left(exact: boolean): Generator<string> {
    const recast = this.#of('recast').length;
    if (recast > 0) {
      const [was, is] = exact ? ['rounded', 'exact'] : ['exact', 'rounded'];
      yield `${count(recast, 'part')} that had been ${was}, or of another schema, ${recast === 1 ? 'is' : 'are'} ${is} now`;
    }
    for (const day of new Set(this.#of('cut').map(({ stamp }) => stamp.day))) {
      yield `${day} stands as it was exported: the recording has dropped a part of it since (export before --keep or --max-size does)`;
    }
    yield* refused(
      this.#of('foreign'),
      'what is there is of another recording of this relay, or of more of this one (export into another folder)',
    );
    yield* refused(
      this.#of('unknown'),
      'what is there is not a part (move it away, and export again)',
    );
  }
}

function* refused([first, ...others]: readonly Part[], why: string): Generator<string> {
  if (first === undefined) return;
  const many = others.length === 0 ? '' : ` and ${count(others.length, 'other')}`;
  yield `${first.path}${many}: not written: ${why}`;
}

async function writeParts(
  due: readonly Part[],
  recording: Recording,
  day: Day,
  io: Io,
): Promise<void> {
  const byTable = new Map(due.map((part) => [part.stamp.table, part]));
  for (const names of inPlays([...byTable.keys()])) {
    const playing = tapeProgress(dayInput(recording, day), io, `playing ${day.name}`);
    for (const table of dayTables(recording, day, names, playing.advance)) {
      await writePart(byTable.get(table.name)!, table, recording, io);
    }
    playing.clear();
  }
}

async function writePart(
  { path, stamp }: Part,
  { columns, rows }: FleetTable,
  recording: Recording,
  io: Io,
): Promise<void> {
  makeFolder(dirname(path));
  const cells = stamp.exact ? rows : coarsened(columns, rows);
  await OutputFile.at(path, [recording.path], io).fill((stream) =>
    writeText(parquetBytes(columns, cells, stamp), stream),
  );
}
