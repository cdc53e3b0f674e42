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
from harness.records import Records

_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.NOT_RUN,
    "untested": Outcome.NOT_RUN,
}
"""By behave's status of a step; all others (error, undefined, pending, hook_error, …) are errors."""


class Results:
    """What behave's model says, and what was kept in addition to it."""

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

    def finding_of(self, scenario: Scenario) -> Finding | None:
        """Why a scenario has not passed: its first step's finding, a hook's, or what it was ended for."""
        return scrub(self._finding_of(scenario))

    def _finding_of(self, scenario: Scenario) -> Finding | None:
        for step in scenario.all_steps:
            if step.status.has_failed():
                return _step_finding(step)
        if _broke(scenario):
            return self._trouble(scenario)
        if stopped_for := self._records.of(scenario).stopped_for:
            return stopped_for
        if not list(scenario.all_steps):
            return Finding(
                "no-steps", "the scenario has no steps, so nothing is checked by it: a bug of the suite"
            )
        return Finding("skipped", scenario.skip_reason) if scenario.skip_reason else None

    def feature_troubles(self, feature: Feature) -> Iterable[str]:
        """What broke in a feature's own hooks and clean-ups: told of the run, since no scenario shows it."""
        for part in (feature, *feature.iter_rules()):
            if _broke(part):
                yield f"“{part.name}”: {in_a_paragraph(self._trouble(part))}"

    def _trouble(self, entity: Any) -> Finding:
        cleanups = self._records.of(entity).cleanup_errors
        if error := cleanups[0] if cleanups else entity.exception:
            found = errors_in_words.finding_of(error)
            return replace(found, what=f"in a {'clean-up' if cleanups else 'hook'}: {found.what}")
        return Finding("hook-failed", str(entity.error_message or f"a hook ended it ({entity.status.name})"))

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
            finding=None if outcome is Outcome.PASSED else self._finding_of(scenario),
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
            kept = self._records.of(step)
            yield StepResult(
                keyword=step.keyword,
                text=step.name,
                outcome=_OUTCOMES.get(step.status.name, Outcome.ERROR) if ended is None else ended,
                seconds=round(step.duration, 3),
                finding=record.stopped_for if ended else kept.left_out_for or _step_finding(step),
                evidence=kept.evidence,
            )


def _broke(entity: Any) -> bool:
    """Whether a hook or a clean-up of a feature, rule or scenario raised."""
    return bool(entity.hook_failed or entity.status.name in ("hook_error", "cleanup_error"))


def _step_finding(step: Step) -> Finding | None:
    if step.status.name in _OUTCOMES and not step.status.has_failed():
        return None
    sentence = f"“{step.keyword} {step.name}”"
    if step.status.name == "undefined":
        return Finding("step-undefined", f"no step definition for {sentence}: a bug of the suite")
    if step.status.name.startswith("pending"):
        return Finding("step-pending", f"the step {sentence} is still to be written: a bug of the suite")
    if step.exception:
        return errors_in_words.finding_of(step.exception)
    return Finding("step-broken", str(step.error_message or step.status.name))
