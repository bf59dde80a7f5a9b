/**
 * The report of churn: how many connections opened and closed in each stretch of time.
 * Owns its columns (docs/reference.md, churn); what they say is queries/churn.sql's.
 */
import { sqlReport } from './sqlReport.ts';

export const churn = sqlReport(
  'churn',
  'How many connections opened and closed in each stretch of time, and how many were open?',
  [
    { name: 'bucket_start', kind: 'time' },
    { name: 'bucket_end', kind: 'time' },
    { name: 'observed_s', kind: 'seconds' },
    { name: 'open_start', kind: 'integer' },
    { name: 'opened', kind: 'integer' },
    { name: 'opened_unobserved', kind: 'integer' },
    { name: 'closed', kind: 'integer' },
    { name: 'closed_unobserved', kind: 'integer' },
    { name: 'open_end', kind: 'integer' },
    { name: 'opened_per_min', kind: 'decimal' },
    { name: 'closed_per_min', kind: 'decimal' },
    { name: 'short_lived', kind: 'integer' },
    { name: 'short_lived_share', kind: 'decimal' },
  ],
  [
    'bucket_start',
    'opened',
    'closed',
    'open_end',
    'short_lived',
    'opened_unobserved',
    'closed_unobserved',
    'opened_per_min',
    'closed_per_min',
  ],
  'counted',
);
