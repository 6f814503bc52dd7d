import pytest

from tailback.agent.marks import (
    DEPLOYS,
    MAX_ENTRIES,
    OUTCOMES,
    SCHEDULES,
    Marks,
    deploy_mark,
    outcome_mark,
    schedule_mark,
)


def test_a_deploy_names_its_service_only_when_it_has_one() -> None:
    assert deploy_mark("4f2c", None, 5.0) == (DEPLOYS, {"release": "4f2c", "at": 5.0})
    assert deploy_mark("4f2c", "web", 5.0)[1]["service"] == "web"


def test_steps_of_one_counter_within_a_minute_are_summed_and_nothing_else() -> None:
    marks = Marks()
    for mark in (
        outcome_mark("paid", 1, 60.0),
        deploy_mark("a", None, 61.0),
        outcome_mark("paid", 2, 119.0),
        outcome_mark("paid", 4, 120.0),
        outcome_mark("signed", 8, 61.0),
        deploy_mark("a", None, 62.0),
    ):
        marks.add(mark)
    assert marks

    taken = marks.take()

    assert [(path, body.get("name"), body.get("count")) for path, body in taken] == [
        (OUTCOMES, "paid", 3),
        (DEPLOYS, None, None),
        (OUTCOMES, "paid", 4),
        (OUTCOMES, "signed", 8),
        (DEPLOYS, None, None),
    ]
    assert not marks


def test_marks_put_back_come_first_again() -> None:
    marks = Marks()
    marks.add(deploy_mark("c", None, 3.0))
    marks.put_back([deploy_mark("a", None, 1.0), deploy_mark("b", None, 2.0)])

    assert [body["release"] for _, body in marks.take()] == ["a", "b", "c"]


def test_at_most_ten_thousand_marks_wait() -> None:
    marks = Marks()
    for number in range(10_010):
        marks.add(deploy_mark(str(number), None, 1.0))

    taken = marks.take()

    assert len(taken) == 10_000
    assert taken[0][1]["release"] == "10"


def test_no_marks_are_no_requests() -> None:
    assert Marks().take() == []
    with pytest.raises(AttributeError):
        Marks().other = 1  # type: ignore[attr-defined]


def test_of_a_schedule_only_the_latest_is_sent_and_not_without_a_bound() -> None:
    marks = Marks()
    entries = ({"name": str(number)} for number in range(1_000))
    for mark in (
        schedule_mark("Celery beat", "a", []),
        schedule_mark("Celery beat", "b", []),
        schedule_mark("Celery beat", "a", entries),
    ):
        marks.add(mark)

    taken = marks.take()

    assert [(path, body["scheduler"]) for path, body in taken] == [
        (SCHEDULES, "b"),
        (SCHEDULES, "a"),
    ]
    assert len(taken[1][1]["entries"]) == MAX_ENTRIES


def test_a_part_of_a_schedule_is_told_as_a_part() -> None:
    assert schedule_mark("Celery beat", "a", [], partial=True)[1]["partial"] is True
    assert "partial" not in schedule_mark("Celery beat", "a", [])[1]
