"""A drill on its whole way: real broker, worker, hook, server and mail, up to a person's answer."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tailback import clock
from tailback.cli import _place
from tailback.core.model import Lane
from tailback.server.config import Channel, Config, Person, Source
from tailback.testing.processes import Process
from tailback.testing.receivers import SmtpReceiver
from tailback.testing.systems import ProcessRig
from tests.cli.test_up import tailback
from tests.server.live import Live, live_server, until
from tests.systems import celery_rig, huey_rig, rq_rig

QUEUE = "emails"
Make = Callable[[pytest.FixtureRequest, Path], tuple[ProcessRig, Source]]


def celery_on_redis(request: pytest.FixtureRequest, folder: Path) -> tuple[ProcessRig, Source]:
    url = fresh_redis(request, 11)
    source = Source(name="shop", system="celery", url=url, write_url=url)
    return celery_rig.RedisRig(url, folder), source


def celery_on_rabbitmq(request: pytest.FixtureRequest, folder: Path) -> tuple[ProcessRig, Source]:
    rig = celery_rig.RabbitRig(request.getfixturevalue("rabbitmq"), folder)
    options = {"management_url": rig.management_url.replace("guest:guest@", "")}
    source = Source(
        name="shop", system="celery", url=rig.broker, write_url=rig.broker, options=options
    )
    return rig, source


def rq(request: pytest.FixtureRequest, folder: Path) -> tuple[ProcessRig, Source]:
    url = fresh_redis(request, 12)
    return rq_rig.RqRig(url, folder), Source(name="shop", system="rq", url=url, write_url=url)


def huey_on_redis(request: pytest.FixtureRequest, folder: Path) -> tuple[ProcessRig, Source]:
    return huey(fresh_redis(request, 13), folder, "redis")


def huey_with_priorities(
    request: pytest.FixtureRequest, folder: Path
) -> tuple[ProcessRig, Source]:
    return huey(fresh_redis(request, 14), folder, "priority")


def huey(url: str, folder: Path, storage: str) -> tuple[ProcessRig, Source]:
    rig = huey_rig.RedisRig(url, folder, storage)
    options = {"priority": storage == "priority"}
    return rig, Source(name="shop", system="huey", url=url, write_url=url, options=options)


def huey_on_sqlite(_request: pytest.FixtureRequest, folder: Path) -> tuple[ProcessRig, Source]:
    rig = huey_rig.SqliteRig(folder)
    url = f"sqlite:///{rig.where}"
    return rig, Source(name="shop", system="huey", url=url, write_url=url)


def fresh_redis(request: pytest.FixtureRequest, database: int) -> str:
    url = f"{request.getfixturevalue('redis_server')}/{database}"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


class Chain:
    """A source with its rig, a server that watches it, and the mailbox of the lane's owner."""

    def __init__(self, rig: ProcessRig, source: Source, live: Live, mail: SmtpReceiver) -> None:
        self.rig = rig
        self.source = source
        self.live = live
        self.mail = mail

    def start_worker(self, *, hook: bool = True, source: str = "shop") -> Process:
        token = self.live.token("ingest", source)
        dsn = self.live.url.replace("://", f"://{token}@") + f"/{source}"
        return self.rig.start_worker(
            queues=(QUEUE,), hook=hook, **({"TAILBACK_DSN": dsn} if hook else {})
        )

    def drill(self, folder: Path, mode: str = "--fail") -> Any:
        local = _place.Local(
            self.live.url, self.live.token("read"), {}, self.live.token("operate")
        )
        _place.write_local(folder / "local.json", local)
        return tailback(folder, "drill", QUEUE, mode)

    def answer(self) -> None:
        """Be the owner, who acknowledges the first mail."""
        got = until(lambda: next(iter(self.mail.received), None), 120.0)
        link = re.search(r"Acknowledge: (\S+)", got.text)
        assert link is not None
        httpx.post(link[1], trust_env=False)

    def begin(self, lane: str = QUEUE) -> str:
        with self.live.client("operate") as operator:
            answer = operator.post("/api/v1/drills", json={"lane": lane, "by": "cy"})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def end(self, number: str, after_s: float) -> dict[str, Any]:
        """Return a drill that is over when somebody looks at it so much later."""
        self.live.running.services.drills.once(clock.now() + after_s)
        with self.live.client("operate") as operator:
            row: dict[str, Any] = operator.get(f"/api/v1/drills/{number}").json()
        assert row["state"] == "resolved", row
        return row


@pytest.fixture
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    make: Make = getattr(request, "param", rq)
    with ExitStack() as stack:
        rig, source = make(request, tmp_path)
        stack.enter_context(rig)
        mail = SmtpReceiver()
        stack.callback(mail.close)
        settings = {
            "smtp": f"smtp://127.0.0.1:{mail.port}",
            "to": "ana@example.com",
            "from": "tailback@example.com",
        }
        config = Config(
            sources=(source,),
            lanes=(
                Lane(key=QUEUE, name="First", queue=QUEUE, source="shop", owner="ana"),
                Lane(key="typo", name="Typo", queue="emials", source="shop", owner="ana"),
                Lane(
                    key="types",
                    name="Types",
                    queue=QUEUE,
                    jobs=("shop.no_such",),
                    source="shop",
                    owner="ana",
                ),
            ),
            people=(Person(name="ana", channels=("mail",)),),
            channels=(Channel(name="mail", kind="email", settings=settings),),
        )
        live = stack.enter_context(live_server(tmp_path / "t.db", config))
        yield Chain(rig, source, live, mail)


