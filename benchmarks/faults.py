"""What must not be in a table's data of today, and the checks of other checkers' own kinds that find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from acceptance.aws.athena import identifier
from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries.ingestion import good
from benchmarks.kinds import (
    COMPLETENESS,
    ROW_COUNTS,
    SAME_ROWS,
    SAME_VALUES,
    UNIQUENESS,
    VALIDITY,
    VOLUME,
    Client,
    Kind,
    Means,
)

ENVIRONMENT = ENVIRONMENTS["local"]

_BLANK = r"^\s*(\{\}|null)?\s*$"  # as a regular expression what `acceptance.queries.ingestion.blank` is


@dataclass(frozen=True)
class Dataset:
    """Rows of a catalog table. Great Expectations reads them by a query, Soda by a filter of this name.

    Soda does not quote a database's name: it has a data source, and a database, of the name without hyphens.
    """

    database: str
    soda_database: str
    table: str
    name: str
    condition: str

    def __str__(self) -> str:
        return f"{self.table} [{self.name}]"


@dataclass(frozen=True)
class Own:
    """A check of a client's own kinds, in its words."""

    dataset: Dataset
    check: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    compared: tuple[Dataset, ...] = ()  # that the check names


@dataclass(frozen=True)
class Fault:
    """What must not be: a comparison of a measure with another, with a number or with the empty text."""

    kind: Kind
    measure: str
    comparison: str  # =, <>, <, >
    other: str | int
    great_expectations: tuple[Own, ...] = ()  # none: it is left to a query
    soda: tuple[Own, ...] = ()

    @property
    def condition(self) -> str:
        return f"{self.measure} {self.comparison} {self.other or repr(self.other)}"

    @property
    def measures(self) -> list[str]:
        return [self.measure, *([self.other] if isinstance(self.other, str) and self.other else [])]

    def means(self, client: Client) -> Means:
        own = {Client.GREAT_EXPECTATIONS: self.great_expectations, Client.SODA: self.soda}[client]
        return Means.OWN if own else Means.SQL


def todays(stage: Stage, table: str, day: date) -> Dataset:
    """A day's rows of a table at a stage."""
    database, condition = ENVIRONMENT.database(stage.zone), f"{stage.generation} = '{day:%Y%m%d}'"
    name = f"section_{stage.section}"
    return Dataset(database, database.replace("-", "_"), stage.catalog_table(table), name, condition)


def faults(
    table: str, day: date, types: Mapping[str, str], texts: list[str]
) -> dict[Stage, tuple[Fault, ...]]:
    """`types`: the dictionary's; `texts`: the columns that it leaves as text."""
    responses = todays(INGESTION, table, day)
    records = replace(
        responses, name="records", condition=f"{responses.condition} AND {good(identifier(table))}"
    )
    parsed, increments, snapshot = (todays(stage, table, day) for stage in (PARSE, RECAST, SNAPSHOT))
    no_records = _no_rows("record_count", records)
    return {
        INGESTION: (
            no_records,
            _failed_pages(responses, table),
            Fault(VALIDITY, "not_json_count", ">", 0),
            Fault(VALIDITY, "without_id_count", ">", 0),
        ),
        PARSE: (
            no_records,
            Fault(SAME_VALUES, "lost_keys", "<>", ""),
            _other_row_count("record_count", parsed, records),
            _repeated(("distinct_count", "<", "row_count"), parsed, "id", "import_date"),
            _without_id(("id_count", "<", "row_count"), parsed),
            Fault(SAME_VALUES, "value_count", "<>", "json_value_count"),
            Fault(SAME_VALUES, "values_checksum", "<>", "json_values_checksum"),
        ),
        RECAST: (
            _other_row_count("parsed_count", increments, parsed),
            Fault(SAME_ROWS, "matched_count", "<", "parsed_count"),
            *_casts(types, texts),
        ),
        SNAPSHOT: (
            _no_rows("row_count", snapshot),
            _without_id(("without_id", ">", 0), snapshot),
            _repeated(("repeated_count", ">", 0), snapshot, "id"),
            Fault(SAME_ROWS, "missing_count", ">", 0),
            Fault(SAME_ROWS, "outdated_0", ">", 0),
            Fault(SAME_ROWS, "lost_count", ">", 0),
            Fault(SAME_VALUES, "altered_0", ">", 0),
        ),
    }


def _no_rows(measure: str, rows: Dataset) -> Fault:
    expectation = Own(rows, "ExpectTableRowCountToBeBetween", {"min_value": 1})
    return Fault(VOLUME, measure, "=", 0, (expectation,), (Own(rows, "row_count > 0"),))


def _without_id(compared: tuple[str, str, str | int], rows: Dataset) -> Fault:
    expectation = Own(rows, "ExpectColumnValuesToNotBeNull", {"column": "id"})
    check = Own(rows, "missing_count(id) = 0")
    return Fault(COMPLETENESS, *compared, (expectation,), (check,))


def _repeated(compared: tuple[str, str, str | int], rows: Dataset, *key: str) -> Fault:
    if len(key) == 1:
        expectation = Own(rows, "ExpectColumnValuesToBeUnique", {"column": key[0]})
    else:
        expectation = Own(rows, "ExpectCompoundColumnsToBeUnique", {"column_list": key})
    return Fault(
        UNIQUENESS, *compared, (expectation,), (Own(rows, f"duplicate_count({', '.join(key)}) = 0"),)
    )


def _other_row_count(other: str, rows: Dataset, before: Dataset) -> Fault:
    """Great Expectations has a check for it, which counts whole tables: each of today's is one day of many."""
    elsewhere = f" in {before.soda_database}" if before.database != rows.database else ""
    check = Own(rows, f"row_count same as {before}{elsewhere}", compared=(before,))
    return Fault(ROW_COUNTS, "row_count", "<>", other, soda=(check,))


def _failed_pages(rows: Dataset, record: str) -> Fault:
    """Rows whose status is not 200, or whose record is blank.

    Great Expectations has no regular expressions on Athena: a record of blanks alone gets through there.
    """
    status = "import_api_status_code"
    expectations = (
        Own(rows, "ExpectColumnValuesToNotBeNull", {"column": status}),
        Own(rows, "ExpectColumnValuesToBeInSet", {"column": status, "value_set": ["200"]}),
        Own(rows, "ExpectColumnValuesToNotBeNull", {"column": record}),
        Own(rows, "ExpectColumnValuesToNotBeInSet", {"column": record, "value_set": ["", "{}", "null"]}),
    )
    checks = (
        Own(rows, f"missing_count({status}) = 0"),
        Own(rows, f"invalid_count({status}) = 0", {"valid values": ["200"]}),
        Own(rows, f"missing_count({record}) = 0", {"missing regex": _BLANK}),
    )
    return Fault(VALIDITY, "failed_page_count", ">", 0, expectations, checks)


def _casts(types: Mapping[str, str], texts: list[str]) -> tuple[Fault, ...]:
    casts = [
        Fault(SAME_VALUES, f"{what}_{n}", ">", 0) for n in range(len(types)) for what in ("lost", "changed")
    ]
    return (*casts, *([Fault(SAME_VALUES, f"texts_{len(types)}", ">", 0)] if texts else []))
