"""Of the API responses of earlier days: what was lost then, since no later run of the job asks for it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from acceptance.aws.athena import identifier
from acceptance.pipeline import INGESTION
from acceptance.queries import sql
from acceptance.queries.ingestion import good


@dataclass(frozen=True)
class PastPages:
    """One generation."""

    day: str  # yyyymmdd
    pages: int
    failed: int  # pages without records, or not answered with status 200
    asked_for_all: bool  # a full load, not some days' updates
    records_of: Mapping[
        str, int
    ]  # by day asked for (yyyymmdd): its records that were last updated on that day


@dataclass(frozen=True)
class PastPagesQuery:
    """`days`: the generations (yyyymmdd); `updated`: days whose records may have been held back to a later one."""

    database: str
    table: str
    days: Sequence[str]
    updated: Sequence[str] = ()

    def queries(self) -> list[str]:
        """One: a row for each generation."""
        record = identifier(self.table)
        page = "concat(cast(page_number AS varchar), ' ', coalesce(import_api_url_requested, ''))"
        last_updated = f"substr(json_extract_scalar({record}, '$.last_updated'), 1, 10)"
        aggregates = {
            "generation": "import_date",
            "page_count": f"count(DISTINCT {page})",
            "failed_page_count": f"count(DISTINCT CASE WHEN NOT {good(record)} THEN {page} END)",
            "full_load_count": "count_if(coalesce(import_api_url_requested, '') NOT LIKE '%last_updated=%')",
        } | {
            f"updated_{day}": f"count_if({good(record)} AND {last_updated} = '{date.fromisoformat(day)}')"
            for day in self.updated
        }
        days = ", ".join(f"'{date.fromisoformat(day):%Y%m%d}'" for day in self.days)
        return [
            f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(self.database, INGESTION, self.table)}\n"
            f"WHERE import_date IN ({days})\nGROUP BY import_date\nORDER BY import_date"
        ]

    def read(self, rows: Iterable[Mapping[str, Any]]) -> list[PastPages]:
        """The oldest first."""
        return [
            PastPages(
                row["generation"],
                row["page_count"],
                row["failed_page_count"],
                bool(row["full_load_count"]),
                {day: row[f"updated_{day}"] for day in self.updated},
            )
            for row in rows
        ]
