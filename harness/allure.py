"""Allure results that say what the verdict says.

allure-behave reports errors in hooks and clean-ups as passed or skipped, loses the reason of a skip, and drops skipped
scenarios; the replacements below take outcome and message from `harness.results`.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import allure
import allure_behave.listener
import allure_commons
from allure_behave.formatter import AllureFormatter
from allure_commons.model2 import Status, StatusDetails
from behave.formatter.base import StreamOpener
from behave.model import Feature, Scenario, Step

from acceptance.verdict import Evidence, Kind, Outcome, Verdict
from harness.results import message_of, outcome_of, step_message

_STATUS = {
    Outcome.PASSED: Status.PASSED,
    Outcome.FAILED: Status.FAILED,
    Outcome.ERROR: Status.BROKEN,
    Outcome.BLOCKED: Status.SKIPPED,
    Outcome.NOTHING_NEW: Status.SKIPPED,
    Outcome.NOT_RUN: Status.SKIPPED,
}


class PlaybookAllureFormatter(AllureFormatter):
    """Reports the scenarios selected, and none that a selection leaves out."""

    def __init__(self, folder: Path, config: Any, selected: set[int]) -> None:
        allure_behave.listener.scenario_status = lambda scenario: _STATUS[outcome_of(scenario)]
        allure_behave.listener.scenario_status_details = _details
        allure_behave.listener.step_status_details = _step_details
        shown = SimpleNamespace(**{**vars(config), "show_skipped": True})
        super().__init__(StreamOpener(str(folder)), shown)
        self.selected = selected

    def feature(self, feature: Feature) -> None:
        # all scenarios, those below a Rule too
        for scenario in feature.walk_scenarios():
            if id(scenario) in self.selected:
                scenario.run = allure_commons.test(scenario.run, context={"scenario": scenario})


def _details(scenario: Scenario) -> StatusDetails | None:
    message = "" if outcome_of(scenario) is Outcome.PASSED else message_of(scenario)
    return StatusDetails(message=message) if message else None


def _step_details(step: Step) -> StatusDetails | None:
    """Without a traceback: it quotes exceptions as they were."""
    message = step_message(step)
    return StatusDetails(message=message) if message else None


def attach(evidence: Evidence) -> None:
    """Put a piece of evidence below the step under way."""
    lines = [f"{label}: {value}" for label, value in evidence.facts.items()]
    lines += [
        f"{'ok ' if c.ok else 'NOT'} {c.name}: expected {c.expected}, observed {c.observed}"
        for c in evidence.comparisons
    ]
    body = "\n".join([*lines, *([evidence.text] if evidence.text else [])])
    allure.attach(body or evidence.title, f"{evidence.kind}: {evidence.title}", allure.attachment_type.TEXT)
    if evidence.link and evidence.kind is not Kind.TABLE:
        allure.dynamic.link(evidence.link, name=evidence.title)


def describe(folder: Path, verdict: Verdict) -> None:
    """Allure's own description files: environment, executor, categories."""
    facts = {
        "Verdict": str(verdict.state),
        "Ticket": verdict.ticket,
        "Environment": "sandbox (no evidence of a deployment)" if verdict.sandbox else verdict.environment,
        "Account": verdict.account,
        "Region": verdict.region,
        "Branch": verdict.branch,
        "Commit": verdict.commit,
        "Tables": ", ".join(verdict.tables),
    }
    lines = [f"{name}={value}" for name, value in facts.items() if value]
    (folder / "environment.properties").write_text("\n".join(lines) + "\n", "utf-8")
    executor = {
        "name": "behave",
        "type": "behave",
        "buildName": verdict.run_id,
        "reportName": verdict.sentence,
    }
    (folder / "executor.json").write_text(json.dumps(executor, indent=2), "utf-8")
    categories = [
        {"name": "The product is not as the playbook says", "matchedStatuses": ["failed"]},
        {"name": "Not the product's fault", "matchedStatuses": ["broken"]},
        {"name": "Blocked", "matchedStatuses": ["skipped"], "messageRegex": "(?s)blocked:.*"},
        {"name": "Nothing to ingest", "matchedStatuses": ["skipped"], "messageRegex": "(?s)nothing new:.*"},
    ]
    (folder / "categories.json").write_text(json.dumps(categories, indent=2), "utf-8")
