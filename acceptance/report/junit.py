"""JUnit XML as Jenkins and the viewers of GitHub read it: a test suite a feature, a test case a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from acceptance.report.messages import reason, reasons, section
from acceptance.verdict.model import Outcome, ScenarioResult, Verdict
from acceptance.verdict.sentence import first_line, sentence

RUN = "The run itself"
ELEMENTS = {
    Outcome.FAILED: "failure",
    Outcome.ERROR: "error",
    Outcome.BLOCKED: "skipped",
    Outcome.NOTHING_NEW: "skipped",
    Outcome.NOT_RUN: "skipped",
}


def write(verdict: Verdict, path: Path) -> None:
    root = ET.Element("testsuites", name=_valid(f"Playbook {verdict.ticket} ({verdict.environment})"))
    features: dict[str, list[ScenarioResult]] = {}
    for scenario in verdict.scenarios:
        features.setdefault(scenario.feature, []).append(scenario)
    for feature, scenarios in features.items():
        _suite(root, feature, verdict, [_case(scenario) for scenario in scenarios])
    if troubles := run_errors(verdict):
        _suite(root, RUN, verdict, [_trouble(text) for text in troubles])
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{verdict.seconds:.3f}")
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def run_errors(verdict: Verdict) -> list[str]:
    """Errors outside scenarios. A run that is no pass never looks green: if no scenario tells so, this does."""
    told = verdict.problems or any(verdict.count(o) for o in (Outcome.FAILED, Outcome.ERROR))
    return [*verdict.problems] if told or verdict.exit_code == 0 else [sentence(verdict)]


def _suite(root: ET.Element, name: str, verdict: Verdict, cases: list[ET.Element]) -> None:
    suite = ET.SubElement(
        root,
        "testsuite",
        name=_valid(name),
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
        time=f"{sum(float(case.get('time', '0')) for case in cases):.3f}",
        timestamp=_stamp(verdict.started),
    )
    properties = ET.SubElement(suite, "properties")
    for key in ("run_id", "ticket", "environment", "account", "branch", "commit", "by"):
        if value := getattr(verdict, key):
            ET.SubElement(properties, "property", name=key, value=_valid(value))
    suite.extend(cases)


def _case(scenario: ScenarioResult) -> ET.Element:
    label = f" [{scenario.table}]" if scenario.table else ""
    case = ET.Element(
        "testcase",
        classname=_valid(f"{section(scenario.section)}.{_no_dots(scenario.feature)}"),
        name=_valid(scenario.name + label),
        time=f"{scenario.seconds:.3f}",
    )
    if element := ELEMENTS.get(scenario.outcome):
        told = ET.SubElement(case, element, message=_valid(f"{scenario.outcome}: {reason(scenario)}"))
        if element != "skipped":
            told.set("type", scenario.outcome.value)
        told.text = _valid(
            "\n".join(
                filter(None, [reasons(scenario) or reason(scenario), *_steps(scenario), scenario.location])
            )
        )
    if scenario.notes:
        ET.SubElement(case, "system-out").text = _valid("\n".join(scenario.notes))
    return case


def _trouble(text: str) -> ET.Element:
    case = ET.Element("testcase", classname=RUN, name=_valid(first_line(text)), time="0.000")
    error = ET.SubElement(case, "error", message=_valid(first_line(text)), type=Outcome.ERROR.value)
    error.text = _valid(text)
    return case


def _steps(scenario: ScenarioResult) -> Iterable[str]:
    return (f"  {step.outcome.upper():<12}{step.keyword} {step.text}" for step in scenario.steps)


def _count(cases: list[ET.Element], element: str) -> str:
    return str(sum(case.find(element) is not None for case in cases))


def _no_dots(text: str) -> str:
    """Jenkins takes what stands before the last dot for a package: `1.2.1` is none."""
    return text.replace(".", "‑")


def _stamp(moment: datetime) -> str:
    """ISO 8601 in UTC without an offset, as the schema of Jenkins has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _valid(text: str) -> str:
    """Text without the characters that XML 1.0 cannot carry, such as a log's escape codes."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
