/**
 * The tables of a fleet: what of a recording goes into files that any engine reads.
 * Owns their names, columns and order, which docs/fleet.md describes; the rows are tables.ts's.
 *
 * No name needs quoting in SQL, and no column says which relay or which day: the folders do.
 */
import type { ParquetColumn } from '../output/parquet.ts';

/** Grows when a column goes or means something else; one that is added at the end changes nothing. */
export const FLEET_SCHEMA = 1;

/**
 * How a column is made less exact unless all of it is asked for: times to the second, lengths of
 * lives too, bytes to `ROUNDED_BYTES`.
 */
export type Coarsening = 'bytes' | 'seconds';

/** As `record` rounds what is withheld. */
export const ROUNDED_BYTES = 1024;

export interface FleetColumn extends ParquetColumn {
  /** Times are coarsened without it. */
  readonly coarsened?: Coarsening;
}

const int32 = (name: string): FleetColumn => ({ name, type: 'int32' });
const int64 = (name: string): FleetColumn => ({ name, type: 'int64' });
const double = (name: string): FleetColumn => ({ name, type: 'double' });
const text = (name: string): FleetColumn => ({ name, type: 'text' });
const time = (name: string): FleetColumn => ({ name, type: 'time' });
const boolean = (name: string): FleetColumn => ({ name, type: 'boolean' });
const bytes = (name: string): FleetColumn => ({ name, type: 'int64', coarsened: 'bytes' });
const length = (name: string): FleetColumn => ({ name, type: 'double', coarsened: 'seconds' });
const optional = (column: FleetColumn): FleetColumn => ({ ...column, optional: true });

/** How a life went, in every table of lives alike. */
const LIFE = [
  time('first_seen'),
  time('last_seen'),
  optional(time('closed_by')),
  text('ended_how'),
] as const;
const LENGTHS = [length('lifetime_min_s'), optional(length('lifetime_max_s'))] as const;
const MOVED = [optional(bytes('read_bytes')), optional(bytes('written_bytes'))] as const;

export const FLEET_TABLES = {
  lives: [
    int32('run'),
    int64('conn_id'),
    optional(int64('circ_id')),
    boolean('is_connection'),
    text('or_id'),
    text('ip'),
    int32('port'),
    int32('l_port'),
    text('type_flags'),
    time('opened_at'),
    boolean('opened_known'),
    ...LIFE,
    text('close_reason'),
    ...LENGTHS,
    ...MOVED,
  ],
  circuits: [
    int32('run'),
    int64('circ_id'),
    text('shape'),
    time('opened_at'),
    ...LIFE,
    ...LENGTHS,
    int32('inbound'),
    int32('outbound'),
    ...MOVED,
  ],
  findings: [
    text('rule'),
    text('severity'),
    text('subject'),
    time('first_seen'),
    time('last_seen'),
    optional(double('value')),
    optional(double('threshold')),
    optional(text('snapshots')),
    text('explanation'),
  ],
  load: [
    time('minute'),
    double('observed_s'),
    int64('open'),
    int64('opened'),
    int64('closed'),
    bytes('read_bytes'),
    bytes('written_bytes'),
    optional(int64('circuits')),
    optional(int64('channel_circuits')),
    optional(int64('descriptors_used')),
    optional(int64('descriptors_limit')),
    optional(bytes('relay_read_bytes')),
    optional(bytes('relay_written_bytes')),
    optional(int64('listed')),
    optional(int64('counted_by_tor')),
    optional(text('apart')),
  ],
  peers: [
    text('or_id'),
    int64('connections'),
    int64('opened'),
    int64('closed'),
    int64('max_concurrent'),
    optional(int64('most_from_one_address')),
    optional(int64('addresses')),
    optional(double('mean_addresses')),
    bytes('read_bytes'),
    bytes('written_bytes'),
    optional(double('short_lived_share')),
    time('first_seen'),
    time('last_seen'),
  ],
  destinations: [
    text('ip'),
    optional(text('or_id')),
    optional(text('ports')),
    int64('connections'),
    int64('max_concurrent'),
    bytes('read_bytes'),
    bytes('written_bytes'),
    time('first_seen'),
    time('last_seen'),
    optional(boolean('local_network')),
    optional(double('beacon_score')),
    optional(double('period_s')),
    optional(double('chance')),
  ],
  gaps: [time('blind_from'), time('blind_to'), text('reason'), boolean('declared')],
  sessions: [
    time('began_at'),
    text('source'),
    double('interval_s'),
    text('bytes_of'),
    text('nickname'),
    text('tor_version'),
    text('config'),
    text('observes'),
  ],
  observations: [
    time('seen_at'),
    int32('run'),
    int64('conn_id'),
    int64('circ_id'),
    bytes('read_bytes'),
    bytes('written_bytes'),
  ],
} as const satisfies Readonly<Record<string, readonly FleetColumn[]>>;

export type FleetTableName = keyof typeof FLEET_TABLES;

/** The one that is asked for by itself. */
export const OBSERVATIONS: FleetTableName = 'observations';

/** Those that every export has. */
export const FLEET_TABLE_NAMES = (Object.keys(FLEET_TABLES) as FleetTableName[]).filter(
  (name) => name !== OBSERVATIONS,
);
