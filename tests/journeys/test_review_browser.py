"""The weekly review in a real browser: wide, on a phone, and on paper."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tailback import clock
from tailback.server.access import COOKIE
from tests.journeys.browser import chromium, overflow, violations
from tests.server.live import Live
from tests.server.test_review import server_with_weeks

SIZES = [(1440, 900), (390, 844)]
MOST_SHEETS = 2


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with server_with_weeks(tmp_path_factory.mktemp("paper")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def signed_in(browser: Browser, live: Live, name: str, width: int, height: int) -> Page:
    now = clock.now()
    user = live.store.users.create(name, "operator", now=now)
    assert user is not None
    secret = live.store.sessions.create(user.id, now=now, ttl_s=600.0)
    page = browser.new_page(viewport={"width": width, "height": height})
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": live.url}])
    page.goto(f"{live.url}/review")
    return page


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_review_is_read_and_noted_on_any_screen(
    browser: Browser, live: Live, width: int, height: int
) -> None:
    page = signed_in(browser, live, f"op{width}", width, height)

    expect(page.get_by_text("Look today: ana")).to_be_visible()
    assert overflow(page) <= 0
    assert violations(page) == []

    page.get_by_label("What changed").fill(f"Seen at {width}")
    page.get_by_label("Who looks").fill("ana")
    page.get_by_role("button", name="Add").click()
    row = page.get_by_role("row").filter(has_text=f"Seen at {width}")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Done").click()
    expect(row.get_by_role("button", name="Done")).to_have_count(0)
    page.context.close()


def test_it_prints_on_two_sheets_without_buttons(
    browser: Browser, live: Live, tmp_path: Path
) -> None:
    page = signed_in(browser, live, "printer", 1440, 900)

    pdf = page.pdf(path=tmp_path / "review.pdf", format="A4")

    assert pdf.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= MOST_SHEETS
    page.emulate_media(media="print")
    expect(page.get_by_text("Look today: ana")).to_be_visible()
    expect(page.get_by_role("button", name="Add")).to_be_hidden()
    assert overflow(page) <= 0
    page.context.close()
