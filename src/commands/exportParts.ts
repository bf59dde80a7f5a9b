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
import { coarsened } from '../fleet/coarse.ts';
import { type Day, daysOf } from '../fleet/days.ts';
import {
  type PartStamp,
  type PartState,
  partPath,
  partState,
  relayOf,
  stampOf,
} from '../fleet/parts.ts';
import { FLEET_TABLE_NAMES, type FleetTableName } from '../fleet/schema.ts';
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
  const names: FleetTableName[] = [...FLEET_TABLE_NAMES, ...(observations ? OBSERVATIONS : [])];
  makeFolder(dir);
  const done = new Done();
  const days = daysOf(recording, window);
  for (const day of days) {
    const parts = await Promise.all(
      names.map(async (table): Promise<Part> => {
        const stamp = stampOf(recording, day, { table, relay, exact, version: VERSION });
        const path = partPath(dir, stamp);
        const there = await parquetMetadataOf(path);
        return { path, stamp, state: partState(recording, day, stamp, there) };
      }),
    );
    await writeParts(
      parts.filter(({ state }) => state === 'due'),
      recording,
      day,
      io,
    );
    for (const part of parts) done.add(part);
  }
  tell(io, `${done.summary} into ${dir}`);
  for (const line of done.left) tell(io, line, 'warning');
  return !done.hasForeign;
}

/** What became of the parts. */
class Done {
  readonly #counts: Record<PartState, number> = { due: 0, same: 0, cut: 0, foreign: 0 };
  readonly #cut = new Set<string>();
  readonly #foreign: string[] = [];

  add({ state, stamp, path }: Part): void {
    this.#counts[state]++;
    if (state === 'cut') this.#cut.add(stamp.day);
    if (state === 'foreign') this.#foreign.push(path);
  }

  get hasForeign(): boolean {
    return this.#foreign.length > 0;
  }

  /** `wrote 8 parts; 16 stand as they were`. */
  get summary(): string {
    const { due, same, cut, foreign } = this.#counts;
    const stand = same + cut + foreign;
    return `wrote ${count(due, 'part')}${stand === 0 ? '' : `; ${stand} stand as they were`}`;
  }

  /** Why what has changed was not written. */
  get left(): string[] {
    const cut = [...this.#cut].map(
      (day) =>
        `${day} stands as it was exported: the recording has dropped a part of it since (export before --keep or --max-size does)`,
    );
    const [first] = this.#foreign;
    if (first === undefined) return cut;
    const many = this.#foreign.length > 1 ? ` and ${this.#foreign.length - 1} others` : '';
    return [
      ...cut,
      `${first}${many}: not written, as what is there is of another recording of this relay, or of more of this one (export into another folder)`,
    ];
  }
}

const OBSERVATIONS: readonly FleetTableName[] = ['observations'];

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
