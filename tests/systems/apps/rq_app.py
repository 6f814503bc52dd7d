"""The application that RQ's contract test runs: one job, enqueued to order."""

import os
from datetime import timedelta

from redis import Redis
from rq import Queue, Retry
from rq.job import Job

from tailback.testing import work as ordered

CONNECTION = Redis.from_url(os.environ["RQ_URL"])


def send(plan, account=None):
    return ordered.perform(plan)


def enqueue(plan):
    queue = Queue(plan["queue"], connection=CONNECTION)
    retry = None
    if plan["retries"]:
        retry = Retry(max=plan["retries"], interval=int(plan["retry_delay_s"]))
    if plan["delay_s"] is not None:
        return queue.enqueue_in(timedelta(seconds=plan["delay_s"]), send, plan, retry=retry).id
    return queue.enqueue(send, plan, retry=retry).id


def outcome(job_id):
    result = Job.fetch(job_id, connection=CONNECTION).latest_result()
    if result is None:
        return None
    if result.type is result.Type.SUCCESSFUL:
        return ["value", result.return_value]
    return ["error", result.exc_string]
