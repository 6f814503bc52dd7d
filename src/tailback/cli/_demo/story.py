"""The story as steps that must be seen through the public API, each within its time."""

import statistics
import time
from collections.abc import Callable
from typing import Protocol

from tailback.cli._demo.mail import OWNER
from tailback.cli._demo.stage import PROMISE_S, Stage
from tailback.cli._demo.watch import NoAnswerError, Seen, Watch
from tailback.core import wording_demo as wording

WARM_UP_S = 20.0
CLIMBED_S = 20.0
CLEARED_S = 10.0
HOLD_S = 8.0
AGE_TOLERANCE_S = 2.0
LOOK_EVERY_S = 0.5
PATIENCE_S = 5.0
WITHIN_S = {
    "open": 60.0,
    "fails": 25.0,
    "climbs": 45.0,
    "said": 60.0,
    "mailed": 60.0,
    "clears": 60.0,
    "well": 120.0,
}
TROUBLE = ("stuck", "slow", "missing")
MISSING_FIELD = "first_name"


class NotSeenError(Exception):
    """A step of the story was not observed; the text says which and what was seen instead."""


class Teller(Protocol):
    """Shows the story to somebody."""

    def tell(self, text: str) -> None:
        """Add a line."""
        ...

    def show(self, seen: Seen) -> None:
        """Show what is seen now."""
        ...


