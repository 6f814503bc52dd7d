-- What users complained about, each about one lane.

-- `reference` is the ticket of a help desk: sent again, it is the same complaint.
create table complaint (
  id integer primary key,
  lane text not null,
  at real not null,
  by text not null,
  text text not null,
  account text,
  reference text
) strict;
create unique index complaint_reference on complaint (reference) where reference is not null;
create index complaint_by_at on complaint (at);
create index complaint_of_lane on complaint (lane, at);
