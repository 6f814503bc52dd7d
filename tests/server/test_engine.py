"""The ledger over restarts, crashes and dead workers: nothing lost, nothing counted twice."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tailback import clock
from tailback.server.config import Config
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import job, live_server, until

SERVER = """
import sys
from pathlib import Path
from tests.server.live import live_server
with live_server(Path(sys.argv[1])) as live:
    print(live.url, live.token("ingest", "shop"), flush=True)
    sys.stdin.read()
"""


def completed(database: Path) -> int:
    """What the rollups counted, all time."""
    with SqliteStore(database) as store:
        counted = store.rollups.overview(from_=0, to=4_000_000_000)
    return sum(minute.completed for minute in counted.values())


def test_a_graceful_restart_remembers_every_job_and_counts_nothing_twice(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    now = clock.now()
    with live_server(database) as live:
        live.send(*[job("enqueued", now - 60, f"j{n}") for n in range(5)])
        live.send(*[job("succeeded", now - 30, f"j{n}") for n in range(3)])
        live.lane("emails", lambda lane: lane["waiting"] == 2)

    for _ in range(2):
        with live_server(database) as live:
            lane = live.lane("emails", lambda lane: lane["waiting"] == 2)
            assert lane["oldest_age_s"] >= 60
            assert lane["last_success_at"] == now - 30
    assert completed(database) == 3


def test_a_checkpoint_makes_the_replay_short(tmp_path: Path) -> None:
    with live_server(tmp_path / "t.db") as live:
        live.send(job("enqueued", clock.now()))
    with live_server(tmp_path / "t.db") as live:
        assert live.running.services.engine._saved == 1
        live.send(job("enqueued", clock.now(), "j2"))

    store = SqliteStore(tmp_path / "t.db")
    saved = store.checkpoints.latest()
    store.close()
    assert saved is not None
    assert saved.offset == 2


def test_a_drill_does_not_keep_the_ledger_from_being_saved(tmp_path: Path) -> None:
    now = clock.now()
    with live_server(tmp_path / "t.db") as live:
        live.send(job("enqueued", now, "drill-1", drill="d1"), job("enqueued", now, "real"))
    with live_server(tmp_path / "t.db") as live:
        engine = live.running.services.engine
        assert engine._saved == 1
        live.send(job("enqueued", now, "drill-1", drill="d1"))
        kinds = engine.ask(lambda ledger: [e.kind for _source, e in ledger.drill("drill-1")])
        assert kinds.result(30) == ["enqueued"]
        assert engine.ask(lambda ledger: ledger.open_jobs()).result(30) == 1


def test_a_killed_server_loses_nothing_it_acknowledged_and_counts_it_once(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    sent = 0
    for round_ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        url, token = child.stdout.readline().split()
        for seq in range(10):
            ids = [f"{round_}-{seq}-{n}" for n in range(20)]
            events = [job("succeeded", clock.now(), name) for name in ids]
            batch = {"v": 1, "producer": f"p{round_}", "seq": seq, "events": events}
            reply = httpx.post(
                f"{url}/api/v1/events", json=batch, headers={"Authorization": f"Bearer {token}"}
            )
            assert reply.status_code == 202
            sent += 20
        child.send_signal(signal.SIGKILL)
        child.communicate()

    with live_server(database) as live:
        store = live.store
        until(lambda: store.rollups.committed_upto() == store.log.last_offset())
    assert completed(database) == sent


def test_a_job_of_a_silent_worker_is_noticed_as_lost_through_the_log(tmp_path: Path) -> None:
    with live_server(tmp_path / "t.db") as live:
        beat = {"id": "w1", "queues": ["emails"], "slots": 1, "every_s": 0.2, "running": ["j1"]}
        now = clock.now()
        events = [job("enqueued", now - 5), job("started", now - 4, worker="w1", attempt=1)]
        live.send(*events, workers=[beat])
        live.lane("emails", lambda lane: lane["running"] == 0 and lane["waiting"] == 1)

        found = live.get("/api/v1/jobs/j1").json()
        assert found["state"] == "lost"
        producers = [batch.producer for _, batch in live.store.log.read(after=0)]
        assert any(name and name.startswith("tailback:") for name in producers)
        derived = [name for name in producers if name and name.startswith("tailback:")]
        assert len(derived) == 1


def test_questions_are_answered_between_batches(tmp_path: Path) -> None:
    with live_server(tmp_path / "t.db", Config()) as live:
        live.send(job("enqueued", clock.now()))
        engine = live.running.services.engine
        assert until(lambda: engine.ask(lambda ledger: ledger.open_jobs()).result(10) == 1)
