"""How long marks are kept: deploys and outcomes as long as hours, readings as long as segments."""

from pathlib import Path

from tailback.store.complaints import Complaint
from tailback.store.marks import SavedReading
from tailback.store.sqlite.retention import Retention
from tailback.store.sqlite.store import SqliteStore

DAY_S = 86_400.0
NOW = 1_795_000_000.0


def test_marks_are_forgotten_by_their_tier(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", retention=Retention(rows=3)) as store:
        for days in (0, 13, 15, 399, 401, 402, 403, 404, 405):
            at = NOW - days * DAY_S
            store.deploys.add(f"r{days}", at=at)
            store.outcomes.add("paid", 1, at=at)
            store.readings.save([SavedReading("shop", f"q{days}", at, b"")])
        rounds = 1
        while store.prune(NOW):
            rounds += 1

        kept = [mark.release for mark in store.deploys.between(0, NOW + 1)]
        assert kept == ["r399", "r15", "r13", "r0"]
        counts = store.outcomes.series("paid", from_=0, to=int(NOW) + 60, step_s=60)
        assert sum(count for _, count in counts) == 4
        assert sorted(reading.queue for reading in store.readings.all()) == ["q0", "q13"]
        assert rounds > 2  # a bounded piece at a time
        assert store.outcomes.names() == ["paid"]


def test_an_older_reading_changes_nothing_and_a_deploy_sent_twice_is_one(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as store:
        store.readings.save([SavedReading("shop", "q", NOW, b"new")])
        store.readings.save([SavedReading("shop", "q", NOW - 1, b"old")])
        for _ in range(2):
            store.deploys.add("r1", at=NOW, service="web")

        assert store.readings.all() == [SavedReading("shop", "q", NOW, b"new")]
        assert len(store.deploys.between(NOW, NOW + 1)) == 1


def test_complaints_are_kept_as_long_as_hours(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", retention=Retention(rows=1)) as store:
        for days in (0, 399, 401, 402):
            at = NOW - days * DAY_S
            store.complaints.add(Complaint(id=0, lane="mail", at=at, by="ana", text=f"{days}"))
        while store.prune(NOW):
            pass

        kept = [one.text for one in store.complaints.between(0.0, NOW + 1)]
        assert kept == ["399", "0"]
