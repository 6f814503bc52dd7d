"""Tailback beside Flower on the same Celery: a retry loop, a burst, memory, a restart.

    python benchmarks/peers.py [--part loop burst load] [--redis URL] [--no-flower]
                               [--metrics-url URL] [--metrics-pid PID]

Needs redis-server, celery and flower; starts a Redis of its own unless `--redis` names one. A
further peer that answers Prometheus text is scraped before and after each part with
`--metrics-url`; start it yourself on the Redis you name. Ours ends the benchmark with 1 when an age
is off by more than 2 s, an event is neither counted nor reported as dropped, or a restart forgets.
What Flower shows is printed, not judged.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import _harness as h
from celery import Celery
from kombu.utils.json import dumps
from redis import Redis

from tailback.server.payload import decode
from tailback.store.sqlite.store import SqliteStore

RECEIPTS = 30
OLD_S = 42.0
AGE_TOLERANCE_S = 2.0
BURST_PER_S, BURST_S = 20_000, 5
PRODUCERS = 4
LOAD_TASKS, LOAD_PER_S = 25_000, 2_000
LIFE = ("task-sent", "task-received", "task-started", "task-succeeded")
KINDS = ("enqueued", "started", "succeeded")
SHOP = '''
import os
from celery import Celery
app = Celery("shop", broker=os.environ["SHOP_BROKER"])
app.conf.update(worker_send_task_events=True, task_send_sent_event=True, task_ignore_result=True,
                broker_connection_retry_on_startup=True)
class TemplateError(Exception):
    """The template of the receipt is broken."""
@app.task(name="shop.send_receipt", autoretry_for=(TemplateError,), max_retries=None,
          default_retry_delay=2, retry_backoff=False)
def send_receipt(order):
    raise TemplateError("'customer' has no attribute 'first_name'")
@app.task(name="shop.pay")
def pay(order):
    return order
'''
LANES = """
[[source]]
name = "celery"
system = "celery"
url = "{broker}"

[[lane]]
name = "Receipt emails"
queue = "receipts"
customer_action = "get a receipt after paying"
noticed_after = "1m"
owner = "ana"

[[person]]
name = "ana"
channels = ["hook"]

