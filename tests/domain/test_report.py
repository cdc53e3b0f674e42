from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from acceptance import terminal
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Finding
from acceptance.report import allure, concerns, files, grid, junit, markdown, next_steps, summary
from acceptance.report.messages import duration, parts, text
from acceptance.report.page import drawing
from acceptance.verdict import file
from acceptance.verdict.model import Outcome, StepResult, Verdict
from acceptance.verdict.sentence import gist, sentence
from tests.domain.verdicts import BLOCKED, LOST, SAMPLES, playbook, scenario, verdict

HOSTILE = "</script><script>alert(1)</script>\"'&<img src=x onerror=y>`|[x](javascript:y) {{ 7*7 }} [/red]\x1b[0m\x00"
VOID = {"meta", "link", "input", "br", "wbr"}
every_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


class Page(HTMLParser):
    """Checks that elements close in order, and collects what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []  # element, attribute, value
        self.pieces: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open = self.open[:-1]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.pieces.append(data)

    @cached_property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def values(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]


def unpacked(html: str) -> str:
    """The page as it is when all is opened that lies packed in it."""
    return re.sub(
        r'<template class="(?:packed|insides)">(.*?)</template>',
        lambda found: zlib.decompress(base64.b64decode(found[1])).decode(),
        html,
    )


@cache
def drawn(sample: Callable[[], Verdict]) -> tuple[str, Page]:
    html = drawing.render(sample())
    return html, Page(unpacked(html))


def hostile() -> Verdict:
    """Hostile text wherever a verdict has text."""
    evidence = Evidence(
        Kind.QUERY,
        HOSTILE,
        facts={HOSTILE: HOSTILE},
        comparisons=(Comparison(HOSTILE, HOSTILE, HOSTILE, False),),
        text=HOSTILE,
        link="javascript:alert(1)",
    )
    found = Finding(*[HOSTILE] * len(fields(Finding)))
    step = StepResult(HOSTILE, HOSTILE, Outcome.FAILED, finding=found, evidence=(evidence,))
    bad = replace(
        scenario("1.2.1", HOSTILE, Outcome.FAILED, found),
        feature=HOSTILE, step=HOSTILE, section=HOSTILE, name=HOSTILE, location=HOSTILE, steps=(step,),
    )  # fmt: skip
    return verdict(
        [bad],
        ticket=HOSTILE, ticket_url="javascript:alert(1)", environment=HOSTILE, tables=(HOSTILE,), command=HOSTILE,
        branch=HOSTILE, commit=HOSTILE, by=HOSTILE, account=HOSTILE, region=HOSTILE, left_out=(HOSTILE,),
        problems=(HOSTILE,), run_id=HOSTILE,
    )  # fmt: skip


# the page


@every_sample
def test_the_page_is_well_formed_and_complete(sample: Callable[[], Verdict]) -> None:
    found = sample()
    _, seen = drawn(sample)
    assert sentence(found) in seen.text
    assert seen.tags["details"] >= len(found.scenarios)
    assert seen.tags["h1"] == 1
    for s in found.scenarios:
        assert " ".join(s.name.split()) in seen.text
        for finding in s.findings:
            told = [gist(finding), *parts(finding).values()]
            assert all(" ".join(line.split()) in seen.text for line in told)
    for problem in found.problems:
        assert " ".join(problem.split()) in seen.text
    for left_out in found.left_out:
        assert left_out in seen.text


@every_sample
def test_each_link_within_the_page_arrives(sample: Callable[[], Verdict]) -> None:
    _, seen = drawn(sample)
    ids = seen.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in seen.values("href") if href.startswith("#")} <= set(ids)
    referred = [name for attribute in ("aria-labelledby",) for name in seen.values(attribute)]
    assert set(referred) <= set(ids)


@every_sample
def test_the_page_asks_nothing_of_the_network(sample: Callable[[], Verdict]) -> None:
    html, seen = drawn(sample)
    asking = {("link", "href", "data:,")}
    for tag, name, value in seen.attributes:
        if name in ("src", "href", "action", "data", "poster", "srcset", "style") and tag != "a":
            assert value.startswith("#") or (tag, name, value) in asking
        assert not name.startswith("on")
    style, script = (re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("style", "script"))
    assert len(style) == len(script) == 1
    assert not re.search(r"url\(|@import|https?:|fetch\(|XMLHttp|import\(", style[0] + script[0])


def test_the_policy_lets_in_exactly_the_own_style_and_script() -> None:
    html = drawing.render(SAMPLES["green"]())
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', html)[0].replace(
        "&#39;", "'"
    )
    for tag in ("style", "script"):
        inline = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[0]
        assert f"{tag}-src {drawing.source_hash(inline)}" in policy
    assert "default-src 'none'" in policy


def test_hostile_text_stays_text() -> None:
    html = drawing.render(hostile())
    seen = Page(html)
    assert seen.tags["script"] == 1
    assert seen.tags["img"] == 0
    assert "alert(1)" in seen.text
    assert "{{ 7*7 }}" in seen.text
    assert not [href for href in seen.values("href") if href.startswith("javascript:")]


def test_the_page_counts_the_calls_of_aws() -> None:
    html, _ = drawn(SAMPLES["sandbox"])
    assert f"{sum(SAMPLES['sandbox']().calls.values())} calls of AWS's interfaces" in html
    assert "GetPartition</th><td>12</td>" in html.replace("<wbr>", "")


def test_a_sandbox_run_says_so_on_top() -> None:
    text = Page(drawing.render(SAMPLES["sandbox"]())).text
    assert text.index("Sandbox run: no evidence of a deployment") < text.index("All 4 tables behave")
    assert "Sandbox run" not in Page(drawing.render(SAMPLES["green"]())).text


def test_the_ticket_is_linked_where_its_address_is_known() -> None:
    assert '<a href="https://hackney.atlassian.net/browse/DPP-426">DPP-426</a>' in drawing.render(
        SAMPLES["green"]()
    )
    assert "atlassian" not in drawing.render(SAMPLES["sandbox"]())


def test_a_failure_shows_expected_beside_observed_and_the_query() -> None:
    text = Page(drawing.render(SAMPLES["failed"]())).text
    start = text.index("What did not pass", text.index("What to do next"))
    failures = text[start : text.index("The playbook", start)]
    for part in (
        "312 records on 4 pages",
        "300 records on 3 pages",
        "Look at",
        "To do",
        "SELECT count(*)",
        "differs",
    ):
        assert part in failures


def test_the_same_reason_is_told_once() -> None:
    found = concerns.grave(SAMPLES["failed"]())
    assert [(c.outcome, len(c.scenarios)) for c in found] == [(Outcome.FAILED, 1), (Outcome.BLOCKED, 13)]


def test_the_page_stays_small() -> None:
    tables = tuple(f"planning_resource_{n}" for n in range(10))
    assert len(drawing.render(verdict(list(playbook(tables)), tables=tables)).encode()) < 1_000_000


MANY = tuple(f"planning_resource_{n}" for n in range(200))


def of_many_tables(tables: tuple[str, ...] = MANY) -> Verdict:
    """The playbook of many tables, one of which has failed at the recast."""
    scenarios = [
        replace(each, outcome=Outcome.FAILED) if (each.step, each.table) == ("3.2.4", tables[7]) else each
        for each in playbook(tables)
    ]
    return verdict(scenarios, tables=tables)


def test_the_page_of_many_tables_stays_small_and_holds_all_that_passed() -> None:
    found = of_many_tables()
    html = drawing.render(found)
    assert len(html.encode()) < 6_000_000
    packed = re.findall(r'<template class="insides">(.*?)</template>', html)
    parts = [
        part for each in packed for part in zlib.decompress(base64.b64decode(each)).decode().split("<!---->")
    ]
    assert sum(bool(part.strip()) for part in parts) == sum(
        each.outcome is Outcome.PASSED for each in found.scenarios
    )
    shown = Page(html).text
    step = next(s for s in found.scenarios if s.outcome is Outcome.FAILED).steps[0]
    assert step.text in shown, "what failed is not packed"


def test_a_long_comparison_shows_what_differs_first() -> None:
    columns = tuple(
        Comparison(f"column_{n}", "int", "int" if n != 700 else "string", n != 700) for n in range(752)
    )
    evidence = Evidence(Kind.TABLE, "applications", comparisons=columns)
    step = StepResult("Then", "types", Outcome.FAILED, evidence=(evidence,))
    sample = verdict([replace(scenario("3.2.4", "applications", Outcome.FAILED), steps=(step,))])
    text = Page(drawing.render(sample)).text
    assert text.index("column_700") < text.index("751 more as expected") < text.index("column_0 ")


def test_the_grid_has_the_gravest_outcome_of_each_step() -> None:
    found = grid.draw(SAMPLES["failed"]())
    assert [row.table for row in found.rows] == [grid.ALL_TABLES, *SAMPLES["failed"]().tables]
    row = found.rows[2]
    cells = {c.step: cell.outcome for c, cell in zip(found.columns, row.cells, strict=True) if cell}
    assert (cells["terraform"], cells["1.2.1"], cells["2.3.1"]) == (
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.BLOCKED,
    )
    assert "1.2.2" not in cells
    assert sum(width for _, width in found.sections) == len(found.columns)


def test_a_table_without_scenarios_has_its_row() -> None:
    found = grid.draw(verdict([scenario("1.2.1", "wards")], tables=("wards", "breach_types")))
    assert [(row.table, row.outcome) for row in found.rows] == [
        ("wards", Outcome.PASSED),
        ("breach_types", Outcome.NOT_RUN),
    ]


# words


def test_a_message_is_made_of_a_findings_fields() -> None:
    assert text(LOST, Outcome.FAILED).splitlines() == [
        "enforcement_outcomes: the ingestion brought fewer records than the API has",
        "  expected: 312 records on 4 pages",
        "  observed: 300 records on 3 pages; page 4 came with status 500",
        f"  look at:  {LOST.look}",
        "  to do:    run step 1.2.1 again when the API answers; if that does not help, ask the Data Platform team",
    ]
    assert text(BLOCKED, Outcome.BLOCKED) == (
        "blocked: no data of enforcement_outcomes of today in the raw zone (step 1.2.1)"
    )
    assert text(Finding("aws-failed", "just\ntwo lines"), Outcome.ERROR) == "just\ntwo lines"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (1404, "23 min 24 s"),
        (7440, "2 h 4 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# what to do next


@every_sample
def test_there_is_always_something_to_do(sample: Callable[[], Verdict]) -> None:
    steps = next_steps.next_steps(sample())
    assert steps
    assert len({step.command for step in steps}) == len(steps)


def commands(found: Verdict) -> list[str]:
    return [step.command for step in next_steps.next_steps(found) if step.command]


WHOLE = "behave -D ticket=DPP-426 -D env=stg"


def test_what_starts_nothing_is_checked_again_alone() -> None:
    found = verdict([scenario("terraform", "wards", Outcome.FAILED), scenario("jobs")])
    assert commands(found) == [f"{WHOLE} --tags=@terraform", WHOLE]


def test_after_a_failure_the_whole_is_run_again() -> None:
    """A step alone would find no test job: they are removed at a run's end."""
    assert commands(verdict([scenario("1.2.1", "wards", Outcome.FAILED), scenario("jobs")])) == [WHOLE]


