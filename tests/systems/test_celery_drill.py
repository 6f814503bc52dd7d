"""A drill on its whole way: real broker, worker, hook, server and mail, up to a person's answer."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tailback.cli import _place
from tailback.core.model import Lane
from tailback.server.config import Channel, Config, Person, Source
from tailback.testing.receivers import SmtpReceiver
from tests.cli.test_up import tailback
from tests.server.live import Live, live_server, until
from tests.systems.test_celery_on_the_board import BoardRig


@pytest.fixture
def mail() -> Iterator[SmtpReceiver]:
    receiver = SmtpReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def live(redis_url: str, tmp_path: Path, mail: SmtpReceiver) -> Iterator[Live]:
    settings = {
        "smtp": f"smtp://127.0.0.1:{mail.port}",
        "to": "ana@example.com",
        "from": "tailback@example.com",
    }
    config = Config(
        sources=(Source(name="shop", system="celery", url=redis_url, write_url=redis_url),),
        lanes=(Lane(key="first", name="First", queue="first", source="shop", owner="ana"),),
        people=(Person(name="ana", channels=("mail",)),),
        channels=(Channel(name="mail", kind="email", settings=settings),),
    )
    with live_server(tmp_path / "t.db", config) as live:
        yield live


@pytest.mark.parametrize("mode", ["--fail", "--hang"])
def test_a_job_goes_through_the_real_worker_and_its_alert_is_answered(
    live: Live, redis_url: str, tmp_path: Path, mail: SmtpReceiver, mode: str
) -> None:
    local = _place.Local(live.url, live.token("read"), {}, live.token("operate"))
    _place.write_local(tmp_path / "local.json", local)

    def answer() -> None:
        got = until(lambda: next(iter(mail.received), None), 90.0)
        link = re.search(r"Acknowledge: (\S+)", got.text)
        assert link is not None
        httpx.post(link[1], trust_env=False)

    with BoardRig(redis_url, tmp_path, live):
        ana = threading.Thread(target=answer, daemon=True)
        ana.start()
        done = tailback(tmp_path, "drill", "first", mode)
        ana.join()

    whats = [line.split(":")[0].split("  ")[-1].strip() for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout + done.stderr
    assert whats[:3] == ["enqueued", "seen", "told"]
    assert set(whats[3:]) <= {"delivered", "acknowledged"}
    assert mail.received[0].headers["Subject"] == "DRILL: First"
    assert "through the real queue, a real worker and its hook" in mail.received[0].text
    lane = live.lane("first", lambda lane: lane["drilled_at"])
    assert (lane["dead"], lane["failed_1h"], lane["arrivals_5m"]) == (0, 0, 0)
