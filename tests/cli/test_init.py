"""`tailback init` and `tailback check`: a first file from a real broker, and what is wrong in it."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import rq
from click.testing import CliRunner, Result

from tailback.cli import check, init
from tailback.server.config import load

ENV = {"TAILBACK_SOURCE_URL": "redis://127.0.0.1/0", "SLACK_WEBHOOK": "https://hooks.example/x"}


@pytest.fixture
def broker(redis_server: str) -> Iterator[str]:
    """A Redis with RQ jobs: receipts and password resets in "default", exports apart."""
    client = redis.Redis.from_url(redis_server)
    client.flushall()
    default, exports = (
        rq.Queue("default", connection=client),
        rq.Queue("exports", connection=client),
    )
    for function in ("shop.send_receipt", "shop.reset_password", "shop.send_receipt"):
        default.enqueue(function)
    exports.enqueue("shop.export")
    yield redis_server
    client.flushall()


def run(url: str, out: Path, *options: str) -> Result:
    arguments = [url, "--system", "rq", "--owner", "ana", "--out", str(out), *options]
    return CliRunner().invoke(init.command, arguments)


def test_a_first_file_has_the_lane_that_matters_most_and_passes_the_check(
    broker: str, tmp_path: Path
) -> None:
    out = tmp_path / "tailback.toml"
    result = run(broker, out)

    assert result.exit_code == 0, result.output
    assert result.output.startswith("2 queues found:\n")
    assert (
        "default: 3 jobs waiting; carries shop.reset_password, shop.send_receipt" in result.output
    )
    config = load(out, ENV)
    (lane,) = config.lanes
    assert (lane.queue, lane.owner, lane.promise_s) == ("default", "ana", 120.0)
    assert lane.customer_action == "reset their password or confirm their address"
    assert config.findings == ()


def test_the_other_lanes_wait_as_comments_one_for_each_job_type_of_a_mixture(
    broker: str, tmp_path: Path
) -> None:
    out = tmp_path / "tailback.toml"
    run(broker, out)
    text = out.read_text()

    assert '# "default" carries 2 job types: give each that matters a lane of its own.' in text
    uncommented = "\n".join(
        line.removeprefix("# ")
        if line.startswith(
            ("# [[", "# name", "# queue", "# jobs", "# customer", "# noticed", "# wake", "# owner")
        )
        else line
        for line in text.splitlines()
    )
    out.write_text(uncommented)
    lanes = load(out, ENV).lanes
    assert [(lane.queue, lane.jobs) for lane in lanes] == [
        ("default", ()),
        ("default", ("shop.reset_password",)),
        ("default", ("shop.send_receipt",)),
        ("exports", ()),
    ]
    assert lanes[3].promise_s == 1800.0


def test_what_is_given_is_not_proposed(broker: str, tmp_path: Path) -> None:
    out = tmp_path / "tailback.toml"
    options = ("--first", "exports", "--action", 'get "their" data', "--noticed-after", "1h")
    assert run(broker, out, *options).exit_code == 0

    (lane,) = load(out, ENV).lanes
    assert (lane.queue, lane.customer_action, lane.promise_s) == (
        "exports",
        'get "their" data',
        3600,
    )


def test_a_person_at_a_terminal_is_asked_with_a_proposal(broker: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tailback", "init", broker, "--system", "rq"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.write(ours, b"ana\nexports\n\n45m\n")
    output, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)

    assert process.returncode == 0, output
    assert "Which queue matters most to customers" in output
    (lane,) = load(tmp_path / "tailback.toml", ENV).lanes
    assert (lane.queue, lane.promise_s) == ("exports", 2700.0)
    assert lane.customer_action == "get the report they asked for"


def test_a_broker_without_queues_gets_a_file_without_a_lane(
    redis_server: str, tmp_path: Path
) -> None:
    redis.Redis.from_url(redis_server).flushall()
    out = tmp_path / "tailback.toml"
    result = run(redis_server, out)

    assert result.exit_code == 0
    assert result.output.startswith("No queue found yet.")
    assert load(out, ENV).lanes == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--first", "nope"), 'There is no queue "nope"; found: default, exports.'),
        (("--noticed-after", "soon"), '--noticed-after "soon"'),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_written(
    broker: str, tmp_path: Path, options: tuple[str, str], says: str
) -> None:
    out = tmp_path / "tailback.toml"
    result = run(broker, out, *options)

    assert result.exit_code != 0
    assert says in result.output
    assert not out.exists()


def test_a_file_that_is_there_is_never_overwritten(broker: str, tmp_path: Path) -> None:
    out = tmp_path / "tailback.toml"
    out.write_text("mine")

    assert "exists already" in run(broker, out).output
    assert out.read_text() == "mine"


def test_a_broker_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path) -> None:
    result = run("redis://:hunter2@127.0.0.1:1/0", tmp_path / "tailback.toml")

    assert "cannot be read" in result.output
    assert "hunter2" not in result.output


def test_an_address_that_several_systems_use_needs_the_system(tmp_path: Path) -> None:
    arguments = ["redis://127.0.0.1:1/0", "--owner", "ana", "--out", str(tmp_path / "t.toml")]
    result = CliRunner().invoke(init.command, arguments)

    assert "Say which job system it is: --system, one of celery" in result.output


def test_an_address_that_only_one_system_uses_needs_none(tmp_path: Path) -> None:
    arguments = ["amqp://127.0.0.1:1//", "--owner", "ana", "--out", str(tmp_path / "t.toml")]

    assert CliRunner().invoke(init.command, arguments).exit_code == 0
    assert 'system = "celery"' in (tmp_path / "t.toml").read_text()


def checked(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "tailback.toml").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "tailback", "check"],
        cwd=tmp_path,
        env={**os.environ, **ENV},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


GOOD = """\
[[lane]]
name = "Receipts"
queue = "emails"
noticed_after = "5m"
owner = "ana"

