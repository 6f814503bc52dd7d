"""What `tailback init` asks and says, and what it proposes a queue means to customers."""

from collections.abc import Sequence
from typing import Literal

from tailback.core.text import clean_text
from tailback.core.wording import count

Matter = Literal[
    "password",
    "sign_up",
    "money",
    "receipt",
    "first_day",
    "message",
    "webhook",
    "import",
    "export",
]

# Each completes "Customers cannot …".
ACTIONS: dict[Matter, str] = {
    "password": "reset their password or confirm their address",
    "sign_up": "sign up",
    "money": "pay, or see that they have paid",
    "receipt": "get a receipt after paying",
    "first_day": "get started after signing up",
    "message": "get the messages they wait for",
    "webhook": "be told by webhook",
    "import": "use what they have imported",
    "export": "get the report they asked for",
}

WHO = "Who should be told (one name)"
WHICH = "Which queue matters most to customers (money, sign-ups, passwords, receipts, a first day)"
WHAT = "When its work is late, customers cannot …"
WHEN = "After how long does a customer notice"
UNKNOWN_ACTION = "…"


def queue_line(queue: str, jobs: Sequence[str], waiting: int | None) -> str:
    """Return one queue with what it carries, as far as a look shows."""
    line = f"  {clean_text(queue, 80)}"
    if waiting is not None:
        line += f": {count(waiting, 'job')} waiting"
    if jobs:
        line += f"; carries {', '.join(clean_text(job, 80) for job in jobs)}"
    return line


def hides(queue: str, jobs: Sequence[str]) -> str:
    """Warn of a queue whose name hides what it carries."""
    name = clean_text(queue, 80)
    if len(jobs) > 1:
        return f'"{name}" carries {len(jobs)} job types: give each that matters a lane of its own'
    return f'the name "{name}" hides what it carries: say it in customer_action'


def found(queues: int) -> str:
    """Return how many queues there are."""
    return f"{count(queues, 'queue')} found:" if queues else "No queue found yet."


def done(file: str, queue: str | None) -> str:
    """Return what comes next."""
    first = f"with a lane for {clean_text(queue, 80)}" if queue else "without a lane"
    return (
        f"{file} is written {first}. Set TAILBACK_SOURCE_URL and SLACK_WEBHOOK, "
        "then run `tailback check`."
    )
