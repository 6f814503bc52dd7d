"""`tailback demo` for real: the whole story, and what it says when a step cannot be seen."""

import io
import json
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tailback.__main__ import main
from tailback.cli._demo import story as story_module
from tailback.cli._demo.brokers import HueyBroker
from tailback.cli._demo.mail import Alert, MailServer
from tailback.cli._demo.screen import Screen
from tailback.cli._demo.stage import PlayerEndedError, Stage
from tailback.cli._demo.story import NotSeenError, Story
from tailback.cli._demo.watch import NoAnswerError, Watch
from tailback.testing.processes import Process
from tailback.testing.waiting import eventually
from tests import services

DEMO = (sys.executable, "-m", "tailback", "demo")
ONCE_TIMEOUT_S = 240.0


def family(root: int) -> set[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found = {root}
    while more := {pid for pid, parent in pairs if parent in found} - found:
        found |= more
    return found - {root}


def alive(pids: set[int]) -> set[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True
    )
    running = {
        int(line.split()[0]) for line in listed.stdout.splitlines() if "Z" not in line.split()[1]
    }
    return pids & running


def pid_of(words: str, among: set[int]) -> int | None:
    """Return the process among `among` whose command line holds `words`; None while none does."""
    listed = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        pid = int(line.split()[0])
        if words in line and pid in among:
            return pid
    return None


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Give a function that starts the demo with options; none outlives the test."""
    started: list[Process] = []

    def start(*options: str) -> Process:
        demo = Process(
            [*DEMO, *options],
            {"TMPDIR": str(tmp_path), "TAILBACK_DSN": "nonsense"},
            tmp_path / "demo.log",
        )
        started.append(demo)
        return demo

    yield start
    for demo in started:
        demo.stop()


def finish(demo: Process, timeout_s: float = ONCE_TIMEOUT_S) -> int:
    return demo._process.wait(timeout_s)


def test_the_whole_story_is_seen_through_the_public_api(
    tmp_path: Path, start: Callable[..., Process]
) -> None:
    demo = start("--once", "--keep")

    code = finish(demo)

    said = demo.output()
    assert code == 0, said
    assert "'dict object' has no attribute 'first_name'" in said
    assert "before customers notice" in said
    assert "before the first customer would have noticed" in said
    assert "Seen through the public API" in said
    assert "none lost" in said
    kept = next(tmp_path.glob("tailback-demo-*"))
    assert str(kept) in said
    files = {path.name for path in kept.iterdir()}
    assert {"tailback.toml", "tailback.db", "huey.db", "shop.log", "templates"} <= files


@pytest.mark.prove
def test_the_same_story_is_seen_on_celery(tmp_path: Path, start: Callable[..., Process]) -> None:
    with services.run_redis(tmp_path) as url:
        demo = start("--once", "--system", "celery", "--url", f"{url}/9")

        code = finish(demo)

    assert code == 0, demo.output()
    assert not list(tmp_path.glob("tailback-demo-*"))


def test_ctrl_c_ends_every_process_and_removes_the_folder(
    tmp_path: Path, start: Callable[..., Process]
) -> None:
    demo = start("--port", "0")
    eventually(lambda: "takes a payment" in demo.output(), "the shop is open", 90, demo.output)
    players = family(demo.pid)
    assert len(players) >= 4

    os.kill(demo.pid, signal.SIGINT)

    assert finish(demo, 40) == 130
    assert alive(players) == set()
    assert not list(tmp_path.glob("tailback-demo-*"))


def test_a_worker_that_dies_is_the_reason_and_ends_the_demo(
    start: Callable[..., Process],
) -> None:
    demo = start("--once")
    eventually(lambda: "takes a payment" in demo.output(), "the shop is open", 90, demo.output)
    worker = eventually(
        lambda: pid_of("jobs_huey.receipts", family(demo.pid)),
        "the worker of receipts is there",
        90,
        demo.output,
    )
    players = family(demo.pid)

    os.kill(worker, signal.SIGKILL)

    assert finish(demo, 40) == 1
    assert "worker-receipts ended by itself with exit code -9" in demo.output()
    assert alive(players) == set()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--system", "celery"], "--system celery needs --url"),
        (["--url", "redis://x"], "--url is for --system celery"),
        (["--system", "celery", "--url", "amqp://x"], "the demo runs Celery on Redis"),
        (["--system", "celery", "--url", "redis://127.0.0.1:1/0"], "cannot be used"),
        (["--port", "99999"], "99999"),
    ],
)
def test_wrong_options_are_refused_with_a_remedy_and_64(
    options: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    code = main(["demo", *options])

    assert code == 64
    assert words in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_a_redis_database_that_somebody_uses_is_left_alone(
    redis_server: str, start: Callable[..., Process]
) -> None:
    import redis

    client = redis.Redis.from_url(f"{redis_server}/14")
    client.set("orders:1", "precious")

    demo = start("--system", "celery", "--url", f"{redis_server}/14")

    assert finish(demo, 60) == 64
    assert "holds 1 key" in " ".join(demo.output().split())
    assert client.get("orders:1") == b"precious"
    client.flushdb()
    client.close()


# From here on the board is a liar: a server that answers whatever a test says, so that every way
# in which the story must not be told as true is seen. Shop, books, mail and template are real.

HEALTHY: dict[str, Any] = {
    "verdict": "healthy",
    "sentence": "Healthy",
    "completions_5m": 9,
    "oldest_age_s": None,
    "reasons": [],
}
REASON = {
    "first_error": {
        "type": "UndefinedError",
        "message": "'dict object' has no attribute 'first_name'",
    }
}


class Liar:
    """Answers `/api/v1/lanes` with whatever `receipts` and `exports` return."""

    def __init__(self) -> None:
        self.receipts: Callable[[], dict[str, Any]] = lambda: HEALTHY
        self.exports: Callable[[], dict[str, Any]] = lambda: HEALTHY
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                lanes = [
                    {"queue": "receipts", **liar.receipts()},
                    {"queue": "exports", **liar.exports()},
                ]
                body = json.dumps({"as_of": time.time(), "lanes": lanes}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Told:
    """Keeps what a story tells."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.drawn = io.StringIO()
        self.screen = Screen(Console(file=self.drawn, force_terminal=True))

    def tell(self, text: str) -> None:
        self.lines.append(text)

    def show(self, seen: Any) -> None:
        self.screen.show(seen)


class Theatre:
    """A real stage without its processes, and a board that lies."""

    def __init__(self, folder: Path) -> None:
        self.liar = Liar()
        self.stage = Stage(folder, HueyBroker(folder), 0)
        self.watch = Watch(self.liar.url, "token", folder, self.stage.broker, self.stage.mail)
        self.told = Told()
        self.story = Story(self.stage, self.watch, self.told)
        self.books = sqlite3.connect(
            folder / "shop.db", isolation_level=None, check_same_thread=False
        )
        self.books.execute("create table payments (id integer primary key, account, at)")

    def pay(self, seconds_ago: float) -> None:
        self.books.execute(
            "insert into payments (account, at) values ('acct', ?)", (time.time() - seconds_ago,)
        )

    def true_age(self) -> float:
        row = self.books.execute("select min(at) from payments").fetchone()
        return time.time() - float(row[0])

    def broken(self) -> bool:
        return "first_name" in (self.stage.folder / "templates/receipt.txt").read_text(
            encoding="utf-8"
        )

    def failing(self, **more: Any) -> dict[str, Any]:
        """The lane as an honest board would show it, with changes."""
        if not self.broken():
            return HEALTHY
        return {**HEALTHY, "oldest_age_s": self.true_age(), "reasons": [REASON], **more}

    def close(self) -> None:
        self.watch.close()
        self.stage.close()
        self.liar.close()
        self.books.close()


@pytest.fixture
def theatre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Theatre]:
    monkeypatch.setattr(story_module, "WARM_UP_S", 0.0)
    monkeypatch.setattr(story_module, "HOLD_S", 0.1)
    monkeypatch.setattr(story_module, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(story_module, "PATIENCE_S", 0.2)
    monkeypatch.setattr(story_module, "WITHIN_S", dict.fromkeys(story_module.WITHIN_S, 1.0))
    theatre = Theatre(tmp_path)
    yield theatre
    theatre.close()


def test_a_board_that_shows_no_reason_fails_the_story(theatre: Theatre) -> None:
    theatre.pay(1)
    theatre.liar.receipts = lambda: theatre.failing(reasons=[])

    with pytest.raises(NotSeenError, match="the error of the template as a reason of the lane"):
        theatre.story.play()


def test_a_board_whose_clock_restarts_at_each_retry_fails_the_story(theatre: Theatre) -> None:
    theatre.pay(30)
    theatre.liar.receipts = lambda: theatre.failing(oldest_age_s=1.0)

    with pytest.raises(
        NotSeenError, match=r"the board says 1.0 s while the oldest receipt is 3\d"
    ):
        theatre.story.play()


def test_a_board_that_says_nothing_within_the_promise_fails_the_story(theatre: Theatre) -> None:
    theatre.pay(61)
    theatre.liar.receipts = theatre.failing

    with pytest.raises(NotSeenError, match=r"1 min old .* the board had not said so"):
        theatre.story.play()


def test_a_board_that_blames_the_wrong_lane_fails_the_story(theatre: Theatre) -> None:
    theatre.pay(1)
    theatre.liar.exports = lambda: {**HEALTHY, "verdict": "stuck", "sentence": "Stuck: exports"}

    with pytest.raises(NotSeenError, match='the board said "Stuck: exports"'):
        theatre.story.play()


def test_a_lane_that_never_gets_healthy_again_fails_the_story(theatre: Theatre) -> None:
    theatre.pay(30)
    write_to_owner(theatre.stage.mail.port, "Receipt emails are stuck.")
    theatre.liar.receipts = lambda: theatre.failing(verdict="stuck", sentence="Stuck")

    with pytest.raises(NotSeenError, match="every payment with its receipt"):
        theatre.story.play()

    assert any('The board says: "Stuck"' in line for line in theatre.told.lines)
    assert not theatre.broken()


@pytest.mark.parametrize(
    ("mails", "missing"),
    [
        ([], "the alert in the mailbox of its owner"),
        (["stuck"], "the message of the recovery in the mailbox"),
    ],
)
def test_a_mail_that_does_not_come_fails_the_story(
    theatre: Theatre, mails: list[str], missing: str
) -> None:
    theatre.pay(30)
    for text in mails:
        write_to_owner(theatre.stage.mail.port, text)

    def honest() -> dict[str, Any]:
        if not theatre.broken() and theatre.true_age() > 30 and len(theatre.told.lines) > 5:
            deliver(theatre.stage.mail.port, 1)
        return theatre.failing(verdict="stuck", sentence="Stuck")

    theatre.liar.receipts = honest

    with pytest.raises(NotSeenError, match=missing):
        theatre.story.play()


def test_an_alert_after_the_promise_fails_the_story(
    theatre: Theatre,
) -> None:
    theatre.pay(50)
    theatre.liar.receipts = lambda: theatre.failing(verdict="stuck", sentence="Stuck")
    late = Alert(time.time() + 15.0, "Receipts", "stuck")
    theatre.stage.mail.alerts.append(late)

    with pytest.raises(NotSeenError, match="after the promise of 1 min"):
        theatre.story.play()


def test_an_honest_board_ends_the_story_well(theatre: Theatre) -> None:
    theatre.pay(30)
    write_to_owner(theatre.stage.mail.port, "Receipt emails are stuck.")
    write_to_owner(theatre.stage.mail.port, "Receipt emails are well again after 1 min.")

    def honest() -> dict[str, Any]:
        if not theatre.broken() and theatre.true_age() > 30 and len(theatre.told.lines) > 5:
            deliver(theatre.stage.mail.port, 1)
        return theatre.failing(verdict="stuck", sentence="Stuck")

    theatre.liar.receipts = honest
    theatre.story.play()

    assert "1 payment, 1 with a receipt, none lost" in theatre.told.lines[-1]


def test_a_server_that_stops_answering_fails_the_story(theatre: Theatre) -> None:
    theatre.liar.close()

    with pytest.raises(NoAnswerError, match="does not answer"):
        theatre.story.play()


def test_a_shop_that_never_opens_fails_the_story(theatre: Theatre) -> None:
    with pytest.raises(NotSeenError, match="receipts and exports are on time"):
        theatre.story.play()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stage = Stage(tmp_path, HueyBroker(tmp_path), taken.getsockname()[1])

        with pytest.raises(
            PlayerEndedError,
            match=r"tailback ended by itself with exit code 64[\s\S]*Cannot listen",
        ):
            stage.start()

        stage.close()


def write_to_owner(port: int, text: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        said = f"To: ana@example.com\r\nSubject: Receipts\r\n\r\n{text}\r\n"
        client.sendmail("t@x", ["ana@example.com"], said)


def deliver(port: int, order: int, text: str = "hello") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("a@x", ["b@x"], f"Subject: Receipt for order {order}\r\n\r\n{text}\r\n")


def test_the_mail_server_keeps_each_receipt_once_and_outlives_nonsense() -> None:
    server = MailServer()

    deliver(server.port, 7, ".leading dot")
    first = server.delivered[7]
    deliver(server.port, 7)
    with socket.create_connection(("127.0.0.1", server.port)) as rude:
        rude.sendall(b"\xff\xfe nonsense\r\nHELO x\r\nDATA\r\nno end")
    with socket.create_connection(("127.0.0.1", server.port)) as flood:
        flood.sendall(b"x" * 200_000)
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        assert client.docmd("VRFY", "x")[0] == 502
        assert client.helo()[0] == client.noop()[0] == 250
    deliver(server.port, 8)

    assert server.delivered[7] == first
    assert set(server.delivered) == {7, 8}
    server.close()
