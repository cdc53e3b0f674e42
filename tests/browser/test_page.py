"""The ticket's page in a browser, as the analyst and the reviewer have it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from acceptance.report import grid
from acceptance.verdict.model import Verdict
from tests.browser.conftest import Open
from tests.domain.test_report import MANY, hostile, of_many_tables
from tests.domain.verdicts import SAMPLES, TABLES, measured

pytestmark = pytest.mark.xdist_group("browser")

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
WIDTHS = (360, 768, 1440)
VISIBLE = "details.scenario:visible"
SHORT = {"access", "1.2.1", "3.2.4", "4.3.4"}

every_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def violations(page: Page) -> list[str]:
    """What axe-core finds, with everything unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    ]


def shortened(found: Verdict) -> Verdict:
    """A verdict with every kind of content, and little of each: axe takes its time with long pages."""
    kept = tuple(s for s in found.scenarios if s.step in SHORT and s.table in ("", *TABLES[:2]))
    return replace(
        found,
        scenarios=kept,
        tables=TABLES[:2],
        columns=tuple(c for c in found.columns if c.table == TABLES[1]),
        activities=found.activities[::4],
    )


@every_sample
def test_the_page_is_quiet_and_fits_every_width(sample: Callable[[], Verdict], opened: Open) -> None:
    found = opened(sample())
    for width in WIDTHS:
        found.page.set_viewport_size({"width": width, "height": 900})
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    assert (found.errors, found.requests) == ([], [])


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(width: int, opened: Open) -> None:
    assert violations(opened(shortened(SAMPLES["casts"]()), width).page) == []


@pytest.mark.parametrize("name", ["casts", "sandbox", "aws_down", "blocked"])
def test_axe_finds_nothing_in_the_dark(name: str, opened: Open) -> None:
    assert violations(opened(shortened(SAMPLES[name]()), color_scheme="dark").page) == []


def test_hostile_text_does_nothing(opened: Open) -> None:
    found = opened(hostile())
    found.page.on("dialog", lambda said: found.errors.append(said.message))
    found.page.wait_for_timeout(50)
    assert (found.errors, found.requests) == ([], [])


@pytest.mark.parametrize("name", ["sandbox", "casts", "lost_in_the_parse"])
def test_the_first_screen_says_it_all(name: str, opened: Open) -> None:
    page = opened(SAMPLES[name]()).page
    failed = [".causes"] if page.locator(".concern.failed").count() else []
    for part in ("h1", "section.run", "table.stages", "section.next", *failed):
        box = page.locator(part).bounding_box()
        assert box
        assert box["y"] + box["height"] <= 900, part


def test_each_cell_leads_to_its_scenario(opened: Open) -> None:
    found = shortened(SAMPLES["casts"]())
    page = opened(found).page
    for row in grid.draw(found).stages():
        for number, summary in row.sections.items():
            if summary is None:
                continue
            line = page.locator("table.stages tbody tr", has_text=row.row.table)
            line.locator("td").nth(int(number)).get_by_role("link").click()
            scenario = page.locator("details.scenario:focus-within")
            expect(scenario).to_have_attribute("open", "")
            expect(scenario).to_have_attribute("data-table", row.row.table)
            expect(scenario).to_have_attribute("data-section", number)
            expect(scenario).to_be_in_viewport()


def test_each_place_of_the_navigation_is_there(opened: Open) -> None:
    page = opened(SAMPLES["casts"]()).page
    links = page.get_by_role("navigation").get_by_role("link")
    assert links.count() == 7
    for link in links.all():
        link.click()
        target = page.locator(link.get_attribute("href") or "")
        expect(target).to_be_in_viewport()


def test_the_playbook_is_filtered(opened: Open) -> None:
    found = SAMPLES["casts"]()
    page = opened(found).page
    shown, told = page.locator(VISIBLE), page.locator("form.tools output")
    expect(shown).to_have_count(len(found.scenarios))
    page.locator("[name=table]").select_option(TABLES[1])
    expect(shown).to_have_count(sum(s.table == TABLES[1] for s in found.scenarios))
    page.locator("[name=section]").select_option("3")
    expect(shown).to_have_count(3)
    page.locator("[name=outcome]").select_option("failed")
    expect(shown).to_have_count(1)
    expect(told).to_have_text(re.compile(rf"^1 of {len(found.scenarios)} "))
    page.get_by_role("button", name="Show all").click()
    expect(shown).to_have_count(len(found.scenarios))
    page.get_by_role("searchbox").fill("9A1E0C3E")  # the id of a query, in other letters
    expect(shown).to_have_count(1)
    expect(page.locator("section.section:visible")).to_have_count(1)


