"""Celery 5 on Redis and on RabbitMQ; prefork, threads, gevent and solo pools."""

from collections.abc import Mapping
from dataclasses import replace

from tailback.core.system import Capabilities, System

REDIS = Capabilities(
    probe_waiting=True,
    # Celery writes no time into a message. Without the stamp of our hook an age is "at least
    # since the probe first saw it", which is no promise.
    probe_age=False,
    probe_age_across_retries=False,
    # A job leaves Redis when the pool accepts it, unless the task is `acks_late`.
    probe_running=False,
    probe_retrying=True,
    probe_scheduled=True,
    probe_discovers=True,
    hook_enqueue=True,
    hook_start=True,
    hook_result=True,
    hook_error=True,
    keeps_first_enqueue=False,
    # `acks_late` jobs come back, but they are the exception; a start revives what counted as lost.
    loses_running_on_kill=True,
    redelivers_lost=False,
    time_precision_s=1.0,
    # A dead job cannot be retried: its arguments are in no broker any more, and are not sent here.
    actions={
        "revoke": ("waiting", "scheduled", "retrying", "running", "failed"),
        "discard": ("waiting",),
    },
    notes=("age-needs-the-hook-in-producers", "running-jobs-are-in-no-broker"),
)
"""What holds on Redis."""

REDIS_STAMPED = replace(REDIS, probe_age=True, probe_age_across_retries=True)
"""What holds on Redis once whoever enqueues has the hook: every message carries its first due."""

RABBITMQ = replace(
    REDIS,
    # What a worker has taken (ETA, retry wait, prefetched) is counted by RabbitMQ but readable
    # by nobody: neither retries nor scheduled jobs can be told apart.
    probe_retrying=False,
    probe_scheduled=False,
    probe_workers=True,
    # One message of a queue cannot be taken out of RabbitMQ.
    actions={"revoke": REDIS.actions["revoke"]},
    notes=("unacknowledged-jobs-are-unreadable", *REDIS.notes),
)
"""What holds on RabbitMQ with its management plugin."""

RABBITMQ_STAMPED = replace(RABBITMQ, probe_age=True)
"""… and once whoever enqueues has the hook: the first ready message of a classic queue tells."""

SYSTEM = System(
    name="celery",
    title="Celery",
    library="celery",
    url_schemes=("redis", "rediss", "unix", "redis+socket", "amqp", "amqps", "pyamqp"),
    capabilities=REDIS,
    elsewhere=dict.fromkeys(("amqp", "amqps", "pyamqp"), RABBITMQ),
)

OPTIONS: Mapping[str, str] = {
    "queues": "queues to watch besides those found in the broker",
    "priority_steps": "Redis: `priority_steps` of the workers; [0, 3, 6, 9] unless said",
    "sep": "Redis: `sep` of the workers, between a queue's name and its priority",
    "global_keyprefix": "Redis: `global_keyprefix` of the workers",
    "unacked_key": 'Redis: `unacked_key` of the workers; "unacked" unless said',
    "unacked_index_key": 'Redis: `unacked_index_key` of the workers; "unacked_index" unless said',
    "management_url": "RabbitMQ: its management API; http://<the same host>:15672 unless said",
}