def test_a_selection_is_kept() -> None:
    found = replace(
        verdict([scenario("2.3.4", "wards", Outcome.FAILED)]), command=f"{WHOLE} --tags=@section-2"
    )
    assert commands(found) == [f"{WHOLE} --tags=@section-2", WHOLE]


def test_what_is_blocked_needs_more_than_the_selection() -> None:
    found = replace(
        verdict([scenario("2.3.1", "wards", Outcome.BLOCKED)]), command=f"{WHOLE} --tags=@section-2"
    )
    assert commands(found) == [WHOLE]


def test_what_is_to_be_removed_is_named_once() -> None:
    removal = Evidence(
        Kind.REMOVAL,
        "To be removed before wards can go through the parse again",
        {
            "s3://raw/parsed/wards/": "all objects below",
            "raw.wards": "catalog table",
            "parse-TEST-DPP-426": "test job",
        },
    )
    failed = scenario("2.3.4", "wards", Outcome.FAILED)
    failed = replace(failed, steps=(StepResult("Then", "…", Outcome.FAILED, evidence=(removal,)),))
    found = replace(verdict([failed, failed]), command=f"{WHOLE} -D keep=true -D tables=wards")
    asked = [step for step in next_steps.next_steps(found) if step.items]
    assert [step.items for step in asked] == [
        ("all objects below s3://raw/parsed/wards/", "catalog table raw.wards")
    ]
    assert commands(found) == [
        "python -m acceptance.sweep -D ticket=DPP-426 -D env=stg --yes",
        f"{WHOLE} -D keep=true -D tables=wards",
    ]


