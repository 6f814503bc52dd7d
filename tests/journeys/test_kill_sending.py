"""A server is killed without mercy while it sends, by a receiver that also fails now and then.

Nothing that was decided is lost, a repetition carries the same key, and each thread keeps its order.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tailback import clock
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.receivers import BUSY, HttpReceiver
from tests.server.live import until
from tests.services import free_port

PROVE = bool(os.environ.get("TAILBACK_PROVE"))
KILLS = 200 if PROVE else 4
CHANCE = 0.1 if PROVE else 0.4  # more often, and hardly anything gets through at all
# So many that no lane comes back three times: what flaps is held open for half an hour.
LANES = 500 if PROVE else 8
LONGEST_S = 1_800.0 if PROVE else 180.0
ALIVE_EVERY_S = 20.0
FILE = """
[server]
listen = "127.0.0.1:{port}"
database = "sqlite:///{folder}/t.db"

[[source]]
name = "shop"

[[person]]
name = "ana"
channels = ["hook"]

[[channel]]
name = "hook"
kind = "webhook"
url = "{url}"
allow_private = true
"""
LANE = """
[[lane]]
name = "lane{n}"
queue = "lane{n}"
noticed_after = "4s"
owner = "ana"
"""


class Story:
    """A server, its receiver, and who kills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.receiver = HttpReceiver()
        self.receiver.on_request = self.maybe_kill
        self.rng = random.Random(9)
        self.kills = 0
        self.armed = False
        self.alive_at = 0.0
        text = FILE.format(port=self.port, folder=folder, url=self.receiver.url)
        text += "".join(LANE.format(n=n) for n in range(LANES))
        (folder / "tailback.toml").write_text(text)
        self.process = self.start()
        local = json.loads((folder / "local.json").read_text(encoding="utf-8"))
        self.token = local["ingest"]["shop"]

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tailback", "up", "--config", "tailback.toml"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        until(lambda: process.poll() is not None or self.answers(), 120.0)
        assert process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
        return process

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz") == 200
        except (OSError, http.client.HTTPException):
            return False

    def ask(self, method: str, path: str, body: Any = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"}
        if body is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, path, json.dumps(body), headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def send(self, kind: str, number: int, at: float, names: range) -> None:
        """Send one event of each lane until it is taken; killing is not allowed meanwhile."""
        events = [
            {"kind": kind, "at": at, "id": f"j{number}-{n}", "queue": f"lane{n}"} for n in names
        ]
        batch = {"v": 1, "producer": f"p-{kind}", "seq": number, "events": events}
        until(lambda: self.taken(batch), 60.0)

    def taken(self, batch: dict[str, Any]) -> bool:
        self.revive()
        try:
            return self.ask("POST", "/api/v1/events", batch) == 202
        except (OSError, http.client.HTTPException):
            return False

    def maybe_kill(self) -> None:
        """Kill the server in the middle of a delivery, before or after it was taken."""
        if self.armed and self.kills < KILLS and self.rng.random() < CHANCE:
            self.kills += 1
            self.receiver.behaviour = self.rng.choice(["", "", BUSY])
            self.process.send_signal(signal.SIGKILL)

    def revive(self) -> None:
        if self.process.poll() is not None:
            self.process = self.start()

    def wait(self, done: Any) -> None:
        """Go on until `done()`, starting the server again whenever it is dead."""

        def look() -> bool:
            self.revive()
            self.say_alive()
            if self.receiver.behaviour == BUSY and self.rng.random() < 0.05:
                self.receiver.behaviour = ""
            return bool(done())

        until(look, LONGEST_S)

    def say_alive(self) -> None:
        """Let something be heard of the source, or all its lanes cannot be seen together."""
        if clock.now() - self.alive_at > ALIVE_EVERY_S:
            self.alive_at = clock.now()
            now = self.alive_at
            events = [
                {"kind": kind, "at": now, "id": f"alive-{now}", "queue": "other"}
                for kind in ("enqueued", "succeeded")
            ]
            self.taken({"v": 1, "producer": "alive", "seq": int(now), "events": events})


def states(story: Story) -> dict[str, str]:
    """Return the state of every message that was ever queued, by its key."""
    with SqliteStore(story.folder / "t.db") as store:
        rows = store.episodes.newest(2 * LANES, before=1e12)
        return {sent.key: sent.state for row in rows for sent in store.outbox.of(row.id)}


def test_after_kills_in_the_middle_of_sending_every_alert_arrives(tmp_path: Path) -> None:
    story = Story(tmp_path)
    everybody = {f"lane{n}" for n in range(LANES)}
    number, names = 0, range(LANES)
    try:
        while story.kills < KILLS:
            number += 1
            mark = len(story.receiver.received)
            story.send("enqueued", number, clock.now() - 30, names)
            story.armed = True
            began = ("opened", "reopened")
            story.wait(lambda m=mark, b=began: lanes_since(story, m, b) == everybody)
            story.armed = False
            story.send("succeeded", number, clock.now(), names)
            story.armed = True
            story.wait(lambda m=mark: lanes_since(story, m, ("resolved",)) == everybody)
            story.armed = False
        story.receiver.behaviour = ""
        story.wait(story.answers)
        story.process.terminate()
        story.process.wait(30)
        story.process = story.start()  # whatever was left is sent now
        until(lambda: set(open_states(story)) == set(), LONGEST_S)
    finally:
        story.armed = False
        story.process.kill()
        story.process.wait()
        story.receiver.close()

    kept, keys = states(story), [one.body["id"] for one in story.receiver.received]
    assert story.kills == KILLS
    assert {key for key, state in kept.items() if state == "sent"} <= set(keys)
    # What Tailback tells of its own standstill goes past the outbox, so that it has no row there.
    assert {key for key in keys if ":direct:" not in key} <= set(kept)
    assert set(kept.values()) <= {"sent", "superseded"}
    assert_same_text_under_one_key(story)
    assert_order_of_each_thread(story)
    print(f"kills {KILLS}, messages {len(set(keys))}, repeated {len(keys) - len(set(keys))}")


def lanes_since(story: Story, mark: int, kinds: tuple[str, ...]) -> set[str]:
    found = story.receiver.received[mark:]
    return {one.body["lane"] for one in found if one.body["kind"] in kinds}


def open_states(story: Story) -> list[str]:
    return [key for key, state in states(story).items() if state in ("due", "sending")]


def assert_same_text_under_one_key(story: Story) -> None:
    texts: dict[str, set[str]] = defaultdict(set)
    for one in story.receiver.received:
        texts[one.body["id"]].add(one.body["text"])
    assert {len(found) for found in texts.values()} == {1}


def assert_order_of_each_thread(story: Story) -> None:
    """First arrivals of one episode come in the order of their numbers."""
    numbers: dict[str, list[int]] = defaultdict(list)
    seen: set[str] = set()
    for one in story.receiver.received:
        key = one.body["id"]
        if key not in seen:
            seen.add(key)
            numbers[one.body["episode"]].append(int(key.split(":")[1]))
    for found in numbers.values():
        assert found == sorted(found)
