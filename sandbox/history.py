"""What the pipeline left on the last days, for the tables that were there before.

The past runs are made by the job scripts' own functions: for each table and day, the records that the API would
have shown go through ingestion, parsing, recasting and the snapshot. `build` gives what is then in S3, in the
catalog and in the bookmarks, as plain data; `seed` puts it into an account.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import md5
from itertools import pairwise
from types import ModuleType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox import arrow
from sandbox.crawl_output import Contents, merged, partition_input, table_input
from sandbox.deployment import Stage, stages
from sandbox.parquet import Schema, glue_type
from sandbox.repository import FILES
from sandbox.tascomi.api import RESULTS_PER_PAGE
from sandbox.tascomi.records import records
from sandbox.tascomi.resources import Dictionary, Resource, column_type_dictionary, deployed

Put = Callable[[str, str, bytes], object]

DAYS = 3
"""The oldest day has a full load, of weekly tables the only one; yesterday is the newest."""
RUN_AT = time(2, 0, tzinfo=UTC)
API_URL = "https://hackney-planning.tascomi.com/rest/v1"


@dataclass(frozen=True)
class Partition:
    """One object in a partition's folder."""

    values: dict[str, str]
    """By partition key, in the keys' order."""
    key: str
    body: bytes
    schema: Schema

    @property
    def folder(self) -> str:
        return self.key.rpartition("/")[0] + "/"

    @property
    def etag(self) -> str:
        """As S3 has it for an object put plainly, without the quotation marks."""
        return md5(self.body, usedforsecurity=False).hexdigest()

    @property
    def contents(self) -> Contents:
        return Contents(dict(self.schema.columns), 1, self.schema.rows, len(self.body))


@dataclass
class PastTable:
    """A table of one stage, with what the days added to it."""

    stage: Stage
    resource: str
    partitions: list[Partition] = field(default_factory=list)

    @property
    def name(self) -> str:
        """In the catalog."""
        return self.stage.prefix + self.resource

    @property
    def location(self) -> str:
        return f"{self.stage.target}{self.resource}/"

    @property
    def bucket(self) -> str:
        return self.location.split("/")[2]

    @property
    def contents(self) -> Contents:
        parts = [partition.contents for partition in self.partitions]
        return Contents(
            merged(part.columns.items() for part in parts),
            len(parts),
            sum(part.rows for part in parts),
            sum(part.size for part in parts),
        )

    def add(self, table: Any, values: Mapping[str, str]) -> None:
        folder = self.location + "".join(f"{key}={value}/" for key, value in values.items())
        key = f"{folder}part-00000-{uuid5(NAMESPACE_URL, folder)}.snappy.parquet".split("/", 3)[3]
        body = _script("helpers/helpers").to_parquet(table)
        schema = Schema(tuple((column.name, glue_type(column.type)) for column in table.schema), len(table))
        self.partitions.append(Partition(dict(values), key, body, schema))


@dataclass(frozen=True)
class History:
    tables: list[PastTable]
    bookmarks: dict[str, dict[str, list[str]]]
    """By job name, as `awsglue.bookmark` keeps them."""


def build(today: date) -> History:
    """All that the runs of the last days left, yesterday's the newest."""
    arrow.prepare()
    days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
    dictionary = column_type_dictionary()
    tables = [table for resource in deployed() for table in _runs(resource, dictionary, days)]
    return History(tables, _bookmarks(tables))


def seed(clients: Callable[[str], Any], history: History, put: Put | None = None) -> None:
    """Put the objects into their buckets, and the tables into their databases as the crawlers would have.

    Buckets and databases must be there. `put(bucket, key, body)` may be a faster way than PutObject.
    """
    s3, glue = clients("s3"), clients("glue")
    put = put or (lambda bucket, key, body: s3.put_object(Bucket=bucket, Key=key, Body=body))
    for table in history.tables:
        for each in table.partitions:
            put(table.bucket, each.key, each.body)
        keys = table.partitions[0].values
        made = table_input(table.name, table.location, keys, table.contents, table.stage.crawler)
        glue.create_table(DatabaseName=table.stage.database, TableInput=made)
        partitions = [
            partition_input([*each.values.values()], f"s3://{table.bucket}/{each.folder}", each.contents)
            for each in table.partitions
        ]
        glue.batch_create_partition(
            DatabaseName=table.stage.database, TableName=table.name, PartitionInputList=partitions
        )


