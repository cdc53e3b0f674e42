"""Of the API responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from acceptance.aws.athena import identifier
from acceptance.pipeline import INGESTION, Stage
from acceptance.queries import sql


def query(database: str, table: str, day: date) -> str:
    """One row: what is to be known of a day's API responses.

    A page that failed is a row with an empty record, its status code and the exception; some failures are marked 200,
    with a blank record (platform documentation, "Ingestion"). So a good record is one with status 200 and text.
    """
    record = identifier(table)
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
        "last_page": "max(page_number)",
        "failed_page_count": "count(DISTINCT CASE WHEN NOT good THEN page END)",
        "not_json_count": "count_if(NOT blank AND try(json_parse(record)) IS NULL)",
        "without_id_count": "count_if(good AND coalesce(json_extract_scalar(record, '$.id'), '') = '')",
    }
    return f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.selected(columns, database, INGESTION, table, day)}"


def failed_pages(database: str, stage: Stage, table: str, day: date, limit: int = 20) -> str:
    """The pages that failed, with their status; the exception's text stays where it is: it may quote data."""
    record = identifier(table)
    return "\n".join(
        [
            "SELECT DISTINCT page_number, import_api_status_code",
            f"FROM {sql.source(database, stage, table)}",
            f"WHERE {sql.partition(stage, day)}",
            f"    AND (coalesce(import_api_status_code, '') <> '200' OR {blank(record)})",
            f"ORDER BY page_number\nLIMIT {limit}",
        ]
    )


def records_by_generation(database: str, table: str, generations: Iterable[str]) -> str:
    """A row for each of some days (yyyymmdd) of API responses: how many records they hold."""
    days = ", ".join(f"'{date.fromisoformat(day):%Y%m%d}'" for day in generations)
    aggregates = {"generation": "import_date", "record_count": f"count_if({good(identifier(table))})"}
    return (
        f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(database, INGESTION, table)}\n"
        f"WHERE import_date IN ({days})\nGROUP BY import_date"
    )


def records(columns: Mapping[str, str], database: str, table: str, day: date) -> str:
    """Expressions by name, of a day's API responses that hold a record."""
    return sql.selected(columns, database, INGESTION, table, day, good(identifier(table)))


def good(record: str) -> str:
    return f"(coalesce(import_api_status_code, '') = '200' AND NOT {blank(record)})"


def blank(record: str) -> str:
    return f"coalesce(trim({record}), '') IN ('', '{{}}', 'null')"
