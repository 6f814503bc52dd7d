-- Jobs that ended, in blocks that can be searched, and what was last known of every failure reason.

-- A block holds some thousand jobs in the order in which they ended. `upto` is the offset up to
-- which all that ended is kept. `terms` are the distinct names in it, `ids` the sorted hashes of
-- its ids and names, `keys` and `body` its columns: which block can hold a job is known without opening it.
create table ended_block (
  id integer primary key,
  upto integer not null,
  ended_to real not null,
  terms blob not null,
  ids blob not null,
  keys blob not null,
  body blob not null
) strict;
create index ended_block_by_time on ended_block (ended_to);
create index ended_block_by_upto on ended_block (upto);

create table reason_note (
  key text primary key,
  first_at real not null,
  last_at real not null,
  last_retry_at real,
  error blob
) strict, without rowid;
create index reason_note_by_time on reason_note (last_at);
