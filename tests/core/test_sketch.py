"""Mergeable summaries."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.core.sketch import (
    DistinctSketch,
    DurationSketch,
    duration_key,
    duration_of,
    name_hash,
)

DURATIONS = st.lists(st.floats(0, 1e7), max_size=50)


def sketch_of(durations):
    sketch = DurationSketch()
    for seconds in durations:
        sketch.add(seconds)
    return sketch


def distinct_of(names):
    sketch = DistinctSketch()
    for name in names:
        sketch.add(name_hash(name))
    return sketch


@given(st.floats(0.0011, 1e8))
def test_a_bucket_stands_for_its_durations_within_two_per_cent(seconds):
    assert duration_of(duration_key(seconds)) == pytest.approx(seconds, rel=0.0201)


@pytest.mark.parametrize("seconds", [0.0, -5.0, 0.001])
def test_up_to_a_millisecond_is_one_bucket(seconds):
    assert duration_of(duration_key(seconds)) == 0.001


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95, 1.0])
def test_quantiles_are_right_within_two_per_cent(share):
    durations = sorted(random.Random(1).lognormvariate(0, 2) for _ in range(2_000))

    found = sketch_of(durations).quantile(share)

    assert found == pytest.approx(durations[round(share * 1_999)], rel=0.03)


def test_an_empty_sketch_has_no_quantile():
    assert DurationSketch().quantile(0.5) is None


@given(DURATIONS, DURATIONS, DURATIONS)
def test_durations_merge_in_any_grouping(one, two, three):
    left = sketch_of(one)
    left.merge(sketch_of(two))
    left.merge(sketch_of(three))
    right = sketch_of(three)
    right.merge(sketch_of(two + one))

    assert left == right == sketch_of(one + two + three)
    assert left.count == len(one + two + three)


@given(DURATIONS, DURATIONS)
def test_what_was_added_can_be_taken_back(kept, taken):
    sketch = sketch_of(kept + taken)
    for seconds in taken:
        sketch.add(seconds, -1)
    assert sketch == sketch_of(kept)

    back = sketch_of(kept)
    minus = DurationSketch({key: -count for key, count in sketch_of(kept).items()})
    back.merge(minus)
    assert back == {}


@given(st.dictionaries(st.integers(0, 2_000), st.integers(-5, 10**6)))
def test_durations_survive_their_bytes(counts):
    sketch = DurationSketch(counts)

    assert DurationSketch.decode(sketch.encode()) == {k: c for k, c in counts.items() if c}


def test_up_to_512_names_are_counted_exactly():
    sketch = distinct_of([f"acct_{n}" for n in range(512)] * 3)

    assert (sketch.count, sketch.exact) == (512, True)


@pytest.mark.parametrize("number", [1_000, 20_000, 300_000])
def test_more_names_are_estimated(number):
    sketch = distinct_of(f"acct_{n}" for n in range(number))

    assert not sketch.exact
    assert sketch.count == pytest.approx(number, rel=0.2)


def test_names_put_in_directly_are_cut_to_the_same_sample_as_one_by_one():
    names = [f"acct_{n}" for n in range(5_000)]
    sketch = DistinctSketch(map(name_hash, names))

    sketch.shrink()

    assert sketch == distinct_of(names)


@pytest.mark.parametrize("sizes", [(3, 4), (600, 10), (10, 5_000), (4_000, 4_000), (511, 500)])
def test_distinct_names_merge_like_one_count(sizes):
    one, two = range(sizes[0]), range(1_000_000, 1_000_000 + sizes[1])
    together = distinct_of([f"a{n}" for n in (*one, *two)])

    for first, second in ((one, two), (two, one)):
        sketch = distinct_of(f"a{n}" for n in first)
        sketch.merge(distinct_of(f"a{n}" for n in second))
        assert sketch == together


@pytest.mark.parametrize("number", [0, 5, 5_000])
def test_distinct_names_survive_their_bytes(number):
    sketch = distinct_of(f"acct_{n}" for n in range(number))

    assert DistinctSketch.decode(sketch.encode()) == sketch
    assert sketch != "something else"


def test_no_bytes_are_no_names():
    assert DistinctSketch.decode(b"").count == 0
