-- Episodes, their timelines, the outbox, silences and what is known of channels.

-- name: save_episode
-- Keeps an episode as it is now; what was written late, after something newer, changes nothing.
insert into episode (id, lane, state, rule, cause, opened_at, resolved_at, acknowledged_by, acknowledged_until,
  owner, page, step, next_step_at, message, body, changed_at, parent)
values (:id, :lane, :state, :rule, :cause, :opened_at, :resolved_at, :acknowledged_by, :acknowledged_until,
  :owner, :page, :step, :next_step_at, :message, :body, :changed_at, :parent)
on conflict (id) do update set state = excluded.state, rule = excluded.rule, cause = excluded.cause,
  resolved_at = excluded.resolved_at, acknowledged_by = excluded.acknowledged_by,
  acknowledged_until = excluded.acknowledged_until, owner = excluded.owner, page = excluded.page,
  step = excluded.step, next_step_at = excluded.next_step_at, message = excluded.message, body = excluded.body,
  changed_at = excluded.changed_at, parent = excluded.parent
where excluded.changed_at >= episode.changed_at;

-- name: add_line
-- Adds to the timeline of an episode.
insert into episode_line (episode, at, actor, what, detail) values (:episode, :at, :actor, :what, :detail);

-- name: open_episodes
-- Every episode that is not resolved.
select id, lane, state, rule, cause, opened_at, resolved_at, acknowledged_by, acknowledged_until, owner, page, step,
  next_step_at, message, body, changed_at, parent
from episode where state <> 'resolved' and lane >= '';

-- name: resolved_since
-- Episodes that ended lately: one that comes back goes on.
select id, lane, state, rule, cause, opened_at, resolved_at, acknowledged_by, acknowledged_until, owner, page, step,
  next_step_at, message, body, changed_at, parent
from episode where resolved_at >= :since order by resolved_at;

-- name: proven_lanes
-- When the alert of each lane was last answered in a drill.
select substr(lane, 7), max(resolved_at) from episode
where resolved_at >= :since and rule = 'drill' and acknowledged_by is not null group by lane;

-- name: newest_episodes
-- Episodes by when they opened, newest first, from a moment backwards.
select id, lane, state, rule, cause, opened_at, resolved_at, acknowledged_by, acknowledged_until, owner, page, step,
  next_step_at, message, body, changed_at, parent
from episode where opened_at < :before order by opened_at desc, id desc limit :limit;

-- name: episode_by_id
-- One episode.
select id, lane, state, rule, cause, opened_at, resolved_at, acknowledged_by, acknowledged_until, owner, page, step,
  next_step_at, message, body, changed_at, parent
from episode where id = :id;

-- name: children
-- The episodes that are or were part of one.
select id, lane, state, rule, cause, opened_at, resolved_at, acknowledged_by, acknowledged_until, owner, page, step,
  next_step_at, message, body, changed_at, parent
from episode where parent = :parent order by opened_at, id;

-- name: timeline
-- What happened to one episode, in order.
select episode, at, actor, what, detail from episode_line where episode = :episode order by id;

-- name: add_outgoing
-- Queues a message; the same key is queued once.
insert into outbox (key, episode, channel, person, kind, page, fallbacks, body, state, created_at, due_at, ready_at)
values (:key, :episode, :channel, :person, :kind, :page, :fallbacks, :body, 'due', :at, :due_at, :due_at)
on conflict (key) do nothing;

-- name: told_channels
-- Where something of an episode went, or may have gone, with the person it was for.
select channel, min(person), min(fallbacks), max(page) from outbox
where episode = :episode and attempts > 0 and state <> 'failed' group by channel order by min(id);

-- name: supersede
-- Gives up what was not sent of an episode before it ended.
update outbox set state = 'superseded', ready_at = null, done_at = :at, why = :why
where episode = :episode and state = 'due' and kind <> 'resolved';

