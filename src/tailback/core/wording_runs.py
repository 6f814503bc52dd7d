"""What is said of scheduled runs: missed, late, silent, and still going as the next one starts."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tailback.core.text import clean_text
from tailback.core.wording import customers_cannot, duration, promise

if TYPE_CHECKING:
    from tailback.core.judge.failing import FailingReason
    from tailback.core.judge.runs import RunTrouble
    from tailback.core.model import Lane
    from tailback.core.timetable import Timetable

Clock = Callable[[float], str] | None
JOB_CHARS = 60
WHY_CHARS = 160
ERROR_TYPE = "HeartbeatFailed"


def runs(timetable: "Timetable") -> str:
    """Return when it runs and who knows: "runs at 02:00 every day, found in Celery beat"."""
    when = timetable.words
    if timetable.every_s is not None:
        when = f"every {promise(timetable.every_s)}"
    text = f"runs {when}" if when else "runs when its own function decides, so nothing is missed"
    return f"{text}, found in {timetable.found_in}" if timetable.found_in else text


def runs_of(timetable: "Timetable") -> str:
    """Return the same with the job type in front."""
    job = clean_text(timetable.job, JOB_CHARS) if timetable.job else ""
    text = runs(timetable)
    return f"{job} {text}" if job else text[:1].upper() + text[1:]


def missed(trouble: "RunTrouble", clock: Clock, lane: "Lane") -> str:
    """Say that a run did not come."""
    timetable, ago = trouble.timetable, duration(trouble.at - trouble.due_at)
    who = f"{clean_text(timetable.job, JOB_CHARS)} " if timetable.job else ""
    did = "report" if lane.pinged else "start"
    if timetable.every_s is None:
        text = f"Missing: {who}did not {did} at {_at(trouble.due_at, clock)}, {ago} ago"
    else:
        text = f"Missing: {who}was due {ago} ago and did not {did}"
    if timetable.found_in:
        text += f" ({runs(timetable)})"
    return f"{text}; {customers_cannot(lane.customer_action)}" if lane.customer_action else text


def late(trouble: "RunTrouble", clock: Clock, lane: "Lane") -> str:
    """Say that a run came late and goes on."""
    length = duration(trouble.at - trouble.due_at)
    return _wait(f"Slow: {_run(trouble, clock)} started {length} late", lane)


def overlap(trouble: "RunTrouble", clock: Clock, lane: "Lane") -> str:
    """Say that a run goes on when the next one is due."""
    following = _at(trouble.at, clock)
    text = f"Slow: {_run(trouble, clock)} is still going as the {following} one starts"
    return _wait(text, lane)


def silent(began_at: float, now: float, clock: Clock, lane: "Lane") -> str:
    """Say that a run began and that its end was never told."""
    end = "told its end" if lane.pinged else "ended"
    text = f"Stuck: the {_at(began_at, clock)} run began {duration(now - began_at)} ago"
    text += f" and has not {end}"
    return f"{text}; {customers_cannot(lane.customer_action)}" if lane.customer_action else text


def failed(reason: "FailingReason", clock: Clock, lane: "Lane") -> str:
    """Say that a run told of its failure, and with which last words."""
    error = reason.first_error
    kind, message = str(error.get("type") or ""), str(error.get("message") or "")
    why = message if kind == ERROR_TYPE else f"{kind}: {message}"
    text = f"Stuck: the {_at(reason.since or 0.0, clock)} run failed: {clean_text(why, WHY_CHARS)}"
    return f"{text}; {customers_cannot(lane.customer_action)}" if lane.customer_action else text


def _run(trouble: "RunTrouble", clock: Clock) -> str:
    job = trouble.timetable.job
    who = f" of {clean_text(job, JOB_CHARS)}" if job else ""
    return f"the {_at(trouble.due_at, clock)} run{who}"


def _at(at: float, clock: Clock) -> str:
    return (
        clock(at) if clock is not None else datetime.fromtimestamp(at, UTC).strftime("%H:%M UTC")
    )


def _wait(text: str, lane: "Lane") -> str:
    return f"{text}; customers wait to {lane.customer_action}" if lane.customer_action else text
