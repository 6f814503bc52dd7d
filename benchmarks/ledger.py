"""How fast the ledger is and how much it needs, checked against a slow count first.

    python benchmarks/ledger.py [--open 10000 1000000] [--rounds 7] [--json]

Rounds of decode-only and ledger are interleaved on the same data, in CPU seconds; a gate is the
median of the ratios of a round. Totals are compared with a brute-force count before any speed is
printed. Memory is the growth of the process's resident size per open job, in a fresh process.
"""

import argparse
import gc
import json
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import msgspec

from tailback.core.ledger import Ledger

BATCH = 500
QUEUES = 200
TYPES = 5
TENANTS = 20_000
BEGIN = 1_790_000_000.0
DECODE_GATE = 0.15
CROWD_GATE = 0.6
BYTES_GATE = 450
RESTORE_GATE_S = 5.0


class Event(msgspec.Struct, gc=False):
    """A wire event as the server decodes it."""

    kind: str
    at: float
    id: str
    queue: str
    job: str | None = None
    first_enqueued_at: float | None = None
    due_at: float | None = None
    attempt: int | None = None
    max_attempts: int | None = None
    tenant: str | None = None
    worker: str | None = None
    ran_for: float | None = None
    priority: int | None = None
    release: str | None = None
    root: str | None = None
    parent: str | None = None
    drill: str | bool | None = None
    error: dict[str, Any] | None = None
    why: str | None = None


DECODER = msgspec.json.Decoder(list[Event])


def job_id(rng: random.Random) -> str:
    """Return an id as long as a UUID."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def one_job(rng: random.Random, at: float) -> Iterator[dict[str, Any]]:
    """Yield the events of one job: mostly a success at once, sometimes retries or a death."""
    queue = f"queue-{rng.randrange(QUEUES)}"
    named = {"id": job_id(rng), "queue": queue, "job": f"{queue}.type-{rng.randrange(TYPES)}"}
    named["tenant"] = f"acct_{rng.randrange(TENANTS)}"
    yield {"kind": "enqueued", "at": at, **named}
    worker = f"host-{rng.randrange(20)}:{rng.randrange(8)}"
    for attempt in (1, 2, 3):
        at += rng.random()
        yield {"kind": "started", "at": at, **named, "attempt": attempt, "worker": worker}
        at += rng.random()
        luck = rng.random()
        if luck > 0.02:
            yield {"kind": "succeeded", "at": at, **named, "attempt": attempt, "ran_for": 0.4}
            return
        error = {"type": "RateLimited", "message": f"429 for order {rng.randrange(1000)}"}
        kind = "dead" if luck < 0.002 else "retrying"
        failure = {"kind": kind, "at": at, **named, "attempt": attempt, "error": error}
        yield failure if kind == "dead" else {**failure, "due_at": at + 10}
        if kind == "dead":
            return
        at += 10


def traffic(jobs: int, seed: int) -> list[bytes]:
    """Return batches of a busy minute: in order but for a few late and repeated events."""
    rng = random.Random(seed)
    events = [e for n in range(jobs) for e in one_job(rng, BEGIN + n * 0.002)]
    events.sort(key=lambda event: event["at"])
    for _ in range(len(events) // 100):
        events.insert(rng.randrange(len(events)), events[rng.randrange(len(events))])
    return [
        msgspec.json.encode(events[start : start + BATCH])
        for start in range(0, len(events), BATCH)
    ]


def backlog(ledger: Ledger, jobs: int) -> None:
    """Put waiting jobs into a ledger, one batch at a time, 300 a second."""
    rng = random.Random(99)
    for start in range(0, jobs, BATCH):
        batch = [
            {"kind": "enqueued", "at": BEGIN - 7200 + (start + n) / 300, "id": job_id(rng),
             "queue": f"queue-{rng.randrange(QUEUES)}", "job": f"type-{rng.randrange(TYPES)}",
             "tenant": f"acct_{rng.randrange(TENANTS)}"}
            for n in range(BATCH)
        ]  # fmt: skip
        ledger.apply("bench", DECODER.decode(msgspec.json.encode(batch)), BEGIN)
        if start % (20 * BATCH) == 0:
            # The server commits about once a second.
            ledger.take_deltas()


def check_totals(batches: list[bytes]) -> None:
    """Compare the ledger's totals with a count by hand; raises when they differ."""
    seen = {}
    for batch in batches:
        for event in DECODER.decode(batch):
            seen[event.kind, event.at, event.id] = event.kind
    kinds = Counter(seen.values())
    ledger = Ledger()
    for batch in batches:
        ledger.apply("bench", DECODER.decode(batch), BEGIN)
    found: Counter[str] = Counter()
    for minute in ledger.take_deltas().minutes.values():
        for name in ("arrivals", "started", "completed", "failed", "retried", "dead"):
            found[name] += getattr(minute, name)
    expected = {
        "arrivals": kinds["enqueued"],
        "started": kinds["started"],
        "completed": kinds["succeeded"],
        "failed": kinds["retrying"] + kinds["dead"],
        "retried": kinds["retrying"],
        "dead": kinds["dead"],
    }
    left = kinds["enqueued"] - kinds["succeeded"] - kinds["dead"]
    if dict(found) != expected or ledger.open_jobs() != left:
        message = (
            f"the ledger counts wrongly: {dict(found)} {ledger.open_jobs()}, not {expected} {left}"
        )
        raise SystemExit(message)


