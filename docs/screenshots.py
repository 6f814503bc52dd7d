"""Makes every picture of the documentation from the running demo: `python docs/screenshots.py`.

Needs Chromium and Playwright for Python. The moment is the demo's outage: the template is broken,
the queue is empty, and the board already says so.
"""

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).parent / "img"
LINK = re.compile(r"http://[^\s]+/welcome/[^\s]+")
VIEWS = {
    "board-outage": (1440, 440, "light"),
    "board-outage-dark": (1440, 440, "dark"),
    "board-outage-phone": (390, 844, "light"),
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
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(link)
    page.locator("li.lane.stuck").first.wait_for(timeout=120_000)
    # A little into the outage, when the age and the accounts say something.
    page.wait_for_timeout(8_000)
    for name, (width, height, scheme) in VIEWS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=str(PICTURES / f"{name}.png"))


if __name__ == "__main__":
    sys.exit(main())
