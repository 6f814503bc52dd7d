"""The durable log against a row per job, in SQLite and in PostgreSQL, in one interleaved run.

    python benchmarks/store.py [--rounds 7] [--batches 100] [--size 500]

Every subject takes the same batches of events, decodes them and makes each batch durable before the
next (one client, one commit per batch); `log + ledger` also keeps every unfinished job, the rollups
and the failure reasons, the upserts only the state of each job. The totals of every subject are
compared with an oracle before any speed is printed. A round during which the machine itself became
twice as fast or slow is void; the gate is the median of the ratios per round.
"""

import argparse
import contextlib
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from _store_subjects import (
    DONE,
    Log,
    LogAndLedger,
    PostgresRows,
    SqliteRows,
    Subject,
    Work,
    make_work,
)

from tailback.store.base import LogBatch
from tailback.store.sqlite.store import SqliteStore

GATE_LEDGER_TO_POSTGRES = 2.0
GATE_SYNCS_PER_COMMIT = 1.05
GATE_LOG_BYTES = 0.20


@contextlib.contextmanager
def postgres() -> Iterator[str | None]:
    """A database of our own in a reachable PostgreSQL, or None."""
    for user in ("postgres", os.environ.get("USER", "root")):
        with contextlib.suppress(psycopg.OperationalError):
            with psycopg.connect(
                f"postgresql://{user}@127.0.0.1:5432/postgres", autocommit=True
            ) as admin:
                admin.execute("drop database if exists tailback_bench with (force)")
                admin.execute("create database tailback_bench")
                try:
                    yield f"postgresql://{user}@127.0.0.1:5432/tailback_bench"
                finally:
                    admin.execute("drop database tailback_bench with (force)")
            return
    yield None


def anchor(folder: Path) -> tuple[float, float]:
    """How fast the machine is right now: a sync of the disk and a loop of Python, in seconds."""
    with (folder / "anchor").open("wb", buffering=0) as file:
        syncs = []
        for _ in range(20):
            file.write(b"x" * 4096)
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            syncs.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    sum(number * number for number in range(200_000))
    return statistics.median(syncs), time.perf_counter() - begin


def measure(subject: Subject, first: int, batches: list[bytes]) -> float:
    begin = time.perf_counter()
    for seq, payload in enumerate(batches, first):
        subject.take(seq, payload)
    subject.settle()
    return time.perf_counter() - begin


def check(subject: Subject, oracle: Counter[str]) -> None:
    """End with an error when a subject lost, repeated or confused anything."""
    found = subject.states()
    expected = oracle
    if isinstance(subject, LogAndLedger):
        expected = Counter({state: oracle[state] for state in DONE})
        expected["open"] = sum(oracle.values()) - expected.total()
    if found != expected:
        sys.exit(
            f"{subject.name}: totals are wrong, so its speed means nothing: {found} instead of {expected}"
        )


def syncs_per_commit(folder: Path) -> float | None:
    """Count syncs of 300 single commits with strace, without those of opening and closing."""
    if shutil.which("strace") is None:
        return None

    def count(appends: int) -> int:
        report = folder / f"strace{appends}"
        command = [
            "strace",
            "-f",
            "-c",
            "-e",
            "trace=fsync,fdatasync",
            "-o",
            str(report),
            sys.executable,
            __file__,
        ]
        subprocess.run(
            [*command, "--appends", str(appends), str(folder / f"appends{appends}.db")], check=True
        )
        rows = [line.split() for line in report.read_text().splitlines()]
        return sum(int(row[3]) for row in rows if row and row[-1] in ("fsync", "fdatasync"))

    try:
        return (count(300) - count(0)) / 300
    except subprocess.CalledProcessError:
        return None  # tracing is not allowed here


def only_append(path: Path, appends: int) -> None:
    with SqliteStore(path) as store:
        for seq in range(appends):
            store.log.append([LogBatch("p", seq, "shop", 1.0, b"x" * 1000)])


