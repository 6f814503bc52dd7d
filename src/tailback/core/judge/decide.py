"""The verdict, the cause and the sentence that explain what the rules found."""

from tailback.core import wording_verdicts as words
from tailback.core.judge.baseline import Normal
from tailback.core.judge.decide_runs import Clock, Said, absent_run, present_run
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.finding import Finding
from tailback.core.judge.retries import most_tried, worst_reason
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane, VerdictWord

# Below this share of what a normal day completes, work counts as standing still.
STANDING_SHARE = 0.2
# Workers that spent this share of their time on jobs that ended well are slow, not stuck.
BUSY_SHARE = 0.4
RUNS_WITHOUT_END = 2.0
MOST = 0.8
ENOUGH_TO_TELL = 10.0
SLOWER = 2.0
RATE_LIMITED = 429
RATE_LIMIT = "rate-limit"
WORKER_KILLED = "worker-killed"
MISSING = {"silence": "nothing_arrives", "shortfall": "too_little_arrives"}
PARTS_MISSING = {"silent_type", "outcome", "vanished", "discarded"}
LATE = {"age", "running", "straggler"}
RETRIES = {"attempts", "retry_age"}
CROWD_SHARE = 0.8
CROWD_JOBS = 10


def decide(
    signals: Signals,
    normal: Normal | None,
    lane: Lane,
    firing: list[Finding],
    clock: Clock = None,
) -> Said:
    """Return verdict, cause and sentence of a lane whose findings `firing` have held.

    `clock` turns Unix seconds into a local time of day.
    """
    rules = {finding.rule: finding for finding in firing}
    if not firing:
        there = signals.unfinished or signals.waiting or signals.running or signals.oldest_s
        idle = not there
        return "healthy", "idle" if idle else "on_time", words.healthy(signals, normal)
    if "full" in rules and signals.redis_full is not None:
        return "missing", "broker_full", words.broker_full(signals.redis_full, lane)
    if signals.paused and signals.waiting:
        return "stuck", "paused", words.paused(signals, lane)
    said = absent_run(signals, lane, rules.keys(), clock)
    for explain in (_missing, _nobody, _failing, _poison, _narrow):
        said = said or explain(signals, normal, lane, rules)
    said = said or present_run(signals, lane, rules.keys(), clock)
    if said is not None:
        return said
    if _stands_still(signals, normal):
        return _stuck(signals, lane)
    return _slow(signals, normal, lane, rules)


