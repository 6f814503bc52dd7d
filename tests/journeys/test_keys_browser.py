"""Every list is walked by keyboard, and every page says which keys there are."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tailback import clock
from tailback.server.config import Config
from tests.journeys.browser import chromium, violations
from tests.journeys.test_board_browser import LANES, sign_in, tell
from tests.server.live import Live, job, live_server, until

LISTS = [
    "/jobs?q=acct_3",
    "/jobs",
    "/reasons",
    "/episodes",
    "/drills",
    "/review",
    "/audit",
    "/dead",
]
FOCUSED = "document.activeElement.closest('tbody > tr, .episodes > li')"
PLACE = f"[...document.querySelectorAll('tbody > tr, .episodes > li')].indexOf({FOCUSED})"
LINE = "getComputedStyle(document.activeElement).outlineStyle"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    config = Config(lanes=LANES)
    with live_server(tmp_path_factory.mktemp("keys") / "tailback.db", config) as server:
        tell(server)
        now = clock.now()
        server.send(job("dead", now, "d1", attempt=1, error={"type": "shop.Odd", "message": "x"}))
        until(lambda: server.get("/api/v1/episodes").json()["episodes"])
        yield server


@pytest.fixture(scope="module")
def page(live: Live) -> Iterator[Page]:
    with chromium() as browser:
        opened = sign_in(browser, live)
        yield opened
        assert opened.problems == []  # type: ignore[attr-defined]


def arrive(page: Page, url: str) -> None:
    """Open a page and leave the box that takes the first key, once it has the focus."""
    page.goto(url)
    page.wait_for_function(
        "[...document.querySelectorAll('[autofocus]')].every(box => box === document.activeElement)"
    )
    page.keyboard.press("Escape")


@pytest.mark.parametrize("path", LISTS)
def test_j_k_enter_and_escape_walk_a_list(live: Live, page: Page, path: str) -> None:
    arrive(page, live.url + path)

    page.keyboard.press("j")
    assert page.evaluate(PLACE) == 0
    assert page.evaluate(LINE) != "none"
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate(PLACE) == 0
    page.keyboard.press("k")
    assert page.evaluate(PLACE) == 0

    target = page.evaluate("document.activeElement.href")
    if target:
        page.keyboard.press("Enter")
        page.wait_for_url(target)
        page.go_back()
        page.keyboard.press("j")
    page.keyboard.press("Escape")
    assert page.evaluate(PLACE) == -1


@pytest.mark.parametrize(
    "path", [*LISTS, "/lanes/receipt-emails", "/setup", "/you", "/complaints"]
)
def test_every_page_has_the_search_box_and_the_help_under_a_key(
    live: Live, page: Page, path: str
) -> None:
    arrive(page, live.url + path)

    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()

    page.keyboard.press("/")
    page.keyboard.type("j?")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("input[type=search]:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("input:focus")).to_have_count(0)


def test_the_bar_says_where_one_is(live: Live, page: Page) -> None:
    for path, name in (("/complaints", "Problems"), ("/drills", "Drills"), ("/review", "Week")):
        page.goto(live.url + path)
        expect(page.locator(".links [aria-current=page]")).to_have_text(name)
