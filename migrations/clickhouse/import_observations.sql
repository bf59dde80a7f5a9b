-- The observations of a fleet's files (`export --observations`) into their table; see import.sql.
SET use_hive_partitioning = 0;
SET lightweight_deletes_sync = 2;

SELECT DISTINCT _path AS made_by_no_export
FROM file('fleet/observations/relay=*/day=*/part.parquet', One)
WHERE NOT match(_path, '/relay=[0-9A-F]{40}/day=[^/]*/part.parquet$')
  OR toString(toDateOrZero(extract(_path, '/day=([^/]*)/'))) <> extract(_path, '/day=([^/]*)/');
SELECT throwIf(count() > 0, 'folders are there that no export makes')
FROM file('fleet/observations/relay=*/day=*/part.parquet', One)
WHERE NOT match(_path, '/relay=[0-9A-F]{40}/day=[^/]*/part.parquet$')
  OR toString(toDateOrZero(extract(_path, '/day=([^/]*)/'))) <> extract(_path, '/day=([^/]*)/')
FORMAT Null;

DELETE FROM observations WHERE (relay, day) IN (
  SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/'))
  FROM file('fleet/observations/relay=*/day=*/part.parquet', One));
INSERT INTO observations
SELECT extract(_path, '/relay=([0-9A-F]{40})/'), toDate(extract(_path, '/day=([0-9-]{10})/')), *
FROM file('fleet/observations/relay=*/day=*/part.parquet', Parquet);