def test_the_next_environment_keeps_the_settings_that_matter() -> None:
    command = "behave -D ticket=DPP-426 -Dkeep=true -D endpoint=http://127.0.0.1:5000 -D tables=wards --tags=@section-1"
    sample = replace(SAMPLES["sandbox"](), command=command)
    assert next_steps.next_steps(sample)[0].command == (
        "behave -D ticket=DPP-426 -D keep=true -D tables=wards -D env=stg -D data_platform=../Data-Platform"
    )


def test_a_checkout_of_ones_own_goes_with_one() -> None:
    sample = replace(SAMPLES["sandbox"](), command="behave -D ticket=DPP-426 -D data_platform=../mine")
    assert commands(sample) == ["behave -D ticket=DPP-426 -D data_platform=../mine -D env=stg"]


def test_a_parameter_is_named_once() -> None:
    command = "behave -D tables=wards -Dtables=teams --define ticket=DPP-426 --define=env=stg -D fresh=true"
    found = replace(verdict([scenario("2.3.4", "wards", Outcome.FAILED)]), command=command)
    assert commands(found) == ["behave -D tables=teams -D ticket=DPP-426 -D env=stg"]


def test_a_sandbox_that_is_gone_is_started_again() -> None:
    found = verdict([scenario("2.3.4", "wards", Outcome.FAILED), scenario("jobs")])
    sandbox = replace(found, environment="local", command="behave -D ticket=DPP-426 --tags=@section-2")
    assert commands(sandbox) == ["behave -D ticket=DPP-426"]
    up = "behave -D ticket=DPP-426 -D endpoint=http://127.0.0.1:4566"
    beside = replace(sandbox, command=f"{up} --tags=@section-2")
    assert commands(beside) == [f"{up} --tags=@section-2", up]


