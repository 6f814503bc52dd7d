"""`tailback status`: the board in a terminal, whatever answers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tailback import clock
from tests.cli.servers import answering
from tests.cli.test_up import tailback
from tests.server.live import Live, job, live_server, until

LANE: dict[str, Any] = {
    "lane": "emails",
    "verdict": "healthy",
    "sentence": "Healthy: nothing waits",
    "oldest_age_s": None,
    "promise_s": 300.0,
    "waiting": None,
    "running": 0,
    "retrying": 1234,
    "dead": 7,
    "last_success_at": None,
    "affected_accounts": None,
    "affected_exact": None,
    "customers_notice_in_s": None,
    "owner": None,
    "reasons": [],
}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("status") / "t.db") as server:
        yield server


def status(folder: Path, url: str, *args: str, token: str = "x") -> Any:
    return tailback(folder, "status", *args, TAILBACK_URL=url, TAILBACK_TOKEN=token, COLUMNS="200")


def board(*lanes: dict[str, Any], summary: str = "All is well.") -> bytes:
    return json.dumps({"as_of": 1_795_000_000.0, "summary": summary, "lanes": lanes}).encode()


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["healthy"], 0),
        (["slow", "healthy"], 1),
        (["unknown"], 1),
        (["missing", "slow"], 2),
        (["stuck", "unknown"], 2),
        ([], 1),
    ],
)
def test_the_exit_code_is_that_of_the_worst_lane(
    tmp_path: Path, verdicts: list[str], code: int
) -> None:
    lanes = [{**LANE, "verdict": verdict} for verdict in verdicts]
    with answering(board(*lanes)) as (url, asked):
        answer = status(tmp_path, url)

    assert answer.returncode == code, answer.stderr
    assert "All is well." in answer.stdout
    assert asked == ["/api/v1/lanes"]


def test_what_is_not_known_is_no_zero(tmp_path: Path) -> None:
    with answering(board(LANE)) as (url, _):
        row = status(tmp_path, url).stdout.splitlines()[-1]

    assert row.split() == [
        *("●", "healthy", "emails", "Nothing", "waits", "none", "-", "0", "1,234", "7"),
        *("none", "seen", "nobody", "is", "told"),
    ]


def test_a_narrow_terminal_breaks_no_word(tmp_path: Path) -> None:
    late = {
        **LANE,
        "verdict": "stuck",
        "sentence": "Stuck: nothing has finished for 21 min; customers cannot get a receipt",
        "oldest_age_s": 1_080.0,
        "customers_notice_in_s": -780.0,
        "affected_accounts": 120,
        "affected_exact": False,
        "owner": "ana",
        "reasons": [{"sentence": "Template field missing: customer name"}],
    }
    with answering(board(late, LANE)) as (url, _):
        answer = tailback(tmp_path, "status", TAILBACK_URL=url, TAILBACK_TOKEN="x", COLUMNS="80")

    assert [line.rstrip() for line in answer.stdout.splitlines()] == [
        "All is well.",
        "",
        "■ stuck emails  18 min of 5 min",
        "  Nothing has finished for 21 min; customers cannot get a receipt",
        "  about 120 accounts, customers have been noticing for 13 min",
        "  Template field missing: customer name",
        "  - waiting · 0 running · 1,234 retrying · 7 dead · last success none seen",
        "  told: ana",
        "",
        "● healthy emails  none",
        "  Nothing waits",
        "  - waiting · 0 running · 1,234 retrying · 7 dead · last success none seen",
        "  nobody is told",
        "",
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>a proxy's page</html>", 200),
        (b"[]", 200),
        (b'{"lanes": 3}', 200),
        (b'{"as_of": 1, "lanes": [{"verdict": "excellent"}]}', 200),
        (b'{"as_of": 1, "lanes": [{}]}', 200),
    ],
)
def test_what_is_no_tailback_server_is_named(tmp_path: Path, body: bytes, code: int) -> None:
    with answering(body, code) as (url, _):
        answer = status(tmp_path, url)

    assert answer.returncode == 3
    assert answer.stderr == (
        f"What answers at {url} is no Tailback server of this version. Check the address.\n"
    )


def test_a_server_in_trouble_is_told_apart_from_one_that_refuses(tmp_path: Path) -> None:
    with answering(b"", 500) as (url, _):
        broken = status(tmp_path, url)
    with answering(b"", 403) as (url, _):
        refused = status(tmp_path, url)

    assert (broken.returncode, refused.returncode) == (3, 3)
    assert "does not answer (500)" in broken.stderr
    assert "does not accept this token" in refused.stderr
    wrong = status(tmp_path, "no address")
    assert wrong.returncode == 3
    assert "Traceback" not in wrong.stderr


def test_no_text_of_a_server_commands_the_terminal(tmp_path: Path) -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b1A\u202egnp\x00\r\n"
    lane = {
        **LANE,
        "lane": nasty,
        "sentence": f"Healthy: {nasty}",
        "owner": nasty,
        "reasons": [{"sentence": nasty}],
    }
    with answering(board(lane, summary=nasty)) as (url, _):
        answer = status(tmp_path, url)

    assert answer.returncode == 0
    for forbidden in ("\x1b", "\x07", "\x9b", "\u202e", "\x00", "\r"):
        assert forbidden not in answer.stdout, forbidden
    assert "[31mred" in answer.stdout


def test_hostile_events_reach_no_terminal_as_commands(live: Live, tmp_path: Path) -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\x9b1A\u202eevil"
    live.send(
        job("enqueued", clock.now() - 9_000, nasty, queue=f"esc{nasty}", job=nasty, tenant=nasty),
        job("dead", clock.now(), nasty, queue=f"esc{nasty}", job=nasty, error={"message": nasty}),
    )
    until(lambda: any(lane["reasons"] for lane in live.lanes().values()))

    table = status(tmp_path, live.url, token=live.token("read"))
    as_json = status(tmp_path, live.url, "--json", token=live.token("read"))

    for shown in (table.stdout, as_json.stdout):
        assert "evil" in shown
        for forbidden in ("\x1b", "\x07", "\x9b", "\u202e"):
            assert forbidden not in shown


def test_json_is_exactly_what_the_server_answers(tmp_path: Path) -> None:
    body = b'{"as_of":1.0,"summary":"x","lanes":[],"later":"fields too"}'
    with answering(body) as (url, _):
        assert status(tmp_path, url, "--json").stdout.encode() == body + b"\n"


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(
    ("code", "says", "ends"),
    [(200, "ince noon", 2), (500, "does not answer (500)", 3)],
)
def test_watching_goes_on_until_it_is_ended(
    tmp_path: Path, options: tuple[str, ...], code: int, says: str, ends: int
) -> None:
    stuck = {**LANE, "verdict": "stuck", "sentence": "Stuck: since noon"}
    said = tmp_path / "said"
    with answering(board(stuck), code) as (url, asked), said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tailback", "status", "--watch", *options],
            env={**os.environ, "TAILBACK_URL": url, "TAILBACK_TOKEN": "x", "COLUMNS": "200"},
            cwd=tmp_path,
            stdout=out,
        )
        until(lambda: len(asked) >= 2)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == ends
    assert says in said.read_text()
