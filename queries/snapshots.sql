-- Which snapshots are there: when was each taken, in which run, with how many lines?
--
-- Parameters: none.
-- Columns: number, as counted since the tape began; at, milliseconds since the epoch, UTC; the run it belongs to; the lines
--          it holds; the lines that were put aside.
SELECT
  number,
  at,
  (SELECT max(id) FROM run WHERE first_snapshot <= number) AS run,
  entries,
  quarantined
FROM snapshot
WHERE seq > 0
ORDER BY number;
