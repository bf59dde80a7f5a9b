-- Which entries of conn/all were there, from when to when, and how did they end?
--
-- Parameters: :from_ms, :to_ms  the window, milliseconds since the epoch; NULL for all. An entry
--                               comes whole if it was seen in the window at all.
-- Columns: as in docs/reference.md, connections. Times are milliseconds since the epoch,
--          UTC; lifetime_max_s is empty while the entry is open, and where its opening is not known.
-- A row an entry, in order of run, first sight, CONN_ID and CIRC_ID.
SELECT
  life.run,
  life.conn_id,
  life.circ_id,
  life.or_id,
  life.ip,
  life.port,
  life.l_port,
  life.type_flags,
  life.opened_ms AS opened_at,
  life.opened_known,
  life.first_seen_ms AS first_seen,
  life.last_seen_ms AS last_seen,
  life.closed_ms AS closed_by,
  life.end,
  life.close_reason,
  (life.last_seen_ms - life.opened_ms) / 1000.0 AS lifetime_min_s,
  CASE WHEN life.opened_known THEN (life.closed_ms - life.opened_ms) / 1000.0 END AS lifetime_max_s,
  coalesce(life.read, open_counter.read) AS read_bytes,
  coalesce(life.written, open_counter.written) AS written_bytes
FROM entry_life AS life
LEFT JOIN open_counter
  ON life.end = 'open'
  AND open_counter.conn_id = life.conn_id AND open_counter.circ_id = life.circ_id
WHERE life.last_seen_ms >= coalesce(:from_ms, life.last_seen_ms)
  AND life.first_seen_ms <= coalesce(:to_ms, life.first_seen_ms)
ORDER BY life.run, life.first_seen_ms, life.conn_id, life.circ_id, life.opened_ms;
