-- Who connects to all of us?
--
-- Asked: seen_from, seen_to.
-- A row a relay of others that connected to at least three of ours and to nine in ten of those that
-- answer, with how many those were. Directory authorities do, to test who can be reached, and so do, in
-- a day, large relays. Then our relays that do not answer for all of the window, which it may have
-- been at, too.
WITH arrived AS (
  SELECT or_id, relay, count(*) AS connections, min(first_seen) AS first_at, max(last_seen) AS last_at
  FROM lives
  WHERE is_connection
    AND day >= (SELECT CAST(seen_from AS DATE) FROM asked)
    AND last_seen >= (SELECT seen_from FROM asked)
    AND first_seen < (SELECT seen_to FROM asked)
    AND or_id <> '0'
    AND lower(left(type_flags, 1)) = 'i'
    AND relay IN (SELECT relay FROM answering WHERE answers <> 'no')
  GROUP BY or_id, relay
),
found AS (
  SELECT or_id, count(*) AS at_relays, CAST(sum(connections) AS BIGINT) AS connection_count,
    min(first_at) AS first_seen_at, max(last_at) AS last_seen_at
  FROM arrived
  GROUP BY or_id
  HAVING count(*) >= 3
    AND count(*) >= 0.9 * (SELECT count(*) FROM answering WHERE answers <> 'no')
)
SELECT relay, nickname, answers, or_id, at_relays, of_relays, connection_count, first_seen_at,
  last_seen_at
FROM (
  SELECT NULL AS relay, NULL AS nickname, NULL AS answers, or_id, at_relays,
    (SELECT count(*) FROM answering WHERE answers <> 'no') AS of_relays, connection_count,
    first_seen_at, last_seen_at
  FROM found
  UNION ALL
  SELECT relay, nickname, answers, NULL, NULL, NULL, NULL, NULL, NULL
  FROM answering WHERE answers <> 'all'
) AS answer
ORDER BY CASE WHEN or_id IS NULL THEN 1 ELSE 0 END, at_relays DESC, connection_count DESC, or_id, relay;
