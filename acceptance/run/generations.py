"""The generations of a table, from the Data Catalog and S3: no query is needed to know which there are."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from acceptance.aws import s3_objects
from acceptance.aws.glue_catalog import Partition
from acceptance.pipeline import LOOKBACK, PARSE, RECAST, SNAPSHOT, Stage, source_of
from acceptance.queries.generation_sizes import (
    GenerationChanges,
    GenerationSize,
    increments_query,
    size_query,
)
from acceptance.queries.query import Asked, ask
from acceptance.run.run import Run

RECENT_DAYS = (
    31  # two generations of a weekly table are in them, and of years of daily ones only the last month
)


def name_of(partition: Partition) -> str:
    """yyyymmdd: the last of the pipeline's partition keys."""
    return partition.values[-1]


def place_of(run: Run, stage: Stage, table: str, partition: Partition) -> str:
    """The folder that is named after a partition."""
    pairs = zip(stage.partition_keys, partition.values, strict=False)
    folder = "".join(f"{key}={value}/" for key, value in pairs)
    return f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}{folder}"


def newest(run: Run, stage: Stage, table: str, count: int = 1) -> list[Partition]:
    """The newest first; fewer than `count` where there are no more, none where the table is not there."""

    def look(table: str) -> list[Partition]:
        whole = run.whole(stage, table)
        if whole is not None:
            return sorted(whole, key=lambda each: each.values[::-1], reverse=True)[:count]
        since = f"{run.day - timedelta(days=RECENT_DAYS):%Y%m%d}"
        database, name = run.environment.database(stage.zone), stage.catalog_table(table)
        return run.catalog.newest(database, name, count, f"{stage.generation} >= '{since}'")

    return run.looks.see(("newest", stage, count), table, look)


def parsed_columns(run: Run, table: str) -> list[Partition]:
    """The newest generation of a parsed table and the one before: a partition keeps the columns it was crawled with."""
    return newest(run, PARSE, table, 2)


def partitions(run: Run, stage: Stage, table: str) -> set[str]:
    """Those (yyyymmdd) of the last `LOOKBACK` up to the one under test that are partitions."""
    return {day for day in _registered(run, stage, table) if _is_recent(run, stage, table, day)}


def folders(run: Run, stage: Stage, table: str) -> set[str]:
    """The same that have data in S3."""

    def look(table: str) -> set[str]:
        bucket, oldest = run.environment.bucket(stage.zone), run.day_of(stage, table) - LOOKBACK
        after = stage.partition_prefix(table, oldest)
        items = s3_objects.objects(run.aws, bucket, stage.prefix(table), after)
        found = {stage.generation_of(item.key) for item in items}
        return {day for day in found if _is_recent(run, stage, table, day)}

    return run.looks.see(("folders", stage), table, look)


def passed_over(run: Run, stage: Stage, table: str) -> list[str]:
    """Those that a stage's source has and its table has not: of a table in the pipeline the recent ones, else all."""
    there = _registered(run, stage, table)
    newest = f"{run.day_of(stage, table):%Y%m%d}"
    missing = [day for day in run.days(source_of(stage), table) if day <= newest and day not in there]
    return sorted(day for day in missing if day >= run.judged_since(stage, table))


def earlier(run: Run, stage: Stage, table: str) -> list[str]:
    """Those in the Data Catalog before the one under test: of a table in the pipeline the recent ones, else all."""
    since, newest = run.judged_since(stage, table), f"{run.day_of(stage, table):%Y%m%d}"
    return sorted({day for day in run.days(stage, table) if since <= day < newest})


def _registered(run: Run, stage: Stage, table: str) -> set[str]:
    place = stage.partition_keys.index(stage.generation)
    return {partition.values[place] for partition in run.partitions(stage, table)}


def _is_recent(run: Run, stage: Stage, table: str, generation: str) -> bool:
    newest = run.day_of(stage, table)
    return f"{newest - LOOKBACK:%Y%m%d}" < generation <= f"{newest:%Y%m%d}"


def snapshot_query(run: Run, table: str) -> Asked[GenerationSize] | None:
    """The query of a table's newest snapshot; those of all tables in scope are started together. None: no snapshot."""
    return run.started.see("newest snapshot", table, partial(_start_snapshot_query, run))


def _start_snapshot_query(run: Run, table: str) -> Asked[GenerationSize] | None:
    found = newest(run, SNAPSHOT, table)
    if not found:
        return None
    database = run.environment.database(SNAPSHOT.zone)
    return ask(run.athena, size_query(database, SNAPSHOT, table, name_of(found[0])))


def changes_query(run: Run, table: str, days: int) -> Asked[list[GenerationChanges]] | None:
    """The query of how much each generation of a table's increments has changed; started as the snapshots' is."""
    return run.started.see("changes", table, partial(_start_changes_query, run, days))


def _start_changes_query(run: Run, days: int, table: str) -> Asked[list[GenerationChanges]] | None:
    found = newest(run, RECAST, table)
    if not found:
        return None
    since = date.fromisoformat(name_of(found[0])) - timedelta(days=days)
    database = run.environment.database(RECAST.zone)
    return ask(run.athena, increments_query(database, table, f"{since:%Y%m%d}"))
