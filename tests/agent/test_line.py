import pytest

from tailback.agent.line import Line, fate_of


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (None, "keep"),
        (200, "accepted"),
        (202, "accepted"),
        (301, "keep"),
        (400, "refused"),
        (401, "keep"),
        (403, "keep"),
        (404, "keep"),
        (408, "keep"),
        (413, "split"),
        (415, "refused"),
        (422, "refused"),
        (429, "keep"),
        (500, "keep"),
        (503, "keep"),
    ],
)
def test_the_answer_decides_what_becomes_of_a_batch(status: int | None, fate: str) -> None:
    assert fate_of(status) == fate


def test_every_failure_waits_longer_up_to_half_a_minute() -> None:
    line = Line()
    waits = []
    for _ in range(40):
        line.failed(100.0, 0.999)
        waits.append(line.open_at - 100.0)

    assert waits == sorted(waits)
    assert 0.25 <= waits[0] <= 0.5
    assert 29 < waits[-1] <= 30


def test_chance_spreads_a_fleet_over_half_of_the_wait() -> None:
    early, late = Line(), Line()
    early.failed(0.0, 0.0)
    late.failed(0.0, 0.999)

    assert (early.open_at, round(late.open_at, 2)) == (0.25, 0.5)


def test_the_server_may_say_how_long_within_reason() -> None:
    line = Line()

    line.failed(0.0, 0.0, 429, 7.0)
    assert line.open_at == 7.0

    line.failed(0.0, 0.0, 503, 10**9)
    assert line.open_at == 600.0


def test_a_refused_token_is_not_tried_every_second() -> None:
    line = Line()

    line.failed(0.0, 0.0, 401)

    assert line.open_at == 15.0


def test_a_success_opens_the_line_and_tells_whether_that_is_news() -> None:
    line = Line()
    assert not line.worked()

    line.failed(0.0, 0.5)
    assert not line.is_open(0.1)
    assert line.is_open(line.open_at)

    assert line.worked()
    assert line.is_open(0.0)
    assert line.failures == 0
