-- Problems of lanes, what happened to them, and the messages about them.

-- `body` is what the machine needs to go on after a restart.
create table episode (
  id text primary key,
  lane text not null,
  state text not null check (state in ('firing', 'acknowledged', 'resolved')),
  rule text not null,
  cause text not null,
  opened_at real not null,
  resolved_at real,
  acknowledged_by text,
  acknowledged_until real,
  owner text,
  page integer not null check (page in (0, 1)),
  step integer not null,
  next_step_at real,
  message text not null,
  body blob not null,
  changed_at real not null
) strict;
-- One problem of a lane at a time is a rule of the database, not a habit of the code.
create unique index episode_open on episode (lane) where state <> 'resolved';
create index episode_by_opened on episode (opened_at, id);
create index episode_by_resolved on episode (resolved_at) where resolved_at is not null;

create table episode_line (
  id integer primary key,
  episode text not null,
  at real not null,
  actor text not null,
  what text not null,
  detail text not null
) strict;
create index episode_line_of on episode_line (episode, id);
create trigger episode_line_is_never_changed before update on episode_line
begin select raise(abort, 'the timeline is append-only'); end;

-- `ready_at` is when a row may be taken: when it is due, or when the lease of its sender ends;
-- null when nothing is left to do.
create table outbox (
  id integer primary key,
  key text not null unique,
  episode text not null,
  channel text not null,
  person text not null,
  kind text not null,
  page integer not null check (page in (0, 1)),
  fallbacks text not null,
  body blob not null,
  state text not null check (state in ('due', 'sending', 'sent', 'failed', 'superseded')),
  created_at real not null,
  due_at real not null,
  ready_at real,
  attempts integer not null default 0,
  fell_back_at real,
  done_at real,
  why text
) strict;
create index outbox_ready on outbox (ready_at, channel) where ready_at is not null;
create index outbox_of_channel on outbox (channel, ready_at) where ready_at is not null;
create index outbox_thread on outbox (episode, channel, id);
create index outbox_by_done on outbox (done_at) where done_at is not null;

create table delivery (
  id integer primary key,
  outbox integer not null,
  at real not null,
  took_s real not null,
  ok integer not null check (ok in (0, 1)),
  status integer,
  reason text not null
) strict;
create index delivery_of on delivery (outbox, id);
create index delivery_by_at on delivery (at);

create table channel_state (
  name text primary key,
  ok_at real,
  broken_since real,
  why text
) strict, without rowid;

create table silence (
  id integer primary key,
  lane text not null,
  starts_at real not null,
  ends_at real not null check (ends_at > starts_at),
  reason text not null,
  by text not null,
  created_at real not null
) strict;
create index silence_by_end on silence (ends_at);