def test_what_is_packed_shows_when_it_is_opened_linked_to_or_searched(opened: Open) -> None:
    verdict = of_many_tables(MANY[:25])
    found = opened(verdict)
    page = found.page
    ones_passed, scenarios = page.locator("details.ones-passed"), page.locator("details[data-packed]")
    expect(scenarios).to_have_count(0)
    ones_passed.first.locator("summary").first.click()
    scenarios.first.locator("summary").first.click(timeout=30_000)
    expect(scenarios.first.locator(".steps")).to_be_visible(timeout=30_000)
    page.evaluate("location.hash = 's300'")
    another = page.locator("details[data-packed]:has(#s300)")
    expect(another.locator(".steps")).to_be_visible(timeout=30_000)
    expect(another).to_be_in_viewport()
    page.get_by_role("searchbox").fill(another.locator(".step span").nth(1).inner_text())
    expect(page.get_by_role("search").locator("output")).to_contain_text(" of ", timeout=30_000)
    expect(another).to_be_visible(timeout=30_000)
    assert found.errors == []


def test_the_filter_finds_what_is_packed(opened: Open) -> None:
    found = of_many_tables(MANY[:25])
    page = opened(found).page
    page.locator("[name=table]").select_option(MANY[3])
    expect(page.locator(VISIBLE)).to_have_count(sum(s.table == MANY[3] for s in found.scenarios))
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("button", name="Open all").click()
    expect(page.locator(VISIBLE)).to_have_count(len(found.scenarios))


def test_each_fold_of_many_tables_opens(opened: Open) -> None:
    found = opened(measured(of_many_tables(MANY[:25]), MANY[:25]))
    folds = found.page.locator("details:has(> template.packed)")
    assert folds.count() > 10
    found.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    expect(folds).to_have_count(0, timeout=30_000)
    assert found.errors == []


def test_each_cause_leads_to_all_of_it(opened: Open) -> None:
    page = opened(SAMPLES["errors"]()).page
    causes = page.locator(".causes a")
    assert causes.count() > 0
    for cause in causes.all():
        cause.click()
        concern = page.locator(cause.get_attribute("href") or "")
        expect(concern).to_be_in_viewport()
        expect(concern).to_contain_text(cause.inner_text())


def test_a_link_to_what_is_filtered_away_shows_it(opened: Open) -> None:
    page = opened(SAMPLES["casts"]()).page
    page.locator("[name=section]").select_option("1")
    page.locator("table.stages td.failed a").click()
    expect(page.locator("details.scenario.failed[open]")).to_be_in_viewport()


def test_the_query_of_the_failing_rows_is_copied(opened: Open) -> None:
    page = opened(SAMPLES["casts"](), permissions=["clipboard-read", "clipboard-write"]).page
    block = page.locator(".concern .block", has_text="The query that fetches the failing rows")
    block.get_by_role("button", name="Copy").click()
    expect(block.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("pre").inner_text()


def test_the_console_is_linked_but_for_the_sandbox(opened: Open) -> None:
    links = "a[href*='console.aws.amazon.com']"
    assert opened(SAMPLES["casts"]()).page.locator(f".concern {links}").count() >= 2
    assert opened(SAMPLES["sandbox"]()).page.locator(f".activities {links}").count() == 0


def test_the_keyboard_reaches_everything(opened: Open) -> None:
    page = opened(SAMPLES["casts"]()).page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    scenario = page.locator("details.scenario").first
    scenario.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(scenario).to_have_attribute("open", "")


def test_the_page_is_read_without_scripts(opened: Open) -> None:
    page = opened(SAMPLES["casts"](), java_script_enabled=False).page
    expect(page.locator("form.tools")).to_be_hidden()
    expect(page.locator(VISIBLE)).to_have_count(len(SAMPLES["casts"]().scenarios))


def test_the_page_prints(opened: Open) -> None:
    page = opened(SAMPLES["casts"](), 700, color_scheme="dark").page
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator("form.tools")).to_be_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_fifty_tables_stay_usable(opened: Open) -> None:
    found = SAMPLES["fifty"]()
    page = opened(found).page
    expect(page.locator(".ledgers > .ledger:visible")).to_have_count(1)  # the one that is odd
    box = page.locator("table.stages").locator("..").bounding_box()
    assert box
    assert box["height"] < 500
    milliseconds = [
        page.evaluate(
            """() => { const began = performance.now(), box = document.querySelector("[name=text]");
            box.value = "planning_resource_number_34"; box.dispatchEvent(new Event("input", { bubbles: true }));
            document.body.offsetHeight; return performance.now() - began; }"""
        )
        for _ in range(5)
    ]
    expect(page.locator(VISIBLE)).to_have_count(sum(s.table.endswith("_34") for s in found.scenarios))
    assert min(milliseconds) < 2000  # 0.1 s on two idle cores; the quickest, whatever else the machine does
