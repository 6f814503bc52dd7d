"""What the name of a queue and of its jobs suggest: what customers wait for, and how long."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tailback.core.wording_init import ACTIONS, Matter

# The words by which each matter is known and its promise, those first that hurt customers most.
_MATTERS: tuple[tuple[Matter, str, str], ...] = (
    ("password", "2m", "password passwords reset verify verification otp login"),
    ("sign_up", "2m", "signup signups register registration accounts"),
    ("money", "5m", "pay payment payments charge charges checkout billing"),
    ("receipt", "5m", "receipt receipts invoice invoices order orders"),
    ("first_day", "10m", "onboarding onboard welcome activation trial"),
    ("message", "10m", "email emails mail mailer mailers notification notifications sms push"),
    ("webhook", "5m", "webhook webhooks hooks callbacks"),
    ("import", "30m", "import imports upload uploads sync"),
    ("export", "30m", "export exports report reports"),
)
_HIDING = "default celery high low normal medium main queue jobs background tasks worker misc"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
OTHERWISE = "15m"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first guess for one lane; `rank` 0 matters most, None: nothing is known of it."""

    rank: int | None
    action: str | None
    noticed_after: str


def propose(names: Iterable[str]) -> Proposal:
    """Return what the names of a queue and its job types suggest."""
    words = {word.lower() for name in names for word in _WORD.findall(name)}
    for rank, (matter, noticed_after, known) in enumerate(_MATTERS):
        if words & set(known.split()):
            return Proposal(rank, ACTIONS[matter], noticed_after)
    return Proposal(None, None, OTHERWISE)


def matters_most(queues: Sequence[tuple[str, Sequence[str]]]) -> str | None:
    """Return the queue to begin with, of (name, job types) each; the first if none stands out."""
    ranked = [(propose((queue, *jobs)).rank, queue) for queue, jobs in queues]
    known = [(rank, queue) for rank, queue in ranked if rank is not None]
    if known:
        return min(known)[1]
    return queues[0][0] if queues else None


def hides(queue: str, jobs: Sequence[str]) -> bool:
    """Tell whether a queue carries a mixture or its name says nothing of what it carries."""
    words = {word.lower() for word in _WORD.findall(queue)}
    return len(jobs) > 1 or words <= set(_HIDING.split())