def test_production_is_not_asked_to_run_what_changes_it() -> None:
    found = replace(verdict([scenario("1.2.3", "wards")]), environment="prod", left_out=("1.2.1",))
    (step,) = next_steps.next_steps(found)
    assert not step.command


def test_a_command_with_an_open_quote_is_no_obstacle() -> None:
    assert next_steps.next_steps(replace(SAMPLES["partial"](), command="behave -D ticket=A-1 --name='x"))


# JUnit


@every_sample
def test_junit_counts_as_the_verdict_does(sample: Callable[[], Verdict], tmp_path: Path) -> None:
    found = sample()
    root = written(found, tmp_path)
    run_errors = junit.run_errors(found)
    assert (
        int(root.get("tests", ""))
        == len(root.findall(".//testcase"))
        == len(found.scenarios) + len(run_errors)
    )
    assert int(root.get("failures", "")) == len(root.findall(".//failure")) == found.count(Outcome.FAILED)
    assert (
        int(root.get("errors", ""))
        == len(root.findall(".//error"))
        == found.count(Outcome.ERROR) + len(run_errors)
    )
    skipped = sum(found.count(o) for o in (Outcome.BLOCKED, Outcome.NOTHING_NEW, Outcome.NOT_RUN))
    assert int(root.get("skipped", "")) == len(root.findall(".//skipped")) == skipped
    green = root.get("failures") == root.get("errors") == "0"
    assert green == (found.exit_code == 0)


