"""The application that Celery's contract test runs: one job to order, and some that end oddly."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from celery import Celery, chain, chord, group
from celery.exceptions import Ignore, MaxRetriesExceededError, Reject

from tailback.testing import work as ordered

app = Celery(
    "shop",
    broker=os.environ["CELERY_BROKER"],
    backend=os.environ.get("CELERY_BACKEND", f"file://{os.environ['CELERY_RESULTS']}"),
)
app.conf.update(
    task_acks_late=os.environ.get("CELERY_LATE") == "1",
    task_reject_on_worker_lost=os.environ.get("CELERY_REJECT") == "1",
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=int(os.environ.get("CELERY_PREFETCH", "1")),
    result_extended=False,
    broker_transport_options={"visibility_timeout": 3600},
    worker_max_tasks_per_child=int(os.environ.get("CELERY_CHILD_TASKS", "0")) or None,
    task_protocol=int(os.environ.get("CELERY_PROTOCOL", "2")),
)
if queue := os.environ.get("CELERY_BEAT_QUEUE"):
    tick = {"task": "shop.add", "schedule": 2.0, "options": {"queue": queue}}
    app.conf.beat_schedule = {"tick": tick}
if os.environ.get("CELERY_QUORUM") == "1":
    app.conf.task_default_queue_type = "quorum"
    app.conf.task_default_exchange_type = "topic"


@app.task(name="shop.send", bind=True)
def send(self, plan, account=None):
    try:
        return ordered.perform(plan)
    except Exception as error:
        if not plan["retries"]:
            raise
        raise self.retry(
            exc=error, countdown=plan["retry_delay_s"], max_retries=plan["retries"]
        ) from error


@app.task(name="shop.auto", autoretry_for=(ValueError,), max_retries=10_000, default_retry_delay=1)
def auto(plan):
    return ordered.perform(plan)


@app.task(name="shop.add")
def add(*numbers):
    return sum(n if isinstance(n, int) else sum(n) for n in numbers)


@app.task(name="shop.sleep")
def sleep(seconds):
    time.sleep(seconds)


@app.task(name="shop.kill")
def kill(folder):
    with Path(folder, "kills").open("a") as marks:
        marks.write(".")
    os.kill(os.getpid(), 9)


@app.task(name="shop.ignore")
def ignore():
    raise Ignore


@app.task(name="shop.reject")
def reject():
    raise Reject(ValueError("no such customer"), requeue=False)


@app.task(name="shop.ask_again", bind=True)
def ask_again(self):
    if not self.request.retries:
        raise self.retry(eta=datetime.now(UTC) + timedelta(seconds=1))


class UnpicklableError(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.kept = lambda: text


@app.task(name="shop.odd")
def odd():
    raise UnpicklableError("no pickle can hold this")


@app.task(name="shop.fan_out")
def fan_out(count):
    return [add.apply_async((n,), queue="emails").id for n in range(count)]


@app.task(name="shop.replaced", bind=True)
def replaced(self):
    raise self.replace(add.s(1, 2).set(queue="emails"))


def warm():
    """Load what Celery loads late and connect, so that the first enqueue is as quick as the others."""
    app.finalize()
    with app.producer_or_acquire() as producer:
        producer.connection.ensure_connection(max_retries=3)
        assert producer.channel


def enqueue(plan):
    return send.apply_async((plan,), queue=plan["queue"], countdown=plan["delay_s"]).id


def enqueue_auto(plan):
    return auto.apply_async((plan,), queue=plan["queue"]).id


def call(name, args=(), options=None):
    return app.send_task(name, args, queue="emails", **(options or {})).id


def call_in(queue, name, args=(), options=None):
    return app.send_task(name, args, queue=queue, **(options or {})).id


def enqueue_slow_chain(first, second):
    steps = [sleep.si(3).set(queue=first), sleep.si(600).set(queue=second)]
    last = chain(*steps).apply_async()
    return [last.id, last.parent.id]


def enqueue_slow_chord(header, body):
    result = chord([sleep.si(n).set(queue=header) for n in (0, 3)], sleep.si(600).set(queue=body))
    told = result.apply_async()
    return [told.id, *(child.id for child in told.parent.results)]


def call_for(account, name, args=()):
    import tailback

    with tailback.tenant(account):
        return call(name, args)


def enqueue_chain():
    steps = [add.s(n).set(queue=queue) for n, queue in enumerate(["emails", "emails", "exports"])]
    last = chain(*steps).apply_async()
    return [last.parent.parent.id, last.parent.id, last.id]


def enqueue_chord():
    body = add.s().set(queue="emails")
    result = chord(group(add.s(n).set(queue="emails") for n in (1, 2)), body).apply_async()
    return [result.id, *(child.id for child in result.parent.results)]


def enqueue_eager():
    return add.apply(args=(1, 2)).id


def revoke(job_id, terminate=False):
    app.control.revoke(job_id, terminate=terminate, signal="SIGKILL")


def outcome(job_id):
    result = app.AsyncResult(job_id)
    if result.state == "SUCCESS":
        return ["value", result.result]
    if result.state == "FAILURE":
        return ["error", str(result.result)]
    return None


@app.task(name="shop.differently", bind=True, max_retries=2)
def differently(self):
    errors = [LookupError("no receipt template"), ConnectionError("refused"), ValueError("odd")]
    raise self.retry(exc=errors[self.request.retries], countdown=0)


@app.task(name="shop.give_up", bind=True)
def give_up(self):
    try:
        raise ValueError("the order has no customer")
    except ValueError as error:
        if self.request.retries:
            raise MaxRetriesExceededError("gave up after 2 attempts") from error
        raise self.retry(exc=error, countdown=0) from error


@app.task(name="shop.hide", bind=True)
def hide(self):
    try:
        raise ConnectionRefusedError(111, "Connection refused")
    except OSError:
        raise self.retry(exc=RuntimeError("could not send receipt"), countdown=600)  # noqa: B904


@app.task(name="shop.ask")
def ask(url):
    httpx.get(url, trust_env=False).raise_for_status()


@app.task(name="shop.forever", bind=True, max_retries=None)
def forever(self):
    again = self.request.retries < 16
    raise self.retry(exc=ConnectionError("refused"), countdown=0 if again else 3600)
