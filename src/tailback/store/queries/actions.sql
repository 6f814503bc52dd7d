-- Actions on jobs: planned with all of their jobs, confirmed by a person, then done job by job.

-- name: add_action
-- Writes an action down; nothing is done before it is confirmed.
insert into action (id, at, actor, action, source, query, matched)
values (:id, :at, :actor, :action, :source, :query, :matched);

-- name: add_action_job
-- Writes one job of an action down.
insert into action_job (action, no, id, queue, job) values (:action, :no, :id, :queue, :job);

-- name: confirm_action
-- Lets an action begin, once, soon after it was planned and only by whoever planned it.
update action set state = 'running', confirmed_at = :now, dry = :dry
where id = :id and state = 'planned' and actor = :actor and at > :since;

-- name: action
-- One action.
select id, at, actor, action, source, query, matched, dry, state, confirmed_at, ended_at, problem
from action where id = :id;

-- name: running_actions
-- Actions that are not at their end, the first confirmed first.
select id, at, actor, action, source, query, matched, dry, state, confirmed_at, ended_at, problem
from action where state = 'running' order by confirmed_at, id;

-- name: newest_actions
-- The newest actions that were confirmed, from a moment on backwards.
select id, at, actor, action, source, query, matched, dry, state, confirmed_at, ended_at, problem
from action where state in ('running', 'ended') and at < :before order by at desc limit :limit;

-- name: action_counts
-- How many jobs of an action are in each state.
select state, count(*) from action_job where action = :id group by state;

-- name: action_jobs
-- Jobs of an action and what came of them.
select no, id, queue, job, state, why, at from action_job
where action = :id and no > :after order by no limit :limit;

-- name: actions_of_job
-- What was done to the jobs of one id, the latest first.
select action.id, action.actor, action.action, action.dry, action_job.state, action_job.why, action_job.at
from action_job join action on action.id = action_job.action
where action_job.id = :id and action.source = :source and action.state != 'planned'
order by action.confirmed_at desc limit :limit;

-- name: send_action_jobs
-- Notes that the next jobs are about to be done.
update action_job set state = 'sent', at = :now where action = :id and no in (
  select no from action_job where action = :id and state = 'planned' order by no limit :limit);

-- name: sent_action_jobs
-- Jobs that were about to be done, those of before a crash too.
select no, id, queue, job, state, why, at from action_job
where action = :id and state = 'sent' order by no;

-- name: settle_action_job
-- Notes what came of one job.
update action_job set state = :state, why = :why, at = :at where action = :action and no = :no;

-- name: settle_rest
-- Gives up on the jobs of an action that are in one state.
update action_job set state = :to, why = :why, at = :at where action = :id and state = :state;

-- name: stop_action_jobs
-- Stops the jobs of a running action that were not begun.
update action_job set state = 'stopped', why = :why, at = :now
where action = :id and state = 'planned'
and exists (select 1 from action where id = :id and state = 'running');

-- name: trouble_action
-- Notes why an action does not get on; null when it does.
update action set problem = :problem where id = :id and problem is not :problem;

-- name: end_action
-- Ends an action.
update action set state = 'ended', ended_at = :now, problem = null where id = :id;
