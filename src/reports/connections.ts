/**
 * The report of connections: every entry of `conn/all`, from when to when, and how it ended.
 * Owns its columns (docs/reference.md, connections); what they say is queries/connections.sql's.
 */
import type { RowNarrowing } from './report.ts';
import { sqlReport } from './sqlReport.ts';

const byLine: RowNarrowing = (lines) => (cell) =>
  lines.isOne({
    connId: Number(cell('conn_id')),
    circId: Number(cell('circ_id')),
    orId: String(cell('or_id')),
    ip: String(cell('ip')),
    port: Number(cell('port')),
    lPort: Number(cell('l_port')),
    flags: String(cell('type_flags')),
  });

export const connections = sqlReport(
  'connections',
  'Which entries of conn/all were there, from when to when, and how did they end?',
  [
    { name: 'run', kind: 'integer' },
    { name: 'conn_id', kind: 'integer' },
    { name: 'circ_id', kind: 'integer' },
    { name: 'or_id', kind: 'text' },
    { name: 'ip', kind: 'text' },
    { name: 'port', kind: 'integer' },
    { name: 'l_port', kind: 'integer' },
    { name: 'type_flags', kind: 'text' },
    { name: 'opened_at', kind: 'time' },
    { name: 'opened_known', kind: 'boolean' },
    { name: 'first_seen', kind: 'time' },
    { name: 'last_seen', kind: 'time' },
    { name: 'closed_by', kind: 'time' },
    { name: 'end', kind: 'text' },
    { name: 'close_reason', kind: 'text' },
    { name: 'lifetime_min_s', kind: 'seconds' },
    { name: 'lifetime_max_s', kind: 'seconds' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
  ],
  [
    'conn_id',
    'ip',
    'port',
    'type_flags',
    'opened_at',
    'closed_by',
    'read_bytes',
    'written_bytes',
    'end',
    'close_reason',
    'circ_id',
    'or_id',
  ],
  byLine,
);
