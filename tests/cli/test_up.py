"""`tailback up` and what works with it, as processes, the way people run them."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tailback import clock
from tailback.cli.up import reachable, with_sources
from tailback.core.model import Lane
from tailback.server.config import Config
from tests.server.live import job, until


class Up:
    """One `tailback up` in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.errors = folder / "errors.txt"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tailback", "up", "--listen", "127.0.0.1:0", *options],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.lines: list[str] = []

    def read_until(self, start: str) -> str:
        """Return the first line that begins with `start`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(start):
                return line.rstrip("\n")
        raise AssertionError(self.errors.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def tailback(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAILBACK")}
    return subprocess.run(
        [sys.executable, "-m", "tailback", *args],
        cwd=folder,
        env={**kept, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("up"))
    running.read_until("TAILBACK_DSN=")
    yield running
    running.stop()


def dsn(up: Up) -> tuple[str, str, str]:
    """Return token, address and source of the printed line."""
    line = next(line for line in up.lines if line.startswith("TAILBACK_DSN="))
    found = re.fullmatch(r"TAILBACK_DSN=http://(tbi_[\w-]+)@([\d.:]+)/(\w+)", line)
    assert found, line
    return found[1], found[2], found[3]


def send_late_job(up: Up) -> httpx.Response:
    token, address, source = dsn(up)
    batch = {"v": 1, "source": source, "events": [job("enqueued", clock.now() - 5000, "late")]}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"http://{address}/api/v1/events", json=batch, headers=headers)


def test_without_any_file_it_serves_and_prints_what_to_do_next(up: Up) -> None:
    _, _, source = dsn(up)
    link = next(line for line in up.lines if "/welcome/" in line).split()[-1]

    assert source == "app"
    assert send_late_job(up).status_code == 202
    with httpx.Client(follow_redirects=True) as browser:
        assert "<main" in browser.get(link).text


def test_local_json_is_for_its_owner_only(up: Up) -> None:
    path = up.folder / "local.json"
    said = json.loads(path.read_text())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((up.folder / "tailback.db").stat().st_mode) == 0o600
    assert said["url"] == f"http://{dsn(up)[1]}"
    assert said["token"].startswith("tbr_")


def test_status_shows_the_lanes_and_exits_by_the_worst(up: Up) -> None:
    send_late_job(up)

    shown = until(lambda: (r := tailback(up.folder, "status")).returncode == 2 and r)

    assert "stuck" in shown.stdout
    assert "emails" in shown.stdout
    as_json = tailback(up.folder, "status", "--json")
    assert as_json.returncode == 2
    assert json.loads(as_json.stdout)["lanes"][0]["verdict"] == "stuck"


def test_status_finds_a_server_by_the_environment(up: Up, tmp_path: Path) -> None:
    said = json.loads((up.folder / "local.json").read_text())

    found = tailback(
        tmp_path, "status", "--json", TAILBACK_URL=said["url"], TAILBACK_TOKEN=said["token"]
    )
    refused = tailback(tmp_path, "status", TAILBACK_URL=said["url"], TAILBACK_TOKEN="tbr_wrong")

    assert json.loads(found.stdout)["as_of"]
    assert refused.returncode == 3
    assert "does not accept this token" in refused.stderr


def test_status_without_a_server_says_what_to_do(tmp_path: Path) -> None:
    nobody = tailback(tmp_path, "status", TAILBACK_URL="http://127.0.0.1:1", TAILBACK_TOKEN="x")
    nothing = tailback(tmp_path, "status")

    assert nobody.returncode == nothing.returncode == 3
    assert "does not answer" in nobody.stderr
    assert "tailback up" in nothing.stderr


def test_a_token_made_beside_a_running_server_works_at_once(up: Up) -> None:
    made = tailback(up.folder, "token", "new", "--scope", "read", "--note", "grafana")

    assert made.returncode == 0
    secret = made.stdout.strip()
    assert made.stdout == f"{secret}\n"
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"http://{dsn(up)[1]}/metrics", headers=headers).status_code == 200
    listed = tailback(up.folder, "token", "list").stdout
    assert "grafana" in listed
    assert secret not in listed


def test_a_second_server_on_the_same_database_is_refused(up: Up) -> None:
    second = tailback(up.folder, "up", "--listen", "127.0.0.1:0")

    assert second.returncode == 64
    assert "tailback.db" in second.stderr


def test_an_address_in_use_is_named(up: Up, tmp_path: Path) -> None:
    answer = tailback(tmp_path, "up", "--listen", dsn(up)[1])

    assert answer.returncode == 64
    assert f"Cannot listen on {dsn(up)[1]}" in answer.stderr


def test_a_user_gets_a_link(up: Up) -> None:
    made = tailback(up.folder, "user", "add", "sue", "--role", "viewer")
    again = tailback(up.folder, "user", "add", "sue")

    assert made.returncode == 0
    link = made.stdout.split()[-1]
    with httpx.Client(follow_redirects=True) as browser:
        assert browser.get(link).status_code == 200
    assert again.returncode == 64


def test_the_doctor_finds_a_healthy_server(up: Up) -> None:
    answer = tailback(up.folder, "doctor")

    assert answer.returncode == 0, answer.stdout
    assert "takes events and judges lanes" in answer.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_gracefully_and_keeps_its_tokens(tmp_path: Path, number: int) -> None:
    first = Up(tmp_path)
    line = first.read_until("TAILBACK_DSN=")
    assert first.stop(number) == 0, first.errors.read_text()
    logged = [json.loads(text) for text in first.errors.read_text().splitlines()]
    assert [entry["message"] for entry in logged][-1] == "stopping"

    second = Up(tmp_path)
    again = second.read_until("TAILBACK_DSN=")
    second.stop()
    assert again.split("@")[0] == line.split("@")[0]


def test_sources_of_the_command_line_get_names_and_tokens(tmp_path: Path) -> None:
    running = Up(
        tmp_path,
        *("--source", "sql=sqlite:///nowhere.db", "--source", "sql=sqlite:///other.db"),
    )
    running.read_until("TAILBACK_DSN=")
    assert running.process.stdout is not None
    running.lines.append(running.process.stdout.readline().strip())
    running.stop()

    names = [line.rsplit("/", 1)[1] for line in running.lines if line.startswith("TAILBACK_DSN")]
    assert names == ["sql", "sql-2"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1:8765"),
        ("0.0.0.0", "127.0.0.1:8765"),
        ("::", "[::1]:8765"),
        ("::1", "[::1]:8765"),
        ("10.0.0.7", "10.0.0.7:8765"),
    ],
)
def test_what_listens_everywhere_is_reached_on_this_machine(host: str, address: str) -> None:
    assert reachable(host, 8765) == address


def test_a_lane_of_the_file_belongs_to_the_one_source_of_the_command_line() -> None:
    lane = Lane(key="a", name="A", source="", queue="a")

    one = with_sources(Config(lanes=(lane,)), ("rq=redis://x",))
    two = with_sources(Config(lanes=(lane,)), ("rq=redis://x", "rq=redis://y"))

    assert [found.source for found in one.lanes] == ["rq"]
    assert [found.source for found in two.lanes] == [""]
    assert [source.name for source in two.sources] == ["rq", "rq-2"]


def test_findings_of_the_file_are_logged_and_a_public_url_is_in_the_link(tmp_path: Path) -> None:
    (tmp_path / "tailback.toml").write_text(
        '[server]\npublic_url = "https://jobs.example.com"\n'
        '[[lane]]\nname = "A"\nqueue = "a"\nnoticed_after = "1m"\n'
    )
    running = Up(tmp_path)
    running.read_until("TAILBACK_DSN=")
    running.stop()

    assert any("https://jobs.example.com/welcome/" in line for line in running.lines)
    assert "has no owner" in running.errors.read_text()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("up", "--source", "celry=redis://x"), 'Did you mean "celery"?'),
        (("up", "--source", "celery"), "write SYSTEM=URL"),
        (("up", "--listen", "nonsense"), "nonsense"),
        (("up", "--database", "mysql://x"), "Only SQLite"),
        (("up", "--database", "sqlite:///"), "no file name"),
        (("up", "--database", "sqlite:///no/such/folder/t.db"), "does not exist"),
        (("up", "--config", "none.toml"), "none.toml"),
        (("up", "--frobnicate"), "frobnicate"),
        (("frobnicate",), "frobnicate"),
        (("token", "new", "--scope", "ingest"), "--source NAME"),
        (("token", "new", "--scope", "read", "--source", "x"), "belongs to ingest"),
        (("token", "revoke", "7"), "no valid token 7"),
        (("status", "--config", "none.toml"), "none.toml"),
    ],
)
def test_wrong_usage_exits_64_and_says_why(
    tmp_path: Path, args: tuple[str, ...], says: str
) -> None:
    answer = tailback(tmp_path, *args)

    assert answer.returncode == 64, answer.stderr
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_changed_promise_is_taken_over_while_it_serves(tmp_path: Path) -> None:
    file = tmp_path / "tailback.toml"
    file.write_text('[[lane]]\nname = "Mails"\nqueue = "emails"\nnoticed_after = "5m"\n')
    server = Up(tmp_path)
    server.read_until("TAILBACK_DSN=")

    def promise() -> float | None:
        shown = json.loads(tailback(tmp_path, "status", "--json").stdout or "{}")
        lanes = shown.get("lanes") or [{}]
        return lanes[0].get("promise_s")

    try:
        until(lambda: promise() == 300.0)
        file.write_text(file.read_text().replace("5m", "90s"))
        assert until(lambda: promise() == 90.0)
    finally:
        server.stop()


def test_check_judges_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "tailback.toml"
    missing = tailback(tmp_path, "check")
    file.write_text('[[lane]]\nname = "A"\nqueue = "a"\nnoticed_after = "1m"\n')
    ownerless = tailback(tmp_path, "check")
    file.write_text("[server]\nnonsense = 1\n")
    wrong = tailback(tmp_path, "check")
    file.write_text('[server]\nlisten = "127.0.0.1:1"\n')
    good = tailback(tmp_path, "check")

    assert missing.returncode == 64
    assert ownerless.returncode == 1
    assert "tailback.toml:1: [[lane]] 1 owner: has no owner" in ownerless.stderr
    assert wrong.returncode == 1
    assert 'tailback.toml:2: [server] nonsense: unknown key "nonsense"' in wrong.stderr
    assert good.returncode == 0
    assert "is good" in good.stdout


def test_a_wrong_file_stops_the_server_with_every_problem(tmp_path: Path) -> None:
    (tmp_path / "tailback.toml").write_text("[server]\nnonsense = 1\n[[lane]]\nname = 3\n")

    answer = tailback(tmp_path, "up")

    assert answer.returncode == 64
    assert len(answer.stderr.strip().splitlines()) >= 3
