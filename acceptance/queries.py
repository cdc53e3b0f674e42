"""The SQL of the checks: all of a table's checks at a stage are one flat query, so that Athena reads the data once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from acceptance.athena import identifier
from acceptance.pipeline import Stage


def playbook_query(database: str, stage: Stage, table: str) -> str:
    """The playbook's own query of a table's newest generation (steps 1.2.4, 2.3.4, 3.2.4, 4.3.4)."""
    source = _source(database, stage, table)
    last = f"last_{stage.generation}"
    moment = stage.generation.replace("_date", "_datetime")
    return "\n".join(
        [
            "WITH",
            "generation AS (",
            f"    SELECT MAX({stage.generation}) AS {last}",
            f"        FROM {source}",
            ")",
            "SELECT g.*, a.*",
            f"    FROM {source} a",
            "INNER JOIN generation g",
            f"ON a.{stage.generation} = g.{last}",
            f"ORDER BY a.{moment} DESC",
            "LIMIT 10",
        ]
    )


def measures(database: str, stage: Stage, table: str, day: date, aggregates: Mapping[str, str]) -> str:
    """One row of named aggregates over a day's partition."""
    lines = [f"    {expression} AS {name}" for name, expression in aggregates.items()]
    return "\n".join(
        [
            "SELECT",
            ",\n".join(lines),
            f"FROM {_source(database, stage, table)}",
            f"WHERE {_partition(stage, day)}",
        ]
    )


def api_response_measures(table: str) -> dict[str, str]:
    """What is to be known of a day's API responses.

    A page that failed is a row with an empty record, its status code and the exception; some failures are marked 200,
    with a blank record (platform documentation, "Ingestion"). So a good record is one with status 200 and text.
    """
    record = identifier(table)
    blank = _blank(record)
    page = "concat(cast(page_number AS varchar), ' ', coalesce(import_api_url_requested, ''))"
    bad = f"({blank} OR coalesce(import_api_status_code, '') <> '200')"
    return {
        "row_count": "count(*)",
        "record_count": f"count_if(NOT {bad})",
        "page_count": f"count(DISTINCT {page})",
        "last_page": "max(page_number)",
        "failed_page_count": f"count(DISTINCT CASE WHEN {bad} THEN {page} END)",
        "not_json_count": f"count_if(NOT {blank} AND try(json_parse({record})) IS NULL)",
        "without_id_count": f"count_if(NOT {bad} AND coalesce(json_extract_scalar({record}, '$.id'), '') = '')",
    }


def failed_pages(database: str, stage: Stage, table: str, day: date, limit: int = 20) -> str:
    """The pages that failed, with their status; the exception's text stays where it is: it may quote data."""
    record = identifier(table)
    return "\n".join(
        [
            "SELECT DISTINCT page_number, import_api_status_code",
            f"FROM {_source(database, stage, table)}",
            f"WHERE {_partition(stage, day)}",
            f"    AND (coalesce(import_api_status_code, '') <> '200' OR {_blank(record)})",
            f"ORDER BY page_number\nLIMIT {limit}",
        ]
    )


def _blank(record: str) -> str:
    return f"coalesce(trim({record}), '') IN ('', '{{}}', 'null')"


def _source(database: str, stage: Stage, table: str) -> str:
    return f"{identifier(database)}.{identifier(stage.catalog_table(table))}"


def _partition(stage: Stage, day: date) -> str:
    pairs = zip(stage.partition_keys, stage.partition_values(day), strict=True)
    return "\n    AND ".join(f"{key} = '{value}'" for key, value in pairs)