@every_sample
def test_junit_has_the_shape_that_viewers_know(sample: Callable[[], Verdict], tmp_path: Path) -> None:
    root = written(sample(), tmp_path)
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} == set(suite.keys())
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * int(suite.get("tests", ""))
        for case in suite.findall("testcase"):
            assert {"classname", "name", "time"} == set(case.keys())
            assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out"}
            assert all(child.get("message") for child in case if child.tag != "system-out")
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(cases) == len(set(cases))


def test_junit_tells_each_reason(tmp_path: Path) -> None:
    root = written(SAMPLES["failed"](), tmp_path)
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("type") == "failed"
    assert "expected: 312 records" in (failure.text or "")
    assert "features/1/1.2.1.feature:12" in (failure.text or "")
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert "no data of enforcement_outcomes" in (skipped.get("message") or "")


def test_every_finding_of_a_scenario_is_told(tmp_path: Path) -> None:
    found = SAMPLES["several"]()
    (failed,) = [s for s in found.scenarios if s.outcome is Outcome.FAILED]
    root = written(found, tmp_path)
    failure = root.find(".//failure")
    assert failure is not None
    assert str(failure.get("message")).endswith("row of the same import_date has (and 1 more finding)")
    for output in (
        failure.text or "",
        markdown.render(found),
        shown(found, 200),
        drawn(SAMPLES["several"])[1].text,
    ):
        assert all(finding.what in output for finding in failed.findings)
    assert sentence(found).endswith(
        "failed step 2.3.4: 2 rows with an id that another row of the same import_date has"
    )


def test_junit_carries_whatever_a_log_contains(tmp_path: Path) -> None:
    assert "alert(1)" in ET.tostring(written(hostile(), tmp_path), "unicode")


def written(found: Verdict, folder: Path) -> ET.Element:
    junit.write(found, folder / "playbook.xml")
    return ET.parse(folder / "playbook.xml").getroot()


# Markdown


@every_sample
def test_markdown_tells_the_verdict_and_every_message(sample: Callable[[], Verdict]) -> None:
    found = sample()
    text = markdown.render(found)
    assert text.startswith("## ")
    for concern in concerns.grave(found):
        assert concern.message in text
    for problem in found.problems:
        assert problem in text
    assert ("Sandbox run: no evidence of a deployment" in text) == found.sandbox
    rows = [line for line in text.partition("\n#")[0].splitlines() if line.startswith("| ")]
    assert len(rows) == (len(grid.draw(found).rows) + 1 if found.scenarios else 0)
    assert len({row.count("|") for row in rows}) <= 1


def test_markdown_takes_hostile_text_for_text() -> None:
    text = markdown.render(hostile())
    outside = re.sub(r"(?ms)^ *(`{3,}).*?^ *\1$", "", text)
    assert "<" not in outside
    assert "](javascript" not in outside.replace("\\](", "")


# the console


@every_sample
@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_console_tells_the_verdict(sample: Callable[[], Verdict], width: int) -> None:
    found = sample()
    text = shown(found, width)
    assert sentence(found) in text
    for concern in concerns.grave(found):
        assert all(line.strip() in text for line in concern.message.splitlines())
    if found.scenarios and width > 40:
        table = text.split("\n\n")[0]
        assert all(len(line) <= width for line in table.splitlines())


def test_the_console_draws_the_grid_where_it_fits() -> None:
    assert "··✓✓✓·" in shown(SAMPLES["green"](), 200)
    assert "··✓✓✓·" not in shown(SAMPLES["green"](), 60)


def test_the_console_takes_hostile_text_for_text() -> None:
    assert "[x](javascript:y)" in shown(hostile(), 80)


def test_a_terminal_without_unicode_gets_plain_signs() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    terminal.make_plain(stream)
    summary.show(SAMPLES["failed"](), console=Console(file=stream, width=200))
    stream.flush()
    assert "x 1 failed" in raw.getvalue().decode()


def shown(found: Verdict, width: int) -> str:
    stream = io.StringIO()
    summary.show(found, Path("reports/DPP-426/x/report.html"), Console(file=stream, width=width))
    return stream.getvalue()


# the files


