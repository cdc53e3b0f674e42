"""Of the increments of earlier days: a value that its cast has lost is in no later snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from acceptance.aws.athena import quoted
from acceptance.pipeline import PARSE, RECAST
from acceptance.queries import casts, parts, sql
from acceptance.queries.query import Row


@dataclass(frozen=True)
class PastValues:
    """One generation."""

    day: str  # yyyymmdd
    parsed_rows: int
    rows: int
    lost: Mapping[str, int]  # by column: values less than there are texts; without those that lost none


@dataclass(frozen=True)
class PastValuesQuery:
    """`days`: the generations (yyyymmdd); `types`: the catalog type of each column that is cast."""

    refined: str  # the databases
    raw: str
    table: str
    days: Sequence[str]
    types: Mapping[str, str]

    def queries(self, longest: int = parts.LONGEST) -> list[str]:
        """A row for each generation, in parts."""
        return parts.of(self._query, list(self.types), longest)

    def read(self, rows: Iterable[Row]) -> list[PastValues]:
        """The oldest first."""
        by_day: dict[str, dict[str, int]] = {}
        for row in rows:
            by_day.setdefault(row["generation"], {}).update(row)
        return [
            PastValues(day, counts["parsed_rows"], counts["row_count"], self._lost(counts))
            for day, counts in sorted(by_day.items())
        ]

    def _lost(self, counts: Mapping[str, int]) -> dict[str, int]:
        lost = {
            column: counts[f"texts_{number}"] - counts[f"values_{number}"]
            for number, column in enumerate(self.types)
        }
        return {column: count for column, count in lost.items() if count > 0}

    def _query(self, columns: Mapping[int, str]) -> str:
        texts = {
            f"texts_{number}": f"count({casts.to_cast(quoted(column), self.types[column])})"
            for number, column in columns.items()
        }
        values = {f"values_{number}": f"count({quoted(column)})" for number, column in columns.items()}
        return sql.by_generation(
            [
                (sql.source(self.raw, PARSE, self.table), {"parsed_rows": "count(*)", **texts}),
                (sql.source(self.refined, RECAST, self.table), {"row_count": "count(*)", **values}),
            ],
            self.days,
        )
