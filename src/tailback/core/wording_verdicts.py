"""The sentence of every verdict: what is wrong, in real numbers, and what customers cannot do."""

from typing import TYPE_CHECKING

from tailback.core import wording_redis
from tailback.core.text import clean_text
from tailback.core.wording import count, customers_cannot, duration, promise

if TYPE_CHECKING:
    from tailback.core.judge.baseline import Normal
    from tailback.core.judge.failing import FailingReason
    from tailback.core.judge.finding import Finding
    from tailback.core.judge.signals import JobTypeSignals, Signals, SilentType
    from tailback.core.model import Lane
    from tailback.core.redis_memory import Full

# Closer than this, "nothing has finished for …" says nothing.
JUST_NOW_S = 15.0
NEARLY_ALL = 0.8


def healthy(signals: "Signals", normal: "Normal | None") -> str:
    """Say that all is well, beside what is normal at this hour, and what endangers it."""
    return _on_time(signals, normal) + endangered(signals)


def _on_time(signals: "Signals", normal: "Normal | None") -> str:
    if not signals.unfinished and not signals.waiting and not signals.oldest_s:
        return "Healthy: nothing is waiting"
    if signals.oldest_s is None:
        return "Healthy: no job is late"
    age = duration(signals.oldest_s)
    if normal is None:
        return f"Healthy: the oldest job is {age} old"
    usual = duration(normal.typical_s)
    return f"Healthy: the oldest job is {age} old (normal for {normal.label} is {usual})"


def paused(signals: "Signals", lane: "Lane") -> str:
    """Say that somebody paused the queue while work waits."""
    return _end(f"Stuck: the queue is paused and {_wait(signals.waiting or 0)}", lane)


def nothing_arrives(finding: "Finding", rule: str, normal: "Normal | None", lane: "Lane") -> str:
    """Say that new work stopped coming."""
    if rule == "shortfall":
        came, expected = count(int(finding.value), "job"), int(finding.threshold)
        return _end(f"Missing: only {came} came where a normal hour brings {expected:,}", lane)
    text = f"Missing: no new job for {duration(finding.value)}"
    if normal is not None:
        text += f"; normal for {normal.label} is {normal.arrivals_h:,.0f} an hour"
    return _end(text, lane)


def job_type_silent(silent: "SilentType", lane: "Lane") -> str:
    """Say that one job type stopped coming while others go on."""
    text = f"Missing: no new job of type {clean_text(silent.job, 40)} for {duration(silent.gap_s)}"
    usual = f"in that time {int(silent.expected):,} come at least on a normal day"
    return _end(f"{text} while others go on; {usual}", lane)


def not_aged(signals: "Signals") -> str:
    """Say that jobs are counted, and that nobody can tell for how long they have been there."""
    counts = ((signals.waiting, "waiting"), (signals.running, "running"))
    there = ", ".join(f"{number:,} {what}" for number, what in counts if number)
    return f"Unknown: {there}; how old they are is not measured"


def broker_full(full: "Full", lane: "Lane") -> str:
    """Say that the broker has no room for new jobs."""
    return _end(f"Missing: {wording_redis.full(full)}", lane)


def jobs_vanish(signals: "Signals", lane: "Lane") -> str:
    """Say that jobs left the broker without having run to an end, and what may have done it."""
    text = f"Missing: {count(signals.vanished, 'job')} disappeared without having finished"
    return _end(text + endangered(signals), lane)


def thrown_away(signals: "Signals", lane: "Lane") -> str:
    """Say that work is thrown away instead of done; that of one job type, if it is nearly all."""
    kind = signals.thrown
    if kind is not None and kind.discarded_10m >= NEARLY_ALL * signals.discarded_10m:
        thrown, name = count(kind.discarded_10m, "job"), clean_text(kind.job, 60)
        done = f"{count(kind.completed_10m, 'job')} of it finished in the last 10 min"
        return _end(f"Missing: {thrown} of {name} thrown away and {done}", lane)
    text = f"Missing: {count(signals.discarded_10m, 'job')} thrown away and {_finished(signals)}"
    return _end(text, lane)


def not_promoted(number: int, lane: "Lane") -> str:
    """Say that no scheduler moves what is due."""
    text = f"Stuck: {count(number, 'scheduled job')} past due and no scheduler runs to start them"
    return _end(text, lane)


