"""More ways to use Huey, called by name from tests; the worker of these tests imports `emails`."""

import os
import time
from datetime import datetime

from huey import chord, crontab
from huey.exceptions import CancelExecution, RetryTask

from tests.systems.apps import huey_app

emails = huey_app.emails


@emails.task()
def fine(*_):
    return "fine"


@emails.task(retries=1, retry_delay=3600)
def fail():
    raise ValueError("no")


@emails.task()
def for_account(amount, account):
    return amount, account


@emails.task()
def ask_again():
    if not emails.put_if_empty("asked", 1):
        return "done"
    raise RetryTask(delay=1)


@emails.task(retries=1)
def cancel(retry):
    raise CancelExecution(retry=retry)


@emails.task(retries=2)
def never_again():
    return "not called"


@emails.pre_execute()
def veto(task):
    if task.name == "never_again":
        raise CancelExecution


@emails.task()
def locked():
    with emails.lock_task("taken"):
        return "not called"


@emails.task(timeout=1)
def slow():
    time.sleep(30)


@emails.task()
def patient():
    time.sleep(60)


@emails.periodic_task(crontab(minute="*"))
def every_minute():
    return "tick"


if os.environ.get("HUEY_KNOWS_MORE"):

    @emails.task()
    def known_to_the_producer_only():
        return "not called"


def call(name, *args):
    return globals()[name](*args).id


def revoked():
    task = fine.s()
    emails.revoke(task)
    return emails.enqueue(task).id


def expired():
    task = fine.s()
    task.expires = datetime(2020, 1, 1)
    return emails.enqueue(task).id


def held_lock():
    emails.put_if_empty("emails.lock.taken", 1)
    return locked().id


def pipeline():
    first = fine.s().then(fine).then(fine)
    return [result.id for result in emails.enqueue(first)]


def joined():
    parts, callback = [fine.s(), fine.s()], fine.s()
    emails.enqueue(chord(parts, callback))
    return [callback.id, *(part.id for part in parts)]


def delayed():
    return fine.schedule(delay=1).id
