-- The observations of a fleet's files (`export --observations`) into their table; see import.sql.
SET use_hive_partitioning = 0;
SET lightweight_deletes_sync = 2;

DELETE FROM observations WHERE (relay, day) IN (
  SELECT DISTINCT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/observations/*/*/part.parquet', Parquet));
INSERT INTO observations
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/observations/*/*/part.parquet', Parquet);
