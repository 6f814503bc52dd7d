"""How well and how fast failures are told apart.

    python benchmarks/failures.py [--corpus FILE] [--items 20000] [--rounds 5] [--json]

First the answers are checked against a labelled corpus (the project's own by default; --corpus
takes any file in the form that `tailback explain` reads, with `reason` and `bucket` besides):
pairwise precision, recall and F1 of the reasons, accuracy of the buckets. Then the speed, in CPU
seconds of one core, best of the rounds: cold, where every failure has other ids, numbers and
addresses so that nothing can be remembered, and warm, where the server has seen it before.
"""

import argparse
import gc
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from math import comb
from pathlib import Path
from time import process_time
from typing import Any

from tailback.core.failures import error_of_record, reason_of
from tailback.server.reasons import explained

EXAMPLES = Path(__file__).parent.parent / "tests/core/failures/examples"
OWN = tuple(EXAMPLES / f"{name}.jsonl" for name in ("own", "provoked", "unseen_1", "unseen_2"))
GATES = {"pair_f1": 0.90, "pair_precision": 0.95, "bucket_accuracy": 0.97}
COLD_GATE = 15_000
# Other corpora use the longer labels of the research.
LABELS = {
    "third-party error (5xx)": "third-party error",
    "network/DNS problem": "network problem",
    "resource exhausted (memory/disk/time limit)": "resource exhausted",
    "code error (after deploy)": "code error",
    "template/render error": "template error",
    "cancelled/lost worker": "lost worker",
}
_LONG_NUMBER = re.compile(r"\d{4,}")


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the records of JSON lines files."""
    texts = (path.read_text(encoding="utf-8") for path in paths)
    return [json.loads(line) for text in texts for line in text.splitlines() if line.strip()]


def quality(records: list[dict[str, Any]]) -> dict[str, float]:
    """Return how well reasons and buckets fit the labels."""
    reasons = [reason_of(error_of_record(record)) for record in records]
    wanted = [record["reason"] for record in records]
    got = [reason.key for reason in reasons]
    both, true, found = pairs(zip(wanted, got, strict=True)), pairs(wanted), pairs(got)
    precision, recall = both / found, both / true
    hits = sum(
        LABELS.get(record["bucket"], record["bucket"]) == reason.bucket
        for record, reason in zip(records, reasons, strict=True)
    )
    return {
        "items": len(records),
        "true_groups": len(set(wanted)),
        "groups": len(set(got)),
        "pair_precision": round(precision, 3),
        "pair_recall": round(recall, 3),
        "pair_f1": round(2 * precision * recall / (precision + recall), 3),
        "bucket_accuracy": round(hits / len(records), 3),
    }


def pairs(values: Iterable[object]) -> int:
    """Return how many pairs are equal."""
    return sum(comb(count, 2) for count in Counter(values).values())


def distinct(records: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return errors of which no two are equal: other numbers in every text."""
    chance = random.Random(7)
    errors = []
    for number in range(count):
        error = error_of_record(records[number % len(records)])
        for name in ("message", "trace"):
            error[name] = _LONG_NUMBER.sub(lambda _: str(chance.randrange(10**7)), error[name])
        error["trace"] += f"\n  {number}"
        errors.append(error)
    return errors


def per_second(work: Callable[[Any], object], items: list[Any], rounds: int) -> int:
    """Return how many items a second of CPU handles, in the best round."""
    best = float("inf")
    for _ in range(rounds):
        began = process_time()
        for item in items:
            work(item)
        best = min(best, process_time() - began)
    return round(len(items) / best)


def main() -> None:
    """Check, measure, print; exit 1 when a gate is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    files = [options.corpus] if options.corpus else list(OWN)
    measured: dict[str, float] = {}
    for file in files:
        measured |= {f"{file.stem}.{name}": n for name, n in quality(read([file])).items()}
    errors = distinct(read(files), options.items)
    gc.collect()
    gc.freeze()  # the made-up errors are the benchmark's, not what is measured
    measured["cold_per_s"] = per_second(reason_of, errors, options.rounds)
    measured["warm_per_s"] = per_second(explained, errors[:1_000] * 5, options.rounds)
    gates = {f"{file.stem}.{name}": floor for file in files for name, floor in GATES.items()}
    gates["cold_per_s"] = COLD_GATE
    missed = [name for name, floor in gates.items() if measured[name] < floor]
    if options.json:
        print(json.dumps({**measured, "missed": missed}))
    else:
        for name, value in measured.items():
            gate = f" (gate >= {gates[name]})" if name in gates else ""
            print(f"  {'MISSED' if name in missed else '':6} {name}: {value}{gate}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
