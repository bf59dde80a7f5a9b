-- Which entries and which connections were last seen in a window, and what did each come to?
--
-- Parameters: :first, :last      the window's snapshots, both included, by number;
--             :from_ms, :to_ms  the window, milliseconds since the epoch, for what no snapshot
--                               held; NULL for all. A life is in the one window in which it was
--                               last seen.
-- Columns: as in docs/fleet.md, lives. Times are milliseconds since the epoch, UTC; circ_id is NULL
--          for a connection that no single entry stands for; is_connection is 1 in one row a
--          connection.
-- A row an entry, then a row a connection that no single entry stands for; in no other order.
WITH
  entry AS NOT MATERIALIZED (
    SELECT *,
      CASE end WHEN 'open' THEN
        (SELECT read FROM open_counter AS now
          WHERE now.conn_id = life.conn_id AND now.circ_id = life.circ_id)
        ELSE read END AS read_bytes,
      CASE end WHEN 'open' THEN
        (SELECT written FROM open_counter AS now
          WHERE now.conn_id = life.conn_id AND now.circ_id = life.circ_id)
        ELSE written END AS written_bytes
    FROM entry_life AS life
  ),
  own AS (
    SELECT run, conn_id, age_ms, opening, first_snapshot, last_snapshot, closed_ms, reason
    FROM ended_connection
    UNION ALL
    SELECT run, conn_id, age_ms, opening, first_snapshot, NULL, NULL, NULL FROM open_connection
  ),
  own_life AS MATERIALIZED (
    SELECT own.run, own.conn_id, first.at - age_ms AS opened_ms, opening <> 0 AS opened_known,
      first_snapshot, last.number AS last_snapshot, first.at AS first_seen_ms,
      last.at AS last_seen_ms,
      CASE WHEN own.last_snapshot IS NOT NULL
        THEN coalesce(closed_ms, (SELECT at FROM snapshot WHERE number = own.last_snapshot + 1))
        END AS closed_ms,
      CASE WHEN own.last_snapshot IS NULL THEN 'open'
        WHEN closed_ms IS NULL
          AND EXISTS (SELECT 1 FROM run WHERE run.first_snapshot = own.last_snapshot + 1)
          THEN 'run-ended'
        ELSE 'closed' END AS end,
      reason AS close_reason
    FROM own
    JOIN snapshot AS first ON first.number = own.first_snapshot
    JOIN snapshot AS last
      ON last.number = coalesce(own.last_snapshot, (SELECT max(number) FROM snapshot))
    WHERE last.number >= coalesce(:first, 0) AND last.number <= coalesce(:last, 9e15)
  ),
  -- Its entry that was seen last says whose a connection was. Where entries repeat its totals the
  -- greatest is what it moved, else their sum, which is exact up to 2^53; it is not known where that of
  -- one is not.
  connection AS (
    SELECT own_life.*, max(line.last_snapshot),
      line.or_id, line.ip, line.port, line.l_port, line.type_flags,
      CASE WHEN count(line.read_bytes) = count(*) THEN
        CASE recording.bytes
          WHEN 'entry' THEN CAST(total(line.read_bytes) AS INTEGER) ELSE max(line.read_bytes) END
        END AS read_bytes,
      CASE WHEN count(line.written_bytes) = count(*) THEN
        CASE recording.bytes
          WHEN 'entry' THEN CAST(total(line.written_bytes) AS INTEGER)
          ELSE max(line.written_bytes) END
        END AS written_bytes
    FROM own_life
    CROSS JOIN recording
    CROSS JOIN entry AS line
      ON line.conn_id = own_life.conn_id AND line.run = own_life.run
      AND line.first_snapshot <= own_life.last_snapshot
      AND line.last_snapshot >= own_life.first_snapshot
    GROUP BY own_life.run, own_life.conn_id, own_life.first_snapshot
  ),
  life AS (
    SELECT run, conn_id, circ_id, alone AS is_connection, or_id, ip, port, l_port, type_flags,
      opened_ms, opened_known, first_seen_ms, last_seen_ms, closed_ms, end, close_reason,
      read_bytes, written_bytes
    FROM entry
    WHERE last_snapshot >= coalesce(:first, 0) AND last_snapshot <= coalesce(:last, 9e15)
      OR last_snapshot IS NULL
        AND last_seen_ms >= coalesce(:from_ms, -9e15)
        AND last_seen_ms <= coalesce(:to_ms, 9e15)
    UNION ALL
    SELECT run, conn_id, NULL, 1, or_id, ip, port, l_port, type_flags,
      opened_ms, opened_known, first_seen_ms, last_seen_ms, closed_ms, end, close_reason,
      read_bytes, written_bytes
    FROM connection
  )
SELECT
  run,
  conn_id,
  circ_id,
  is_connection,
  or_id,
  ip,
  port,
  l_port,
  type_flags,
  opened_ms AS opened_at,
  opened_known,
  first_seen_ms AS first_seen,
  last_seen_ms AS last_seen,
  closed_ms AS closed_by,
  end AS ended_how,
  coalesce(close_reason, '') AS close_reason,
  read_bytes,
  written_bytes
FROM life;
