"""Minutes and deltas add up."""

from tailback.core.rollups import COUNTS, Deltas, Minute, MinuteKey, PastMinute, ReasonMinuteKey

KEY = MinuteKey("shop", "emails", "send", 60)
REASON = ReasonMinuteKey("shop", "emails", "send", 60, "boom")


def minute(**said):
    one = Minute()
    for name, value in said.items():
        setattr(one, name, value)
    return one


def test_minutes_add_their_counts_and_merge_their_sketches():
    one, other = minute(arrivals=2, run_ms=500), minute(arrivals=3, dead=1)
    one.run.add(0.5)
    other.run.add(9.0)
    other.tenants.add(7)

    one.merge(other)

    assert (one.arrivals, one.dead, one.run_ms) == (5, 1, 500)
    assert (one.run.count, one.tenants.count) == (2, 1)


def test_the_greater_oldest_age_stands():
    one = minute()
    one.merge(minute(oldest_age_s=5.0))
    one.merge(minute(oldest_age_s=3.0))
    one.merge(minute())

    assert one.oldest_age_s == 5.0


def test_a_minute_can_be_made_from_its_counts():
    counts = tuple(range(len(COUNTS)))

    one = Minute.of(counts, 4.0)

    assert (one.counts, one.oldest_age_s) == (counts, 4.0)
    assert one == Minute.of(counts, 4.0)
    assert one != Minute.of(counts)
    assert one != counts
    assert repr(minute(arrivals=2)) == "Minute(arrivals=2)"


def test_deltas_add_up_by_minute_and_reason():
    deltas = Deltas({KEY: minute(arrivals=1)}, {REASON: 2})

    deltas.merge(Deltas({KEY: minute(arrivals=4)}, {REASON: 3}))
    deltas.merge(Deltas({KEY._replace(minute=120): minute(dead=1)}))

    assert deltas.minutes == {KEY: minute(arrivals=5), KEY._replace(minute=120): minute(dead=1)}
    assert deltas.reasons == {REASON: 5}
    assert deltas
    assert not Deltas()


def test_a_past_minute_keeps_the_greatest_ages():
    past, one = PastMinute(), minute(completed=2, oldest_age_s=9.0)
    one.age.add(5.0)
    one.age.add(50.0)

    past.add(one)
    past.add(minute(completed=1, oldest_age_s=1.0))
    past.add(past)

    assert past.completed == 6
    assert past.oldest_age_s == 9.0
    assert past.greatest_age == max(one.age)


def test_the_share_of_time_that_was_in_vain_is_known_once_an_attempt_ended():
    assert minute().failed_share is None
    assert minute(run_ms=400, failed_run_ms=100).failed_share == 0.25
