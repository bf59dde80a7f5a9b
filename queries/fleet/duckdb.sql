-- The files of a fleet as views of DuckDB, for one machine: no database, and nothing is copied.
--
-- Run in the folder of the export (docs/fleet.md, DuckDB), then views.sql. There is no view of
-- observations, which few exports have.
CREATE OR REPLACE VIEW lives AS SELECT * FROM read_parquet('lives/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW circuits AS SELECT * FROM read_parquet('circuits/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW findings AS SELECT * FROM read_parquet('findings/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW load AS SELECT * FROM read_parquet('load/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW peers AS SELECT * FROM read_parquet('peers/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW destinations AS SELECT * FROM read_parquet('destinations/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW gaps AS SELECT * FROM read_parquet('gaps/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});
CREATE OR REPLACE VIEW sessions AS SELECT * FROM read_parquet('sessions/*/*/part.parquet', hive_partitioning = true, hive_types = {'relay': VARCHAR, 'day': DATE});

-- The relays that should answer, to be filled by hand: one that has never been exported is known by
-- nothing else.
CREATE TABLE IF NOT EXISTS expected (relay VARCHAR, nickname VARCHAR);

-- What is asked: one row, filled before a question.
CREATE TABLE IF NOT EXISTS asked (seen_from TIMESTAMP, seen_to TIMESTAMP, address VARCHAR);
