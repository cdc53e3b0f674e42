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
    records: int
    largest: int  # records on the page that has the most
    came_late: Mapping[
        str, int
    ]  # by day asked for (yyyymmdd): its records last updated then, in no earlier generation

    def lacks_of(self, promised: int) -> int:
        """How many records are missing at least where so many pages were promised: all but the last page are full."""
        full = promised - self.failed - 1
        return max(full * self.largest + 1 - self.records, 1)


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
        columns = {
            "generation": "import_date",
            "page": "concat(cast(page_number AS varchar), ' ', coalesce(import_api_url_requested, ''))",
            "good": good(record),
            "of_all": "coalesce(import_api_url_requested, '') NOT LIKE '%last_updated=%'",
        }
        if self.updated:  # a record need not be read otherwise
            record_id = f"json_extract_scalar({record}, '$.id')"
            columns |= {
                "updated": f"substr(json_extract_scalar({record}, '$.last_updated'), 1, 10)",
                "first_generation": f"min(import_date) OVER (PARTITION BY {record_id})",
            }
        of_pages = {
            "generation": "generation",
            "page": "page",
            "records": "count_if(good)",
            "failures": "count_if(NOT good)",
            "of_all": "count_if(of_all)",
        } | {
            f"late_{day}": f"count_if(good AND updated = '{date.fromisoformat(day)}' AND first_generation > '{day}')"
            for day in self.updated
        }
        aggregates = {
            "generation": "generation",
            "page_count": "count(page)",
            "failed_page_count": "count_if(failures > 0)",
            "full_load_count": "sum(of_all)",
            "record_count": "sum(records)",
            "largest_page": "max(records)",
        } | {f"late_{day}": f"sum(late_{day})" for day in self.updated}
        days = ", ".join(f"'{date.fromisoformat(day):%Y%m%d}'" for day in self.days)
        rows = (
            f"SELECT\n{sql.listed(columns)}\nFROM {sql.source(self.database, INGESTION, self.table)}\n"
            f"WHERE import_date IN ({days})"
        )
        pages = f"SELECT\n{sql.listed(of_pages)}\nFROM ({rows})\nGROUP BY generation, page"
        return [f"SELECT\n{sql.listed(aggregates)}\nFROM ({pages})\nGROUP BY generation\nORDER BY generation"]

    def read(self, rows: Iterable[Mapping[str, Any]]) -> list[PastPages]:
        """The oldest first."""
        return [
            PastPages(
                row["generation"],
                row["page_count"],
                row["failed_page_count"],
                bool(row["full_load_count"]),
                row["record_count"],
                row["largest_page"],
                {day: row[f"late_{day}"] for day in self.updated},
            )
            for row in rows
        ]
