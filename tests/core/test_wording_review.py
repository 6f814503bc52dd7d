"""What the weekly review says where there is little to say."""

from tailback.core import wording_init, wording_review
from tailback.core.review import FirstSignal, LaneWeeks, ReasonWeek, Week, review_lane


def test_what_showed_up_first_is_told_with_its_head_start() -> None:
    found = FirstSignal(what="retries", at=0.0, before_alert_s=300.0)
    rose = FirstSignal(what="age", at=0.0, before_alert_s=60.0)

    assert wording_review.signal(found) == "Retries rose first, 5 min before the alert"
    assert wording_review.signal(rose) == "The oldest age rose first, 1 min before the alert"
    assert wording_review.signal(None) == "Nothing showed up before the alert"


def test_an_incident_that_goes_on_has_no_length() -> None:
    assert wording_review.incident("Receipts", "Stuck", None) == "Receipts, not over yet: Stuck"
    assert wording_review.incident("Receipts", "Stuck", 600) == "Receipts, lasted 10 min: Stuck"


def test_lanes_without_proof_or_owner_are_named() -> None:
    assert wording_review.unproven(["A", "B"]) == "Alert not proven in 30 days: A, B"
    assert wording_review.without_owner(["A"]) == "Nobody is told of: A"


def test_a_written_file_says_what_comes_next() -> None:
    assert "with a lane for emails. Set TAILBACK_SOURCE_URL" in wording_init.done(
        "t.toml", "emails"
    )
    assert "without a lane" in wording_init.done("t.toml", None)
    assert wording_init.found(2) == "2 queues found:"
    assert wording_init.found(0) == "No queue found yet."


def test_dead_jobs_of_a_lane_are_counted() -> None:
    week = Week(ages=(None,) * 7, arrivals=0, retried=0)
    weeks = LaneWeeks(
        lane="l", name="Receipts", owner=None, promise_s=600.0, weeks=(week,), dead_now=2
    )

    assert wording_review.dead_note(review_lane(weeks, 0.0)) == "Receipts: 2 dead jobs"


def test_the_letter_has_a_title_above_its_points_and_none_without() -> None:
    reasons = [ReasonWeek(f"r{n}", f"Reason {n}", 9 - n, 1, ("L",)) for n in range(5)]

    text = wording_review.letter("All is well", [], [], reasons=reasons, advice=["Split it"])

    assert text.split("\n") == [
        "All is well.",
        "",
        "Why jobs failed",
        "• Reason 0: 9 times, 1 the week before",
        "• Reason 1: 8 times, 1 the week before",
        "• Reason 2: 7 times, 1 the week before",
        "",
        "What the numbers recommend",
        "• Split it",
    ]


def test_an_age_that_creeps_up_is_told_with_its_seconds() -> None:
    assert [wording_review.age(one) for one in (None, 59.0, 60.0, 95.0, 654.0, 7000.0)] == [
        "—", "59 s", "1 min", "1 min 35 s", "10 min", "1 h 56 min",
    ]  # fmt: skip


def test_several_lanes_are_assigned_as_several() -> None:
    assert wording_review.headline(3, 2, 0, 0).endswith("two weeks running: assign them today")


def test_what_came_with_the_alert_did_not_show_up_before_it() -> None:
    found = FirstSignal(what="age", at=0.0, before_alert_s=20.0)

    assert wording_review.signal(found) == "Nothing showed up before the alert"
