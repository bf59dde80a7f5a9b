-- The files of a fleet into the tables of 0001_fleet.sql.
--
-- ClickHouse reads files under its folder user_files alone: let fleet there be the folder of the
-- export, or a link to it. Then: clickhouse client --database fleet < import.sql
--
-- What comes takes the place of what was there of the same relay and day, so an import may be
-- repeated, and a day that was exported again is there once. load goes first and comes last: while the
-- rest is coming, and where that breaks off, the questions say that in these days nobody was looking,
-- until it is repeated. To import some days alone, name them in the place of the second star:
-- fleet/lives/relay=*/day=2026-11-2*/part.parquet
--
-- Relay and day are taken from the path: as columns their type would be guessed, and a fingerprint may
-- look like a number. What goes is found by the files' names (One reads no more of them), as a part
-- may have come to hold no rows.
SET use_hive_partitioning = 0;
SET lightweight_deletes_sync = 2;

-- Stops where there are folders that no export makes, and names them: they would be taken for another
-- relay or another day, or would stop a DELETE half way, and with it all that follow.
SELECT DISTINCT _path AS made_by_no_export
FROM file('fleet/*/relay=*/day=*/part.parquet', One)
WHERE NOT match(_path, '/relay=[0-9A-F]{40}/day=[^/]*/part.parquet$')
  OR toString(toDateOrZero(extract(_path, '/day=([^/]*)/'))) <> extract(_path, '/day=([^/]*)/');
SELECT throwIf(count() > 0, 'folders are there that no export makes')
FROM file('fleet/*/relay=*/day=*/part.parquet', One)
WHERE NOT match(_path, '/relay=[0-9A-F]{40}/day=[^/]*/part.parquet$')
  OR toString(toDateOrZero(extract(_path, '/day=([^/]*)/'))) <> extract(_path, '/day=([^/]*)/')
FORMAT Null;

-- From here on a relay is known even while its sessions are gone, between their DELETE and INSERT: an
-- answer that did not name it would read as one of all relays.
INSERT INTO expected
SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/') AS relay, ''
FROM file('fleet/load/relay=*/day=*/part.parquet', One)
WHERE relay NOT IN (SELECT relay FROM expected);

DELETE FROM load WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/load/relay=*/day=*/part.parquet', One));

DELETE FROM sessions WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/sessions/relay=*/day=*/part.parquet', One));
INSERT INTO sessions
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/sessions/relay=*/day=*/part.parquet', Parquet);

DELETE FROM gaps WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/gaps/relay=*/day=*/part.parquet', One));
INSERT INTO gaps
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/gaps/relay=*/day=*/part.parquet', Parquet);

DELETE FROM lives WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/lives/relay=*/day=*/part.parquet', One));
INSERT INTO lives
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/lives/relay=*/day=*/part.parquet', Parquet);

DELETE FROM circuits WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/circuits/relay=*/day=*/part.parquet', One));
INSERT INTO circuits
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/circuits/relay=*/day=*/part.parquet', Parquet);

DELETE FROM findings WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/findings/relay=*/day=*/part.parquet', One));
INSERT INTO findings
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/findings/relay=*/day=*/part.parquet', Parquet);

DELETE FROM peers WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/peers/relay=*/day=*/part.parquet', One));
INSERT INTO peers
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/peers/relay=*/day=*/part.parquet', Parquet);

DELETE FROM destinations WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/destinations/relay=*/day=*/part.parquet', One));
INSERT INTO destinations
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/destinations/relay=*/day=*/part.parquet', Parquet);

INSERT INTO load
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/load/relay=*/day=*/part.parquet', Parquet);
