"""behave's model after a run, as `acceptance.verdict.model` data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from behave.model import Feature, Scenario, Step

from acceptance.findings import Finding
from acceptance.privacy import errors_in_words
from acceptance.privacy.errors_in_words import in_a_paragraph
from acceptance.privacy.redaction import scrub
from acceptance.verdict.model import Outcome, ScenarioResult, StepResult, gravest
from harness.outlines import section_of, step_of, table_of

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.NOT_RUN,
    "untested": Outcome.NOT_RUN,
}
"""By behave's status of a step; all others (error, undefined, pending, hook_error, …) are errors."""


def outcome_of(scenario: Scenario) -> Outcome:
    """The gravest of its steps, its hooks and its clean-ups: a failure found stays one, whatever breaks after it.

    behave's own status is not enough: it passes a scenario without steps or with pending ones, and forgets a failure
    over a hook's error.
    """
    found = [_OUTCOMES.get(step.status.name, Outcome.ERROR) for step in scenario.all_steps]
    if hasattr(scenario, "stopped_as"):
        found.append(scenario.stopped_as)
    elif not found and hasattr(scenario, "started"):
        found.append(Outcome.ERROR)
    if _broke(scenario):
        found.append(Outcome.ERROR)
    return gravest(found)


def finding_of(scenario: Scenario) -> Finding | None:
    """Why a scenario has not passed: its first step's finding, a hook's, or what it was ended for."""
    return scrub(_finding_of(scenario))


def _finding_of(scenario: Scenario) -> Finding | None:
    for step in scenario.all_steps:
        if step.status.has_failed():
            return _step_finding(step)
    if _broke(scenario):
        return _trouble(scenario)
    if hasattr(scenario, "stopped_for"):
        return scenario.stopped_for  # type: ignore[no-any-return]
    if not list(scenario.all_steps):
        return Finding(
            "no-steps", "the scenario has no steps, so nothing is checked by it: a bug of the suite"
        )
    return Finding("skipped", scenario.skip_reason) if scenario.skip_reason else None


def feature_troubles(feature: Feature) -> Iterable[str]:
    """What broke in a feature's own hooks and clean-ups: told of the run, since no scenario shows it."""
    for part in (feature, *feature.iter_rules()):
        if _broke(part):
            yield f"“{part.name}”: {in_a_paragraph(_trouble(part))}"


def _broke(entity: Any) -> bool:
    """Whether a hook or a clean-up of a feature, rule or scenario raised."""
    return bool(entity.hook_failed or entity.status.name in ("hook_error", "cleanup_error"))


def _trouble(entity: Any) -> Finding:
    cleanups = getattr(entity, "cleanup_errors", [])
    if error := cleanups[0] if cleanups else entity.exception:
        found = errors_in_words.finding_of(error)
        return replace(found, what=f"in a {'clean-up' if cleanups else 'hook'}: {found.what}")
    return Finding("hook-failed", str(entity.error_message or f"a hook ended it ({entity.status.name})"))


def scenario_result(scenario: Scenario) -> ScenarioResult:
    feature = scenario.feature
    outcome = outcome_of(scenario)
    result = ScenarioResult(
        feature=feature.name,
        step=step_of(feature),
        section=section_of(feature),
        name=scenario.name,
        outcome=outcome,
        table=table_of(scenario),
        finding=None if outcome is Outcome.PASSED else _finding_of(scenario),
        started=getattr(scenario, "started", None),
        seconds=round(scenario.duration, 3),
        location=str(scenario.location),
        steps=tuple(_step_results(scenario)),
    )
    return scrub(result)


def _step_results(scenario: Scenario) -> Iterable[StepResult]:
    stopped = getattr(scenario, "stopped_as", None)
    for step in scenario.all_steps:
        outcome = _OUTCOMES.get(step.status.name, Outcome.ERROR)
        ends_here = bool(stopped and step is getattr(scenario, "stopped_at", None))
        yield StepResult(
            keyword=step.keyword,
            text=step.name,
            outcome=stopped if ends_here and stopped else outcome,
            seconds=round(step.duration, 3),
            finding=scenario.stopped_for if ends_here else _step_finding(step),
            evidence=tuple(getattr(step, "evidence", ())),
        )


def _step_finding(step: Step) -> Finding | None:
    if step.status.name in _OUTCOMES and not step.status.has_failed():
        return getattr(step, "left_out_for", None)
    sentence = f"“{step.keyword} {step.name}”"
    if step.status.name == "undefined":
        return Finding("step-undefined", f"no step definition for {sentence}: a bug of the suite")
    if step.status.name.startswith("pending"):
        return Finding("step-pending", f"the step {sentence} is still to be written: a bug of the suite")
    if step.exception:
        return errors_in_words.finding_of(step.exception)
    return Finding("step-broken", str(step.error_message or step.status.name))
