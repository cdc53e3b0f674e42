"""The tables that are not under test, as their readers find them: seen before a run's first change and after the last.

What is compared is a table's schema and its newest generation: which it is, and its objects. The same objects hold the
same rows; so rows are counted only where objects differ, and 200 tables are seen with calls that cost nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial

from acceptance.aws import parallel, s3_objects
from acceptance.aws.athena import PLAIN_NAME, QueryFailed
from acceptance.aws.glue_catalog import CatalogTable, Partition
from acceptance.environments import Zone
from acceptance.pipeline import PARSE, STAGES
from acceptance.queries.generation_sizes import row_count
from acceptance.queries.query import ask
from acceptance.run.run import Run

RECENT_DAYS = 31


@dataclass(frozen=True)
class Generation:
    values: tuple[str, ...]  # of the partition keys; none where the table has no partitions
    place: str  # s3:// address
    objects: str  # digest of their names and ETags; "" for no objects
    rows: int | None  # as crawled; None: not known

    @property
    def name(self) -> str:
        return self.values[-1] if self.values else "all its data"


@dataclass(frozen=True)
class TableState:
    columns: dict[str, str]
    partition_keys: dict[str, str]
    location: str
    newest: Generation | None  # None: no partition yet, or a view


@dataclass(frozen=True)
class View:
    """A zone's recorded tables, then and now."""

    zone: Zone
    before: Mapping[str, TableState]
    now: Mapping[str, TableState]  # tables new since among them
    recorded: Mapping[str, Generation | None]  # the generations that were the newest, as they are now

    def changes(self) -> list[Change]:
        return [
            change
            for name, state in self.before.items()
            for change in changes(name, state, self.now.get(name), self.recorded.get(name))
        ]


class Aspect(StrEnum):
    """What can have happened to a table."""

    GONE = "gone"
    SCHEMA = "schema"
    GENERATION = "generation"
    NEWER = "newer"


@dataclass(frozen=True)
class Change:
    table: str  # in the catalog
    aspect: Aspect
    what: str
    before: str
    now: str


def names_under_test(zone: Zone, tables: Iterable[str]) -> set[str]:
    """The catalog tables of a zone that belong to the tables under test."""
    return {stage.catalog_table(table) for table in tables for stage in STAGES.values() if stage.zone is zone}


def see(
    run: Run, zone: Zone, spared: set[str], newest: Callable[[Run, CatalogTable], Partition | None]
) -> dict[str, TableState]:
    """All tables of a zone's database by name, but those spared. `newest`: what looks up a table's newest partition."""
    found = [
        table for table in run.catalog.tables(run.environment.database(zone)) if table.name not in spared
    ]
    partitions = parallel.each(partial(newest, run), found)
    objects = s3_objects.objects_at_each(run.aws, [newest.location for newest in partitions if newest])
    return {
        table.name: TableState(
            dict(table.columns),
            dict(table.partition_keys),
            table.location,
            _generation(newest, objects[newest.location]) if newest else None,
        )
        for table, newest in zip(found, partitions, strict=True)
    }


def view(run: Run, zone: Zone, before: Mapping[str, TableState], spared: set[str]) -> View:
    """Look at a zone's tables again."""
    now = see(run, zone, spared, _newest_seen_by_all)
    recorded = {name: _as_it_is_now(run, zone, name, state, now.get(name)) for name, state in before.items()}
    differing = {
        name: generation
        for name, generation in recorded.items()
        if generation and (was := before[name].newest) and generation.objects != was.objects
    }
    return View(zone, before, now, recorded | _counted(run, zone, now, differing))


def changes(
    name: str, before: TableState, now: TableState | None, recorded: Generation | None
) -> Iterator[Change]:
    """What has happened to a table. `recorded`: the generation that was its newest before, as it is now."""
    if now is None:
        yield Change(name, Aspect.GONE, "is gone", "in the Data Catalog", "not there")
        return
    yield from _schema_changes(name, before, now)
    if before.newest:
        yield from _generation_changes(name, before.newest, recorded)
    newest = now.newest
    if newest and (before.newest is None or newest.values[::-1] > before.newest.values[::-1]):
        was = before.newest.name if before.newest else "none"
        yield Change(name, Aspect.NEWER, f"has the new generation {newest.name}", was, newest.name)


def digest(objects: Iterable[s3_objects.Object]) -> str:
    """Of the names and ETags of a generation's objects, in the order of their names; "" for none."""
    listed = [f"{item.key} {item.etag}" for item in objects]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()[:16] if listed else ""


def columns_added(before: TableState, now: TableState) -> set[str]:
    """The new columns where nothing else of the schema differs; none otherwise."""
    kept = {name: kind for name, kind in now.columns.items() if name in before.columns}
    only_added = not list(_schema_changes("", before, replace(now, columns=kept)))
    return set(now.columns) - set(before.columns) if only_added else set()


