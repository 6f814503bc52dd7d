-- Deploy marks, business counters and the last readings of probes.

-- name: add_deploy
-- Notes a deploy; the same mark sent twice is one.
insert into deploy (at, service, release) values (:at, :service, :release)
on conflict (service, release, at) do nothing;

-- name: deploys
-- The deploys in [from, to), oldest first.
select at, service, release from deploy where at >= :from and at < :to order by at;

-- name: add_outcome
-- Adds to a business counter in one minute.
insert into outcome_minute (name, at, count) values (:name, :at, :count)
on conflict (name, at) do update set count = count + excluded.count;

-- name: outcome_series
-- A business counter per step in [from, to).
select :from + (at - :from) / :step * :step as bucket, sum(count) from outcome_minute
where name = :name and at >= :from and at < :to group by bucket order by bucket;

-- name: outcome_names
-- All business counters ever sent.
with recursive each_name (name) as (
  select min(name) from outcome_minute
  union all
  select (select min(name) from outcome_minute where name > each_name.name) from each_name where name is not null
)
select name from each_name where name is not null;

-- name: save_reading
-- Keeps the newest reading of a queue.
insert into reading (source, queue, taken_at, body) values (:source, :queue, :taken_at, :body)
on conflict (source, queue) do update set taken_at = excluded.taken_at, body = excluded.body
where excluded.taken_at >= reading.taken_at;

-- name: readings
-- The last reading of every queue.
select source, queue, taken_at, body from reading;
