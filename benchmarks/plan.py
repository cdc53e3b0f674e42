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
        found = faults(table, day, types, texts)
        for stage, asked in queries.items():
            (query,) = asked.queries()  # the tables are narrow
            checks = [_check(query, fault) for fault in found[stage]]
            yield TableChecks(f"{stage.title} {table}", query, todays(stage, table, day), checks)


def _own(catalog: Catalog, database: str, name: str) -> dict[str, str]:
    """A table's columns that are keys of the API's records."""
    found = catalog.table(database, name)
    added = {*API_RESPONSE_COLUMNS, *RECAST.partition_keys}
    return {name: kind for name, kind in (found.columns if found else {}).items() if name not in added}


def _check(query: str, fault: Fault) -> Check:
    alone = narrowed(query, fault.measures)
    faulty = f"SELECT * FROM ({alone}) WHERE {fault.condition}"
    means = {client: fault.means(client) for client in Client}
    own = fault.great_expectations, fault.soda
    return Check(fault.measure, fault.comparison, fault.other, alone, faulty, *own, means)


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
