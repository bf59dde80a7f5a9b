-- When could nothing be recorded, and why?
--
-- Parameters: none.
-- Columns: from and to, milliseconds since the epoch, UTC; the seconds between; the reason; whether
--          the source declared it, or a long step between two snapshots implies it.
SELECT
  from_ms AS "from",
  to_ms AS "to",
  (to_ms - from_ms) / 1000.0 AS seconds,
  reason,
  declared
FROM gap_told
ORDER BY from_ms, to_ms;
