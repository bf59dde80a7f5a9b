-- Which value did each info key have, from when on?
--
-- Parameters: none.
-- Columns: at, milliseconds since the epoch, UTC: the snapshot that showed the value first; the key;
--          the value.
-- The series of a MetricsPort are not among them: they are a report of their own.
SELECT snapshot.at, key, value
FROM info_change
JOIN snapshot ON snapshot.number = info_change.snapshot
ORDER BY info_change.rowid;
