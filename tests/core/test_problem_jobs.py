"""Poison jobs, and retries without a cap or without backoff."""

import pytest

from tailback.core.problem_jobs import RetryCourse, poison_cause, retry_advice

HEALTHY = {
    "losses": 0,
    "crashes": 0,
    "attempts": 1,
    "age_s": 60.0,
    "max_attempts": 5,
    "max_retry_age_s": 3600.0,
}


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, None),
        ({"losses": 2}, "lost"),
        ({"crashes": 2}, "lost"),
        ({"losses": 1, "crashes": 1}, "lost"),
        ({"losses": 1}, None),
        ({"attempts": 5}, None),
        ({"attempts": 6}, "attempts"),
        ({"attempts": 6, "max_attempts": None}, None),
        ({"age_s": 3601.0}, "retry_age"),
        ({"age_s": 3601.0, "attempts": 0}, None),
        ({"age_s": 3601.0, "max_retry_age_s": None}, None),
    ],
)
def test_a_job_is_poison_when_it_kills_workers_or_passes_a_limit(changes, cause):
    assert poison_cause(**{**HEALTHY, **changes}) == cause


def course(id_="j1", attempts=5, age_s=600.0, delays=(10.0, 20.0, 40.0, 80.0), bounded=False):
    return RetryCourse(id_, attempts, age_s, delays, bounded)


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ({}, []),
        ({"attempts": 15}, ["no_cap"]),
        ({"attempts": 15, "bounded": True}, []),
        ({"age_s": 90_000.0}, ["no_cap"]),
        ({"age_s": 90_000.0, "attempts": 2, "delays": ()}, []),
        ({"delays": (30.0, 30.0, 31.0, 30.0)}, ["no_backoff"]),
        ({"delays": (30.0, 30.0, 31.0)}, []),
        ({"delays": (600.0, 600.0, 600.0, 600.0)}, []),
        ({"delays": (0.0, 0.1, 0.0, 0.0)}, ["immediate"]),
        ({"attempts": 40, "delays": (0.0, 0.1, 0.0, 0.0)}, ["no_cap", "immediate"]),
    ],
)
def test_retries_without_a_cap_or_backoff_are_named(said, kinds):
    assert [advice.kind for advice in retry_advice([course(**said)])] == kinds


def test_the_job_that_tried_most_often_is_the_example():
    advice = retry_advice([course("a", 16, delays=()), course("b", 30), course("c", 20)])

    assert [(one.kind, one.id, one.attempts, one.delay_s) for one in advice] == [
        ("no_cap", "b", 30, 30.0)
    ]
