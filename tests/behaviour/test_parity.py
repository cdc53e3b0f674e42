"""Whatever happens to a run, all its outputs tell the same of it, and none is green that should not be."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from acceptance.report import messages, next_steps
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import Outcome, State, Verdict
from acceptance.verdict.sentence import first_line, gist, sentence
from sandbox.process import Sandbox
from tests import processes, sandboxes
from tests.processes import Process

CASES = Path(__file__).parent / "events" / "cases"
FAILED, ERROR, BLOCKED, IDLE, NOT_RUN, PASSED = Outcome
ALLURE = {
    FAILED: "failed",
    ERROR: "broken",
    BLOCKED: "skipped",
    IDLE: "skipped",
    NOT_RUN: "skipped",
    PASSED: "passed",
}
JUNIT = {
    FAILED: "failure",
    ERROR: "error",
    BLOCKED: "skipped",
    IDLE: "skipped",
    NOT_RUN: "skipped",
    PASSED: "passed",
}


@dataclass(frozen=True)
class Told:
    """What a run told, by each of its outputs."""

    exit_code: int
    console: str
    folder: Path

    @property
    def verdict(self) -> Verdict:
        return read_verdict(self.folder / "verdict.json")

    @property
    def page(self) -> str:
        return text_of((self.folder / "report.html").read_text("utf-8"))

    @property
    def junit(self) -> ET.Element:
        return ET.parse(self.folder / "junit" / "playbook.xml").getroot()

    @property
    def allure(self) -> list[dict[str, Any]]:
        return [
            msgspec.json.decode(path.read_bytes())
            for path in (self.folder / "allure-results").glob("*-result.json")
        ]


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """What a reader sees of a page, all white space single."""
    parser = _Text()
    parser.feed(html)
    return squeezed("".join(parser.parts))


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """One sandbox for all runs: none of them leaves anything in it."""
    with sandboxes.start(seed=False) as started:
        yield started


@contextmanager
def playing(
    box: Sandbox, reports: Path, *arguments: str, cold: bool = False, **environ: str
) -> Iterator[Process]:
    """The events' features played by behave, in a process of its own; `cold`: started from nothing."""
    parameters = {
        "ticket": "DPP-426",
        "endpoint": box.endpoint,
        "data_platform": box.data_platform,
        "reports": reports,
        "tables": "enforcement_outcomes",
    }
    given = [word for key, value in parameters.items() for word in ("-D", f"{key}={value}")]
    begin = processes.started if cold else processes.forked
    process = begin("behave", *given, *arguments, environ=processes.clean_environment() | environ)
    try:
        yield process
    finally:
        process.kill()


def told_by(process: Process, reports: Path) -> Told:
    console, _ = process.communicate(timeout=300)
    folders = [path.parent for path in reports.glob("DPP-426/*/verdict.json")]
    assert len(folders) == 1, console
    return Told(process.returncode, console, folders[0])


def play(box: Sandbox, reports: Path, *arguments: str, **environ: str) -> Told:
    with playing(box, reports, *arguments, cold=False, **environ) as process:
        return told_by(process, reports)


def case(name: str) -> str:
    return str(CASES / f"{name}.feature")


def all_agree(told: Told, state: State, outcomes: list[Outcome]) -> None:
    """Exit code, console, verdict.json, JUnit, Allure and the page say `state` and, of the scenarios, `outcomes`."""
    verdict = told.verdict
    assert [s.outcome for s in verdict.scenarios] == outcomes, told.console
    assert verdict.state is state, told.console
    green = state in (State.PASSED, State.PARTIAL)
    assert told.exit_code == verdict.exit_code == (0 if green else 1)
    counts = [
        messages.number_of(outcome, number) for outcome, number in messages.counts(verdict.scenarios).items()
    ]
    _console_agrees(told, verdict, counts)
    _page_agrees(told, verdict, counts)
    _junit_agrees(told, verdict, green)
    _allure_agrees(told, verdict, green)


