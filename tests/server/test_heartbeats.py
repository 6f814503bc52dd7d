"""Scheduled work that pings is judged like any job: its runs begin, end, fail and take long."""

import re
from collections.abc import Iterator

import pytest

from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.server.config import load
from tailback.server.lanes import LaneBook
from tailback.server.loops.judge import JudgeLoop
from tailback.server.readings import Readings
from tailback.server.view import Board
from tests.server.live import OWNER, Live, live_server, until

FILE = """
[[source]]
name = "shop"

[[lane]]
name = "Nightly report"
queue = "nightly"
source = "shop"
schedule = "0 2 * * *"
noticed_after = "20s"
owner = "ana"

[[lane]]
name = "Import"
queue = "import"
source = "shop"
jobs = ["import_all"]
noticed_after = "1h"
owner = "ana"

[[heartbeat]]
lane = "nightly-report"
token = "nightly-token-0123456789"

[[heartbeat]]
lane = "import"
token = "import-token-0123456789"
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("pings")
    (folder / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as server:
        until(lambda: len(server.lanes()) == 2)
        yield server


def ping(live: Live, path: str, method: str = "GET") -> int:
    with live.client(None) as client:
        return client.request(method, f"/ping/{path}").status_code


def test_a_run_that_began_is_running_and_ages_until_it_ends(live: Live) -> None:
    assert ping(live, "import-token-0123456789/start") == 200
    lane = live.lane("import", lambda lane: lane["running"] == 1)
    assert lane["oldest_age_s"] is not None

    assert ping(live, "import-token-0123456789", "POST") == 200
    lane = live.lane("import", lambda lane: lane["running"] == 0)
    assert lane["last_success_at"] is not None
    assert lane["jobs"] == ["import_all"]


def test_a_second_start_before_the_end_is_a_run_that_meets_the_one_before(live: Live) -> None:
    before = live.lanes()["import"]["completions_5m"] or 0
    for path in ("/start", "/start", "/start"):
        assert ping(live, f"import-token-0123456789{path}") == 200
    lane = live.lane("import", lambda lane: lane["running"] == 2)
    assert lane["verdict"] in ("healthy", "slow")

    assert ping(live, "import-token-0123456789") == 200

    live.lane("import", lambda lane: lane["completions_5m"] == before + 1 and not lane["running"])


def test_an_end_without_a_start_is_a_run_as_well(live: Live) -> None:
    before = live.lanes()["import"]["completions_5m"] or 0

    assert ping(live, "import-token-0123456789") == 200

    live.lane("import", lambda lane: lane["completions_5m"] == before + 1)


def test_a_run_that_says_it_failed_is_dead_in_words_until_the_next(live: Live) -> None:
    assert ping(live, "nightly-token-0123456789/fail") == 200
    lane = live.lane("nightly-report", lambda lane: lane["cause"] == "run_failed")
    assert lane["dead"] == 1
    assert lane["reasons"][0]["first_error"]["message"] == "Nightly report reported that it failed"

    assert ping(live, "nightly-token-0123456789") == 200
    live.lane("nightly-report", lambda lane: not lane["dead"])


def test_a_run_that_failed_says_why_with_the_end_of_its_output(live: Live) -> None:
    output = "reading orders\ntoken=abcdef123456\n" + "row\n" * 20_000 + "KeyError: 'total'\n"

    with live.client(None) as client:
        path = "/ping/nightly-token-0123456789/fail"
        assert client.post(path, content=output.encode()).status_code == 200

    lane = live.lane("nightly-report", lambda lane: "KeyError" in lane["sentence"])
    assert lane["verdict"] == "stuck"
    assert re.match(r"Stuck: the \d\d:\d\d run failed: KeyError: 'total'", lane["sentence"])
    (told,) = live.get("/api/v1/jobs?q=lane:nightly-report state:dead").json()["jobs"]
    page = live.get(f"/api/v1/jobs/{told['id']}?source=shop").text
    assert "row\\nrow\\nKeyError: 'total'" in page
    assert "abcdef123456" not in page
    assert ping(live, "nightly-token-0123456789") == 200
    live.lane("nightly-report", lambda lane: not lane["dead"])


def test_a_run_that_takes_too_long_is_late(live: Live) -> None:
    assert ping(live, "nightly-token-0123456789/start") == 200

    lane = live.lane("nightly-report", lambda lane: lane["verdict"] in ("slow", "stuck"))

    assert lane["running"] == 1
    assert ping(live, "nightly-token-0123456789") == 200


def test_scheduled_work_that_never_reports_is_missed_though_nothing_was_ever_heard() -> None:
    nightly = Lane(
        key="nightly",
        name="Nightly report",
        source="shop",
        queue="nightly",
        schedule="0 2 * * *",
        pinged=True,
        promise_s=3600.0,
    )
    boards: list[Board] = []
    judge = JudgeLoop(LaneBook([nightly], ["shop"]), Readings(), boards.append, "UTC")
    ledger, midnight = Ledger(), 1_767_571_200.0

    said = {}
    for hour in (1, 2, 3):
        for second in range(0, 3600, 15):
            judge.once(ledger, midnight + 3600 * hour + second)
        said[hour] = boards[-1].rows[0].view

    assert [view.verdict for view in said.values()] == ["healthy", "missing", "missing"]
    assert said[2].cause == "schedule_missed"
    assert said[2].episode_id is not None


def test_an_unknown_token_is_not_found(live: Live) -> None:
    assert ping(live, "nobody/start") == 404
