"""Allure results, drawn from the verdict as every other output is: so they cannot tell anything else.

Formatters that listen to behave do: they take errors in hooks and clean-ups for passes or skips, and know nothing of
scenarios that were never reached or of errors outside the scenarios.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    Attachment,
    Label,
    Link,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestStepResult,
)
from allure_commons.types import LabelType, LinkType

from acceptance.evidence import Evidence, Kind
from acceptance.report.junit import RUN, run_errors
from acceptance.report.messages import MEANINGS, reasons, section, text
from acceptance.verdict.model import Outcome, ScenarioResult, StepResult, Verdict
from acceptance.verdict.sentence import first_line, sentence

STATUSES = {
    Outcome.FAILED: Status.FAILED,
    Outcome.ERROR: Status.BROKEN,
    Outcome.BLOCKED: Status.SKIPPED,
    Outcome.NOTHING_NEW: Status.SKIPPED,
    Outcome.NOT_RUN: Status.SKIPPED,
    Outcome.PASSED: Status.PASSED,
}
TEXT = "text/plain"


def write(verdict: Verdict, folder: Path) -> None:
    """Fill a folder with the results of one run, and with no others: Allure would take them for retries."""
    writer = AllureFileLogger(folder, clean=True)
    repeated: Counter[str] = Counter()
    for scenario in verdict.scenarios:
        name = f"{_file(scenario)}: {scenario.name}"
        repeated[name] += 1
        # with the environment: what happened in the sandbox is no history of pre-production's
        key = f"{name} #{repeated[name]} ({verdict.environment})"
        writer.report_result(_result(scenario, key, verdict, writer))
    for trouble in run_errors(verdict):
        writer.report_result(_trouble(trouble, verdict))
    _describe(verdict, folder)


def _result(scenario: ScenarioResult, key: str, verdict: Verdict, writer: AllureFileLogger) -> TestResult:
    began = scenario.started or verdict.started
    steps = list(_steps(scenario.steps, began, writer))
    return TestResult(
        uuid=_uuid(verdict, key),
        historyId=_digest(key),
        testCaseId=_digest(key),
        fullName=f"{scenario.feature}: {scenario.name}",
        name=scenario.name,
        titlePath=["playbook", section(scenario.section), scenario.feature],
        status=STATUSES[scenario.outcome],
        statusDetails=_details(scenario.outcome, reasons(scenario)),
        steps=steps,
        parameters=[
            *([Parameter(name="table", value=scenario.table)] if scenario.table else []),
            Parameter(name="environment", value=verdict.environment),
        ],
        labels=[
            *_labels(scenario.feature, section(scenario.section)),
            *_table(scenario),
            *map(_tag, _tags(scenario)),
        ],
        links=[*_ticket(verdict), *_links(scenario)],
        start=_milliseconds(began),
        stop=_milliseconds(began + timedelta(seconds=scenario.seconds)),
    )


def _trouble(problem: str, verdict: Verdict) -> TestResult:
    """An error outside the scenarios."""
    name = first_line(problem)
    return TestResult(
        uuid=_uuid(verdict, problem),
        historyId=_digest(RUN, name),
        testCaseId=_digest(RUN, name),
        fullName=f"{RUN}: {name}",
        name=name,
        titlePath=["playbook", RUN],
        status=Status.BROKEN,
        statusDetails=StatusDetails(message=problem),
        labels=_labels(RUN, RUN),
        links=list(_ticket(verdict)),
        start=_milliseconds(verdict.started),
        stop=_milliseconds(verdict.started + timedelta(seconds=verdict.seconds)),
    )


def _steps(
    steps: Sequence[StepResult], began: datetime, writer: AllureFileLogger
) -> Iterator[TestStepResult]:
    for step in steps:
        ended = began + timedelta(seconds=step.seconds)
        message = text(step.finding, step.outcome) if step.finding else ""
        yield TestStepResult(
            name=f"{step.keyword} {step.text}",
            status=STATUSES[step.outcome],
            statusDetails=_details(step.outcome, message),
            attachments=[_attachment(evidence, writer) for evidence in step.evidence],
            start=_milliseconds(began),
            stop=_milliseconds(ended),
        )
        began = ended


def _details(outcome: Outcome, message: str) -> StatusDetails | None:
    if outcome is Outcome.PASSED:
        return None
    return StatusDetails(message=message or f"{outcome}: {MEANINGS[outcome]}")


def _attachment(evidence: Evidence, writer: AllureFileLogger) -> Attachment:
    lines = [f"{label}: {value}" for label, value in evidence.facts.items()]
    lines += [
        f"{'ok ' if c.ok else 'NOT'} {c.name}: expected {c.expected}, observed {c.observed}"
        for c in evidence.comparisons
    ]
    body = "\n".join([*lines, *([evidence.text] if evidence.text else [])]) or evidence.title
    file = f"{_digest(evidence.kind, evidence.title, body)}-attachment.txt"
    writer.report_attached_data(body, file)
    return Attachment(name=f"{evidence.kind}: {evidence.title}", source=file, type=TEXT)


def _labels(feature: str, part: str) -> list[Label]:
    return [
        Label(LabelType.EPIC, part),
        Label(LabelType.FEATURE, feature),
        Label(LabelType.PARENT_SUITE, part),
        Label(LabelType.SUITE, feature),
        Label(LabelType.FRAMEWORK, "behave"),
        Label(LabelType.LANGUAGE, "python"),
    ]


def _table(scenario: ScenarioResult) -> list[Label]:
    kinds = (LabelType.STORY, LabelType.SUB_SUITE) if scenario.table else ()
    return [Label(kind, scenario.table) for kind in kinds]


def _tags(scenario: ScenarioResult) -> list[str]:
    step = f"step-{scenario.step}" if scenario.step[:1].isdigit() else scenario.step
    return [step, f"section-{scenario.section}", *([f"table.{scenario.table}"] if scenario.table else [])]


def _tag(name: str) -> Label:
    return Label(LabelType.TAG, name)


def _ticket(verdict: Verdict) -> Iterator[Link]:
    if verdict.ticket_url:
        yield Link(LinkType.ISSUE, verdict.ticket_url, verdict.ticket)


def _links(scenario: ScenarioResult) -> list[Link]:
    found = {
        e.link: e.title for s in scenario.steps for e in s.evidence if e.link and e.kind is not Kind.TABLE
    }
    return [Link(LinkType.LINK, link, title) for link, title in found.items()]


def _describe(verdict: Verdict, folder: Path) -> None:
    """Allure's own description files: environment, executor, categories.

    For Allure 3 a configuration next to the results: `npx allure generate` in the run's folder makes one page of them.
    """
    facts = {
        "Verdict": str(verdict.state),
        "Ticket": verdict.ticket,
        "Environment": "sandbox (no evidence of a deployment)" if verdict.sandbox else verdict.environment,
        "Account": verdict.account,
        "Region": verdict.region,
        "Branch": verdict.branch,
        "Commit": verdict.commit,
        "Tables": ", ".join(verdict.tables),
        "By": verdict.by,
        "Command": verdict.command,
    }
    lines = [f"{name}={value}" for name, value in facts.items() if value]
    (folder / "environment.properties").write_text("\n".join(lines) + "\n", "utf-8")
    executor = {
        "name": "behave",
        "type": "behave",
        "buildName": verdict.run_id,
        "reportName": sentence(verdict),
    }
    (folder / "executor.json").write_text(json.dumps(executor, indent=2), "utf-8")
    categories = [
        {"name": "The product is not as the playbook says", "matchedStatuses": ["failed"]},
        {"name": "Not the product's fault", "matchedStatuses": ["broken"]},
        _skipped("Blocked", Outcome.BLOCKED),
        _skipped("Nothing to ingest", Outcome.NOTHING_NEW),
    ]
    (folder / "categories.json").write_text(json.dumps(categories, indent=2), "utf-8")
    configuration = {
        "name": f"{verdict.ticket}, {facts['Environment']}: {verdict.state}",
        "resultsDir": folder.name,
        "output": "allure-report",
        "historyPath": "../../allure-history.jsonl",  # of all tickets: reports/allure-history.jsonl
        "categories": categories,
        "variables": {name: value for name, value in facts.items() if value},
        "plugins": {"awesome": {"options": {"singleFile": True, "groupBy": ["epic", "feature", "story"]}}},
    }
    (folder.parent / "allurerc.json").write_text(json.dumps(configuration, indent=2), "utf-8")


def _skipped(name: str, outcome: Outcome) -> dict[str, object]:
    """Allure tells no skipped results apart but by their messages, which begin with the outcome."""
    return {"name": name, "matchedStatuses": ["skipped"], "messageRegex": rf"{outcome}:[\s\S]*"}


def _file(scenario: ScenarioResult) -> str:
    """The feature's file, without the line, which changes for no reason that matters to a test's history."""
    return scenario.location.rsplit(":", 1)[0]


def _uuid(verdict: Verdict, key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{verdict.run_id}/{key}"))


def _digest(*parts: str) -> str:
    return md5("\n".join(parts).encode(), usedforsecurity=False).hexdigest()


def _milliseconds(moment: datetime) -> int:
    """Since 1970, as Allure counts."""
    return round(moment.timestamp() * 1000)
