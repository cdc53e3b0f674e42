"""What did not pass and what is worth knowing, gathered for the reader: the same message is told once."""

from __future__ import annotations

from dataclasses import dataclass

from acceptance.report.words import GRAVE
from acceptance.verdict import Evidence, Outcome, ScenarioResult, Verdict


@dataclass(frozen=True)
class Concern:
    """One message, with all the scenarios that gave it."""

    outcome: Outcome
    message: str
    scenarios: tuple[ScenarioResult, ...]

    @property
    def steps(self) -> int:
        """In how many of the playbook's steps it occurred."""
        return len({s.step for s in self.scenarios})

    @property
    def evidence(self) -> list[Evidence]:
        """What the steps that did not pass saw, and each comparison that did not hold."""
        return [
            evidence
            for step in self.scenarios[0].steps
            for evidence in step.evidence
            if step.outcome in GRAVE or any(not c.ok for c in evidence.comparisons)
        ]


def grave(verdict: Verdict) -> list[Concern]:
    """The gravest first, within that in the playbook's order."""
    return [concern for outcome in GRAVE for concern in _gather(verdict, outcome)]


def idle(verdict: Verdict) -> list[Concern]:
    """Scenarios whose job found nothing to ingest."""
    return _gather(verdict, Outcome.NOTHING_NEW)


def notes(verdict: Verdict) -> dict[str, list[ScenarioResult]]:
    """What a reader should know although it passed, with where it was noted."""
    found: dict[str, list[ScenarioResult]] = {}
    for scenario in verdict.scenarios:
        for note in scenario.notes:
            found.setdefault(note, []).append(scenario)
    return found


def _gather(verdict: Verdict, outcome: Outcome) -> list[Concern]:
    """Scenarios of the same message together, unless they have evidence of their own to show."""
    groups: dict[tuple[str, int], list[ScenarioResult]] = {}
    for index, scenario in enumerate(verdict.scenarios):
        if scenario.outcome is not outcome:
            continue
        own = Concern(outcome, scenario.message, (scenario,)).evidence
        groups.setdefault((scenario.message, index if own else -1), []).append(scenario)
    return [Concern(outcome, message, tuple(group)) for (message, _), group in groups.items()]
