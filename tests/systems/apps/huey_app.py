"""The application that Huey's contract test runs: one job, enqueued to order."""

import os

from huey import PriorityRedisHuey, RedisHuey, SqliteHuey
from huey.exceptions import TaskException

from tailback.testing import work as ordered

STORAGE, WHERE = os.environ["HUEY_STORAGE"], os.environ["HUEY_WHERE"]


def make(name):
    if STORAGE == "sqlite":
        return SqliteHuey(name, filename=WHERE)
    return {"redis": RedisHuey, "priority": PriorityRedisHuey}[STORAGE](name, url=WHERE)


def register(huey):
    def task_with(retries):
        def send(plan, account=None):
            return ordered.perform(plan)

        name = f"send_{retries}" if retries else "send"
        return huey.task(retries=retries, name=name)(send)

    return {retries: task_with(retries) for retries in (0, 1, 2, 3, 10_000)}


emails, exports = make("emails"), make("exports")
TASKS = {huey.name: register(huey) for huey in (emails, exports)}


def enqueue(plan):
    wrapper = TASKS[plan["queue"]][plan["retries"]]
    delay = plan["delay_s"]
    if delay is not None:
        return wrapper.schedule((plan,), delay=delay).id
    task = wrapper.s(plan)
    task.retry_delay = plan["retry_delay_s"]
    return wrapper.huey.enqueue(task).id


def outcome(job_id):
    for huey in (emails, exports):
        try:
            value = huey.result(job_id, preserve=True)
        except TaskException as error:
            return ["error", f"{error.metadata['error']}\n{error.metadata['traceback']}"]
        if value is not None:
            return ["value", value]
    return None
