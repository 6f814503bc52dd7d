"""What every rollup store must do: deltas and offset together, sums equal to counting by hand."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from tailback.core.rollups import COUNTS, Deltas, Minute, MinuteKey, ReasonMinuteKey, SliceKey
from tailback.core.sketch import name_hash
from tailback.store.base import Point
from tailback.store.store import Store
from tailback.testing.store_rig import HOSTILE_TEXTS, StoreRig

HOUR_S = 3600
DAY_S = 86_400
NOW = 1_793_476_800
"""A full hour, so that windows of the tests begin where hours begin."""


def some_deltas(rng: random.Random, first: int, last: int, size: int = 200) -> Deltas:
    """Make deltas of minutes between two times, over a few slices and reasons."""
    deltas = Deltas()
    for _ in range(size):
        at = rng.randrange(first, last, 60)
        slice_ = SliceKey(
            rng.choice(("shop", "bill")), rng.choice(("mail", "exports")), rng.choice("abc")
        )
        deltas.minutes.setdefault(MinuteKey(*slice_, at), Minute()).merge(some_minute(rng))
        reason = ReasonMinuteKey(*slice_, at, rng.choice(("rate limit", "template")))
        deltas.reasons[reason] = deltas.reasons.get(reason, 0) + rng.randint(1, 5)
    return deltas


def some_minute(rng: random.Random) -> Minute:
    minute = Minute.of(
        [rng.randint(0, 50) for _ in COUNTS], rng.choice((None, rng.uniform(0, 900)))
    )
    for sketch in (minute.run, minute.ready_wait, minute.age):
        for _ in range(rng.randint(0, 4)):
            sketch.add(rng.uniform(0.001, 100.0))
    for _ in range(rng.randint(0, 4)):
        minute.tenants.add(name_hash(f"acct_{rng.randint(0, 30)}"))
    return minute


def by_hand(
    deltas: Iterable[Deltas], wanted: SliceKey | tuple[str, str], from_: int, to: int, step_s: int
) -> list[Point]:
    """Sum a queue or one slice the slow way."""
    sums: dict[int, Minute] = {}
    for part in deltas:
        for key, minute in part.minutes.items():
            if key[: len(wanted)] == tuple(wanted) and from_ <= key.minute < to:
                sums.setdefault(from_ + (key.minute - from_) // step_s * step_s, Minute()).merge(
                    minute
                )
    return [Point(at, sums[at]) for at in sorted(sums)]


def bare(points: Iterable[Point]) -> list[Point]:
    """Leave the sketches out, as the reads of counts do."""
    return [
        Point(point.at, Minute.of(point.minute.counts, point.minute.oldest_age_s))
        for point in points
    ]


class RollupContract(StoreRig):
    """Rollups per minute, hour and reason."""

    def fill(self, store: Store, *, days: int = 2, parts: int = 4) -> list[Deltas]:
        """Commit random deltas of the last days, with one log offset each."""
        rng = random.Random(7)
        made = [some_deltas(rng, NOW - days * DAY_S, NOW) for _ in range(parts)]
        for upto, deltas in enumerate(made, 1):
            store.rollups.commit(upto, deltas)
        return made

    def test_a_new_store_has_counted_nothing(self, place: Path) -> None:
        with self.opened(place) as store:
            assert store.rollups.committed_upto() == 0
            assert store.rollups.slices() == []
            assert store.rollups.series("shop", "mail", None, from_=0, to=NOW, step_s=60) == []
            assert store.rollups.reasons(until=NOW) == []

    @pytest.mark.parametrize("step_s", [60, 300, HOUR_S, DAY_S])
    def test_series_equal_counting_by_hand(self, place: Path, step_s: int) -> None:
        with self.opened(place) as store:
            made = self.fill(store)
        from_, to = NOW - DAY_S - 120, NOW - 600

        with self.opened(place) as store:
            queue = store.rollups.series("shop", "mail", None, from_=from_, to=to, step_s=step_s)
            slice_ = store.rollups.series("shop", "mail", ["b"], from_=from_, to=to, step_s=step_s)
            none = store.rollups.series("shop", "mail", [], from_=from_, to=to, step_s=step_s)

        assert queue == by_hand(made, ("shop", "mail"), from_, to, step_s)
        assert slice_ == by_hand(made, SliceKey("shop", "mail", "b"), from_, to, step_s)
        assert none == []

    def test_the_same_hour_of_past_days_equals_counting_by_hand(self, place: Path) -> None:
        windows = [(NOW - day * DAY_S, NOW - day * DAY_S + HOUR_S) for day in (2, 1)]
        with self.opened(place) as store:
            made = self.fill(store)
            found = store.rollups.counts("shop", "mail", ["a", "c"], windows=windows, step_s=60)

        by_slices = [
            point
            for from_, to in windows
            for job in "ac"
            for point in by_hand(made, SliceKey("shop", "mail", job), from_, to, 60)
        ]
        assert sum(point.minute.arrivals for point in found) == sum(
            p.minute.arrivals for p in by_slices
        )
        assert {point.at for point in found} == {point.at for point in by_slices}
        both = store_sum(by_slices)
        assert {point.at: point.minute.oldest_age_s for point in found} == {
            at: m.oldest_age_s for at, m in both.items()
        }

    def test_the_overview_sums_every_slice(self, place: Path) -> None:
        with self.opened(place) as store:
            made = self.fill(store)
            found = store.rollups.overview(from_=NOW - HOUR_S * 6, to=NOW)

        for slice_, minute in found.items():
            expected = bare(by_hand(made, slice_, NOW - HOUR_S * 6, NOW, HOUR_S * 6))
            assert [minute] == [point.minute for point in expected]
        assert sum(m.completed for m in found.values()) == sum(
            minute.completed
            for part in made
            for key, minute in part.minutes.items()
            if key.minute >= NOW - HOUR_S * 6
        )

    def test_reasons_are_counted_in_four_windows(self, place: Path) -> None:
        ages_s = {60: 1, 2 * HOUR_S: 10, 20 * HOUR_S: 100, 6 * DAY_S: 1000, 8 * DAY_S: 10_000}
        deltas = Deltas(
            reasons={
                ReasonMinuteKey("s", "q", "j", NOW - age, "r"): n for age, n in ages_s.items()
            }
        )
        with self.opened(place) as store:
            store.rollups.commit(1, deltas)
            (found,) = store.rollups.reasons(until=NOW)
            (of_lane,) = store.rollups.reasons_of("s", "q", ["j"], until=NOW)

            assert found == of_lane
            assert (found.last_1h, found.last_3h, found.last_24h, found.last_7d) == (
                1,
                11,
                111,
                1111,
            )
            assert store.rollups.reasons_of("s", "q", ["other"], until=NOW) == []
            assert store.rollups.reasons(until=NOW + 30 * DAY_S) == []

    def test_the_series_of_one_reason_leaves_the_others_out(self, place: Path) -> None:
        with self.opened(place) as store:
            made = self.fill(store)
            found = dict(
                store.rollups.reason_series(
                    "shop", "mail", None, "template", from_=NOW - DAY_S, to=NOW, step_s=HOUR_S
                )
            )

        expected: dict[int, int] = {}
        for key, count in ((key, count) for part in made for key, count in part.reasons.items()):
            if (
                key[:2] == ("shop", "mail")
                and key.reason == "template"
                and key.minute >= NOW - DAY_S
            ):
                hour = key.minute // HOUR_S * HOUR_S
                expected[hour] = expected.get(hour, 0) + count
        assert found == expected

    def test_deltas_and_offset_are_committed_together(self, place: Path) -> None:
        with self.opened(place) as store:
            self.fill(store, parts=2)
            before = store.rollups.series("shop", "mail", None, from_=0, to=NOW, step_s=DAY_S)
            unstorable = Deltas(
                minutes={
                    MinuteKey("shop", "mail", "a", NOW - 60): Minute.of([1] * len(COUNTS)),
                    MinuteKey("shop", "mail", "b", NOW - 60): Minute.of([2**80] * len(COUNTS)),
                }
            )
            with pytest.raises(Exception):  # noqa: B017 - each engine has its own word for "too large"
                store.rollups.commit(3, unstorable)

        with self.opened(place) as store:
            assert store.rollups.committed_upto() == 2
            assert (
                store.rollups.series("shop", "mail", None, from_=0, to=NOW, step_s=DAY_S) == before
            )

    def test_what_is_counted_is_never_counted_again(self, place: Path) -> None:
        with self.opened(place) as store:
            (first,) = self.fill(store, parts=1)
            for upto in (0, 1):
                with pytest.raises(ValueError, match="counted already"):
                    store.rollups.commit(upto, first)

            assert store.rollups.committed_upto() == 1
            found = store.rollups.series("shop", "mail", None, from_=0, to=NOW, step_s=DAY_S)
            assert sum(point.minute.arrivals for point in found) == sum(
                minute.arrivals
                for key, minute in first.minutes.items()
                if key[:2] == ("shop", "mail")
            )

    def test_ages_are_kept_while_the_log_stands_still(self, place: Path) -> None:
        key = MinuteKey("shop", "mail", "a", NOW)
        with self.opened(place) as store:
            for age in (30.0, 90.0, 60.0):
                store.rollups.commit(0, Deltas(minutes={key: Minute.of([0] * len(COUNTS), age)}))
            (found,) = store.rollups.series(
                "shop", "mail", None, from_=NOW, to=NOW + 60, step_s=60
            )

            assert found.minute.oldest_age_s == 90.0

    def test_an_offset_without_deltas_moves_the_mark(self, place: Path) -> None:
        with self.opened(place) as store:
            store.rollups.commit(5, Deltas())
            assert store.rollups.committed_upto() == 5

    def test_a_late_correction_takes_back(self, place: Path) -> None:
        key = MinuteKey("shop", "mail", "a", NOW)
        first, correction = Minute.of([5] * len(COUNTS)), Minute.of([-2] * len(COUNTS))
        first.run.add(3.0, 5)
        correction.run.add(3.0, -5)
        with self.opened(place) as store:
            store.rollups.commit(1, Deltas(minutes={key: first}))
            store.rollups.commit(2, Deltas(minutes={key: correction}))
            (found,) = store.rollups.series(
                "shop", "mail", None, from_=NOW, to=NOW + 60, step_s=60
            )

            assert found.minute == Minute.of([3] * len(COUNTS))

    def test_hostile_names_stay_apart(self, place: Path) -> None:
        deltas = Deltas()
        for number, text in enumerate(HOSTILE_TEXTS):
            deltas.minutes[MinuteKey(text, text, text, NOW)] = Minute.of([number] * len(COUNTS))
            deltas.reasons[ReasonMinuteKey(text, text, text, NOW, text)] = number + 1
        with self.opened(place) as store:
            store.rollups.commit(1, deltas)
            for number, text in enumerate(HOSTILE_TEXTS):
                (point,) = store.rollups.series(
                    text, text, [text], from_=NOW, to=NOW + 60, step_s=60
                )
                assert point.minute.arrivals == number
                (reason,) = store.rollups.reasons_of(text, text, [text], until=NOW + 60)
                assert (reason.reason, reason.last_1h) == (text, number + 1)

    def test_folding_minutes_into_hours_keeps_every_total(self, place: Path) -> None:
        with self.opened(place) as store:
            made = self.fill(store)
            later = NOW + 15 * DAY_S
            while store.prune(later):
                pass

            assert store.rollups.overview(from_=0, to=later) == {}
            for queue in ("mail", "exports"):
                from_ = NOW - 2 * DAY_S
                found = store.rollups.series(
                    "bill", queue, None, from_=from_, to=NOW, step_s=HOUR_S
                )
                assert found == by_hand(made, ("bill", queue), from_, NOW, HOUR_S)
                counts = store.rollups.counts(
                    "bill", queue, None, windows=[(from_, NOW)], step_s=HOUR_S
                )
                assert counts == bare(found)

    def test_a_late_delta_of_a_folded_minute_still_counts(self, place: Path) -> None:
        key = MinuteKey("shop", "mail", "a", NOW)
        with self.opened(place) as store:
            for upto in (1, 2):
                store.rollups.commit(upto, Deltas(minutes={key: Minute.of([1] * len(COUNTS))}))
                while store.prune(NOW + 15 * DAY_S):
                    pass
            (found,) = store.rollups.series(
                "shop", "mail", None, from_=NOW, to=NOW + HOUR_S, step_s=HOUR_S
            )

            assert found.minute.arrivals == 2

    def test_hours_are_forgotten_after_400_days(self, place: Path) -> None:
        with self.opened(place) as store:
            self.fill(store)
            while store.prune(NOW + 399 * DAY_S):
                pass
            assert store.rollups.series("shop", "mail", None, from_=0, to=NOW, step_s=DAY_S) != []
            while store.prune(NOW + 402 * DAY_S):
                pass
            assert store.rollups.series("shop", "mail", None, from_=0, to=NOW, step_s=DAY_S) == []


def store_sum(points: Iterable[Point]) -> dict[int, Minute]:
    """Add up points of the same time."""
    sums: dict[int, Minute] = {}
    for point in points:
        sums.setdefault(point.at, Minute()).merge(point.minute)
    return sums
