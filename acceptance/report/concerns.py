"""What did not pass and what is worth knowing, gathered for the reader: the same finding is shown once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from acceptance.evidence import Evidence, Kind
from acceptance.findings import Finding
from acceptance.report.messages import GRAVE, reasons
from acceptance.verdict.model import Outcome, ScenarioResult, Standing, Verdict


@dataclass(frozen=True)
class Concern:
    """The same findings, with all the scenarios that gave them."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    scenarios: tuple[ScenarioResult, ...]

    @property
    def message(self) -> str:
        return reasons(self.scenarios[0])

    @property
    def steps(self) -> int:
        """In how many of the playbook's steps it occurred."""
        return len({s.step for s in self.scenarios})

    @property
    def evidence(self) -> list[Evidence]:
        """What the steps that did not pass saw, and each comparison that did not hold."""
        found = [
            evidence
            for step in self.scenarios[0].steps
            for evidence in step.evidence
            if step.outcome in GRAVE or any(not c.ok for c in evidence.comparisons)
        ]
        return sorted(found, key=lambda evidence: evidence.kind is Kind.LOG)  # logs are long


def standing(verdict: Verdict, concern: Concern) -> Standing | None:
    """The longest that one of its findings has been there for, where earlier runs had it."""
    places = {(s.step, s.table) for s in concern.scenarios}
    codes = {finding.code for finding in concern.findings}
    found = [each for each in verdict.standing if (each.step, each.table) in places and each.code in codes]
    return min(found, key=lambda each: each.since, default=None)


def is_new(verdict: Verdict, concern: Concern) -> bool:
    """Whether the ticket's last run passed where this concern is."""
    places = {(s.step, s.table) for s in concern.scenarios}
    return any(
        (each.step, each.table) in places and each.before is Outcome.PASSED for each in verdict.changes
    )


def grave(verdict: Verdict) -> list[Concern]:
    """The gravest first, within that in the playbook's order."""
    return [concern for outcome in GRAVE for concern in _gather(verdict, outcome)]


def traces(verdict: Verdict, concern: Concern) -> list[Evidence]:
    """The job runs, crawls and queries that a concern goes back to: of its table, in its section of the playbook."""
    first = concern.scenarios[0]
    found = {
        evidence.id: evidence
        for scenario in verdict.scenarios
        if (scenario.section, scenario.table) == (first.section, first.table)
        for step in scenario.steps
        for evidence in step.evidence
        if evidence.id
    }
    return list(found.values())


def idle(verdict: Verdict) -> list[Concern]:
    """Scenarios whose job found nothing to ingest."""
    return _gather(verdict, Outcome.NOTHING_NEW)


def notes(verdict: Verdict) -> dict[str, list[ScenarioResult]]:
    """What a reader should know although it passed, and where it was noted; what several tables share is shown once."""
    found: dict[str, list[tuple[str, ScenarioResult]]] = {}
    for scenario in verdict.scenarios:
        for note in scenario.notes:
            of_any = re.sub(rf"\A{re.escape(scenario.table)}:? ", "", note) if scenario.table else note
            found.setdefault(of_any, []).append((note, scenario))
    return {
        of_any if len(told) > 1 else told[0][0]: [scenario for _, scenario in told]
        for of_any, told in found.items()
    }


def _gather(verdict: Verdict, outcome: Outcome) -> list[Concern]:
    """Scenarios of the same findings together, unless they have evidence of their own to show."""
    groups: dict[tuple[tuple[Finding, ...], int], list[ScenarioResult]] = {}
    for index, scenario in enumerate(verdict.scenarios):
        if scenario.outcome is not outcome:
            continue
        own = Concern(outcome, scenario.findings, (scenario,)).evidence
        groups.setdefault((scenario.findings, index if own else -1), []).append(scenario)
    return [Concern(outcome, findings, tuple(group)) for (findings, _), group in groups.items()]
