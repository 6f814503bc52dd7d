"""Makes every picture of the documentation from the running demo: `python docs/screenshots.py`.

Needs Chromium and Playwright for Python. The moment is the demo's outage: the template is broken,
the queue is empty, and the board already says so.
"""

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "img"
LINK = re.compile(r"http://[^\s]+/welcome/[^\s]+")
LANE = "li.lane.stuck"
# name: page, width, height, colours; in this order, as the outage lasts half a minute
VIEWS = {
    "board-outage": ("/", 1440, 440, "light"),
    "board-outage-dark": ("/", 1440, 440, "dark"),
    "board-outage-phone": ("/", 390, 844, "light"),
    "account": ("/accounts/{tenant}", 1200, 420, "light"),
    "lane": ("/lanes/{lane}", 1440, 900, "light"),
    "problem": ("/episodes/{episode}", 1440, 900, "light"),
    "setup": ("/setup", 1440, 900, "light"),
}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> int:
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "tailback", "demo", "--once"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    link = next(found.group() for line in demo.stdout if (found := LINK.search(line)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        take(browser, link)
        browser.close()
    demo.stdout.read()
    return demo.wait()


def take(browser: Browser, link: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(link)
    home = page.url.rstrip("/")
    page.locator(LANE).first.wait_for(timeout=120_000)
    # A little into the outage, when the age and the accounts say something.
    page.wait_for_timeout(8_000)
    names = named(page, home)
    for name, (path, width, height, scheme) in VIEWS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if page.url != home + path.format(**names):
            page.goto(home + path.format(**names))
        page.locator("#lanes, .panel").first.wait_for(timeout=10_000)
        if "lane" in path:
            page.locator("#chart canvas").wait_for()
        page.screenshot(path=str(PICTURES / f"{name}.png"))


def named(page: Page, home: str) -> dict[str, str]:
    """Return the lane in trouble, its problem and an account that waits, as the API tells."""
    lanes = page.request.get(f"{home}/api/v1/lanes").json()["lanes"]
    lane = next(one for one in lanes if one["verdict"] == "stuck")
    found = page.request.get(f"{home}/api/v1/jobs?q=state:retrying").json()["jobs"]
    accounts = (job["tenant"] for job in reversed(found) if job["tenant"])
    asked = ((one, page.request.get(f"{home}/api/v1/accounts/{one}").json()) for one in accounts)
    tenant = next(one for one, answer in asked if answer["affected"])
    return {"lane": lane["lane"], "episode": lane["episode_id"], "tenant": tenant}


if __name__ == "__main__":
    sys.exit(main())
