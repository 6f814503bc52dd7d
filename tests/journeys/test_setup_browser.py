"""An admin sets up who is told in a browser: channel, person, test message, token."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tailback.server.config import load, read
from tailback.server.config.file import ConfigFile
from tailback.testing.receivers import HttpReceiver
from tests.journeys.browser import chromium, overflow, violations
from tests.journeys.test_board_browser import SIZES, sign_in
from tests.server.live import OWNER, live_server, until

LANE = """
# Money first
[[lane]]
name = "Receipts"
queue = "emails"
owner = "ana"
"""


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    opened = HttpReceiver()
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tailback.toml"
    file.write_text(LANE + OWNER, encoding="utf-8")
    return file


@pytest.fixture
def page(path: Path) -> Iterator[Page]:
    with live_server(path.with_name("t.db"), load(path)) as live, chromium() as browser:
        live.running.services.file = ConfigFile(path, lambda text: read(text, str(path)))
        opened = sign_in(browser, live, reduced_motion="reduce")
        opened.goto(f"{live.url}/setup")
        yield opened
        refused = "409 (Conflict)"
        assert [said for said in opened.problems if refused not in said] == []  # type: ignore[attr-defined]
        opened.context.close()


def readable(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(page) == [], scheme
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert overflow(page) == 0, width


def test_a_channel_and_a_person_are_added_tested_changed_and_removed(
    page: Page, path: Path, receiver: HttpReceiver
) -> None:
    page.get_by_role("link", name="webhook", exact=True).click()
    page.get_by_label("New channel").fill("crew")
    page.get_by_label("url: new").fill(receiver.url)
    page.locator("#channels .found").get_by_label("may call private addresses").check()
    readable(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Add the new channel").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")

    page.get_by_role("button", name="Send a test by crew").click()
    expect(page.get_by_role("status")).to_contain_text("crew took the test message")
    assert until(lambda: receiver.received)

    page.get_by_label("New person").fill("bo")
    page.get_by_role("group", name="a new person is reached by").get_by_label("crew").check()
    page.get_by_role("button", name="Add a new person").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.get_by_label("Backup: ana").select_option("bo")
    page.get_by_role("button", name="Save ana").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert load(path).people[0].backup == "bo"

    page.get_by_role("button", name="Remove crew").click()
    expect(page.get_by_role("alert")).to_contain_text("crew cannot be removed")
    readable(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Remove bo").click()
    expect(page.get_by_role("alert")).to_contain_text("bo cannot be removed")
    page.get_by_label("Backup: ana").select_option("")
    page.get_by_role("button", name="Save ana").click()
    page.get_by_role("button", name="Remove bo").click()
    expect(page.get_by_role("status")).to_contain_text("Removed")
    page.get_by_role("button", name="Remove crew").click()
    expect(page.get_by_role("status")).to_contain_text("Removed")
    assert path.read_text(encoding="utf-8").strip() == (LANE + OWNER).strip()


def test_a_token_is_made_shown_once_and_ended(page: Page) -> None:
    page.get_by_label("What for").fill("grafana")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator("#secret")).to_contain_text("tbr_")
    assert violations(page) == []

    row = page.get_by_role("row").filter(has_text="grafana")
    row.get_by_role("button", name="End").click()
    expect(page.get_by_role("status")).to_contain_text("ended")
    expect(row).to_have_count(0)
