-- How many connections opened and closed in each stretch of time, and how many were open?
--
-- Parameters: :from_ms, :to_ms  the window, milliseconds since the epoch; NULL for all.
--             :bucket_ms        the length of a bucket, milliseconds; NULL for ten minutes.
--             :short_lived_ms   what lived less is short-lived; NULL for 30 seconds.
-- Columns: as in docs/reference.md, churn. Times are milliseconds since the epoch, UTC.
-- A row a bucket, aligned to the epoch, also where nothing happened, but for stretches of more than
-- 1,000 buckets in which nothing was recorded: a clock that was once wrong by decades. What cannot have been seen,
-- because of a gap, a restart of Tor or an age not known, counts as unobserved, and in no rate.
WITH RECURSIVE
  setting AS (
    SELECT
      coalesce(:bucket_ms, 600000) AS bucket_ms,
      coalesce(:short_lived_ms, 30000) AS short_lived_ms,
      (SELECT min(at) FROM snapshot WHERE seq > 0 AND at >= coalesce(:from_ms, at)) AS first_at,
      (SELECT max(at) FROM snapshot WHERE seq > 0 AND at <= coalesce(:to_ms, at)) AS last_at
  ),
  -- Gaps may lie within one another: where one begins before all those before it have ended,
  -- it goes on with them.
  gap_start AS (
    SELECT from_ms, to_ms,
      from_ms >= coalesce(max(to_ms) OVER (
        ORDER BY from_ms, to_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -1) AS begins
    FROM gap WHERE from_ms < to_ms
  ),
  gap_group AS (
    SELECT from_ms, to_ms, sum(begins) OVER (ORDER BY from_ms, to_ms) AS number FROM gap_start
  ),
  blind AS MATERIALIZED (
    SELECT min(from_ms) AS from_ms, max(to_ms) AS to_ms FROM gap_group GROUP BY number
  ),
  -- From each snapshot to the next, and whether it shares time with a gap. Gaps do not overlap here,
  -- so as many as began before its end and had not ended by its beginning: one or more.
  tick AS (
    SELECT at, 1 AS kind FROM snapshot, setting WHERE at BETWEEN first_at AND last_at
    UNION ALL SELECT to_ms, 0 FROM blind
    UNION ALL SELECT from_ms, 2 FROM blind
  ),
  tallied AS (
    SELECT at, kind, sum(kind = 2) OVER so_far AS begun, sum(kind = 0) OVER so_far AS ended
    FROM tick WINDOW so_far AS (ORDER BY at, kind ROWS UNBOUNDED PRECEDING)
  ),
  step AS MATERIALIZED (
    SELECT lag(at) OVER in_turn AS since, at, begun > lag(ended) OVER in_turn AS is_blind
    FROM tallied WHERE kind = 1 WINDOW in_turn AS (ORDER BY at)
  ),
  blind_step AS MATERIALIZED (SELECT since, at FROM step WHERE is_blind),
  life AS MATERIALIZED (
    SELECT
      opened_ms,
      closed_ms,
      opened_known AND NOT EXISTS (
        SELECT 1 FROM blind_step WHERE since < opened_ms AND opened_ms < at
      ) AS opening_seen,
      end <> 'run-ended' AND NOT EXISTS (
        SELECT 1 FROM blind WHERE max(from_ms, last_seen_ms) < min(to_ms, closed_ms)
      ) AS closing_seen,
      opened_known AND closed_ms - opened_ms < short_lived_ms AS short_lived
    FROM connection_life, setting
    WHERE opened_ms <= last_at AND (closed_ms IS NULL OR closed_ms >= first_at)
  ),
  already AS MATERIALIZED (
    SELECT count(*) AS open_first FROM life, setting WHERE opened_ms < first_at
  ),
  opening AS (
    SELECT opened_ms - opened_ms % bucket_ms AS start_ms,
      sum(opening_seen) AS seen, count(*) AS total
    FROM life, setting WHERE opened_ms >= first_at
    GROUP BY 1
  ),
  closing AS (
    SELECT closed_ms - closed_ms % bucket_ms AS start_ms,
      sum(closing_seen) AS seen, count(*) AS total, sum(closing_seen AND short_lived) AS short_lived
    FROM life, setting WHERE closed_ms <= last_at
    GROUP BY 1
  ),
  observed AS (
    SELECT at - at % bucket_ms AS start_ms, sum(at - since) AS ms
    FROM step, setting WHERE NOT is_blind
    GROUP BY 1
  ),
  recorded AS (
    SELECT at - at % bucket_ms AS start_ms FROM snapshot, setting WHERE at BETWEEN first_at AND last_at
    UNION
    SELECT start_ms FROM opening
    UNION
    SELECT start_ms FROM closing
  ),
  -- Each with the next one: where it is too far, what lies between is left out.
  filled AS (
    SELECT start_ms, lead(start_ms) OVER (ORDER BY start_ms) AS next_ms FROM recorded
  ),
  bucket (start_ms, next_ms) AS (
    SELECT start_ms, CASE WHEN next_ms - start_ms <= 1001 * bucket_ms THEN next_ms END
    FROM filled, setting
    UNION ALL
    SELECT start_ms + bucket_ms, next_ms FROM bucket, setting WHERE start_ms + bucket_ms < next_ms
  ),
  counted AS (
    SELECT
      bucket.start_ms,
      bucket.start_ms + bucket_ms AS end_ms,
      coalesce(observed.ms, 0) AS observed_ms,
      coalesce(opening.seen, 0) AS opened,
      coalesce(opening.total, 0) AS opened_all,
      coalesce(closing.seen, 0) AS closed,
      coalesce(closing.total, 0) AS closed_all,
      coalesce(closing.short_lived, 0) AS short_lived,
      open_first
    FROM bucket, setting, already
    LEFT JOIN observed USING (start_ms)
    LEFT JOIN opening USING (start_ms)
    LEFT JOIN closing USING (start_ms)
  ),
  balanced AS (
    SELECT *,
      open_first + sum(opened_all - closed_all) OVER (ORDER BY start_ms) AS open_end
    FROM counted
  )
SELECT
  start_ms AS bucket_start,
  end_ms AS bucket_end,
  observed_ms / 1000.0 AS observed_s,
  open_end - opened_all + closed_all AS open_start,
  opened,
  opened_all - opened AS opened_unobserved,
  closed,
  closed_all - closed AS closed_unobserved,
  open_end,
  CASE WHEN observed_ms > 0 THEN opened * 60000.0 / observed_ms END AS opened_per_min,
  CASE WHEN observed_ms > 0 THEN closed * 60000.0 / observed_ms END AS closed_per_min,
  short_lived,
  CASE WHEN closed > 0 THEN short_lived * 1.0 / closed END AS short_lived_share
FROM balanced
ORDER BY start_ms;
