"""How soon trouble is seen, and how often it is seen where there is none; beside published rules.

    python benchmarks/detection.py [--replicas 3] [--set first|incidents] [--only WORDS] [--cold] [--markdown] [--json]

Every scenario is ten days of one queue, replayed through the real chain; the same lines are given
to the rules that other monitors publish. Customers notice when the third job of a quarter of an
hour is later than the lane's promise (the first, where few jobs come).
"""

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from _detection_incidents import incidents
from _detection_peers import PEERS, Minutes
from _detection_queue import DAY, HOUR, MINUTE
from _detection_scenarios import DAYS, LAST, Scenario, scenarios

from tailback.server.config import read
from tailback.server.replay import Replay, read_lines

OURS = "**Tailback**"
# The first days are for learning; an alert counts to a fault until three hours after its end.
COUNTED_FROM = 4 * DAY
AFTERWARDS_S = 3 * HOUR
TOLD_AFTER_S = 300.0
QUIET_MINUTES = 30
SETS: dict[str, Callable[[int], list[Scenario]]] = {
    "first": scenarios,
    "incidents": incidents,
    "both": lambda replica: [*scenarios(replica), *incidents(replica)],
}
GATES = {
    "before": 0.93,
    "detected": 1.0,
    "right": 0.95,
    "lead_min": 8.0,
    "false_a_week": 0.10,
    "harmless": 0.08,
}


@dataclass(slots=True)
class Score:
    """What one rule made of all scenarios."""

    faults: int = 0
    detected: int = 0
    before: int = 0
    right: int = 0
    harmless: int = 0
    harmless_alerts: int = 0
    harmless_pages: int = 0
    false_alarms: int = 0
    weeks: float = 0.0
    leads_min: list[float] = field(default_factory=list)

    def add(self, scenario: Scenario, notices: float | None, alerts: list[float]) -> float | None:
        """Count the alerts of one scenario; return the first that belongs to its fault."""
        begins = scenario.start if scenario.want else np.inf
        ends = scenario.end + AFTERWARDS_S
        self.weeks += (DAYS * DAY - COUNTED_FROM) / (7 * DAY)
        self.false_alarms += sum(COUNTED_FROM <= at < begins or at > ends for at in alerts)
        if not scenario.want:
            self.harmless += 1
            self.harmless_alerts += any(at >= LAST for at in alerts)
            return None
        self.faults += 1
        first = next((at for at in alerts if begins <= at <= ends), None)
        if first is None:
            return None
        self.detected += 1
        lead = ((notices or first) - first) / MINUTE
        self.before += lead > 0
        self.leads_min.append(lead)
        return first

    def numbers(self) -> dict[str, Any]:
        return {
            "faults": self.faults,
            "detected": self.detected,
            "before": self.before,
            "right": self.right,
            "lead_min": round(median(self.leads_min), 1) if self.leads_min else None,
            "false_a_week": round(self.false_alarms / self.weeks, 3),
            "harmless": self.harmless,
            "harmless_alerts": self.harmless_alerts,
            "harmless_pages": self.harmless_pages,
        }