@pytest.mark.parametrize(
    ("chain", "mode"),
    [
        pytest.param(make, mode, id=f"{make.__name__}-{mode[2:]}")
        for make, mode in (
            (celery_on_redis, "--fail"),
            (celery_on_redis, "--hang"),
            (celery_on_rabbitmq, "--fail"),
            (rq, "--fail"),
            (rq, "--hang"),
            (huey_on_redis, "--fail"),
            (huey_with_priorities, "--fail"),
            (huey_on_sqlite, "--fail"),
        )
    ],
    indirect=["chain"],
)
def test_a_job_goes_through_the_real_worker_and_its_alert_is_answered(
    chain: Chain, tmp_path: Path, mode: str
) -> None:
    chain.start_worker()
    work = chain.rig.work(queue=QUEUE)
    chain.rig.enqueue(work)
    before = chain.live.lane(QUEUE, lambda lane: lane["completions_5m"] == 1)
    ana = threading.Thread(target=chain.answer, daemon=True)
    ana.start()

    done = chain.drill(tmp_path, mode)
    ana.join()

    whats = [line.split(":")[0].split("  ")[-1].strip() for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout + done.stderr
    assert whats[:3] == ["enqueued", "seen", "told"]
    assert set(whats[3:]) <= {"delivered", "acknowledged"}
    assert chain.mail.received[0].headers["Subject"] == "DRILL: First"
    assert "through the real queue, a real worker and its hook" in chain.mail.received[0].text
    lane = chain.live.lane(QUEUE, lambda lane: lane["drilled_at"])
    for number in ("failed_1h", "arrivals_5m", "completions_5m"):
        assert lane[number] == before[number], number
    assert (lane["dead"] or 0, lane["waiting"] or 0, lane["oldest_age_s"]) == (0, 0, None)


def test_a_worker_without_the_hook_breaks_the_link_worker(chain: Chain) -> None:
    chain.start_worker(hook=False)

    row = chain.end(chain.begin(), 130.0)

    assert row["acknowledged_by"] is None
    assert "worker: no worker with the hook reported the job" in row["message"]


def test_a_mail_server_that_is_dead_breaks_the_link_channel(chain: Chain) -> None:
    chain.mail.close()
    chain.start_worker()
    number = chain.begin()
    until(lambda: chain.live.store.outbox.of(number), 60.0)

    row = chain.end(number, 130.0)

    assert "channel: no channel of the owner took the message" in row["message"]


def test_an_owner_who_does_not_answer_breaks_the_link_answer(chain: Chain) -> None:
    chain.start_worker()
    number = chain.begin()
    until(lambda: chain.mail.received, 60.0)
    until(lambda: any(sent.state == "sent" for sent in chain.live.store.outbox.of(number)))
    chain.live.running.services.drills.once(clock.now())

    row = chain.end(number, 1_000.0)

    assert "answer: nobody answered" in row["message"]


ON_REAL_BROKERS = pytest.mark.parametrize(
    "chain",
    [pytest.param(make, id=make.__name__) for make in (celery_on_redis, rq)],
    indirect=True,
)


@ON_REAL_BROKERS
def test_a_worker_that_reports_to_another_source_breaks_the_link_rule(chain: Chain) -> None:
    chain.start_worker(source="other")

    row = ended_by_itself(chain, chain.begin())

    assert (
        "rule misconfigured: the lane watches source shop, but its worker reports to other"
        in row["message"]
    )
    got = until(lambda: next(iter(chain.mail.received), None))
    assert "rule misconfigured" in got.text, "the owner is told which link it is"


@ON_REAL_BROKERS
def test_job_types_and_a_queue_that_do_not_exist_break_the_link_rule(chain: Chain) -> None:
    chain.start_worker()
    work = chain.rig.work(queue=QUEUE)
    chain.rig.enqueue(work)
    chain.live.lane(QUEUE, lambda lane: lane["completions_5m"] == 1)
    until(lambda: chain.live.store.rollups.slices("shop"), 60.0)

    types = ended_by_itself(chain, chain.begin("types"))
    typo = chain.end(chain.begin("typo"), 130.0)

    assert "no job of shop.no_such was ever in its queue; known there are" in types["message"]
    assert "rule misconfigured: no worker has ever used queue emials" in typo["message"]
    assert "known are emails" in typo["message"]


def ended_by_itself(chain: Chain, number: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        with chain.live.client("operate") as operator:
            row: dict[str, Any] = operator.get(f"/api/v1/drills/{number}").json()
        return row if row["state"] == "resolved" else None

    return until(look, 110.0)
