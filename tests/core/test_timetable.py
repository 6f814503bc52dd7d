"""What a hook tells of a schedule is read field by field, and every wrong one is named."""

import pytest

from tailback.core.timetable import Timetable
from tailback.core.wording_runs import runs_of

TOLD = {"name": "nightly", "queue": "reports", "job": "shop.report", "cron": "0 2 * * *"}


def test_what_was_told_is_read() -> None:
    found = Timetable.read({**TOLD, "zone": "Europe/Lisbon"}, "Celery beat")

    assert (found.name, found.queue, found.job) == ("nightly", "reports", "shop.report")
    assert (found.cron, found.zone, found.every_s) == ("0 2 * * *", "Europe/Lisbon", None)
    assert found.found_in == "Celery beat"


def test_an_interval_is_seconds_and_the_job_stands_for_a_missing_name() -> None:
    found = Timetable.read({"queue": "q", "job": "sync", "every_s": 90}, "RQ cron")

    assert (found.name, found.every_s) == ("sync", 90.0)
    assert runs_of(found) == "sync runs every 90 s, found in RQ cron"


def test_a_declared_schedule_begins_its_sentence() -> None:
    declared = Timetable(name="Report", queue="q", cron="0 2 * * *", words="at 02:00 every day")

    assert runs_of(declared) == "Runs at 02:00 every day"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"job": None}, "job and queue"),
        ({"queue": ""}, "job and queue"),
        ({"cron": 7}, "cron"),
        ({"name": "x" * 501}, "name"),
        ({"every_s": True}, "every_s"),
        ({"every_s": "60"}, "every_s"),
        ({"every_s": 0}, "every_s"),
        ({"every_s": float("nan")}, "every_s"),
        ({"every_s": 1e12}, "every_s"),
    ],
)
def test_a_wrong_field_is_named(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        Timetable.read({**TOLD, **wrong}, "Celery beat")
