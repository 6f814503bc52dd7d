"""Reading Huey's pickles without running them."""

import gzip
import os
import pickle
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from huey.registry import Message as HueyMessage
from huey.serializer import Serializer, SignedSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from tailback.systems.huey.peek import MAX_BYTES, Called, Message, Named, PeekError, peek, read


def message(**changed) -> HueyMessage:
    plain = {
        "id": "a-1",
        "name": "shop.send",
        "eta": datetime(2026, 11, 2, 12, 30, 1, 250),
        "retries": 3,
        "retry_delay": 1.5,
    }
    return HueyMessage(
        **{**plain, "priority": None, "args": (1, "x"), "kwargs": {"k": [1]}, **changed}
    )


READ = Message("a-1", "shop.send", datetime(2026, 11, 2, 12, 30, 1, 250), 3, 1.5)


class Bomb:
    def __reduce__(self):
        return os.system, ("touch tailback-was-unpickled",)


class Thing:
    def __init__(self) -> None:
        self.inner = {"a": {1, 2}, "b": frozenset({3})}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_is_read_alike(protocol: int) -> None:
    assert peek(pickle.dumps(message(), protocol)) == READ


@pytest.mark.parametrize(
    "serializer",
    [
        Serializer(),
        Serializer(compression=True),
        Serializer(compression=True, use_zlib=True),
        SignedSerializer(secret="s"),
        SignedSerializer(secret="s", compression=True),
    ],
)
def test_compressed_and_signed_messages_are_read(serializer: Serializer) -> None:
    assert peek(serializer.serialize(message())) == READ


def test_a_message_with_objects_and_steps_is_read() -> None:
    full = message(
        args=(Thing(), datetime(2026, 1, 1), b"\xff", 2**70, float("nan")),
        on_complete=message(id="b"),
        chord_config=("c", 2, 0, message()),
    )

    assert peek(pickle.dumps(full)) == READ


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_in_a_message_is_ever_run(protocol: int) -> None:
    data = pickle.dumps(message(args=(Bomb(),)), protocol)

    assert peek(data) == READ
    assert read(pickle.dumps(Bomb(), protocol)).what in {Named("posix.system"), Named("nt.system")}
    assert not Path("tailback-was-unpickled").exists()


def test_a_billion_laughs_costs_nothing() -> None:
    laughs = ("ha",)
    for _ in range(40):
        laughs = (laughs,) * 10

    assert peek(pickle.dumps(message(args=laughs))) == READ


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
def test_a_zip_bomb_stops_at_its_bound(pack) -> None:
    assert peek(pack(b"(" * (200 * 1024 * 1024))) is None


def test_a_deep_nest_is_refused() -> None:
    with pytest.raises(PeekError):
        read(b"(" * 100_000 + b".")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"{}",
        b'{"id": 1}',
        b"\x80\x05",
        b"I1\n.",
        b"\x78\x9c",
        b"\x1f\x8b",
        b"P1\n.",
        b"\x82\x01.",
    ],
)
def test_anything_else_is_opaque(data: bytes) -> None:
    assert peek(data) is None


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"(cposix\nsystem\nS'x'\no.", Called(Named("posix.system"), ("x",))),
        (b"(S'x'\niposix\nsystem\n.", Called(Named("posix.system"), ("x",))),
        (b"cposix\nsystem\n)}\x92.", Called(Named("posix.system"), ())),
        (b"I1\nI2\n0.", 1),
        (b"]I1\n2l.", PeekError),
        (b"I1\nI2\n\x93.", PeekError),
        (b"l.", PeekError),
    ],
)
def test_what_only_hand_made_pickles_hold_is_read_or_refused(data: bytes, value: object) -> None:
    if value is PeekError:
        with pytest.raises(PeekError):
            read(data)
    else:
        assert repr(read(data)) == repr(value)


@pytest.mark.parametrize("raw", [b"short", b"\x00\x00\x63" + bytes(7)])
def test_an_eta_that_is_no_moment_is_left_out(raw: bytes) -> None:
    eta = pickle.dumps(message(eta=datetime(2026, 11, 2, 12, 30, 1, 250)), 4)
    packed = datetime(2026, 11, 2, 12, 30, 1, 250).__reduce__()[1][0]
    damaged = eta.replace(bytes([10]) + packed, bytes([len(raw)]) + raw)

    assert damaged != eta
    found = peek(damaged)

    assert found is not None
    assert found.eta is None


def test_a_message_of_other_shapes_is_opaque() -> None:
    assert peek(pickle.dumps(("a-1", "shop.send", None, 1, 1))) is None
    assert peek(pickle.dumps(message(id=7))) is None
    assert peek(pickle.dumps(message(eta="tomorrow", retries=True))) == Message(
        "a-1", "shop.send", None, None, 1.5
    )


@settings(max_examples=300)
@given(st.data())
def test_damaged_bytes_neither_hang_nor_escape(data: st.DataObject) -> None:
    good = pickle.dumps(message(args=(Thing(), Bomb())), data.draw(st.integers(0, 5)))
    at = data.draw(st.integers(0, len(good) - 1))
    damaged = (
        good[:at] + data.draw(st.binary(max_size=4)) + good[at + data.draw(st.integers(0, 4)) :]
    )

    found = peek(damaged[:MAX_BYTES])

    assert found is None or isinstance(found, Message)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(values, st.integers(0, 5))
def test_plain_values_are_read_as_they_were(value: object, protocol: int) -> None:
    found = read(pickle.dumps(value, protocol))

    # Protocols before 3 write bytes as a call that would decode text.
    assert found == value or "Called" in repr(found) or protocol < 3
    assert not (protocol >= 3 and isinstance(found, Called))
