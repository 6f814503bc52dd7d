"""The board as people see it: rendered, live, honest when stale, harmless with hostile text."""

import zlib
from html.parser import HTMLParser
from pathlib import Path

import httpx
import msgspec
import pytest

from tailback import clock
from tailback.core.ledger import Ledger
from tailback.core.model import Lane, QueueReading
from tailback.core.rollups import COUNTS, Deltas, Minute, MinuteKey
from tailback.server.access import LINK_PURPOSE
from tailback.server.lanes import LaneBook
from tailback.server.loops.judge import JudgeLoop
from tailback.server.page_model import STALE_AFTER_S, row_of
from tailback.server.readings import Readings
from tailback.server.render import board_html, board_page
from tailback.server.screen import Screen
from tailback.server.spark import spark_svg
from tailback.server.sse import GZIP_BEGIN, packed, sse
from tailback.server.view import Board, Spark
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import Live, job, live_server

FIELDS = [
    "lane",
    "source",
    "system",
    "queue",
    "jobs",
    "verdict",
    "cause",
    "sentence",
    "oldest_age_s",
    "oldest_source",
    "promise_s",
    "normal_age_s",
    "customers_notice_in_s",
    "completions_5m",
    "arrivals_5m",
    "last_success_at",
    "waiting",
    "running",
    "retrying",
    "scheduled",
    "dead",
    "failed_1h",
    "retries_1h",
    "workers",
    "affected_accounts",
    "affected_exact",
    "affects",
    "customer_action",
    "reasons",
    "owner",
    "drilled_at",
    "measured_at",
    "episode_id",
]


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "script" and "src" not in dict(attrs):
            self.inline_scripts += 1


def render(live: Live, **changes: object) -> str:
    board = msgspec.structs.replace(live.running.services.hub.board, **changes)
    return board_page(board_html(board, clock.now(), "UTC", "127.0.0.1:8765"))


def test_a_new_server_shows_how_to_connect_the_first_worker(tmp_path) -> None:
    with live_server(tmp_path / "t.db") as live:
        html = render(live)

    assert "Connect the first worker" in html
    assert "tailback run" in html
    assert "TAILBACK_DSN" in html


def test_the_answer_has_exactly_the_fields_of_the_design(live: Live) -> None:
    live.send(job("enqueued", clock.now(), queue="fields"))
    live.lane("fields", lambda lane: lane)

    answer = live.get("/api/v1/lanes").json()

    assert list(answer) == ["as_of", "summary", "lanes"]
    for lane in answer["lanes"]:
        assert list(lane) == FIELDS


def test_lanes_come_worst_first(live: Live) -> None:
    now = clock.now()
    live.send(
        job("enqueued", now - 5000, "a", queue="very-late"),
        job("enqueued", now - 500, "b", queue="late"),
        job("enqueued", now - 1, "c", queue="fine"),
    )
    for queue in ("very-late", "late", "fine"):
        live.lane(queue, lambda lane: lane["waiting"])

    order = [lane["verdict"] for lane in live.get("/api/v1/lanes").json()["lanes"]]

    rank = ["stuck", "missing", "slow", "unknown", "healthy"]
    assert order == sorted(order, key=rank.index)
    assert next(iter(live.lanes())) == "very-late"


def test_a_lane_that_is_stuck_says_so_with_numbers(live: Live) -> None:
    now = clock.now()
    error = {"type": "jinja2.UndefinedError", "message": "'customer' has no attribute 'name'"}
    live.send(
        job("enqueued", now - 2650, "r1", queue="receipts"),
        job("retrying", now - 2600, "r1", queue="receipts", attempt=1, due_at=now, error=error),
    )

    lane = live.lane("receipts", lambda lane: lane["verdict"] == "stuck")

    assert lane["sentence"].startswith("Stuck: nothing has finished yet")
    assert "44 min" in lane["sentence"]
    assert lane["reasons"][0]["first_error"]["message"] == "'customer' has no attribute 'name'"
    assert lane["customers_notice_in_s"] < 0
    html = render(live)
    assert "44 min" in html
    assert "nobody is told" in html


