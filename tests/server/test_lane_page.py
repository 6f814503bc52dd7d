"""The page of one lane: what it shows, and what was normal."""

from pathlib import Path

import pytest

from tailback import clock
from tailback.core.rollups import Deltas, Minute, MinuteKey
from tailback.server.usual import MAX_RANGE_S, usual_of
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import Live, job

DAY = 86400


@pytest.fixture(scope="module", autouse=True)
def story(live: Live) -> None:
    now = clock.now()
    error = {"type": "TimeoutError", "message": "<b>upstream</b> took 30 s"}
    live.send(
        job("enqueued", now - 3000, "late", tenant="acct_1"),
        job("retrying", now - 2900, "late", attempt=1, due_at=now + 600, error=error),
        job("enqueued", now - 100, "done"),
        job("started", now - 99, "done", attempt=1, worker="w1"),
        job("succeeded", now - 98, "done", ran_for=0.25),
        workers=[{"id": "w1:7", "queues": ["emails"], "slots": 4, "every_s": 15, "running": []}],
    )
    live.lane("emails", lambda lane: lane["waiting"] is not None and lane["retrying"] == 1)


def page(live: Live, query: str = "") -> str:
    answer = live.get(f"/lanes/emails{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_page_says_what_happens_to_whom_and_who_works(live: Live) -> None:
    html = page(live)

    for text in ("50 min", "acct_1", "late", "w1:7", "shop.send_receipt", "&lt;b&gt;upstream"):
        assert text in html, text
    assert "<b>upstream" not in html
    assert "style=" not in html


@pytest.mark.parametrize("name", ["1h", "6h", "24h", "7d", "30d", "nonsense", "%00"])
def test_every_range_can_be_looked_at(live: Live, name: str) -> None:
    assert "How long it takes" in page(live, f"?range={name}")


def test_a_lane_that_nobody_knows_has_no_page(live: Live) -> None:
    assert live.get("/lanes/nothing").status_code == 404


def test_the_series_carries_promise_and_deploys(live: Live) -> None:
    live.store.deploys.add("4f2c", at=clock.now() - 60, service="web")

    answer = live.get("/api/v1/lanes/emails/series").json()

    assert answer["promise_s"] == 900.0
    assert [mark["release"] for mark in answer["deploys"]] == ["4f2c"]
    assert answer["points"][0]["baseline_high_s"] is None


def test_what_is_normal_comes_from_the_same_hour_of_past_days(live: Live, tmp_path: Path) -> None:
    view = live.running.services.hub.board.rows[0].view
    noon = 20_000 * DAY + 12 * 3600
    deltas = Deltas()
    for day in range(1, 8):
        minute = Minute.of([0] * 10, oldest_age_s=40.0)
        minute.arrivals = minute.completed = 5
        deltas.minutes[MinuteKey(view.source, view.queue, "a", noon - day * DAY)] = minute
    with SqliteStore(tmp_path / "t.db") as store:
        store.rollups.commit(1, deltas)

        normal = usual_of(store.rollups, view, "UTC", noon, noon + 3600)(noon)
        far = usual_of(store.rollups, view, "UTC", noon - MAX_RANGE_S - 60, noon)(noon)

    assert normal is not None
    assert normal.typical_s == 40.0
    assert far is None
