"""What the drill job does: nothing, fail at once, or hang for a bounded while and then fail."""

import pytest

from tailback.agent import drill


@pytest.mark.parametrize(
    ("mode", "asked_s", "slept_s"),
    [("fail", 60.0, 0.0), ("hang", 1.2, 1.2), ("hang", 9_999.0, 120.0), ("hang", -1.0, 0.0)],
)
def test_a_drill_fails_at_once_or_after_a_bounded_while(
    monkeypatch: pytest.MonkeyPatch, mode: str, asked_s: float, slept_s: float
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(drill.time, "sleep", naps.append)

    with pytest.raises(drill.DrillError, match="means no harm"):
        drill.drill(mode, asked_s)

    assert sum(naps) == pytest.approx(slept_s, abs=0.01)


def test_a_drill_passes_when_nothing_else_is_asked_of_it() -> None:
    assert drill.drill() is None
