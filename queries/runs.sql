-- From when to when did each Tor process run?
--
-- Parameters: none.
-- Columns: the run, from 1; its first and last snapshot, by number, and their times, milliseconds
--          since the epoch, UTC.
SELECT
  id AS run,
  first_snapshot,
  last_snapshot,
  first.at AS first_seen,
  last.at AS last_seen
FROM run_extent
JOIN snapshot AS first ON first.number = first_snapshot
JOIN snapshot AS last ON last.number = last_snapshot
ORDER BY id;
