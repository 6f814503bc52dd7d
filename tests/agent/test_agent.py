import os
import signal
import subprocess
import sys
import threading
import time
from importlib import metadata

import pytest

import tailback
from tailback import agent
from tailback.agent import forks, guard, release
from tailback.agent.sender import Sender
from tailback.agent.settings import Settings
from tests.agent.conftest import Script
from tests.agent.intake import Intake

pytestmark = pytest.mark.usefixtures("fresh")


def test_without_a_dsn_everything_is_a_quiet_no_op() -> None:
    agent.emit("started", "1", "q", error=ValueError("x"))
    agent.worker("w", ["q"], 1)
    agent.running("1")
    agent.finished("1")
    tailback.outcome("paid")
    tailback.deploy("4f2c")
    agent.schedule("Celery beat", "beat", [])

    assert agent.flush(1)
    assert not agent.configured()
    assert agent.tenant_of("send", (), {"account_id": 1}) is None
    assert agent._sender is None
    assert guard.swallowed == {}


def test_a_wrong_dsn_is_one_warning_with_a_remedy_and_no_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not tailback.install("http://very-secret@host:port/shop")
    assert not tailback.install("http://very-secret@host:port/shop")
    agent.emit("started", "1", "q")

    assert len(caplog.records) == 1
    assert caplog.records[0].name == "tailback"
    assert "its port is not a number" in caplog.text
    assert "tailback token new" in caplog.text
    assert "very-secret" not in caplog.text


def test_a_missing_dsn_is_said_when_the_app_asks_for_the_agent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not tailback.install()

    assert "TAILBACK_DSN is not set" in caplog.text


def test_the_dsn_comes_from_the_environment(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAILBACK_DSN", intake.dsn)

    assert tailback.install()
    assert tailback.install()
    assert agent.configured()


def test_a_mistake_while_installing_is_not_the_apps_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise OSError("boom")

    monkeypatch.setattr(agent, "_read_settings", broken)

    assert not tailback.install("http://t@h/s")
    assert list(guard.swallowed) == ["OSError in tailback.install"]


@pytest.mark.parametrize("broken", ["keep_error", "attend"])
def test_a_mistake_in_the_hot_path_is_not_the_apps_problem(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    tailback.install(intake.dsn)
    sender = agent._open()
    assert sender is not None

    def fail(*_: object) -> None:
        raise OSError("boom")

    with monkeypatch.context() as patched:
        patched.setattr(type(sender), broken, fail)
        agent.emit("dead", "1", "q", error=ValueError("x"))

    assert list(guard.swallowed) == ["OSError in tailback.agent.emit"]


def test_a_sender_that_cannot_be_made_is_not_the_apps_problem(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tailback.install(intake.dsn)
    monkeypatch.setitem(sys.modules, "tailback.agent.sender", None)

    agent.emit("started", "1", "q")

    assert list(guard.swallowed) == ["ModuleNotFoundError in tailback.agent"]


def test_a_flush_that_breaks_answers_no(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    tailback.install(intake.dsn)
    sender = agent._open()

    def fail(*_: object) -> None:
        raise OSError("boom")

    monkeypatch.setattr(type(sender), "flush", fail)

    assert not agent.flush(1)


def test_public_names_are_found_and_others_are_not() -> None:
    assert set(tailback.__all__) <= set(dir(tailback))
    assert tailback.__version__
    with pytest.raises(AttributeError, match="no attribute 'instal'"):
        tailback.instal  # noqa: B018


def test_importing_tailback_loads_nothing_else_of_ours() -> None:
    code = (
        "import sys, tailback; print(sorted(m for m in sys.modules if m.startswith('tailback')))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['tailback']"


def test_switching_the_agent_on_loads_no_network_code_before_the_first_event(
    script: Script,
) -> None:
    done = script(
        "import sys; before = set(sys.modules); import tailback; tailback.install();"
        "new = set(sys.modules) - before;"
        "print(sorted(new & {'http.client', 'ssl', 'dataclasses', 'json', 'logging'}))"
    )

    assert done.stdout.strip() == "[]"


def test_a_system_without_fork_needs_no_care_for_it(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "register_at_fork")
    monkeypatch.setattr(forks, "_protected", [])
    tailback.install(intake.dsn)

    agent.emit("started", "1", "q")

    assert agent.flush(10)
    assert forks._protected == []


def test_a_copy_of_the_source_without_an_installation_has_a_version_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_: str) -> str:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "version", missing)

    assert release._installed() == "0.0.0"


def test_two_threads_that_emit_first_share_one_sender(intake: Intake) -> None:
    tailback.install(intake.dsn)
    with forks.loading:
        other = threading.Thread(target=agent.emit, args=("started", "other", "q"))
        other.start()
        deadline = time.monotonic() + 10
        while sys._current_frames()[other.ident or 0].f_code.co_name != "_open":
            assert time.monotonic() < deadline
        agent.emit("started", "mine", "q")
        made = agent._sender
    other.join(10)

    assert made is agent._sender
    assert agent.flush(10)
    assert {event["id"] for event in intake.events} == {"mine", "other"}


def test_a_signal_that_interrupts_the_first_event_does_not_hang(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tailback.install(intake.dsn)
    make = agent._make_sender

    def interrupted(settings: Settings) -> None:
        signal.raise_signal(signal.SIGALRM)
        make(settings)

    monkeypatch.setattr(agent, "_make_sender", interrupted)
    before = signal.signal(signal.SIGALRM, lambda *_: agent.emit("started", "lost", "q"))
    try:
        agent.emit("started", "kept", "q")
    finally:
        signal.signal(signal.SIGALRM, before)

    assert agent.flush(10)
    assert [event["id"] for event in intake.events] == ["kept"]


def test_a_signal_that_interrupts_the_start_of_the_thread_starts_no_second(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tailback.install(intake.dsn)
    sender = agent._open()
    assert sender is not None
    start = type(sender)._started
    starts: list[int] = []

    def interrupted(self: Sender) -> threading.Thread | None:
        starts.append(1)
        signal.raise_signal(signal.SIGALRM)
        return start(self)

    monkeypatch.setattr(type(sender), "_started", interrupted)
    before = signal.signal(signal.SIGALRM, lambda *_: agent.emit("started", "signal", "q"))
    try:
        agent.emit("started", "main", "q")
    finally:
        signal.signal(signal.SIGALRM, before)

    assert agent.flush(10)
    assert starts == [1]
    assert {event["id"] for event in intake.events} == {"main", "signal"}