def nobody_works(cause: str, signals: "Signals", lane: "Lane") -> str:
    """Say that no worker is there."""
    waiting = _wait(signals.unfinished or signals.waiting or 0)
    if cause == "nobody_consumes":
        return _end(f"Stuck: no worker listens to this queue and {waiting}", lane)
    silent = ""
    if signals.workers_silent_since is not None:
        silent = (
            f" or frozen (not heard for {duration(signals.now - signals.workers_silent_since)})"
        )
    return _end(f"Stuck: all workers are gone{silent} and {waiting}{_quiet(signals)}", lane)


def nobody_known(signals: "Signals", lane: "Lane") -> str:
    """Say that no worker that is known listens to the queue, though others of the source work."""
    known = count(signals.workers_elsewhere, "known worker")
    waiting = _wait(signals.unfinished or signals.waiting or 0)
    return _end(f"Stuck: none of {known} listens to this queue and {waiting}", lane)


def rate_limited(reason: "FailingReason", signals: "Signals", lane: "Lane") -> str:
    """Say that an upstream lets only part of the work through."""
    text = (
        f"Slow: {count(reason.jobs, 'job')} turned away by a rate limit{_named(reason)} while "
        f"{_finished(signals)}"
    )
    return _end(text, lane, wait=True)


def _named(reason: "FailingReason") -> str:
    return f" ({reason.sentence})" if reason.sentence else ""


def failing_repeatedly(reason: "FailingReason", signals: "Signals", lane: "Lane") -> str:
    """Say that the same failure comes back at every attempt, and which."""
    who = ""
    if len(reason.tenants) == 1 and reason.jobs > 1:
        who = f" of account {clean_text(next(iter(reason.tenants)), 60)}"
    elif len(reason.job_types) == 1 and signals.job_type_count > 1:
        who = f" of type {clean_text(next(iter(reason.job_types)), 60)}"
    more = "more than " if reason.more else ""
    keep = "keeps" if reason.jobs == 1 and not more else "keep"
    why = f": {reason.sentence}" if reason.sentence else " for the same reason"
    text = f"Stuck: {more}{count(reason.jobs, 'job')}{who} {keep} failing{why}{_quiet(signals)}"
    return _end(text, lane)


def slowed_by_failures(reason: "FailingReason", signals: "Signals", lane: "Lane") -> str:
    """Say that jobs finish late because most must be tried again, and why."""
    more = "more than " if reason.more else ""
    text = f"Slow: {more}{count(reason.jobs, 'job')} failed more than once{_named(reason)}"
    return _end(f"{text}; {_oldest(signals, lane)}", lane, wait=True)


def oldest_fails(reason: "FailingReason", signals: "Signals", lane: "Lane") -> str:
    """Say that the oldest job fails again and again while others go on, and why."""
    why = f": {reason.sentence}" if reason.sentence else ""
    oldest = _oldest(signals, lane)
    return _end(f"Slow: {oldest} and keeps failing{why}", lane, wait=True)


def _oldest(signals: "Signals", lane: "Lane") -> str:
    return f"the oldest job is {_age(signals)} old (promise {promise(lane.promise_s)})"


def outcome_missing(finding: "Finding", signals: "Signals", lane: "Lane") -> str:
    """Say that less came out than what customers began, and in which time."""
    done, began = int(finding.value), int(finding.threshold)
    expects = lane.expects
    upstream = expects.upstream if expects is not None else "its upstream"
    what = "jobs finished for it"
    if expects is not None and expects.downstream is not None:
        what = f"{expects.downstream} came"
    text = f"Missing: {upstream} goes on, but only {done:,} of {began:,} {what}"
    return _end(f"{text} in the last {duration(signals.followed_s)}", lane)


def poison_job(word: str, job_id: str, losses: float, lane: "Lane") -> str:
    """Say that one job takes its worker down again and again."""
    text = f"{word.capitalize()}: job {clean_text(job_id, 40)} took its worker down"
    return _end(f"{text} {losses:.0f} times", lane, wait=word == "slow")


def tried_too_often(word: str, reason: "FailingReason", lane: "Lane") -> str:
    """Say that a job is tried more often or for longer than its lane allows."""
    job, times = clean_text(reason.most_tried or "", 40), count(reason.attempts, "time")
    why = f": {reason.sentence}" if reason.sentence else ""
    return _end(f"{word.capitalize()}: job {job} failed {times}{why}", lane, wait=word == "slow")


