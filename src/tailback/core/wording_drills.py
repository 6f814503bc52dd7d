"""What is said of drills."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tailback.core.text import clean_name, clean_text
from tailback.core.wording import duration
from tailback.core.wording_alerts import nobody_is_told

if TYPE_CHECKING:
    from tailback.core.drill import Gap, Link

NAME_CHARS = 60
MOST_NAMES = 5
WHY_CHARS = 200
_RULE = "rule misconfigured: "
_LINKS: "dict[Link, str]" = {
    "worker": "worker: no worker with the hook reported the job within 2 min",
    "channel": "channel: no channel of the owner took the message within 2 min",
    "answer": "answer: nobody answered within 15 min",
}


def title(lane: str) -> str:
    """Return the title of a drill's messages."""
    return f"DRILL: {clean_text(lane, NAME_CHARS)}"


def told(lane: str, *, real: bool) -> str:
    """Ask the owner to answer, and say how much has been proven so far."""
    name = clean_text(lane, NAME_CHARS)
    way = (
        "A harmless job has gone through the real queue, a real worker and its hook"
        if real
        else "Only the way of the message is proven, not the way of a job"
    )
    return (
        f"DRILL, nothing is wrong with {name}. {way}. Acknowledge to show that this reaches you."
    )


def failed(lane: str, why: str) -> str:
    """Say that an alert would not have arrived, and where it would have been lost."""
    return f"The drill of {clean_text(lane, NAME_CHARS)} failed: {why}. A real alert may be lost."


def passed(by: str, seconds: float) -> str:
    """Say who has answered and after how long."""
    return f"{clean_name(by, NAME_CHARS)} answered after {duration(seconds)}"


def enqueued(queue: str) -> str:
    """Say where the harmless job is."""
    return f"tailback.drill in queue {clean_name(queue, NAME_CHARS)}"


def seen() -> str:
    """Say that the job went through a real worker."""
    return "a worker with the hook reported it"


def broken(link: "Link") -> str:
    """Name the link of the chain that took too long."""
    return _LINKS[link]


def misfit(gap: "Gap") -> str:
    """Say what of the lane's rule does not fit what is really there."""
    wanted = clean_name(gap.wanted, NAME_CHARS)
    instead = ", ".join(clean_name(name, NAME_CHARS) for name in gap.instead[:MOST_NAMES])
    more = len(gap.instead) - MOST_NAMES
    instead += f" and {more:,} more" if more > 0 else ""
    return (
        _RULE
        + {
            "owner": f"{wanted} owns it, but no channel reaches {wanted}",
            "source": f"the lane watches source {wanted}, but its worker reports to {instead}",
            "queue": f"the lane watches queue {wanted}, but its worker reports queue {instead}",
            "unused": f"no worker has ever used queue {wanted}; known are {instead}",
            "jobs": f"no job of {wanted} was ever in its queue; known there are {instead}",
        }[gap.what]
    )


def nobody() -> str:
    """Say that no drill can begin, for there is nobody to tell."""
    return f"{_RULE}{nobody_is_told()}"


def under_way() -> str:
    """Say that only one drill goes on at a time."""
    return "another drill is under way; one goes on at a time"


def no_write_url() -> str:
    """Say why no job was enqueued."""
    return "the source has no write_url, so only the way of the message is drilled"


def cannot(system: str) -> str:
    """Say why no job was enqueued though it may be written."""
    return f"jobs cannot be enqueued for {system} here, so only the way of the message is drilled"


def not_enqueued(why: str) -> str:
    """Say that the broker did not take the job."""
    return f"the job could not be enqueued: {clean_name(why, WHY_CHARS)}"


def step(seconds: float, what: str, detail: str) -> str:
    """Say what happened how long after the beginning."""
    head = f"{duration(seconds):>8}  {clean_name(what, NAME_CHARS)}"
    return f"{head}: {clean_name(detail, WHY_CHARS)}" if detail else head


def refused(why: str | None) -> str:
    """Say that every channel of the owner refused the message for good."""
    said = clean_name(why or "unknown", WHY_CHARS)
    return f"channel: no channel of the owner takes messages: {said}"


def unproven(drilled_at: float | None) -> str:
    """Say on the board that nobody knows whether the alert of a lane would arrive."""
    if drilled_at is None:
        return "alert never proven"
    day = datetime.fromtimestamp(drilled_at, UTC)
    return f"alert not proven since {day.day} {day:%B}"
