"""The reasons of labelled failures: written from documented wording, really raised, and retold.

`unseen_1` to `unseen_3` were written before the rules had seen anything like them, `retold` has
errors that only stand in the message of another one: their floors are what is reached now.
"""

from collections import Counter

import pytest

from tailback.core.failures import BUCKETS, error_of_record, reason_of
from tests.core.failures.corpus import read, score


@pytest.mark.parametrize(
    ("name", "f1", "precision", "buckets"),
    [
        ("own", 0.95, 0.95, 0.99),
        ("provoked", 0.98, 0.98, 0.99),
        ("unseen_1", 0.92, 0.95, 0.99),
        ("unseen_2", 0.94, 0.98, 0.99),
        ("unseen_3", 0.85, 0.88, 0.97),
        ("retold", 0.74, 0.69, 0.94),
    ],
)
def test_failures_of_one_cause_get_one_reason_in_the_right_bucket(
    name: str, f1: float, precision: float, buckets: float
) -> None:
    found = score(read(name))

    assert found.buckets >= buckets, found.wrong_buckets
    assert found.precision >= precision
    assert found.f1 >= f1


def test_wordings_of_many_languages_and_frameworks_get_the_right_bucket() -> None:
    items = read("wordings")
    wrong = [
        f"{item['exc_type']}: {item['message'][:80]}: {reason.bucket} instead of {item['bucket']}"
        for item in items
        if (reason := reason_of(error_of_record(item))).bucket != item["bucket"]
    ]

    assert len(wrong) <= 0.03 * len(items), wrong


def test_the_examples_know_every_bucket_and_no_other() -> None:
    known = Counter(item["bucket"] for name in ("own", "provoked") for item in read(name))

    assert set(known) == set(BUCKETS)
    assert sum(known.values()) >= 600


def test_a_wrong_reason_would_be_noticed() -> None:
    items = read("own")[:60]
    muddled = [{**item, "reason": str(number % 5)} for number, item in enumerate(items)]
    misplaced = [{**item, "bucket": "unknown"} for item in items]

    assert score(muddled).f1 < 0.5
    assert score(misplaced).buckets == 0
