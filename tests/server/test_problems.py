"""What goes wrong is answered in words: JSON for programs, a page for people, never a trace."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from litestar import get
from litestar.params import FromPath
from litestar.testing import TestClient

from tailback.server.web import application
from tailback.store.errors import StoreCorruptError, StoreFullError
from tests.server.live import Live, job, live_server

PAGE = {"Accept": "text/html,*/*"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("problems") / "t.db") as server:
        yield server


@get("/bug/{what:str}", opt={"scope": "open"})
async def bug(what: FromPath[str]) -> None:
    faults = {
        "full": StoreFullError("The disk is full. Free space."),
        "corrupt": StoreCorruptError("It is damaged. Restore a backup."),
    }
    raise faults.get(what) or ZeroDivisionError("secret detail")


def client(live: Live) -> TestClient[object]:
    app = application(live.running)
    app.register(bug)
    app.state.gate = live.running.services.gate
    return TestClient(app, raise_server_exceptions=False)  # type: ignore[arg-type]


def test_a_bug_of_ours_is_named_as_such_and_logged_whole(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client(live).get("/bug/ours")
    page = client(live).get("/bug/ours", headers=PAGE)

    for told in (answer, page):
        assert told.status_code == 500
        assert "This is a bug of Tailback" in told.text
        assert "secret detail" not in told.text
        assert "Traceback" not in told.text
    assert page.headers["content-type"].startswith("text/html")
    assert "secret detail" in caplog.text


def test_a_store_that_cannot_write_says_when_to_come_back(live: Live) -> None:
    full = client(live).get("/bug/full")
    corrupt = client(live).get("/bug/corrupt")

    assert (full.status_code, full.headers["retry-after"]) == (503, "15")
    assert "Free space" in full.json()["detail"]
    assert (corrupt.status_code, corrupt.headers["retry-after"]) == (503, "30")


def test_people_get_a_page_and_programs_get_json(live: Live) -> None:
    for headers, kind in ((PAGE, "text/html"), ({}, "application/json")):
        assert live.get("/nothing-here", headers=headers).headers["content-type"].startswith(kind)
    as_json = live.get("/api/v1/nothing", headers=PAGE)
    assert as_json.json()["status_code"] == 404


def test_what_a_button_cannot_do_is_said_on_a_page(live: Live) -> None:
    with live.client("actions") as allowed, live.client(None) as stranger:
        allowed.headers["Accept"] = stranger.headers["Accept"] = PAGE["Accept"]
        refused = allowed.post("/actions/never/stop")
        unknown = stranger.post("/actions/never/stop")

    assert refused.status_code == 409
    assert "<h1" in refused.text
    assert "There is nothing left to stop" in refused.text
    assert (unknown.status_code, 'name="next" value="/"' in unknown.text) == (401, True)


def test_events_are_refused_with_the_reason_while_another_process_holds_the_file(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path / "t.db", busy_timeout_ms=50) as server:
        server.send(job("enqueued", 1_795_000_000.0))
        batch = {"v": 1, "producer": "p", "seq": 1, "events": [job("enqueued", 1_795_000_000.0)]}
        with closing(sqlite3.connect(tmp_path / "t.db", isolation_level=None)) as other:
            other.execute("pragma busy_timeout = 20000")
            other.execute("begin immediate")
            refused = server.post("/api/v1/events", batch)
            deploy = server.post("/api/v1/deploys", {"release": "r"})
            other.execute("rollback")
        taken = server.post("/api/v1/events", batch)

    assert refused.status_code == deploy.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert "locked by another process" in refused.json()["detail"]
    assert taken.status_code == 202