def _console_agrees(told: Told, verdict: Verdict, counts: list[str]) -> None:
    console = squeezed(told.console)
    assert squeezed(f"{messages.STATES[verdict.state]}: {sentence(verdict)}") in console
    for expected in [*counts, *reasons(verdict)]:
        assert expected in console
    assert "Traceback" not in console or "CLEANUP-ERROR" in console  # which behave shows with one


def _page_agrees(told: Told, verdict: Verdict, counts: list[str]) -> None:
    page = told.page
    assert f"{messages.STATES[verdict.state]}: DPP-426" in page
    for expected in [squeezed(sentence(verdict)), *counts, *reasons(verdict)]:
        assert expected in page
    newest = told.folder.parent / "report.html"
    assert newest.read_bytes() == (told.folder / "report.html").read_bytes()
    summary = (told.folder / "summary.md").read_text("utf-8")
    assert f" {messages.STATES[verdict.state]}: " in summary.splitlines()[0]


def _junit_agrees(told: Told, verdict: Verdict, green: bool) -> None:
    root = told.junit
    cases = [
        case for suite in root if suite.get("name") != "The run itself" for case in suite.iter("testcase")
    ]
    found = Counter((case.get("name", ""), _element(case)) for case in cases)
    assert found == Counter((s.name, JUNIT[s.outcome]) for s in verdict.scenarios)
    everything = Counter(_element(case) for case in root.iter("testcase"))
    assert int(root.get("failures", "")) == everything["failure"] == verdict.count(FAILED)
    assert int(root.get("errors", "")) == everything["error"]
    assert int(root.get("skipped", "")) == everything["skipped"]
    assert int(root.get("tests", "")) == everything.total()
    assert green == (not everything["failure"] and not everything["error"])


def _element(case: ET.Element) -> str:
    return next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")


def _allure_agrees(told: Told, verdict: Verdict, green: bool) -> None:
    results = told.allure
    assert len({result["historyId"] for result in results}) == len(
        results
    )  # else Allure takes some for retries
    own = [r for r in results if not r["fullName"].startswith("The run itself: ")]
    assert Counter((r["name"], r["status"]) for r in own) == Counter(
        (s.name, ALLURE[s.outcome]) for s in verdict.scenarios
    )
    messages = " ".join(r.get("statusDetails", {}).get("message", "") for r in results)
    for reason in reasons(verdict):
        assert reason in messages
    assert green == (not {r["status"] for r in results} & {"failed", "broken"})


def reasons(verdict: Verdict) -> list[str]:
    """The first line of what each scenario, and the run itself, did not pass for."""
    grave = [s.findings for s in verdict.scenarios if s.outcome in (FAILED, ERROR, BLOCKED, IDLE)]
    return [first_line(text) for text in [*(gist(f) for found in grave for f in found), *verdict.problems]]


# -- what can become of a scenario


@pytest.mark.parametrize(
    ("name", "state", "outcomes", "reason"),
    [
        ("passed", State.PASSED, [PASSED], ""),
        ("failed", State.FAILED, [FAILED, PASSED], "the seeded failure"),
        ("several", State.FAILED, [FAILED, FAILED, FAILED], "the other seeded failure"),
        ("wordless", State.FAILED, [FAILED], "an assertion failed without a message"),
        ("raised", State.ERROR, [ERROR], "KeyError"),
        ("undefined", State.ERROR, [ERROR], "no step definition for “Then nobody has written this step”"),
        ("pending", State.ERROR, [ERROR], "“Then a step is still to be written” is still to be written"),
        ("blocked", State.BLOCKED, [BLOCKED], "the seeded absence (step 1.1.2)"),
        ("idle", State.EMPTY, [IDLE], "the seeded silence"),
        ("skipped", State.BLOCKED, [NOT_RUN], "the seeded skip"),
        ("died", State.BLOCKED, [NOT_RUN], "the seeded death"),
        ("stepless", State.ERROR, [ERROR], "the scenario has no steps"),
        ("empty", State.ERROR, [PASSED], "has no examples"),
        ("bare", State.ERROR, [], "has no scenarios"),
        ("cleanup", State.ERROR, [ERROR], "in a clean-up: OSError"),
        ("feature-cleanup", State.ERROR, [PASSED], "in a clean-up: OSError"),
        ("exits", State.ERROR, [NOT_RUN, NOT_RUN], "SystemExit"),
        ("rule", State.FAILED, [PASSED, FAILED], "the seeded failure"),
    ],
)
def test_what_becomes_of_a_scenario(
    box: Sandbox, tmp_path: Path, name: str, state: State, outcomes: list[Outcome], reason: str
) -> None:
    told = play(box, tmp_path, case(name))
    all_agree(told, state, outcomes)
    found = [*map(messages.reasons, told.verdict.scenarios), *told.verdict.problems]
    assert any(reason in message for message in found), found


