-- One root cause is one alert: the episodes of the lanes that suffer from it point to its own.

alter table episode add column parent text;
create index episode_by_parent on episode (parent) where parent is not null;
