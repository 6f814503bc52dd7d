"""`tailback deploy` and `tailback outcome` against a real local server."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from tailback.agent.settings import DsnError
from tailback.cli import deploy, outcome
from tailback.cli.post import find_server
from tests.agent.intake import Intake, Reply, running_intake


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Intake]:
    for name in ("TAILBACK_URL", "TAILBACK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with running_intake() as intake:
        monkeypatch.setenv("TAILBACK_DSN", intake.dsn)
        yield intake


def test_a_deploy_is_marked(server: Intake) -> None:
    assert deploy.main(["4f2c", "--service", "web"]) == 0

    ((path, body),) = server.marks
    assert path == "/api/v1/deploys"
    assert (body["release"], body["service"]) == ("4f2c", "web")
    assert body["at"] > 1_700_000_000


@pytest.mark.parametrize(("argv", "count"), [(["paid"], 1), (["paid", "12"], 12)])
def test_an_outcome_is_counted(server: Intake, argv: list[str], count: int) -> None:
    assert outcome.main(argv) == 0

    ((path, body),) = server.marks
    assert path == "/api/v1/outcomes"
    assert (body["name"], body["count"]) == ("paid", count)


@pytest.mark.parametrize(
    ("command", "argv", "said"),
    [
        (deploy.main, [], "RELEASE"),
        (outcome.main, [], "NAME"),
        (outcome.main, ["paid", "many"], "whole number, 0 or more"),
        (outcome.main, ["paid", "-1"], ""),
        (deploy.main, ["a", "b"], "unrecognized arguments: b"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_64(
    command: Callable[[Sequence[str]], int],
    argv: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        command(argv)

    assert ended.value.code == 64
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(401), "Make one with `tailback token new --scope ingest`"),
        (Reply(500, b"on fire"), "did not take it (HTTP 500): on fire"),
    ],
)
def test_what_the_server_does_not_take_is_said(
    server: Intake, reply: Reply, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.replies = [reply]

    assert deploy.main(["4f2c"]) == 1

    assert said in capsys.readouterr().err


def test_a_server_that_is_down_is_said(server: Intake, capsys: pytest.CaptureFixture[str]) -> None:
    server.stop()

    assert deploy.main(["4f2c"]) == 1

    assert "Nothing was recorded; is the server up?" in capsys.readouterr().err


def test_an_address_and_a_token_do_instead_of_a_dsn(
    server: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TAILBACK_DSN")
    monkeypatch.setenv("TAILBACK_URL", f"http://127.0.0.1:{server.port}/")
    monkeypatch.setenv("TAILBACK_TOKEN", "a/token")

    assert deploy.main(["4f2c"]) == 0

    assert server.requests[0][1]["Authorization"] == "Bearer a/token"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "No server to tell"),
        ({"TAILBACK_URL": "http://h"}, "No server to tell"),
        ({"TAILBACK_DSN": "nonsense"}, "TAILBACK_DSN cannot be used"),
        ({"TAILBACK_URL": "ftp://h", "TAILBACK_TOKEN": "t"}, "TAILBACK_URL cannot be used"),
    ],
)
def test_without_an_address_the_remedy_is_said(
    env: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(DsnError, match=said):
        find_server(env)

    for name in ("TAILBACK_DSN", "TAILBACK_URL", "TAILBACK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert deploy.main(["4f2c"]) == 64
    assert said in capsys.readouterr().err
