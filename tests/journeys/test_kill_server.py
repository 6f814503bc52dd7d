"""A server is killed without mercy at random moments under load; each event counts exactly once."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tailback import clock
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import until
from tests.services import free_port

KILLS = 50 if os.environ.get("TAILBACK_PROVE") else 3
PRODUCERS = 3
EVENTS = 40
KINDS = ("enqueued", "started", "succeeded")


class Server:
    """`tailback up` as people start it, always on the same port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.database = folder / "t.db"
        self._folder = folder
        self._options = options
        self.source = options[1].partition("=")[0] if options else "app"

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tailback", "up", "--listen", f"127.0.0.1:{self.port}"]
        log = (self._folder / "log").open("ab")
        with log:
            process = subprocess.Popen(
                [*command, "--database", f"sqlite:///{self.database}", *self._options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        until(lambda: process.poll() is not None or self._answers(), 120.0)
        assert process.poll() is None, (self._folder / "log").read_text(encoding="utf-8")
        return process

    def token(self) -> str:
        token: str = self._local()["ingest"][self.source]
        return token

    def read_token(self) -> str:
        token: str = self._local()["token"]
        return token

    def _local(self) -> Any:
        return json.loads((self._folder / "local.json").read_text(encoding="utf-8"))

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@dataclass
class Producer:
    """Sends numbered batches one after another, each until it is acknowledged, as the agent does."""

    name: str
    port: int
    token: str
    stop: threading.Event
    source: str = "app"
    acknowledged: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        seq = 0
        while not self.stop.is_set():
            body = json.dumps(self._batch(seq)).encode()
            while not self._sent(body):
                self.repeated += 1
                if self.faults:
                    return
            self.acknowledged += EVENTS
            seq += 1

    def _batch(self, seq: int) -> dict[str, Any]:
        now = clock.now()
        events = [
            {"kind": KINDS[n % 3], "at": now, "id": f"{self.name}-{seq}-{n // 3}", "queue": "emails"}
            for n in range(EVENTS)
        ]  # fmt: skip
        return {"v": 1, "source": self.source, "producer": self.name, "seq": seq, "events": events}

    def _sent(self, body: bytes) -> bool:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/api/v1/events", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)  # not waited for: the pause of a client whose server is away
            return False
        finally:
            connection.close()
        if answer.status == 202 and json.loads(text)["accepted"] == EVENTS:
            return True
        if answer.status not in (429, 503):
            self.faults.append(f"{answer.status} {text[:200]!r}")
        return False


def test_after_kills_at_random_moments_every_accepted_event_is_counted_exactly_once(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path)
    process = server.start()
    stop = threading.Event()
    producers: list[Producer] = []
    threads: list[threading.Thread] = []
    rng = random.Random(50)
    try:
        token = server.token()
        producers += [Producer(f"p{n}", server.port, token, stop) for n in range(PRODUCERS)]
        threads += [threading.Thread(target=one.run, daemon=True) for one in producers]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            known = sum(producer.acknowledged for producer in producers)
            more = known + rng.randrange(1, 60) * EVENTS
            until(lambda more=more: _failed(producers) or _sum(producers) >= more, 120.0)
            stop.wait(rng.uniform(0, 0.05))  # any moment of the next commit must do as well
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = server.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
        process.terminate()
        process.wait()

    assert [producer.faults for producer in producers] == [[]] * PRODUCERS
    assert _sum(producers) > 0
    assert sum(producer.repeated for producer in producers) > 0
    assert counts(server.database) == expected(producers)


def _failed(producers: list[Producer]) -> bool:
    return any(producer.faults for producer in producers)


def _sum(producers: list[Producer]) -> int:
    return sum(producer.acknowledged for producer in producers)


def expected(producers: list[Producer]) -> Counter[str]:
    """Count by hand; every batch was sent until it was acknowledged, so there is no other."""
    found: Counter[str] = Counter()
    for producer in producers:
        batches = producer.acknowledged // EVENTS
        found.update({kind: batches * len(range(n, EVENTS, 3)) for n, kind in enumerate(KINDS)})
    return found


def counts(database: Path) -> Counter[str]:
    """What the rollups say, all time."""
    with SqliteStore(database) as store:
        assert store.rollups.committed_upto() == store.log.last_offset()
        minutes = store.rollups.overview(from_=0, to=2**40).values()
        return Counter(
            enqueued=sum(minute.arrivals for minute in minutes),
            started=sum(minute.started for minute in minutes),
            succeeded=sum(minute.completed for minute in minutes),
        )
