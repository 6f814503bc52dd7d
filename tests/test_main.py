import subprocess
import sys
import tomllib
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from tailback import __main__ as dispatcher


def command(monkeypatch: pytest.MonkeyPatch, name: str, main: Callable[..., object]) -> None:
    module = types.ModuleType(name)
    module.main = main  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize("name", ["run", "deploy", "outcome"])
def test_the_agents_commands_need_nothing_of_the_server(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    got: list[list[str]] = []
    command(monkeypatch, f"tailback.cli.{name}", lambda argv: got.append(argv) or 5)  # type: ignore[func-returns-value]
    monkeypatch.setitem(sys.modules, "tailback.cli.main", None)

    assert dispatcher.main([name, "a", "--b"]) == 5

    assert got == [["a", "--b"]]


@pytest.mark.parametrize("argv", [[], ["status", "--json"], ["--version"]])
def test_everything_else_is_the_servers(monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    got: list[list[str]] = []
    command(monkeypatch, "tailback.cli.main", got.append)

    assert dispatcher.main(argv) == 0

    assert got == [argv]


def test_arguments_come_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[list[str]] = []
    command(monkeypatch, "tailback.cli.main", got.append)
    monkeypatch.setattr(sys, "argv", ["tailback", "status"])

    dispatcher.main()

    assert got == [["status"]]


def raising(error: BaseException) -> Callable[..., object]:
    def main(_: list[str]) -> None:
        raise error

    return main


def test_a_missing_module_of_the_extra_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch, "tailback.cli.main", raising(ModuleNotFoundError(name="click.core")))

    assert dispatcher.main(["up"]) == 64

    said = capsys.readouterr().err
    assert "its module click is not installed" in said
    assert "pip install 'tailback[server]'" in said


@pytest.mark.parametrize(
    "error", [ModuleNotFoundError("x", name="shop"), ModuleNotFoundError("x"), KeyError("x")]
)
def test_our_own_mistakes_are_called_so_and_end_with_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    command(monkeypatch, "tailback.cli.main", raising(error))

    assert dispatcher.main(["up"]) == 70

    said = capsys.readouterr().err
    assert "This is a bug in Tailback" in said
    assert "Traceback" in said


def test_the_module_is_the_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tailback", "run"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 64
    assert "Usage: tailback run" in ended.stderr


def test_an_interrupt_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch, "tailback.cli.main", raising(KeyboardInterrupt()))

    assert dispatcher.main(["up"]) == 130

    assert capsys.readouterr().err == ""


def test_the_extra_that_is_meant_is_the_one_of_the_package(repo_root: Path) -> None:
    project = tomllib.loads((repo_root / "pyproject.toml").read_text())["project"]
    wanted = {
        name.partition(">")[0].partition("[")[0].replace("-", "_")
        for name in project["optional-dependencies"]["server"]
    }
    modules = {"argon2_cffi": "argon2"}

    assert {modules.get(name, name) for name in wanted} | {"psycopg_pool"} == dispatcher.EXTRA
