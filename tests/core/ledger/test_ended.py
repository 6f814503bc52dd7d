"""What the ledger hands out of jobs that ended, each once."""

import pytest

from tailback.core.ledger import Ledger
from tailback.core.ledger.ended import EndedJob
from tailback.core.ledger.history import (
    COURSE,
    STAMPED,
    SUC,
    is_course,
    pack_course,
    unpack_courses,
)
from tests.core.ledger.feed import JOB, QUEUE, SOURCE, T0, boom, event, fed, feed


def ended(ledger):
    taken = ledger.take_ended()
    return [EndedJob(*row) for source, jobs in taken for row in ledger.ended(source, jobs)]


def test_a_plain_course_tells_when_where_and_by_whom():
    (job,) = ended(
        fed(
            event("enqueued", 0, tenant="acct"),
            event("started", 1, attempt=1, worker="w1", tenant="acct"),
            event("succeeded", 3, attempt=1, ran_for=2.0, tenant="acct"),
        )
    )

    assert (job.id, job.state, job.key) == ("job-1", "succeeded", (SOURCE, QUEUE, JOB))
    assert (job.tenant, job.worker, job.attempt, job.ran) == ("acct", "w1", 1, 2.0)
    assert (job.first_at, job.due_at, job.started_at, job.ended_at) == (T0, T0, T0 + 1, T0 + 3)
    assert job.steps is None


def test_a_job_that_failed_first_keeps_all_its_steps():
    ledger = fed(
        event("enqueued", 0),
        event("started", 1, attempt=1, worker="w1"),
        event("retrying", 2, attempt=1, due_at=10, error=boom()),
        event("started", 11, attempt=2, worker="w2"),
        event("succeeded", 12, attempt=2, ran_for=1.0),
    )

    (job,) = ended(ledger)

    assert (job.state, job.fails, job.worker) == ("succeeded", 1, "w2")
    assert ledger.error(job.first_error) == boom()
    assert [step.at - T0 for step in job.steps] == [0, 1, 2, 11, 12]
    assert job.steps[-1].code == SUC


def test_a_job_discarded_before_it_ran_has_no_worker_and_no_start():
    (job,) = ended(fed(event("enqueued", 0), event("discarded", 5)))

    assert (job.state, job.worker, job.started_at) == ("discarded", None, None)
    assert job.ended_at == T0 + 5


def test_a_dead_job_ends_when_it_is_acknowledged():
    ledger = fed(event("enqueued", 0), event("dead", 5, error=boom()))
    before = ended(ledger)

    ledger.acknowledge(SOURCE, ["job-1"])

    assert before == []
    assert [job.state for job in ended(ledger)] == ["dead"]


def test_every_end_is_handed_out_once_also_after_a_restart():
    ledger = fed(event("enqueued", 0), event("discarded", 5))
    once = ended(ledger)

    again = Ledger.restore(ledger.checkpoint())
    feed(again, event("enqueued", 6, "job-2"), event("discarded", 7, "job-2"))

    assert [job.id for job in once] == ["job-1"]
    assert ended(ledger) == []
    assert [job.id for job in ended(again)] == ["job-2"]


@pytest.mark.parametrize("flags", [COURSE, STAMPED])
def test_what_was_packed_as_a_course_comes_back(flags):
    course = (flags, 1, 3, 5, 4, 10.0, 11.0, 12.0, 0.5)
    packed = pack_course(*course)

    assert list(unpack_courses([packed, packed])) == [course, course]
    assert is_course(packed)
    assert not is_course(packed + packed)
    assert not is_course(b"x" * len(packed))