def test_hostile_job_text_is_shown_as_text(live: Live) -> None:
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>{{7*7}}"
    live.send(
        job("enqueued", clock.now() - 4000, nasty, queue=nasty, job=nasty, tenant=nasty),
        job("failed", clock.now(), nasty, queue=nasty, job=nasty, error={"message": nasty}),
    )
    live.lane("script-alert-1-script-img-src-x-onerror-alert-2-7-7", lambda lane: lane["reasons"])

    html = render(live)

    assert "&lt;script&gt;alert(1)" in html
    assert "<script>" not in html
    assert "<img" not in html
    assert "{{7*7}}" in html


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(live: Live) -> None:
    html = render(live)

    seen = Seen()
    seen.feed(html)
    assert "script" in seen.tags
    assert "style" not in seen.tags
    for tag, name, value in seen.attributes:
        assert name != "style", (tag, value)
        assert not name.startswith("on"), (tag, name, value)
        if name in ("src", "href"):
            assert value.startswith(("/", "#")), (tag, value)
            assert not value.startswith("//"), (tag, value)
    assert seen.inline_scripts == 0


def test_a_board_that_is_behind_cannot_be_mistaken_for_healthy(live: Live) -> None:
    fresh = render(live)
    stale = render(live, as_of=clock.now() - STALE_AFTER_S - 60)

    assert "Tailback itself is behind" not in fresh
    assert "Tailback itself is behind" in stale
    assert "1 min" in stale


