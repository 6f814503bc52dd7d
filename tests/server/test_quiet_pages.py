"""Operators make lanes quiet, on the pages of lanes and problems."""

from collections.abc import Iterator

import httpx
import pytest

from tailback import clock
from tailback.core.model import Lane
from tailback.server.config import Config, Silence
from tests.server.live import Live, job, live_server
from tests.server.test_setup_pages import FIELD, person

EMAILS = Lane(key="emails", name="Emails", source="shop", queue="emails", promise_s=60.0)
NASTY = "<img src=x> provider moves"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    now = clock.now()
    planned = Silence(lane="emails", starts_at=now + 3600, until=now + 7200, reason="planned work")
    over = Silence(lane="emails", starts_at=None, until=now - 1, reason="long over")
    config = Config(lanes=(EMAILS,), silences=(planned, over))
    with live_server(tmp_path_factory.mktemp("quiet") / "t.db", config) as server:
        server.send(job("enqueued", now - 3000))
        server.lane("emails", lambda lane: lane["episode_id"])
        yield server


@pytest.fixture
def operator(live: Live) -> Iterator[httpx.Client]:
    with person(live, "operator") as browser:
        yield browser


def sent(operator: httpx.Client, path: str, **fields: str) -> httpx.Response:
    word = dict(FIELD.findall(operator.get("/lanes/emails").text))["csrf"]
    return operator.post(path, data={"csrf": word, **fields})


def test_an_operator_makes_a_lane_quiet_and_ends_it(live: Live, operator: httpx.Client) -> None:
    answer = sent(operator, "/lanes/emails/silence", **{"for": "2h", "reason": NASTY})

    assert answer.headers["location"] == "/lanes/emails#quiet"
    (kept,) = live.store.silences.current(clock.now())
    assert (kept.lane, kept.by, kept.reason) == ("emails", "operator", NASTY)
    assert 7_000 < kept.ends_at - clock.now() <= 7_200
    html = operator.get("/lanes/emails").text
    assert "&lt;img src=x&gt; provider moves" in html
    assert "planned work" in html
    assert "long over" not in html
    assert live.store.audit.newest(1, subject="emails")[0].action == "silence"

    sent(operator, "/lanes/emails/silence/end", silence=str(kept.id))
    assert live.store.silences.current(clock.now()) == []
    assert sent(operator, "/lanes/emails/silence/end", silence=str(kept.id)).status_code == 404


@pytest.mark.parametrize(
    ("length", "reason", "status"), [("", "x", 400), ("9y", "x", 400), ("1h", "  ", 400)]
)
def test_a_silence_needs_an_end_and_a_reason(
    live: Live, operator: httpx.Client, length: str, reason: str, status: int
) -> None:
    answer = sent(operator, "/lanes/emails/silence", **{"for": length, "reason": reason})

    assert answer.status_code == status
    assert live.store.silences.current(clock.now()) == []
    assert sent(operator, "/lanes/none/silence", **{"for": "1h", "reason": "x"}).status_code == 404


def test_the_page_of_a_problem_offers_the_same(live: Live, operator: httpx.Client) -> None:
    html = operator.get(f"/episodes/{live.lanes()['emails']['episode_id']}").text

    assert 'action="/lanes/emails/silence"' in html
    assert "planned work" in html


def test_a_viewer_sees_quiet_times_and_changes_none(live: Live) -> None:
    with person(live, "viewer") as browser:
        html = browser.get("/lanes/emails").text
        assert "planned work" in html
        assert "Make it quiet" not in html
        for path in ("/lanes/emails/silence", "/lanes/emails/silence/end"):
            assert browser.post(path).status_code == 403