def _missing(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> Said | None:
    if not rules.keys() <= {*MISSING, *PARTS_MISSING}:
        return None
    for rule, cause in MISSING.items():
        if rule in rules:
            return "missing", cause, words.nothing_arrives(rules[rule], rule, normal, lane)
    if "silent_type" in rules and signals.silent_type is not None:
        return "missing", "job_type_silent", words.job_type_silent(signals.silent_type, lane)
    if "outcome" in rules:
        said = words.outcome_missing(rules["outcome"], signals, lane)
        return "missing", "outcome_missing", said
    if "discarded" in rules:
        return "missing", "jobs_thrown_away", words.thrown_away(signals, lane)
    return "missing", "jobs_vanish", words.jobs_vanish(signals, lane)


def _nobody(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> Said | None:
    if "scheduler" in rules:
        overdue = signals.overdue_scheduled or 0
        return "stuck", "not_promoted", words.not_promoted(overdue, lane)
    if signals.workers is None and signals.workers_elsewhere and not _ever_worked(signals):
        return "stuck", "nobody_consumes", words.nobody_known(signals, lane)
    if signals.workers != 0:
        return None
    ever = signals.last_success_at is not None or (normal is not None and normal.workers)
    cause = "workers_gone" if ever or signals.workers_silent_since else "nobody_consumes"
    return "stuck", cause, words.nobody_works(cause, signals, lane)


def _ever_worked(signals: Signals) -> bool:
    return bool(signals.last_success_at or signals.running or signals.retrying or signals.failing)


def _failing(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> Said | None:
    worst = worst_reason(signals)
    if worst is None or ("failing" not in rules and worst.jobs < MOST * signals.unfinished):
        return None
    if worst.reason == WORKER_KILLED and worst.jobs == 1 and worst.attempts > 1:
        word: VerdictWord = "stuck" if _stands_still(signals, normal) else "slow"
        said = words.poison_job(word, worst.most_tried or "", worst.attempts, lane)
        return word, "poison_job", said
    limited = worst.status == RATE_LIMITED or worst.reason.startswith(RATE_LIMIT)
    if limited and signals.completed_10m:
        return "slow", "rate_limited", words.rate_limited(worst, signals, lane)
    if "failing" not in rules and not _stands_still(signals, normal):
        return None
    return "stuck", "failing_repeatedly", words.failing_repeatedly(worst, signals, lane)


def _poison(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> Said | None:
    word: VerdictWord = "stuck" if _stands_still(signals, normal) else "slow"
    if "poison" in rules and signals.poison is not None:
        losses = rules["poison"].value
        return word, "poison_job", words.poison_job(word, signals.poison.id, losses, lane)
    most = most_tried(signals)
    if most is not None and rules.keys() & RETRIES:
        return word, "poison_job", words.tried_too_often(word, most, lane)
    return None


def _narrow(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> Said | None:
    """Name the one job type or account that explains it while the others go on."""
    if not rules.keys() & LATE or not signals.completed_10m:
        return None
    late = [kind for kind in signals.job_types if (kind.oldest_s or 0.0) > 0.2 * lane.promise_s]
    others_go_on = (signals.quiet_s or 0.0) < (late[0].oldest_s or 0.0) if late else False
    if len(late) == 1 and not late[0].completed_10m and others_go_on:
        return "stuck", "job_type_stopped", words.job_type_stopped(late[0], lane)
    if _stands_still(signals, normal):
        return None
    busy = sum(kind.run_s_10m for kind in signals.job_types)
    for kind in signals.job_types:
        mine = kind.run_s_10m > CROWD_SHARE * busy and kind.unfinished >= CROWD_JOBS
        if mine and any(other is not kind for other in late):
            return "slow", "job_type_crowds", words.crowds(kind.job, kind.unfinished, lane)
    if signals.oldest_tenants and signals.oldest_looked_at >= CROWD_JOBS:
        tenant, jobs = signals.oldest_tenants[0]
        if tenant is not None and jobs >= CROWD_SHARE * signals.oldest_looked_at:
            said = words.account_crowds(tenant, jobs, signals.oldest_looked_at, lane)
            return "slow", "account_crowds", said
    return None


def _stands_still(signals: Signals, normal: Normal | None) -> bool:
    if not signals.counts_completions:
        return _unmoved(signals)
    if _held_up(signals):
        return True
    if not signals.completed_10m:
        # Where a run takes long, ten minutes without an end are no standstill yet.
        runs, quiet = signals.recent_run_s, signals.quiet_s
        return runs is None or quiet is None or quiet > RUNS_WITHOUT_END * runs
    expected = None
    if normal is not None:
        expected = normal.completed_h / 6
        if normal.arrivals_h:
            expected *= max(0.2, min(3.0, signals.arrivals_10m / (normal.arrivals_h / 6)))
    if not signals.completed_5m and (expected or signals.completed_10m * 1.0) >= ENOUGH_TO_TELL:
        return True
    if signals.workers and signals.run_s_10m > BUSY_SHARE * signals.workers * 600:
        return False
    return expected is not None and signals.completed_10m < STANDING_SHARE * expected


def _unmoved(signals: Signals) -> bool:
    """Tell whether a probe, which does not count what finishes, saw nothing leave the queue."""
    if signals.unmoved_since is None or signals.running is None:
        return False
    if signals.unaged:
        return signals.running == 0
    return signals.now - signals.unmoved_since > MOST * (signals.oldest_s or 0.0)


def _held_up(signals: Signals) -> bool:
    """Tell whether jobs that run about as long as the oldest waits keep the others waiting.

    They hold all slots, or their workers hold the jobs that wait while others have nothing to do.
    Where none runs and none has finished since the oldest came, something else keeps them.
    """
    slots, longest = signals.slots or signals.workers, signals.longest_running_s or 0.0
    quiet, oldest = signals.quiet_s, signals.oldest_s or 0.0
    if not slots or not signals.waiting or quiet is None or quiet < 0.5 * longest:
        return False
    if not signals.running:
        return quiet >= oldest
    idle = signals.workers_busy is not None and signals.workers_busy < slots
    held = signals.long_running >= slots or (idle and quiet >= oldest)
    return held and longest > MOST * oldest


def _stuck(signals: Signals, lane: Lane) -> Said:
    slots = signals.slots or signals.workers
    if signals.long_running > 1 and signals.long_running >= MOST * (signals.running or 0):
        cause = "workers_frozen"
    elif signals.running and (signals.longest_running_s or 0.0) > MOST * (signals.oldest_s or 0.0):
        cause = "blocked_by_long_job"
    elif signals.running and slots and signals.running >= slots:
        cause = "workers_frozen"
    elif signals.workers and not signals.running and signals.waiting:
        elsewhere = slots and (signals.workers_busy or 0) >= slots
        cause = "workers_elsewhere" if elsewhere else "workers_idle"
    else:
        cause = "nothing_finishes"
    return "stuck", cause, words.stuck(cause, signals, lane)


def _slow(signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]) -> Said:
    worst = worst_reason(signals)
    mean = signals.run_s_10m / signals.completed_10m if signals.completed_10m else None
    usual_workers = normal.workers if normal else None
    if usual_workers and signals.workers is not None and signals.workers <= usual_workers / 2:
        cause = "workers_lost"
    elif mean and normal and normal.run_mean_s and mean > SLOWER * normal.run_mean_s:
        cause = "slow_dependency"
    elif not signals.counts_completions:
        cause = "late_unmeasured"
    elif not signals.counts_arrivals:
        cause = "late"
    elif signals.completed_10m > _clearly(signals.arrivals_10m) and signals.waiting:
        cause = "catching_up"
    elif worst is not None and worst.jobs >= MOST * signals.unfinished:
        # Work that comes back again and again looks like too little capacity.
        said = words.slowed_by_failures(worst, signals, lane)
        return "slow", "failing_repeatedly", said
    elif (oldest := _oldest_fails(signals)) is not None:
        return "slow", "failing_repeatedly", words.oldest_fails(oldest, signals, lane)
    elif signals.arrivals_10m > _clearly(signals.completed_10m):
        cause = "capacity"
    else:
        cause = "late" if "age" in rules else "some_jobs_stopped"
    return "slow", cause, words.slow(cause, signals, normal, lane)


def _oldest_fails(signals: Signals) -> FailingReason | None:
    """Return why the oldest job fails again and again, when it does."""
    due = signals.now - (signals.oldest_s or 0.0)
    since = ((one.retried_since, one) for one in signals.failing if one.retried_since is not None)
    return next((one for at, one in since if at <= due + 1.0), None)


def _clearly(number: int) -> float:
    """Return what is clearly more than a count of ten minutes, and not chance."""
    return 1.1 * number + 2.0
