"""behave's model after a run, as `acceptance.verdict.model` data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from behave.model import Feature, Scenario, Step

from acceptance.privacy.errors_in_words import explain
from acceptance.privacy.redaction import scrub
from acceptance.verdict.model import Outcome, ScenarioResult, StepResult, gravest
from harness.outlines import section_of, step_of, table_of
from harness.records import Records

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.NOT_RUN,
    "untested": Outcome.NOT_RUN,
}
"""By behave's status of a step; all others (error, undefined, pending, hook_error, …) are errors."""


class Results:
    """What behave's model says, and what was kept beside it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def outcome_of(self, scenario: Scenario) -> Outcome:
        """The gravest of its steps, its hooks and its clean-ups: a failure found stays one, whatever breaks after it.

        behave's own status is not enough: it passes a scenario without steps or with pending ones, and forgets a
        failure over a hook's error.
        """
        found = [_OUTCOMES.get(step.status.name, Outcome.ERROR) for step in scenario.all_steps]
        record = self._records.of(scenario)
        if record.stopped_as is not None:
            found.append(record.stopped_as)
        elif not found and record.started:
            found.append(Outcome.ERROR)
        if _broke(scenario):
            found.append(Outcome.ERROR)
        return gravest(found)

    def message_of(self, scenario: Scenario) -> str:
        """Why a scenario has not passed: its worst step's message, a hook's, or the reason that it was ended with."""
        return scrub(self._message_of(scenario))

    def _message_of(self, scenario: Scenario) -> str:
        for step in scenario.all_steps:
            if message := _step_message(step):
                return message
        if _broke(scenario):
            return self._trouble(scenario)
        if not list(scenario.all_steps):
            return "the scenario has no steps, so nothing is checked by it: a fault of the suite"
        return scenario.skip_reason or ""

    def feature_troubles(self, feature: Feature) -> Iterable[str]:
        """What broke in a feature's own hooks and clean-ups: told of the run, since no scenario shows it."""
        for part in (feature, *feature.iter_rules()):
            if _broke(part):
                yield f"“{part.name}”: {self._trouble(part)}"

    def _trouble(self, entity: Any) -> str:
        if told := self._records.of(entity).cleanup_errors:
            return f"in a clean-up: {explain(told[0])}"
        if entity.exception:
            return f"in a hook: {explain(entity.exception)}"
        return str(entity.error_message or f"a hook ended it ({entity.status.name})")

    def scenario_result(self, scenario: Scenario) -> ScenarioResult:
        feature = scenario.feature
        outcome = self.outcome_of(scenario)
        result = ScenarioResult(
            feature=feature.name,
            step=step_of(feature),
            section=section_of(feature),
            name=scenario.name,
            outcome=outcome,
            table=table_of(scenario),
            message="" if outcome is Outcome.PASSED else self.message_of(scenario),
            started=self._records.of(scenario).started,
            seconds=round(scenario.duration, 3),
            location=str(scenario.location),
            steps=tuple(self._step_results(scenario)),
        )
        return scrub(result)

    def _step_results(self, scenario: Scenario) -> Iterable[StepResult]:
        record = self._records.of(scenario)
        for step in scenario.all_steps:
            ended = record.stopped_as if step is record.stopped_at else None
            yield StepResult(
                keyword=step.keyword,
                text=step.name,
                outcome=_OUTCOMES.get(step.status.name, Outcome.ERROR) if ended is None else ended,
                seconds=round(step.duration, 3),
                message=_step_message(step) if ended is None else scenario.skip_reason or "",
                evidence=self._records.of(step).evidence,
            )


def _broke(entity: Any) -> bool:
    """Whether a hook or a clean-up of a feature, rule or scenario raised."""
    return bool(entity.hook_failed or entity.status.name in ("hook_error", "cleanup_error"))


def _step_message(step: Step) -> str:
    if step.status.name in _OUTCOMES and not step.status.has_failed():
        return ""
    if step.status.name == "undefined":
        return f"no step definition for “{step.keyword} {step.name}”: a fault of the suite"
    if step.status.name.startswith("pending"):
        return f"the step “{step.keyword} {step.name}” is still to be written: a fault of the suite"
    return explain(step.exception) if step.exception else str(step.error_message or step.status.name)
