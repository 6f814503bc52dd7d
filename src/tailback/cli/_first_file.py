"""The text of a first `tailback.toml`."""

from collections.abc import Sequence
from dataclasses import dataclass

import tomlkit

from tailback.core import proposals, wording_init
from tailback.server.config import slug


@dataclass(frozen=True, slots=True)
class Found:
    """A queue with the job types and the number of waiting jobs that a look showed."""

    queue: str
    jobs: tuple[str, ...] = ()
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class First:
    """What was answered of the first lane."""

    queue: str
    action: str
    noticed_after: str


def first_file(system: str, found: Sequence[Found], owner: str, first: First | None) -> str:
    """Return the text: the first lane in full, all others as comments to go on from."""
    lines = [
        "# Written by tailback init. One lane is enough to begin with; take the # away from the",
        "# others as you learn what they mean to customers. Queues without a lane are on the",
        "# board, and nobody is told of them.",
        "",
        "[[source]]",
        f"name = {_text(system)}",
        f"system = {_text(system)}",
        'url = "${TAILBACK_SOURCE_URL}"                # an account that may only read',
    ]
    for one in sorted(found, key=lambda one: first is None or one.queue != first.queue):
        lines.append("")
        if proposals.hides(one.queue, one.jobs):
            lines.append(f"# {wording_init.hides(one.queue, one.jobs)}.")
        mine = first is not None and one.queue == first.queue
        if mine and first is not None:
            lines += _lane(one.queue, one.queue, (), first.action, first.noticed_after, owner)
        if len(one.jobs) > 1:
            for job in one.jobs:
                lines += _proposed(f"{one.queue} {job}", one.queue, (job,), owner)
        elif not mine:
            lines += _proposed(one.queue, one.queue, one.jobs, owner)
    lines += [
        "",
        "[[person]]",
        f"name = {_text(owner)}",
        'channels = ["chat"]',
        "",
        "[[channel]]",
        'name = "chat"',
        'kind = "slack"',
        'url = "${SLACK_WEBHOOK}"',
    ]
    return "\n".join(lines) + "\n"


def _proposed(name: str, queue: str, jobs: tuple[str, ...], owner: str) -> list[str]:
    guess = proposals.propose((queue, *jobs))
    only = jobs if name != queue else ()
    action = guess.action or wording_init.UNKNOWN_ACTION
    return [f"# {line}" for line in _lane(name, queue, only, action, guess.noticed_after, owner)]


def _lane(
    name: str, queue: str, jobs: tuple[str, ...], action: str, noticed_after: str, owner: str
) -> list[str]:
    lines = ["[[lane]]", f"name = {_text(name)}"]
    if not slug(name):
        lines.append('key = "lane"')
    lines.append(f"queue = {_text(queue)}")
    if jobs:
        lines.append(f"jobs = [{', '.join(_text(job) for job in jobs)}]")
    return [
        *lines,
        f'customer_action = {_text(action)}    # completes "Customers cannot …"',
        f"noticed_after = {_text(noticed_after)}",
        "wake_someone = false",
        f"owner = {_text(owner)}",
    ]


def _text(value: str) -> str:
    return tomlkit.item(value).as_string()
