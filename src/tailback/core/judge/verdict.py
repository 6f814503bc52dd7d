"""One lane's judge: signals in; findings, verdict, cause and sentence out."""

from collections.abc import Callable
from dataclasses import dataclass

from tailback.core import wording
from tailback.core import wording_verdicts as words
from tailback.core.judge.baseline import Baseline, Normal
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.rules import (
    RATE_LIMITED,
    RULES,
    Finding,
    cannot_see,
    is_young,
    most_tried,
    worst_reason,
)
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane, Verdict, VerdictWord

# Below this share of what a normal day completes, work counts as standing still.
STANDING_SHARE = 0.2
# Workers that spent this share of their time on jobs that ended well are slow, not stuck.
BUSY_SHARE = 0.4
RUNS_WITHOUT_END = 2.0
MOST = 0.8
ENOUGH_TO_TELL = 10.0
SLOWER = 2.0
RATE_LIMIT = "rate-limit"
WORKER_KILLED = "worker-killed"
MISSING = {"silence": "nothing_arrives", "shortfall": "too_little_arrives"}
LATE = {"age", "running", "straggler"}
RETRIES = {"attempts", "retry_age"}
CROWD_SHARE = 0.8
CROWD_JOBS = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says now; `firing` are the findings that have held long enough.

    `blind`: nothing is measured. `calm`: no rule holds, not even for a moment, and what is oldest
    is measured and young again. `arrived_at` is when the last job came, to the minute.
    """

    verdict: Verdict
    firing: tuple[Finding, ...]
    normal: Normal | None
    age_s: float | None
    reason: FailingReason | None
    blind: bool = False
    calm: bool = True
    arrived_at: float | None = None


class LaneJudge:
    """Judges one lane again and again; keeps since when each rule has held, and what is normal."""

    __slots__ = (
        "_clock", "_fired", "_since", "_stepped_at", "_word", "_word_since", "baseline", "lane",
    )  # fmt: skip

    def __init__(
        self, lane: Lane, baseline: Baseline, clock: Callable[[float], str] | None = None
    ) -> None:
        """Judge `lane`; `clock` turns Unix seconds into a local time of day for sentences."""
        self.lane = lane
        self._clock = clock
        self.baseline = baseline
        self._since: dict[str, float] = {}
        self._fired: frozenset[str] = frozenset()
        self._stepped_at: float | None = None
        self._word: tuple[str, str] = ("", "")
        self._word_since = 0.0

    def step(self, signals: Signals) -> Judgement:
        """Judge the lane at `signals.now`, which never goes back."""
        now = signals.now
        normal = self.baseline.normal(now)
        if normal is not None:
            signals.came_since_last_hour = self.baseline.came_since_last_hour(now)
        signals.firing = self._fired
        firing, calm = self._firing(signals, normal)
        if signals.blind_since is None:
            self._fired = frozenset(finding.rule for finding in firing)
        verdict, cause, sentence = self._say(signals, normal, firing)
        if (verdict, cause) != self._word:
            self._word, self._word_since = (verdict, cause), now
        self._learn(signals, calm=not firing)
        return Judgement(
            Verdict(verdict=verdict, cause=cause, sentence=sentence, since=self._word_since),
            tuple(firing),
            normal,
            signals.oldest_s,
            worst_reason(signals),
            blind=signals.blind_since is not None,
            calm=calm,
            arrived_at=signals.arrived_at,
        )

    def _firing(self, signals: Signals, normal: Normal | None) -> tuple[list[Finding], bool]:
        """Return the findings that have held long enough, and whether the lane is calm."""
        now = signals.now
        passed, self._stepped_at = max(0.0, now - (self._stepped_at or now)), now
        found: list[Finding] = []
        if signals.blind_since is None:
            found = [f for rule in RULES if (f := rule(signals, normal, self.lane)) is not None]
        if not found and signals.unseen_since is not None:
            # What is known to be late stays late; everything else is not known to be well.
            signals.blind_since = signals.unseen_since
        if signals.blind_since is not None:
            # The other rules stand still: what is not seen neither goes on nor ends.
            for rule in self._since.keys() - {"blind"}:
                self._since[rule] += passed
            return self._held([cannot_see(now, signals.blind_since)], now), False
        rules = {finding.rule for finding in found}
        for rule in [rule for rule in self._since if rule not in rules]:
            del self._since[rule]
        firing = self._held(found, now)
        return firing, not found and is_young(signals, normal, self.lane)

    def _say(self, signals: Signals, normal: Normal | None, firing: list[Finding]) -> "_Said":
        since = signals.blind_since
        if since is not None:
            at = self._clock(since) if since and self._clock is not None else None
            cause = "cannot_see" if signals.blind_why is not None else "not_measured"
            said = wording.not_measured(at, signals.blind_why)
            return "unknown", cause, said + words.endangered(signals)
        return _decide(signals, normal, self.lane, firing)

    def next_look(self, signals: Signals) -> float:
        """Return until when nothing can change while no event comes: `now`, or much later."""
        busy = signals.unfinished or signals.failing or self._since
        if busy or signals.blind_since is not None:
            return signals.now
        return signals.now + 60.0

    def _held(self, found: list[Finding], now: float) -> list[Finding]:
        for f in found:
            since = now - f.held_s
            self._since[f.rule] = min(self._since.get(f.rule, since), since)
        return [f for f in found if now - self._since[f.rule] >= f.hold_s]

    def _learn(self, signals: Signals, *, calm: bool) -> None:
        for minute, arrived, completed, failed, run_ms, discarded in signals.settled:
            past = self.baseline.hour(minute)
            past.arrivals += arrived
            past.completed += completed
            past.failed += failed
            past.run_s += run_ms / 1000
            past.discarded += discarded
        hour = self.baseline.hour(signals.now)
        if calm or signals.oldest_s is None:
            hour.oldest_s = max(hour.oldest_s, signals.oldest_s or 0.0)
            hour.third_s = max(hour.third_s, signals.third_s or 0.0)
            hour.running_s = max(hour.running_s, signals.longest_running_s or 0.0)
        worst = worst_reason(signals)
        hour.failing = max(hour.failing, worst.jobs if worst else 0)
        if signals.workers is not None:
            hour.workers = max(hour.workers or 0, signals.workers)


_Said = tuple[VerdictWord, str, str]


def _decide(signals: Signals, normal: Normal | None, lane: Lane, firing: list[Finding]) -> _Said:
    rules = {finding.rule: finding for finding in firing}
    if not firing:
        there = signals.unfinished or signals.waiting or signals.running or signals.oldest_s
        idle = not there
        return "healthy", "idle" if idle else "on_time", words.healthy(signals, normal)
    if "full" in rules and signals.redis_full is not None:
        return "missing", "broker_full", words.broker_full(signals.redis_full, lane)
    if signals.paused and signals.waiting:
        return "stuck", "paused", words.paused(signals, lane)
    for decide in (_missing, _nobody, _failing, _poison, _narrow):
        said = decide(signals, normal, lane, rules)
        if said is not None:
            return said
    if _stands_still(signals, normal):
        return _stuck(signals, lane)
    return _slow(signals, normal, lane, rules)


def _missing(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> _Said | None:
    if rules.keys() <= MISSING.keys() | {"schedule", "outcome", "vanished", "discarded"}:
        if "schedule" in rules:
            late = rules["schedule"].value
            return "missing", "schedule_missed", words.schedule_missed(late, lane)
        for rule, cause in MISSING.items():
            if rule in rules:
                said = words.nothing_arrives(rules[rule], rule, normal, lane)
                return "missing", cause, said
        if "outcome" in rules:
            return "missing", "outcome_missing", words.outcome_missing(rules["outcome"], lane)
        if "discarded" in rules:
            return "missing", "jobs_thrown_away", words.thrown_away(signals, lane)
        return "missing", "jobs_vanish", words.jobs_vanish(signals, lane)
    return None


def _nobody(
    signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]
) -> _Said | None:
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
) -> _Said | None:
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
) -> _Said | None:
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
) -> _Said | None:
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
        return False
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


def _held_up(signals: Signals) -> bool:
    """Tell whether jobs that run about as long as the oldest waits hold all slots."""
    slots, longest = signals.slots or signals.workers, signals.longest_running_s or 0.0
    held = slots and signals.waiting and signals.long_running >= slots
    quiet = signals.quiet_s is not None and signals.quiet_s >= 0.5 * longest
    return bool(held) and quiet and longest > MOST * (signals.oldest_s or 0.0)


def _stuck(signals: Signals, lane: Lane) -> _Said:
    slots = signals.slots or signals.workers
    if signals.long_running > 1 and signals.long_running >= MOST * (signals.running or 0):
        cause = "workers_frozen"
    elif signals.running and (signals.longest_running_s or 0.0) > MOST * (signals.oldest_s or 0.0):
        cause = "blocked_by_long_job"
    elif signals.running and slots and signals.running >= slots:
        cause = "workers_frozen"
    elif signals.workers and not signals.running and signals.waiting:
        cause = "workers_idle"
    else:
        cause = "nothing_finishes"
    return "stuck", cause, words.stuck(cause, signals, lane)


def _slow(signals: Signals, normal: Normal | None, lane: Lane, rules: dict[str, Finding]) -> _Said:
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
    elif signals.arrivals_10m > _clearly(signals.completed_10m):
        cause = "capacity"
    else:
        cause = "late" if "age" in rules else "some_jobs_stopped"
    return "slow", cause, words.slow(cause, signals, normal, lane)


def _clearly(number: int) -> float:
    """Return what is clearly more than a count of ten minutes, and not chance."""
    return 1.1 * number + 2.0
