"""Turns a board into HTML; every text is escaped by the template engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup

from tailback.core import wording, wording_pages
from tailback.server.access import STRANGER, Principal
from tailback.server.page_model import page_of, row_of
from tailback.server.view import Board

UI = Path(__file__).parent / "ui"
_SAME = Markup('<li id="lane-{}" data-same></li>')


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
    environment.globals["said"] = wording_pages
    environment.globals["who"] = STRANGER
    environment.globals["here"] = ""
    environment.filters["iso"] = _iso
    environment.filters["clock"] = lambda at: _format(at, place, "%H:%M:%S")
    environment.filters["minute"] = lambda at: _format(at, place, "%H:%M")
    environment.filters["moment"] = lambda at: _format(at, place, "%a %d %b %H:%M:%S")
    environment.filters["when"] = pass_context(partial(_when, place=place))
    environment.filters["path"] = lambda text: quote(str(text), safe="")
    environment.filters["known"] = lambda number: "—" if number is None else f"{number:,}"
    return environment


@dataclass(frozen=True, slots=True)
class BoardHtml:
    """One board rendered once for all viewers; `lanes` are the rows by lane key, in order."""

    version: int
    head: Mapping[str, Any]
    zone: str
    lanes: Mapping[str, Markup] = field(default_factory=dict)

    def main(self, before: "BoardHtml | None" = None) -> str:
        """Return the `<main>`; rows that are as in `before` are only named, not sent again."""
        known = before.lanes if before is not None else {}
        rows = [
            _SAME.format(key) if known.get(key) == html else html
            for key, html in self.lanes.items()
        ]
        return _environment(self.zone).get_template("_board.html").render(**self.head, rows=rows)


def board_html(board: Board, now: float, zone: str, address: str) -> BoardHtml:
    """Render every part of a board."""
    page = page_of(board, now)
    template = _environment(zone).get_template("_lane.html")
    lanes = {
        row.view.lane: Markup(template.render(row=row_of(row, board.as_of)))  # noqa: S704 - ours
        for row in board.rows
    }
    head = {"board": page, "icon": page.icon, "address": address}
    return BoardHtml(board.version, head, zone, lanes)


def board_page(html: BoardHtml, *, who: Principal = STRANGER, wall: bool = False) -> str:
    """Return the whole page; `wall` is for a big screen that nobody operates."""
    template = _environment(html.zone).get_template("board.html")
    rows = list(html.lanes.values())
    return template.render(**html.head, rows=rows, who=who, wall=wall, here="/")


def message_page(heading: str, text: str, code: str | None = None) -> str:
    """Return a page with one message."""
    return page("message.html", "UTC", heading=heading, text=text, code=code)


def sign_in_page(
    target: str = "/", *, name: str = "", problem: str | None = None, oidc: bool = False
) -> str:
    """Return the page to sign in; it leads to `target` afterwards."""
    return page("sign_in.html", "UTC", target=target, name=name, problem=problem, oidc=oidc)


def page(template: str, zone: str, **values: Any) -> str:
    """Return any other page."""
    return _environment(zone).get_template(template).render(**values)


def _iso(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _when(context: Context, at: float | None, *, place: ZoneInfo) -> Markup:
    """Return how long ago a moment of the page is; who points at it is shown the exact time."""
    if at is None:
        return Markup("—")
    exact = _format(at, place, "%a %d %b %Y %H:%M:%S %Z")
    said = wording_pages.from_now(at - context["now"])
    return Markup('<time datetime="{}" title="{}">{}</time>').format(_iso(at), exact, said)


def _format(at: float | None, place: ZoneInfo, form: str) -> str:
    if at is None:
        return ""
    return datetime.fromtimestamp(at, place).strftime(form)
