"""Which jobs do harm again and again, and which retries are set up so that they will."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Poison = Literal["lost", "attempts", "retry_age"]
Advice = Literal["no_cap", "no_backoff", "immediate"]

LOST_OFTEN = 2
ENDLESS_ATTEMPTS = 15
ENDLESS_S = 86_400.0
ENOUGH_RETRIES = 4
GROWS = 1.5
IMMEDIATE_S = 1.0
PATIENT_S = 300.0


def poison_cause(
    *,
    losses: int,
    crashes: int,
    attempts: int,
    age_s: float,
    max_attempts: int | None,
    max_retry_age_s: float | None,
) -> Poison | None:
    """Return why a job is poison, None when it is not.

    `crashes` are failed attempts that took the worker with them, `attempts` all failed ones,
    `age_s` how long it has been trying; the limits are those of its lane or its own.
    """
    if max(losses, crashes) >= LOST_OFTEN or losses + crashes >= LOST_OFTEN:
        return "lost"
    if max_attempts is not None and attempts > max_attempts:
        return "attempts"
    if max_retry_age_s is not None and attempts and age_s > max_retry_age_s:
        return "retry_age"
    return None


@dataclass(frozen=True, slots=True)
class RetryCourse:
    """How one job was tried again: `delays` are seconds from each failure to the next attempt.

    `bounded` when its attempts come to an end, as it says itself or as was seen.
    """

    id: str
    attempts: int
    age_s: float
    delays: Sequence[float]
    bounded: bool


@dataclass(frozen=True, slots=True)
class RetryAdvice:
    """What to change in the retries of a job type, with the job that shows it."""

    kind: Advice
    id: str
    attempts: int
    age_s: float
    delay_s: float | None


def retry_advice(courses: Iterable[RetryCourse]) -> list[RetryAdvice]:
    """Return what to change in the retries of one job type; one example for each."""
    found: dict[Advice, RetryAdvice] = {}
    for course in sorted(courses, key=lambda one: (-one.attempts, one.id)):
        for kind in _faults(course):
            delay = median(course.delays) if course.delays else None
            advice = RetryAdvice(kind, course.id, course.attempts, course.age_s, delay)
            found.setdefault(kind, advice)
    return [found[kind] for kind in ("no_cap", "immediate", "no_backoff") if kind in found]


def _faults(course: RetryCourse) -> Iterable[Advice]:
    tried_long = course.attempts >= ENOUGH_RETRIES and course.age_s > ENDLESS_S
    if not course.bounded and (course.attempts >= ENDLESS_ATTEMPTS or tried_long):
        yield "no_cap"
    if len(course.delays) < ENOUGH_RETRIES:
        return
    usual = median(course.delays)
    if usual < IMMEDIATE_S:
        yield "immediate"
    elif usual < PATIENT_S and max(course.delays) < GROWS * min(course.delays):
        yield "no_backoff"
