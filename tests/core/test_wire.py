"""Reading the wire: what is taken, what is refused, and why."""

import json
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.core import fields
from tailback.core.events import FIELDS, Event
from tailback.core.model import QueueReading
from tailback.core.wire import (
    EVENT_KINDS,
    WireError,
    read_batch,
    read_event,
    read_reading,
    read_worker,
    schema,
)

AT = 1_793_476_800.5


def raw_event(**said):
    return {"kind": "started", "at": AT, "id": "b7", "queue": "emails", **said}


def refusal(read, raw):
    with pytest.raises(WireError) as caught:
        read(raw)
    return caught.value.field, caught.value.why


def test_a_whole_event_is_read():
    said = raw_event(
        kind="retrying", job="shop.send", first_enqueued_at=AT - 9, due_at=AT + 60, attempt=1,
        max_attempts=6, tenant="acct_42", worker="web-1:312", ran_for=0.2, priority=-3,
        release="4f2c", root="a1", parent="a2", drill="d1", why="because",
        error={"type": "X", "message": "boom", "trace": "…", "status": 429,
               "chain": [{"type": "Y", "message": "cause"}], "facts": {"sqlstate": "40P01"}},
    )  # fmt: skip

    assert read_event(said).as_dict() == said


def test_the_attributes_of_an_event_are_the_fields_of_the_table():
    assert tuple(field.name for field in fields.EVENT) == FIELDS
    assert EVENT_KINDS == fields.EVENT_KINDS


def test_unknown_keys_and_nulls_are_ignored():
    event = read_event(raw_event(tenant=None, args=["secret"], error={"type": "X", "new": 1}))

    assert event.tenant is None
    assert event.error == {"type": "X"}


@pytest.mark.parametrize("name", ["kind", "at", "id", "queue"])
def test_a_required_field_must_be_there(name):
    assert refusal(read_event, raw_event(**{name: None})) == (name, "is required")


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        ({"kind": "exploded"}, "kind", "'exploded' is not known; known are enqueued, started"),
        ({"kind": 7}, "kind", "must be text, not a number"),
        ({"at": "yesterday"}, "at", "must be a number, not text"),
        ({"at": nan}, "at", "must be a finite number"),
        ({"at": inf}, "at", "must be a finite number"),
        ({"at": 253_402_300_800}, "at", "must be Unix seconds between the years 2000 and 2100"),
        ({"at": 10**400}, "at", "is beyond every sensible number"),
        ({"at": True}, "at", "must be a number, not a boolean"),
        ({"id": ""}, "id", "must not be empty"),
        ({"id": "\x00\u202e"}, "id", "must not be empty"),
        ({"id": 12}, "id", "must be text, not a number"),
        ({"id": []}, "id", "must be text, not a list"),
        ({"queue": {}}, "queue", "must be text, not an object"),
        ({"attempt": 1.5}, "attempt", "must be a whole number"),
        ({"attempt": -1}, "attempt", "must lie between 0 and 1000000"),
        ({"ran_for": -0.1}, "ran_for", "must lie between 0 and 315576000"),
        ({"error": "boom"}, "error", "`error` must be an object, not text"),
        ({"error": {"status": "500"}}, "error.status", "must be a number, not text"),
        ({"error": {"chain": "x"}}, "error.chain", "must be a list, not text"),
        ({"error": {"chain": [None]}}, "error.chain", "`chain` must be an object, not null"),
        ({"error": {"chain": [{"type": 1}]}}, "error.chain.type", "must be text, not a number"),
        ({"error": {"facts": []}}, "error.facts", "must be an object, not a list"),
    ],
)
def test_what_is_wrong_is_refused_by_field_and_reason(said, field, why):
    found, reason = refusal(read_event, raw_event(**said))

    assert found == field
    assert reason.startswith(why)


def test_an_event_must_be_an_object():
    assert refusal(read_event, [1]) == ("body", "an event must be an object, not a list")


def test_hostile_and_long_text_is_made_harmless():
    event = read_event(
        raw_event(
            id="a\x00b\ud800", queue="q" * 5_000, job=" \x1b[31mred ", tenant="\u202eevil",
            error={"message": "x" * 9_000, "trace": "head" + "y" * 99_000 + "tail",
                   "chain": [{"type": str(n)} for n in range(50)]},
        )
    )  # fmt: skip

    assert (event.id, event.job, event.tenant) == ("ab", "[31mred", "evil")
    assert len(event.queue) == fields.NAME_CHARS
    assert len(event.error["message"]) == fields.MESSAGE_CHARS
    assert len(event.error["trace"]) == fields.TRACE_CHARS
    assert len(event.error["chain"]) == fields.MAX_CHAIN