[[person]]
name = "ana"
channels = ["chat"]

[[channel]]
name = "chat"
kind = "slack"
url = "${SLACK_WEBHOOK}"
"""


def test_a_good_file_passes_and_says_what_is_in_it(tmp_path: Path) -> None:
    result = checked(tmp_path, GOOD)

    assert result.returncode == 0, result.stderr
    good, hot = result.stdout.splitlines()
    assert good == "tailback.toml is good: 1 lane, 0 sources."
    assert hot.startswith("A running server takes it over within seconds, but [server]")


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (('owner = "ana"\n', ""), 1, "has no owner, so nobody is told"),
        (('channels = ["chat"]', 'channels = ["chatt"]'), 9, 'no channel is called "chatt"'),
        (('noticed_after = "5m"', 'noticed_after = "soon"'), 4, '"soon"'),
        (('queue = "emails"', 'queue = "emails"\nqeue = "x"'), 4, '"qeue"'),
        (("${SLACK_WEBHOOK}", "${NOT_SET}"), 14, "NOT_SET"),
    ],
)
def test_what_must_be_mended_is_named_with_its_line_and_the_exit_code_is_1(
    tmp_path: Path, change: tuple[str, str], line: int, says: str
) -> None:
    result = checked(tmp_path, GOOD.replace(*change))

    assert result.returncode == 1
    assert f"tailback.toml:{line}" in result.stderr
    assert says in result.stderr


def test_a_silence_without_an_end_is_refused(tmp_path: Path) -> None:
    result = checked(tmp_path, GOOD + '\n[[silence]]\nlane = "receipts"\nreason = "x"\n')

    assert result.returncode == 1
    assert "until" in result.stderr


def test_a_warning_alone_passes(tmp_path: Path) -> None:
    result = checked(tmp_path, GOOD.replace('noticed_after = "5m"\n', ""))

    assert result.returncode == 0
    assert "warning: " in result.stderr


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(check.command, ["--config", str(tmp_path / "none.toml")])

    assert "There is no file" in result.output
