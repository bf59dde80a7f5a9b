-- Which relays were struck by resets in the same minutes?
--
-- Asked: seen_from, seen_to.
-- A row a minute and relay, where in one minute at least 5 connections ended by a reset, 5 times as many
-- as in a minute of the rest of its days that was observed, and at 2 relays or more: together they
-- are struck by something that is not a relay's own. Then the relays that do not answer for all of the
-- window. Where a source tells no reasons, nothing is found.
WITH reset AS (
  SELECT relay, date_trunc('minute', closed_by) AS at_minute, count(*) AS resets
  FROM lives
  WHERE is_connection
    -- It may have been seen last on the day before; of what no poll saw, the one after has told.
    AND day >= (SELECT CAST(seen_from - INTERVAL 1 DAY AS DATE) FROM asked)
    AND day <= (SELECT CAST(seen_to + INTERVAL 1 DAY AS DATE) FROM asked)
    AND closed_by >= (SELECT date_trunc('day', seen_from) FROM asked)
    AND closed_by < (SELECT date_trunc('day', seen_to) + INTERVAL 1 DAY FROM asked)
    AND close_reason IN ('TLS_ERROR', 'CONNECTRESET', 'IOERROR', 'TIMEOUT')
  GROUP BY relay, at_minute
),
usual AS (
  SELECT relay, sum(observed_s) / 60 AS minutes FROM load
  WHERE day >= (SELECT CAST(seen_from AS DATE) FROM asked)
    AND day <= (SELECT CAST(seen_to AS DATE) FROM asked)
  GROUP BY relay
),
every_reset AS (SELECT relay, sum(resets) AS resets FROM reset GROUP BY relay),
struck AS (
  SELECT reset.relay AS relay, at_minute, reset.resets AS resets,
    round((every_reset.resets - reset.resets) / greatest(minutes - 1, 1), 3) AS usual_a_minute
  FROM reset
  JOIN every_reset ON every_reset.relay = reset.relay
  JOIN usual ON usual.relay = reset.relay
  WHERE at_minute >= (SELECT date_trunc('minute', seen_from) FROM asked)
    AND at_minute < (SELECT seen_to FROM asked)
    AND reset.resets >= 5
    AND reset.resets >= 5 * (every_reset.resets - reset.resets) / greatest(minutes - 1, 1)
),
together AS (
  SELECT at_minute, count(*) AS relays FROM struck GROUP BY at_minute HAVING count(*) >= 2
)
SELECT relay, nickname, answers, at_minute, resets, usual_a_minute, relays_struck
FROM (
  SELECT struck.relay AS relay, nickname, answers, struck.at_minute AS at_minute, resets,
    usual_a_minute, relays AS relays_struck
  FROM struck
  JOIN together ON together.at_minute = struck.at_minute
  JOIN answering ON answering.relay = struck.relay
  UNION ALL
  SELECT relay, nickname, answers, NULL, NULL, NULL, NULL FROM answering WHERE answers <> 'all'
) AS answer
ORDER BY at_minute, relay;