def _runs(resource: Resource, dictionary: Dictionary, days: list[date]) -> Iterator[PastTable]:
    """The four stages' tables of one resource after the days' runs."""
    helpers, parsing, recasting, snapshots = (
        _script("helpers/helpers"),
        _script("jobs/planning/tascomi_parse_tables_increments"),
        _script("jobs/planning/tascomi_recast_tables_increments"),
        _script("jobs/planning/tascomi_create_daily_snapshot"),
    )
    types = recasting.column_types_of(resource.name, dictionary)
    responses, parsed, increments, snapshot = (PastTable(stage, resource.name) for stage in stages())
    current = None
    importing = days if resource.schedule == "daily" else days[:1]
    for day in days:
        imported = helpers.partition_values(helpers.IMPORT_PARTITIONS, day)
        response = _ingest(resource.name, day, full_load=day == days[0]) if day in importing else None
        if response:
            responses.add(response, imported)
            parsed_rows = parsing.parse(response, resource.name)
            parsed.add(parsed_rows, imported)
            increment = recasting.recast(parsed_rows, types)
            increments.add(increment, imported)
            increment = helpers.with_constants(increment, imported)
            current = (
                snapshots.update(current, increment) if current else snapshots.latest_versions(increment)
            )
        snapshot.add(current, helpers.partition_values(helpers.SNAPSHOT_PARTITIONS, day))
    yield from (responses, parsed, increments, snapshot)


def _ingest(resource: str, day: date, full_load: bool) -> Any:
    """What the ingestion of that day wrote, an Arrow table; None when it wrote nothing."""
    ingestion = _script("jobs/planning/tascomi_api_ingestion")
    updated = None if full_load else day - timedelta(days=1)
    found = records(resource, day, updated)
    rows = []
    for number, start in enumerate(range(0, len(found), RESULTS_PER_PAGE), 1):
        url = f"{API_URL}/{resource}?page={number}" + (f"&last_updated={updated}" if updated else "")
        body = json.dumps(found[start : start + RESULTS_PER_PAGE])
        rows += ingestion.rows_of_page(resource, number, url, 200, body, datetime.combine(day, RUN_AT))
    return ingestion.to_table(resource, rows) if rows else None


def _bookmarks(tables: list[PastTable]) -> dict[str, dict[str, list[str]]]:
    """Each stage but the first has read all that the stage before it has written."""
    readers = {writer.crawler: reader.job for writer, reader in pairwise(stages())}
    bookmarks: dict[str, dict[str, list[str]]] = {job: {} for job in readers.values()}
    for table in tables:
        if table.stage.crawler in readers:
            bookmarks[readers[table.stage.crawler]][table.resource] = [
                f"s3://{table.bucket}/{each.key}@{each.etag}" for each in table.partitions
            ]
    return bookmarks


@cache
def _script(path: str) -> ModuleType:
    """A script of the sample repository as a module, with what it finds beside it in a job run."""
    beside = [str(FILES.parent / "runtime"), str(FILES / "scripts" / "helpers")]
    name = path.rpartition("/")[2]
    specification = importlib.util.spec_from_file_location(name, FILES / "scripts" / f"{path}.py")
    if specification is None or specification.loader is None:
        raise ImportError(f"No job script {path}")
    module = importlib.util.module_from_spec(specification)
    sys.path[:0] = beside
    try:
        specification.loader.exec_module(module)
    finally:
        del sys.path[: len(beside)]
    return module
