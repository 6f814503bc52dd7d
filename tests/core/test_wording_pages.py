"""What the pages behind the board say."""

import pytest

from tailback.core import wording_pages as words
from tailback.core.system import Capabilities


def test_what_a_source_cannot_tell_is_named() -> None:
    can = Capabilities(probe_waiting=True, probe_age=True, hook_error=True)

    blind = words.not_seen_by_probe(can)

    assert "how many jobs run" in blind
    assert "how many jobs wait" not in blind
    assert words.seen_by_hook(can) == ["why attempts fail"]


@pytest.mark.parametrize(
    ("probed", "hooked", "part"),
    [
        (True, True, "by a read-only probe of the broker and by the hook"),
        (True, False, "the workers send nothing"),
        (False, True, "by what the workers send"),
        (False, False, "nothing was received lately"),
    ],
)
def test_who_measures_a_source_is_said(probed: bool, hooked: bool, part: str) -> None:
    assert part in words.measured_how(probed=probed, hooked=hooked)


def test_a_chart_is_told_in_words() -> None:
    assert words.chart_label("Receipts", 1_250, 3, 2_640.0, 86_400.0) == (
        "Receipts in 1 d: 1,250 finished, 3 attempts failed, the oldest job was 44 min old"
    )
    assert words.chart_label("Receipts", 0, 0, None, 3_600.0) == (
        "Receipts in 1 h: 0 finished, 0 attempts failed"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (0.08, "80 ms"),
        (2.44, "2.4 s"),
        (9.9, "9.9 s"),
        (12.7, "12 s"),
        (190, "3 min"),
    ],
)
def test_short_lengths_have_their_own_unit(value: float | None, text: str) -> None:
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [([], ""), (["one"], "one"), (["one", "two"], "one and two"), (list("abc"), "a, b and c")],
)
def test_parts_are_listed_as_people_do(parts: list[str], text: str) -> None:
    assert words.listed(parts) == text


def test_time_in_vain_is_said_in_percent() -> None:
    assert words.failed_share(None) == ""
    assert words.failed_share(0.0).startswith("0 % of")
    assert words.failed_share(0.004).startswith("less than 1 % of")
    assert words.failed_share(0.25) == (
        "25 % of the workers' time went into attempts that failed."
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1260.0, "21 min ago"), (-0.4, "just now"), (0.4, "just now"), (200.0, "in 3 min")],
)
def test_a_moment_is_said_from_now(seconds: float, said: str) -> None:
    assert words.from_now(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "not known"),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_400, "1.4 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (2_300_000_000, "2,300.0 MB"),
    ],
)
def test_sizes_are_said_in_the_unit_that_fits(value: int | None, said: str) -> None:
    assert words.size(value) == said
