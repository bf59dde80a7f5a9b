-- Which relays saw this address, or this fingerprint, as a relay's?
--
-- Asked: seen_from, seen_to, and as address an IP as Tor writes it, or a fingerprint.
-- A row a relay and direction: how many connections there were in the window, from when to when, and
-- their bytes, of all their lives; empty where no poll saw any of them. Then the relays that do not
-- answer for all of the window. Addresses of what is not a relay are never stored: nothing is found of
-- them.
WITH found AS (
  SELECT
    relay,
    CASE lower(left(type_flags, 1)) WHEN 'i' THEN 'inbound' WHEN 'o' THEN 'outbound' ELSE 'unknown' END
      AS direction,
    count(*) AS connections,
    min(first_seen) AS first_at,
    max(last_seen) AS last_at,
    CASE WHEN count(read_bytes) > 0 THEN sum(CAST(coalesce(read_bytes, 0) AS DOUBLE)) END
      AS bytes_read,
    CASE WHEN count(written_bytes) > 0 THEN sum(CAST(coalesce(written_bytes, 0) AS DOUBLE)) END
      AS bytes_written
  FROM lives
  WHERE is_connection
    AND day >= (SELECT CAST(seen_from AS DATE) FROM asked)
    AND last_seen >= (SELECT seen_from FROM asked)
    AND first_seen < (SELECT seen_to FROM asked)
    AND or_id <> '0'
    AND (ip = (SELECT address FROM asked) OR or_id = (SELECT upper(address) FROM asked))
  GROUP BY relay, direction
)
SELECT relay, nickname, answers, direction, connections, first_at, last_at, bytes_read, bytes_written
FROM (
  SELECT found.relay AS relay, nickname, answers, direction, connections, first_at, last_at, bytes_read,
    bytes_written
  FROM found JOIN answering ON answering.relay = found.relay
  UNION ALL
  SELECT relay, nickname, answers, NULL, NULL, NULL, NULL, NULL, NULL FROM answering
  WHERE answers <> 'all' AND relay NOT IN (SELECT relay FROM found)
) AS answer
ORDER BY relay, direction;