def test_a_run_leaves_its_files_and_the_tickets_page(tmp_path: Path) -> None:
    found = SAMPLES["failed"]()
    folder = tmp_path / found.ticket / found.run_id
    assert files.publish(found, folder) == (found, folder / "report.html")
    left = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {name for name in left if not name.startswith("allure-results/")} == {
        "verdict.json",
        "report.html",
        "summary.md",
        "junit/playbook.xml",
        "allurerc.json",
    }
    results = list((folder / "allure-results").glob("*-result.json"))
    assert len(results) == len(found.scenarios)
    assert (folder.parent / "report.html").read_bytes() == (folder / "report.html").read_bytes()
    assert file.read(folder / "verdict.json") == found


def test_an_older_run_does_not_replace_the_tickets_page(tmp_path: Path) -> None:
    older, newer = SAMPLES["failed"](), replace(SAMPLES["green"](), run_id="20261124T081530Z-0b1c")
    for found in (newer, older):
        files.publish(found, tmp_path / found.run_id)
    assert (tmp_path / "report.html").read_text() == drawing.render(newer)


def test_what_cannot_be_written_is_told_by_all_the_rest(tmp_path: Path) -> None:
    found = SAMPLES["green"]()
    (tmp_path / "junit").write_text("no folder")
    told, path = files.publish(found, tmp_path)
    assert told.exit_code == 1 and path
    assert "junit/playbook.xml could not be written" in told.problems[0]
    assert file.read(tmp_path / "verdict.json") == told
    assert path.read_text() == drawing.render(told, up="../")


def test_allure_results_are_drawn_anew(tmp_path: Path) -> None:
    """Results of an earlier drawing would count as retries."""
    found = SAMPLES["failed"]()
    for _ in range(2):
        files.publish(found, tmp_path)
    assert len(list((tmp_path / "allure-results").glob("*-result.json"))) == len(found.scenarios)


def test_allure_groups_by_section_feature_and_table_and_keeps_environments_apart(tmp_path: Path) -> None:
    def drawn(found: Verdict) -> dict[str, Any]:
        allure.write(found, tmp_path / "allure-results")
        (path,) = (tmp_path / "allure-results").glob("*-result.json")
        result: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return result

    found = verdict([scenario("1.2.1", "wards", Outcome.FAILED, LOST)])
    result = drawn(found)
    labels = {label["name"]: label["value"] for label in result["labels"]}
    assert (labels["epic"], labels["story"], labels["subSuite"]) == ("1 API ingestion", "wards", "wards")
    assert {"name": "environment", "value": "stg"} in result["parameters"]
    assert drawn(found)["historyId"] == result["historyId"]
    assert drawn(replace(found, environment="prod"))["historyId"] != result["historyId"]


def test_the_categories_work_in_java_and_in_javascript(tmp_path: Path) -> None:
    allure.write(SAMPLES["blocked"](), tmp_path / "allure-results")
    categories = json.loads((tmp_path / "allure-results" / "categories.json").read_text("utf-8"))
    assert json.loads((tmp_path / "allurerc.json").read_text("utf-8"))["categories"] == categories
    expressions = [each["messageRegex"] for each in categories if "messageRegex" in each]
    assert not any("(?" in expression for expression in expressions)  # a flag within is Java's alone
    assert [bool(re.fullmatch(e, "blocked: no data\n(step 1.2.1)")) for e in expressions] == [True, False]


def test_a_folder_outside_the_reports_is_left_alone(tmp_path: Path) -> None:
    files.publish(SAMPLES["green"](), tmp_path / "elsewhere")
    assert not (tmp_path / "report.html").exists()


def test_the_report_is_rebuilt_from_its_verdict(tmp_path: Path) -> None:
    found = SAMPLES["failed"]()
    file.write(found, tmp_path / "verdict.json")
    done = rebuild(tmp_path / "verdict.json")
    assert done.returncode == found.exit_code
    assert sentence(found) in done.stdout
    assert (tmp_path / "report.html").read_text() == drawing.render(found)


def test_what_is_no_verdict_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text("{}")
    for path in (tmp_path / "verdict.json", tmp_path / "none.json"):
        done = rebuild(path)
        assert done.returncode == 2
        assert str(path) in done.stderr
        assert "Traceback" not in done.stderr


def rebuild(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "acceptance.report", str(path)]
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
