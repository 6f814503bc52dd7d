"""Corrections are kept across a restart; reasons are noted beyond the ledger's memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.core.events import Event
from tailback.core.ledger import Ledger
from tailback.core.rollups import SliceKey
from tailback.server import corrections
from tailback.server.corrections import Corrections
from tailback.server.loops.notes import NotesLoop
from tailback.server.reason_table import reason_table
from tailback.server.reasons import ReasonBook, reason_key
from tailback.store.base import ReasonCount
from tailback.store.marks import Deploy
from tailback.store.sqlite.store import SqliteStore

T0 = 1_700_000_000.0
FULL = {"type": "OSError", "message": "[Errno 28] No space left on device"}
CODE = {"type": "AttributeError", "message": "'Order' object has no attribute 'total'"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "tailback.db", synchronous="NORMAL") as opened:
        yield opened


def ledger_with(*errors: dict[str, str]) -> Ledger:
    ledger = Ledger(classify=reason_key)
    for place, error in enumerate(errors):
        told = (f"j{place}", "emails", "shop.send")
        events = [
            Event("enqueued", T0 + place, *told, tenant=f"acct_{place}"),
            Event("dead", T0 + place + 1, *told, error=error),
        ]
        ledger.apply("shop", events, T0 + place)
    return ledger


def test_a_new_server_goes_on_with_the_corrections(store: SqliteStore) -> None:
    kept = Corrections(store.meta, store.audit)
    rule = kept.add(action="rename", key="disk-full", to="Full", containing="", by="ana", now=T0)

    again = Corrections(store.meta, store.audit)

    assert again.book().explain(FULL, "disk-full").sentence == "Full"
    assert again.undo(rule.id, by="ana", now=T0) == rule
    assert Corrections(store.meta, store.audit).book() == ReasonBook()


def test_there_are_not_more_corrections_than_anyone_reads(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "MAX_RULES", 1)
    kept = Corrections(store.meta, store.audit)
    kept.add(action="rename", key="a", to="b", containing="", by="ana", now=T0)

    with pytest.raises(ValueError, match="undo some first"):
        kept.add(action="rename", key="a", to="c", containing="", by="ana", now=T0)


def test_what_was_merged_twice_ends_where_the_last_one_says(store: SqliteStore) -> None:
    kept = Corrections(store.meta, store.audit)
    for key, to in (("a", "b"), ("b", "c")):
        kept.add(action="merge", key=key, to=to, containing="", by="ana", now=T0)

    assert [kept.book().alias(key) for key in "abcd"] == ["c", "c", "c", "d"]


def test_a_reason_is_noted_once_and_again_when_it_is_seen_again(store: SqliteStore) -> None:
    ledger = ledger_with(FULL, FULL)
    loop = NotesLoop(ledger.failing, store.reason_notes)

    assert loop.once(T0 + 9) is True
    assert loop.once(T0 + 9) is False
    loop.close()

    (note,) = store.reason_notes.all()
    assert (note.key, note.first_at, note.last_at) == ("disk-full", T0 + 1, T0 + 2)
    assert loop.pause_s() > 0


def test_a_noted_reason_is_known_when_the_ledger_forgot_it(store: SqliteStore) -> None:
    NotesLoop(ledger_with(FULL).failing, store.reason_notes).once(T0)
    counts = [ReasonCount("shop", "emails", "shop.send", "disk-full", 0, 0, 1, 4)]

    (row,) = reason_table(
        counts, [], store.reason_notes.all(), [], ReasonBook(), lambda _place: None
    )

    assert (row.sentence, row.count_7d, row.first_seen_at) == ("Disk is full", 4, T0 + 1)
    assert (row.failing, row.affected_accounts, row.places[0].lane) == (0, 0, None)


def test_a_reason_of_which_nothing_but_its_count_is_known_is_shown_by_its_key() -> None:
    counts = [ReasonCount("shop", "emails", "shop.send", "odd", 0, 0, 1, 4)]

    (row,) = reason_table(counts, [], [], [], ReasonBook(), lambda _place: None)

    assert (row.sentence, row.bucket, row.first_error, row.last_at) == (
        "odd",
        "unknown",
        None,
        None,
    )


@pytest.mark.parametrize(("deployed", "said"), [(-100.0, "r1"), (-7200.0, None), (100.0, None)])
def test_only_a_deploy_shortly_before_the_first_sight_is_named(
    deployed: float, said: str | None
) -> None:
    looks = ledger_with(CODE).failing(T0)

    (row,) = reason_table(
        [], looks, [], [Deploy(T0 + deployed, "", "r1")], ReasonBook(), lambda _place: "mail"
    )

    assert row.after_deploy == said


def test_a_lane_sees_only_its_own_reasons() -> None:
    looks = ledger_with(CODE).failing(T0)
    counts = [ReasonCount("shop", "emails", "shop.send", "disk-full", 0, 0, 1, 4)]

    def lane_of(place: SliceKey) -> str:
        return place.queue

    assert reason_table(counts, looks, [], [], ReasonBook(), lane_of, "other") == []
    assert len(reason_table(counts, looks, [], [], ReasonBook(), lane_of, "emails")) == 2


def test_a_job_that_ended_since_the_look_fails_no_more_but_did_fail() -> None:
    ledger = ledger_with(CODE)
    looks = ledger.failing(T0)
    told = ("j0", "emails", "shop.send")
    ledger.apply("shop", [Event("succeeded", T0 + 50, *told, ran_for=1.0)], T0 + 50)
    ledger.failing(T0 + 50)  # events are taken in at the latest when somebody asks

    (row,) = reason_table([], looks, [], [], ReasonBook(), lambda _place: None)
    assert (row.count_1h, row.failing, row.dead) == (1, 0, 0)


def test_jobs_are_grouped_anew_when_reasons_are() -> None:
    ledger = ledger_with(CODE, FULL)

    ledger.regroup(lambda error: f"new:{error['type']}")
    ledger.regroup(lambda error: f"new:{error['type']}")
    ledger.apply("shop", [Event("discarded", T0 + 60, "j0", "emails", "shop.send")], T0 + 60)

    assert [(look.key, len(look.jobs)) for look in ledger.failing(T0) if look.jobs] == [
        ("new:OSError", 1)
    ]
