"""How far a reviewer's ten questions are from their answers: on the page of a failing run, and on those of its peers.

    python -m benchmarks.questions FOLDER [--assets node_modules] [--pictures FOLDER]

FOLDER has what `benchmarks.peers` left, with Allure's and Elementary's pages drawn. A browser goes each way and must
see the answer at its end. Nobody is timed: the page's seconds are measured, those for what a person does are set.
"""

from __future__ import annotations

import argparse
import math
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Locator, Page, Route, TimeoutError, sync_playwright

from tests.browser.conftest import chromium

CLICK, SCREEN = (
    2.0,
    1.0,
)  # seconds for a click, a choice or a word typed; for a screen scrolled. Reading is left out
ROUNDS = 3
PATIENCE = 30  # seconds for each thing that a page does; one that takes longer is opened again
TRIES = 3
HEIGHT = 900

Ways = dict[str, tuple[list[str], str] | None]
"""By page: what is clicked, chosen (`selector = label`) or typed (`selector < text`), and the answer's text.

None: the answer is not there.
"""

ALLURE_FAILED = "button:has-text('Failed')"
ALLURE_VALUES = [ALLURE_FAILED, "text=enforcement_actions_taken can be queried"]
GX_STATUS = ".bootstrap-table-filter-control-validation_success >> nth=0"
GX_ASSET = ".bootstrap-table-filter-control-asset_name >> nth=0"
GX_VALUES = f"{GX_ASSET} = parse enforcement_actions_taken"
GX_ROW = "tbody tr:has-text('parse enforcement_actions_taken')"
RESULTS, PERFORMANCE = "text=Test Results >> nth=0", "text=Test Performance >> nth=0"
CAUSE = ".causes a:has-text('has changed values')"

QUESTIONS: dict[str, Ways] = {
    "Which of the ticket's tables are wrong?": {
        "ours": ([], "enforcement_outcomes: the job run"),
        "Allure": ([ALLURE_FAILED], "enforcement_actions_taken can be queried"),
        "Data Docs": ([f"{GX_STATUS} = Failed"], "parse enforcement_outcomes"),
        "Elementary": ([RESULTS], "parse_enforcement_actions_taken"),
    },
    "Was another table touched, and which?": {
        "ours": ([], "appeals has been written to"),
        "Allure": ([ALLURE_FAILED, "text=the raw zone's tables"], "appeals has been written to"),
        "Data Docs": ([], "parse appeals"),
        "Elementary": ([RESULTS], "parse_appeals"),
    },
    "What is wrong with enforcement_actions_taken?": {
        "ours": ([], "the parse has changed values: notes"),
        "Allure": (ALLURE_VALUES, "the parse has changed values: notes"),
        "Data Docs": ([GX_ROW], "fault: values_checksum"),
        "Elementary": ([RESULTS], "parse_enforcement_actions_taken_values_checksum"),
    },
    "Since when?": {
        "ours": ([], "2 runs"),
        "Allure": ([*ALLURE_VALUES, "text=History >> nth=0"], "11/28/2026 at"),
        "Data Docs": ([GX_VALUES], "2026-11-28"),
        "Elementary": (
            [
                PERFORMANCE,
                "[placeholder=Search] >> nth=-1 < actions_taken_values",
                "text=actions_taken_values_checksum",
            ],
            "Test execution results",
        ),
    },
    "How many rows, and which?": {
        "ours": ([CAUSE], "notes is not its record's in"),
        "Allure": (ALLURE_VALUES, "notes is not its record's in"),
        "Data Docs": None,
        "Elementary": None,
    },
    "What do I do?": {
        "ours": ([], "Fix what failed, as each message says"),
        "Allure": (ALLURE_VALUES, "fix what the parse script does"),
        "Data Docs": None,
        "Elementary": None,
    },
    "Is it my fault?": {
        "ours": ([CAUSE], "fix what the parse script does"),
        "Allure": (ALLURE_VALUES, "fix what the parse script does"),
        "Data Docs": None,
        "Elementary": None,
    },
    "What did it cost?": {
        "ours": (["nav >> text=Time and cost"], "On AWS it would cost about"),
        "Allure": None,
        "Data Docs": None,
        "Elementary": None,
    },
    "What was not checked because of it?": {
        "ours": ([], "blocked"),
        "Allure": (["button:has-text('Skipped')", "text=2 Parse increments"], "2.3.1 Run the parse test job"),
        "Data Docs": None,
        "Elementary": ([RESULTS], "Error >> nth=1"),
    },
    "Which query shows it?": {
        "ours": ([CAUSE], "SQL"),
        "Allure": ([*ALLURE_VALUES, "text=Attachments", "text=query: The values of each column"], "Scanned:"),
        "Data Docs": None,
        "Elementary": ([RESULTS, "text=actions_taken_values_checksum"], "Result Query"),
    },
}


