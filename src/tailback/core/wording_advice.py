"""What recommendations say."""

from tailback.core.wording import count, duration, promise


def never_met(name: str, promise_s: float, least_s: float) -> str:
    """Say that a promise is broken on every usual day."""
    return (
        f"{name} never keeps its promise of {promise(promise_s)}: even in its best week the oldest"
        f" job of a day was {duration(least_s)} old. Promise what can be kept, or give it workers"
    )


def met_by_far(name: str, promise_s: float, worst_s: float) -> str:
    """Say that a promise is far too long."""
    return (
        f"{name}: the promise of {promise(promise_s)} is kept by far, the oldest job of the week"
        f" was {duration(worst_s)} old. A shorter promise would show trouble earlier"
    )


def no_owner(name: str) -> str:
    """Say that nobody is told."""
    return f"{name}: no owner, so nobody is told of trouble"


def no_action(name: str, alerts: int) -> str:
    """Say that alerts are ignored."""
    return (
        f"{name} alerted {alerts} times this week and nobody acknowledged one: change the"
        " promise or the owner"
    )


def after_releases(name: str, aged: int, releases: int) -> str:
    """Say that releases make a lane late."""
    return f"{name} grew late within an hour of {aged} of the last {releases} releases"


def unpaired(name: str) -> str:
    """Say that a counter is counted for nothing."""
    return (
        f"{name} is counted and nothing must follow it: jobs that succeed without their result"
        " would go unseen. Pair it with a lane or another counter (expects)"
    )


def mixed_queue(name: str, long_job: str, run_s: float, short_job: str) -> str:
    """Say which job type stands before which."""
    return (
        f"{name}: {long_job}, which runs {duration(run_s)}, is mixed with many short {short_job}."
        " Give the long ones a queue of their own"
    )


def no_scheduler(name: str, scheduled: int) -> str:
    """Say that scheduled jobs wait for nobody."""
    return f"{name}: {count(scheduled, 'scheduled job')} and no worker with a scheduler"


def evicts(source: str, policy: str) -> str:
    """Say that a full Redis loses jobs, and what to set instead."""
    return (
        f"The Redis of {source} throws keys away when its memory is full (maxmemory-policy"
        f" {policy}), waiting jobs among them: set noeviction"
    )


def rises_with(reason: str, lane: str, upstream: str, rose: int, slow: int) -> str:
    """Say that a reason rises whenever something else gets slow."""
    return (
        f"{lane}: “{reason}” rises whenever {upstream} slows, in {rose} of the {slow} hours of the"
        " week in which it ran twice as long as usual and hardly otherwise: look there first"
    )


def uncounted(name: str) -> str:
    """Say that a job that swallows its error would be seen by nobody."""
    return (
        f"Nothing counts what customers get of {name}: jobs that swallow their error and succeed"
        " would be seen by nobody. Count what comes of them, and pair it (expects)"
    )
