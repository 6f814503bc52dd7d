"""What a week's evidence recommends: few, each with its numbers, each dismissible. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tailback.core import wording_advice as said
from tailback.core.review import LaneReview

MOST = 5
ENOUGH_WEEKS = 3
BY_FAR = 0.02
BY_FAR_WORST = 0.1
UNANSWERED_LEAST = 3
RELEASES = 5
AGED_LEAST = 4
AFTER_RELEASE_S = 3600.0
# A long job hides the short ones behind it when it runs a noticeable part of what they promise.
MIXED_TIMES = 20.0
MIXED_SHARE = 0.1
MIXED_LEAST = 100
# Two days of hours, some of them slow, in which a reason rose nearly always and else hardly ever.
HOURS_LEAST = 48
SLOW_LEAST = 3
SLOW_TIMES = 2.0
RISE_LEAST = 5
RISE_TIMES = 3.0
MOSTLY = 0.75
HARDLY = 0.05


@dataclass(frozen=True, slots=True)
class Advice:
    """One recommendation; `key` names it for whoever dismisses it."""

    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class TypeWeek:
    """One job type of a lane in a week: jobs that ended well, and how long each ran (seconds)."""

    job: str
    completed: int
    run_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneEvidence:
    """What is known of one lane: its weeks, its problems, and the latest releases.

    `unanswered` of `problems` this week were acknowledged by nobody; `opened_at` are problems of
    six weeks, `releases` when each release began (Unix seconds, oldest first). `scheduled` jobs
    wait for a scheduler; `scheduler_alive` None: not known. `evicts` is the policy by which the
    Redis of `source` throws jobs away when it is full.
    """

    review: LaneReview
    problems: int
    unanswered: int
    opened_at: Sequence[float]
    releases: Sequence[float]
    types: Sequence[TypeWeek] = ()
    scheduled: int | None = None
    scheduler_alive: bool | None = None
    source: str = ""
    evicts: str | None = None


def never_met(lane: LaneEvidence) -> Advice | None:
    """Advise on a promise that is broken on a usual day of every week that is known."""
    review = lane.review
    ages = [age for age in review.ages if age is not None]
    if len(ages) < ENOUGH_WEEKS or min(ages) <= review.promise_s:
        return None
    sentence = said.never_met(review.name, review.promise_s, min(ages))
    return Advice(f"never-met:{review.lane}", sentence)


def met_by_far(lane: LaneEvidence) -> Advice | None:
    """Advise on a promise that is so long that it would hide trouble."""
    review = lane.review
    ages = [age for age in review.ages if age is not None]
    worst = review.worst_s
    if len(ages) < ENOUGH_WEEKS or worst is None:
        return None
    if max(ages) >= BY_FAR * review.promise_s or worst >= BY_FAR_WORST * review.promise_s:
        return None
    return Advice(
        f"met-by-far:{review.lane}", said.met_by_far(review.name, review.promise_s, worst)
    )


def no_owner(lane: LaneEvidence) -> Advice | None:
    """Advise on a lane that nobody owns."""
    review = lane.review
    if review.owner is not None:
        return None
    return Advice(no_owner_key(review.lane), said.no_owner(review.name))


def no_owner_key(lane: str) -> str:
    """Return the key of the advice on a lane that nobody owns."""
    return f"no-owner:{lane}"


def no_action(lane: LaneEvidence) -> Advice | None:
    """Advise on alerts that come again and again and that nobody answers."""
    review = lane.review
    if lane.problems < UNANSWERED_LEAST or lane.unanswered < lane.problems:
        return None
    return Advice(f"no-action:{review.lane}", said.no_action(review.name, lane.problems))


def after_releases(lane: LaneEvidence) -> Advice | None:
    """Advise on a lane that has trouble within an hour of most of the latest releases."""
    review, releases = lane.review, lane.releases[-RELEASES:]
    if len(releases) < RELEASES:
        return None
    aged = sum(
        any(at <= opened <= at + AFTER_RELEASE_S for opened in lane.opened_at) for at in releases
    )
    if aged < AGED_LEAST:
        return None
    sentence = said.after_releases(review.name, aged, RELEASES)
    return Advice(f"after-releases:{review.lane}", sentence)


def mixed_queue(lane: LaneEvidence) -> Advice | None:
    """Advise to split a queue in which long jobs stand before many short ones."""
    review = lane.review
    if len(lane.types) < 2:  # noqa: PLR2004 - one type hides nothing
        return None
    longest = max(lane.types, key=lambda one: one.run_s)
    busiest = max(lane.types, key=lambda one: one.completed)
    far = longest.run_s >= MIXED_TIMES * busiest.run_s
    if not far or longest.run_s < MIXED_SHARE * review.promise_s:
        return None
    if busiest.completed < MIXED_LEAST:
        return None
    sentence = said.mixed_queue(review.name, longest.job, longest.run_s, busiest.job)
    return Advice(f"mixed:{review.lane}", sentence)


def no_scheduler(lane: LaneEvidence) -> Advice | None:
    """Advise on scheduled jobs that nothing will ever put into their queue."""
    review = lane.review
    if lane.scheduler_alive is not False or not lane.scheduled:
        return None
    return Advice(f"no-scheduler:{review.lane}", said.no_scheduler(review.name, lane.scheduled))


def evicts(lane: LaneEvidence) -> Advice | None:
    """Advise on a Redis that throws waiting jobs away when its memory is full."""
    if lane.evicts is None:
        return None
    return Advice(f"evicts:{lane.source}", said.evicts(lane.source, lane.evicts))


def rises_with(counts: Sequence[int], run_s: Sequence[float | None]) -> tuple[int, int] | None:
    """Return in how many of the hours in which an upstream was slow a reason rose.

    `counts` are the failures of each hour, `run_s` the mean run of the upstream in it (seconds,
    None: nothing ran). None when they do not rise together, or rise as often otherwise.
    """
    hours = [(count, ran) for count, ran in zip(counts, run_s, strict=True) if ran is not None]
    if len(hours) < HOURS_LEAST:
        return None
    usual = median(ran for _, ran in hours)
    slow = [count for count, ran in hours if ran >= SLOW_TIMES * usual]
    fast = [count for count, ran in hours if ran < SLOW_TIMES * usual]
    if len(slow) < SLOW_LEAST or not fast:
        return None
    least = max(RISE_LEAST, RISE_TIMES * median(fast))
    rose, otherwise = (sum(count >= least for count in some) for some in (slow, fast))
    if rose < MOSTLY * len(slow) or otherwise > HARDLY * len(fast):
        return None
    return rose, len(slow)


def unpaired(counted: Iterable[str], paired: Iterable[str]) -> list[Advice]:
    """Advise on counters that nothing follows: a job that swallows its error would go unseen."""
    found = sorted(set(counted) - set(paired))
    return [Advice(f"unpaired:{name}", said.unpaired(name)) for name in found]


def uncounted(lanes: Iterable[tuple[str, str]], *, counts: bool) -> list[Advice]:
    """Advise to count what comes of jobs, where customers wait and nothing is counted at all.

    `lanes` are (key, name) of those that may wake somebody and follow no counter.
    """
    if counts:
        return []
    return [Advice(f"uncounted:{key}", said.uncounted(name)) for key, name in lanes][:1]


RULES: tuple[Callable[[LaneEvidence], Advice | None], ...] = (
    no_owner,
    no_scheduler,
    evicts,
    never_met,
    after_releases,
    no_action,
    mixed_queue,
    met_by_far,
)


def advise(
    lanes: Sequence[LaneEvidence], dismissed: Iterable[str], more: Iterable[Advice] = ()
) -> list[Advice]:
    """Return the few most useful recommendations that nobody dismissed; `more` come last."""
    hidden = set(dismissed)
    found = [advice for rule in RULES for lane in lanes if (advice := rule(lane)) is not None]
    found += more
    once = {one.key: one for one in found if one.key not in hidden}
    return list(once.values())[:MOST]
