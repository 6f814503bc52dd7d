"""The two ways to watch an unmodified worker: the start-up gate and `tailback run`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tailback
from tests.agent.intake import Intake

ROOT = Path(tailback.__file__).parent
APP = """
import sys
from tailback import agent
print("on" if agent.configured() else "off", *sys.argv[1:], flush=True)
agent.emit("started", "from the app", "q")
"""
GATE = f"import site; site.addsitedir({str(ROOT.parent)!r})\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(APP)
    return path


def run(*command: str, dsn: str | None, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if "TAILBACK" not in name}
    if dsn is not None:
        clean["TAILBACK_DSN"] = dsn
    return subprocess.run(
        [sys.executable, *command],
        env={**clean, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_gate_switches_the_agent_on_when_a_dsn_is_set(intake: Intake) -> None:
    done = run("-c", GATE + APP, dsn=intake.dsn)

    assert (done.returncode, done.stdout, done.stderr) == (0, "on\n", "")
    assert [event["id"] for event in intake.events] == ["from the app"]


def test_the_gate_loads_nothing_without_a_dsn() -> None:
    done = run("-c", GATE + "import sys; print('tailback' in sys.modules)", dsn=None)

    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_wrong_dsn_at_the_gate_is_a_warning_and_the_process_goes_on() -> None:
    done = run("-c", GATE + "print('alive')", dsn="http://nonsense")

    assert done.stdout == "alive\n"
    assert done.stderr.count("TAILBACK_DSN cannot be used") == 1


@pytest.mark.parametrize("how", ["file", "module", "command"])
def test_run_watches_a_worker_however_it_is_started(intake: Intake, app: Path, how: str) -> None:
    command = {
        "file": [sys.executable, str(app)],
        "module": [sys.executable, "-m", "app"],
        "command": [str(app)],
    }[how]
    app.write_text(f"#!{sys.executable}\n{APP}")
    app.chmod(0o755)

    done = run(
        "-m", "tailback", "run", *command, "a", "--b", dsn=intake.dsn, PYTHONPATH=str(app.parent)
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "on a --b\n", "")
    assert [event["id"] for event in intake.events] == ["from the app"]


def test_run_and_gate_together_switch_on_once(intake: Intake) -> None:
    count = "from tailback.agent import hooks; print(sum(isinstance(f, hooks.Finder) for f in sys.meta_path))"

    done = run("-m", "tailback", "run", sys.executable, "-c", GATE + APP + count, dsn=intake.dsn)

    assert done.stdout == "on\n1\n"
    assert len(intake.events) == 1


def test_run_keeps_the_apps_own_sitecustomize_and_path(
    intake: Intake, app: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.own = True")
    app.write_text("import sys; print(sys.own, sys.modules['sitecustomize'].__file__, sys.path)")

    done = run(
        "-m", "tailback", "run", "--", sys.executable, str(app), dsn=intake.dsn,
        PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    assert done.stdout.startswith(f"True {tmp_path}/sitecustomize.py")
    assert "agent/site" not in done.stdout


def test_an_error_in_the_apps_own_sitecustomize_is_said_as_without_us(
    intake: Intake, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import no_such_module")

    done = run(
        "-m", "tailback", "run", sys.executable, "-c", "print('alive')", dsn=intake.dsn,
        PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    assert done.stdout == "alive\n"
    assert "no_such_module" in done.stderr


def test_children_of_a_watched_worker_are_watched(intake: Intake, app: Path) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, {str(app)!r}])"

    run("-m", "tailback", "run", sys.executable, "-c", code, dsn=intake.dsn)

    assert [event["id"] for event in intake.events] == ["from the app"]


def test_the_exit_code_and_the_signal_are_the_workers_own(intake: Intake) -> None:
    ended = run(
        "-m", "tailback", "run", sys.executable, "-c", "raise SystemExit(7)", dsn=intake.dsn
    )
    killed = run(
        "-m", "tailback", "run", sys.executable, "-c",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)", dsn=intake.dsn,
    )  # fmt: skip

    assert ended.returncode == 7
    assert killed.returncode == -signal.SIGTERM


def test_a_python_without_tailback_runs_all_the_same_and_says_so_once(intake: Intake) -> None:
    site = ROOT / "agent" / "site"
    code = (
        f"import sys; sys.path = [p for p in sys.path if p and p != {str(ROOT.parent)!r}]\n"
        "import os; os.environ['TAILBACK_RUN_PID'] = str(os.getpid())\n"
        "class Gone:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'tailback': raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Gone()); sys.modules.pop('sitecustomize', None)\n"
        f"sys.path.insert(0, {str(site)!r}); import sitecustomize; print('alive')\n"
    )

    done = run("-S", "-c", code, dsn=intake.dsn)

    assert done.stdout == "alive\n"
    assert "pip install tailback" in done.stderr
    silent = run("-S", "-c", code.replace("str(os.getpid())", "'1'"), dsn=intake.dsn)
    assert (silent.stdout, silent.stderr) == ("alive\n", "")
