"""More ways to use RQ, called by name from tests: `python -m tests.systems.apps.rq_more` is never run."""

import os
import time
from datetime import timedelta
from pathlib import Path

from rq import Queue, Repeat, Retry, get_current_job
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.worker import Worker

from tests.systems.apps import rq_app

QUEUE = Queue("emails", connection=rq_app.CONNECTION)


class Impatient(Worker):
    """Looks after its horse every second."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "job_monitoring_interval": 1})


def fine():
    return "fine"


def for_account(amount, account):
    return amount, account


def die():
    os.kill(os.getpid(), 9)


def sleep_long():
    time.sleep(60)


def ask_again():
    return Retry(max=1)


def fan_out():
    QUEUE.enqueue(fine, description="child")


def fail():
    raise ValueError("no")


def simple(name):
    return QUEUE.enqueue(f"{__name__}.{name}").id


def ordered(plan):
    return rq_app.enqueue(plan)


def limited(name):
    return QUEUE.enqueue(f"{__name__}.{name}", job_timeout=1).id


def retried(name):
    return QUEUE.enqueue(f"{__name__}.{name}", retry=Retry(max=1)).id


def chain():
    first = QUEUE.enqueue(fine)
    second = QUEUE.enqueue(fine, depends_on=first)
    third = QUEUE.enqueue(fine, depends_on=second)
    return [first.id, second.id, third.id]


def canceled():
    job = QUEUE.enqueue(fine)
    job.cancel()
    return job.id


def deleted():
    job = QUEUE.enqueue(fine)
    job.delete()
    return job.id


def repeated():
    return QUEUE.enqueue(fine, repeat=Repeat(times=1, interval=3600)).id


def paying(account):
    return QUEUE.enqueue(for_account, 5, account).id


def many():
    datas = [Queue.prepare_data(fine) for _ in range(3)]
    return [job.id for job in QUEUE.enqueue_many(datas)]


def delayed_failing():
    return QUEUE.enqueue_in(timedelta(seconds=2), fail, retry=Retry(max=1, interval=3600)).id


def requeue(job_id):
    Job.fetch(job_id, connection=rq_app.CONNECTION).requeue()


def clean():
    """Do what a worker's maintenance does, a while later."""
    StartedJobRegistry("emails", connection=rq_app.CONNECTION).cleanup(time.time() + 3600)


def fail_twice(folder):
    marks = Path(folder, "attempts")
    with marks.open("a") as file:
        file.write(".")
    if len(marks.read_text()) == 1:
        raise LookupError("no receipt template")
    raise ValueError("odd")


def failing_differently(folder):
    return QUEUE.enqueue(fail_twice, folder, retry=Retry(max=1)).id


def render(folder):
    """Fail until somebody has put the template there."""
    if not Path(folder, "receipt.html").exists():
        raise LookupError("no receipt template")


def receipts(folder, count):
    """Enqueue jobs that fail until a fix, and two that fail whatever is done."""
    lost = [Queue.prepare_data(render, [folder]) for _ in range(count)]
    QUEUE.enqueue_many([*lost, *(Queue.prepare_data(fail) for _ in range(2))])
    return count + 2


def note(folder):
    """Write down that this job ran, and fail."""
    with Path(folder, "runs").open("a") as file:
        file.write(f"{get_current_job().id}\n")
    raise ValueError("no")


def noted(folder, count):
    return [QUEUE.enqueue(note, folder).id for _ in range(count)]