def test_each_then_is_judged(box: Sandbox, tmp_path: Path) -> None:
    """What builds on one that failed is not run, nor is anything after an error or a When that failed."""
    told = play(box, tmp_path, case("several"))
    judged, ended, at_once = told.verdict.scenarios
    assert [step.outcome for step in judged.steps] == [PASSED, FAILED, FAILED, NOT_RUN, NOT_RUN, PASSED]
    assert [finding.code for finding in judged.findings] == ["seeded", "seeded-too"]
    left_out = [step.finding for step in judged.steps if step.outcome is NOT_RUN]
    assert [finding and finding.code for finding in left_out] == ["earlier-then", "earlier-then"]
    assert [step.outcome for step in ended.steps] == [PASSED, FAILED, ERROR, NOT_RUN]
    assert [finding.code for finding in ended.findings] == ["seeded", "suite-refuses"]
    assert [step.outcome for step in at_once.steps] == [PASSED, FAILED, NOT_RUN]
    (case_told, *_) = told.junit.iter("testcase")
    (failure,) = case_told.iter("failure")
    assert failure.get("message") == "failed: wards: the seeded failure (and 1 more finding)"
    assert "the other seeded failure" in (failure.text or "")
    assert "nothing can be said of it, since “the product is at fault” failed" in told.page


def test_a_bug_of_the_suite_can_be_found(box: Sandbox, tmp_path: Path) -> None:
    """Where it is in the code, and the command that plays it again; no word of what it was about."""
    told = play(box, tmp_path, case("raised"))
    (found,) = told.verdict.scenarios[0].findings
    assert found.code == "suite-bug"
    assert found.what.startswith("KeyError: ") and "a bug of the suite" in found.what
    assert re.fullmatch(r"tests/behaviour/events/steps/events\.py:\d+ in errs", found.look)
    assert "seeded exception" not in told.console
    report, *_ = next_steps.next_steps(told.verdict)
    assert report.text.startswith("Report the bug of the suite")
    for output in (told.console, told.page):
        for words in (report.text, found.look, case("raised")):
            assert words in squeezed(output)
    assert "access, network" not in squeezed(told.console)


# -- hooks


@pytest.mark.parametrize(
    ("hook", "outcome"),
    [
        ("before_all", NOT_RUN),
        ("before_feature", NOT_RUN),
        ("before_tag", NOT_RUN),
        ("before_scenario", ERROR),
        ("before_step", ERROR),
        ("after_step", ERROR),
        ("after_scenario", ERROR),
        ("after_tag", PASSED),
        ("after_feature", PASSED),
        ("after_all", PASSED),
    ],
)
def test_a_hook_breaks(box: Sandbox, tmp_path: Path, hook: str, outcome: Outcome) -> None:
    told = play(box, tmp_path, case("passed"), EVENT=hook)
    all_agree(told, State.ERROR, [outcome])
    found = [*map(messages.reasons, told.verdict.scenarios), *told.verdict.problems]
    assert any("RuntimeError" in message for message in found), found


def test_a_failure_stays_one_when_a_hook_breaks_after_it(box: Sandbox, tmp_path: Path) -> None:
    told = play(box, tmp_path, case("failed"), EVENT="after_scenario")
    all_agree(told, State.FAILED, [FAILED, ERROR])


# -- selections


