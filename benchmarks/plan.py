"""What is compared: the suite's checks of the tables' data, each with its query alone and in the others' words.

The checks are the suite's own (`acceptance.checks`), as far as Athena alone answers them, and so are the queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlglot import exp, parse_one

from acceptance.aws.glue_catalog import Catalog
from acceptance.branch.checkout import DataPlatform
from acceptance.environments import Zone
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries.ingestion import Ingestion
from acceptance.queries.parse import Parse
from acceptance.queries.query import Query
from acceptance.queries.recast import Recast
from acceptance.queries.snapshot import Snapshot
from benchmarks.faults import ENVIRONMENT, Dataset, Fault, Own, faults, todays
from benchmarks.kinds import Client, Means

RAW, REFINED = (ENVIRONMENT.database(zone) for zone in (Zone.RAW, Zone.REFINED))


@dataclass(frozen=True)
class Check:
    measure: str
    comparison: str
    other: str | int
    query: str  # of its measures alone
    faulty: str  # the same, a row where there is a fault
    great_expectations: tuple[Own, ...]  # none: its expectation is that `faulty` has no rows
    soda: tuple[Own, ...]  # none: its check is that `faulty` has no rows
    means: dict[Client, Means]


@dataclass(frozen=True)
class TableChecks:
    """What is checked of a table at a stage."""

    name: str
    query: str  # one row: all measures
    rows: Dataset
    checks: list[Check]


@dataclass(frozen=True)
class Columns:
    """Of a table: those that it has at the stages, and the types that the dictionary gives."""

    parsed: list[str]
    increments: dict[str, str]
    snapshot: dict[str, str]
    types: dict[str, str]


def plan(
    catalog: Catalog, platform: DataPlatform, tables: tuple[str, ...], day: date
) -> Iterator[TableChecks]:
    for table in tables:
        parsed = catalog.table(RAW, PARSE.catalog_table(table))
        if parsed is None:
            raise RuntimeError(f"{table} has not been parsed: play the playbook first")
        increments, snapshot = (_own(catalog, stage.catalog_table(table)) for stage in (RECAST, SNAPSHOT))
        columns = Columns(list(parsed.columns), increments, snapshot, dict(platform.branch.types_of(table)))
        yield from checks_of(table, day, columns)


def checks_of(table: str, day: date, columns: Columns) -> Iterator[TableChecks]:
    """For a table that is new: it has no snapshot before today's."""
    texts = [name for name in columns.increments if name not in columns.types]
    queries: dict[Stage, Query[object]] = {
        INGESTION: Ingestion(RAW, table, day),
        PARSE: Parse(RAW, table, [day], columns.parsed),
        RECAST: Recast(REFINED, RAW, table, [day], columns.types, texts),
        SNAPSHOT: Snapshot(REFINED, table, day, "", "", columns.snapshot, columns.increments),
    }
    found = faults(table, day, columns.types, texts)
    for stage, asked in queries.items():
        (query,) = asked.queries()  # the tables are narrow
        checks = [_check(query, fault) for fault in found[stage]]
        yield TableChecks(f"{stage.title} {table}", query, todays(stage, table, day), checks)


def _own(catalog: Catalog, name: str) -> dict[str, str]:
    """A refined table's columns that are keys of the API's records."""
    found = catalog.table(REFINED, name)
    added = {*API_RESPONSE_COLUMNS, *RECAST.partition_keys}
    return {name: kind for name, kind in (found.columns if found else {}).items() if name not in added}


def _check(query: str, fault: Fault) -> Check:
    alone = narrowed(query, fault.measures)
    faulty = f"SELECT * FROM ({alone}) WHERE {fault.condition}"
    means = {client: fault.means(client) for client in Client}
    own = fault.great_expectations, fault.soda
    return Check(fault.measure, fault.comparison, fault.other, alone, faulty, *own, means)


def narrowed(query: str, names: list[str]) -> str:
    """A checks' query with these of its columns alone, as one would write it for them.

    Raises `ValueError` where it has not got them.
    """
    tree = parse_one(query, dialect="athena")
    assert isinstance(tree, exp.Select)
    # one query, or some of one row each, side by side
    parts = [part.this.this for part in (tree.args["from_"], *tree.args["joins"])] if tree.is_star else [tree]
    if missing := set(names) - {column.alias_or_name for part in parts for column in part.selects}:
        raise ValueError(f"the query measures no {', '.join(sorted(missing))}:\n{query}")
    if not tree.is_star:
        chosen = [column for column in tree.selects if column.alias_or_name in names]
        if all(isinstance(column.unalias(), exp.Subquery) for column in chosen):
            return str(exp.select(*chosen).sql("athena"))  # they do not look at the query's own rows
        return str(tree.select(*chosen, append=False).sql("athena"))
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
