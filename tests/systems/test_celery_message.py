"""What a Redis message tells by its headers, whatever stands in it."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.systems.celery.message import MAX_BYTES, UNREADABLE, Message, parse, parse_unacked
from tailback.systems.celery.stamp import first_due, stamp_in, unix_of


def raw(headers=None, **envelope):
    plain = {"id": "j1", "task": "shop.send", "retries": 0, "eta": None}
    return json.dumps({"body": "gAR9lC4=", "headers": {**plain, **(headers or {})}, **envelope})


def test_the_headers_are_read_and_the_body_is_left_alone(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "executed"), "w"))

    body = pickle.dumps(Bomb()).hex()

    message = parse(raw({"retries": 2}, body=body).encode())

    assert message == Message(id="j1", job="shop.send", retries=2)
    assert not (tmp_path / "executed").exists()


def test_the_stamp_counts_from_the_first_eta_if_there_was_one():
    plain = {"first": 1000.0}

    assert first_due(plain) == 1000.0
    assert first_due({**plain, "due": 1500.0}) == 1500.0
    assert first_due({**plain, "root_due": 400.0}) == 400.0
    assert first_due({**plain, "root_due": 400.0, "due": 1500.0}) == 1500.0
    assert first_due({"due": 1500.0}) is None


@pytest.mark.parametrize(
    "foreign",
    [None, 7, "x", [], {}, {"first": "soon"}, {"first": True}, {"first": -1}, {"first": 1e99}],
)
def test_a_header_that_is_not_our_stamp_is_none(foreign):
    assert stamp_in({"tailback": foreign}) == {}
    assert parse(raw({"tailback": foreign}).encode()).due is None


@pytest.mark.parametrize(
    "eta",
    [
        "2026-11-24T10:00:00+00:00",
        "2026-11-24T10:00:00Z",
        "2026-11-24T12:00:00+02:00",
        "2026-11-24T10:00:00",
    ],
)
def test_an_eta_is_read_in_every_form_celery_writes(eta):
    assert unix_of(eta) == 1795514400.0


@pytest.mark.parametrize("eta", [None, 5, "soon", "9999-99-99", {"__type__": "datetime"}])
def test_another_eta_is_not_known(eta):
    assert unix_of(eta) is None


def test_protocol_1_has_its_id_in_the_properties():
    message = parse(json.dumps({"headers": {}, "properties": {"correlation_id": "j9"}}).encode())

    assert (message.id, message.job) == ("j9", None)


def test_an_unacknowledged_message_leads_to_its_queue():
    message = parse_unacked(json.dumps([json.loads(raw()), "", "emails"]).encode())

    assert (message.id, message.exchange, message.routing_key) == ("j1", "", "emails")


@given(
    st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda v: json.dumps(v).encode())
)
def test_nothing_that_stands_in_a_list_raises(found):
    assert isinstance(parse(found), Message)
    assert isinstance(parse_unacked(found), Message)


def test_a_huge_or_deep_message_is_counted_but_not_read():
    assert parse(b" " * MAX_BYTES + b"{}") == UNREADABLE
    assert parse(b"[" * 100_000) == UNREADABLE
    assert parse_unacked(b'{"a":' * 20_000) == UNREADABLE
