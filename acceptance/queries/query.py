"""What Athena is asked, and what comes back: SQL texts, and what their rows say as typed data.

How columns are named and numbered in SQL is known to the query alone that writes and reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from acceptance.aws.athena import Athena, QueryResult, RunningQuery
from acceptance.aws.console_links import Links
from acceptance.evidence import Evidence

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Data = TypeVar("Data", bound="DataclassInstance")

Row = Mapping[str, Any]
"""Values by the names of a query's columns, as Athena gives them; None: NULL."""


class Query(Protocol[T_co]):
    """The shape of all queries."""

    def queries(self) -> list[str]:
        """SQL texts: one, or the parts of a query of one row that would be too long as one text."""

    def read(self, rows: Iterable[Row]) -> T_co:
        """What the rows of all its texts say."""


@dataclass(frozen=True)
class Question(Generic[T]):
    """A query that needs no class of its own."""

    texts: list[str]
    read: Callable[[Iterable[Row]], T]

    def queries(self) -> list[str]:
        return self.texts


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What a query's rows say, and the results that they are from: one of each of its texts."""

    value: T
    results: tuple[QueryResult, ...]

    @property
    def result(self) -> QueryResult:
        """Of a query that is one text."""
        (only,) = self.results
        return only

    def evidence(self, links: Links, title: str) -> list[Evidence]:
        return [result.evidence(links, title) for result in self.results]


@dataclass(frozen=True)
class Asked(Generic[T]):
    """A query under way."""

    query: Query[T]
    parts: tuple[RunningQuery, ...]

    def answer(self, result: Callable[[RunningQuery], QueryResult] = RunningQuery.result) -> Answer[T]:
        """`result` waits for a part, and raises what is to be raised where it fails."""
        results = tuple(map(result, self.parts))
        return Answer(self.query.read(row for each in results for row in each.rows), results)


def ask(athena: Athena, query: Query[T], name: str = "") -> Asked[T]:
    """Start all parts of a query. `name`: what it is for, among the run's activities."""
    return Asked(query, tuple(athena.start(sql, name) for sql in query.queries()))


def one_row(parts: Iterable[Row]) -> Row:
    """The row that was asked for in parts."""
    return {name: value for part in parts for name, value in part.items()}


def of_one_day(query: Query[list[T]]) -> Question[T]:
    """A query of one day, whose counts it gives alone."""
    return Question(query.queries(), lambda rows: one(query.read(rows)))


def one(found: Iterable[T]) -> T:
    (only,) = found
    return only


def most(row: Row, prefix: str) -> int:
    """The largest count of those that each part has of its own columns; 0 without any."""
    return max((count or 0 for name, count in row.items() if name.startswith(prefix)), default=0)


def filled(kind: type[Data], row: Row, **others: object) -> Data:
    """A dataclass whose fields are named as the row's columns; NULL leaves a field at its default, as no row does.

    `others`: the fields that are not columns.
    """
    names = [field.name for field in fields(kind) if field.name not in others] if row else []
    return kind(**{name: row[name] for name in names if row[name] is not None}, **others)
