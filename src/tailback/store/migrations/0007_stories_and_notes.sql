-- What was found out about problems that are over, and what a weekly review left to do.

create table story (
  episode text primary key,
  made_at real not null,
  body blob not null
) strict, without rowid;

-- `key` names what a rule opened, so that it opens it once; `done_at` null carries over.
create table review_note (
  id integer primary key,
  key text,
  at real not null,
  changed text not null,
  fix text not null,
  who text not null,
  done_at real
) strict;
create unique index review_note_key on review_note (key) where key is not null;
create index review_note_open on review_note (done_at, at);

-- Advice that somebody does not want to see again.
create table dismissal (
  key text primary key,
  by text not null,
  at real not null
) strict, without rowid;
