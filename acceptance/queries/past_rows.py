"""Of the parsed rows of earlier days: no later run of the job parses the same API responses again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from acceptance.aws.athena import identifier
from acceptance.pipeline import INGESTION, PARSE
from acceptance.queries import sql
from acceptance.queries.ingestion import good
from acceptance.queries.query import Row, filled


@dataclass(frozen=True, kw_only=True)
class PastRows:
    """One generation."""

    day: str  # yyyymmdd
    record_count: int  # of the API responses
    row_count: int  # parsed
    id_count: int  # rows with an id
    distinct_count: int  # different ids


@dataclass(frozen=True)
class PastRowsQuery:
    """`days`: the generations (yyyymmdd)."""

    database: str
    table: str
    days: Sequence[str]

    def queries(self) -> list[str]:
        """One: a row for each generation."""
        return [
            sql.by_generation(
                [
                    (
                        sql.source(self.database, INGESTION, self.table),
                        {"record_count": f"count_if({good(identifier(self.table))})"},
                    ),
                    (
                        sql.source(self.database, PARSE, self.table),
                        {
                            "row_count": "count(*)",
                            "id_count": "count(nullif(trim(id), ''))",
                            "distinct_count": "count(DISTINCT nullif(trim(id), ''))",
                        },
                    ),
                ],
                self.days,
            )
        ]

    def read(self, rows: Iterable[Row]) -> list[PastRows]:
        """The oldest first."""
        return [filled(PastRows, row, day=row["generation"]) for row in rows]