@pytest.mark.parametrize(
    ("arguments", "state", "outcomes"),
    [
        (["--tags=@nothing", str(CASES)], State.EMPTY, []),
        (["--name=nothing of that name", str(CASES)], State.EMPTY, []),
        (["--wip", case("passed")], State.EMPTY, []),
        (["--wip", case("pending")], State.ERROR, [ERROR]),
        (["--tags=@passed", case("passed"), case("failed")], State.PARTIAL, [PASSED]),
        ([f"{case('failed')}:10"], State.PARTIAL, [PASSED]),
        ([f"{case('failed')}:4"], State.FAILED, [FAILED]),
        (["--stop", case("failed"), case("passed")], State.FAILED, [FAILED, NOT_RUN, NOT_RUN]),
        ([case("twin-1"), case("twin-2")], State.FAILED, [PASSED, FAILED]),
    ],
    ids=lambda value: " ".join(value).replace(str(CASES), "") if isinstance(value, list) else str(value),
)
def test_a_selection(
    box: Sandbox, tmp_path: Path, arguments: list[str], state: State, outcomes: list[Outcome]
) -> None:
    all_agree(play(box, tmp_path, *arguments), state, outcomes)


# -- the run itself


def test_the_environment_cannot_be_reached(box: Sandbox, tmp_path: Path) -> None:
    """An error before there is anything to run on."""
    told = play(box, tmp_path, "-D", "endpoint=http://127.0.0.1:1", case("passed"))
    all_agree(told, State.ERROR, [NOT_RUN])
    assert "AWS could not be reached" in told.verdict.problems[0]


def test_the_suite_crashes(box: Sandbox, tmp_path: Path) -> None:
    told = play(box, tmp_path, case("passed"), EVENT="suite")
    all_agree(told, State.ERROR, [PASSED])
    assert "ZeroDivisionError" in told.verdict.problems[0]


def test_the_suite_cannot_be_loaded(box: Sandbox, tmp_path: Path) -> None:
    """behave ends before there is a run: it leaves nothing that could be taken for a verdict."""
    with playing(box, tmp_path / "reports", case("passed"), EVENT="steps") as process:
        console, _ = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "the steps are broken" in console
    assert not (tmp_path / "reports").exists()


def test_the_page_cannot_be_drawn(box: Sandbox, tmp_path: Path) -> None:
    told = play(box, tmp_path, case("passed"), EVENT="page")
    verdict = told.verdict
    assert verdict.state is State.ERROR
    assert told.exit_code == 1
    assert "report.html could not be written: OSError" in verdict.problems[0]
    assert f"{messages.STATES[State.ERROR]}: {squeezed(sentence(verdict))}" in squeezed(told.console)
    assert "The page:" not in told.console
    assert told.junit.get("errors") == "1"
    assert Counter(result["status"] for result in told.allure) == {"passed": 1, "broken": 1}
    assert not (told.folder / "report.html").exists()
    assert not (told.folder.parent / "report.html").exists()


def test_the_tickets_page_cannot_be_written(box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "DPP-426" / "report.html").mkdir(parents=True)
    told = play(box, tmp_path, case("passed"))
    assert told.exit_code == 1
    assert told.verdict.state is State.ERROR
    assert squeezed(sentence(told.verdict)) in told.page
    assert told.junit.get("errors") == "1"


# -- the end comes from outside


@pytest.mark.parametrize(("number", "name"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "Ctrl-C")])
def test_a_signal(box: Sandbox, tmp_path: Path, number: signal.Signals, name: str) -> None:
    mark = tmp_path / "mark"
    with playing(box, tmp_path, case("passed"), case("waits"), cold=True, MARK=str(mark)) as process:
        processes.wait_for(mark)
        process.send_signal(number)
        told = told_by(process, tmp_path)
    all_agree(told, State.INTERRUPTED, [PASSED, ERROR, NOT_RUN])
    assert told.verdict.interrupted == name


def test_the_sandbox_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    pending = sandboxes.launch(seed=False)
    try:
        with playing(pending.ready(), tmp_path, case("waits"), MARK=str(mark)) as process:
            processes.wait_for(mark)
            pending.kill()
            mark.unlink()
            told = told_by(process, tmp_path)
    finally:
        pending.stop()
    all_agree(told, State.ERROR, [ERROR, PASSED])
    (finding,) = told.verdict.scenarios[0].findings
    assert finding.code == "aws-not-reached"
    assert "lock" in told.verdict.problems[0]
