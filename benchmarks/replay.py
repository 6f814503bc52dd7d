"""How fast a recording is judged: events a second of a busy lane, seconds a day of a quiet one.

    python benchmarks/replay.py [--rounds 3] [--json]

Everything is counted in CPU seconds of one core, best of the rounds. The busy recording is one
day of two million events; the quiet one is sixteen days with a job a minute.
"""

import argparse
import io
import json
import sys
from collections.abc import Iterator
from time import process_time
from typing import Any

from tailback.server.config import Config
from tailback.server.replay import Replay, read_lines

BEGIN = 1_767_571_200.0
DAY = 86_400
QUIET_DAYS = 16
BUSY_EVENTS_GATE = 100_000
QUIET_DAY_GATE_S = 0.3


def jobs(every_s: float, days: float) -> Iterator[dict[str, Any]]:
    """Yield the events of good jobs, one after the other."""
    for number in range(int(days * DAY / every_s)):
        at = BEGIN + number * every_s
        job = {
            "id": f"job-{number}",
            "queue": "emails",
            "job": "send",
            "tenant": f"a{number % 97}",
        }
        yield {"kind": "enqueued", "at": at, **job}
        yield {"kind": "started", "at": at + 0.1, "attempt": 1, **job}
        yield {"kind": "succeeded", "at": at + 0.9, "attempt": 1, "ran_for": 0.8, **job}


def recording(every_s: float, days: float) -> bytes:
    """Return the lines of a recording."""
    return "".join(json.dumps(row) + "\n" for row in jobs(every_s, days)).encode()


def cpu_s(data: bytes) -> float:
    """Return the CPU seconds of one replay, and check that it found nothing wrong."""
    said: list[dict[str, Any]] = []
    replay = Replay(Config(), said.append)
    begin = process_time()
    for lines in read_lines([("recording", io.BytesIO(data))]):
        replay.feed(lines)
    replay.finish()
    spent = process_time() - begin
    if replay.events != data.count(b"\n") or any(row["kind"] == "episode" for row in said):
        sys.exit(f"The replay lost lines or found trouble: {replay.events} lines, {said[-1]}")
    return spent


def main() -> int:
    """Measure, print, and exit 1 below a gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    busy, quiet = recording(0.13, 1), recording(60.0, QUIET_DAYS)
    found = {
        "events_per_s": busy.count(b"\n") / min(cpu_s(busy) for _ in range(options.rounds)),
        "quiet_day_s": min(cpu_s(quiet) for _ in range(options.rounds)) / QUIET_DAYS,
    }
    good = found["events_per_s"] >= BUSY_EVENTS_GATE and found["quiet_day_s"] <= QUIET_DAY_GATE_S
    if options.json:
        print(json.dumps(found | {"good": good}))
    else:
        print(f"busy: {found['events_per_s']:,.0f} events/s (at least {BUSY_EVENTS_GATE:,})")
        print(f"quiet: {found['quiet_day_s']:.3f} s a day (at most {QUIET_DAY_GATE_S})")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
