/**
 * The rows of `report connections`, one an entry (docs/reference.md).
 * Owns columns and order; what an entry is lives.ts says.
 *
 * Order: by run, first_seen, then what only events told of in the order of its opening events,
 * then the place in the listing of first sight.
 */
import { type Connection, type Entry, livesOf, spanOf } from './lives.ts';
import { readTape, type Tape } from './model.ts';
import type { Cell, Table } from './table.ts';

const COLUMNS: Table['columns'] = [
  ['run', 'integer'],
  ['conn_id', 'integer'],
  ['circ_id', 'integer'],
  ['or_id', 'text'],
  ['ip', 'text'],
  ['port', 'integer'],
  ['l_port', 'integer'],
  ['type_flags', 'text'],
  ['opened_at', 'time'],
  ['opened_known', 'boolean'],
  ['first_seen', 'time'],
  ['last_seen', 'time'],
  ['closed_by', 'time'],
  ['end', 'text'],
  ['close_reason', 'text'],
  ['lifetime_min_s', 'decimal'],
  ['lifetime_max_s', 'decimal'],
  ['read_bytes', 'integer'],
  ['written_bytes', 'integer'],
];

/** The connections report of a transcript given as its lines; no snapshots, no rows. */
export function connectionsReport(transcript: readonly string[]): Table {
  const tape = readTape(transcript);
  const { connections, entries } = livesOf(tape);
  const passed = connections.filter((connection) => connection.sightings.length === 0);
  const lives = [...passed, ...entries];
  // The sort is stable: within a run and a moment the order above stays.
  lives.sort((a, b) => a.run - b.run || spanOf(a, tape).firstSeen - spanOf(b, tape).firstSeen);
  return { columns: COLUMNS, rows: lives.map((life) => rowOf(life, tape)) };
}

function rowOf(life: Entry | Connection, tape: Tape): Cell[] {
  const { firstSeen, lastSeen, closedBy, end, reason } = spanOf(life, tape);
  const longest = closedBy === null || !life.openedKnown ? null : closedBy - life.openedAt;
  const [label, bytes] = 'opening' in life ? tellingsOf(life) : listedOf(life);
  return [
    life.run,
    life.connId,
    ...label,
    life.openedAt,
    life.openedKnown,
    firstSeen,
    lastSeen,
    closedBy,
    end,
    reason,
    (lastSeen - life.openedAt) / 1000,
    longest === null ? null : longest / 1000,
    ...bytes,
  ];
}

/** circ_id to type_flags, and the bytes, of an entry: those when last seen. */
function listedOf(entry: Entry): [Cell[], Cell[]] {
  const { line } = entry.sightings.at(-1)!;
  const label = [line.circId, line.orId, line.ip, line.port, line.lPort, line.flags];
  return [label, [line.read, line.written]];
}

/** The same of a connection that was in no listing. */
function tellingsOf(connection: Connection): [Cell[], Cell[]] {
  const { orId, flags } = connection.opening!;
  return [
    [0, orId, '0', 0, 0, flags],
    [null, null],
  ];
}