def steady(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(max(a, b) <= 2 * min(a, b) for a, b in zip(one, other, strict=True))


def run(rounds: int, batches: int, size: int) -> bool:
    """Measure, check, print; return whether the gates are kept."""
    work = make_work(rounds, batches, size)
    times: dict[str, list[float]] = {}
    void: list[int] = []
    with tempfile.TemporaryDirectory(prefix="tailback-bench-", dir=".") as name, postgres() as url:
        folder = Path(name)
        log = Log(folder)
        subjects: list[Subject] = [log, LogAndLedger(folder), SqliteRows(folder)]
        subjects += [PostgresRows(url)] if url else []
        anchors = []
        for number, part in enumerate(work.batches):
            before = anchor(folder)
            turn = number % len(subjects)
            for subject in subjects[turn:] + subjects[:turn]:
                times.setdefault(subject.name, []).append(measure(subject, number * batches, part))
            anchors.append(before)
            if not steady(before, anchor(folder)):
                void.append(number)
        for subject in subjects:
            check(subject, work.states)
        for subject in subjects:
            subject.close()
        share = log.path.stat().st_size / log.bytes
        syncs = syncs_per_commit(folder)
    measured = Measured(times, void, anchors, share, syncs)
    return report(work, measured)


@dataclass
class Measured:
    """Seconds per subject and round, the void rounds, the anchors, and two sizes."""

    times: dict[str, list[float]]
    void: list[int]
    anchors: list[tuple[float, float]]
    log_share: float
    syncs: float | None


def report(work: Work, measured: Measured) -> bool:
    """Print what was measured; return whether the gates are kept."""
    rounds = len(work.batches)
    valid = [number for number in range(rounds) if number not in measured.void]
    sync_ms = [round(1000 * sync, 2) for sync, _ in measured.anchors]
    print(
        f"{work.events:,} events of {work.states.total():,} jobs; totals of every subject equal the oracle"
    )
    print(
        f"load {os.getloadavg()[0]:.1f}, sync p50 {min(sync_ms)}-{max(sync_ms)} ms, {len(valid)} of {rounds} rounds valid"
    )
    for name, seconds in measured.times.items():
        kept = [seconds[number] for number in valid] or seconds
        print(
            f"  {name:26} {work.events / rounds / statistics.median(kept) / 1000:8.0f} k events/s"
        )
    ok = len(valid) > rounds // 2
    if not ok:
        print("  no verdict: the machine was not steady enough")
    ok &= report_ratios(measured.times, valid or list(range(rounds)))
    print(f"  log on disk / raw JSON: {measured.log_share:.3f} (gate {GATE_LOG_BYTES})")
    ok &= measured.log_share <= GATE_LOG_BYTES
    if measured.syncs is None:
        print("  syncs per commit: skipped, strace is not installed or not allowed")
    else:
        print(f"  syncs per commit: {measured.syncs:.3f} (gate {GATE_SYNCS_PER_COMMIT})")
        ok &= measured.syncs <= GATE_SYNCS_PER_COMMIT
    print("gates kept" if ok else "gates NOT kept")
    return ok


def report_ratios(times: dict[str, list[float]], rounds: list[int]) -> bool:
    """Print how many times faster we are, per round; return whether the gate is kept."""
    ok = True
    for ours, peer in itertools.product(("log", "log + ledger"), times):
        if peer.startswith("log"):
            continue
        ratios = sorted(times[peer][number] / times[ours][number] for number in rounds)
        print(
            f"  {ours} vs {peer}: x{statistics.median(ratios):.1f} ({ratios[0]:.1f}-{ratios[-1]:.1f})"
        )
        if ours != "log" and peer.startswith("PostgreSQL"):
            ok = statistics.median(ratios) >= GATE_LEDGER_TO_POSTGRES
    if not any(name.startswith("PostgreSQL") for name in times):
        print("  PostgreSQL: skipped, none is reachable on 127.0.0.1:5432")
    return ok


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--batches", type=int, default=100)
    arguments.add_argument("--size", type=int, default=500)
    arguments.add_argument("--appends", nargs=2, metavar=("N", "PATH"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.appends:
        only_append(Path(chosen.appends[1]), int(chosen.appends[0]))
        return
    sys.exit(not run(chosen.rounds, chosen.batches, chosen.size))


if __name__ == "__main__":
    main()
