"""Hostile text made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailback.core.text import clean_name, clean_text, clean_trace

HOSTILE = "\x00\x07\x1b\x7f\x9b\u200f\u202e\u2066\u2028\ufeff\ud800"


def test_control_and_direction_characters_are_taken_out():
    assert clean_text(f"a{HOSTILE}b\tc\r\nd", 100) == "ab\tc\nd"
    assert clean_name(f" a{HOSTILE}b\t\nc ", 100) == "ab c"
    assert clean_trace(f"a{HOSTILE}b\r\nc", 100) == "ab\nc"


def test_what_people_write_is_left_alone():
    for text in ("Grüße 👋", "東京 / 京都", "naïve — “quoted”"):
        assert clean_text(text, 100) == clean_name(text, 100) == clean_trace(text, 100) == text


def test_long_text_is_cut_and_says_so():
    assert clean_text("x" * 20, 10) == "x" * 9 + "…"


def test_long_names_that_differ_stay_different():
    one, other = clean_name("x" * 300 + "1", 200), clean_name("x" * 300 + "2", 200)

    assert one != other
    assert len(one) == len(other) == 200


def test_a_long_trace_keeps_its_head_and_its_tail():
    trace = clean_trace("HEAD" + "x" * 500 + "TAIL", 100)

    assert len(trace) == 100
    assert trace.startswith("HEAD")
    assert trace.endswith("TAIL")
    assert "cut" in trace


@pytest.mark.parametrize("clean", [clean_text, clean_name, clean_trace])
@given(text=st.text(max_size=400))
def test_the_outcome_is_short_and_harmless_whatever_comes(clean, text):
    outcome = clean(text, 50)

    assert len(outcome) <= 50
    assert not set(outcome) & set(HOSTILE)
    assert clean(outcome, 50) == outcome
    outcome.encode()
