"""What every engine must do for episodes, the outbox and silences."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tailback.store.alerts import (
    Attempt,
    Change,
    ChannelState,
    Claimed,
    Line,
    Outgoing,
    SavedEpisode,
)
from tailback.store.errors import StoreError
from tailback.store.store import Store
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig

OPENED = SavedEpisode(
    id="mail-1",
    lane="mail",
    state="firing",
    rule="age",
    cause="stuck",
    opened_at=100.0,
    resolved_at=None,
    acknowledged_by=None,
    acknowledged_until=None,
    owner="ana",
    page=True,
    step=1,
    next_step_at=400.0,
    message="Mail is stuck.",
    body=b"{}",
    changed_at=100.0,
)
RESOLVED = replace(
    OPENED, state="resolved", resolved_at=200.0, next_step_at=None, changed_at=200.0
)


def outgoing(key: str, channel: str = "ana-mail", **changes: Any) -> Outgoing:
    made = Outgoing(
        key=key, channel=channel, person="ana", kind="opened", body=b"hello", due_at=100.0
    )
    return replace(made, **changes)


def opened(*messages: Outgoing, episode: SavedEpisode = OPENED) -> Change:
    return Change(episode=episode, outgoing=messages)


def resolved(episode: SavedEpisode = RESOLVED) -> Change:
    last = outgoing("r", "", kind="resolved", due_at=200.0)
    return Change(episode=episode, to_told=last, supersede=True)


def take(store: Store, channel: str = "ana-mail", now: float = 100.0) -> list[Claimed]:
    return store.outbox.claim(channel, now=now, lease_s=60.0, limit=10)


def attempt(state: Any = "sent", at: float = 101.0, **changes: Any) -> Attempt:
    made = Attempt(state=state, at=at, took_s=0.5, ok=state == "sent", status=200, reason="")
    return replace(made, **changes)


class AlertContract(StoreRig):
    """A change is kept whole; a message is sent by one at a time until it is done."""

    def test_an_episode_is_kept_with_its_timeline_and_its_messages(self, place: Path) -> None:
        change = Change(
            episode=OPENED,
            lines=(Line("mail-1", 100.0, "tailback", "opened", "Mail is stuck."),),
            outgoing=(outgoing("k1"), outgoing("k2", "slack")),
        )
        with self.opened(place) as store:
            store.episodes.save([change]).result()

        with self.opened(place) as store:
            assert store.episodes.get("mail-1") == OPENED
            assert store.episodes.get("mail-2") is None
            assert store.episodes.going_on(resolved_since=1e12) == [OPENED]
            assert store.episodes.timeline("mail-1") == list(change.lines)
            assert [(s.key, s.channel, s.state) for s in store.outbox.of("mail-1")] == [
                ("k1", "ana-mail", "due"),
                ("k2", "slack", "due"),
            ]

    def test_a_second_open_episode_of_a_lane_is_refused_with_everything_that_came_along(
        self, place: Path
    ) -> None:
        other = replace(OPENED, id="mail-2")
        with self.opened(place) as store:
            store.episodes.save([opened(outgoing("k1"))]).result()
            with pytest.raises(StoreError):
                store.episodes.save(
                    [opened(outgoing("k3")), opened(outgoing("k2"), episode=other)]
                ).result()

            assert [s.key for s in store.outbox.of("mail-1")] == ["k1"]
            assert store.outbox.of("mail-2") == []
            store.episodes.save([resolved(), opened(episode=other)]).result()
            assert store.episodes.going_on(resolved_since=150.0) == [RESOLVED, other]
            assert store.episodes.going_on(resolved_since=250.0) == [other]

    def test_episodes_are_found_by_the_cause_that_they_are_part_of(self, place: Path) -> None:
        parts = [
            replace(OPENED, id=f"e{n}", lane=f"l{n}", parent="mail-1", opened_at=9.0 - n)
            for n in range(2)
        ]
        with self.opened(place) as store:
            store.episodes.save([opened(), *(opened(episode=one) for one in parts)]).result()

            assert store.episodes.children("mail-1") == parts[::-1]
            assert store.episodes.children("e0") == []

    def test_episodes_are_listed_newest_first(self, place: Path) -> None:
        with self.opened(place) as store:
            many = [replace(RESOLVED, id=f"mail-{n}", opened_at=float(n)) for n in range(1, 5)]
            store.episodes.save([opened(episode=one) for one in many]).result()

            assert [e.id for e in store.episodes.newest(2, before=4.0)] == ["mail-3", "mail-2"]

    def test_a_message_is_taken_once_until_its_lease_ends(self, place: Path) -> None:
        with self.opened(place) as store:
            store.episodes.save([opened(outgoing("k1", fallbacks=(("bo", "slack"),)))]).result()

            assert store.outbox.ready_channels(99.0) == []
            assert store.outbox.ready_channels(100.0) == ["ana-mail"]
            assert store.outbox.oldest_ready_at(130.0) == 100.0
            (row,) = take(store)
            assert (row.key, row.attempts, row.body, row.thread) == ("k1", 1, b"hello", "k1")
            assert row.fallbacks == (("bo", "slack"),)
            assert take(store, now=159.0) == []
            (again,) = take(store, now=160.0)
            assert (again.id, again.key, again.attempts) == (row.id, "k1", 2)

    def test_who_comes_after_the_end_of_the_lease_changes_nothing(self, place: Path) -> None:
        with self.opened(place) as store:
            store.episodes.save([opened(outgoing("k1"))]).result()
            (late,) = take(store)
            (row,) = take(store, now=160.0)

            assert not store.outbox.finish(late, attempt("failed", instead=(outgoing("k2"),)))
            assert store.outbox.finish(row, attempt("sent"))
            assert not store.outbox.finish(row, attempt("due", again_at=300.0))
            assert [(s.key, s.state) for s in store.outbox.of("mail-1")] == [("k1", "sent")]

    def test_a_restarted_server_takes_at_once_what_it_was_sending(self, place: Path) -> None:
        with self.opened(place) as store:
            store.episodes.save([opened(outgoing("k1"))]).result()
            take(store)

        with self.opened(place) as store:
            assert store.outbox.release(101.0) == 1
            assert [row.key for row in take(store, now=101.0)] == ["k1"]

    def test_a_message_that_is_tried_again_waits_and_holds_its_thread_back(
        self, place: Path
    ) -> None:
        other = replace(OPENED, id="pay-1", lane="pay")
        with self.opened(place) as store:
            store.episodes.save(
                [
                    opened(outgoing("k1"), outgoing("k2")),
                    opened(outgoing("k3"), episode=other),
                ]
            ).result()
            first, third = take(store)
            assert (first.key, third.key) == ("k1", "k3")
            store.outbox.finish(first, attempt("due", again_at=150.0, reason="busy"))

            assert take(store, now=149.0) == []
            (first,) = take(store, now=150.0)
            assert first.key == "k1"
            store.outbox.finish(first, attempt(at=151.0))
            (second,) = take(store, now=152.0)
            assert (second.key, second.thread) == ("k2", "k1")

    def test_pages_go_first(self, place: Path) -> None:
        with self.opened(place) as store:
            others = [replace(OPENED, id=f"e{n}", lane=f"l{n}") for n in range(3)]
            store.episodes.save(
                [
                    opened(outgoing(f"k{n}", page=n == 2), episode=one)
                    for n, one in enumerate(others)
                ]
            ).result()

            assert [row.key for row in take(store)] == ["k2", "k0", "k1"]

    def test_the_end_goes_to_those_who_were_told_and_gives_up_what_was_not_sent(
        self, place: Path
    ) -> None:
        with self.opened(place) as store:
            store.episodes.save(
                [opened(outgoing("k1"), outgoing("k2", "slack"), outgoing("k3", "pager"))]
            ).result()
            (mail,) = take(store)
            store.outbox.finish(mail, attempt())
            (slack,) = take(store, "slack")
            store.outbox.finish(slack, attempt("due", again_at=900.0))
            store.episodes.save([resolved()]).result()

            states = {s.key: s.state for s in store.outbox.of("mail-1")}
            assert states == {
                "k1": "sent",
                "k2": "superseded",
                "k3": "superseded",
                "r:ana-mail": "due",
                "r:slack": "due",
            }
            (end,) = take(store, now=200.0)
            assert (end.kind, end.person, end.thread) == ("resolved", "ana", "k1")

    def test_a_message_that_fails_goes_elsewhere_in_the_same_step(self, place: Path) -> None:
        with self.opened(place) as store:
            store.episodes.save([opened(outgoing("k1"))]).result()
            (row,) = take(store)
            copy = outgoing("k1:slack", "slack", person="bo")
            store.outbox.finish(
                row,
                attempt("failed", status=401, reason="not allowed", broken=True, instead=(copy,)),
            )

            assert [(s.key, s.state, s.why) for s in store.outbox.of("mail-1")] == [
                ("k1", "failed", "not allowed"),
                ("k1:slack", "due", None),
            ]
            assert store.outbox.channels() == [
                ChannelState("ana-mail", None, 101.0, "not allowed")
            ]
            (line,) = store.episodes.timeline("mail-1")
            assert (line.what, line.detail) == (
                "not delivered",
                "opened to ana by ana-mail: not allowed; instead by slack",
            )

    def test_a_channel_that_takes_a_message_is_whole_again(self, place: Path) -> None:
        with self.opened(place) as store:
            store.episodes.save([opened(outgoing("k1"), outgoing("k2"))]).result()
            (row,) = take(store)
            store.outbox.finish(row, attempt("failed", broken=True, reason="gone"))
            (row,) = take(store)
            store.outbox.finish(row, attempt(at=105.0))

            assert store.outbox.channels() == [ChannelState("ana-mail", 105.0, None, None)]

    def test_when_a_lane_was_last_proven_by_a_drill_is_known(self, place: Path) -> None:
        with self.opened(place) as store:
            for n, (lane, by) in enumerate((("mail", "ana"), ("mail", "ana"), ("pay", None))):
                over = replace(
                    RESOLVED,
                    id=f"d{n}",
                    lane=f"drill:{lane}",
                    rule="drill",
                    resolved_at=200.0 + n,
                    acknowledged_by=by,
                )
                store.episodes.save([opened(episode=over)]).result()

            assert store.episodes.proven(100.0) == {"mail": 201.0}
            assert store.episodes.proven(202.0) == {}

    def test_a_message_of_the_same_key_is_queued_once(self, place: Path) -> None:
        with self.opened(place) as store:
            for _ in range(2):
                store.episodes.save([opened(outgoing("k1"))]).result()

            assert len(store.outbox.of("mail-1")) == 1

    def test_a_silence_has_an_end_and_can_end_sooner(self, place: Path) -> None:
        with self.opened(place) as store:
            first = store.silences.add(
                "mail", starts_at=0.0, ends_at=50.0, reason="move", by="ana", now=0.0
            )
            store.silences.add("pay", starts_at=9.0, ends_at=60.0, reason="x", by="bo", now=0.0)

            assert [s.lane for s in store.silences.current(10.0)] == ["mail", "pay"]
            assert store.silences.end(first, now=20.0)
            assert not store.silences.end(first, now=21.0)
            assert [s.lane for s in store.silences.current(20.0)] == ["pay"]
            assert store.silences.current(60.0) == []

    def test_hostile_texts_round_trip_in_episodes_and_silences(self, place: Path) -> None:
        with self.opened(place) as store:
            for n, text in enumerate(HOSTILE_TEXTS):
                one = replace(OPENED, id=f"e{n}", lane=f"l{n}", message=text, owner=text)
                line = Line(one.id, 1.0, text, "opened", text)
                store.episodes.save([Change(episode=one, lines=(line,))]).result()
                store.silences.add(text, starts_at=0.0, ends_at=9.0, reason=text, by=text, now=0.0)

                assert store.episodes.get(one.id) == one
                assert store.episodes.timeline(one.id) == [line]
            found = store.silences.current(1.0)
            assert [s.reason for s in found] == list(HOSTILE_TEXTS)
