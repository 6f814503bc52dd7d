"""The words of the story of a problem that is over."""

from collections.abc import Callable

from tailback.core.story import Story
from tailback.core.wording import accounts, count, duration, promise
from tailback.core.wording_complaints import lead as complaint_lead
from tailback.core.wording_review import rose

UNTOLD = (
    "Its story cannot be told: what the problem was about is not watched any more, or it was "
    "kept without its course."
)


def lead(story: Story) -> str:
    """Return whether somebody was told before the first customer noticed."""
    if story.alerted_at is None:
        return "Nobody was told"
    if story.lead_s is None:
        return "Alerted; when a customer would have noticed is not known"
    if story.lead_s > 0:
        length = duration(story.lead_s)
        return f"Alerted {length} before the first customer would have noticed"
    return f"Alerted {duration(-story.lead_s)} after the first customer could have noticed"


def cost(story: Story) -> str:
    """Return how late how many jobs and accounts were."""
    parts = [f"the oldest job was {duration(story.worst_age_s)} old"]
    kept = promise(story.promise_s)
    parts.append(f"{count(story.jobs_late, 'job')} finished later than the promise of {kept}")
    if story.accounts:
        exact = bool(story.accounts_exact)
        parts.append(f"{accounts(story.accounts, exact=exact)} affected at one time")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def steps(story: Story) -> list[tuple[float, str]]:
    """Return what happened, in order: (Unix seconds, words)."""
    found = [(one.at, _signal(story, rose(one), one.what)) for one in story.signals]
    found += [(at, f"Deploy {release}") for at, release in story.deploys]
    found.append((story.opened_at, "The problem was seen"))
    if story.alerted_at is not None:
        found.append((story.alerted_at, "The alert was delivered"))
    if story.notice_at is not None:
        found.append((story.notice_at, "The first customer would have noticed"))
    if story.acknowledged_at is not None:
        found.append((story.acknowledged_at, f"{story.acknowledged_by} acknowledged"))
    if story.complained_at is not None:
        found.append((story.complained_at, "The first user complained"))
    if story.resolved_at is not None:
        found.append((story.resolved_at, "It was over"))
    return sorted(found)


def _signal(story: Story, words: str, what: str) -> str:
    return f"{words} ({story.reason})" if what == "reason" and story.reason else words


def told_first(story: Story) -> str | None:
    """Return whether the team or its users knew first; None when nobody complained."""
    if story.complained_at is None or story.alerted_at is None:
        return None
    text = complaint_lead(story.complained_at - story.alerted_at)
    return text[:1].upper() + text[1:]


def what_if(story: Story) -> list[str]:
    """Return what would have caught it earlier."""
    lines = []
    if not story.replayed:
        why = "no events of it are kept"
        if story.too_many:
            why = "more events of it are kept than can be replayed"
        if not story.by_ages:
            return [f"It cannot be replayed: {why}, and its oldest age was not measured"]
        lines = [f"Judged by its oldest age of each minute, as {why}"]
    found = [
        f"With a promise of {promise(one.promise_s)} instead of {promise(story.promise_s)}:"
        f" {duration(one.earlier_s)} earlier"
        for one in story.what_if
    ]
    return lines + (found or ["A shorter promise would not have caught it earlier"])


def markdown(
    story: Story, notes: list[tuple[float, str, str]], clock: Callable[[float], str]
) -> str:
    """Return the story as a page of Markdown; `notes` are (at, who, text)."""
    lines = [f"# {story.name}, {clock(story.opened_at)}", "", f"{lead(story)}. {cost(story)}."]
    if first := told_first(story):
        lines.append(f"{first}.")
    lines += ["", "## What happened"]
    lines += [f"- {clock(at)} {_plain(words)}" for at, words in steps(story)]
    lines += ["", "## What would have caught it earlier"]
    lines += [f"- {words}" for words in what_if(story)]
    if notes:
        lines += ["", "## Notes"]
        lines += [f"- {clock(at)} {_plain(who)}: {_plain(text)}" for at, who, text in notes]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Return text of others as no Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in text)
