"""Dead jobs of a real RQ worker are retried from a browser after the fix, and stopped half way."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tailback.server.loops.act import BATCH
from tailback.testing.waiting import eventually
from tests import services
from tests.journeys.board import Board, Told, lane
from tests.journeys.browser import chromium, overflow, violations
from tests.server.acting import no_writes
from tests.systems.rq_rig import RqRig

REST = 10
COUNT = BATCH + REST
WAIT_MS = 90_000
SIZES = [(1440, 900), (390, 844)]


class Shop(Told, RqRig):
    """An RQ shop whose worker tells a board; it does not fork, so that many jobs are done soon."""

    worker_class = "rq.SimpleWorker"

    def __init__(self, url: str, folder: Path, board: Board) -> None:
        self.board = board
        super().__init__(url, folder)
        self.app = "tests.systems.apps.rq_more"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "redis"
    folder.mkdir()
    with services.run_redis(folder) as url:
        more = f'write_url = "{url}"\nactions = ["retry", "discard"]'
        with (
            Board(tmp_path, "rq", url, lane("emails", "1h"), more=more) as board,
            Shop(url, tmp_path, board) as shop,
        ):
            yield shop


@pytest.fixture
def page(shop: Shop) -> Iterator[Page]:
    """A browser of the first admin, who came by the link that `tailback up` prints."""
    found = eventually(
        lambda: re.search(r"http://\S+/welcome/\S+", shop.board.process.output()),
        "the link is printed",
    )
    with chromium() as browser:
        opened = browser.new_page()
        opened.set_default_timeout(WAIT_MS)
        opened.goto(found.group())
        yield opened


def status(page: Page, text: str) -> None:
    """Wait until the page, which loads itself anew, says how far the action is."""
    expect(page.get_by_role("status")).to_have_text(text, timeout=WAIT_MS)


def test_all_of_a_reason_is_retried_after_the_fix_and_stopped_half_way(
    shop: Shop, page: Page, tmp_path: Path
) -> None:
    board = str(shop.board.client.base_url).rstrip("/")
    shop.start_worker(hook=True)
    assert shop._producer(hook=True).call("receipts", str(tmp_path), COUNT)["answer"] == COUNT + 2
    shop.board.lane("emails", lambda found: found["dead"] == COUNT + 2, "all of them died")

    page.goto(f"{board}/dead")
    expect(page.locator(".lead")).to_contain_text(f"{COUNT + 2} jobs given up")
    page.get_by_role("link", name=re.compile("no receipt template")).click()
    expect(page.locator(".lead")).to_contain_text(f"{COUNT} jobs given up")
    (tmp_path / "receipt.html").touch()
    page.get_by_role("button", name="Retry all dead ones of these in shop…").click()
    expect(page.locator("h1")).to_have_text(f"Retry {COUNT} jobs")
    expect(page.get_by_text("Nothing was done yet")).to_be_visible()
    action = page.url
    with no_writes(shop.url):
        page.get_by_role("button", name=f"Retry {COUNT} jobs").click()
        status(page, f"{REST} not begun, {BATCH} being done.")
        page.get_by_role("button", name="Stop what is not begun").click()
        status(page, f"{BATCH} being done, {REST} stopped before it was done.")
    status(page, f"{BATCH} done, {REST} stopped before it was done.")
    expect(page.get_by_role("heading", name="Ended")).to_be_visible()
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert overflow(page) == 0
    assert violations(page) == []

    shop.board.lane("emails", lambda found: found["dead"] == REST + 2, "those retried succeeded")
    page.goto(f"{board}/dead")
    page.get_by_role("link", name=re.compile("no receipt template")).click()
    expect(page.locator(".lead")).to_contain_text(f"{REST} jobs given up")
    page.get_by_role("button", name="Retry all dead ones of these in shop…").click()
    page.get_by_role("button", name=f"Retry {REST} jobs").click()
    status(page, f"{REST} done.")
    shop.board.lane("emails", lambda found: found["dead"] == 2, "the others succeeded too")

    page.get_by_role("link", name="Actions on jobs").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(f"Retry {REST} jobs")
    expect(rows.last).to_contain_text(f"{BATCH} done, {REST} stopped before it was done")
    page.goto(f"{board}/audit")
    expect(page.get_by_role("link", name="stop retry jobs")).to_have_count(1)
    page.get_by_role("link", name="retry jobs", exact=True).last.click()
    assert page.url == action
    for path in ("/dead", "/actions"):
        page.goto(board + path)
        for size in SIZES:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert overflow(page) == 0, path
        assert violations(page) == [], path