-- name: ready_channels
-- Channels that have something to send now.
select distinct +channel from outbox where ready_at <= :now;

-- name: claim
-- Takes rows of one channel until the lease ends, in the order of each thread, pages first.
update outbox set state = 'sending', ready_at = :lease_until, attempts = attempts + 1
where id in (
  select o.id from outbox o
  where o.channel = :channel and o.ready_at <= :now and not exists (
    select 1 from outbox e
    where e.episode = o.episode and e.channel = o.channel and e.id < o.id and e.ready_at is not null)
  order by o.page desc, o.id limit :limit)
returning id, key, episode, channel, person, kind, page, fallbacks, body, created_at, due_at, attempts, fell_back_at;

-- name: sent_lately
-- How many messages a channel took since then, those in digests left out.
select count(*) from outbox
where done_at >= :since and channel = :channel and state = 'sent' and why is null and kind not in ('drill', 'test', 'review');

-- name: last_digest
-- When the last digest of a channel was made.
select max(created_at) from outbox where episode = :episode and channel = :channel;

-- name: hold_for_digest
-- Lets what is due wait for the next digest.
update outbox set ready_at = :until
where ready_at <= :now and channel = :channel and state = 'due' and kind not in ('drill', 'test', 'review', 'digest');

-- name: put_into_digest
-- Takes what is due out of the queue: a digest tells it.
update outbox set state = 'sent', attempts = attempts + 1, ready_at = null, done_at = :now, why = :why
where ready_at <= :now and channel = :channel and state = 'due' and kind not in ('drill', 'test', 'review', 'digest')
returning id, key, episode, channel, person, kind, page, fallbacks, body, created_at, due_at, attempts, fell_back_at;

-- name: first_key
-- The key of the first message of a thread that went out, or may have.
select key from outbox where episode = :episode and channel = :channel and attempts > 0
order by id limit 1;

-- name: finish
-- Records the end of an attempt, unless the lease ended and somebody else has the row now.
update outbox set state = :state, ready_at = :again_at, done_at = :done_at, why = :why,
  fell_back_at = coalesce(fell_back_at, :fell_back_at)
where id = :id and state = 'sending' and attempts = :attempts;

-- name: add_delivery
-- Records one attempt.
insert into delivery (outbox, at, took_s, ok, status, reason) values (:outbox, :at, :took_s, :ok, :status, :reason);

-- name: release
-- Ends the leases of a sender that is gone.
update outbox set state = 'due', ready_at = :now where ready_at > :now and state = 'sending';

-- name: outbox_of
-- The messages of one episode, in order.
select id, key, channel, person, kind, state, due_at, attempts, done_at, why from outbox
where episode = :episode order by id;

-- name: oldest_ready
-- Since when the oldest message waits that could be sent.
select min(ready_at) from outbox where ready_at <= :now;

-- name: channel_ok
-- Notes that a channel took a message.
insert into channel_state (name, ok_at) values (:name, :at)
on conflict (name) do update set ok_at = excluded.ok_at, broken_since = null, why = null;

-- name: channel_broken
-- Notes that a channel refuses for good.
insert into channel_state (name, broken_since, why) values (:name, :at, :why)
on conflict (name) do update set broken_since = coalesce(broken_since, excluded.broken_since), why = excluded.why;

-- name: channel_states
-- What is known of every channel.
select name, ok_at, broken_since, why from channel_state;

-- name: add_silence
-- Keeps a quiet time of a lane.
insert into silence (lane, starts_at, ends_at, reason, by, created_at)
values (:lane, :starts_at, :ends_at, :reason, :by, :at) returning id;

-- name: end_silence
-- Ends a quiet time now.
update silence set ends_at = max(:now, starts_at + 0.001) where id = :id and ends_at > :now;

-- name: silences
-- Quiet times that have not ended.
select id, lane, starts_at, ends_at, reason, by, created_at from silence where ends_at > :now order by ends_at;
