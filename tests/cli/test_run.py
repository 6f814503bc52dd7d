import os
import sys

import pytest

from tailback.cli import run
from tailback.cli.run import SITE, environment, main


@pytest.fixture(autouse=True)
def dsn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAILBACK_DSN", "http://t@127.0.0.1:9/shop")


def test_help_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    assert "Usage: tailback run <worker command>" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["--"], ["--verbose", "celery"]])
def test_without_a_command_the_usage_is_said(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 64

    assert "Usage: tailback run" in capsys.readouterr().err


def test_without_a_dsn_nothing_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TAILBACK_DSN")

    assert main([sys.executable, "-c", "raise SystemExit"]) == 64

    assert "TAILBACK_DSN is not set" in capsys.readouterr().err


def test_with_a_wrong_dsn_nothing_is_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAILBACK_DSN", "http://host/shop")

    assert main([sys.executable, "-c", "raise SystemExit"]) == 64

    assert "the ingest token before the @ is missing" in capsys.readouterr().err


def test_a_command_that_does_not_exist_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-worker-command"]) == 64

    said = capsys.readouterr().err
    assert "no-such-worker-command cannot be started (No such file or directory)" in said


def test_the_command_takes_this_process_over(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[object] = []
    monkeypatch.setattr(os, "execvpe", lambda *call: became.append(call))

    main(["--", "celery", "-A", "shop", "worker"])

    ((name, command, env),) = became  # type: ignore[misc]
    assert (name, command) == ("celery", ["celery", "-A", "shop", "worker"])  # type: ignore[has-type]
    assert env["TAILBACK_RUN_PID"] == str(os.getpid())  # type: ignore[has-type]


def test_our_directory_comes_first_on_the_python_path_and_once() -> None:
    first = environment({"PYTHONPATH": f"/app{os.pathsep}/lib", "HOME": "/h"}, 7)
    again = environment(first, 8)

    assert first["PYTHONPATH"] == os.pathsep.join([str(SITE), "/app", "/lib"])
    assert again["PYTHONPATH"] == first["PYTHONPATH"]
    assert (first["HOME"], again["TAILBACK_RUN_PID"]) == ("/h", "8")
    assert environment({}, 1)["PYTHONPATH"] == str(SITE)
    assert (run.SITE / "sitecustomize.py").is_file()
