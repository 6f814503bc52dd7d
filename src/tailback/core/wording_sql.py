"""What the probe of a SQL table says beside its numbers."""

from collections.abc import Sequence

from tailback.core.wording import count, duration


def more_than(limit: int, what: str) -> str:
    """Say where a count ended."""
    return f"more than {limit:,} {what}; counting stops there"


def unserved(what: str, index: str) -> str:
    """Say why a number is missing that would cost a scan of a large table, and the remedy."""
    return f"{what} are not counted, because no index serves it; create one: {index}"


def slow_without_index(rows: float, index: str) -> str:
    """Say that every look reads a large table, and the remedy."""
    return (
        f"every look reads all {rows:,.0f} rows, because no index serves it; create one: {index}"
    )


def without_created(number: int) -> str:
    """Say that jobs have no age."""
    return f"{count(number, 'job')} without a created time cannot have an age"


def in_the_future(seconds: float) -> str:
    """Say that times cannot be right."""
    return (
        f"the oldest job was created {duration(seconds)} in the future: "
        "check time_zone and the clocks"
    )


def one_queue(name: str) -> str:
    """Say that a source has another queue than the one asked for."""
    return f'this source has one queue, "{name}"'


def late_accounts(number: int, *, at_least: bool) -> str:
    """Say how many customers the oldest unfinished jobs belong to."""
    return f"unfinished jobs of {'at least ' if at_least else ''}{count(number, 'account')}"


def last_errors(errors: Sequence[tuple[str, int]]) -> str:
    """Say what the oldest unfinished jobs failed with; each is (text, number of jobs)."""
    return "; ".join(f"{text} ({count(jobs, 'job')})" for text, jobs in errors)
