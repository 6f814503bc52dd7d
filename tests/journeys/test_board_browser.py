"""The board in a real browser: live, by keyboard, on a phone, in the dark, and when it is cut off."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tailback import clock
from tailback.core.model import Lane
from tailback.server.access import LINK_PURPOSE
from tailback.server.config import Config
from tests.journeys.browser import chromium, overflow, violations
from tests.server.live import Live, job, live_server, until

NASTY = "<img src=x onerror=document.title='hacked'>" + "W" * 150
SIZES = [(1440, 900), (1024, 800), (390, 844)]


def lane(key: str, name: str, queue: str, action: str | None, owner: str) -> Lane:
    return Lane(
        key=key,
        name=name,
        source="shop",
        queue=queue,
        customer_action=action,
        promise_s=300.0,
        promise_assumed=False,
        owner=owner,
    )


LANES = (
    lane("receipt-emails", "Receipt emails", "emails", "get a receipt after paying", "ana"),
    lane("exports", "Exports", "exports", "download their data", "bo"),
    lane("orders", "Order sync", "orders", None, "ana"),
)


def tell(live: Live) -> None:
    """Receipts fail, exports go well, and one queue has a hostile name."""
    now = clock.now()
    error = {"type": "jinja2.exceptions.UndefinedError", "message": "'customer' has no 'name'"}
    events = []
    for number in range(8):
        about = {"id": f"r{number}", "tenant": f"acct_{number}"}
        events += [
            job("enqueued", now - 2650 + number, **about),
            job("retrying", now - 60, attempt=1, due_at=now + 600, error=error, **about),
        ]
        done = {"queue": "exports", "job": "shop.export", "id": f"e{number}"}
        events += [
            job("enqueued", now - 300 + number, **done),
            job("started", now - 299 + number, attempt=1, **done),
            job("succeeded", now - 298 + number, ran_for=1.0, **done),
        ]
    events.append(job("enqueued", now - 5, "n1", queue=NASTY, job=NASTY, tenant=NASTY))
    live.send(*events)
    live.lane("receipt-emails", lambda found: found["verdict"] == "stuck")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    config = Config(lanes=LANES)
    with live_server(tmp_path_factory.mktemp("browser") / "tailback.db", config) as server:
        tell(server)
        yield server


def sign_in(browser: Browser, live: Live, name: str = "ana", **options: object) -> Page:
    link = live.store.links.create(LINK_PURPOSE, now=clock.now(), ttl_s=600, subject=name)
    page = browser.new_context(**options).new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and "ERR_" not in said.text
            else None
        ),
    )
    page.goto(f"{live.url}/welcome/{link}")
    page.problems = problems  # type: ignore[attr-defined]
    return page


@pytest.fixture
def page(browser: Browser, live: Live) -> Iterator[Page]:
    opened = sign_in(browser, live)
    yield opened
    assert opened.problems == []  # type: ignore[attr-defined]
    opened.context.close()


def test_ten_seconds_are_enough_to_know_what_fails_for_whom_why_and_who_is_on_it(
    page: Page,
) -> None:
    row = page.locator("#lane-receipt-emails")

    expect(row).to_contain_text("Stuck")
    expect(row).to_contain_text("customers cannot get a receipt after paying")
    expect(row).to_contain_text("44 min of 5 min")
    expect(row).to_contain_text("8 accounts")
    expect(row).to_contain_text("Template field missing")
    expect(row).to_contain_text("told ana")
    assert page.title() == "(1) Tailback"
    assert page.locator("#icon").get_attribute("href") == "/static/mark-trouble.svg"


BOXES = """parts => parts.map(part => {
    const box = document.querySelector("#lane-receipt-emails " + part).getBoundingClientRect();
    return {x: box.x, y: box.y, width: box.width, height: box.height};
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_board_is_readable_at_every_width_in_light_and_dark(
    page: Page, size: tuple[int, int], scheme: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.locator("#lane-receipt-emails summary").click()

    assert overflow(page) == 0
    assert violations(page) == []
    # asked for at once: a live update between two questions would change the row
    parts = page.evaluate(BOXES, [".verdict", ".what", ".age", ".people"])
    for number, one in enumerate(parts):
        assert one["width"] > 0
        assert not any(overlap(one, other) for other in parts[number + 1 :]), parts


def overlap(one: Any, other: Any) -> bool:
    """Tell whether two boxes cover a common place."""
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def test_hostile_names_are_text_and_break_nothing(page: Page) -> None:
    expect(page.locator("#lanes")).to_contain_text("<img src=x onerror")
    assert page.locator("#lanes img").count() == 0
    assert page.title() == "(1) Tailback"


def test_a_change_appears_without_reloading_and_keeps_what_is_open(live: Live, page: Page) -> None:
    page.locator("#lane-orders summary").click()
    page.evaluate("window.stayed = true")

    now = clock.now()
    live.send(*[job("enqueued", now, f"o{n}", queue="orders", job="shop.order") for n in range(3)])

    expect(page.locator("#lane-orders .counts")).to_contain_text("3 waiting", timeout=15_000)
    expect(page.locator("#open-orders")).to_have_attribute("open", "")
    assert page.evaluate("window.stayed") is True
    # what has no name would be added once more by every update
    assert page.locator("main > :not([id])").count() == 0
    ids = page.locator("main > [id]").evaluate_all("parts => parts.map(part => part.id)")
    assert len(ids) == len(set(ids))


def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    focused = "document.activeElement.closest('li').id"
    assert page.evaluate(focused) == "lane-receipt-emails"
    page.keyboard.press("Enter")
    expect(page.locator("#open-receipt-emails")).to_have_attribute("open", "")

    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()

    page.keyboard.press("/")
    page.keyboard.type("exp")
    expect(page.locator("#lane-exports")).to_be_visible()
    expect(page.locator("#lane-receipt-emails")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#lane-receipt-emails")).to_be_visible()

    page.keyboard.press("w")
    expect(page).to_have_url(re.compile(r"\?wall=1$"))
    expect(page.locator("#find")).to_be_hidden()
    page.keyboard.press("w")
    expect(page.locator("#find")).to_be_visible()


def test_a_board_without_its_server_cannot_be_mistaken_for_a_live_one(
    browser: Browser, tmp_path: Path
) -> None:
    with live_server(tmp_path / "t.db", Config(lanes=LANES)) as live:
        tell(live)
        page = sign_in(browser, live)
        expect(page.locator("#lane-receipt-emails")).to_be_visible()

    alarm = page.locator("#alarm")
    expect(alarm).to_be_visible(timeout=30_000)
    expect(alarm).to_contain_text("may be wrong now")
    assert "cut-off" in str(page.locator("body").get_attribute("class"))
    assert page.title() == "(?) Tailback"
    assert page.locator("#icon").get_attribute("href") == "/static/mark-blind.svg"
    page.context.close()


def test_an_open_board_goes_on_by_itself_when_its_server_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    with live_server(tmp_path / "t.db", Config(lanes=LANES)) as live:
        tell(live)
        page = sign_in(browser, live)
        expect(page.locator("#lane-receipt-emails")).to_be_visible()
        page.evaluate("window.stayed = true")
        address = live.url.removeprefix("http://")
    expect(page.locator("#alarm")).to_be_visible(timeout=30_000)

    with live_server(tmp_path / "t.db", Config(lanes=LANES), listen=address) as live:
        live.send(job("enqueued", clock.now(), "o1", queue="orders", job="shop.order"))
        expect(page.locator("#lane-orders .counts")).to_contain_text("1 waiting", timeout=30_000)
        expect(page.locator("#alarm")).to_be_hidden(timeout=30_000)
        expect(page).to_have_title("(1) Tailback")
        assert page.evaluate("window.stayed") is True
        page.context.close()


def test_a_new_server_shows_how_to_connect(browser: Browser, tmp_path: Path) -> None:
    with live_server(tmp_path / "t.db") as live:
        page = sign_in(browser, live)
        expect(page.locator("#first-run")).to_contain_text("Connect the first worker")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert overflow(page) == 0
        assert violations(page) == []

        live.send(job("enqueued", clock.now()))
        expect(page.locator("#lane-emails")).to_be_visible(timeout=15_000)
        expect(page.locator("#icon")).to_have_attribute("href", "/static/mark-quiet.svg")
        expect(page).to_have_title("Tailback")
        page.context.close()


def test_many_healthy_lanes_are_folded_until_somebody_asks(
    browser: Browser, tmp_path: Path
) -> None:
    with live_server(tmp_path / "t.db", Config(lanes=LANES)) as live:
        tell(live)
        now = clock.now()
        live.send(*[job("enqueued", now, f"m{n}", queue=f"queue-{n}") for n in range(20)])
        live.lane("queue-19", lambda found: found)
        page = sign_in(browser, live)

        expect(page.locator("#lane-receipt-emails")).to_be_visible()
        expect(page.locator("#lane-queue-7")).to_be_hidden()
        page.get_by_role("button", name="healthy lanes").click()
        expect(page.locator("#lane-queue-7")).to_be_visible()
        page.context.close()


def test_the_page_of_a_lane_shows_its_chart_and_why(browser: Browser, live: Live) -> None:
    page = sign_in(browser, live, reduced_motion="reduce")
    live.store.deploys.add("4f2c", at=clock.now() - 600, service="web")
    page.locator("#lane-receipt-emails summary").focus()
    page.keyboard.press("o")
    page.wait_for_url("**/lanes/receipt-emails")

    expect(page.locator("h1")).to_have_text("Receipt emails")
    expect(page.locator("#chart canvas")).to_be_visible()
    main = page.locator("main")
    expect(main).to_contain_text("Template field missing")
    expect(main).to_contain_text("acct_3")
    expect(main).to_contain_text("shop.send_receipt")
    expect(main).to_contain_text("Queue emails of source shop")
    assert "attempts failed" in str(page.locator("#chart").get_attribute("aria-label"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            until(lambda: overflow(page) == 0)  # the chart follows the window a moment later
            assert violations(page) == []

    page.get_by_role("link", name="24 h").click()
    page.wait_for_url("**/lanes/receipt-emails?range=24h")
    expect(page.locator("#chart canvas")).to_be_visible()
    assert page.problems == []  # type: ignore[attr-defined]
    page.context.close()


def test_a_person_signs_in_sets_a_password_and_signs_out(browser: Browser, live: Live) -> None:
    page = sign_in(browser, live, "zoe", reduced_motion="reduce")
    page.get_by_role("link", name="zoe").click()
    page.get_by_label("New password").fill("four plain words here")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("is changed")
    assert violations(page) == []
    page.get_by_role("link", name="Audit").click()
    expect(page.locator("main")).to_contain_text("change password")
    assert violations(page) == []
    page.go_back()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in")
    assert violations(page) == []

    page.goto(f"{live.url}/lanes/orders")
    page.get_by_label("Name").fill("zoe")
    page.get_by_label("Password").fill("four plain words here")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lanes/orders")
    expect(page.locator("h1")).to_have_text("Order sync")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in ("/you", "/audit", "/setup", "/sign-in"):
            page.goto(live.url + path)
            assert overflow(page) == 0, path
    page.context.close()


def test_support_finds_an_account_from_the_board_by_keyboard(browser: Browser, live: Live) -> None:
    page = sign_in(browser, live, "support", reduced_motion="reduce")
    page.keyboard.press("/")
    page.keyboard.type("acct_3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs?q=acct_3")

    expect(page.locator("main")).to_contain_text(
        "Yes: acct_3 is affected and cannot get a receipt after paying"
    )
    page.get_by_role("link", name="r3", exact=True).click()
    expect(page.locator("h1")).to_have_text("shop.send_receipt")
    expect(page.locator("main")).to_contain_text("'customer' has no 'name'")
    page.context.close()


def test_every_page_behind_the_board_is_readable_at_every_width(
    browser: Browser, live: Live
) -> None:
    page = sign_in(browser, live, reduced_motion="reduce")
    episode = live.lane("receipt-emails", lambda found: found["episode_id"])["episode_id"]
    until(lambda: live.get(f"/api/v1/episodes/{episode}").status_code == 200)
    reason = quote(live.lanes()["receipt-emails"]["reasons"][0]["key"], safe="")
    paths = [
        "/jobs",
        "/jobs?q=acct_3",
        "/jobs/r3",
        "/accounts/acct_3",
        "/reasons",
        f"/reasons/one?key={reason}",
        "/episodes",
        f"/episodes/{episode}",
        "/review",
        "/setup",
        "/complaints",
        "/drills",
        f"/episodes/{episode}/story",
    ]
    for path in paths:
        page.goto(live.url + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(page) == [], (path, scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert overflow(page) == 0, (path, width)
    page.goto(f"{live.url}/review")
    for part in (".links", ".scroll"):
        hidden = "part => part.scrollWidth - part.clientWidth"
        assert page.locator(part).first.evaluate(hidden) == 0, part
    assert page.problems == []  # type: ignore[attr-defined]
    page.context.close()
