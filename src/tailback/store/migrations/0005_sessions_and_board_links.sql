-- Who is signed in, and links that show the board to people without an account until an end date.

create table session (
  id integer primary key,
  sha256 blob not null unique,
  user_id integer not null,
  created_at real not null,
  expires_at real not null,
  ended_at real,
  origin text
) strict;
create index session_of_user on session (user_id, id);
create index session_by_end on session (expires_at);

create table board_link (
  id integer primary key,
  sha256 blob not null unique,
  prefix text not null,
  note text,
  created_at real not null,
  created_by text,
  expires_at real not null,
  ended_at real
) strict;
