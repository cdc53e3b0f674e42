"""The newest generations of a table, from the Data Catalog: no query is needed to know which there are."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from acceptance import queries
from acceptance.aws.athena import RunningQuery
from acceptance.aws.catalog import Partition
from acceptance.pipeline import PARSE, RECAST, SNAPSHOT, Stage
from acceptance.rhythm import HISTORY_DAYS
from acceptance.run import Run

RECENT_DAYS = (
    31  # two generations of a weekly table are in them, and of years of daily ones only the last month
)


def name_of(partition: Partition) -> str:
    """yyyymmdd: the last of the pipeline's partition keys."""
    return partition.values[-1]


def newest(run: Run, stage: Stage, table: str, count: int = 1) -> list[Partition]:
    """The newest first; fewer than `count` where there are no more, none where the table is not there."""

    def look(table: str) -> list[Partition]:
        since = f"{run.day - timedelta(days=RECENT_DAYS):%Y%m%d}"
        database, name = run.environment.database(stage.zone), stage.catalog_table(table)
        return run.catalog.newest(database, name, count, f"{stage.generation} >= '{since}'")

    return run.survey.see(("newest", stage, count), table, look)


def parsed_columns(run: Run, table: str) -> list[Partition]:
    """The newest generation of a parsed table and the one before: a partition keeps the columns it was crawled with."""
    return newest(run, PARSE, table, 2)


def snapshot_query(run: Run, table: str) -> RunningQuery | None:
    """The query of a table's newest snapshot; those of all tables in scope are started together. None: no snapshot."""
    return run.started.see("newest snapshot", table, partial(_start_snapshot_query, run))


def _start_snapshot_query(run: Run, table: str) -> RunningQuery | None:
    found = newest(run, SNAPSHOT, table)
    if not found:
        return None
    database = run.environment.database(SNAPSHOT.zone)
    return run.athena.start(queries.generation_query(database, SNAPSHOT, table, name_of(found[0])))


def changes_query(run: Run, table: str) -> RunningQuery | None:
    """The query of how much each generation of a table's increments has changed; started as the snapshots' is."""
    return run.started.see("changes", table, partial(_start_changes_query, run))


def _start_changes_query(run: Run, table: str) -> RunningQuery | None:
    found = newest(run, RECAST, table)
    if not found:
        return None
    since = date.fromisoformat(name_of(found[0])) - timedelta(days=HISTORY_DAYS)
    database = run.environment.database(RECAST.zone)
    return run.athena.start(queries.changes_query(database, table, f"{since:%Y%m%d}"))