[[channel]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:9/"
secret = "none"
"""
ENQUEUE = """
import sys, time, shop
for order in range(int(sys.argv[1])):
    shop.send_receipt.apply_async((order,), queue="receipts")
print("enqueued", flush=True)
while True:
    shop.pay.apply_async((1,), queue="payments")
    time.sleep(0.5)
"""
EMIT = """
import sys, time
import tailback
from tailback import agent
tailback.install()
per_s, seconds, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
total, begin, number = per_s * seconds, time.monotonic(), 0
step = max(1, per_s // 100)
while number < total:
    for number in range(number, min(number + step, total)):
        job, kind = divmod(number, 3)
        agent.emit(("enqueued", "started", "succeeded")[kind], f"{name}-{job}", f"queue-{job % 20}", "shop.task")
    number += 1
    time.sleep(max(0.0, begin + number / per_s - time.monotonic()))
emitted_s = time.monotonic() - begin
cpu_s = time.process_time()
for _ in range(60):
    if agent.flush(1.0):
        break
print("emitted", number, round(emitted_s, 2), round(cpu_s, 2), flush=True)
"""


class Flower(h.Program):
    """Flower as its documentation starts it, with its API open for reading."""

    def __init__(self, place: Path, broker: str) -> None:
        port = h.free_port()
        (place / "shop.py").write_text(SHOP, encoding="utf-8")
        options = [f"--port={port}", "--address=127.0.0.1", "--logging=warning"]
        environment = {"SHOP_BROKER": broker, "FLOWER_UNAUTHENTICATED_API": "true"}
        command = [sys.executable, "-m", "celery", "-A", "shop", "flower", *options]
        super().__init__("flower", command, place, environment)
        self.url = f"http://127.0.0.1:{port}"
        h.until(lambda: _answers(self.url + "/metrics"), "Flower's start", self)

    def events(self) -> int:
        return int(sum_of(scrape(self.url + "/metrics"), "flower_events_total"))

    def tasks(self, name: str) -> list[dict[str, Any]]:
        found = h.fetch_json(f"{self.url}/api/tasks?taskname={name}&limit=1000")
        return list(found.values())


class Peer:
    """Any program that answers Prometheus text; without a URL it says nothing."""

    def __init__(self, url: str | None, pid: int | None) -> None:
        self.url, self.pid = url, pid
        self.before = self._look()

    def _look(self) -> dict[str, float]:
        if self.url is None:
            return {}
        try:
            found = {
                name: value
                for name, value in totals(scrape(self.url)).items()
                if "_bucket" not in name
            }
        except OSError:
            return {"does not answer": 1.0}
        if self.pid:
            found["CPU seconds"] = time.clock_gettime((~self.pid << 3) | 2)
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
            found["RSS MB"] = int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
        return found

    def say(self, part: str) -> None:
        if self.url is None:
            return
        now = self._look()
        changed = {
            name: (round(self.before.get(name, 0.0), 3), round(value, 3))
            for name, value in now.items()
            if value != self.before.get(name) and "_created" not in name
        }
        print(f"  metrics of {self.url} over {part}, before and after: {json.dumps(changed)}")
        self.before = now


def _answers(url: str) -> bool:
    try:
        h.fetch(url)
    except OSError:
        return False
    return True


def scrape(url: str) -> str:
    return h.fetch(url).decode()


def totals(text: str) -> dict[str, float]:
    """Add the samples of each metric."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        match = re.match(r"([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)", line)
        if match and match[2] != "NaN":
            found[match[1]] = found.get(match[1], 0.0) + float(match[2])
    return found


def sum_of(text: str, name: str) -> float:
    return totals(text).get(name, 0.0)


def loop(place: Path, broker: str, peer: Peer, *, with_flower: bool) -> bool:
    """Thirty receipts retry for ever; what does each show when the oldest is 40 s old?"""
    (place / "shop.py").write_text(SHOP, encoding="utf-8")
    (place / "enqueue.py").write_text(ENQUEUE, encoding="utf-8")
    (place / "tailback.toml").write_text(LANES.format(broker=broker), encoding="utf-8")
    server = h.Tailback(place, source="celery")
    flower = Flower(place, broker) if with_flower else None
    started: list[h.Program] = [server, *([flower] if flower else [])]
    environment = {"SHOP_BROKER": broker, "TAILBACK_DSN": server.dsn, "PYTHONPATH": str(place)}
    environment["PYTHONPATH"] += os.pathsep + os.environ.get("PYTHONPATH", "")
    run = [sys.executable, "-m", "tailback", "run", sys.executable]
    try:
        worker = [*run, "-m", "celery", "-A", "shop", "worker", "-Q", "receipts,payments"]
        started.append(
            h.Program("worker", [*worker, "-c", "2", "-E", "-l", "INFO"], place, environment)
        )
        h.until(lambda: " ready." in started[-1].text(), "the worker's start", started[-1])
        begin = time.time()
        started.append(
            h.Program("enqueue", [*run, "enqueue.py", str(RECEIPTS)], place, environment)
        )
        h.until(lambda: "enqueued" in started[-1].text(), "enqueueing", started[-1])
        begin = (begin + time.time()) / 2
        time.sleep(max(0.0, begin + OLD_S - time.time()))
        print(
            f"retry loop of {RECEIPTS} receipts; truth: the oldest is {time.time() - begin:.0f} s old"
        )
        right = show(server, flower, broker, begin)
        peer.say("the loop")
        server.stop()
        started[0] = server = h.Tailback(place, source="celery")
        if flower:
            flower.stop()
            started[1] = flower = Flower(place, broker)
        time.sleep(5)
        print(f"5 s after a restart of each; truth: {time.time() - begin:.0f} s")
        return show(server, flower, broker, begin) and right
    finally:
        for program in reversed(started):
            program.stop()


def show(server: h.Tailback, flower: Flower | None, broker: str, begin: float) -> bool:
    """Print what each says about the receipts; return whether ours is right."""
    waiting = Redis.from_url(broker).llen("receipts")
    print(f"  Redis LLEN: {waiting}")
    if flower is not None:
        lengths = h.fetch_json(flower.url + "/api/queues/length")["active_queues"]
        length = {one["name"]: one["messages"] for one in lengths}.get("receipts")
        now = time.time()
        tasks = flower.tasks("shop.send_receipt")
        ages = [now - one["received"] for one in tasks if one.get("received")]
        states = sorted({str(one["state"]) for one in tasks})
        oldest = f"{max(ages):.1f} s" if ages else "none"
        print(
            f"  Flower: queue length {length}, {len(tasks)} tasks in state {'/'.join(states)},"
            f" oldest received {oldest} ago"
        )
    lane = next(one for one in server.lanes() if one["queue"] == "receipts")
    true_age = time.time() - begin
    reasons = "; ".join(str(one["sentence"]) for one in lane["reasons"])
    print(
        f"  Tailback: {lane['verdict']}, oldest {lane['oldest_age_s']:.1f} s (truth {true_age:.1f}),"
        f" retrying {lane['retrying']}, waiting {lane['waiting']}, reason: {reasons or 'none'}"
    )
    off = abs(lane["oldest_age_s"] - true_age)
    return bool(off <= AGE_TOLERANCE_S + 1.0)  # judged once a second


def celery_events(broker: str, tasks: int) -> list[tuple[str, bytes]]:
    """Encode the events of successful tasks exactly as Celery's dispatcher would publish them."""
    app = Celery("shop", broker=broker)
    out: list[tuple[str, bytes]] = []
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        channel._put_fanout = lambda exchange, message, routing_key, **_: out.append(
            (channel._get_publish_topic(exchange, routing_key), dumps(message).encode())
        )
        dispatcher = app.events.Dispatcher(connection, channel=channel, hostname="bench@host")
        for _ in range(tasks):
            name, common = str(uuid.uuid4()), {"retries": 0}
            more: dict[str, dict[str, Any]] = {
                "task-sent": {
                    "name": "shop.task",
                    "queue": "celery",
                    "args": "()",
                    "kwargs": "{}",
                },
                "task-received": {"name": "shop.task", "args": "()", "kwargs": "{}"},
                "task-started": {},
                "task-succeeded": {"result": "1", "runtime": 0.01},
            }
            for kind in LIFE:
                dispatcher.send(kind, uuid=name, **common, **more[kind])
        dispatcher.close()
    return [item for item in out if item[1]]


def publish(broker: str, events: Sequence[tuple[str, bytes]], per_s: int) -> float:
    """Publish at an even pace; return how many seconds it took."""
    redis = Redis.from_url(broker)
    step = max(1, per_s // 100)
    begin = time.monotonic()
    for first in range(0, len(events), step):
        with redis.pipeline(transaction=False) as pipeline:
            for topic, message in events[first : first + step]:
                pipeline.publish(topic, message)
            pipeline.execute()
        time.sleep(max(0.0, begin + (first + step) / per_s - time.monotonic()))
    return time.monotonic() - begin


def settled(read: Callable[[], int], still_s: float = 4.0) -> int:
    """Return what `read` says once it has not changed for a while."""
    seen, since = read(), time.monotonic()
    while time.monotonic() - since < still_s:
        time.sleep(0.5)
        now = read()
        if now != seen:
            seen, since = now, time.monotonic()
    return seen


def run_flower(place: Path, broker: str, tasks: int, per_s: int, peer: Peer, part: str) -> None:
    """Send Celery's own events to whoever listens and print what Flower made of them."""
    events = celery_events(broker, tasks)
    flower = Flower(place, broker)
    try:
        settled(flower.events, 1.0)
        cpu, rss, known = flower.cpu_s(), flower.rss_bytes(), flower.events()
        took = publish(broker, events, per_s)
        taken = settled(flower.events) - known
        spent, grown = flower.cpu_s() - cpu, flower.rss_bytes() - rss
        print(
            f"  Flower: {taken:,} of {len(events):,} events counted"
            f" ({100 * (1 - taken / len(events)):.1f} % lost), published in {took:.1f} s,"
            f" {1000 * spent / max(1, taken):.3f} CPU s per 1,000 events,"
            f" RSS {rss / 1e6:.0f} -> {(rss + grown) / 1e6:.0f} MB"
            f" (+{grown / 1e6 / tasks * 100_000:.0f} MB per 100,000 tasks)"
        )
        flower.stop()
        flower = Flower(place, broker)
        print(f"  Flower after a restart: {settled(flower.events, 2.0):,} events known")
    finally:
        flower.stop()
    peer.say(part)


def burst(place: Path, broker: str, peer: Peer, *, with_flower: bool) -> bool:
    """20,000 events a second for five seconds, from real agents to ours, on Redis to Flower."""
    total = BURST_PER_S * BURST_S
    print(f"burst of {BURST_PER_S:,} events/s for {BURST_S} s")
    if with_flower:
        run_flower(place, broker, total // len(LIFE), BURST_PER_S, peer, "the burst")
    elif peer.url is not None:
        publish(broker, celery_events(broker, total // len(LIFE)), BURST_PER_S)
        time.sleep(8)
        peer.say("the burst")
    (place / "emit.py").write_text(EMIT, encoding="utf-8")
    server = h.Tailback(place)
    each = BURST_PER_S // PRODUCERS
    try:
        cpu, begin = server.cpu_s(), time.monotonic()
        environment = {**os.environ, "TAILBACK_DSN": server.dsn}
        agents = [
            subprocess.Popen(
                [sys.executable, "emit.py", str(each), str(BURST_S), f"p{number}"],
                cwd=place,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(PRODUCERS)
        ]
        said = [agent.communicate(timeout=150)[0].split() for agent in agents]
        took = time.monotonic() - begin
        with SqliteStore(server.database) as store:
            h.until(lambda: store.rollups.committed_upto() == store.log.last_offset(), "counting")
            spent = server.cpu_s() - cpu
            logged = dropped = 0
            for _, batch in store.log.read(after=0):
                payload = decode(batch.payload)
                logged += len(payload.events)
                dropped += payload.dropped
            minutes = store.rollups.overview(from_=0, to=2**40).values()
            counted = sum(one.arrivals + one.started + one.completed for one in minutes)
    finally:
        server.stop()
    emitted = sum(int(words[1]) for words in said)
    slowest = max(float(words[2]) for words in said)
    app_cpu = statistics.median(float(words[3]) for words in said) / each / BURST_S * 1000
    right = emitted == total and logged + dropped == total and counted == logged
    print(
        f"  Tailback: {emitted:,} emitted by {PRODUCERS} agents in {slowest:.1f} s, {logged:,} accepted"
        f" ({100 * logged / total:.1f} %), {dropped:,} counted as dropped, {counted:,} in the counts,"
        f" all there {took:.1f} s after the start; {1000 * spent / max(1, logged):.3f} CPU s of the server"
        f" and {app_cpu:.3f} of the app per 1,000 events; totals {'right' if right else 'WRONG'}"
    )
    return right


def load(place: Path, broker: str, peer: Peer, *, with_flower: bool) -> bool:
    """Tasks at a pace that everyone can follow: CPU, memory, and what a restart keeps."""
    print(f"{LOAD_TASKS:,} tasks at {LOAD_PER_S:,} events/s")
    if with_flower:
        run_flower(place, broker, LOAD_TASKS, LOAD_PER_S, peer, "the load")
    elif peer.url is not None:
        publish(broker, celery_events(broker, LOAD_TASKS), LOAD_PER_S)
        time.sleep(8)
        peer.say("the load")
    server = h.Tailback(place)
    try:
        now = time.time() - 60
        events = [
            {"kind": kind, "at": now + number / 5000, "id": str(uuid.UUID(int=number + 2**127)),
             "queue": f"queue-{number % 20}", "job": "shop.task"}
            for number in range(LOAD_TASKS) for kind in KINDS
        ]  # fmt: skip
        batches = [events[first : first + 500] for first in range(0, len(events), 500)]
        time.sleep(2)
        cpu, rss = server.cpu_s(), server.rss_bytes()
        accepted = _paced(server, batches)
        with SqliteStore(server.database) as store:
            h.until(lambda: store.rollups.committed_upto() == store.log.last_offset(), "counting")
        spent, grown = server.cpu_s() - cpu, server.rss_bytes() - rss
        server.stop()
        server = h.Tailback(place)
        with SqliteStore(server.database) as store:
            kept = sum(one.completed for one in store.rollups.overview(from_=0, to=2**40).values())
    finally:
        server.stop()
    right = accepted == len(events) and kept == LOAD_TASKS
    print(
        f"  Tailback: {accepted:,} of {len(events):,} events accepted,"
        f" {1000 * spent / accepted:.3f} CPU s per 1,000 events,"
        f" RSS {rss / 1e6:.0f} -> {(rss + grown) / 1e6:.0f} MB"
        f" (+{grown / 1e6 / LOAD_TASKS * 100_000:.0f} MB per 100,000 tasks)"
    )
    print(
        f"  Tailback after a restart: {kept:,} completions known; totals {'right' if right else 'WRONG'}"
    )
    return right


def _paced(server: h.Tailback, batches: list[list[dict[str, Any]]]) -> int:
    connection = h.Connection(server.url, server.ingest)
    begin, accepted = time.monotonic(), 0
    for number, batch in enumerate(batches):
        body = {"v": 1, "producer": "load", "seq": number, "events": batch}
        accepted += connection.post(json.dumps(body).encode())["accepted"]
        time.sleep(max(0.0, begin + (number + 1) * 500 / LOAD_PER_S - time.monotonic()))
    return accepted


PARTS = {"loop": loop, "burst": burst, "load": load}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs="+", choices=tuple(PARTS), default=["loop", "burst"])
    parser.add_argument("--redis", help="a Redis to use instead of one of our own; it is filled")
    parser.add_argument("--no-flower", action="store_true")
    parser.add_argument("--metrics-url", help="a further peer's Prometheus address")
    parser.add_argument("--metrics-pid", type=int, help="its process, for CPU and memory")
    chosen = parser.parse_args()
    print(h.machine())
    right = True
    with h.folder() as place:
        redis = None
        broker = chosen.redis
        if broker is None:
            redis, broker = h.redis_server(place)
        try:
            peer = Peer(chosen.metrics_url, chosen.metrics_pid)
            for part in chosen.part:
                inside = place / part
                inside.mkdir()
                right &= PARTS[part](inside, broker, peer, with_flower=not chosen.no_flower)
        finally:
            if redis is not None:
                redis.stop()
    print("totals and ages of Tailback are right" if right else "Tailback was WRONG")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