def replayed(scenario: Scenario, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `tailback replay --json` would print, `at` counted from the begin."""
    said: list[dict[str, Any]] = []
    replay = Replay(read(scenario.config()), said.append)
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows if scenario.is_seen(row))
    for part in read_lines([(scenario.name, io.BytesIO(lines))]):
        replay.feed(part)
    replay.finish()
    return [{**row, "at": row["at"] - scenario.begin} for row in said]


def onsets(on: Any) -> list[float]:
    """Return the seconds at which an alert goes on after half an hour without it."""
    found, clear = [], QUIET_MINUTES
    for minute, lit in enumerate(on):
        if lit and clear >= QUIET_MINUTES:
            found.append((minute + 1) * MINUTE)
        clear = 0 if lit else clear + 1
    return found


def last_day(rows: list[dict[str, Any]], begin: float) -> list[dict[str, Any]]:
    """Return the rows of the last day, workers as they stood at its begin."""
    start = begin + LAST
    return [
        {**row, "at": max(row["at"], start)} if row["kind"] == "workers" else row
        for row in rows
        if row["at"] >= start or row["kind"] == "workers"
    ]


def judge(scenario: Scenario, scores: dict[str, Score], *, cold: bool) -> dict[str, Any]:
    """Score one scenario and return what became of it."""
    run = scenario.run()
    rows = list(scenario.rows(run))
    if cold:
        rows = last_day(rows, scenario.begin)
    notices = scenario.noticed_at(run)
    if scenario.want and notices is None:
        sys.exit(f"{scenario.name}: no customer ever notices, so it is no fault.")
    said = replayed(scenario, rows)
    episodes = [row for row in said if row["kind"] == "episode"]
    ours = scores[OURS]
    first = ours.add(scenario, notices, [e["at"] for e in episodes if e["event"] == "opened"])
    pages = any(e["page"] and e["at"] >= LAST for e in episodes)
    ours.harmless_pages += not scenario.want and pages
    about = {"name": scenario.name, "seed": scenario.seed, "lead_min": None, "verdict": None}
    about["episodes"] = [(e["at"], e["event"], e["rule"], e["cause"], e["page"]) for e in episodes]
    if first is not None:
        told = [
            row for row in said if row["kind"] == "verdict" and row["at"] <= first + TOLD_AFTER_S
        ]
        about |= {"verdict": told[-1]["verdict"], "cause": told[-1]["cause"]}
        about["lead_min"] = round(((notices or first) - first) / MINUTE, 1)
        about["right"] = told[-1]["verdict"] in scenario.want
        ours.right += about["right"]
    if not cold:
        minutes = Minutes(rows, scenario.begin, int(DAYS * DAY / MINUTE))
        for name, rule in PEERS.items():
            scores[name].add(scenario, notices, onsets(rule(minutes)))
    return about


def complain(scenario: Scenario, about: dict[str, Any]) -> str | None:
    """Return what is wrong with our answer to one scenario, None if nothing is."""
    alerts = [
        f"{kind} {rule}/{cause} day {at / DAY:.2f}"
        for at, kind, rule, cause, _page in about["episodes"]
        if kind in ("opened", "reopened")
    ]
    if not scenario.want:
        return (
            f"alert on a harmless day: {alerts}"
            if any(at >= LAST for at, *_ in about["episodes"])
            else None
        )
    if about["lead_min"] is None:
        return f"not seen; {alerts}"
    if about["lead_min"] <= 0:
        return f"seen {-about['lead_min']:.1f} min after customers"
    return (
        None if about["right"] else f"{about['verdict']} ({about['cause']}), not {scenario.want}"
    )


def good(numbers: dict[str, Any]) -> bool:
    """Tell whether our numbers reach every gate."""
    faults, harmless = max(1, numbers["faults"]), max(1, numbers["harmless"])
    return (
        numbers["before"] / faults >= GATES["before"]
        and numbers["detected"] / faults >= GATES["detected"]
        and numbers["right"] / faults >= GATES["right"]
        and (numbers["lead_min"] or 0.0) >= GATES["lead_min"]
        and numbers["false_a_week"] <= GATES["false_a_week"]
        and numbers["harmless_alerts"] / harmless <= GATES["harmless"]
        and numbers["harmless_pages"] == 0
    )


def table(scores: dict[str, Score]) -> str:
    """Return the scores as a table in Markdown."""
    lines = [
        "| rule | seen | before customers | median lead, min | false alarms a queue-week | harmless days with an alert |",
        "|---|---|---|---|---|---|",
    ]
    for name, score in scores.items():
        n = score.numbers()
        lead = "" if n["lead_min"] is None else f"{n['lead_min']:.1f}"
        lines.append(
            f"| {name} | {n['detected']}/{n['faults']} | {n['before']} | {lead} | {n['false_a_week']:.2f} | {n['harmless_alerts']}/{n['harmless']} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Score, print, and exit 1 below a gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first replica")
    parser.add_argument("--only", default="", help="scenarios whose name holds these words")
    parser.add_argument("--set", choices=sorted(SETS), default="both")
    parser.add_argument("--cold", action="store_true", help="the last day alone, without history")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    scores = {name: Score() for name in (OURS, *(PEERS if not options.cold else ()))}
    for replica in range(options.first, options.first + options.replicas):
        for scenario in SETS[options.set](replica):
            if options.only not in scenario.name:
                continue
            about = judge(scenario, scores, cold=options.cold)
            wrong = complain(scenario, about)
            if wrong is not None:
                print(f"{replica} {scenario.name}: {wrong}", file=sys.stderr, flush=True)
    numbers = scores[OURS].numbers()
    if options.json:
        print(json.dumps({name: score.numbers() for name, score in scores.items()}))
    else:
        print(table(scores))
        if not options.markdown:
            print(f"Tailback: {numbers}")
    return int(not options.cold and not good(numbers))


if __name__ == "__main__":
    sys.exit(main())
