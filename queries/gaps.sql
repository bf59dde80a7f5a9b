-- When could nothing be recorded, and why?
--
-- Parameters: none.
-- Columns: from and to, milliseconds since the epoch, UTC; the seconds between; the reason; whether
--          the source declared it, or a long step between two snapshots implies it; the numbers of
--          the last snapshot at or before its beginning and of the first at or after its end, NULL
--          for none: the steps from the one to the other are blind.
WITH
  tick AS (
    SELECT at, 1 AS kind, number, NULL AS gap FROM snapshot WHERE seq > 0
    UNION ALL SELECT to_ms, 0, NULL, id FROM gap WHERE shown
    UNION ALL SELECT from_ms, 2, NULL, id FROM gap WHERE shown
  ),
  placed AS (
    SELECT gap, kind,
      max(number) OVER (ORDER BY at, kind ROWS UNBOUNDED PRECEDING) AS before,
      min(number) OVER (ORDER BY at DESC, kind DESC ROWS UNBOUNDED PRECEDING) AS after
    FROM tick
  )
SELECT
  from_ms AS "from",
  to_ms AS "to",
  (to_ms - from_ms) / 1000.0 AS seconds,
  reason,
  declared,
  beginning.before AS snapshot_before,
  ending.after AS snapshot_after
FROM gap
JOIN placed AS beginning ON beginning.gap = gap.id AND beginning.kind = 2
JOIN placed AS ending ON ending.gap = gap.id AND ending.kind = 0
WHERE shown
ORDER BY from_ms, to_ms;
