-- A recording: an append-only tape, and an index that can be derived from it again.
--
-- Times are milliseconds since the Unix epoch, UTC. Snapshots are counted from 1, without holes.

-- The tape ------------------------------------------------------------------------------------

-- One item a row, in time order: 0 a session begins (its header as JSON), 1 a key frame, 2 a frame
-- against the one before, 3 a gap (as JSON), 4 a line of a transcript that was put aside (as JSON:
-- its number, and why). chain is the SHA-256 over the chain before, the row
-- and the peers that its payload refers to.
CREATE TABLE tape (
  seq INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  payload BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;

-- The pairs of OR_ID and IP that frames refer to by number. An OR_ID in capitals is its 20 bytes,
-- an IPv4 address its 32 bits as an integer, any other a text as it came. Peer 0, of which nothing is
-- kept, is (0, 0). The view peer_text has both as texts.
CREATE TABLE peer (
  id INTEGER PRIMARY KEY,
  or_id ANY NOT NULL,
  ip ANY NOT NULL
) STRICT;
INSERT INTO peer (id, or_id, ip) VALUES (0, '0', '0');

-- One row: what must not change while a recording grows.
CREATE TABLE recording (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  bytes TEXT NOT NULL CHECK (bytes IN ('connection', 'entry'))
) STRICT;

-- Where the tape ends, written with each item, so that one that was cut off is found; and whether
-- the file was closed in order: 1 where it alone is all of the recording, 0 while a recorder writes.
CREATE TABLE mark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  chain BLOB NOT NULL,
  closed INTEGER NOT NULL
) STRICT;
INSERT INTO mark (id, seq, chain, closed) VALUES (1, 0, zeroblob(32), 0);

-- How many rows each table but the tape has, and the sum of a hash of each modulo 2^52, written in
-- the transaction that changes them.
CREATE TABLE table_sum (
  name TEXT PRIMARY KEY,
  "rows" INTEGER NOT NULL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The index -----------------------------------------------------------------------------------

CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  interval_ms INTEGER NOT NULL,
  header TEXT NOT NULL
) STRICT;

-- poll_ms: how long the poll took, 0 where that is not known. Tor made the listing meanwhile.
CREATE TABLE snapshot (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  poll_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  quarantined INTEGER NOT NULL
) STRICT;

-- One life of the Tor process.
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  first_snapshot INTEGER NOT NULL
) STRICT;

-- Declared by the source, or a step between two snapshots longer than 2.5 intervals. shown: 0
-- for a step that shares time with a declared gap, which accounts for it.
CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  declared INTEGER NOT NULL,
  shown INTEGER NOT NULL
) STRICT;
CREATE INDEX gap_end ON gap (to_ms);

