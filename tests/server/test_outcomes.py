"""A lane that must follow a business counter is missing when its jobs end without their result."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback import clock
from tailback.core.judge.following import followed
from tailback.server.config import load
from tailback.server.intake import take
from tests.server.live import OWNER, Live, job, live_server, until

FILE = """
[[source]]
name = "shop"

[[lane]]
name = "Receipt emails"
queue = "emails"
source = "shop"
customer_action = "get a receipt after paying"
noticed_after = "1m"
owner = "ana"
expects = { from = "payments.succeeded", within = "1m", ratio = 0.95 }
"""


@pytest.fixture
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("outcomes")
    (folder / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as server:
        until(server.lanes)
        yield server


def sell(live: Live, now: float, receipts: int) -> None:
    """140 payments in the 14 minutes before the last, and so many receipts for them."""
    for minute in range(2, 16):
        body = {"name": "payments.succeeded", "at": now - 60 * minute, "count": 10}
        assert live.post("/api/v1/outcomes", body).status_code == 202
    events = []
    for number in range(receipts):
        at = now - 60 * (2 + 14 * number / receipts)
        events += [
            job("enqueued", at, f"r{number}"),
            job("started", at + 1, f"r{number}", attempt=1),
            job("succeeded", at + 2, f"r{number}", attempt=1, ran_for=1.0),
        ]
    live.send(*events)


def test_payments_without_receipts_are_told_with_both_numbers(live: Live) -> None:
    now = clock.now()
    sell(live, now, 12)

    lane = live.lane("receipt-emails", lambda lane: lane["verdict"] == "missing")

    assert lane["cause"] == "outcome_missing"
    assert "payments" in lane["sentence"]
    assert "customers cannot get a receipt after paying" in lane["sentence"]


def test_payments_with_their_receipts_are_fine(
    live: Live,
) -> None:
    now = clock.now()
    sell(live, now, 140)
    live.lane("receipt-emails", lambda lane: lane["completions_5m"])

    memory = live.running.judge._memories["receipt-emails"]

    # ten minutes of ten payments; one less when a minute passed meanwhile
    upstream = memory.watch.upstream
    until(lambda: followed(upstream, lambda _: 0, clock.now(), 0.95).began >= 90)

    live.lane("receipt-emails", lambda lane: lane["verdict"] == "healthy")


PAIR = """
[[outcome]]
name = "receipts.delivered"
lane = "Receipt emails"
expects = { from = "payments.succeeded", within = "1m", ratio = 0.95 }
"""


def test_a_counter_that_does_not_follow_another_is_told_though_jobs_succeed(
    tmp_path: Path,
) -> None:
    file = FILE.replace(
        'expects = { from = "payments.succeeded", within = "1m", ratio = 0.95 }', ""
    )
    (tmp_path / "tailback.toml").write_text(file + PAIR + OWNER, encoding="utf-8")
    with live_server(tmp_path / "t.db", load(tmp_path / "tailback.toml")) as live:
        until(live.lanes)
        now = clock.now()
        sell(live, now, 140)
        said = {"name": "receipts.delivered", "at": now - 120, "count": 12}
        assert live.post("/api/v1/outcomes", said).status_code == 202

        lane = live.lane("receipt-emails", lambda lane: lane["verdict"] == "missing")

        assert lane["cause"] == "outcome_missing"
        said = (
            r"payments.succeeded goes on, but only 12 of \d+ receipts.delivered came in the last"
        )
        assert re.search(said + r" \d+ min; customers cannot", lane["sentence"])
        assert live.get("/api/v1/review").json()["advice"] == []


def test_the_review_names_counters_that_nothing_follows(live: Live) -> None:
    body = {"name": "receipts.delivered", "count": 3}
    assert live.post("/api/v1/outcomes", body).status_code == 202

    (advice,) = live.get("/api/v1/review").json()["advice"]

    assert advice["key"] == "unpaired:receipts.delivered"


def test_counters_are_bounded_by_their_names(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take, "MAX_OUTCOMES", 2)
    codes = [
        live.post("/api/v1/outcomes", {"name": name}).status_code for name in ("a", "b", "c", "a")
    ]

    assert codes == [202, 202, 400, 202]
    assert "must not hold an id" in live.post("/api/v1/outcomes", {"name": "d"}).text
