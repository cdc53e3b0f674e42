"""What the suite keeps of behave's features, scenarios and steps, in addition to behave's own objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from behave.model import Feature, Scenario, Step

from acceptance.evidence import Evidence
from acceptance.findings import Finding
from acceptance.verdict.model import Outcome


@dataclass
class Record:
    """Of one feature, scenario or step: what applies to it."""

    started: datetime | None = None
    stopped_as: Outcome | None = None  # of a scenario that ended without a pass or a failure
    stopped_for: Finding | None = None
    stopped_at: Step | None = None  # None where it ended before its first step
    cleanup_errors: list[Exception] = field(default_factory=list)
    unmet: dict[str, str] = field(default_factory=dict)
    """Of a scenario its Thens that failed, or were left out for one that did: by function, the sentence that failed."""
    left_out_for: Finding | None = None  # of a step
    evidence: tuple[Evidence, ...] = ()


class Records:
    def __init__(self) -> None:
        # by identity: to behave, scenarios and steps of the same text are equal
        self._kept: dict[int, tuple[object, Record]] = {}

    def of(self, entity: Feature | Scenario | Step) -> Record:
        _, record = self._kept.setdefault(id(entity), (entity, Record()))
        return record
