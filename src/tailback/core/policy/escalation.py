"""Where an episode stands in its plan, and who is told next."""

from dataclasses import dataclass, replace

from tailback.core.policy.people import IsHoliday, next_work, works
from tailback.core.policy.plan import Plan

REMIND_PAGE_S = 1_800.0
REMIND_S = 4 * 3_600.0
OVERDUE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`step` is taken at `next_at` (Unix seconds); None: nothing more until something happens.

    `silenced`: it waits for the end of a silence, and no longer when that is ended early.
    """

    step: int = 0
    next_at: float | None = None
    silenced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Who is told now, which step that is (None: a reminder), and where that leads."""

    people: tuple[str, ...]
    step: int | None
    progress: Progress


def begin(plan: Plan, now: float) -> Progress:
    """Return the start of a plan: its first step is due at once."""
    return Progress(step=0, next_at=now if plan.steps else None)


def advance(
    plan: Plan,
    progress: Progress,
    now: float,
    *,
    page: bool,
    silenced_until: float | None,
    is_holiday: IsHoliday,
) -> Move | None:
    """Take the step that is due; None when none is.

    In a silence the step waits for its end. What does not page waits until one of those whom it
    would tell works; a page does not wait.
    """
    if progress.next_at is None or not plan.steps:
        return None
    quiet = silenced_until is not None and silenced_until > now
    if now < progress.next_at and (quiet or not progress.silenced):
        return None
    last = progress.step >= len(plan.steps)
    step = plan.steps[0] if last else plan.steps[progress.step]
    if quiet:
        waits = replace(progress, next_at=silenced_until, silenced=True)
        return Move(people=(), step=None, progress=waits)
    people = step.people
    if not page:
        people = tuple(n for n in people if works(plan.person(n), now, is_holiday))
        if not people:
            at = min(next_work(plan.person(n), now, is_holiday) for n in step.people)
            return Move(people=(), step=None, progress=Progress(step=progress.step, next_at=at))
    following = min(progress.step + 1, len(plan.steps))
    if following < len(plan.steps) and not last:
        wait = plan.steps[following].after_s - step.after_s
    else:
        wait = REMIND_PAGE_S if page else REMIND_S
    return Move(
        people=people,
        step=None if last else progress.step,
        progress=Progress(step=following, next_at=now + wait),
    )


def is_neglected(plan: Plan, progress: Progress, now: float) -> bool:
    """Tell whether a firing episode has no next step though it should, or one long past."""
    if not plan.steps:
        return False
    return progress.next_at is None or now - progress.next_at > OVERDUE_S