-- Values of info/* and ns/authority, at the snapshots where they changed.
CREATE TABLE info_change (
  snapshot INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL
) STRICT;

-- The first lines of listings that were put aside, masked; snapshot.quarantined counts them all. And
-- all lines of a transcript that were, which have no snapshot.
CREATE TABLE quarantine (
  snapshot INTEGER,
  reason TEXT NOT NULL,
  line TEXT NOT NULL
) STRICT;

-- What many entries have in common, by number: the run, TYPE_FLAGS, how the opening is known
-- (opening: 0 not known, 1 from UPTIME, 2 an event's), whether the connection has no other entry
-- and the same life, and so no row of its own (alone), and of PORT and L_PORT the one that many have,
-- the other being NULL here. late: UPTIME when the entry ended, less the whole seconds since it
-- opened; 0 while it is open.
CREATE TABLE trait (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  type_flags TEXT NOT NULL,
  opening INTEGER NOT NULL,
  alone INTEGER NOT NULL,
  port INTEGER,
  l_port INTEGER,
  late INTEGER NOT NULL
) STRICT;

-- Entries that are there in the last snapshot.
-- port: PORT or L_PORT, the one that its trait has not, as a signed integer of 16 bits. age: how old it was when first_snapshot was taken, in seconds, in
-- milliseconds where an event said when it opened (opening 2).
CREATE TABLE open_entry (
  conn_id INTEGER NOT NULL,
  circ_id INTEGER NOT NULL,
  peer INTEGER NOT NULL,
  port INTEGER NOT NULL,
  trait INTEGER NOT NULL,
  age INTEGER NOT NULL,
  first_snapshot INTEGER NOT NULL,
  PRIMARY KEY (conn_id, circ_id)
) STRICT, WITHOUT ROWID;

-- Entries that ended, in the order in which they did. held: how many snapshots after first_snapshot
-- the last one was that held it. read and written: READ and WRITE then.
CREATE TABLE ended_entry (
  id INTEGER PRIMARY KEY,
  conn_id INTEGER NOT NULL,
  circ_id INTEGER NOT NULL,
  peer INTEGER NOT NULL,
  port INTEGER NOT NULL,
  trait INTEGER NOT NULL,
  age INTEGER NOT NULL,
  first_snapshot INTEGER NOT NULL,
  held INTEGER NOT NULL,
  read INTEGER NOT NULL,
  written INTEGER NOT NULL
) STRICT;

-- What few entries have. extra: fields past the tenth.
CREATE TABLE open_detail (
  conn_id INTEGER NOT NULL,
  circ_id INTEGER NOT NULL,
  extra TEXT NOT NULL,
  PRIMARY KEY (conn_id, circ_id)
) STRICT, WITHOUT ROWID;

-- closed_ms: the time an event gave for the end; without one it is the snapshot after the last that
-- held it. reason: Tor's word for why.
CREATE TABLE ended_detail (
  entry INTEGER PRIMARY KEY,
  closed_ms INTEGER,
  reason TEXT,
  extra TEXT
) STRICT;

-- READ and WRITE of open entries as of the last snapshot. Always empty in the file, for they change
-- with every snapshot: conntape fills a temporary table of this name from the tape, in a plain
-- shell they are NULL.
CREATE TABLE open_counter (
  conn_id INTEGER NOT NULL,
  circ_id INTEGER NOT NULL,
  read INTEGER NOT NULL,
  written INTEGER NOT NULL,
  PRIMARY KEY (conn_id, circ_id)
) STRICT, WITHOUT ROWID;

-- Connections (CONN_ID) whose life is not that of a single entry.
CREATE TABLE open_connection (
  conn_id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  age_ms INTEGER NOT NULL,
  opening INTEGER NOT NULL,
  first_snapshot INTEGER NOT NULL
) STRICT;

CREATE TABLE ended_connection (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  conn_id INTEGER NOT NULL,
  age_ms INTEGER NOT NULL,
  opening INTEGER NOT NULL,
  first_snapshot INTEGER NOT NULL,
  last_snapshot INTEGER NOT NULL,
  closed_ms INTEGER,
  reason TEXT,
  uptime INTEGER NOT NULL
) STRICT;

-- Connections that lived between two polls: only events say so, with the snapshot named.
CREATE TABLE passed_connection (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  conn_id INTEGER NOT NULL,
  or_id TEXT NOT NULL,
  type_flags TEXT NOT NULL,
  opened_ms INTEGER NOT NULL,
  closed_ms INTEGER,
  reason TEXT,
  snapshot INTEGER NOT NULL
) STRICT;

-- TYPE_FLAGS that an entry had until this snapshot, which showed others.
CREATE TABLE reflagged (
  snapshot INTEGER NOT NULL,
  conn_id INTEGER NOT NULL,
  circ_id INTEGER NOT NULL,
  type_flags TEXT NOT NULL
) STRICT;

-- Snapshots, both included, that did not hold an entry which later ones did again.
CREATE TABLE absent (
  conn_id INTEGER NOT NULL,
  circ_id INTEGER NOT NULL,
  from_snapshot INTEGER NOT NULL,
  to_snapshot INTEGER NOT NULL
) STRICT;

-- Rollups: what stretches of time come to, so that a picture of a week needs no tape of a week ---
--
-- Each but minute_ended is written with the first snapshot behind its stretch, as it was known then; what
-- is under way the tape alone has. Bytes that were moved across a gap are in none. A sum past
-- 2^53 - 1 stands as that. In blobs stand unsigned integers as on the tape, seven bits a byte.

-- What a snapshot's step moved: bytes of all connections, each once; connections that are there, that
-- came since the snapshot before and that went, those that lived in between in both; circuits that
-- moved something.
CREATE TABLE poll_total (
  snapshot INTEGER PRIMARY KEY,
  read INTEGER NOT NULL,
  written INTEGER NOT NULL,
  connections INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  circuits INTEGER NOT NULL
) STRICT;

-- How the bytes of circuits were balanced, a minute (counted since the epoch) in which any moved. bands:
-- how many circuits were in each of 41 bands of pcr, in order, each that is not 0 with their bytes.
CREATE TABLE minute_balance (
  minute INTEGER PRIMARY KEY,
  bands BLOB NOT NULL
) STRICT;

-- How long connections had lived that were seen to close, by the minute of their end, from the
-- first snapshot or event that says so. lengths: how many there were of which no age is known, then
-- how many in each of 40 bands of length; those behind the last that is not 0 are left out.
CREATE TABLE minute_ended (
  minute INTEGER PRIMARY KEY,
  lengths BLOB NOT NULL
) STRICT;

-- The 64 circuits of ten minutes (counted since the epoch) whose READ and WRITE were furthest apart,
-- the furthest first. circuits: of each its run, CIRC_ID, READ and WRITE.
CREATE TABLE lopsided (
  ten_minutes INTEGER PRIMARY KEY,
  circuits BLOB NOT NULL
) STRICT;

-- The greatest peers of an hour (counted since the epoch), those to which connections led out and
-- those that connected: 100 by bytes, then 100 others by openings. Of each its number, how many
-- connections opened, the most at once, READ and WRITE.
CREATE TABLE greatest (
  hour INTEGER PRIMARY KEY,
  outbound BLOB NOT NULL,
  inbound BLOB NOT NULL
) STRICT;

-- Lives in milliseconds, for the queries -------------------------------------------------------

CREATE VIEW peer_text AS
  SELECT id,
    CASE typeof(or_id) WHEN 'blob' THEN hex(or_id) ELSE or_id END AS or_id,
    CASE typeof(ip) WHEN 'integer'
      THEN (ip >> 24) || '.' || (ip >> 16 & 255) || '.' || (ip >> 8 & 255) || '.' || (ip & 255)
      ELSE ip END AS ip
  FROM peer;

-- read and written are NULL for what is still open (the tape knows) and for what no poll saw.
CREATE VIEW entry_life AS
  WITH listed AS (
    SELECT conn_id, circ_id, peer, port, trait, age, first_snapshot,
      first_snapshot + held AS last_snapshot, closed_ms, reason, extra, read, written
    FROM ended_entry LEFT JOIN ended_detail ON entry = ended_entry.id
    UNION ALL
    SELECT conn_id, circ_id, peer, port, trait, age, first_snapshot,
      NULL, NULL, NULL, extra, NULL, NULL
    FROM open_entry LEFT JOIN open_detail USING (conn_id, circ_id)
  )
  SELECT run, conn_id, circ_id, peer_text.or_id, peer_text.ip,
    coalesce(trait.port, listed.port & 65535) AS port,
    coalesce(trait.l_port, listed.port & 65535) AS l_port, type_flags, extra,
    first.at - age * CASE opening WHEN 2 THEN 1 ELSE 1000 END AS opened_ms,
    opening <> 0 AS opened_known,
    first_snapshot,
    coalesce(last_snapshot, (SELECT max(number) FROM snapshot)) AS last_snapshot,
    first.at AS first_seen_ms,
    CASE WHEN last_snapshot IS NULL
      THEN (SELECT at FROM snapshot ORDER BY number DESC LIMIT 1)
      ELSE (SELECT at FROM snapshot WHERE number = last_snapshot) END AS last_seen_ms,
    CASE WHEN last_snapshot IS NOT NULL
      THEN coalesce(closed_ms, (SELECT at FROM snapshot WHERE number = last_snapshot + 1))
      END AS closed_ms,
    CASE WHEN last_snapshot IS NULL THEN 'open'
      WHEN closed_ms IS NULL AND EXISTS (SELECT 1 FROM run WHERE run.first_snapshot = last_snapshot + 1)
        THEN 'run-ended'
      ELSE 'closed' END AS end,
    reason AS close_reason, read, written, alone
  FROM listed
  JOIN trait ON trait.id = listed.trait
  JOIN peer_text ON peer_text.id = listed.peer
  JOIN snapshot AS first ON first.number = listed.first_snapshot
  UNION ALL
  SELECT run, conn_id, 0, or_id, '0', 0, 0, type_flags, NULL, opened_ms, 1, NULL, NULL, opened_ms,
    coalesce(closed_ms, opened_ms), coalesce(closed_ms, snapshot.at),
    CASE WHEN closed_ms IS NULL
        AND EXISTS (SELECT 1 FROM run AS next
          WHERE next.first_snapshot = passed.snapshot AND next.id > passed.run)
      THEN 'run-ended' ELSE 'closed' END,
    reason, NULL, NULL, 1
  FROM passed_connection AS passed
  JOIN snapshot ON snapshot.number = passed.snapshot;

-- alone: whether a single entry says all of it.
CREATE VIEW connection_life AS
  WITH own AS (
    SELECT run, conn_id, age_ms, opening, first_snapshot, last_snapshot, closed_ms, reason
    FROM ended_connection
    UNION ALL
    SELECT run, conn_id, age_ms, opening, first_snapshot, NULL, NULL, NULL FROM open_connection
  )
  SELECT run, conn_id, opened_ms, opened_known, first_snapshot, last_snapshot, first_seen_ms,
    last_seen_ms, closed_ms, end, close_reason, alone
  FROM entry_life WHERE alone
  UNION ALL
  SELECT own.run, conn_id, first.at - age_ms, opening <> 0, first_snapshot, last.number, first.at,
    last.at,
    CASE WHEN last_snapshot IS NOT NULL
      THEN coalesce(closed_ms, (SELECT at FROM snapshot WHERE number = last_snapshot + 1)) END,
    CASE WHEN last_snapshot IS NULL THEN 'open'
      WHEN closed_ms IS NULL AND EXISTS (SELECT 1 FROM run WHERE run.first_snapshot = last_snapshot + 1)
        THEN 'run-ended'
      ELSE 'closed' END,
    reason, 0
  FROM own
  JOIN snapshot AS first ON first.number = own.first_snapshot
  JOIN snapshot AS last
    ON last.number = coalesce(own.last_snapshot, (SELECT max(number) FROM snapshot));

-- For people with a sqlite3 shell ---------------------------------------------------------------

CREATE VIEW snapshots AS
  SELECT number, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
    (SELECT max(id) FROM run WHERE first_snapshot <= number) AS run, entries, quarantined
  FROM snapshot;

CREATE VIEW connections AS
  SELECT run, conn_id, circ_id, or_id, ip, port, l_port, type_flags,
    strftime('%Y-%m-%dT%H:%M:%fZ', opened_ms / 1000.0, 'unixepoch') AS opened_at,
    opened_known,
    strftime('%Y-%m-%dT%H:%M:%fZ', first_seen_ms / 1000.0, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', last_seen_ms / 1000.0, 'unixepoch') AS last_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', closed_ms / 1000.0, 'unixepoch') AS closed_by,
    end, close_reason,
    (last_seen_ms - opened_ms) / 1000.0 AS lifetime_min_s,
    CASE WHEN opened_known THEN (closed_ms - opened_ms) / 1000.0 END AS lifetime_max_s,
    read AS read_bytes, written AS written_bytes
  FROM entry_life;

CREATE VIEW circuits AS
  SELECT run, circ_id, count(DISTINCT conn_id) AS connections,
    strftime('%Y-%m-%dT%H:%M:%fZ', min(opened_ms) / 1000.0, 'unixepoch') AS opened_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', min(first_seen_ms) / 1000.0, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', max(last_seen_ms) / 1000.0, 'unixepoch') AS last_seen
  FROM entry_life WHERE circ_id <> 0
  GROUP BY run, circ_id;

CREATE VIEW info AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', snapshot.at / 1000.0, 'unixepoch') AS at, key, value
  FROM info_change JOIN snapshot ON snapshot.number = info_change.snapshot;

CREATE VIEW shown_gap AS
  SELECT from_ms, to_ms, reason, declared FROM gap WHERE shown;

CREATE VIEW gaps AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS from_time,
    strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch') AS to_time,
    (to_ms - from_ms) / 1000.0 AS seconds, reason, declared
  FROM shown_gap;

CREATE VIEW run_extent AS
  SELECT id, first_snapshot,
    coalesce(lead(first_snapshot) OVER (ORDER BY id) - 1, (SELECT max(number) FROM snapshot))
      AS last_snapshot
  FROM run;

CREATE VIEW runs AS
  SELECT id AS run, first_snapshot, last_snapshot,
    strftime('%Y-%m-%dT%H:%M:%fZ', first.at / 1000.0, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', last.at / 1000.0, 'unixepoch') AS last_seen
  FROM run_extent
  JOIN snapshot AS first ON first.number = first_snapshot
  JOIN snapshot AS last ON last.number = last_snapshot;
