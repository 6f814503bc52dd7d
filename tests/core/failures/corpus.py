"""Reads the labelled failures of this folder and says how well reasons and buckets fit them."""

import json
from collections import Counter
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

from tailback.core.failures import error_of_record, reason_of

FOLDER = Path(__file__).parent / "examples"


def read(name: str) -> list[dict[str, Any]]:
    text = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@dataclass(frozen=True)
class Score:
    """Over all pairs of failures: are those of one cause together, and no others?"""

    precision: float
    recall: float
    buckets: float
    wrong_buckets: tuple[str, ...]

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def score(items: list[dict[str, Any]]) -> Score:
    reasons = [reason_of(error_of_record(item)) for item in items]
    wanted, got = [item["reason"] for item in items], [reason.key for reason in reasons]
    both = pairs(zip(wanted, got, strict=True))
    wrong = tuple(
        f"{item['id']}: {reason.bucket} instead of {item['bucket']} ({reason.decided_by})"
        for item, reason in zip(items, reasons, strict=True)
        if item["bucket"] != reason.bucket
    )
    return Score(both / pairs(got), both / pairs(wanted), 1 - len(wrong) / len(items), wrong)


def pairs(values: Any) -> int:
    return sum(comb(count, 2) for count in Counter(values).values())
