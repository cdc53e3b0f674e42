"""The rows that a finding is about. They are asked for when it is made: the query that it shows does find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from acceptance.aws.athena import identifier, quoted
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries import sql
from acceptance.queries.ingestion import blank, good, records
from acceptance.queries.query import Question, filled

_ROWS = 10  # to be shown


@dataclass(frozen=True)
class RepeatedRecord:
    """A record that is there more than once, on one page."""

    id: str | None
    times: int
    moments: int  # at which it was asked for: several tell that as many job runs, or tries, have brought it
    earliest: datetime
    latest: datetime


@dataclass(frozen=True)
class RepeatedId:
    id: str
    times: int


@dataclass(frozen=True)
class Rows:
    """Some rows' ids, and how many rows there are in all."""

    ids: list[str]
    count: int


@dataclass(frozen=True)
class PageRows:
    """Rows of one page of the API."""

    import_date: str
    page_number: int | None
    row_count: int


def repeated_records(database: str, table: str, day: date) -> Question[list[RepeatedRecord]]:
    """The most often repeated first."""
    record = identifier(table)
    shown = {
        "id": f"json_extract_scalar({record}, '$.id')",
        "times": "count(*)",
        "moments": "count(DISTINCT import_datetime)",
        "earliest": "min(import_datetime)",
        "latest": "max(import_datetime)",
    }
    text = (
        f"SELECT\n{sql.listed(shown)}\nFROM {sql.source(database, INGESTION, table)}\n"
        f"WHERE {sql.partition(INGESTION, day)}\n    AND {good(record)}\n"
        f"GROUP BY page_number, import_api_url_requested, {record}\nHAVING count(*) > 1\n"
        f"ORDER BY times DESC, id\nLIMIT {_ROWS}"
    )
    return Question([text], lambda rows: [filled(RepeatedRecord, {"id": "", **row}) for row in rows])


def bad_records(database: str, table: str, day: date) -> Question[list[PageRows]]:
    """By page the records that are not JSON, or have no id."""
    record = identifier(table)
    bad = (
        f"NOT {blank(record)} AND (try(json_parse({record})) IS NULL OR "
        f"coalesce(json_extract_scalar({record}, '$.id'), '') = '')"
    )
    return _by_page(database, INGESTION, table, day, bad)


def without_id(database: str, stage: Stage, table: str, day: date) -> Question[list[PageRows]]:
    """By page the rows of a generation that have no id."""
    return _by_page(database, stage, table, day, "nullif(trim(CAST(id AS varchar)), '') IS NULL")


def misparsed(database: str, table: str, day: date, column: str) -> Question[Rows]:
    """The records one of whose values is another after the parse."""
    record = identifier(table)
    values = f"try(CAST(json_parse({record}) AS map(varchar, json)))"
    fields = {
        "id": f"json_extract_scalar({record}, '$.id')",
        "value": f"json_extract_scalar(element_at({values}, {sql.literal(column)}), '$')",
    }
    text = (
        f"SELECT before.id AS id, count(*) OVER () AS row_count\nFROM {records(fields, database, table, day)} before\n"
        f"JOIN {sql.rows_of(database, PARSE, table, day)} after ON after.id = before.id\n"
        f"WHERE after.{quoted(column)} IS DISTINCT FROM before.value\nORDER BY id\nLIMIT {_ROWS}"
    )
    return Question([text], _counted)


def ids_with_key(database: str, table: str, day: date, key: str) -> Question[list[str | None]]:
    """The ids of API records that have a key; None for a record without an id."""
    record = identifier(table)
    fields = {
        "id": f"json_extract_scalar({record}, '$.id')",
        "value": f"json_extract({record}, '$[\"{key}\"]')",
    }
    text = (
        f"SELECT id\nFROM {records(fields, database, table, day)}\nWHERE value IS NOT NULL\n"
        f"ORDER BY id\nLIMIT {_ROWS}"
    )
    return Question([text], lambda rows: [row["id"] for row in rows])


def repeated_ids(database: str, stage: Stage, table: str, day: date) -> Question[list[RepeatedId]]:
    """The ids that are in a generation more than once, the most often repeated first."""
    return _repeated(sql.rows_of(database, stage, table, day), "id")


