"""One lane's judge: signals in; findings, verdict, cause and sentence out."""

from collections.abc import Callable
from dataclasses import dataclass

from tailback.core import wording
from tailback.core import wording_verdicts as words
from tailback.core.judge.baseline import Baseline, Normal
from tailback.core.judge.decide import decide
from tailback.core.judge.decide_runs import Said
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.finding import Finding
from tailback.core.judge.lateness import is_young
from tailback.core.judge.retries import worst_reason
from tailback.core.judge.rules import RULES, cannot_see
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane, Verdict


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
        if signals.gap_s:
            signals.expected_in_gap = self.baseline.expected(now - signals.gap_s, now)
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

    def _say(self, signals: Signals, normal: Normal | None, firing: list[Finding]) -> Said:
        since = signals.blind_since
        if since is not None:
            at = self._clock(since) if since and self._clock is not None else None
            cause = "cannot_see" if signals.blind_why is not None else "not_measured"
            said = wording.not_measured(at, signals.blind_why)
            return "unknown", cause, said + words.endangered(signals)
        if signals.unaged and not firing:
            return "unknown", "not_measured", words.not_aged(signals)
        return decide(signals, normal, self.lane, firing, self._clock)

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
        if calm and signals.arrived_at is not None:
            # Also while nobody listens: taking a gap for longer than it was does no harm.
            hour.gap_s = max(hour.gap_s or 0.0, signals.now - signals.arrived_at)
        worst = worst_reason(signals)
        hour.failing = max(hour.failing, worst.jobs if worst else 0)
        if signals.workers is not None:
            hour.workers = max(hour.workers or 0, signals.workers)