def test_the_stream_sends_the_board_to_a_signed_in_browser(live: Live) -> None:
    link = live.store.links.create(LINK_PURPOSE, now=clock.now(), ttl_s=60, subject="viewer-1")
    with live.client(None) as browser:
        browser.get(f"/welcome/{link}")
        with browser.stream("GET", "/board/stream") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            assert next(lines) == "event: board"
            assert 'id="main"' in next(lines)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_board_comes_packed_where_the_browser_can_unpack_it(live: Live, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    with live.client() as reader, reader.stream("GET", "/board/stream", headers=headers) as stream:
        assert stream.headers.get("content-encoding", "identity") == encoding
        assert stream.headers["vary"] == "Accept-Encoding"
        lines = stream.iter_lines()
        assert next(lines) == "event: board"
        assert 'id="main"' in next(lines)
        # the next piece stands on its own as well
        assert any(line.startswith("event: ") for line in lines)


def test_pieces_of_a_packed_stream_can_be_joined_in_any_order() -> None:
    events = [sse("board", b"<main>" * 400), sse("tick", b"{}"), sse("board", b"<p>\n</p>" * 90)]
    for order in (events, events[::-1], events * 3):
        stream = GZIP_BEGIN + b"".join(map(packed, order))
        assert zlib.decompressobj(31).decompress(stream) == b"".join(order)
    assert len(packed(events[0])) < len(events[0]) / 20


def test_the_api_stream_sends_the_lanes_as_json(live: Live) -> None:
    with live.client() as reader, reader.stream("GET", "/api/v1/events/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: lanes"
        assert msgspec.json.decode(next(lines).removeprefix("data: "))["summary"]


def test_a_stranger_sees_how_to_sign_in(live: Live) -> None:
    answer = httpx.get(f"{live.url}/", headers={"Accept": "text/html"})

    assert answer.status_code == 401
    assert "one-time link" in answer.text


def test_a_viewer_is_sent_only_the_rows_that_changed(live: Live) -> None:
    now = clock.now()
    live.send(job("enqueued", now, queue="one"), job("enqueued", now, "j2", queue="two"))
    live.lane("one", lambda lane: lane)
    live.lane("two", lambda lane: lane)
    board = live.running.services.hub.board
    changed = [
        msgspec.structs.replace(row, view=msgspec.structs.replace(row.view, waiting=4711))
        if row.view.lane == "one"
        else row
        for row in board.rows
    ]

    before = board_html(board, now, "UTC", "x")
    after = board_html(msgspec.structs.replace(board, rows=changed), now, "UTC", "x")
    sent = after.main(before)

    assert "4,711" in sent
    assert '<li id="lane-two" data-same></li>' in sent
    assert sent.count("<details") == 1
    assert after.main().count("<details") == len(board.rows)


def test_a_screen_of_many_lanes_is_rendered_every_few_seconds_for_all_viewers() -> None:
    now = [1000.0]
    screen = Screen(lambda: now[0], "UTC", "x")
    board = Board(version=1, as_of=1000.0, summary="s", rows=[], sources=[])

    first = screen.of(board)
    again = screen.of(board)
    newer = screen.of(msgspec.structs.replace(board, version=2))

    assert again is first
    assert newer is not first
    assert screen.event(first) is screen.event(first)
    assert b"late_s" in screen.tick(board)


def test_a_page_asked_for_while_the_judge_stands_still_says_since_when() -> None:
    now = [1000.0]
    screen = Screen(lambda: now[0], "UTC", "x")
    board = Board(version=1, as_of=1000.0, summary="s", rows=[], sources=[])
    fresh = board_page(screen.of(board))
    now[0] += 90

    assert "Tailback itself is behind" not in fresh
    assert "Nothing was judged for 1 min" in board_page(screen.of(board))


def test_a_tick_says_how_far_the_judge_is_behind() -> None:
    screen = Screen(lambda: 1090.0, "UTC", "x")
    board = Board(version=1, as_of=1000.0, summary="s", rows=[], sources=[])

    assert b'"late_s": 90.0' in screen.tick(board)


def test_healthy_lanes_are_folded_when_there_are_many(live: Live) -> None:
    row = next(iter(live.running.services.hub.board.rows))
    calm = msgspec.structs.replace(row.view, verdict="healthy")
    few = render(live, rows=[msgspec.structs.replace(row, view=calm)] * 12)
    many = render(live, rows=[msgspec.structs.replace(row, view=calm)] * 13)

    assert "data-fold" not in few
    assert 'data-fold="13"' in many


def test_a_reason_that_the_sentence_already_says_is_not_said_twice(live: Live) -> None:
    now = clock.now()
    error = {"type": "jinja2.UndefinedError", "message": "'order' has no attribute 'total'"}
    live.send(job("failed", now, "once", queue="said-once", error=error))
    live.lane("said-once", lambda lane: lane["reasons"])
    rows = live.running.services.hub.board.rows
    row = next(row for row in rows if row.view.queue == "said-once")
    reason = row.view.reasons[0].sentence

    def shown(verdict: str, sentence: str) -> str | None:
        view = msgspec.structs.replace(row.view, verdict=verdict, sentence=sentence)
        return row_of(msgspec.structs.replace(row, view=view), 0.0).top_reason

    assert shown("stuck", f"Stuck: {reason}; nothing finishes") is None
    assert shown("stuck", "Stuck: nothing finishes") == reason
    assert shown("healthy", "Healthy: nothing is waiting") is None


def test_the_fragment_and_the_page_show_the_same(live: Live) -> None:
    board = live.running.services.hub.board
    html = board_html(board, board.as_of, "UTC", "x")

    assert html.main() in board_page(html)


def test_minutes_that_were_not_measured_are_gaps_in_the_line() -> None:
    svg = str(spark_svg(Spark([1, None, 2], [10.0, None, 20.0]), 60.0))

    line = svg.split('class="old" d="')[1]
    assert line.count("M") == 2  # two lone minutes, not joined
    assert "L" not in line


def test_a_lane_without_any_number_draws_no_line() -> None:
    svg = str(spark_svg(Spark([None] * 60, [None] * 60), 60.0))

    assert 'class="old" d=""' in svg
    assert "nothing measured" in svg


def test_what_a_probe_noted_is_shown_as_text_on_one_short_line(live: Live) -> None:
    now = clock.now()
    note = "no index serves it\n<script>alert(1)</script>\u202e" + "x" * 1_000
    reading = QueueReading(source="noted", queue="noted", taken_at=now, notes=(note,))
    live.running.services.readings.looked("noted", [reading], now)
    live.lane("noted", lambda lane: lane)

    html = render(live)

    assert "no index serves it &lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "x" * 400 not in html


def test_pages_are_compressed_and_streams_for_programs_are_not(live: Live) -> None:
    lanes = live.get("/api/v1/lanes", headers={"Accept-Encoding": "gzip"})
    style = live.get("/static/board.css", headers={"Accept-Encoding": "gzip"})

    assert style.headers["content-encoding"] == "gzip"
    assert lanes.headers["content-encoding"] == "gzip"
    with live.client() as reader, reader.stream("GET", "/api/v1/events/stream") as stream:
        assert "content-encoding" not in stream.headers


def test_the_line_of_oldest_ages_goes_on_after_a_restart(tmp_path: Path) -> None:
    now = 600 * 60.0 + 30.0
    deltas = Deltas()
    deltas.minutes[MinuteKey("shop", "emails", "a", 590 * 60)] = Minute.of(
        [0] * len(COUNTS), oldest_age_s=42.0
    )
    boards: list[Board] = []
    with SqliteStore(tmp_path / "t.db", synchronous="NORMAL") as store:
        store.rollups.commit(1, deltas)
        emails = Lane(key="emails", name="Emails", source="shop", queue="emails")
        judge = JudgeLoop(
            LaneBook([emails], ["shop"]), Readings(), boards.append, "UTC", store.rollups
        )
        judge.once(Ledger(), now)

    ages = boards[0].rows[0].spark.ages
    assert ages[49] == 42.0
    assert ages[48] is None
