-- Which relays answer for this window at all?
--
-- Asked: seen_from, seen_to.
-- A row a relay: its seconds of the window that were observed, its gaps, and when it was last observed at
-- all up to the window's end, which is empty where that was never.
SELECT relay, max(name) AS nickname, max(answered) AS answers, max(seconds) AS observed_s,
  max(asked_for) AS asked_s, max(gap_count) AS gaps, max(last_minute) AS last_observed
FROM (
  SELECT relay, nickname AS name, answers AS answered, observed_s AS seconds, asked_s AS asked_for,
    gaps AS gap_count, NULL AS last_minute
  FROM answering
  UNION ALL
  SELECT relay, '' AS name, '' AS answered, 0.0 AS seconds, 0 AS asked_for, 0 AS gap_count,
    minute AS last_minute
  FROM load
  WHERE minute < (SELECT seen_to FROM asked) AND observed_s > 0
) AS said
GROUP BY relay
ORDER BY relay;
