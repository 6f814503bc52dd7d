"""The sender against real receivers, on a clock that the test moves."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tailback.notify.channel import Channel, ChannelError, make
from tailback.server.loops.send import Sender, SendLoop
from tailback.store.alerts import Change, Outgoing, SavedEpisode
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.alert_contract import OPENED, RESOLVED
from tailback.testing.channel_contract import MESSAGE
from tailback.testing.receivers import BUSY, HANG, REFUSE, HttpReceiver
from tests.server.live import until

FALLBACKS = (("bo", "bo-hook"), ("cy", "cy-hook"))


class Post:
    """A store, a sender, and one receiver per channel."""

    def __init__(
        self, folder: Path, channels: tuple[str, ...], capped: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        self.capped = frozenset(capped)
        self.now = 100.0
        self.receivers = {name: HttpReceiver() for name in channels}
        self.ways: dict[str, Channel | ChannelError] = {
            name: make("webhook", {"url": receiver.url, "allow_private": "true"}, timeout_s=2.0)
            for name, receiver in self.receivers.items()
        }
        self.open()

    def open(self) -> None:
        self.store = SqliteStore(self.folder / "t.db", synchronous="NORMAL")
        sender = Sender(
            channel=self.ways.get,
            ack_url=lambda episode, person, _now: f"http://t/ack/{episode}/{person}",
            now=lambda: self.now,
            monotonic=lambda: 0.0,
            share=lambda: 0.0,
            capped=self.capped.__contains__,
        )
        self.loop = SendLoop(self.store.outbox, sender)

    def close(self) -> None:
        for receiver in self.receivers.values():
            receiver.close()
        self.loop.settle(10.0)
        self.loop.close()
        self.store.close()

    def queue(self, *messages: Outgoing, episode: SavedEpisode = OPENED) -> None:
        self.store.episodes.save([Change(episode=episode, outgoing=messages)]).result()

    def at(self, now: float) -> None:
        """Move the clock and send until nothing is due."""
        self.now = now
        while self.loop.once(now):
            assert self.loop.settle(20.0)

    def got(self, name: str) -> list[dict[str, Any]]:
        return [one.body for one in self.receivers[name].received]

    def states(self) -> dict[str, str]:
        return {sent.key: sent.state for sent in self.store.outbox.of("mail-1")}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path, ("ana-hook", "bo-hook", "cy-hook"))
    yield made
    made.close()


def out(key: str, channel: str = "ana-hook", kind: Any = "opened", **changes: Any) -> Outgoing:
    body = msgspec.json.encode(replace(MESSAGE, kind=kind, episode="mail-1", ack_url=None))
    made = Outgoing(
        key=key, channel=channel, person="ana", kind=kind, body=body, due_at=100.0,
        fallbacks=FALLBACKS,
    )  # fmt: skip
    return replace(made, **changes)


def test_a_message_is_sent_once_with_the_link_of_its_person(post: Post) -> None:
    post.queue(out("k1"))
    post.at(99.0)
    assert post.got("ana-hook") == []
    post.at(100.0)
    post.at(9_999.0)

    (body,) = post.got("ana-hook")
    assert (body["ack_url"], body["person"]) == ("http://t/ack/mail-1/ana", "ana")
    assert body["id"] == "k1"
    assert post.states() == {"k1": "sent"}
    assert post.loop.pause_s() < 1.0


def test_what_needs_no_answer_has_no_link(post: Post) -> None:
    post.queue(out("k1", kind="resolved"))
    post.at(100.0)

    assert post.got("ana-hook")[0]["ack_url"] is None


def test_a_channel_that_hangs_holds_up_no_other(post: Post) -> None:
    post.receivers["ana-hook"].behaviour = HANG
    others = [replace(OPENED, id=f"e{n}", lane=f"l{n}") for n in range(5)]
    for n, one in enumerate(others):
        post.queue(out(f"a{n}"), out(f"b{n}", "bo-hook"), episode=one)

    while post.loop.once(100.0) or len(post.got("bo-hook")) < 5:
        until(lambda: not post.loop._busy.get("bo-hook"))
        assert post.loop._busy["ana-hook"] <= 2  # the rest waits in the database, not in threads
    assert post.got("ana-hook") == []
    assert len(post.got("bo-hook")) == 5


def test_a_channel_that_is_down_for_two_hours_gets_everything_in_order_without_a_storm(
    post: Post,
) -> None:
    post.receivers["ana-hook"].behaviour = BUSY
    post.queue(out("k1"), out("k2", kind="escalated"))
    seconds = list(range(100, 7_300, 5))
    for now in seconds:
        post.at(float(now))
    attempts = post.store.outbox.of("mail-1")[0].attempts
    assert 20 < attempts < 40
    post.receivers["ana-hook"].behaviour = ""
    for now in range(7_300, 7_640, 5):
        post.at(float(now))

    assert [body["id"] for body in post.got("ana-hook")] == ["k1", "k2"]
    assert post.states() == {"k1": "sent", "k2": "sent"}


def test_what_is_over_before_the_channel_is_back_is_not_sent(post: Post) -> None:
    post.receivers["ana-hook"].behaviour = BUSY
    post.queue(out("k1"), out("k2", kind="escalated"))
    post.at(100.0)
    end = out("r", "", kind="resolved")
    post.store.episodes.save([Change(episode=RESOLVED, to_told=end, supersede=True)]).result()
    post.receivers["ana-hook"].behaviour = ""
    post.at(500.0)

    assert [body["kind"] for body in post.got("ana-hook")] == ["resolved"]
    assert post.states() == {"k1": "superseded", "k2": "superseded", "r:ana-hook": "sent"}


def test_a_pause_that_is_asked_for_is_kept(post: Post) -> None:
    receiver = post.receivers["ana-hook"]
    receiver.behaviour, receiver.headers = 429, {"Retry-After": "120"}
    post.queue(out("k1"))
    post.at(100.0)
    receiver.behaviour = ""
    post.at(219.0)
    assert post.got("ana-hook") == []
    post.at(220.0)
    assert len(post.got("ana-hook")) == 1


def test_what_is_refused_for_good_goes_to_the_next_person_and_on(post: Post) -> None:
    post.receivers["ana-hook"].behaviour = REFUSE
    post.receivers["bo-hook"].behaviour = 401
    post.queue(out("k1"))
    post.at(100.0)

    assert post.got("ana-hook") == post.got("bo-hook") == []
    (body,) = post.got("cy-hook")
    assert body["person"] == "cy"
    assert body["ack_url"] == "http://t/ack/mail-1/cy"
    assert "because ana-hook of ana does not work: answered 403" in body["text"]
    assert post.states() == {"k1": "failed", "k1>bo-hook": "failed", "k1>bo-hook>cy-hook": "sent"}
    broken = {one.name for one in post.store.outbox.channels() if one.broken_since is not None}
    assert broken == {"ana-hook", "bo-hook"}


def test_when_nobody_is_left_it_is_written_down(post: Post) -> None:
    post.receivers["ana-hook"].behaviour = REFUSE
    post.queue(out("k1", fallbacks=()))
    post.at(100.0)

    assert post.states() == {"k1": "failed"}
    (line,) = post.store.episodes.timeline("mail-1")
    assert line.what == "not delivered"


def test_a_page_that_is_late_goes_to_the_next_person_once_and_still_to_the_first(
    post: Post,
) -> None:
    post.receivers["ana-hook"].behaviour = BUSY
    post.queue(out("k1", page=True))
    for now in range(100, 400, 5):
        post.at(float(now))
    assert [body["id"] for body in post.got("bo-hook")] == ["k1>bo-hook"]
    post.receivers["ana-hook"].behaviour = ""
    post.at(1_000.0)

    assert [body["id"] for body in post.got("ana-hook")] == ["k1"]
    assert len(post.got("bo-hook")) == 1


def test_a_channel_that_is_gone_or_wrong_in_the_file_goes_to_the_next_person(
    post: Post,
) -> None:
    post.ways["odd"] = ChannelError("No service of Apprise knows this address.")
    post.queue(out("k1", "gone"), out("k2", "odd"))
    post.at(100.0)

    texts = [body["text"] for body in post.got("bo-hook")]
    assert len(texts) == 2
    assert any("no such channel is configured any more" in text for text in texts)
    assert any("No service of Apprise" in text for text in texts)


def test_a_sender_that_dies_while_it_sends_loses_nothing(post: Post) -> None:
    post.queue(out("k1"))
    post.store.outbox.claim("ana-hook", now=100.0, lease_s=60.0, limit=1)
    post.store.close()

    post.open()
    post.at(130.0)
    assert post.got("ana-hook") == []
    post.at(160.0)
    assert [body["id"] for body in post.got("ana-hook")] == ["k1"]


def test_a_delivery_that_cannot_be_written_down_is_repeated_with_the_same_key(
    post: Post,
) -> None:
    post.queue(out("k1"))
    finish = post.store.outbox.finish
    faults: list[Exception] = [RuntimeError("a fault"), OSError("another")]

    def failing(row: Any, attempt: Any) -> bool:
        if faults:
            raise faults.pop()
        return finish(row, attempt)

    post.store.outbox.finish = failing  # type: ignore[method-assign]
    for now in (100.0, 160.0, 220.0, 280.0):
        post.at(now)

    assert [body["id"] for body in post.got("ana-hook")] == ["k1"] * 3
    assert post.states() == {"k1": "sent"}


@pytest.fixture
def capped(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path, ("ana-hook", "bo-hook"), capped=("ana-hook",))
    yield made
    made.close()


def storm(post: Post, count: int, channel: str = "ana-hook", at: float = 100.0) -> None:
    """Queue the opening of so many problems, of which the last pages."""
    for n in range(count):
        name = f"{int(at)}-{n}"
        body = msgspec.json.encode(replace(MESSAGE, kind="opened", title=f"Lane {name} is late"))
        page = n == count - 1
        post.queue(
            out(f"{name}:{channel}", channel, body=body, due_at=at, page=page),
            episode=replace(OPENED, id=name, lane=name),
        )


def test_a_storm_becomes_twenty_messages_and_a_digest_that_says_so(capped: Post) -> None:
    storm(capped, 60)
    storm(capped, 60, "bo-hook", at=99.0)
    capped.at(100.0)

    *single, digest = capped.got("ana-hook")
    assert len(single) == 20
    assert (digest["kind"], digest["title"], digest["page"]) == (
        "digest", "40 messages in one", False,
    )  # fmt: skip
    assert "This channel got 20 messages within an hour" in digest["text"]
    assert digest["text"].endswith("\n- and 10 more; the board shows all")
    assert digest["ack_url"] is None
    assert len(capped.got("bo-hook")) == 60  # a program gets everything
    ((state, why),) = {
        (sent.state, sent.why)
        for n in range(30, 40)
        for sent in capped.store.outbox.of(f"100-{n}")
    }
    assert (state, why) == ("sent", "told in a digest")


def test_what_comes_after_a_digest_waits_for_the_next_and_a_drill_does_not(capped: Post) -> None:
    storm(capped, 30)
    capped.at(100.0)
    assert len(capped.got("ana-hook")) == 21

    storm(capped, 2, at=110.0)
    capped.queue(out("d1", kind="drill", due_at=110.0))
    capped.at(399.0)
    assert [body["kind"] for body in capped.got("ana-hook")[21:]] == ["drill"]
    capped.at(400.0)
    digest = capped.got("ana-hook")[-1]
    assert (digest["title"], digest["page"]) == ("2 messages in one", True)
    assert "- Lane 110-0 is late\n- Lane 110-1 is late" in digest["text"]

    storm(capped, 1, at=3_701.0)  # an hour later it is calm
    capped.at(3_701.0)
    assert capped.got("ana-hook")[-1]["kind"] == "opened"


def test_who_was_told_by_a_digest_hears_of_the_end(capped: Post) -> None:
    storm(capped, 30)
    capped.at(100.0)
    ended = replace(RESOLVED, id="100-25", lane="100-25", changed_at=3_800.0)
    end = out("r", "", kind="resolved", due_at=3_800.0)
    capped.store.episodes.save([Change(episode=ended, to_told=end, supersede=True)]).result()
    capped.at(3_800.0)

    assert capped.got("ana-hook")[-1]["kind"] == "resolved"


def test_a_digest_that_the_channel_refuses_goes_to_the_next_person(capped: Post) -> None:
    storm(capped, 25)
    capped.at(100.0)
    storm(capped, 2, at=500.0)
    capped.receivers["ana-hook"].behaviour = REFUSE
    capped.at(500.0)

    copy = capped.got("bo-hook")[-1]
    assert (copy["kind"], copy["person"]) == ("digest", "bo")
    assert "- Lane 500-1 is late" in copy["text"]
