"""Texts come from anybody: in every field that takes one, and on every address that shows one."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from tailback import clock
from tailback.core import fields
from tailback.core.fields import Field
from tailback.server.web import application
from tests.server.live import Live, live_server, until

MARK = "evil"
NASTY = (
    f"{MARK}<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{{{7*7}}}}</main>--></style>"
    "\x1b]0;owned\x07\x1b[2J\x9b1A\u202egnp\u2028\x00\ud800\r\nevent: board\ndata: x"
)
HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
TEXTS = ("name", "text", "trace", "drill")


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def filled(table: tuple[Field, ...], **said: Any) -> dict[str, Any]:
    """An object with the nasty text in every field of `table` that takes text."""
    made: dict[str, Any] = {}
    for field in table:
        if field.type in TEXTS:
            made[field.name] = NASTY
        elif field.type in ("names", "texts"):
            made[field.name] = [NASTY]
        elif field.type == "facts":
            made[field.name] = {NASTY: NASTY, "errno": 5}
        elif field.type == "times_by_name":
            made[field.name] = {NASTY: clock.now() - 5_000}
        elif field.type == "chain":
            made[field.name] = [filled(fields.CHAIN_LINK)]
        elif field.type == "error":
            made[field.name] = filled(fields.ERROR, status=503)
    made.update(said)
    return {name: value for name, value in made.items() if value is not None}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("hostile") / "t.db") as server:
        now = clock.now()
        events = [
            filled(fields.EVENT, kind=kind, at=now - age, attempt=1, drill=None, root=None)
            for kind, age in (("enqueued", 9_000), ("started", 8_000), ("dead", 7_000))
        ]
        late = filled(fields.EVENT, kind="retrying", at=now - 6_000, id=NASTY + "2", root=None)
        waits = filled(fields.EVENT, kind="enqueued", at=now - 6_100, id=NASTY + "2", root=None)
        thrown = filled(fields.EVENT, kind="discarded", at=now - 10, id=NASTY + "3", root=None)
        drill = filled(fields.EVENT, kind="enqueued", at=now - 10, id=NASTY + "4")
        beat = filled(fields.WORKER, every_s=15.0)
        named = filled(fields.ENVELOPE, source=None, v=1, seq=1)
        batch = {**named, "events": [*events, waits, late, thrown, drill], "workers": [beat]}
        answer = server.post("/api/v1/events", batch)
        assert answer.json() == {"accepted": 7, "rejected": []}, answer.text
        reading = filled(
            fields.READING, taken_at=now, oldest_due_at=now - 5_000, oldest_source=None
        )
        said = {"source": "shop", "readings": [reading]}
        assert server.post("/api/v1/queues", said).json()["accepted"] == 1
        assert server.post("/api/v1/deploys", {"release": NASTY, "service": NASTY}).is_success
        assert server.post("/api/v1/outcomes", {"name": NASTY}).is_success
        until(lambda: any(lane["reasons"] for lane in server.lanes().values()))
        until(lambda: any(lane["episode_id"] for lane in server.lanes().values()))
        yield server


def readable(live: Live) -> list[str]:
    """Every address that can be read, with hostile or real values for its parameters."""
    job_id = live.get("/api/v1/jobs").json()["jobs"][0]["id"]
    lane, view = next(iter(live.lanes().items()))
    values = {
        "lane": lane,
        "lane_key": lane,
        "key": lane,
        "job_id": job_id,
        "tenant": view["queue"],
        "reason": view["reasons"][0]["key"],
    }
    found = []
    for route in application(live.running).routes:
        for handler in getattr(route, "route_handlers", ()):
            scope = handler.opt.get("scope")
            if "GET" in handler.http_methods and scope == "read" and "stream" not in route.path:
                parts = [
                    quote(values.get(part[1:-1].partition(":")[0], "evil<script>"), safe="")
                    if part.startswith("{")
                    else part
                    for part in route.path.split("/")
                ]
                found.append("/".join(parts))
    return found


def texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for name, value in said.items():
            yield name
            yield from texts(value)
    elif isinstance(said, list):
        for value in said:
            yield from texts(value)


def assert_harmless_page(html: str, path: str) -> None:
    page = Page(html)
    assert "alert(1)</script>" not in html, path
    assert page.tags.count("main") <= 1, path
    for name, value in page.attributes:
        assert not name.startswith("on"), (path, name, value)
        assert not value.strip().lower().startswith("javascript:"), (path, name, value)
    assert "img" not in page.tags, path
    assert not HOSTILE.search(html), path


def test_every_address_that_shows_texts_shows_them_as_texts(live: Live) -> None:
    shown = set()
    with live.client() as reader:
        for path in readable(live):
            answer = reader.get(path, headers={"Accept": "text/html"})
            assert answer.status_code < 500, (path, answer.text)
            kind = answer.headers["content-type"]
            if MARK in answer.text:
                shown.add(path.split("/")[1] if path.startswith("/api") is False else path)
            if kind.startswith("text/html"):
                assert_harmless_page(answer.text, path)
            elif "json" in kind:
                for text in texts(answer.json()):
                    assert not HOSTILE.search(text), (path, text)
                assert not HOSTILE.search(answer.text), path
            else:
                # lines of CSV end in CR LF
                assert not HOSTILE.search(answer.text.replace("\r\n", "\n")), path

    assert {"", "metrics", "/api/v1/lanes", "/api/v1/jobs", "/api/v1/episodes"} <= shown


@pytest.mark.parametrize("path", ["/board/stream", "/api/v1/events/stream"])
def test_no_text_ends_an_event_of_a_stream_or_begins_another(live: Live, path: str) -> None:
    """A line break in a text would let a job's name forge events."""
    kinds = set()
    with live.client() as reader, reader.stream("GET", path) as stream:
        for number, line in enumerate(stream.iter_lines()):
            name, _, value = line.partition(": ")
            assert name in ("", "event", "data"), line
            assert not HOSTILE.search(value)
            if name == "event":
                kinds.add(value)
            if number > 2 and not line and len(kinds) > 0:
                break

    assert kinds <= {"board", "lanes", "tick"}


