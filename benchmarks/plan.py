"""What is compared: the suite's checks of the tables' data, each with its query alone and as an expectation.

The checks are the suite's own (`acceptance.checks`), as far as Athena alone answers them, and so are the queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlglot import exp, parse_one

from acceptance.aws.athena import identifier
from acceptance.aws.glue_catalog import Catalog
from acceptance.branch.checkout import DataPlatform
from acceptance.environments import ENVIRONMENTS, Zone
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries.ingestion import Ingestion
from acceptance.queries.parse import Parse
from acceptance.queries.query import Query
from acceptance.queries.recast import Recast
from acceptance.queries.snapshot import Snapshot

ENVIRONMENT = ENVIRONMENTS["local"]


@dataclass(frozen=True)
class Fault:
    """What must not be: a comparison of a measure with another, with a number or with the empty text."""

    measure: str
    comparison: str  # =, <>, <, >
    other: str | int
    native: tuple[str, dict[str, Any]] | None = (
        None  # Great Expectations' own expectation for it, and its arguments
    )

    @property
    def condition(self) -> str:
        return f"{self.measure} {self.comparison} {self.other or repr(self.other)}"

    @property
    def measures(self) -> list[str]:
        return [self.measure, *([self.other] if isinstance(self.other, str) and self.other else [])]


@dataclass(frozen=True)
class Check:
    measure: str
    comparison: str
    other: str | int
    query: str  # of its measures alone
    expectation: str  # name of the class
    arguments: dict[str, Any]


@dataclass(frozen=True)
class TableChecks:
    """What is checked of a table at a stage."""

    name: str
    query: str  # one row: all measures
    rows: str  # query of the rows themselves, for the expectations that count them
    checks: list[Check]


_ONE_ROW = ("ExpectTableRowCountToBeBetween", {"min_value": 1})
_ID = ("ExpectColumnValuesToNotBeNull", {"column": "id"})
_FAULTS = {
    INGESTION: (
        Fault("record_count", "=", 0),
        Fault("failed_page_count", ">", 0),
        Fault("not_json_count", ">", 0),
        Fault("without_id_count", ">", 0),
    ),
    PARSE: (
        Fault("record_count", "=", 0),
        Fault("lost_keys", "<>", ""),
        Fault("row_count", "<>", "record_count"),
        Fault(
            "distinct_count",
            "<",
            "row_count",
            ("ExpectCompoundColumnsToBeUnique", {"column_list": ["id", "import_date"]}),
        ),
        Fault("id_count", "<", "row_count", _ID),
        Fault("value_count", "<>", "json_value_count"),
        Fault("values_checksum", "<>", "json_values_checksum"),
    ),
    RECAST: (Fault("row_count", "<>", "parsed_count"), Fault("matched_count", "<", "parsed_count")),
    SNAPSHOT: (
        Fault("row_count", "=", 0, _ONE_ROW),
        Fault("without_id", ">", 0, _ID),
        Fault("repeated_count", ">", 0, ("ExpectColumnValuesToBeUnique", {"column": "id"})),
        Fault("missing_count", ">", 0),
        Fault("outdated_count", ">", 0),
        Fault("lost_count", ">", 0),
        Fault("altered_0", ">", 0),
    ),
}


def plan(
    catalog: Catalog, platform: DataPlatform, tables: tuple[str, ...], day: date
) -> Iterator[TableChecks]:
    """For tables that are new: none has a snapshot before today's."""
    raw, refined = ENVIRONMENT.database(Zone.RAW), ENVIRONMENT.database(Zone.REFINED)
    for table in tables:
        parsed = catalog.table(raw, PARSE.catalog_table(table))
        if parsed is None:
            raise RuntimeError(f"{table} has not been parsed: play the playbook first")
        increments, snapshot = (
            _own(catalog, refined, stage.catalog_table(table)) for stage in (RECAST, SNAPSHOT)
        )
        types = platform.branch.types_of(table)
        texts = [name for name in increments if name not in types]
        queries: dict[Stage, Query[object]] = {
            INGESTION: Ingestion(raw, table, day),
            PARSE: Parse(raw, table, [day], list(parsed.columns)),
            RECAST: Recast(refined, raw, table, [day], types, texts),
            SNAPSHOT: Snapshot(refined, table, day, "", "", snapshot, increments),
        }
        cast = tuple(Fault(f"{what}_{n}", ">", 0) for n in range(len(types)) for what in ("lost", "changed"))
        cast += (Fault(f"texts_{len(types)}", ">", 0),) if texts else ()
        for stage, asked in queries.items():
            (query,) = asked.queries()  # the tables are narrow
            faults = _FAULTS[stage] + (cast if stage is RECAST else ())
            checks = [_check(query, fault) for fault in faults]
            yield TableChecks(f"{stage.title} {table}", query, _rows(stage, table, day), checks)


def _own(catalog: Catalog, database: str, name: str) -> dict[str, str]:
    """A table's columns that are keys of the API's records."""
    found = catalog.table(database, name)
    added = {*API_RESPONSE_COLUMNS, *RECAST.partition_keys}
    return {name: kind for name, kind in (found.columns if found else {}).items() if name not in added}


def _rows(stage: Stage, table: str, day: date) -> str:
    database, name = ENVIRONMENT.database(stage.zone), stage.catalog_table(table)
    return (
        f"SELECT * FROM {identifier(database)}.{identifier(name)} WHERE {stage.generation} = '{day:%Y%m%d}'"
    )


def _check(query: str, fault: Fault) -> Check:
    alone = narrowed(query, fault.measures)
    faulty = f"SELECT * FROM ({alone}) WHERE {fault.condition}"
    # a template there, in which braces are doubled
    custom = {"unexpected_rows_query": faulty.replace("{", "{{").replace("}", "}}")}
    expectation, arguments = fault.native or ("UnexpectedRowsExpectation", custom)
    return Check(fault.measure, fault.comparison, fault.other, alone, expectation, arguments)


def narrowed(query: str, names: list[str]) -> str:
    """A checks' query with these of its columns alone, as one would write it for them."""
    tree = parse_one(query, dialect="athena")
    assert isinstance(tree, exp.Select)
    if not tree.is_star:
        chosen = [column for column in tree.selects if column.alias_or_name in names]
        if all(isinstance(column.unalias(), exp.Subquery) for column in chosen):
            return str(exp.select(*chosen).sql("athena"))  # they do not look at the query's own rows
        return str(tree.select(*chosen, append=False).sql("athena"))
    # two queries of one row each, side by side
    parts = [part.this.this for part in (tree.args["from_"], *tree.args["joins"])]
    wanted = [[column for column in part.selects if column.alias_or_name in names] for part in parts]
    first, *others = [
        part.select(*chosen, append=False).subquery()
        for part, chosen in zip(parts, wanted, strict=True)
        if chosen
    ]
    narrow = exp.select("*").from_(first)
    for part in others:
        narrow = narrow.join(part, join_type="cross")
    return str(narrow.sql("athena"))
