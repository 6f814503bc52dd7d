-- What people had done to jobs: the action, and what came of it for each of its jobs.

create table action (
  id text primary key,
  at real not null,
  actor text not null,
  action text not null check (action in ('retry', 'discard', 'revoke')),
  source text not null,
  query text not null,
  matched integer not null,
  dry integer not null default 0 check (dry in (0, 1)),
  state text not null default 'planned' check (state in ('planned', 'running', 'ended')),
  confirmed_at real,
  ended_at real,
  problem text
) strict, without rowid;
create index action_by_time on action (at);
create index action_by_state on action (state, confirmed_at, id);

create table action_job (
  action text not null,
  no integer not null,
  id text not null,
  queue text not null,
  job text not null,
  state text not null default 'planned',
  why text not null default '',
  at real,
  primary key (action, no)
) strict, without rowid;
create index action_job_by_state on action_job (action, state, no);
create index action_job_by_id on action_job (id);
