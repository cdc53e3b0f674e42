"""What the tables not under test were like before a release, as far as AWS itself still tells.

Glue keeps the versions of a table's description, and of a partition when it was registered, how many objects it had
and which columns; S3 keeps when an object was written. So every machine finds it, and nothing has to be written in
production beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from acceptance.aws import parallel, s3_objects
from acceptance.aws.glue_catalog import CatalogTable, Partition
from acceptance.environments import Zone
from acceptance.other_tables.state import RECENT_DAYS, names_under_test
from acceptance.pipeline import STAGES, Stage
from acceptance.run.run import Run


@dataclass(frozen=True)
class Since:
    """A table of the catalog before the release, and now."""

    name: str
    stage: Stage | None  # that writes it; None for a table that no stage does
    resource: str
    before: CatalogTable | None  # its description then; None where Glue keeps none of that time
    now: CatalogTable
    last: Partition | None  # the newest generation from before; None: it had none in the last days
    newest: Partition | None  # the newest now; both with their columns where they are not the same
    objects: tuple[s3_objects.Object, ...] = ()  # in the folder of `last`

    @property
    def had_a_night(self) -> bool:
        """Whether the release's first night, or a later one, has left a generation."""
        return bool(self.newest and (not self.last or self.newest.values != self.last.values))


@dataclass(frozen=True)
class Comparable:
    """A zone's tables since the release. `gone`: those of the pipeline that had data, and are not in the catalog."""

    zone: Zone
    moment: datetime
    tables: tuple[Since, ...]
    gone: tuple[str, ...]


def look(run: Run, zone: Zone, moment: datetime) -> Comparable:
    """All tables of a zone's database but those under test; `moment`: of the release."""
    database, spared = run.environment.database(zone), names_under_test(zone, run.tables)
    there = [table for table in run.catalog.tables(database) if table.name not in spared]
    expected = dict(_expected(run, zone))
    known = [
        table for table in there if table.created is None or table.created <= moment or table.name in expected
    ]
    found = parallel.each(partial(_since, run, moment, expected), known)
    placed = [each.last.location for each in found if each.last]
    objects = s3_objects.objects_at_each(run.aws, placed)
    tables = [
        Since(**{**vars(each), "objects": tuple(objects[each.last.location]) if each.last else ()})
        for each in found
    ]
    missing = set(expected) - {table.name for table in there}
    gone = [name for name in sorted(missing) if _had_data(run, *expected[name], moment)]
    return Comparable(zone, moment, tuple(tables), tuple(gone))


def _expected(run: Run, zone: Zone) -> Iterator[tuple[str, tuple[Stage, str]]]:
    """By name, the tables of the catalog that main's lists made before the release."""
    for table in run.platform.before.lists.all:
        for stage in STAGES.values():
            if stage.zone is zone and table not in run.tables:
                yield stage.catalog_table(table), (stage, table)


def _had_data(run: Run, stage: Stage, table: str, moment: datetime) -> bool:
    items = s3_objects.objects(run.aws, run.environment.bucket(stage.zone), stage.prefix(table))
    return any(item.modified <= moment for item in items)


def _since(
    run: Run, moment: datetime, expected: Mapping[str, tuple[Stage, str]], table: CatalogTable
) -> Since:
    stage, resource = expected.get(table.name, (None, table.name))
    last, newest = _generations(run, table, moment)
    return Since(table.name, stage, resource, _description(run, table, moment), table, last, newest)


def _description(run: Run, table: CatalogTable, moment: datetime) -> CatalogTable | None:
    """The version that was the present one at the release."""
    if table.updated and table.updated <= moment:
        return table
    kept = run.catalog.versions(table.database, table.name)
    return next((each.table for each in kept if each.updated <= moment), None)


def _generations(
    run: Run, table: CatalogTable, moment: datetime
) -> tuple[Partition | None, Partition | None]:
    """The newest generation of before the release, and the newest now."""
    if not table.partition_keys or not table.location.startswith("s3://"):
        return None, None
    *_, (key, kind) = table.partition_keys.items()
    if kind != "string" or not key.endswith("_date"):
        return None, None
    since = f"{moment - timedelta(days=RECENT_DAYS):%Y%m%d}"
    found = run.catalog.partitions(
        table.database, table.name, Expression=f"{key} >= '{since}'", ExcludeColumnSchema=True
    )
    found.sort(key=lambda each: each.values[-1])
    before = [each for each in found if _was_there(each, moment)]
    if found == before:  # nothing new to compare with
        return (found[-1], found[-1]) if found else (None, None)
    return _whole(run, table, before[-1:]), _whole(run, table, found[-1:])


def _was_there(partition: Partition, moment: datetime) -> bool:
    """A generation of the release's own day may be of the night before it, or of the one after it."""
    day = f"{moment:%Y%m%d}"
    name = partition.values[-1]
    return name < day or (name == day and bool(partition.created and partition.created <= moment))


def _whole(run: Run, table: CatalogTable, found: Iterable[Partition]) -> Partition | None:
    """One of the partitions, with its columns."""
    wanted = next(iter(found), None)
    return run.catalog.partition(table.database, table.name, wanted.values) if wanted else None
