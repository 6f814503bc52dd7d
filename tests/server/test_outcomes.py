"""A lane that must follow a business counter is missing when its jobs end without their result."""

from collections.abc import Iterator

import pytest

from tailback import clock
from tailback.server.config import load
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
    until(lambda: memory.watch.upstream.window(clock.now())[0] >= 100)

    assert live.lanes()["receipt-emails"]["verdict"] == "healthy"
