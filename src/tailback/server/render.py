"""Turns a board into HTML; every text is escaped by the template engine."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tailback.core import wording
from tailback.server.page_model import page_of
from tailback.server.view import Board

UI = Path(__file__).parent / "ui"


@lru_cache(maxsize=8)
def _environment(zone: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(UI / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    place = ZoneInfo(zone)
    environment.globals["words"] = wording
    environment.filters["iso"] = _iso
    environment.filters["clock"] = lambda at: _clock(at, place)
    environment.filters["known"] = lambda number: "—" if number is None else f"{number:,}"
    return environment


def board_page(board: Board, now: float, zone: str, address: str) -> str:
    """Return the whole page."""
    return _render("board.html", board, now, zone, address)


def board_fragment(board: Board, now: float, zone: str, address: str) -> str:
    """Return only its `<main>`, for the live stream."""
    return _render("_board.html", board, now, zone, address)


def message_page(heading: str, text: str, code: str | None = None) -> str:
    """Return a page with one message."""
    template = _environment("UTC").get_template("message.html")
    return template.render(heading=heading, text=text, code=code)


def _render(template: str, board: Board, now: float, zone: str, address: str) -> str:
    page = page_of(board, now)
    return (
        _environment(zone)
        .get_template(template)
        .render(board=page, icon=page.icon, address=address)
    )


def _iso(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _clock(at: float | None, place: ZoneInfo) -> str:
    if at is None:
        return ""
    return datetime.fromtimestamp(at, place).strftime("%H:%M:%S")