def test_facts_keep_only_plain_values():
    said = {"sqlstate": "40P01", "errno": 111, "ok": True, "share": 0.5, "huge": 10**99,
            "odd": inf, "deep": {"a": 1}, "none": None}  # fmt: skip

    facts = read_event(raw_event(error={"facts": said})).error["facts"]

    assert facts == {"sqlstate": "40P01", "errno": 111, "ok": True, "share": 0.5}


@pytest.mark.parametrize(("said", "kept"), [(True, True), (False, None), ("d1", "d1"), ("", None)])
def test_a_drill_is_told_by_its_id_or_by_true(said, kept):
    assert read_event(raw_event(drill=said)).drill == kept


class TestBatch:
    def test_is_read_whole(self):
        batch = read_batch(
            {"v": 1, "source": "shop", "system": "celery", "agent": "a/1", "producer": "p",
             "seq": 17, "sent_at": AT, "dropped": 2, "events": [raw_event()],
             "workers": [{"id": "w1", "queues": ["emails", ""], "slots": 4, "every_s": 15,
                          "running": ["b7"]}]}
        )  # fmt: skip

        assert (batch.source, batch.producer, batch.seq, batch.dropped) == ("shop", "p", 17, 2)
        assert batch.events == (Event("started", AT, "b7", "emails"),)
        [worker] = batch.workers
        assert (worker.queues, worker.slots, worker.running) == (("emails",), 4, ("b7",))
        assert batch.rejected == ()

    def test_leaves_out_what_is_bad_and_says_which(self):
        batch = read_batch(
            {"events": [raw_event(), raw_event(at="x"), raw_event(id="c8")], "workers": [{}]}
        )

        assert [event.id for event in batch.events] == ["b7", "c8"]
        assert [one.as_dict() for one in batch.rejected] == [
            {"index": 1, "why": "at: must be a number, not text"},
            {"index": 0, "why": "workers[0].id: is required"},
        ]

    def test_may_be_empty(self):
        assert read_batch({}).dropped == 0

    @pytest.mark.parametrize(
        ("said", "field"),
        [({"v": 2}, "v"), ({"events": {}}, "events"), ({"events": [0] * 10_001}, "events"),
         ({"seq": -1}, "seq")],
    )  # fmt: skip
    def test_is_refused_when_its_envelope_is_wrong(self, said, field):
        assert refusal(read_batch, said)[0] == field


def test_a_worker_that_cannot_tell_what_it_runs_says_nothing_of_it():
    assert read_worker({"id": "w1"}).running is None


def test_a_reading_is_read_with_its_job_types():
    said = {"queue": "emails", "taken_at": AT, "waiting": 3, "oldest_due_at": AT - 9, "paused": False,
            "oldest_source": "stamp", "notes": ["sampled"] * 30, "sees_all": True,
            "oldest_by_job": {"shop.send": AT - 9}}  # fmt: skip

    reading = read_reading("shop", said)

    assert isinstance(reading, QueueReading)
    assert (reading.source, reading.waiting, reading.running) == ("shop", 3, None)
    assert reading.oldest_by_job == {"shop.send": AT - 9}
    assert len(reading.notes) == 20


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"paused": 1}, "paused"),
        ({"oldest_by_job": []}, "oldest_by_job"),
        ({"oldest_by_job": {"a": 5}}, "oldest_by_job"),
        ({"oldest_source": "guess"}, "oldest_source"),
    ],
)
def test_a_wrong_reading_is_refused(said, field):
    def read(raw):
        return read_reading("shop", raw)

    assert refusal(read, {"queue": "q", "taken_at": AT, **said})[0] == field


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from([field.name for field in fields.EVENT])


@given(st.dictionaries(NAMES, JSON) | JSON)
def test_no_json_at_all_breaks_the_reader(raw):
    try:
        event = read_event(raw)
    except WireError as error:
        assert error.why
    else:
        json.dumps(event.as_dict(), allow_nan=False).encode()


def test_the_published_schema_is_the_one_of_the_tables():
    published = Path(__file__).parents[2] / "docs/reference/wire.schema.json"

    assert json.loads(published.read_text(encoding="utf-8")) == schema()


def test_the_schema_describes_every_field():
    defs = {"event": fields.EVENT, "worker": fields.WORKER, "reading": fields.READING}

    for name, table in defs.items():
        described = schema()["$defs"][name]
        assert list(described["properties"]) == [field.name for field in table]
        assert described["required"] == [field.name for field in table if field.required]
    assert schema()["properties"]["events"]["maxItems"] == fields.MAX_EVENTS