def test_the_samples_of_metrics_stay_one_line_each(live: Live) -> None:
    sample = re.compile(r'[a-z_0-9]+(\{([a-z_]+="(\\.|[^"\\\n])*",?)*\})? -?[0-9.e+-]+')

    for line in live.get("/metrics").text.rstrip("\n").split("\n"):
        assert line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line), line


def test_every_text_is_cut_to_its_limit(live: Live) -> None:
    long = "long" * 10_000
    now = clock.now()
    event = {
        field.name: long
        for field in fields.EVENT
        if field.type in ("name", "text") and field.name != "root"
    }
    event |= {"kind": "dead", "at": now, "error": {"type": long, "message": long, "trace": long}}
    answer = live.post("/api/v1/events", {"v": 1, "events": [event]}, source="long")
    assert answer.json()["accepted"] == 1

    until(lambda: any(lane["source"] == "long" for lane in live.lanes().values()))
    found = until(lambda: live.get("/api/v1/jobs?q=job:" + cut(live, "long")).json()["jobs"])
    assert max(len(text) for text in texts(found)) <= fields.TRACE_CHARS
    assert len(json.dumps(found)) < 8 * fields.TRACE_CHARS


def cut(live: Live, source: str) -> str:
    """The job type that a lane of the source really has."""
    key = next(key for key, lane in live.lanes().items() if lane["source"] == source)
    jobs: list[str] = live.lanes()[key]["jobs"]
    queue: str = live.lanes()[key]["queue"]
    return jobs[0] if jobs else queue


def test_a_page_for_a_refusal_quotes_nothing_as_markup(live: Live) -> None:
    for path in (
        "/api/v1/lanes/<img>/series",
        "/nothing/<script>alert(1)</script>",
        "/lanes/<img>",
    ):
        for accept in ("text/html", "application/json"):
            answer = live.get(path, headers={"Accept": accept})
            assert answer.status_code in (400, 404), path
            if answer.headers["content-type"].startswith("text/html"):
                assert_harmless_page(answer.text, path)
            assert answer.headers["x-content-type-options"] == "nosniff"
