"""What is said when a source cannot be asked: where, why, and the remedy."""

import pytest

from tailback.core import wording_celery, wording_huey, wording_redis, wording_sql

PLACE = "redis://cache:6379/0"


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (wording_celery.bad_option("queues", "a list"), ["option queues", "is not a list"]),
        (wording_celery.bad_scheme("sqs://x"), ["'sqs://x'", "redis://", "amqps://"]),
        (wording_celery.management_refused(PLACE, 401), ["HTTP 401", "set_user_tags USER"]),
        (wording_celery.management_unreachable(PLACE, "refused"), ["refused", "management_url"]),
        (wording_celery.management_odd(PLACE, 404), ["HTTP 404", "`management_url`"]),
        (wording_redis.unreachable(PLACE, "timed out"), [PLACE, "timed out", "may connect"]),
        (wording_redis.refused(PLACE, "NOPERM"), [PLACE, "NOPERM", "+@read"]),
        (wording_redis.bad_url("redis:/x", "no host"), ["'redis:/x'", "no host", "rediss://"]),
        (wording_huey.no_time_zone("Mars"), ['no time zone "Mars"', "Europe/Lisbon"]),
        (
            wording_huey.unreadable("/h.db", "locked"),
            ["/h.db cannot be read: locked", "sqlite:///"],
        ),
    ],
)
def test_a_source_that_cannot_be_asked_is_named_with_the_remedy(
    said: str, parts: list[str]
) -> None:
    for part in parts:
        assert part in said


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (wording_sql.more_than(1_000, "jobs"), "more than 1,000 jobs; counting stops there"),
        (
            wording_sql.unserved("dead jobs", "CREATE INDEX i"),
            "dead jobs are not counted, because no index serves it; create one: CREATE INDEX i",
        ),
        (
            wording_sql.slow_without_index(1_234_567.8, "CREATE INDEX i"),
            (
                "every look reads all 1,234,568 rows, because no index serves it; create one: "
                "CREATE INDEX i"
            ),
        ),
        (wording_sql.without_created(1), "1 job without a created time cannot have an age"),
        (
            wording_sql.in_the_future(7_200),
            "the oldest job was created 2 h in the future: check time_zone and the clocks",
        ),
        (wording_sql.one_queue("outbox"), 'this source has one queue, "outbox"'),
        (wording_sql.late_accounts(3, at_least=True), "unfinished jobs of at least 3 accounts"),
        (wording_sql.late_accounts(1, at_least=False), "unfinished jobs of 1 account"),
        (
            wording_sql.last_errors([("timeout", 2), ("no card", 1)]),
            "timeout (2 jobs); no card (1 job)",
        ),
    ],
)
def test_what_a_table_cannot_tell_is_said_in_numbers(said: str, text: str) -> None:
    assert said == text
