"""Celery as the contract sees it: on our own Redis or RabbitMQ, with real workers."""

import json
import urllib.parse
import urllib.request
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import amqp
from redis import Redis

from tailback.core.system import Capabilities, Probe
from tailback.systems import celery, load
from tailback.systems.celery.probe import open_probe
from tailback.testing.processes import Producer
from tailback.testing.redis_guard import Traffic, read_only_url, watch_redis
from tailback.testing.systems import Enqueued, ProcessRig, Work
from tailback.testing.waiting import eventually

APP = "tests.systems.apps.celery_app"


class CeleryRig(ProcessRig):
    """What both brokers share. `stamped`: whoever enqueues has the hook, workers as asked."""

    stamped = False
    able: Capabilities = celery.REDIS

    def __init__(
        self, broker: str, folder: Path, *, pool: str = "prefork", slots: int = 1
    ) -> None:
        results = folder / "results"
        results.mkdir()
        environment = {"CELERY_BROKER": broker, "CELERY_RESULTS": str(results)}
        system = replace(load("celery"), capabilities=self.able)
        super().__init__(system, APP, environment, folder)
        self.broker = broker
        self.pool = pool
        self.slots = slots

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        name = f"w{uuid.uuid4().hex[:6]}@%h"
        options = ["-P", self.pool, "-c", str(self.slots), "-n", name, "--loglevel", "INFO"]
        return ["celery", "-A", APP, "worker", *options, "-Q", ",".join(queues)]

    def enqueue(self, work: Work, *, hook: bool = False) -> Enqueued:
        return super().enqueue(work, hook=hook or self.stamped)

    def _producer(self, *, hook: bool) -> Producer:
        known = hook in self._producers
        producer = super()._producer(hook=hook)
        if not known:
            producer.call("warm")
        return producer

    def opened(self) -> AbstractContextManager[Probe]:
        return closing(self.probe())

    def call(self, function: str, *args: object, hook: bool = True) -> object:
        """Call a function of the test application in a producer."""
        return self._producer(hook=hook).call(function, *args)["answer"]


class RedisRig(CeleryRig):
    def __init__(self, broker: str, folder: Path, **pool: object) -> None:
        super().__init__(broker, folder, **pool)
        self.redis = self.started.enter_context(Redis.from_url(broker))

    def probe(self) -> Probe:
        return open_probe("shop", read_only_url(self.broker), {})

    def guard(self) -> AbstractContextManager[Traffic]:
        return watch_redis(self.broker)

    def fill(self, queue: str, count: int) -> None:
        self.redis.sadd(f"_kombu.binding.{queue}", f"{queue}\x06\x16\x06\x16{queue}")
        body = "W10=" * 50
        with self.redis.pipeline(transaction=False) as pipeline:
            for at in range(count):
                headers = {"id": str(uuid.uuid4()), "task": "shop.send", "retries": 0, "eta": None}
                pipeline.lpush(
                    queue, json.dumps({"body": body, "headers": headers, "properties": {}})
                )
                if at % 5000 == 0:
                    pipeline.execute()
            pipeline.execute()

    def naive_length(self, queue: str) -> int:
        return self.redis.llen(queue)


class StampedRedisRig(RedisRig):
    stamped = True
    able = celery.REDIS_STAMPED


class RabbitRig(CeleryRig):
    """A virtual host of our own; RabbitMQ's statistics follow one second behind."""

    able = celery.RABBITMQ

    def __init__(self, node: object, folder: Path, **pool: object) -> None:
        self.vhost = f"v{uuid.uuid4().hex[:8]}"
        self.management_url = node.management_url
        super().__init__(node.url.removesuffix("/") + self.vhost, folder, **pool)
        self.started.callback(self.request, "DELETE", f"/api/vhosts/{self.vhost}")
        self.request("PUT", f"/api/vhosts/{self.vhost}")
        self.request(
            "PUT",
            f"/api/permissions/{self.vhost}/guest",
            {"configure": ".*", "write": ".*", "read": ".*"},
        )
        self.request("PUT", "/api/users/look", {"password": "look", "tags": "monitoring"})
        self.request(
            "PUT",
            f"/api/permissions/{self.vhost}/look",
            {"configure": "", "write": "", "read": ".*"},
        )

    def request(self, method: str, path: str, body: object = None) -> object:
        parts = urllib.parse.urlsplit(self.management_url)
        login = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        url = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        login.add_password(None, url, "guest", "guest")
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(login))
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(url + path, data=data, method=method, headers=headers)
        with opener.open(asked, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def probe(self) -> Probe:
        url = self.broker.replace("guest:guest@", "look:look@")
        address = self.management_url.replace("guest:guest@", "")
        return open_probe("shop", url, {"management_url": address})

    @contextmanager
    def guard(self):
        """Watch the host's own counters: nothing may be published, taken or declared by a look."""
        before = self._state()
        traffic = Traffic(calls=1)
        yield traffic
        after = self._state()
        if before != after:
            traffic.writes.append(f"{before} became {after}")

    def _state(self) -> object:
        found = self.request("GET", f"/api/queues/{self.vhost}")
        return [
            (
                q["name"],
                q.get("messages_ready"),
                q.get("message_stats", {}).get("get", 0),
                q.get("message_stats", {}).get("redeliver", 0),
                q.get("consumers"),
            )
            for q in found
        ]

    def connection(self) -> amqp.Connection:
        port = urllib.parse.urlsplit(self.broker).port
        return amqp.Connection(f"127.0.0.1:{port}", virtual_host=self.vhost)

    def fill(self, queue: str, count: int) -> None:
        with self.connection() as connection:
            channel = connection.channel()
            channel.queue_declare(queue, durable=True, auto_delete=False)
            message = amqp.Message("[[],{},{}]", headers={"task": "shop.send"}, delivery_mode=1)
            for _ in range(count):
                channel.basic_publish(message, routing_key=queue)
            channel.queue_declare(queue, passive=True)

    def naive_length(self, queue: str) -> int:
        with self.connection() as connection:
            return connection.channel().queue_declare(queue, passive=True)[1]


class StampedRabbitRig(RabbitRig):
    stamped = True
    able = celery.RABBITMQ_STAMPED

    def enqueue(self, work: Work, *, hook: bool = False) -> Enqueued:
        job = super().enqueue(work, hook=hook)
        eventually(lambda: self.head_is_known(work.queue), "the statistics know the first message")
        return job

    def head_is_known(self, queue: str) -> bool:
        columns = "name,messages_ready,head_message_timestamp"
        found = self.request("GET", f"/api/queues/{self.vhost}/{queue}?columns={columns}")
        known = isinstance(found.get("head_message_timestamp"), int)
        return known or self.naive_length(queue) == 0
