-- The log of accepted batches, the ledger's checkpoints, and who may use the server.

create table meta (
  name text primary key,
  value text not null
) strict, without rowid;

-- `next` is the offset that the next new batch gets, `applied` the last one counted in the rollups.
create table progress (
  name text primary key,
  at_offset integer not null
) strict, without rowid;
insert into progress (name, at_offset) values ('next', 1), ('applied', 0);

create table segment (
  first_offset integer primary key,
  last_offset integer not null,
  received_from real not null,
  received_to real not null,
  bytes integer not null,
  blob blob not null
) strict;
create unique index segment_by_last_offset on segment (last_offset);
create index segment_by_time on segment (received_to, first_offset);
-- Quiet hours leave many small segments, which are joined later.
create index segment_small on segment (first_offset, received_to) where bytes < 262144;

create table producer (
  id integer primary key,
  source text not null,
  name text not null,
  last_seen_hour integer not null,
  unique (source, name)
) strict;
create index producer_by_last_seen on producer (last_seen_hour);

create table accepted (
  producer integer not null,
  seq integer not null,
  at_offset integer not null,
  primary key (producer, seq)
) strict, without rowid;

create table checkpoint (
  at_offset integer primary key,
  saved_at real not null,
  parts integer not null,
  bytes integer not null,
  sha256 blob not null
) strict;

-- A checkpoint is written in parts so that accepted batches never wait for a large one.
create table checkpoint_part (
  at_offset integer not null,
  part integer not null,
  blob blob not null,
  primary key (at_offset, part)
) strict;

create table token (
  id integer primary key,
  sha256 blob not null unique,
  prefix text not null,
  scope text not null check (scope in ('read', 'ingest', 'operate', 'actions')),
  source text,
  note text,
  created_at real not null,
  created_by text,
  last_used_at real,
  revoked_at real
) strict;

create table user_account (
  id integer primary key,
  name text not null unique,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  see_details integer not null default 0 check (see_details in (0, 1)),
  password_hash text,
  created_at real not null,
  last_seen_at real,
  disabled_at real
) strict;

create table one_time_link (
  sha256 blob primary key,
  purpose text not null,
  subject text,
  created_at real not null,
  expires_at real not null,
  used_at real
) strict, without rowid;

create table audit (
  id integer primary key,
  at real not null,
  actor text not null,
  action text not null,
  subject text not null,
  origin text,
  detail text not null
) strict;
create index audit_by_subject on audit (subject, id);
create trigger audit_is_never_changed before update on audit
begin select raise(abort, 'the audit is append-only'); end;
create trigger audit_is_never_deleted before delete on audit
begin select raise(abort, 'the audit is append-only'); end;
