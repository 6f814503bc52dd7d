"""Run as a process that is killed: submits batches, counts them, and prints what is acknowledged.

Usage: crashing_child.py DATABASE LIFE SYNCHRONOUS. It restarts like the server does: newest checkpoint,
replay of the log, deltas of what is counted already dropped. Each batch tells how often it counts in
which minute, so the totals of the rollups can be checked against the log.
"""

import itertools
import json
import random
import sys
import threading
from pathlib import Path

from tailback.core.rollups import COUNTS, Deltas, Minute, MinuteKey, ReasonMinuteKey
from tailback.store.base import LogBatch, Offset
from tailback.store.sqlite.store import SqliteStore

QUEUES = ("mail", "exports", "sync")


def payload(rng: random.Random) -> bytes:
    counted = {
        "queue": rng.choice(QUEUES),
        "minute": rng.randrange(0, 7200, 60),
        "n": rng.randint(1, 9),
    }
    return json.dumps(counted).encode() + b" " * rng.randint(0, 2000)


def count(deltas: Deltas, batch: LogBatch) -> None:
    counted = json.loads(batch.payload)
    key = MinuteKey(batch.source, counted["queue"], "job", counted["minute"])
    minute = Minute.of([counted["n"]] * len(COUNTS))
    minute.run.add(float(counted["n"]), counted["n"])
    deltas.minutes.setdefault(key, Minute()).merge(minute)
    reason = ReasonMinuteKey(*key, reason="r")
    deltas.reasons[reason] = deltas.reasons.get(reason, 0) + counted["n"]


class Counter:
    """Stands where the server's ledger stands: its state is how many batches it has seen."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        found = store.checkpoints.latest()
        self.seen = int(found.blob) if found else 0
        self.upto: Offset = found.offset if found else 0
        assert self.seen == self.upto, "a checkpoint must hold the state of its own offset"
        self.deltas = Deltas()
        self.lock = threading.Lock()
        committed = store.rollups.committed_upto()
        assert committed >= self.upto, "the rollups must never be behind a checkpoint"
        for offset, batch in store.log.read(after=self.upto):
            self.take([(offset, batch)])
            if offset <= committed:
                self.deltas = Deltas()

    def take(self, stored: list[tuple[Offset, LogBatch]]) -> None:
        with self.lock:
            for offset, batch in stored:
                assert offset == self.upto + 1, "offsets must have no gap"
                count(self.deltas, batch)
                self.upto, self.seen = offset, self.seen + 1

    def commit(self) -> tuple[Offset, int]:
        with self.lock:
            deltas, upto, seen = self.deltas, self.upto, self.seen
            self.deltas = Deltas()
        if deltas:
            self.store.rollups.commit(upto, deltas)
        return upto, seen


def submit(store: SqliteStore, producer: str, rng: random.Random, says: threading.Lock) -> None:
    """Send batches for ever, some of them twice; say every acknowledgement at once."""
    waiting = []
    for seq in itertools.count():
        batch = LogBatch(producer, seq, "shop", 1000.0 + seq, payload(rng))
        for _ in range(rng.choice((1, 1, 1, 2))):
            waiting.append((seq, store.log.submit(batch)))
        if len(waiting) >= rng.randint(1, 12):
            lines = "".join(
                f"{producer} {number} {future.result()}\n" for number, future in waiting
            )
            waiting.clear()
            with says:
                sys.stdout.write(lines)
                sys.stdout.flush()


def main(path: Path, life: str, synchronous: str) -> None:
    rng = random.Random(life)
    store = SqliteStore(path, synchronous="FULL" if synchronous == "FULL" else "NORMAL")
    counter = Counter(store)
    store.log.follow(lambda stored: counter.take(list(stored)))
    says = threading.Lock()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in range(3):
        arguments = (store, f"life{life}-{number}", random.Random(f"{life} {number}"), says)
        threading.Thread(target=submit, args=arguments, daemon=True).start()
    while True:
        upto, seen = counter.commit()
        if rng.random() < 0.3:
            store.checkpoints.save(
                upto, str(seen).encode().rjust(rng.choice((10, 3_000_000))), now=1.0
            )
        if rng.random() < 0.2:
            store.prune(2000.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
