"""A changed file: lanes are taken over by a running server, mistakes change nothing."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from tailback.core.model import Lane
from tailback.server.config import load
from tailback.server.config.reload import Takeover, takeover
from tailback.server.lanes import LaneBook
from tailback.server.loops.reload import ReloadLoop

FILE = """\
[server]
time_zone = "UTC"

[[source]]
name = "shop"
system = "celery"

[[lane]]
name = "Receipts"
queue = "emails"
noticed_after = "5m"
owner = "ana"

[[person]]
name = "ana"
channels = ["chat"]

[[channel]]
name = "chat"
kind = "webhook"
url = "http://127.0.0.1:9/"
"""
BO = '\n[[person]]\nname = "bo"\nchannels = ["chat"]\n'


class Reloaded:
    """A file, and the lanes of the server that watches it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tailback.toml"
        self.path.write_text(FILE)
        self.lanes: Sequence[Lane] = ()
        config = load(self.path)
        self.loop = ReloadLoop(self.path, config, lambda: load(self.path), self.take)

    def take(self, lanes: Sequence[Lane]) -> None:
        self.lanes = lanes

    def write(self, text: str) -> bool:
        # Another length each time: a coarse clock of a file system may not tell two writes apart.
        self.path.write_text(text + "\n" * (self.path.stat().st_size % 7 + 1))
        return self.loop.once(0.0)


@pytest.fixture
def reloaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Reloaded:
    caplog.set_level(logging.INFO)
    return Reloaded(tmp_path)


def test_another_promise_is_taken_over_once(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    assert not reloaded.loop.once(0.0)

    assert reloaded.write(FILE.replace("5m", "2m"))
    assert [lane.promise_s for lane in reloaded.lanes] == [120.0]
    assert "lanes taken over" in caplog.text
    assert not reloaded.loop.once(0.0)


def test_a_file_with_a_mistake_changes_nothing_and_is_said_with_its_line(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    assert reloaded.write(FILE.replace('"5m"', '"soon"'))

    assert reloaded.lanes == ()
    (record,) = caplog.records
    assert "tailback.toml:11" in record.finding  # type: ignore[attr-defined]


def test_a_file_that_is_gone_for_a_moment_changes_nothing(reloaded: Reloaded) -> None:
    reloaded.path.unlink()
    assert not reloaded.loop.once(0.0)

    reloaded.path.write_text(FILE.replace("5m", "90s"))
    assert reloaded.loop.once(0.0)
    assert reloaded.lanes[0].promise_s == 90.0


def test_what_only_a_restart_takes_over_is_named(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    reloaded.write(FILE.replace("5m", "2m").replace("Receipts", "Mails") + BO)

    assert [lane.name for lane in reloaded.lanes] == ["Mails"]
    assert caplog.records[-1].tables == "[[person]]"  # type: ignore[attr-defined]


def test_a_lane_without_an_owner_is_taken_over_with_a_warning(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    reloaded.write(FILE.replace('owner = "ana"\n', ""))

    assert reloaded.lanes[0].owner is None
    assert "nobody is told" in caplog.records[-1].finding  # type: ignore[attr-defined]


def test_a_lane_of_a_person_or_a_source_the_server_does_not_know_waits_for_the_restart(
    tmp_path: Path,
) -> None:
    def read(text: str) -> Takeover:
        path = tmp_path / "changed.toml"
        path.write_text(text)
        return takeover(running, load(path))

    (tmp_path / "running.toml").write_text(FILE)
    running = load(tmp_path / "running.toml")

    person = read(FILE.replace('owner = "ana"', 'owner = "bo"') + BO)
    source = read(FILE.replace('name = "shop"', 'name = "store"'))
    assert person == Takeover(None, ("[[person]]",))
    assert source == Takeover(None, ("[[source]]",))
    assert read(FILE) == Takeover(None, ())


def test_a_new_lane_takes_its_key_from_what_was_discovered() -> None:
    book = LaneBook([], ["shop"])
    assert [lane.key for lane in book.lanes([("shop", "emails", None)])] == ["emails"]

    book.configure([Lane(key="emails", name="Mails", source="shop", queue="mails")])
    lanes = book.lanes([("shop", "emails", None)])
    assert [(lane.key, lane.queue) for lane in lanes] == [
        ("emails", "mails"),
        ("shop-emails", "emails"),
    ]
