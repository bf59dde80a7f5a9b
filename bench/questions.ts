/**
 * Two of conntape's reports as questions in SQL, for who keeps the same observations in a database.
 * Owns their text, which SQLite and DuckDB both read; tables and views are the systems'.
 *
 * Both ask `snapshot (at_ms)` and what the systems give as a query. The rules are those of
 * docs/reference.md as far as the workloads need them: there are no gaps, no restarts, no events.
 */

/** The length of a bucket, milliseconds: as conntape's reports have it by default. */
const BUCKET_MS = 600_000;

const SHORT_LIVED_MS = 30_000;

/**
 * How long do connections and circuits live?
 * @param entry a query for conn_id, circ_id, type_flags, opened_ms and last_ms, a row an entry.
 * @param percentile an expression for a percentile of lived_s where `is_closed`.
 *
 * Columns: subject, grp, entries, closed, still_open, p10_s, p50_s, p90_s, short_lived_share. It is
 * the smaller question: conntape's report estimates for what is still open, too, groups circuits by
 * their shape and gives each percentile twice.
 */
export function lifetimesSql(
  entry: string,
  interval: number,
  percentile: (share: number) => string,
): string {
  return `
WITH step AS (
  SELECT at_ms, lead(at_ms) OVER (ORDER BY at_ms) AS next_ms FROM snapshot
),
entry AS MATERIALIZED (${entry}),
connection AS (
  SELECT min(type_flags) AS type_flags, min(opened_ms) AS opened_ms, max(last_ms) AS last_ms
  FROM entry GROUP BY conn_id
),
leg AS (
  SELECT circ_id, opened_ms, last_ms, next_ms,
    coalesce(next_ms + ${interval * 1000}, 9e15) AS reach_ms
  FROM entry JOIN step ON at_ms = last_ms
  WHERE circ_id <> 0
),
begun AS (
  SELECT *, CASE WHEN opened_ms <= max(reach_ms) OVER (
    PARTITION BY circ_id ORDER BY opened_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) THEN 0 ELSE 1 END AS begins
  FROM leg
),
numbered AS (
  SELECT *, sum(begins) OVER (
    PARTITION BY circ_id ORDER BY opened_ms ROWS UNBOUNDED PRECEDING
  ) AS number
  FROM begun
),
life AS (
  SELECT 'connection' AS subject,
    CASE WHEN substr(type_flags, 1, 1) IN ('I', 'i') THEN 'inbound' ELSE 'outbound' END AS side,
    opened_ms, last_ms, next_ms AS closed_ms
  FROM connection JOIN step ON at_ms = last_ms
  UNION ALL
  SELECT 'circuit', NULL, min(opened_ms), max(last_ms),
    CASE WHEN count(next_ms) = count(*) THEN max(next_ms) END
  FROM numbered GROUP BY circ_id, number
),
grouped AS (
  SELECT subject, 'all' AS grp, * FROM (SELECT opened_ms, last_ms, closed_ms, subject FROM life)
  UNION ALL
  SELECT subject, side, opened_ms, last_ms, closed_ms, subject FROM life WHERE side IS NOT NULL
),
lived AS (
  SELECT subject, grp, closed_ms IS NOT NULL AS is_closed,
    (last_ms - opened_ms) / 1000.0 AS lived_s,
    closed_ms - opened_ms < ${SHORT_LIVED_MS} AS is_short,
    row_number() OVER (
      PARTITION BY subject, grp, closed_ms IS NOT NULL ORDER BY last_ms - opened_ms
    ) AS place,
    count(closed_ms) OVER (PARTITION BY subject, grp) AS places
  FROM grouped
)
SELECT subject, grp, count(*) AS entries,
  sum(CASE WHEN is_closed THEN 1 ELSE 0 END) AS closed,
  sum(CASE WHEN is_closed THEN 0 ELSE 1 END) AS still_open,
  ${percentile(0.1)} AS p10_s, ${percentile(0.5)} AS p50_s, ${percentile(0.9)} AS p90_s,
  avg(CASE WHEN is_closed THEN CASE WHEN is_short THEN 1.0 ELSE 0.0 END END) AS short_lived_share
FROM lived
GROUP BY subject, grp
ORDER BY subject, grp`;
}

/**
 * Which circuits sent out far more than they took in, and when?
 * @param observation a query for entry_key, circ_id, at_ms, read_bytes, written_bytes and uptime_s, a
 *   row an observation of a circuit.
 *
 * Columns: bucket_ms, circ_id, read_bytes, written_bytes, rates, ratio, pcr, share_of_bytes. Without
 * the circuit's shape, which conntape's report has.
 */
export function asymmetrySql(observation: string): string {
  return `
WITH step AS (
  SELECT at_ms AS step_ms, lag(at_ms) OVER (ORDER BY at_ms) AS since_ms FROM snapshot
),
observation AS (${observation}),
moved AS (
  SELECT circ_id, at_ms, uptime_s, read_bytes, written_bytes,
    lag(read_bytes) OVER entry AS read_before, lag(written_bytes) OVER entry AS written_before
  FROM observation
  WINDOW entry AS (PARTITION BY entry_key, circ_id ORDER BY at_ms)
),
grown AS (
  SELECT circ_id, at_ms,
    CASE WHEN read_before IS NOT NULL THEN read_bytes - read_before
      WHEN at_ms - uptime_s * 1000 > since_ms THEN read_bytes ELSE 0 END AS read_bytes,
    CASE WHEN read_before IS NOT NULL THEN written_bytes - written_before
      WHEN at_ms - uptime_s * 1000 > since_ms THEN written_bytes ELSE 0 END AS written_bytes
  FROM moved JOIN step ON step_ms = at_ms
),
bucket AS (
  SELECT at_ms - at_ms % ${BUCKET_MS} AS bucket_ms, circ_id,
    sum(read_bytes) AS read_bytes, sum(written_bytes) AS written_bytes
  FROM grown
  WHERE read_bytes + written_bytes > 0
  GROUP BY 1, 2
)
SELECT bucket_ms, circ_id, read_bytes, written_bytes,
  read_bytes * 1000.0 / ${BUCKET_MS} AS read_rate,
  written_bytes * 1000.0 / ${BUCKET_MS} AS written_rate,
  written_bytes * 1.0 / nullif(read_bytes, 0) AS ratio,
  (written_bytes - read_bytes) * 1.0 / (written_bytes + read_bytes) AS pcr,
  (written_bytes + read_bytes) * 1.0
    / sum(written_bytes + read_bytes) OVER (PARTITION BY bucket_ms) AS share_of_bytes
FROM bucket
ORDER BY bucket_ms, circ_id`;
}
