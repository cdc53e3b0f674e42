"""Debian's Chromium, driven by Playwright; one browser for all tests, a context of its own for each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from acceptance.report.page import drawing
from acceptance.verdict.model import Verdict

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium on PATH: apt-get install chromium")
    # Chromium's own sandbox needs more than a container's root has
    rootless = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=rootless)
        yield started
        started.close()


@dataclass
class Opened:
    """A page opened from disk, and what it was heard to do."""

    page: Page
    errors: list[str] = field(default_factory=list)  # console and script
    requests: list[str] = field(default_factory=list)  # beside the file itself


Open = Callable[..., Opened]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def opens(verdict: Verdict, width: int = 1440, height: int = 900, **options: Any) -> Opened:
        path = tmp_path / "report.html"
        path.write_text(drawing.render(verdict), "utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        found = Opened(context.new_page())
        address = path.as_uri()
        found.page.on("console", lambda said: found.errors.append(said.text))
        found.page.on("pageerror", lambda error: found.errors.append(str(error)))
        found.page.on("request", lambda asked: _note(found, asked, address))
        found.page.goto(address)
        return found

    yield opens
    for context in contexts:
        context.close()


def _note(found: Opened, asked: Request, address: str) -> None:
    if asked.url.partition("#")[0] != address and not asked.url.startswith("data:"):
        found.requests.append(asked.url)
