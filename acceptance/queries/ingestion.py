"""Of the API responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from acceptance.aws.athena import identifier
from acceptance.pipeline import INGESTION
from acceptance.queries import sql
from acceptance.queries.query import Question, Row, filled, one_row

_DIGEST = "md5(to_utf8(concat(coalesce(page, ''), record)))"  # of a record, on its page


@dataclass(frozen=True, kw_only=True)
class IngestionCounts:
    """What is to be known of a day's API responses."""

    row_count: int
    record_count: int  # rows with status 200 and a record
    page_count: int
    failed_page_count: int
    not_json_count: int  # records
    without_id_count: int  # records
    distinct_count: int  # different records, those of different pages apart


@dataclass(frozen=True)
class FailedPage:
    number: int | None  # None: the job wrote none
    status: str  # of HTTP; "" for none


@dataclass(frozen=True)
class GenerationRecords:
    generation: str  # yyyymmdd
    record_count: int


@dataclass(frozen=True)
class Ingestion:
    """A day's API responses of a table.

    A page that failed is a row with an empty record, its status code and the exception; some failures are marked 200,
    with a blank record (platform documentation, "Ingestion"). So a good record is one with status 200 and text.
    """

    database: str
    table: str
    day: date

    def queries(self) -> list[str]:
        record = identifier(self.table)
        columns = {
            "page_number": "page_number",
            "page": "concat(cast(page_number AS varchar), ' ', coalesce(import_api_url_requested, ''))",
            "record": record,
            "blank": blank(record),
            "good": good(record),
        }
        aggregates = {
            "row_count": "count(*)",
            "record_count": "count_if(good)",
            "page_count": "count(DISTINCT page)",
            "failed_page_count": "count(DISTINCT CASE WHEN NOT good THEN page END)",
            "not_json_count": "count_if(NOT blank AND try(json_parse(record)) IS NULL)",
            "distinct_count": f"count(DISTINCT CASE WHEN good THEN {_DIGEST} END)",
            "without_id_count": "count_if(good AND coalesce(json_extract_scalar(record, '$.id'), '') = '')",
        }
        responses = sql.selected(columns, self.database, INGESTION, self.table, self.day)
        return [f"SELECT\n{sql.listed(aggregates)}\nFROM {responses}"]

    def read(self, rows: Iterable[Row]) -> IngestionCounts:
        return filled(IngestionCounts, one_row(rows))

    def failed_pages(self, limit: int = 20) -> Question[list[FailedPage]]:
        """The pages that failed, with their status; the exception's text stays where it is: it may quote data."""
        text = "\n".join(
            [
                "SELECT DISTINCT page_number, import_api_status_code",
                f"FROM {sql.source(self.database, INGESTION, self.table)}",
                f"WHERE {sql.partition(INGESTION, self.day)}",
                f"    AND (coalesce(import_api_status_code, '') <> '200' OR {blank(identifier(self.table))})",
                f"ORDER BY page_number\nLIMIT {limit}",
            ]
        )
        return Question(
            [text],
            lambda rows: [FailedPage(r["page_number"], r["import_api_status_code"] or "") for r in rows],
        )

    def pages(self) -> Question[set[int]]:
        """The numbers of the pages that left rows."""
        source = sql.source(self.database, INGESTION, self.table)
        text = f"SELECT DISTINCT page_number\nFROM {source}\nWHERE {sql.partition(INGESTION, self.day)}"
        return Question([text], lambda rows: {row["page_number"] for row in rows if row["page_number"]})


def records_by_generation(
    database: str, table: str, generations: Iterable[str]
) -> Question[list[GenerationRecords]]:
    """How many records each of some days (yyyymmdd) of API responses holds; days without rows are left out."""
    days = ", ".join(f"'{date.fromisoformat(day):%Y%m%d}'" for day in generations)
    aggregates = {"generation": "import_date", "record_count": f"count_if({good(identifier(table))})"}
    text = (
        f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(database, INGESTION, table)}\n"
        f"WHERE import_date IN ({days})\nGROUP BY import_date"
    )
    return Question([text], lambda rows: [filled(GenerationRecords, row) for row in rows])


def records(columns: Mapping[str, str], database: str, table: str, *days: date) -> str:
    """Expressions by name, of some days' API responses that hold a record."""
    return sql.selected(columns, database, INGESTION, table, *days, condition=good(identifier(table)))


def good(record: str) -> str:
    return f"(coalesce(import_api_status_code, '') = '200' AND NOT {blank(record)})"


def blank(record: str) -> str:
    return f"coalesce(trim({record}), '') IN ('', '{{}}', 'null')"