class Story:
    """Plays the story once; every method blocks until its step was seen or raises NotSeenError."""

    def __init__(self, stage: Stage, watch: Watch, teller: Teller) -> None:
        """Take a stage that is started."""
        self._stage = stage
        self._watch = watch
        self._teller = teller
        self._seen: Seen | None = None
        self._silent_since: float | None = None

    def play(self) -> None:
        """Play all acts."""
        self._open()
        self._break()
        self._mend()

    def stay(self) -> None:
        """Keep looking until interrupted."""
        while True:
            self._look()
            time.sleep(LOOK_EVERY_S)

    def _open(self) -> None:
        tell = self._teller.tell
        first = self._until("open", lambda seen: seen.paid > 0)
        tell(wording.open_for_business(WARM_UP_S))
        warm_at = first.as_of + WARM_UP_S
        self._until("open", lambda seen: seen.as_of >= warm_at and _on_time(seen))

    def _break(self) -> None:
        tell = self._teller.tell
        tell(wording.broken(self._stage.break_template()))
        failing = self._until("fails", lambda seen: _template_error(seen) is not None)
        tell(wording.failing(_template_error(failing) or ""))
        lengths: list[int] = []

        def climbed(seen: Seen) -> bool:
            lengths.append(seen.naive or 0)
            return _age_is_true(seen) and (seen.age_s or 0.0) >= CLIMBED_S

        seen = self._until("climbs", climbed)
        usual = int(statistics.median(lengths))
        if usual > len(seen.unsent) / 2:
            raise NotSeenError(self._instead("climbs", WITHIN_S["climbs"]))
        tell(wording.climbing(seen.age_s or 0.0, usual, len(seen.unsent)))
        alarm = self._until(
            "said", lambda seen: seen.receipts["verdict"] in TROUBLE or _late(seen)
        )
        age = alarm.age_s or 0.0
        if _late(alarm) or alarm.receipts["verdict"] not in TROUBLE:
            raise NotSeenError(wording.too_late(age, PROMISE_S))
        if not _age_is_true(alarm):
            raise NotSeenError(wording.wrong_age(alarm.age_s, alarm.true_age_s or 0.0))
        tell(wording.said(alarm.receipts["sentence"], age, PROMISE_S))
        self._mailed()

    def _mailed(self) -> None:
        """See the alert reach its owner while the oldest receipt is younger than the promise."""
        seen = self._until("mailed", lambda seen: bool(seen.alerts))
        alert = seen.alerts[0]
        age = alert.at - min(at for _, at in seen.unsent)
        if age >= PROMISE_S:
            raise NotSeenError(wording.mailed_late(age, PROMISE_S))
        self._teller.tell(wording.mailed(OWNER, alert.subject, PROMISE_S - age))

    def _mend(self) -> None:
        tell = self._teller.tell
        self._hold()
        self._stage.mend_template()
        tell(wording.mended())
        before = self._look_now()
        waiting = {order for order, _ in before.unsent}

        def cleared(seen: Seen) -> bool:
            late = waiting & {order for order, _ in seen.unsent}
            fresh = (seen.age_s or 0.0) < CLEARED_S
            return not late and fresh and seen.receipts["verdict"] == "healthy"

        seen = self._until("clears", cleared)
        tell(wording.cleared(seen.as_of - before.as_of, seen.receipts["sentence"]))
        # What was paid within the last moments may still be on its way.
        last = max((order for order, _ in seen.unsent), default=0)
        done = self._until("clears", lambda now: not _up_to(now, last))
        receipts = done.paid - len(done.unsent)
        well = self._until("well", lambda now: _recovery(now) is not None)
        tell(wording.mailed_recovery(OWNER, _recovery(well) or ""))
        if (found := self._watch.story()) is not None:
            tell(wording.story(*found))
        tell(wording.seen_all(done.paid, receipts))

    def _hold(self) -> None:
        """Let people look at the alarm on the board, well within the promise."""
        until = time.monotonic() + HOLD_S
        while time.monotonic() < until:
            self._look()
            time.sleep(LOOK_EVERY_S)

    def _until(self, step: str, true: Callable[[Seen], bool]) -> Seen:
        deadline = time.monotonic() + WITHIN_S[step]
        while True:
            seen = self._look()
            if seen is not None and true(seen):
                return seen
            if time.monotonic() > deadline:
                raise NotSeenError(self._instead(step, WITHIN_S[step]))
            time.sleep(LOOK_EVERY_S)

    def _look_now(self) -> Seen:
        return self._until("clears", lambda _seen: True)

    def _look(self) -> Seen | None:
        self._stage.check()
        try:
            seen = self._watch.look()
        except NoAnswerError:
            self._silent_since = self._silent_since or time.monotonic()
            if time.monotonic() - self._silent_since > PATIENCE_S:
                raise
            return None
        self._silent_since = None
        if seen is None:
            return None
        self._seen = seen
        self._teller.show(seen)
        if seen.exports["verdict"] in TROUBLE:
            raise NotSeenError(wording.exports_blamed(seen.exports["sentence"]))
        return seen

    def _instead(self, step: str, seconds: float) -> str:
        seen = self._seen
        if seen is None:
            return wording.not_seen(wording.STEPS[step], seconds, wording.UNKNOWN)
        lane = seen.receipts
        instead = wording.seen_instead(
            lane["verdict"], lane["sentence"], seen.age_s, seen.delivered
        )
        if step == "climbs" and not _age_is_true(seen):
            instead = wording.wrong_age(seen.age_s, seen.true_age_s or 0.0)
        return wording.not_seen(wording.STEPS[step], seconds, instead)


def _on_time(seen: Seen) -> bool:
    return all(
        lane["verdict"] == "healthy" and bool(lane["completions_5m"])
        for lane in (seen.receipts, seen.exports)
    )


def _template_error(seen: Seen) -> str | None:
    """Return the error of the template as the API gives it."""
    for reason in seen.receipts["reasons"]:
        first = reason["first_error"] or {}
        if MISSING_FIELD in (first.get("message") or ""):
            text: str = first["message"]
            return text
    return None


def _recovery(seen: Seen) -> str | None:
    """Return what the owner was told of the end, once that has arrived."""
    return next((mail.text for mail in seen.alerts if wording.RECOVERED in mail.text), None)


def _age_is_true(seen: Seen) -> bool:
    said, true = seen.age_s, seen.true_age_s
    return said is not None and true is not None and abs(said - true) <= AGE_TOLERANCE_S


def _late(seen: Seen) -> bool:
    return (seen.age_s or 0.0) >= PROMISE_S


def _up_to(seen: Seen, last: int) -> bool:
    return any(order <= last for order, _ in seen.unsent)
