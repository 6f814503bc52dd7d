"""What is said of actions: what they do, what came of them, and why one is not possible."""

from collections.abc import Mapping, Sequence

VERBS = {"retry": "Retry", "discard": "Discard", "revoke": "Revoke"}
EFFECTS = {
    "retry": "They are put back into their queues and run again from the beginning.",
    "discard": "They are removed from the broker and never run. This cannot be undone.",
    "revoke": "Workers are told to skip them. This cannot be undone.",
}
STATES = {
    "planned": "not begun",
    "sent": "being done",
    "done": "done",
    "gone": "no longer there",
    "refused": "refused",
    "stopped": "stopped before it was done",
    "unknown": "unknown, look at the job",
}
RUNS = "it runs now, so it is left alone"
RATE_LIMITED = "RQ holds it back by a rate limit; do it with RQ itself"
NOT_FAILED = "it is not among the failed jobs of its queue"
NOT_IN_QUEUE = "it is not in its queue"
NOBODY_LISTENED = "no worker was listening; start one and repeat"
TOO_DEEP = "it is not among the first 200,000 messages of its queue"
NOT_PLAIN = "its message is signed or packed in a way that a revocation would break"
UNFINISHED_TOO_LONG = "it was begun, but so long ago that the broker cannot tell any more"
SWITCHED_OFF = "actions of this source were switched off meanwhile"
NOT_CONFIRMABLE = (
    "This cannot be confirmed any more: it was begun, is older than 10 minutes, or belongs to "
    "somebody else. Look at the jobs again and repeat."
)
NOTHING_TO_STOP = (
    "There is nothing left to stop: it has ended, or all that is left is being done just now."
)
NO_ROUTE = "the workers' control exchange took it to nobody; start a worker and repeat"


def told_workers(count: int) -> str:
    """Say that live workers know; they forget it when all of them have stopped."""
    return f"{count} worker{'' if count == 1 else 's'} told"


def cannot_ask(shown: str, why: str) -> str:
    """Say that the broker could not be reached to act."""
    return f"{shown} could not be asked: {why.rstrip('.')}. It is tried again until it answers."


def not_allowed(source: str, action: str) -> str:
    """Say how an action is switched on."""
    return (
        f'The action "{action}" is not switched on for source "{source}". '
        f'Write actions = ["{action}"] and a write_url into its [[source]] table.'
    )


def could_be(source: str, actions: Sequence[str]) -> str:
    """Say how what a job system allows for dead jobs is switched on."""
    listed = ", ".join(f'"{action}"' for action in actions)
    return (
        f'Operators can {" and ".join(actions)} dead jobs of source "{source}" from here once its '
        f"[[source]] table has a write_url and actions = [{listed}]."
    )


def keeps_no_dead(system: str, source: str) -> str:
    """Say that a job system has nothing left of a dead job to run it again."""
    return (
        f'{system} keeps no dead jobs, so those of source "{source}" cannot be retried from here: '
        "let your application enqueue them again."
    )


def unknown_source(source: str) -> str:
    """Say that there is no such source."""
    return f'No source is called "{source}" in the configuration.'


def nothing_matches(action: str, states: Sequence[str]) -> str:
    """Say which jobs can be meant."""
    said = " or ".join(states)
    return f"No job matches that could be changed: {action} takes jobs that are {said}."


def title(action: str, count: int, *, dry: bool = False) -> str:
    """Return what an action is called: "Retry 143 jobs"."""
    said = f"{VERBS[action]} {count:,} job{'' if count == 1 else 's'}"
    return f"{said}, as a dry run" if dry else said


def stopped_by(actor: str) -> str:
    """Say who stopped an action before this job was done."""
    return f"{actor} stopped it"


def over_the_cap(matched: int, cap: int) -> str:
    """Say that more match than one action takes."""
    return (
        f"{matched:,} match. One action takes {cap:,} at most: "
        "the newest are taken, repeat it for the others."
    )


def progress(counts: Mapping[str, int]) -> str:
    """Return how far it is: "120 done, 3 no longer there, 20 not begun"."""
    parts = [f"{counts[state]:,} {said}" for state, said in STATES.items() if counts.get(state)]
    return ", ".join(parts) or "nothing yet"