def decode_only(batches: list[bytes]) -> float:
    """Return the CPU seconds of decoding alone."""
    begin = process_time()
    for batch in batches:
        DECODER.decode(batch)
    return process_time() - begin


def decode_and_apply(ledger: Ledger, batches: list[bytes]) -> float:
    """Return the CPU seconds of decoding and applying."""
    begin = process_time()
    for batch in batches:
        ledger.apply("bench", DECODER.decode(batch), BEGIN)
    ledger.take_deltas()
    return process_time() - begin


def resident_bytes() -> int:
    """Return the resident size of this process."""
    with Path("/proc/self/statm").open(encoding="ascii") as said:
        return int(said.read().split()[1]) * resource.getpagesize()


def measure_open(jobs: int, rounds: int) -> dict[str, Any]:
    """Measure one size in this process."""
    # As the server does: a million jobs are no garbage, and looking through them again costs.
    gc.set_threshold(50_000, 20, 100)
    before = resident_bytes()
    ledger = Ledger()
    backlog(ledger, jobs)
    ledger.take_deltas()
    grown = resident_bytes() - before
    ratios, speeds = [], []
    for turn in range(rounds):
        batches = traffic(17_000, seed=turn)
        events = sum(len(DECODER.decode(batch)) for batch in batches)
        alone = decode_only(batches)
        spent = decode_and_apply(ledger, batches)
        ratios.append(alone / spent)
        speeds.append(events / spent)
    begin = process_time()
    blob = ledger.checkpoint()
    written_s = process_time() - begin
    begin = process_time()
    restored = Ledger.restore(blob)
    restored_s = process_time() - begin
    if restored.open_jobs() != ledger.open_jobs():
        raise SystemExit("the restored ledger holds other jobs than the one written")
    return {
        "open_jobs": jobs,
        "events_per_s": round(median(speeds)),
        "of_decode_only": round(median(ratios), 3),
        "of_decode_only_range": [round(min(ratios), 3), round(max(ratios), 3)],
        "bytes_per_open_job": round(grown / jobs),
        "checkpoint_bytes_per_job": round(len(blob) / jobs, 1),
        "checkpoint_s": round(written_s, 2),
        "restore_s": round(restored_s, 2),
    }


def in_own_process(jobs: int, rounds: int) -> dict[str, Any]:
    """Measure one size in a fresh process, so that memory is its own."""
    command = [sys.executable, __file__, "--measure", str(jobs), "--rounds", str(rounds)]
    done = subprocess.run(command, capture_output=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def gates(few: dict[str, Any], many: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each gate with what was measured."""
    crowd = many["events_per_s"] / few["events_per_s"]
    rows = [
        ("ledger with decoding, of decode-only", few["of_decode_only"], ">=", DECODE_GATE),
        (f"throughput at {many['open_jobs']} open jobs, of {few['open_jobs']}", round(crowd, 2),
         ">=", CROWD_GATE),
        ("bytes per open job", many["bytes_per_open_job"], "<=", BYTES_GATE),
        ("seconds to restore", many["restore_s"], "<=", RESTORE_GATE_S),
    ]  # fmt: skip
    return [
        {"gate": name, "measured": value, "limit": f"{sign} {limit}",
         "met": value >= limit if sign == ">=" else value <= limit}
        for name, value, sign, limit in rows
    ]  # fmt: skip


def main() -> None:
    """Run the benchmark and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", nargs=2, type=int, default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", type=int)
    options = parser.parse_args()
    if options.measure is not None:
        print(json.dumps(measure_open(options.measure, options.rounds)))
        return
    check_totals(traffic(17_000, seed=0))
    sizes = [in_own_process(jobs, options.rounds) for jobs in options.open]
    rows = gates(*sizes)
    if options.json:
        print(json.dumps({"totals": "right", "sizes": sizes, "gates": rows}))
    else:
        print("Totals are right. Measured, median of rounds:")
        for size in sizes:
            print("  " + ", ".join(f"{name} {value}" for name, value in size.items()))
        for row in rows:
            met = "met" if row["met"] else "MISSED"
            print(f"  {met:6} {row['gate']}: {row['measured']} (gate {row['limit']})")
    sys.exit(0 if all(row["met"] for row in rows) else 1)


if __name__ == "__main__":
    main()
