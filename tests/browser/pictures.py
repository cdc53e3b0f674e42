"""`python -m tests.browser.pictures <verdict.json>`: take the documents' pictures of a run's page anew."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from acceptance.report.page import drawing
from acceptance.verdict import file
from tests.browser.conftest import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"
# name -> width, height, colours, what stands at the top
PICTURES = {
    "page.png": (1200, 900, "light", "body"),
    "failure.png": (1200, 780, "light", "#not-passed"),
    "records.png": (1200, 620, "light", "#records"),
    "time-and-cost.png": (1200, 720, "light", "#effort"),
    "phone.png": (360, 740, "dark", "body"),
}


def take(browser: Browser, address: str) -> None:
    for name, (width, height, colours, top) in PICTURES.items():
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if colours == "dark" else "light",
        )
        page.goto(address)
        # once more when all above has been laid out
        for _ in range(2):
            page.locator(top).evaluate("top => scrollTo(0, top.getBoundingClientRect().top + scrollY - 16)")
            page.wait_for_timeout(200)
        page.screenshot(path=IMAGES / name)
        page.close()


def main() -> None:
    found = file.read(Path(sys.argv[1]))
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_text(drawing.render(found), "utf-8")
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        take(browser, path.as_uri())
        browser.close()


if __name__ == "__main__":
    main()