def crowds(job: str, unfinished: int, lane: "Lane") -> str:
    """Say that one job type takes the workers from the others."""
    text = f"Slow: {clean_text(job, 60)} takes nearly all work time ({count(unfinished, 'job')} "
    return _end(text + "unfinished) and the others wait", lane, wait=True)


def account_crowds(tenant: str, jobs: int, looked_at: int, lane: "Lane") -> str:
    """Say that most of what waits longest belongs to one account."""
    text = f"Slow: {jobs} of the {looked_at} oldest jobs are of account {clean_text(tenant, 60)}"
    return _end(text, lane, wait=True)


def job_type_stopped(kind: "JobTypeSignals", lane: "Lane") -> str:
    """Say that one job type stands still while others of the lane go on."""
    age = duration(kind.oldest_s or 0.0)
    text = f"Stuck: nothing of {clean_text(kind.job, 60)} finishes (oldest {age})"
    return _end(f"{text} while other jobs go on", lane)


def stuck(cause: str, signals: "Signals", lane: "Lane") -> str:
    """Say why nothing finishes."""
    if cause == "blocked_by_long_job":
        long = duration(signals.longest_running_s or 0.0)
        text = f"Stuck: one job has been running for {long} and blocks the others"
    elif cause == "workers_frozen":
        text = f"Stuck: all workers are busy and none finishes{_quiet(signals)}"
    elif cause == "workers_elsewhere":
        text = f"Stuck: all workers are busy with other queues and {_wait(signals.waiting or 0)}"
    elif cause == "workers_idle":
        waiting = count(signals.waiting or 0, "job")
        text = f"Stuck: workers are connected but take none of {waiting} waiting"
    elif signals.quiet_s is not None and signals.quiet_s < JUST_NOW_S:
        text = f"Stuck: only {_finished(signals)} and the oldest job is {_age(signals)} old"
    elif _still_for(signals):
        text = f"Stuck: nothing has finished for {_still_for(signals)}"
    else:
        text = f"Stuck: nothing has finished yet and the oldest job is {_age(signals)} old"
    return _end(text, lane)


def slow(cause: str, signals: "Signals", normal: "Normal | None", lane: "Lane") -> str:
    """Say why work is late though jobs finish."""
    usual = normal.workers if normal is not None else None
    more = {
        "workers_lost": f"; {signals.workers} of {usual} workers are left",
        "slow_dependency": "; each job takes far longer than normal",
        "catching_up": _catching_up(signals),
        "capacity": (f"; {count(signals.arrivals_10m, 'job')} came and {_finished(signals)}"),
        "some_jobs_stopped": "; other jobs go on, some silently stopped",
        "late_unmeasured": "; how many jobs finish is not measured",
        "late": f"; {_finished(signals)}",
    }[cause]
    return _end(f"Slow: {_oldest(signals, lane)}{more}", lane, wait=True)


def endangered(signals: "Signals") -> str:
    """Return what a full broker does to jobs, to end a sentence with; "" when none is known."""
    return f"; {wording_redis.full(signals.redis_full)}" if signals.redis_full else ""


def _wait(number: int) -> str:
    return f"{count(number, 'job')} {'waits' if number == 1 else 'wait'}"


def _catching_up(signals: "Signals") -> str:
    surplus = (signals.completed_10m - signals.arrivals_10m) / 600.0
    eta = (signals.waiting or 0) / surplus if surplus > 0 else 0.0
    return f"; catching up, done in about {duration(max(60.0, eta))}"


def _age(signals: "Signals") -> str:
    return duration(signals.oldest_s or 0.0)


def _quiet(signals: "Signals") -> str:
    quiet = _still_for(signals)
    return f"; nothing has finished for {quiet}" if quiet else ""


def _still_for(signals: "Signals") -> str:
    """Return how long nothing has finished, "" when that is not known or was just now."""
    if signals.quiet_s is not None:
        return duration(signals.quiet_s) if signals.quiet_s >= JUST_NOW_S else ""
    if signals.unchanged_since is None or not signals.counts_completions:
        return ""
    return f"at least {duration(signals.now - signals.unchanged_since)}"


def _finished(signals: "Signals") -> str:
    return (
        f"{count(signals.completed_10m, 'job')} finished in the last {duration(signals.counted_s)}"
    )


def _end(text: str, lane: "Lane", *, wait: bool = False) -> str:
    cannot = customers_cannot(lane.customer_action, slow=wait)
    return f"{text}; {cannot}" if cannot else text
