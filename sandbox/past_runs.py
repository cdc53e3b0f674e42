"""The pipeline's runs of the last days, made by the job scripts' own functions.

For each table and day, the records that the API would have shown go through ingestion, parsing, recasting and the
snapshot. `sandbox.history.Building` has them made in a process of their own.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox import arrow
from sandbox.deployment import PRE_PRODUCTION, Names, stages
from sandbox.history import History, Partition, PastTable
from sandbox.parquet import Schema, glue_type
from sandbox.repository import FILES
from sandbox.tascomi.api import RESULTS_PER_PAGE
from sandbox.tascomi.records import records
from sandbox.tascomi.resources import Dictionary, Resource, column_type_dictionary, deployed

DAYS = 3
"""The oldest day has a full load, of weekly tables the only one; yesterday is the newest."""
RUN_AT = time(2, 0, tzinfo=UTC)
API_URL = "https://hackney-planning.tascomi.com/rest/v1"


def build(today: date, names: Names = PRE_PRODUCTION) -> History:
    """All that the runs of the last days left, yesterday's the newest."""
    arrow.prepare()
    days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
    dictionary = column_type_dictionary()
    tables = [table for resource in deployed() for table in _runs(resource, dictionary, days, names)]
    return History(tables, _bookmarks(tables, names))


def _runs(resource: Resource, dictionary: Dictionary, days: list[date], names: Names) -> Iterator[PastTable]:
    """The four stages' tables of one resource after the days' runs."""
    helpers, parsing, recasting, snapshots = (
        job_script("helpers/helpers"),
        job_script("jobs/planning/tascomi_parse_tables_increments"),
        job_script("jobs/planning/tascomi_recast_tables_increments"),
        job_script("jobs/planning/tascomi_create_daily_snapshot"),
    )
    types = recasting.column_types_of(resource.name, dictionary)
    responses, parsed, increments, snapshot = (PastTable(stage, resource.name) for stage in stages(names))
    current = None
    importing = days if resource.schedule == "daily" else days[:1]
    for day in days:
        imported = helpers.partition_values(helpers.IMPORT_PARTITIONS, day)
        response = _ingest(resource.name, day, full_load=day == days[0]) if day in importing else None
        if response:
            _add(responses, response, imported)
            parsed_rows = parsing.parse(response, resource.name)
            _add(parsed, parsed_rows, imported)
            increment = recasting.recast(parsed_rows, types)
            _add(increments, increment, imported)
            increment = helpers.with_constants(increment, imported)
            current = (
                snapshots.update(current, increment) if current else snapshots.latest_versions(increment)
            )
        _add(
            snapshot, current, helpers.partition_values(helpers.SNAPSHOT_PARTITIONS, day), again=not response
        )
    yield from (responses, parsed, increments, snapshot)


def _ingest(resource: str, day: date, full_load: bool) -> Any:
    """What the ingestion of that day wrote, an Arrow table; None when it wrote nothing."""
    ingestion = job_script("jobs/planning/tascomi_api_ingestion")
    updated = None if full_load else day - timedelta(days=1)
    found = records(resource, day, updated)
    rows = []
    for number, start in enumerate(range(0, len(found), RESULTS_PER_PAGE), 1):
        url = f"{API_URL}/{resource}?page={number}" + (f"&last_updated={updated}" if updated else "")
        body = json.dumps(found[start : start + RESULTS_PER_PAGE])
        rows += ingestion.rows_of_page(resource, number, url, 200, body, datetime.combine(day, RUN_AT))
    return ingestion.to_table(resource, rows) if rows else None


def _add(table: PastTable, rows: Any, values: Mapping[str, str], again: bool = False) -> None:
    """A partition more, of an Arrow table; `again`: the one before has the same rows."""
    folder = table.location + "".join(f"{key}={value}/" for key, value in values.items())
    key = f"{folder}part-00000-{uuid5(NAMESPACE_URL, folder)}.snappy.parquet".split("/", 3)[3]
    if again:
        body, schema = table.partitions[-1].body, table.partitions[-1].schema
    else:
        body = job_script("helpers/helpers").to_parquet(rows)
        schema = Schema(tuple((column.name, glue_type(column.type)) for column in rows.schema), len(rows))
    table.partitions.append(Partition(dict(values), key, body, schema))


def _bookmarks(tables: list[PastTable], names: Names) -> dict[str, dict[str, list[str]]]:
    """Each stage but the first has read all that the stage before it has written."""
    readers = {writer.crawler: reader.job for writer, reader in pairwise(stages(names))}
    bookmarks: dict[str, dict[str, list[str]]] = {job: {} for job in readers.values()}
    for table in tables:
        if table.stage.crawler in readers:
            bookmarks[readers[table.stage.crawler]][table.resource] = [
                f"s3://{table.bucket}/{each.key}@{each.etag}" for each in table.partitions
            ]
    return bookmarks


@cache
def job_script(path: str) -> ModuleType:
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