def repeated_ids_of_api(database: str, table: str, day: date) -> Question[list[RepeatedId]]:
    """The ids that API records have more than once, the most often repeated first."""
    return _repeated(_ids_of_api(database, table, day), "id")


def repeated_versions(database: str, table: str) -> Question[list[RepeatedId]]:
    """The ids of which the increments hold a version several times."""
    return _repeated(sql.source(database, RECAST, table), "id, last_updated")


def unparsed_ids(database: str, table: str, day: date) -> Question[list[str]]:
    """The ids of API records that are no row after the parse."""
    return _absent(_ids_of_api(database, table, day), sql.rows_of(database, PARSE, table, day))


def unmade_ids(raw: str, refined: str, table: str, day: date, numbers: bool) -> Question[list[str]]:
    """The ids of parsed rows of which there is no increment. `numbers`: the increments' ids are cast to numbers."""
    parsed, made = sql.rows_of(raw, PARSE, table, day), sql.rows_of(refined, RECAST, table, day)
    return (
        _absent(parsed, made, "try_cast(trim(id) AS double)", "CAST(id AS double)")
        if numbers
        else _absent(parsed, made)
    )


def lost_ids(database: str, table: str, day: date, last: str) -> Question[list[str]]:
    """The ids of the last snapshot that today's lacks."""
    return _absent(_last_snapshot(database, table, last), sql.rows_of(database, SNAPSHOT, table, day))


def unknown_ids(database: str, table: str, day: date, last: str) -> Question[list[str]]:
    """The ids of today's snapshot that neither the last one nor any increment has."""
    known = (
        f"(SELECT id FROM {_last_snapshot(database, table, last)}\nUNION\n"
        f"SELECT id FROM {sql.source(database, RECAST, table)})"
    )
    return _absent(sql.rows_of(database, SNAPSHOT, table, day), known)


def _ids_of_api(database: str, table: str, day: date) -> str:
    return records({"id": f"json_extract_scalar({identifier(table)}, '$.id')"}, database, table, day)


def _last_snapshot(database: str, table: str, last: str) -> str:
    return f"(SELECT id FROM {sql.source(database, SNAPSHOT, table)} WHERE snapshot_date = '{last}')"


def _repeated(source: str, what: str) -> Question[list[RepeatedId]]:
    text = (
        f"SELECT CAST(id AS varchar) AS id, count(*) AS times\nFROM {source}\nWHERE id IS NOT NULL\n"
        f"GROUP BY {what}\nHAVING count(*) > 1\nORDER BY times DESC, id\nLIMIT {_ROWS}"
    )
    return Question([text], lambda rows: [filled(RepeatedId, row) for row in rows])


def _absent(source: str, within: str, key: str = "id", key_there: str = "id") -> Question[list[str]]:
    """The ids of a source that are not within another; `none` for a row without one."""
    wanted = f"(SELECT DISTINCT id, {key} AS key FROM {source})"
    there = f"(SELECT DISTINCT {key_there} AS key FROM {within})"
    text = (
        f"SELECT CAST(wanted.id AS varchar) AS id\nFROM {wanted} wanted\nLEFT JOIN {there} there "
        f"ON there.key = wanted.key\nWHERE there.key IS NULL\nORDER BY id\nLIMIT {_ROWS}"
    )
    return Question([text], lambda rows: [str(row["id"] or "none") for row in rows])


def _by_page(database: str, stage: Stage, table: str, day: date, condition: str) -> Question[list[PageRows]]:
    shown = {"import_date": "import_date", "page_number": "page_number", "row_count": "count(*)"}
    text = (
        f"SELECT\n{sql.listed(shown)}\nFROM {sql.source(database, stage, table)}\n"
        f"WHERE {sql.partition(stage, day)}\n    AND {condition}\n"
        f"GROUP BY import_date, page_number\nORDER BY import_date, page_number\nLIMIT {_ROWS}"
    )
    return Question([text], lambda rows: [PageRows(**row) for row in rows])


def _counted(rows: Iterable[Mapping[str, Any]]) -> Rows:
    """Of rows that each have an id and tell how many there are."""
    found = list(rows)
    return Rows([str(row["id"]) for row in found], found[0]["row_count"] if found else 0)
