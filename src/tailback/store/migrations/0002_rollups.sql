-- What was counted per minute and hour of each slice, and marks beside them.
-- Minutes and hours are named by the Unix second at which they start.

create table slice (
  id integer primary key,
  source text not null,
  queue text not null,
  job text not null,
  unique (source, queue, job)
) strict;

create table minute (
  slice integer not null,
  at integer not null,
  arrivals integer not null,
  started integer not null,
  completed integer not null,
  failed integer not null,
  retried integer not null,
  dead integer not null,
  discarded integer not null,
  lost integer not null,
  run_ms integer not null,
  failed_run_ms integer not null,
  oldest_age_s real,
  run blob,
  ready_wait blob,
  age blob,
  tenants blob,
  primary key (slice, at)
) strict, without rowid;

-- One slice over time reads the table, all slices of the last minutes read this index alone.
create index minute_of_all on minute (
  at, slice, arrivals, started, completed, failed, retried, dead, discarded, lost, run_ms, failed_run_ms, oldest_age_s
);

create table hour (
  slice integer not null,
  at integer not null,
  arrivals integer not null,
  started integer not null,
  completed integer not null,
  failed integer not null,
  retried integer not null,
  dead integer not null,
  discarded integer not null,
  lost integer not null,
  run_ms integer not null,
  failed_run_ms integer not null,
  oldest_age_s real,
  run blob,
  ready_wait blob,
  age blob,
  tenants blob,
  primary key (slice, at)
) strict, without rowid;
create index hour_of_all on hour (at, slice);

create table reason (
  id integer primary key,
  key text not null unique
) strict;

create table reason_minute (
  at integer not null,
  slice integer not null,
  reason integer not null,
  failed integer not null,
  primary key (at, slice, reason)
) strict, without rowid;
create index reason_minute_of_slice on reason_minute (slice, at, reason, failed);

create table reason_hour (
  at integer not null,
  slice integer not null,
  reason integer not null,
  failed integer not null,
  primary key (at, slice, reason)
) strict, without rowid;
create index reason_hour_of_slice on reason_hour (slice, at, reason, failed);

create table deploy (
  id integer primary key,
  at real not null,
  service text not null,
  release text not null,
  unique (service, release, at)
) strict;
create index deploy_by_time on deploy (at);

create table outcome_minute (
  name text not null,
  at integer not null,
  count integer not null,
  primary key (name, at)
) strict, without rowid;

create index outcome_by_time on outcome_minute (at);

-- The last look of a probe at each queue, so that a restarted server knows since when it is blind.
create table reading (
  source text not null,
  queue text not null,
  taken_at real not null,
  body blob not null,
  primary key (source, queue)
) strict, without rowid;