@dataclass(frozen=True)
class Way:
    """How an answer was reached."""

    clicks: int
    screens: int
    seconds: float  # of the page: from asking for it, without what a person takes

    @property
    def told(self) -> str:
        seconds = self.seconds + self.clicks * CLICK + self.screens * SCREEN
        return f"{self.clicks}{f' + {self.screens}' if self.screens else ''}, {seconds:.1f} s"


def pages(folder: Path) -> dict[str, Path]:
    """The newest run's, by name."""
    run = max(path.parent for path in folder.glob("reports/*/*Z-*/verdict.json"))
    return {
        "ours": run / "report.html",
        "Allure": run / "allure-report" / "index.html",
        "Data Docs": folder / "data-docs/gx/uncommitted/data_docs/local_site/index.html",
        "Elementary": folder / "dbt" / "elementary_report.html",
    }


def arrived(
    browser: Browser, address: str, way: tuple[list[str], str], assets: dict[str, Path], picture: Path | None
) -> Way:
    for _ in range(TRIES - 1):
        with suppress(TimeoutError):
            return went(browser, address, way, assets, picture)
    return went(browser, address, way, assets, picture)


def went(
    browser: Browser, address: str, way: tuple[list[str], str], assets: dict[str, Path], picture: Path | None
) -> Way:
    actions, answer = way
    page = browser.new_page(viewport={"width": 1440, "height": HEIGHT})
    page.set_default_timeout(PATIENCE * 1000)
    page.route(re.compile("^https?:"), lambda route: serve(route, assets))
    began = time.perf_counter()
    page.goto(address)
    for action in actions:
        act(page, action)
    found = page.locator(f"text={answer}").locator("visible=true").first
    found.wait_for()
    seconds = time.perf_counter() - began
    screens = screens_down(found)
    if picture:
        page.screenshot(path=picture)
    page.close()
    return Way(len(actions), screens, seconds)


def act(page: Page, action: str) -> None:
    for sign in (" = ", " < "):
        target, found, given = action.partition(sign)
        if found:
            place = page.locator(target)
            place.select_option(label=given) if sign == " = " else place.fill(given)
            return
    page.locator(action).locator("visible=true").first.click()


def screens_down(found: Locator) -> int:
    """Screens to scroll until the answer is in sight."""
    box = found.bounding_box()
    return max(0, math.ceil((box["y"] + min(box["height"], 20) - HEIGHT) / HEIGHT)) if box else 0


def serve(route: Route, assets: dict[str, Path]) -> None:
    """A page's scripts and styles from packages of npm, in place of the networks that it asks."""
    name = re.sub(r"-\d[\d.]*(?=\.min)", "", route.request.url.partition("?")[0].rsplit("/", 1)[-1])
    if name in assets:
        route.fulfill(path=assets[name])
    else:
        route.abort()


def packaged(modules: Path) -> dict[str, Path]:
    """The scripts and styles in packages of npm, by name; a package's own before those of its themes."""
    found = sorted(
        modules.rglob("*.min.*"), key=lambda path: ("/esm/" in path.as_posix(), len(path.parts)), reverse=True
    )
    return {path.name: path for path in found}


def rows(folder: Path, assets: dict[str, Path], pictures: Path | None) -> Iterator[str]:
    addresses = {name: path.as_uri() for name, path in pages(folder).items()}
    yield f"| question | {' | '.join(addresses)} |"
    yield f"|---|{'---|' * len(addresses)}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for number, (question, ways) in enumerate(QUESTIONS.items(), 1):
            told = []
            for name, address in addresses.items():
                if not (way := ways[name]):
                    told.append("not there")
                    continue
                picture = pictures / f"{number}-{name}.png" if pictures else None
                measured = [arrived(browser, address, way, assets, picture) for _ in range(ROUNDS)]
                told.append(
                    Way(measured[0].clicks, measured[0].screens, median(m.seconds for m in measured)).told
                )
            yield f"| {question} | {' | '.join(told)} |"
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.questions", description="Ten questions to four pages."
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=Path, help="node_modules with what Data Docs loads from the network")
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each answer")
    given = parser.parse_args()
    assets = packaged(given.assets) if given.assets else {}
    for line in rows(given.folder.resolve(), assets, given.pictures):
        print(line, flush=True)


if __name__ == "__main__":
    main()
