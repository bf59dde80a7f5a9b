-- The files of a fleet into the tables of 0001_fleet.sql.
--
-- ClickHouse reads files under its folder user_files alone: let fleet there be the folder of the
-- export, or a link to it. Then: clickhouse client --database fleet < import.sql
--
-- What comes takes the place of what was there of the same relay and day, so an import may be
-- repeated, and a day that was exported again is there once. One that breaks off lacks the days that
-- were coming until it is repeated. To import some days alone, name them in the place of the second
-- star: fleet/lives/*/day=2026-11-2*/part.parquet
--
-- Relay and day are taken from the path: as columns their type would be guessed, and a fingerprint may
-- look like a number.
SET use_hive_partitioning = 0;
SET lightweight_deletes_sync = 2;

DELETE FROM lives WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/lives/*/*/part.parquet', Parquet));
INSERT INTO lives
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/lives/*/*/part.parquet', Parquet);

DELETE FROM circuits WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/circuits/*/*/part.parquet', Parquet));
INSERT INTO circuits
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/circuits/*/*/part.parquet', Parquet);

DELETE FROM findings WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/findings/*/*/part.parquet', Parquet));
INSERT INTO findings
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/findings/*/*/part.parquet', Parquet);

DELETE FROM load WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/load/*/*/part.parquet', Parquet));
INSERT INTO load
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/load/*/*/part.parquet', Parquet);

DELETE FROM peers WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/peers/*/*/part.parquet', Parquet));
INSERT INTO peers
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/peers/*/*/part.parquet', Parquet);

DELETE FROM destinations WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/destinations/*/*/part.parquet', Parquet));
INSERT INTO destinations
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/destinations/*/*/part.parquet', Parquet);

DELETE FROM gaps WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/gaps/*/*/part.parquet', Parquet));
INSERT INTO gaps
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/gaps/*/*/part.parquet', Parquet);

DELETE FROM sessions WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/sessions/*/*/part.parquet', Parquet));
INSERT INTO sessions
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/sessions/*/*/part.parquet', Parquet);
