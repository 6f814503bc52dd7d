-- Counts per minute and hour of each slice, and per failure reason.

-- name: slice_id
-- The number of a slice.
select id from slice where source = :source and queue = :queue and job = :job;

-- name: add_slice
-- Gives a new slice its number.
insert into slice (source, queue, job) values (:source, :queue, :job) returning id;

-- name: reason_id
-- The number of a failure reason.
select id from reason where key = :key;

-- name: add_reason
-- Gives a new failure reason its number.
insert into reason (key) values (:key) returning id;

-- name: add_minute
-- Adds what was counted to one minute of one slice; sketches merge, the greatest age stays.
insert into minute values (
  :slice, :at, :arrivals, :started, :completed, :failed, :retried, :dead, :discarded, :lost,
  :run_ms, :failed_run_ms, :oldest_age_s, :run, :ready_wait, :age, :tenants)
on conflict (slice, at) do update set
  arrivals = arrivals + excluded.arrivals, started = started + excluded.started,
  completed = completed + excluded.completed, failed = failed + excluded.failed,
  retried = retried + excluded.retried, dead = dead + excluded.dead,
  discarded = discarded + excluded.discarded, lost = lost + excluded.lost,
  run_ms = run_ms + excluded.run_ms, failed_run_ms = failed_run_ms + excluded.failed_run_ms,
  oldest_age_s = max(coalesce(oldest_age_s, excluded.oldest_age_s), coalesce(excluded.oldest_age_s, oldest_age_s)),
  run = merge_durations(run, excluded.run), ready_wait = merge_durations(ready_wait, excluded.ready_wait),
  age = merge_durations(age, excluded.age), tenants = merge_distinct(tenants, excluded.tenants);

-- name: add_reason_minute
-- Adds failed attempts of one reason to one minute of one slice.
insert into reason_minute (at, slice, reason, failed) values (:at, :slice, :reason, :failed)
on conflict (at, slice, reason) do update set failed = failed + excluded.failed;

-- name: applied
-- The last offset that is counted in the rollups.
select at_offset from progress where name = 'applied';

-- name: apply
-- Moves the mark of what is counted, forward only.
update progress set at_offset = :upto where name = 'applied' and at_offset <= :upto;

-- name: slices_of
-- The slices of a queue, of some job types when given as a JSON list.
select id from slice
where source = :source and queue = :queue
  and (:jobs is null or job in (select value from json_each(:jobs)));

-- name: all_slices
-- Every slice that was ever counted, of one source or queue name when given.
select source, queue, job from slice
where (:source is null or source = :source) and (:queue is null or queue = :queue)
order by source, queue, job;

-- name: series
-- Minutes, and hours where minutes were folded, of some slices in [from, to), summed per step with their sketches.
with part as (
  select * from minute where slice in (select value from json_each(:slices)) and at >= :from and at < :to
  union all
  select * from hour where slice in (select value from json_each(:slices)) and at >= :from and at < :to
)
select :from + (at - :from) / :step * :step as bucket,
  sum(arrivals), sum(started), sum(completed), sum(failed), sum(retried), sum(dead), sum(discarded), sum(lost),
  sum(run_ms), sum(failed_run_ms), max(oldest_age_s),
  sum_durations(run), sum_durations(ready_wait), sum_durations(age), sum_distinct(tenants)
from part group by bucket order by bucket;

-- name: counts
-- As `series` without sketches, for several windows given as a JSON list of [from, to] at once.
with frame as (
  select json_extract(value, '$[0]') as begins, json_extract(value, '$[1]') as ends from json_each(:windows)
), part as (
  select at, arrivals, started, completed, failed, retried, dead, discarded, lost, run_ms, failed_run_ms, oldest_age_s
  from json_each(:slices) as wanted cross join frame
  join minute on minute.slice = wanted.value and at >= begins and at < ends
  union all
  select at, arrivals, started, completed, failed, retried, dead, discarded, lost, run_ms, failed_run_ms, oldest_age_s
  from json_each(:slices) as wanted cross join frame
  join hour on hour.slice = wanted.value and at >= begins and at < ends
)
select at / :step * :step as bucket,
  sum(arrivals), sum(started), sum(completed), sum(failed), sum(retried), sum(dead), sum(discarded), sum(lost),
  sum(run_ms), sum(failed_run_ms), max(oldest_age_s)
from part group by bucket order by bucket;

-- name: overview
-- The minutes of every slice since a minute, from the index alone.
select slice.source, slice.queue, slice.job,
  sum(arrivals), sum(started), sum(completed), sum(failed), sum(retried), sum(dead), sum(discarded), sum(lost),
  sum(run_ms), sum(failed_run_ms), max(oldest_age_s)
from minute join slice on slice.id = minute.slice
where at >= :from and at < :to group by minute.slice;

-- name: reason_counts
-- Failed attempts per slice and reason in the last hour, 3 hours, 24 hours and 7 days before a minute.
with part as (
  select at, slice, reason, failed from reason_minute where at >= :until - 604800 and at < :until
  union all
  select at, slice, reason, failed from reason_hour where at >= :until - 604800 and at < :until
)
select slice.source, slice.queue, slice.job, reason.key,
  coalesce(sum(failed) filter (where at >= :until - 3600), 0), coalesce(sum(failed) filter (where at >= :until - 10800), 0),
  coalesce(sum(failed) filter (where at >= :until - 86400), 0), sum(failed)
from part join slice on slice.id = part.slice join reason on reason.id = part.reason
group by part.slice, part.reason having sum(failed) > 0
order by 5 desc, 8 desc, 4;

-- name: reason_counts_of
-- The same for some slices, found by slice first.
with part as (
  select at, slice, reason, failed from reason_minute
  where slice in (select value from json_each(:slices)) and at >= :until - 604800 and at < :until
  union all
  select at, slice, reason, failed from reason_hour
  where slice in (select value from json_each(:slices)) and at >= :until - 604800 and at < :until
)
select slice.source, slice.queue, slice.job, reason.key,
  coalesce(sum(failed) filter (where at >= :until - 3600), 0), coalesce(sum(failed) filter (where at >= :until - 10800), 0),
  coalesce(sum(failed) filter (where at >= :until - 86400), 0), sum(failed)
from part join slice on slice.id = part.slice join reason on reason.id = part.reason
group by part.slice, part.reason having sum(failed) > 0
order by 5 desc, 8 desc, 4;

-- name: reason_series
-- Failed attempts of one reason in some slices per step, from [from, to).
with part as (
  select at, failed from reason_minute
  where slice in (select value from json_each(:slices)) and at >= :from and at < :to
    and reason = (select id from reason where key = :key)
  union all
  select at, failed from reason_hour
  where slice in (select value from json_each(:slices)) and at >= :from and at < :to
    and reason = (select id from reason where key = :key)
)
select :from + (at - :from) / :step * :step as bucket, sum(failed) from part group by bucket order by bucket;
