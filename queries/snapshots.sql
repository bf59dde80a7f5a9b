-- Which snapshots are there: when was each taken, in which run, with how many lines?
--
-- Parameters: none.
-- Columns: number, from 1; at, milliseconds since the epoch, UTC; the run it belongs to; the lines
--          it holds; the lines that were put aside.
SELECT
  number,
  at,
  (SELECT max(id) FROM run WHERE first_snapshot <= number) AS run,
  entries,
  quarantined
FROM snapshot
ORDER BY number;
