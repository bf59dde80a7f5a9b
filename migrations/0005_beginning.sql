-- Format 5: a recording may begin later than its tape did. What was before is gone, by retention, or
-- because a part was cut out of another recording.

-- Where it begins, one row then, none where all of its tape is here. seq: the last item before the
-- first that is here, which is a key frame; chain: its link, which that one follows. run: the run of
-- the first snapshot. snapshots, from_ms and to_ms: how many snapshots there were before that one,
-- as far as is known, and the times of the first and the last of them. at: when the last of them
-- were dropped or left out; why: `age`, `size` or `cut`.
--
-- A row of snapshot whose seq is 0 is one of those: a life, or a run, that began with it may go on
-- behind the beginning. From there on numbers have no holes. The session that held at the beginning
-- stands in its table, with the seq that its item had.
CREATE TABLE beginning (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  chain BLOB NOT NULL,
  run INTEGER NOT NULL,
  snapshots INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT;

DROP VIEW snapshots;
CREATE VIEW snapshots AS
  SELECT number, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
    (SELECT max(id) FROM run WHERE first_snapshot <= number) AS run, entries, quarantined
  FROM snapshot WHERE seq > 0;
