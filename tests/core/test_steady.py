from tailback.core.steady import ClockWatch


def test_a_clock_that_goes_on_evenly_has_not_jumped() -> None:
    watch = ClockWatch()

    assert [watch.look(1_000.0 + 10 * n, 5.0 + 10 * n) for n in range(5)] == [None] * 5
    assert watch.look(87_460.0, 86_445.0) is None, "set right a little at a time over a day"


def test_a_jump_is_told_for_a_quarter_of_an_hour() -> None:
    watch = ClockWatch()
    watch.look(1_000.0, 0.0)

    assert watch.look(4_610.0, 10.0) == 3_600.0
    assert watch.look(5_500.0, 900.0) == 3_600.0
    assert watch.look(5_511.0, 911.0) is None


def test_the_newest_jump_counts_also_one_back() -> None:
    watch = ClockWatch()
    watch.look(1_000.0, 0.0)
    watch.look(1_060.0, 10.0)

    assert watch.look(1_020.0, 20.0) == -50.0
