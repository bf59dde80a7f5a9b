-- The files of a fleet (docs/fleet.md) as tables of ClickHouse; for 24 or newer.
--
-- Run it once in a database of its own: clickhouse client --database fleet < 0001_fleet.sql
-- A row is as in the files, with the relay and the day that the folders say. Months are partitions, so
-- that dropping what is too old takes no time; within them a relay's rows lie together, by time.
--
-- The next step, for more than one machine: ReplicatedMergeTree('/clickhouse/tables/{shard}/TABLE',
-- '{replica}') in the place of MergeTree, and for each table one that spreads it,
--
--   CREATE TABLE lives_all AS lives ENGINE = Distributed(CLUSTER, fleet, lives, cityHash64(relay));
--
-- with the import into that, and queries/fleet/ asking it. Leave skip_unavailable_shards at 0: set, a
-- cluster answers for the shards that are up, and says nothing of the others. Every question names the
-- relays that do not answer, but by the table sessions, a shard of which may be missing, too: fill
-- `expected`, which stands on the machine that asks.

CREATE TABLE IF NOT EXISTS lives (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  run Int32 CODEC(Delta, ZSTD),
  conn_id Int64 CODEC(Delta, ZSTD),
  circ_id Nullable(Int64) CODEC(ZSTD),
  is_connection Bool,
  or_id String CODEC(ZSTD),
  ip String CODEC(ZSTD),
  port Int32 CODEC(T64, ZSTD),
  l_port Int32 CODEC(T64, ZSTD),
  type_flags LowCardinality(String),
  opened_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  opened_known Bool,
  first_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  last_seen DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
  closed_by Nullable(DateTime64(3, 'UTC')) CODEC(Delta, ZSTD),
  ended_how LowCardinality(String),
  close_reason LowCardinality(String),
  lifetime_min_s Float64 CODEC(ZSTD),
  lifetime_max_s Nullable(Float64) CODEC(ZSTD),
  read_bytes Nullable(Int64) CODEC(T64, ZSTD),
  written_bytes Nullable(Int64) CODEC(T64, ZSTD),
  -- One rare address among all: a byte a life, and most of the table need not be read.
  INDEX ip_seen ip TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX or_id_seen or_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, last_seen);

CREATE TABLE IF NOT EXISTS circuits (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  run Int32 CODEC(Delta, ZSTD),
  circ_id Int64 CODEC(ZSTD),
  shape LowCardinality(String),
  opened_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  first_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  last_seen DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
  closed_by Nullable(DateTime64(3, 'UTC')) CODEC(Delta, ZSTD),
  ended_how LowCardinality(String),
  lifetime_min_s Float64 CODEC(ZSTD),
  lifetime_max_s Nullable(Float64) CODEC(ZSTD),
  inbound Int32 CODEC(T64, ZSTD),
  outbound Int32 CODEC(T64, ZSTD),
  read_bytes Nullable(Int64) CODEC(T64, ZSTD),
  written_bytes Nullable(Int64) CODEC(T64, ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, last_seen);

CREATE TABLE IF NOT EXISTS findings (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  rule LowCardinality(String),
  severity LowCardinality(String),
  subject String CODEC(ZSTD),
  first_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  last_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  value Nullable(Float64),
  threshold Nullable(Float64),
  snapshots Nullable(String) CODEC(ZSTD),
  explanation String CODEC(ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, last_seen);

CREATE TABLE IF NOT EXISTS load (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  minute DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
  observed_s Float64 CODEC(ZSTD),
  open Int64 CODEC(T64, ZSTD),
  opened Int64 CODEC(T64, ZSTD),
  closed Int64 CODEC(T64, ZSTD),
  read_bytes Int64 CODEC(T64, ZSTD),
  written_bytes Int64 CODEC(T64, ZSTD),
  circuits Nullable(Int64) CODEC(T64, ZSTD),
  channel_circuits Nullable(Int64) CODEC(T64, ZSTD),
  descriptors_used Nullable(Int64) CODEC(T64, ZSTD),
  descriptors_limit Nullable(Int64) CODEC(T64, ZSTD),
  relay_read_bytes Nullable(Int64) CODEC(T64, ZSTD),
  relay_written_bytes Nullable(Int64) CODEC(T64, ZSTD),
  listed Nullable(Int64) CODEC(T64, ZSTD),
  counted_by_tor Nullable(Int64) CODEC(T64, ZSTD),
  apart Nullable(String) CODEC(ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, minute);

CREATE TABLE IF NOT EXISTS peers (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  or_id String CODEC(ZSTD),
  connections Int64 CODEC(T64, ZSTD),
  opened Int64 CODEC(T64, ZSTD),
  closed Int64 CODEC(T64, ZSTD),
  max_concurrent Int64 CODEC(T64, ZSTD),
  most_from_one_address Nullable(Int64) CODEC(T64, ZSTD),
  addresses Nullable(Int64) CODEC(T64, ZSTD),
  mean_addresses Nullable(Float64) CODEC(ZSTD),
  read_bytes Int64 CODEC(T64, ZSTD),
  written_bytes Int64 CODEC(T64, ZSTD),
  short_lived_share Nullable(Float64) CODEC(ZSTD),
  first_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  last_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, day, or_id);

CREATE TABLE IF NOT EXISTS destinations (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  ip String CODEC(ZSTD),
  or_id Nullable(String) CODEC(ZSTD),
  ports Nullable(String) CODEC(ZSTD),
  connections Int64 CODEC(T64, ZSTD),
  max_concurrent Int64 CODEC(T64, ZSTD),
  read_bytes Int64 CODEC(T64, ZSTD),
  written_bytes Int64 CODEC(T64, ZSTD),
  first_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  last_seen DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  local_network Nullable(Bool),
  beacon_score Nullable(Float64) CODEC(ZSTD),
  period_s Nullable(Float64) CODEC(ZSTD),
  chance Nullable(Float64) CODEC(ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, day, ip);

CREATE TABLE IF NOT EXISTS gaps (
  relay LowCardinality(String),
  day Date,
  blind_from DateTime64(3, 'UTC'),
  blind_to DateTime64(3, 'UTC'),
  reason String,
  declared Bool
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, blind_to);

CREATE TABLE IF NOT EXISTS sessions (
  relay LowCardinality(String),
  day Date,
  began_at DateTime64(3, 'UTC'),
  source LowCardinality(String),
  interval_s Float64,
  bytes_of LowCardinality(String),
  nickname String,
  tor_version LowCardinality(String),
  config String CODEC(ZSTD),
  observes String CODEC(ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, began_at);

-- Of `export --observations` alone. The greatest table by far.
CREATE TABLE IF NOT EXISTS observations (
  relay LowCardinality(String),
  day Date CODEC(Delta, ZSTD),
  seen_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
  run Int32 CODEC(Delta, ZSTD),
  conn_id Int64 CODEC(Delta, ZSTD),
  circ_id Int64 CODEC(Delta, ZSTD),
  read_bytes Int64 CODEC(Delta, ZSTD),
  written_bytes Int64 CODEC(Delta, ZSTD)
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (relay, run, conn_id, circ_id, seen_at);

-- The relays that should answer: an import adds those that it has parts of, and one that has never been
-- exported is to be added by hand.
CREATE TABLE IF NOT EXISTS expected (relay String, nickname String)
ENGINE = ReplacingMergeTree ORDER BY relay;

-- What is asked: one row, filled before a question (queries/fleet/).
CREATE TABLE IF NOT EXISTS asked (
  seen_from DateTime64(3, 'UTC'),
  seen_to DateTime64(3, 'UTC'),
  address String
) ENGINE = Memory;
