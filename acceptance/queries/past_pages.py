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
    missing: int  # page numbers that are left out, each request's for itself
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
        record, url = identifier(self.table), "coalesce(import_api_url_requested, '')"
        columns = {
            "generation": "import_date",
            "page_number": "page_number",
            "page": f"concat(cast(page_number AS varchar), ' ', {url})",
            "updates_of": f"coalesce(regexp_extract({url}, 'last_updated=([0-9-]+)', 1), '')",
            "good": good(record),
        }
        if self.updated:  # a record need not be read otherwise
            record_id = f"json_extract_scalar({record}, '$.id')"
            columns |= {
                "updated": f"substr(json_extract_scalar({record}, '$.last_updated'), 1, 10)",
                "first_generation": f"min(import_date) OVER (PARTITION BY {record_id})",
            }
        late = [f"late_{day}" for day in self.updated]
        of_pages = {"records": "count_if(good)", "failures": "count_if(NOT good)"} | {
            f"late_{day}": f"count_if(good AND updated = '{date.fromisoformat(day)}' AND first_generation > '{day}')"
            for day in self.updated
        }
        of_requests = {
            "pages": "count(*)",
            "missing": "greatest(max(page_number) - count(DISTINCT page_number), 0)",
            "failed": "count_if(failures > 0)",
            "records": "sum(records)",
            "largest": "max(records)",
        } | {name: f"sum({name})" for name in late}
        of_generations = {
            "page_count": "sum(pages)",
            "missing_page_count": "coalesce(sum(missing), 0)",
            "failed_page_count": "sum(failed)",
            "full_load_count": "count_if(updates_of = '')",
            "record_count": "sum(records)",
            "largest_page": "max(largest)",
        } | {name: f"sum({name})" for name in late}
        days = (date.fromisoformat(day) for day in self.days)
        found = sql.selected(columns, self.database, INGESTION, self.table, *days)
        for keys, aggregates in (
            (["generation", "updates_of", "page_number", "page"], of_pages),
            (["generation", "updates_of"], of_requests),
            (["generation"], of_generations),
        ):
            chosen = sql.listed({**{key: key for key in keys}, **aggregates})
            found = f"(SELECT\n{chosen}\nFROM {found}\nGROUP BY {', '.join(keys)})"
        return [f"SELECT * FROM {found}\nORDER BY generation"]

    def read(self, rows: Iterable[Mapping[str, Any]]) -> list[PastPages]:
        """The oldest first."""
        return [
            PastPages(
                row["generation"],
                row["page_count"],
                row["missing_page_count"],
                row["failed_page_count"],
                bool(row["full_load_count"]),
                row["record_count"],
                row["largest_page"],
                {day: row[f"late_{day}"] for day in self.updated},
            )
            for row in rows
        ]
