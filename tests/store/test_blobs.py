from hypothesis import given
from hypothesis import strategies as st

from tailback.core.sketch import DistinctSketch, DurationSketch, name_hash
from tailback.store.blobs import (
    merge_distinct,
    merge_durations,
    pack_distinct,
    pack_durations,
    unpack_distinct,
    unpack_durations,
)

durations = st.dictionaries(st.integers(0, 1000), st.integers(-(2**40), 2**40).filter(bool)).map(
    DurationSketch
)


@st.composite
def accounts(draw: st.DrawFn) -> DistinctSketch:
    sketch = DistinctSketch()
    first, count = draw(st.integers(0, 1000)), draw(st.integers(0, 1500))
    for number in range(first, first + count):
        sketch.add(name_hash(f"acct_{number}"))
    return sketch


@given(durations, durations)
def test_packed_durations_merge_as_the_sketches_do(
    one: DurationSketch, other: DurationSketch
) -> None:
    assert unpack_durations(pack_durations(one)) == one
    merged = merge_durations(pack_durations(one), pack_durations(other))

    one.merge(other)

    assert unpack_durations(merged) == one


@given(accounts(), accounts())
def test_packed_accounts_merge_as_the_sketches_do(
    one: DistinctSketch, other: DistinctSketch
) -> None:
    assert unpack_distinct(pack_distinct(one)) == one
    merged = merge_distinct(pack_distinct(one), pack_distinct(other))

    one.merge(other)

    assert unpack_distinct(merged) == one


def test_an_empty_sketch_is_nothing() -> None:
    assert pack_durations(DurationSketch()) is None
    assert pack_distinct(DistinctSketch()) is None
    assert unpack_durations(None) == DurationSketch()
    assert unpack_distinct(None) == DistinctSketch()
    assert merge_durations(None, None) is None
    assert merge_distinct(None, None) is None


def test_counts_that_cancel_out_leave_nothing() -> None:
    one, other = DurationSketch({7: 3}), DurationSketch({7: -3})

    assert merge_durations(pack_durations(one), pack_durations(other)) is None
