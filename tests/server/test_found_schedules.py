"""What schedulers tell becomes what their lanes are held to, and outlives them and the server."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tailback.core.events import Event
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.core.timetable import Timetable
from tailback.server import schedules
from tailback.server.config import load
from tailback.server.lanes import LaneBook
from tailback.server.loops.judge import JudgeLoop
from tailback.server.readings import Readings
from tailback.server.schedules import ScheduleBook, TooManyError, teller
from tailback.server.view import Board
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import OWNER, Live, live_server, until

FILE = """
[server]
time_zone = "Europe/Lisbon"

[[source]]
name = "shop"

[[lane]]
name = "Reports"
queue = "reports"
source = "shop"
owner = "ana"

[[lane]]
name = "Syncs"
queue = "syncs"
source = "shop"
schedule = "none"
owner = "ana"
"""
NIGHTLY = {"name": "nightly", "queue": "reports", "job": "shop.report", "cron": "0 2 * * *"}
TOLD = {"scheduler": "Celery beat shop", "found_in": "Celery beat", "entries": [NIGHTLY]}
MONDAY = 1_767_571_200.0  # 2026-01-05 00:00 UTC


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("schedules")
    (folder / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as server:
        until(lambda: len(server.lanes()) == 2)
        yield server


def entry(**changes: object) -> Timetable:
    return Timetable.read({**NIGHTLY, **changes}, "Celery beat")


def test_a_lane_says_when_its_work_comes_and_who_knows_it(live: Live) -> None:
    answer = live.post("/api/v1/schedules", TOLD)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})

    said = "shop.report runs at 02:00 every day, found in Celery beat"
    until(lambda: said in live.get("/lanes/reports").text)
    assert said in live.get("/").text


def test_a_part_of_a_schedule_can_be_told(live: Live) -> None:
    part = {**TOLD, "scheduler": "part", "partial": True}

    assert live.post("/api/v1/schedules", part).json()["accepted"] == 1


def test_an_entry_that_is_wrong_is_rejected_alone(live: Live) -> None:
    wrong = {**NIGHTLY, "every_s": -1}
    other = {**TOLD, "scheduler": "other", "entries": [wrong, NIGHTLY]}

    answer = live.post("/api/v1/schedules", other).json()

    assert answer["accepted"] == 1
    assert answer["rejected"][0]["index"] == 0
    assert "every_s" in answer["rejected"][0]["why"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scheduler": "x"}, 400),
        ({**TOLD, "scheduler": ""}, 400),
        ({**TOLD, "entries": [NIGHTLY] * 301}, 400),
        ({**TOLD, "entries": ["x"]}, 400),
        ({**TOLD, "source": "other"}, 403),
        (b"{", 400),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused(live: Live, body: object, status: int) -> None:
    assert live.post("/api/v1/schedules", body).status_code == status


def test_a_source_has_a_bounded_number_of_schedulers(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "MAX_SCHEDULERS", 2)
    codes = [
        live.post("/api/v1/schedules", {**TOLD, "scheduler": name}, source="crm").status_code
        for name in ("a", "b", "c", "a")
    ]

    assert codes == [202, 202, 400, 202]


def test_work_that_was_found_and_does_not_come_is_missing_on_the_board(tmp_path: Path) -> None:
    reports = Lane(key="reports", name="Reports", source="shop", queue="reports")
    boards: list[Board] = []
    ledger = Ledger()
    with SqliteStore(tmp_path / "t.db") as store:
        book = ScheduleBook(store.meta, "UTC")
        lanes = LaneBook([reports], ["shop"], book.of)
        judge = JudgeLoop(lanes, Readings(), boards.append, "UTC")
        book.take("shop", "beat", [entry(), entry(job="shop.other", cron="0 9 * * *")], MONDAY)
        for minute in range(125):
            now = MONDAY + 60 * minute
            sent = {"queue": "reports", "job": "shop.send"}
            kinds = ("enqueued", "succeeded")
            ledger.apply("shop", [Event(kind, now, f"j{minute}", **sent) for kind in kinds], now)
            judge.once(ledger, now)
        assert boards[-1].rows[0].view.cause == "schedule_missed"
        sentence = boards[-1].rows[0].view.sentence

    assert sentence == (
        "Missing: shop.report did not start at 02:00, 4 min ago"
        " (runs at 02:00 every day, found in Celery beat)"
    )


def test_what_was_told_outlives_the_server_and_is_forgotten_after_a_week(tmp_path: Path) -> None:
    lane = Lane(key="reports", name="Reports", source="shop", queue="reports")
    with SqliteStore(tmp_path / "t.db") as store:
        ScheduleBook(store.meta, "UTC").take("shop", "beat", [entry()], MONDAY)

        again = ScheduleBook(store.meta, "UTC")
        assert [one.job for one in again.of(lane)] == ["shop.report"]
        assert again.of(replace(lane, jobs=("shop.other",))) == ()

        again.take("shop", "another", [], MONDAY + 9 * 86_400.0)
        assert again.of(lane) == ()
        assert [one.scheduler for one in ScheduleBook(store.meta, "UTC").all()] == ["another"]


def test_a_schedule_that_is_told_again_replaces_what_was_told(tmp_path: Path) -> None:
    lane = Lane(key="reports", name="Reports", source="shop", queue="reports")
    with SqliteStore(tmp_path / "t.db") as store:
        book = ScheduleBook(store.meta, "UTC")
        book.take("shop", "beat", [entry()], MONDAY)
        book.take("shop", "beat", [entry()], MONDAY + 5)
        book.take("shop", "beat", [entry(cron="0 3 * * *")], MONDAY + 10)

        assert [one.words for one in book.of(lane)] == ["at 03:00 every day"]


def test_the_order_in_which_entries_are_told_changes_nothing(tmp_path: Path) -> None:
    lane = Lane(key="reports", name="Reports", source="shop", queue="reports")
    entries = [entry(name=name, job=name) for name in "bca"]
    with SqliteStore(tmp_path / "t.db") as store:
        book = ScheduleBook(store.meta, "UTC")
        book.take("shop", "beat", entries, MONDAY)
        before = book.of(lane)

        book.take("shop", "beat", entries[::-1], MONDAY + 600)

        assert book.of(lane) == before
        assert [one.name for one in before] == ["a", "b", "c"]


def test_of_a_scheduler_that_tells_a_part_what_is_not_due_soon_stays(tmp_path: Path) -> None:
    lane = Lane(key="reports", name="Reports", source="shop", queue="reports")
    sync = entry(name="sync", job="shop.sync", cron=None, every_s=60)
    with SqliteStore(tmp_path / "t.db") as store:
        book = ScheduleBook(store.meta, "UTC")
        book.take("shop", "beat", [entry(), sync], MONDAY)

        book.take("shop", "beat", [], MONDAY + 600, partial=True)
        assert [one.name for one in book.of(lane)] == ["nightly"]

        # An hour before its time it would have been told: somebody has taken it out.
        book.take("shop", "beat", [], MONDAY + 3700, partial=True)
        assert book.of(lane) == ()


def test_too_many_schedulers_that_a_probe_finds_are_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(schedules, "MAX_TOTAL", 1)
    with SqliteStore(tmp_path / "t.db") as store:
        book = ScheduleBook(store.meta, "UTC")
        book.take("crm", "beat", [entry()], MONDAY)
        with pytest.raises(TooManyError):
            book.take("shop", "beat", [entry()], MONDAY)
        teller(book, "shop")("beat", [entry()], MONDAY)

    assert "a schedule is not kept" in caplog.text


@pytest.mark.parametrize(
    ("cron", "next_at", "zone"),
    [
        ("0 2 * * *", MONDAY + 2 * 3600, "UTC"),  # 02:00 in UTC
        ("0 2 * * *", MONDAY - 7 * 3600, "Asia/Tokyo"),  # 02:00 of the server
        ("0 2 * * *", MONDAY + 60, None),  # neither
    ],
)
def test_a_time_zone_is_found_by_the_next_time(
    cron: str, next_at: float, zone: str | None
) -> None:
    found = schedules.in_words(entry(cron=cron, next_at=next_at), "Asia/Tokyo")

    assert (found.zone, found.cron) == ((zone, cron) if zone else (None, None))
    assert found.next_at is None
