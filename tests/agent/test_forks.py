import importlib.util
import os
import textwrap
import threading
from pathlib import Path

import pytest

from tailback.agent import forks
from tests.agent.conftest import Script
from tests.agent.intake import Intake

FORKS = 1_000 if os.environ.get("TAILBACK_PROVE") else 50
SETUP = """
import os, sys, threading, time
import tailback
from tailback import agent
tailback.install()
"""


def source(body: str) -> str:
    return SETUP + textwrap.dedent(body)


def ids(intake: Intake) -> list[str]:
    return sorted(event["id"] for event in intake.events)


def test_each_forked_child_sends_its_own_and_leaves_its_parents_events(
    intake: Intake, script: Script
) -> None:
    done = script(
        source(f"""
        agent.emit("started", "parent-before", "q")
        for number in range({FORKS}):
            child = os.fork()
            if child == 0:
                agent.emit("started", f"child-{{number}}", "q")
                ok = agent.flush(10)
                os._exit(0 if ok else 7)
            assert os.waitpid(child, 0)[1] == 0
        agent.emit("started", "parent-after", "q")
        """),
        timeout_s=60 + FORKS,
        measured=False,
    )

    assert done.returncode == 0, done.stderr
    expected = [f"child-{number}" for number in range(FORKS)]
    assert ids(intake) == sorted([*expected, "parent-before", "parent-after"])
    assert len({batch["producer"] for batch in intake.batches}) == FORKS + 1


def test_a_fork_in_the_middle_of_sending_and_of_other_threads_work_never_hangs(
    intake: Intake, script: Script
) -> None:
    done = script(
        source(f"""
        stop = threading.Event()
        def busy():
            while not stop.is_set():
                agent.emit("started", "noise", "q", error={{"message": "a@b.example " * 20}})
                time.sleep(0)
        for _ in range(3):
            threading.Thread(target=busy, daemon=True).start()
        failed = 0
        for number in range({FORKS}):
            child = os.fork()
            if child == 0:
                agent.emit("started", f"child-{{number}}", "q")
                os._exit(0 if agent.flush(20) else 7)
            failed += os.waitpid(child, 0)[1] != 0
        stop.set()
        sys.exit(failed)
        """),
        timeout_s=120 + FORKS,
        measured=False,
    )

    assert done.returncode == 0, done.stderr
    children = [one for one in ids(intake) if one.startswith("child-")]
    assert len(children) == len(set(children)) == FORKS


def test_a_fork_waits_while_we_import_and_no_longer_than_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forks, "LONGEST_WAIT_S", 0.01)
    importing, done = threading.Event(), threading.Event()

    def load() -> None:
        with forks.loading:
            importing.set()
            done.wait(10)

    thread = threading.Thread(target=load)
    thread.start()
    importing.wait(10)
    forks._hold()  # given up
    forks._release()
    done.set()
    thread.join()

    forks._hold()
    assert not _taken_by_another_thread()
    forks._release()
    assert _taken_by_another_thread()


def _taken_by_another_thread() -> bool:
    got: list[bool] = []

    def take() -> None:
        got.append(forks.loading.acquire(blocking=False))
        if got[0]:
            forks.loading.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return got[0]


def test_a_forked_child_is_not_its_parents_worker(intake: Intake, script: Script) -> None:
    done = script(
        source("""
        agent.worker("w1", ["q"], 1)
        agent.running("job-1")
        assert agent.flush(10)
        child = os.fork()
        if child == 0:
            agent.emit("started", "x", "q")
            agent.flush(10)
            os._exit(0)
        os.waitpid(child, 0)
        """),
        measured=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(intake.workers) == 1


def test_a_process_that_ends_normally_sends_its_last_events(
    intake: Intake, script: Script
) -> None:
    done = script(source('agent.emit("started", "last", "q")'))

    assert (done.returncode, done.stderr) == (0, "")
    assert ids(intake) == ["last"]


def test_a_process_ends_without_delay_and_without_a_word_when_the_server_is_down(
    intake: Intake, script: Script
) -> None:
    intake.stop()

    done = script(source('agent.emit("started", "last", "q")'), timeout_s=20)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_send_their_last_events(
    intake: Intake, script: Script, tmp_path: Path, method: str
) -> None:
    path = tmp_path / "main.py"
    path.write_text(
        source(f"""
        import multiprocessing
        def work(number):
            agent.emit("started", f"child-{{number}}", "q")
        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            agent.emit("started", "parent", "q")
            children = [context.Process(target=work, args=(n,)) for n in range(5)]
            for child in children: child.start()
            for child in children: child.join()
        """)
    )

    done = script(
        f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, {str(path)!r}]))"
    )

    assert done.returncode == 0, done.stderr
    assert ids(intake) == [*(f"child-{number}" for number in range(5)), "parent"]


@pytest.mark.skipif(not importlib.util.find_spec("billiard"), reason="billiard is not installed")
def test_children_of_billiard_send_their_last_events(intake: Intake, script: Script) -> None:
    done = script(
        source("""
        import billiard
        def work(number):
            agent.emit("started", f"child-{number}", "q")
        agent.emit("started", "parent", "q")
        children = [billiard.Process(target=work, args=(n,)) for n in range(5)]
        for child in children: child.start()
        for child in children: child.join()
        """)
    )

    assert done.returncode == 0, done.stderr
    assert ids(intake) == [*(f"child-{number}" for number in range(5)), "parent"]


@pytest.mark.skipif(not importlib.util.find_spec("gevent"), reason="gevent is not installed")
@pytest.mark.parametrize("when", ["before", "after install", "after the first event"])
def test_under_gevent_events_are_sent_while_greenlets_go_on(
    intake: Intake, script: Script, when: str
) -> None:
    patch = "from gevent import monkey; monkey.patch_all()\n"
    early, late, later = (
        patch if when == moment else ""
        for moment in ("before", "after install", "after the first event")
    )
    done = script(
        early
        + SETUP
        + late
        + 'agent.emit("started", "first", "q")\n'
        + later
        + textwrap.dedent("""
        import gevent
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                gevent.sleep(0.001)
        ticker = gevent.spawn(tick)
        def work(number):
            agent.emit("started", f"job-{number}", "q")
            gevent.sleep(0)
        gevent.joinall([gevent.spawn(work, n) for n in range(200)])
        before = len(ticks)
        assert agent.flush(10)
        ticker.kill()
        child = os.fork()
        if child == 0:
            agent.emit("started", "child", "q")
            os._exit(0 if agent.flush(10) else 7)
        assert os.waitpid(child, 0)[1] == 0
        """),
        measured=False,
    )

    assert done.returncode == 0, done.stderr
    assert ids(intake) == sorted(["first", "child", *(f"job-{number}" for number in range(200))])


def test_an_event_from_a_signal_handler_never_hangs(intake: Intake, script: Script) -> None:
    done = script(
        source("""
        import signal
        def handler(*_):
            agent.emit("started", "signal", "q", error={"message": "m"})
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        end = time.monotonic() + 1
        sent = 0
        while time.monotonic() < end:
            agent.emit("started", "main", "q", error={"message": "m"})
            sent += 1
            if sent % 500 == 0:
                agent.flush(1)
        signal.setitimer(signal.ITIMER_REAL, 0)
        """)
    )

    assert done.returncode == 0, done.stderr
    assert "signal" in ids(intake)
