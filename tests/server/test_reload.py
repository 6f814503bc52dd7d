"""A changed file is taken over by a running server; mistakes change nothing."""

import logging
from pathlib import Path

import pytest

from tailback.core.model import Lane
from tailback.server.config import Config, load
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
    """A file, and what the server that watches it goes by."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tailback.toml"
        self.path.write_text(FILE)
        self.config = load(self.path)
        self.loop = ReloadLoop(self.path, self.config, lambda: load(self.path), self.take)

    def take(self, config: Config) -> None:
        self.config = config

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
    assert [lane.promise_s for lane in reloaded.config.lanes] == [120.0]
    (record,) = caplog.records
    assert record.tables == "[[lane]]"  # type: ignore[attr-defined]
    assert not reloaded.loop.once(0.0)


def test_a_file_with_a_mistake_changes_nothing_and_is_said_with_its_line(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    before = reloaded.config

    assert reloaded.write(FILE.replace('"5m"', '"soon"').replace("127.0.0.1:9", "127.0.0.1:8"))

    assert reloaded.config is before
    (record,) = caplog.records
    assert "tailback.toml:11" in record.finding  # type: ignore[attr-defined]


def test_a_file_that_is_gone_for_a_moment_changes_nothing(reloaded: Reloaded) -> None:
    reloaded.path.unlink()
    assert not reloaded.loop.once(0.0)

    reloaded.path.write_text(FILE.replace("5m", "90s"))
    assert reloaded.loop.once(0.0)
    assert reloaded.config.lanes[0].promise_s == 90.0


def test_what_only_a_restart_takes_over_is_named(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    zone = reloaded.config.server.time_zone
    reloaded.write(FILE.replace("UTC", "Europe/Lisbon").replace("Receipts", "Mails") + BO)

    assert [lane.name for lane in reloaded.config.lanes] == ["Mails"]
    assert [person.name for person in reloaded.config.people] == ["ana", "bo"]
    assert reloaded.config.server.time_zone == zone
    taken, waits = caplog.records
    assert taken.tables == "[[lane]], [[person]]"  # type: ignore[attr-defined]
    assert waits.tables == "[server]"  # type: ignore[attr-defined]


def test_what_a_lane_must_follow_is_taken_over_with_it(reloaded: Reloaded) -> None:
    reloaded.write(FILE + '\n[[outcome]]\nname = "payments"\n')
    assert [one.name for one in reloaded.config.outcomes] == ["payments"]


def test_the_word_of_a_heartbeat_is_taken_over_with_its_lane(reloaded: Reloaded) -> None:
    word = "a-word-of-forty-characters-0123456789-abc"
    reloaded.write(FILE + f'\n[[heartbeat]]\nlane = "Receipts"\ntoken = "{word}"\n')

    assert [beat.token for beat in reloaded.config.heartbeats] == [word]


def test_a_lane_without_an_owner_is_taken_over_with_a_warning(
    reloaded: Reloaded, caplog: pytest.LogCaptureFixture
) -> None:
    reloaded.write(FILE.replace('owner = "ana"\n', ""))

    assert reloaded.config.lanes[0].owner is None
    assert "nobody is told" in caplog.records[-1].finding  # type: ignore[attr-defined]


def test_who_is_told_changes_with_the_lanes_unless_one_waits_for_a_new_source(
    tmp_path: Path,
) -> None:
    def read(text: str) -> Takeover:
        path = tmp_path / "changed.toml"
        path.write_text(text)
        return takeover(running, load(path))

    (tmp_path / "running.toml").write_text(FILE)
    running = load(tmp_path / "running.toml")
    renamed = FILE.replace("ana", "bo")

    person = read(renamed)
    assert person.config is not None
    assert (person.config.lanes[0].owner, person.config.people[0].name) == ("bo", "bo")
    assert person.tables == ("[[lane]]", "[[person]]")
    assert read(renamed.replace('name = "shop"', 'name = "store"')) == Takeover(
        None, (), ("[[source]]", "[[lane]]", "[[person]]")
    )
    assert read(FILE) == Takeover(None, (), ())


def test_a_new_lane_takes_its_key_from_what_was_discovered() -> None:
    book = LaneBook([], ["shop"])
    assert [lane.key for lane in book.lanes([("shop", "emails", None)])] == ["emails"]

    book.configure([Lane(key="emails", name="Mails", source="shop", queue="mails")])
    lanes = book.lanes([("shop", "emails", None)])
    assert [(lane.key, lane.queue) for lane in lanes] == [
        ("emails", "mails"),
        ("shop-emails", "emails"),
    ]
