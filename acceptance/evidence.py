"""What a check saw, as the page shows it: plain data, whatever came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a piece of evidence is about."""

    ACCOUNT = "account"
    BRANCH = "branch"
    JOB = "job"
    JOB_RUN = "job run"
    CRAWL = "crawl"
    TABLE = "catalog table"
    OBJECTS = "objects"
    QUERY = "query"
    LOG = "log"
    ROWS = "rows"
    REMOVAL = "to be removed"
    NOTE = "note"


@dataclass(frozen=True)
class Comparison:
    """An expectation, and what was observed."""

    name: str
    expected: str
    observed: str
    ok: bool


@dataclass(frozen=True)
class Evidence:
    """What a step saw: never secrets or tokens, and row values in none but `ROWS`."""

    kind: Kind
    title: str
    facts: dict[str, str] = field(default_factory=dict)  # label -> value
    comparisons: tuple[Comparison, ...] = ()
    text: str = ""  # SQL, or the tail of a log
    link: str = ""  # AWS console; empty in the sandbox, whose ids are nowhere to be seen
    id: str = ""  # of a job run, crawl or query
    failing_ids: tuple[str, ...] = ()  # the records' own, some of them: they are not personal
