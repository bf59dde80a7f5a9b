-- How do churn and load of our relays stand side by side?
--
-- Asked: seen_from, seen_to.
-- A row a relay, of what was observed of the window: connections opened and closed a minute, how many were
-- open on average and at most, bytes a second read and written, and of the connections that ended the share
-- that had lived under 30 s. Empty where nothing was observed, or nothing ended.
WITH moved AS (
  SELECT relay, sum(observed_s) AS seconds, sum(opened) AS opened_count, sum(closed) AS closed_count,
    avg(open) AS mean_open, max(open) AS most_open, sum(CAST(read_bytes AS DOUBLE)) AS bytes_read,
    sum(CAST(written_bytes AS DOUBLE)) AS bytes_written, 0 AS ended, 0 AS short_lived
  FROM load
  WHERE day >= (SELECT CAST(seen_from AS DATE) FROM asked)
    AND day <= (SELECT CAST(seen_to AS DATE) FROM asked)
    AND minute >= (SELECT date_trunc('minute', seen_from) FROM asked)
    AND minute < (SELECT seen_to FROM asked)
    AND observed_s > 0
  GROUP BY relay
),
lived AS (
  SELECT relay, count(*) AS ended,
    sum(CASE WHEN lifetime_max_s < 30 THEN 1 ELSE 0 END) AS short_lived
  FROM lives
  WHERE is_connection
    -- It may have been seen last on the day before.
    AND day >= (SELECT CAST(seen_from - INTERVAL 1 DAY AS DATE) FROM asked)
    AND closed_by >= (SELECT seen_from FROM asked)
    AND closed_by < (SELECT seen_to FROM asked)
    AND ended_how = 'closed'
  GROUP BY relay
),
said AS (
  SELECT relay, seconds, opened_count, closed_count, mean_open, most_open, bytes_read, bytes_written,
    NULL AS ended, NULL AS short_lived
  FROM moved
  UNION ALL
  SELECT relay, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ended, short_lived FROM lived
  UNION ALL
  SELECT relay, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM answering
),
joined AS (
  SELECT relay, max(seconds) AS seconds, max(opened_count) AS opened_count,
    max(closed_count) AS closed_count, max(mean_open) AS mean_open, max(most_open) AS most_open,
    max(bytes_read) AS bytes_read, max(bytes_written) AS bytes_written, max(ended) AS ended,
    max(short_lived) AS short_lived
  FROM said
  GROUP BY relay
)
SELECT joined.relay AS relay, nickname, answers, observed_s,
  round(opened_count * 60 / seconds, 3) AS opened_per_min,
  round(closed_count * 60 / seconds, 3) AS closed_per_min,
  round(mean_open, 3) AS mean_open,
  most_open,
  round(bytes_read / seconds, 3) AS read_rate,
  round(bytes_written / seconds, 3) AS written_rate,
  CASE WHEN ended > 0 THEN round(short_lived / ended, 3) END AS short_lived_share
FROM joined JOIN answering ON answering.relay = joined.relay
ORDER BY relay;
