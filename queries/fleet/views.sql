-- Which relays there are, and which of them answer for the window that is asked about?
--
-- Made once, in ClickHouse behind migrations/clickhouse/0001_fleet.sql, in DuckDB behind duckdb.sql: the
-- text is the same. Every question of this folder goes by these two views, and by a table of one row
-- that says what is asked, filled anew before each:
--
--   seen_from, seen_to  the window, UTC, its end not included
--   address             of a relay, or its fingerprint; '' where a question does not ask for one
--
-- So every answer names the relays that are missing or were blind: none reads as "nobody" that is
-- "nobody was looking".

-- Every relay that was ever exported, and those of the table `expected`.
CREATE OR REPLACE VIEW relays AS
SELECT relay, max(nickname) AS nickname
FROM (
  SELECT relay, nickname FROM sessions
  UNION ALL
  SELECT relay, nickname FROM expected
) AS known
GROUP BY relay;

-- A row a relay: how many seconds of the window it observed, how many gaps lie in it, and whether it
-- answers: `all`, `in part`, or `no`. Two minutes are what the ends of a window may lack without it:
-- load goes by minutes, and polls come now and then.
CREATE OR REPLACE VIEW answering AS
SELECT
  relay,
  nickname,
  asked_s,
  observed_s,
  gaps,
  CASE
    WHEN observed_s = 0 THEN 'no'
    WHEN gaps > 0 OR observed_s < asked_s - 120 THEN 'in part'
    ELSE 'all'
  END AS answers
FROM (
  SELECT
    relay,
    max(name) AS nickname,
    date_diff('second', (SELECT seen_from FROM asked), (SELECT seen_to FROM asked)) AS asked_s,
    sum(seconds) AS observed_s,
    CAST(sum(gap) AS INTEGER) AS gaps
  FROM (
    SELECT relay, nickname AS name, 0.0 AS seconds, 0 AS gap FROM relays
    UNION ALL
    SELECT relay, '' AS name, observed_s AS seconds, 0 AS gap FROM load
    WHERE day >= (SELECT CAST(seen_from AS DATE) FROM asked)
      AND day <= (SELECT CAST(seen_to AS DATE) FROM asked)
      AND minute >= (SELECT date_trunc('minute', seen_from) FROM asked)
      AND minute < (SELECT seen_to FROM asked)
    UNION ALL
    SELECT relay, '' AS name, 0.0 AS seconds, 1 AS gap FROM gaps
    WHERE day >= (SELECT CAST(seen_from AS DATE) FROM asked)
      AND blind_from < (SELECT seen_to FROM asked)
      AND blind_to > (SELECT seen_from FROM asked)
  ) AS said
  GROUP BY relay
) AS counted;
