"""The badge: what the board says, in one picture, to whoever may read."""

from xml.etree import ElementTree as ET

import pytest
from litestar.exceptions import NotFoundException

from tailback import clock
from tailback.server.badge import badge_svg
from tailback.server.view import Board
from tests.server.live import Live, job

NASTY = '"><script>x</script>&' + "W" * 80


@pytest.fixture(scope="module")
def board(live: Live) -> Board:
    now = clock.now()
    live.send(job("enqueued", now - 3000), job("enqueued", now, "n", queue=NASTY, job="x"))
    live.lane("emails", lambda lane: lane["verdict"] == "stuck")
    return live.running.services.hub.board


def said(board: Board, lane: str | None, now: float) -> str:
    root = ET.fromstring(badge_svg(board, lane, now))
    return str(root.attrib["aria-label"])


def test_it_says_the_verdict_of_a_lane_or_the_worst_of_all(board: Board) -> None:
    assert said(board, "emails", board.as_of) == "emails: stuck"
    assert said(board, None, board.as_of) == "background jobs: 1 stuck"
    with pytest.raises(NotFoundException):
        badge_svg(board, "none", board.as_of)


def test_a_board_that_is_behind_or_empty_is_not_healthy(board: Board) -> None:
    empty = Board(version=1, as_of=5.0, summary="", rows=[], sources=[])

    assert said(board, "emails", board.as_of + 60) == "emails: unknown"
    assert said(empty, None, 5.0) == "background jobs: unknown"


def test_hostile_names_are_text_and_short(board: Board) -> None:
    lane = next(row.view.lane for row in board.rows if row.view.queue.startswith('"'))
    svg = badge_svg(board, lane, board.as_of)

    assert "<script>" not in svg
    assert len(ET.fromstring(svg).attrib["aria-label"]) < 60


def test_it_needs_a_board_link_or_a_token_that_reads(live: Live, board: Board) -> None:
    key = live.store.board_links.create(now=clock.now(), ttl_s=60)
    ended = live.store.board_links.create(now=clock.now() - 90, ttl_s=60)

    with live.client(None) as stranger:
        shown = stranger.get("/badge.svg", params={"key": key, "lane": "emails"})
        assert shown.headers["content-type"].startswith("image/svg+xml")
        assert "stuck" in shown.text
        for refused in ({}, {"key": ended}, {"key": "x"}, {"key": live.token("read")}):
            assert stranger.get("/badge.svg", params=refused).status_code == 401
        assert stranger.get("/api/v1/lanes", params={"key": key}).status_code == 401
    assert live.get("/badge.svg").status_code == 200
    with live.client("ingest", "shop") as sender:
        assert sender.get("/badge.svg").status_code == 403