def _schema_changes(name: str, before: TableState, now: TableState) -> Iterator[Change]:
    for column in {**before.columns, **now.columns}:
        was, kind = before.columns.get(column, "not there"), now.columns.get(column, "not there")
        if was != kind:
            verb = (
                "has gained" if was == "not there" else "has lost" if kind == "not there" else "has changed"
            )
            yield Change(name, Aspect.SCHEMA, f"{verb} the column {column}", was, kind)
    if before.partition_keys != now.partition_keys:
        keys = [", ".join(state.partition_keys) or "none" for state in (before, now)]
        yield Change(name, Aspect.SCHEMA, "has other partition keys", *keys)
    if before.location.rstrip("/") != now.location.rstrip("/"):
        yield Change(name, Aspect.SCHEMA, "reads another folder", before.location, now.location)


def _generation_changes(name: str, before: Generation, now: Generation | None) -> Iterator[Change]:
    if now is None:
        what = f"no longer has the generation {before.name}"
        yield Change(name, Aspect.GENERATION, what, _told(before.rows), "not registered")
    elif now.objects != before.objects:
        lost = now.rows is not None and before.rows is not None and now.rows < before.rows
        what = f"{'has lost rows' if lost else 'has been written to'} in the generation {before.name}"
        yield Change(name, Aspect.GENERATION, what, _told(before.rows), _told(now.rows))


def _told(rows: int | None) -> str:
    return "rows not known" if rows is None else f"{rows} row{'' if rows == 1 else 's'}"


# -- what there is


def newest_partition(run: Run, table: CatalogTable) -> Partition | None:
    """A table's newest; a table without partitions is one itself."""
    return next(iter(_newest(run, table, 1, columns=False)), None)


def _newest_seen_by_all(run: Run, table: CatalogTable) -> Partition | None:
    """The same at a run's end, where the columns of parsed tables' last two generations are compared too."""
    parsed = {PARSE.catalog_table(each): each for each in run.platform.base.lists.all}
    if table.database != run.environment.database(PARSE.zone) or table.name not in parsed:
        return newest_partition(run, table)
    found = _newest(run, table, 2, columns=True)
    if table.partition_keys:
        run.looks.keep(("newest", PARSE, 2), parsed[table.name], found)
    return next(iter(found), None)


def _newest(run: Run, table: CatalogTable, count: int, *, columns: bool) -> list[Partition]:
    if not table.location.startswith("s3://"):
        return []
    if not table.partition_keys:
        return [Partition((), table.location, {})]
    *_, (key, kind) = table.partition_keys.items()
    since = f"{run.day - timedelta(days=RECENT_DAYS):%Y%m%d}"
    recent = f"{key} >= '{since}'" if kind == "string" and key.endswith("_date") else ""
    return run.catalog.newest(table.database, table.name, count, recent, columns=columns)


def _generation(partition: Partition, objects: Iterable[s3_objects.Object]) -> Generation:
    return Generation(partition.values, partition.location, digest(objects), partition.rows)


def _as_it_is_now(
    run: Run, zone: Zone, name: str, before: TableState, now: TableState | None
) -> Generation | None:
    """The generation that was a table's newest; None where it is no longer registered."""
    was, newest = before.newest, now.newest if now else None
    if was is None or now is None or (newest and newest.values == was.values):
        return newest
    partition = run.catalog.partition(run.environment.database(zone), name, was.values)
    return _generation(partition, s3_objects.objects_at(run.aws, partition.location)) if partition else None


def _counted(
    run: Run, zone: Zone, tables: Mapping[str, TableState], generations: Mapping[str, Generation]
) -> dict[str, Generation]:
    """The generations with their rows as Athena counts them; None where it cannot."""
    database = run.environment.database(zone)
    started = {
        name: ask(run.athena, row_count(database, name, _partition(tables[name], generation)))
        for name, generation in generations.items()
        if _countable(name, tables[name])
    }
    rows: dict[str, int] = {}
    for name, query in started.items():
        try:
            rows[name] = query.answer().value
        except QueryFailed as failed:
            if not failed.data_is_unreadable:
                raise
    return {name: replace(generation, rows=rows.get(name)) for name, generation in generations.items()}


def _partition(table: TableState, generation: Generation) -> dict[str, str]:
    return dict(zip(table.partition_keys, generation.values, strict=True))


def _countable(name: str, table: TableState) -> bool:
    plain = all(PLAIN_NAME.fullmatch(word) for word in (name, *table.partition_keys))
    return plain and set(table.partition_keys.values()) <= {"string"}
