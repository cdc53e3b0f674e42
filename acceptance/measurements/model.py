"""What a run measured, as the verdict carries it: records, columns, and the work that AWS did.

Typed numbers, noted where they are known; the page draws from them and never from the text of a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum


class Point(StrEnum):
    """Where a table's records are counted, in the order in which they come by."""

    API = "API"
    API_RESPONSE = "api_response"
    PARSED = "parsed"
    INCREMENT = "increment"
    SNAPSHOT = "snapshot"


class Reason(StrEnum):
    """Why there are more or fewer records at a point than at the one before."""

    FILTERED = "filtered"  # the job leaves them out on purpose
    FAILED_PAGE = "failed page"
    DUPLICATE = "duplicate"
    CAST = "cast"
    MERGE = "merge"  # brought together with the last snapshot


class Work(StrEnum):
    """What AWS is paid for."""

    JOB_RUN = "job run"
    CRAWL = "crawl"
    QUERY = "query"


@dataclass(frozen=True)
class RowCount:
    """A table's records of today at a point. The API tells pages alone: `rows` is None there."""

    table: str
    point: Point
    rows: int | None
    pages: int | None = None
    step: str = ""  # of the playbook, where they were counted


@dataclass(frozen=True)
class RowChange:
    """Why a point has more records (`rows` > 0) or fewer (< 0) than the one before; 0: something within them changed.

    What the changes of a point do not add up to is unexplained.
    """

    table: str
    point: Point
    reason: Reason
    rows: int
    text: str


@dataclass(frozen=True)
class ColumnFinding:
    """A column of a table's increments.

    Types are as the Data Catalog words them; "" is a column that is not there, None one that was not looked for.
    """

    table: str
    name: str
    expected: str | None = None  # from the parsed table and the column type dictionary
    catalog: str | None = None  # of increment_<table>
    files: str | None = None  # in the newest of today's files
    snapshot: str | None = None  # in the catalog, of the snapshot
    lost: int | None = None  # values that became NULL in the cast
    changed: int | None = None  # values that say something else since the cast
    since: str = ""  # the last generation: "new" or "gone"

    @property
    def good(self) -> bool:
        """Whether there is nothing about it that a reader has to see."""
        types = {
            kind for kind in (self.expected, self.catalog, self.files, self.snapshot) if kind is not None
        }
        return len(types) <= 1 and not (self.lost or self.changed or self.since)


@dataclass(frozen=True)
class Uncompared:
    """Values of a column that a check could not compare with what they were made of: neither equal nor changed."""

    table: str
    point: Point  # where they are
    column: str
    count: int
    why: str


@dataclass(frozen=True)
class Activity:
    """A job run, crawl or query of this run. Times are UTC, durations seconds."""

    kind: Work
    name: str  # of the job, the crawler; of a query what it is for
    id: str
    started: datetime
    seconds: float
    step: str = ""  # of the playbook
    state: str = ""
    bytes_scanned: int | None = None  # queries
    dpus: float | None = None  # data processing units of a job run or crawl; None where AWS does not tell
    link: str = ""  # AWS console

    @property
    def dpu_hours(self) -> float:
        return (self.dpus or 0) * self.seconds / 3600


class Measurements:
    """What the run under way has measured so far; the same thing measured again takes the place of the old."""

    def __init__(self) -> None:
        self.step = ""  # of the playbook, under way
        self._counts: dict[tuple[str, Point], RowCount] = {}
        self._changes: dict[tuple[str, Point, Reason], RowChange] = {}
        self._columns: dict[tuple[str, str], ColumnFinding] = {}
        self._uncompared: dict[tuple[str, Point, date], tuple[Uncompared, ...]] = {}
        self._activities: dict[tuple[Work, str], Activity] = {}

    @property
    def row_counts(self) -> tuple[RowCount, ...]:
        return tuple(self._counts.values())

    @property
    def row_changes(self) -> tuple[RowChange, ...]:
        return tuple(self._changes.values())

    @property
    def columns(self) -> tuple[ColumnFinding, ...]:
        return tuple(self._columns.values())

    @property
    def uncompared(self) -> tuple[Uncompared, ...]:
        """Of all days together."""
        found: dict[tuple[str, Point, str], Uncompared] = {}
        for each in (each for of_day in self._uncompared.values() for each in of_day):
            key = (each.table, each.point, each.column)
            found[key] = replace(each, count=each.count + (found[key].count if key in found else 0))
        return tuple(found.values())

    @property
    def activities(self) -> tuple[Activity, ...]:
        return tuple(sorted(self._activities.values(), key=lambda activity: activity.started))

    def rows(self, *found: RowCount | RowChange) -> None:
        for each in found:
            if isinstance(each, RowCount):
                self._counts[each.table, each.point] = replace(each, step=each.step or self.step)
            else:
                self._changes[each.table, each.point, each.reason] = each

    def column(self, table: str, name: str, **facts: object) -> None:
        """Add to what is known of a column."""
        known = self._columns.get((table, name)) or ColumnFinding(table, name)
        self._columns[table, name] = replace(known, **facts)  # type: ignore[arg-type]

    def not_compared(self, table: str, point: Point, day: date, counts: Mapping[str, int], why: str) -> None:
        """`counts`: how many values of each column of a day's generation."""
        self._uncompared[table, point, day] = tuple(
            Uncompared(table, point, column, count, why) for column, count in counts.items() if count
        )

    def activity(self, activity: Activity) -> None:
        self._activities.setdefault((activity.kind, activity.id), replace(activity, step=self.step))
