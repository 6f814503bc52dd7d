"""What scheduled work that reports by pings leaves behind: its runs, and why one failed."""

import re
from collections.abc import Mapping
from typing import Any

from tailback.core import wording
from tailback.core.redact import redact
from tailback.core.text import clean_text, clean_trace
from tailback.core.wording_runs import ERROR_TYPE

MESSAGE_CHARS = 300
OUTPUT_CHARS = 8_000
# How Python and many others end: "KeyError: 'total'".
_ERROR = re.compile(r"(?P<type>[A-Za-z_][\w.]{0,199}(?:Error|Exception|Timeout)): (?P<message>.+)")


def failure_of(name: str, output: str) -> dict[str, Any]:
    """Return the error of a run of `name` that failed; the last line of its output says why."""
    told = redact(clean_trace(output, OUTPUT_CHARS)).strip()
    if not told:
        return {"type": ERROR_TYPE, "message": wording.heartbeat_failed(name)}
    last = clean_text(told.splitlines()[-1].strip(), MESSAGE_CHARS)
    found = _ERROR.fullmatch(last)
    kind, message = (found["type"], found["message"]) if found else (ERROR_TYPE, last)
    return {"type": kind, "message": message, "trace": told}


def begin(states: Mapping[str, str | None]) -> str | None:
    """Return which of a lane's runs a start begins; None when both go on already.

    `states` are the states of its two runs: the second is there for a start that comes before the
    end of the first. A dead one gives way to the next.
    """
    dead = [run for run, state in states.items() if state == "dead"]
    free = [run for run, state in states.items() if state != "running"]
    return next(iter(dead + free), None)
