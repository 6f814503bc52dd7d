"""The text of an alert about what several lanes suffer from together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tailback.core.text import clean_name, clean_text
from tailback.core.wording import count, duration, promise
from tailback.core.wording_alerts import NAME_CHARS, TITLE_CHARS, impact_on

if TYPE_CHECKING:
    from tailback.core.causes import Cause
    from tailback.core.model import Lane

NAMED = 10
FEW = 5
WHY_CHARS = 120
SEVERAL = "Several lanes at once"
_SENTENCES = {
    "monitor": "Tailback can read none of its sources",
    "broker": "Source {scope} cannot be seen",
    "full": "Redis of {scope} is full: new jobs are refused",
    "scheduler": "The scheduler of {scope} does not run",
    "workers": "Queues of {scope} have no worker",
}
_FAILING = "Jobs fail for one reason ({scope})"


@dataclass(frozen=True, slots=True)
class Child:
    """A lane that suffers, and how old its oldest job is; None: not known."""

    lane: "Lane"
    oldest_s: float | None


def title(cause: "Cause", reason: str | None) -> str:
    """Return what is broken, in at most 80 characters; `reason` says a shared failure in words."""
    scope = clean_name(cause.scope, NAME_CHARS)
    known = _SENTENCES.get(cause.kind, _FAILING)
    said = reason if reason and cause.kind == "reason" else known.replace("{scope}", scope)
    return clean_text(said, TITLE_CHARS)


def alert(
    title: str,
    children: Sequence[Child],
    owner: str | None,
    *,
    blind: bool = False,
    why: str | None = None,
) -> str:
    """Return the alert: what is broken, how many lanes, what customers cannot do, which, owner.

    With `blind` nothing is known of the lanes; `why` is what reading them ended with.
    """
    parts = [title, *([clean_name(why, WHY_CHARS)] if why else [])]
    parts.append(f"{count(len(children), 'lane')} {_suffer(len(children))} from it")
    worst = next((child.lane for child in children if child.lane.customer_action), None)
    if worst is not None:
        parts += impact_on(worst.customer_action, "unknown" if blind else "stuck")
    if children:
        parts.append(names(children))
    parts.append(f"Owner: {owner}" if owner else "Owner: nobody is told")
    return ". ".join(parts) + "."


def informs(title: str, children: Sequence[Child], owner: str) -> str:
    """Tell the owner of lanes that they suffer from something of which another is told."""
    who = clean_name(owner, NAME_CHARS)
    return f"{title}. It makes yours suffer: {names(children)}. {who} is told; you need not act."


def names(children: Sequence[Child]) -> str:
    """Name the lanes with their ages; of more than ten the first five, and how many more."""
    shown = children if len(children) <= NAMED else children[:FEW]
    named = ", ".join(_named(child) for child in shown)
    more = len(children) - len(shown)
    return f"{named} and {more:,} more" if more else named


def recovered(title: str, lanes: int, lasted_s: float) -> str:
    """Say that a shared cause is gone."""
    return f"Over after {duration(lasted_s)}: {title}. {count(lanes, 'lane')} suffered from it."


def part_of(title: str) -> str:
    """Say in the timeline of a lane why nobody is told of it alone."""
    return f"told as part of: {title}"


def goes_on() -> str:
    """Introduce a lane that is not well though what it suffered from is over."""
    return "What it suffered from is over, but this goes on. "


def _suffer(number: int) -> str:
    return "suffers" if number == 1 else "suffer"


def _named(child: Child) -> str:
    name = clean_name(child.lane.name, NAME_CHARS)
    if child.oldest_s is None:
        return name
    return f"{name} ({duration(child.oldest_s)} old, promise {promise(child.lane.promise_s)})"
