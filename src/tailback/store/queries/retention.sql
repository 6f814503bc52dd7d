-- What is forgotten when; every statement touches a bounded number of rows.

-- name: drop_segments
-- Forgets segments that are old enough and that no kept checkpoint needs for a restart.
delete from segment where first_offset in (
  select first_offset from segment
  where received_to < :before and last_offset <= (select min(at_offset) from checkpoint)
  order by received_to limit :limit);

-- name: producers_after
-- The next producers to look at.
select id, last_seen_hour from producer where id > :after order by id limit :limit;

-- name: drop_accepted
-- Forgets the oldest seqs of a producer, but never its newest ones.
delete from accepted where producer = :producer and at_offset < :before_offset and seq in (
  select seq from accepted where producer = :producer
  and seq <= (select max(seq) from accepted where producer = :producer) - :keep
  order by seq limit :limit);

-- name: drop_silent_producer
-- Forgets a producer that is silent for as long as segments are kept.
delete from producer where id = :producer;

-- name: drop_accepted_of
-- Forgets all seqs of a producer.
delete from accepted where producer = :producer;

-- name: fold_minutes
-- Adds the oldest minutes to their hours; `drop_folded_minutes` must follow in the same transaction.
insert into hour
select slice, at / 3600 * 3600,
  sum(arrivals), sum(started), sum(completed), sum(failed), sum(retried), sum(dead), sum(discarded), sum(lost),
  sum(run_ms), sum(failed_run_ms), max(oldest_age_s),
  sum_durations(run), sum_durations(ready_wait), sum_durations(age), sum_distinct(tenants)
from minute
where (slice, at) in (select slice, at from minute where at < :before order by at, slice limit :limit)
group by 1, 2
on conflict (slice, at) do update set
  arrivals = arrivals + excluded.arrivals, started = started + excluded.started,
  completed = completed + excluded.completed, failed = failed + excluded.failed,
  retried = retried + excluded.retried, dead = dead + excluded.dead,
  discarded = discarded + excluded.discarded, lost = lost + excluded.lost,
  run_ms = run_ms + excluded.run_ms, failed_run_ms = failed_run_ms + excluded.failed_run_ms,
  oldest_age_s = max(coalesce(oldest_age_s, excluded.oldest_age_s), coalesce(excluded.oldest_age_s, oldest_age_s)),
  run = merge_durations(run, excluded.run), ready_wait = merge_durations(ready_wait, excluded.ready_wait),
  age = merge_durations(age, excluded.age), tenants = merge_distinct(tenants, excluded.tenants);

-- name: drop_folded_minutes
-- Removes exactly the minutes that `fold_minutes` added.
delete from minute
where (slice, at) in (select slice, at from minute where at < :before order by at, slice limit :limit);

-- name: fold_reasons
-- Adds the oldest minutes of failure reasons to their hours; `drop_folded_reasons` must follow.
insert into reason_hour
select at / 3600 * 3600, slice, reason, sum(failed) from reason_minute
where (at, slice, reason) in (
  select at, slice, reason from reason_minute where at < :before order by at, slice, reason limit :limit)
group by 1, 2, 3
on conflict (at, slice, reason) do update set failed = failed + excluded.failed;

-- name: drop_folded_reasons
-- Removes exactly the minutes that `fold_reasons` added.
delete from reason_minute
where (at, slice, reason) in (
  select at, slice, reason from reason_minute where at < :before order by at, slice, reason limit :limit);

-- name: drop_hours
-- Forgets the oldest hours.
delete from hour
where (slice, at) in (select slice, at from hour where at < :before order by at limit :limit);

-- name: drop_reason_hours
-- Forgets the oldest hours of failure reasons.
delete from reason_hour
where (at, slice, reason) in (
  select at, slice, reason from reason_hour where at < :before order by at, slice, reason limit :limit);

-- name: drop_outcomes
-- Forgets the oldest minutes of business counters.
delete from outcome_minute
where (name, at) in (select name, at from outcome_minute where at < :before limit :limit);

-- name: drop_deploys
-- Forgets the oldest deploy marks.
delete from deploy where id in (select id from deploy where at < :before order by at limit :limit);

-- name: drop_ended
-- Forgets the oldest blocks of ended jobs, but never the one that says how far all is kept.
delete from ended_block where id in (
  select id from ended_block
  where ended_to < :before and id < (select max(id) from ended_block) order by ended_to limit :limit);

-- name: drop_reason_notes
-- Forgets reasons that were not seen for as long as hours are kept.
delete from reason_note where key in (select key from reason_note where last_at < :before limit :limit);

-- name: drop_readings
-- Forgets queues that were last read long ago.
delete from reading
where (source, queue) in (select source, queue from reading where taken_at < :before limit :limit);

-- name: drop_links
-- Forgets one-time links that expired long ago.
delete from one_time_link
where sha256 in (select sha256 from one_time_link where expires_at < :before limit :limit);

-- name: small_segments
-- The next small segments, oldest first, to be joined into larger ones.
select first_offset, last_offset, received_from, received_to, bytes, blob from segment
where bytes < 262144 and first_offset > :after and received_to < :received_before
order by first_offset limit :limit;

-- name: drop_joined
-- Removes the segments that a joined one replaces; it must find all of them.
delete from segment where first_offset >= :first_offset and last_offset <= :last_offset;

-- name: drop_outbox
-- Forgets messages that were done long ago.
delete from outbox where id in (select id from outbox where done_at < :before order by done_at limit :limit);

-- name: drop_deliveries
-- Forgets attempts to deliver of long ago.
delete from delivery where id in (select id from delivery where at < :before order by at limit :limit);

-- name: drop_complaints
-- Forgets the oldest complaints.
delete from complaint where id in (select id from complaint where at < :before order by at limit :limit);

-- name: drop_action_jobs
-- Forgets the jobs of the oldest actions; those that never began are forgotten sooner.
delete from action_job where (action, no) in (
  select action, no from action_job where action in (
    select id from action where at < :before or (state = 'planned' and at < :planned_before))
  limit :limit);

-- name: drop_actions
-- Forgets the oldest actions whose jobs are forgotten.
delete from action where (at < :before or (state = 'planned' and at < :planned_before))
and not exists (select 1 from action_job where action = action.id);
