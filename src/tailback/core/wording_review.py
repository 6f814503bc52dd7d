"""What the weekly review says."""

from collections.abc import Sequence
from typing import Protocol

from tailback.core.review import FirstSignal, LaneReview, ReasonWeek
from tailback.core.text import clean_text
from tailback.core.wording import count, duration, promise
from tailback.core.wording_alerts import TITLE_CHARS

LETTER_CHARS = 2_500
LETTER_REASONS = 3
MINUTE_S = 60
FINE_MINUTES = 10
POINT = "• "
POINT_CHARS = 300


class Todo(Protocol):
    """What somebody has to look at."""

    @property
    def changed(self) -> str: ...
    @property
    def fix(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def done_at(self) -> float | None: ...


def subject(week: str, headline: str) -> str:
    """Return the title of the review as a message."""
    return clean_text(f"Week {week}: {headline}", TITLE_CHARS)


def letter(
    headline: str,
    lanes: Sequence[LaneReview],
    notes: Sequence[Todo],
    *,
    reasons: Sequence[ReasonWeek] = (),
    incident: Sequence[str] = (),
    advice: Sequence[str] = (),
) -> str:
    """Return the review as a message: titles, and below each some points that begin with "• "."""
    parts = {
        "What drifts": [f"{lane.name}: {lane_note(lane)}" for lane in lanes if lane.drifts],
        "Why jobs failed": [
            f"{one.sentence}: {reason_trend(one)}" for one in reasons[:LETTER_REASONS]
        ],
        "One incident": list(incident),
        "What the numbers recommend": list(advice),
        "To do": [todo(note) for note in notes if note.done_at is None],
    }
    lines = [f"{headline}."]
    for name, points in parts.items():
        if points:
            lines += ["", name, *(f"{POINT}{clean_text(point, POINT_CHARS)}" for point in points)]
    return clean_text("\n".join(lines), LETTER_CHARS)


def sent(week: str, messages: int) -> str:
    """Say that a review is on its way, or was sent before."""
    if not messages:
        return f"Nothing to send: week {week} went out before, or nobody has e-mail or Slack."
    return f"The review of week {week} is on its way: {count(messages, 'message')}."


def todo(note: Todo) -> str:
    """Return one note on one line."""
    parts = [note.changed, note.fix, f"looks: {note.who}" if note.who else ""]
    return "; ".join(part for part in parts if part)


def headline(lanes: int, drifting: int, rising: int, dead: int) -> str:
    """Return one sentence for the whole week."""
    if not lanes:
        return "Nothing is watched yet"
    parts = []
    if drifting:
        them = "it" if drifting == 1 else "them"
        parts.append(f"{count(drifting, 'lane')} got older two weeks running: assign {them} today")
    if rising:
        parts.append(f"retries rise in {count(rising, 'lane')}")
    if dead:
        parts.append(f"{count(dead, 'dead job')} to look at")
    if not parts:
        return f"Nothing drifts in {count(lanes, 'lane')}"
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def age(seconds: float | None) -> str:
    """Return an age of a week, "—" where too few days were measured.

    Below ten minutes with its seconds: 95 s after 60 s is a drift, and "1 min" after "1 min" none.
    """
    if seconds is None:
        return "—"
    minutes, rest = divmod(int(seconds), MINUTE_S)
    fine = rest and 0 < minutes < FINE_MINUTES
    return f"{minutes} min {rest} s" if fine else duration(seconds)


def worst(lane: LaneReview) -> str:
    """Return the oldest job of a week beside the promise."""
    kept = "" if lane.worst_s is None else f" of {promise(lane.promise_s)}"
    return f"{age(lane.worst_s)}{kept}"


def lane_note(lane: LaneReview) -> str:
    """Return what stands beside a lane, or ""."""
    if lane.drifts:
        who = lane.owner or "nobody yet"
        return (
            f"Rises for two weeks: {age(lane.usual_s)} was usual, now {age(lane.ages[-1])}"
            f" of {promise(lane.promise_s)}. Look today: {who}"
        )
    if lane.rose:
        return "Rose two weeks running, within what happens by chance"
    return ""


def retries_note(lane: LaneReview) -> str:
    """Return how retries rise."""
    now, usual = lane.retries_per_job or 0.0, lane.usual_retries_per_job or 0.0
    return (
        f"{lane.name}: {_per_hundred(now)} retries per 100 jobs, usual are {_per_hundred(usual)}"
    )


def _per_hundred(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.1f}"  # noqa: PLR2004


def reason_trend(reason: ReasonWeek) -> str:
    """Return how often it failed, beside the week before."""
    if not reason.week_before:
        return f"{reason.this_week:,} times, new this week"
    return f"{reason.this_week:,} times, {reason.week_before:,} the week before"


def dead_note(lane: LaneReview) -> str:
    """Return how many dead jobs lie in a lane."""
    return f"{lane.name}: {count(lane.dead_now or 0, 'dead job')}"


def incident(lane: str, sentence: str, lasted_s: float | None) -> str:
    """Return the incident to look back on."""
    how_long = "not over yet" if lasted_s is None else f"lasted {duration(lasted_s)}"
    return f"{lane}, {how_long}: {sentence}"


def signal(found: FirstSignal | None) -> str:
    """Return what showed up first."""
    if found is None or found.before_alert_s < MINUTE_S:
        return "Nothing showed up before the alert"
    return f"{_SIGNALS[found.what]} first, {duration(found.before_alert_s)} before the alert"


def rose(found: FirstSignal) -> str:
    """Return what rose before the alert."""
    return f"{_SIGNALS[found.what]}, {duration(found.before_alert_s)} before the alert"


_SIGNALS = {
    "retries": "Retries rose",
    "reason": "Failures for one reason rose",
    "age": "The oldest age rose",
    "finish": "Jobs took longer to finish",
}


def unproven(names: list[str]) -> str:
    """Return whose alert was not proven in 30 days."""
    return f"Alert not proven in 30 days: {', '.join(names)}"


def without_owner(names: list[str]) -> str:
    """Return which lanes nobody owns."""
    return f"Nobody is told of: {', '.join(names)}"


NOTHING_FAILED = "Nothing failed this week"
NO_INCIDENT = "No incident this week"
