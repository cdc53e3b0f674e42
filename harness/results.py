"""behave's model after a run, as `acceptance.verdict` data."""

from __future__ import annotations

from collections.abc import Iterable

from behave.model import Scenario, Step

from acceptance.explain import explain
from acceptance.redaction import scrub
from acceptance.verdict import Outcome, ScenarioResult, StepResult
from harness.outlines import section_of, step_of, table_of

_PASSED = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.NOT_RUN,
    "untested": Outcome.NOT_RUN,
}
"""By behave's status; all others (error, undefined, pending, hook_error, cleanup_error, …) are errors."""


def outcome_of(scenario: Scenario) -> Outcome:
    found = _PASSED.get(scenario.status.name, Outcome.ERROR)
    return getattr(scenario, "stopped_as", found) if found is Outcome.NOT_RUN else found


def message_of(scenario: Scenario) -> str:
    """Why a scenario has not passed: its worst step's message, a hook's, or the reason that it was ended with."""
    return scrub(_message_of(scenario))


def _message_of(scenario: Scenario) -> str:
    for step in scenario.all_steps:
        if message := step_message(step):
            return message
    if scenario.hook_failed or scenario.status.name == "cleanup_error":
        hook = getattr(scenario, "exception", None)
        return (
            explain(hook)
            if hook
            else str(scenario.error_message or f"a hook failed ({scenario.status.name})")
        )
    return scenario.skip_reason or ""


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
        message="" if outcome is Outcome.PASSED else message_of(scenario),
        started=getattr(scenario, "started", None),
        seconds=round(scenario.duration, 3),
        location=str(scenario.location),
        steps=tuple(_step_results(scenario)),
    )
    return scrub(result)


def _step_results(scenario: Scenario) -> Iterable[StepResult]:
    stopped = getattr(scenario, "stopped_as", None)
    for step in scenario.all_steps:
        outcome = _PASSED.get(step.status.name, Outcome.ERROR)
        ends_here = bool(stopped and step is getattr(scenario, "stopped_at", None))
        yield StepResult(
            keyword=step.keyword,
            text=step.name,
            outcome=stopped if ends_here and stopped else outcome,
            seconds=round(step.duration, 3),
            message=(scenario.skip_reason or "") if ends_here else step_message(step),
            evidence=tuple(getattr(step, "evidence", ())),
        )


def step_message(step: Step) -> str:
    if not step.status.has_failed():
        return ""
    if step.status.name == "undefined":
        return f"no step definition for “{step.keyword} {step.name}”: a fault of the suite"
    return explain(step.exception) if step.exception else str(step.error_message or step.status.name)
