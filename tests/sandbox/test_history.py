"""The past days' data: what the pipeline's runs would have left, and what its crawls would have made of it."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest

from sandbox.history import History, PastTable
from sandbox.parquet import glue_type
from sandbox.past_runs import build
from sandbox.tascomi.records import records
from sandbox.tascomi.resources import column_type_dictionary, deployed, resources
from tests.sandbox.pipeline import Clients, crawl

TODAY = date(2026, 3, 3)
OLDEST, YESTERDAY = "20260228", "20260302"
IMPORTED = ["import_year", "import_month", "import_day", "import_date"]
pytestmark = pytest.mark.xdist_group("history")  # the data are made once
BY_DEPLOYED = pytest.mark.parametrize("resource", [resource.name for resource in deployed()])

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def past() -> History:
    return build(TODAY)


def stages_of(past: History, resource: str) -> list[PastTable]:
    """API responses, parsed, increment, snapshot."""
    return [table for table in past.tables if table.resource == resource]


def rows(table: PastTable) -> Rows:
    """All rows, partition columns included."""
    return [
        row | partition.values
        for partition in table.partitions
        for row in pq.ParquetFile(io.BytesIO(partition.body)).read().to_pylist()
    ]


def test_tables_are_those_that_were_there_before(past: History) -> None:
    names = [resource.name for resource in deployed()]
    assert [table.name for table in past.tables] == [
        prefix + name for name in names for prefix in ("api_response_", "", "increment_", "")
    ]
    assert "enforcement_breaches" not in names


def test_daily_tables_have_three_days_weekly_tables_one_import(past: History) -> None:
    for table in past.tables:
        dates = [[*partition.values.values()][-1] for partition in table.partitions]
        found = resources()[table.resource]
        daily = found.schedule == "daily" and not found.quiet
        whole = daily or "snapshot_date" in table.partitions[0].values
        assert dates == ([OLDEST, "20260301", YESTERDAY] if whole else [OLDEST]), table.location


@BY_DEPLOYED
def test_stages_follow_from_each_other(past: History, resource: str) -> None:
    responses, parsed, increments, snapshots = (rows(table) for table in stages_of(past, resource))
    assert {row["import_api_status_code"] for row in responses} == {"200"}
    assert parsed == [without(row, resource) | json.loads(row[resource]) for row in responses]
    assert [row["id"] for row in increments] == [typed(resource, row["id"]) for row in parsed]
    assert [nulls(row) for row in increments] == [nulls(row) for row in parsed]  # no value is lost
    newest = [without(row, *SNAPSHOT) for row in snapshots if row["snapshot_date"] == YESTERDAY]
    assert by_id(newest) == by_id(increments)  # a later increment's row replaces the earlier


SNAPSHOT = ["snapshot_year", "snapshot_month", "snapshot_day", "snapshot_date"]


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def nulls(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is None}


def by_id(found: Rows) -> dict[Any, dict[str, Any]]:
    return {row["id"]: row for row in found}


def typed(resource: str, number: str) -> str | int:
    return int(number) if resources()[resource].in_dictionary else number


@BY_DEPLOYED
def test_columns_have_the_dictionary_s_types(past: History, resource: str) -> None:
    names = {"integer": "int", "long": "bigint", "float": "double"}
    wanted = {
        column: names.get(kind, kind)
        for kind, tables in column_type_dictionary().items()
        for column in tables.get(resource, [])
    }
    *_, increments, snapshots = stages_of(past, resource)
    for table in (increments, snapshots):
        found = table.contents.columns
        assert {name: found[name] for name in resources()[resource].columns} == {
            name: wanted.get(name, "string") for name in resources()[resource].columns
        }
    assert [*snapshots.contents.columns] == [*increments.contents.columns, *IMPORTED]


def test_imports_of_a_day_are_the_updates_of_the_day_before(past: History) -> None:
    responses = rows(stages_of(past, "appeals")[0])
    first = [json.loads(row["appeals"]) for row in responses if row["import_date"] == OLDEST]
    last = [json.loads(row["appeals"]) for row in responses if row["import_date"] == YESTERDAY]
    shown = records("appeals", date(2026, 2, 28))
    assert first == [record for record in shown if str(record["last_updated"])[:10] < "2026-02-28"]
    assert last == list(records("appeals", date(2026, 3, 2), updated=date(2026, 3, 1)))


def test_schemas_are_those_of_the_files(past: History) -> None:
    for table in past.tables:
        for partition in table.partitions:
            file = pq.ParquetFile(io.BytesIO(partition.body))
            found = tuple((field.name, glue_type(field.type)) for field in file.schema_arrow)
            assert (partition.schema.columns, partition.schema.rows) == (found, file.metadata.num_rows)


def test_bookmarks_hold_what_each_job_has_read(past: History) -> None:
    appeals = stages_of(past, "appeals")
    read = [past.bookmarks[f"stg tascomi_{job}_planning"]["appeals"] for job in READERS]
    written = [
        [f"s3://{table.bucket}/{each.key}@{each.etag}" for each in table.partitions] for table in appeals[:3]
    ]
    assert read == written


READERS = ("parse_tables_increments", "recast_tables_increments", "create_daily_snapshot")


def test_a_crawl_of_it_changes_nothing(clients: Clients) -> None:
    crawler = "tascomi-recast-tables-increments-planning"
    glue = clients("glue")
    database = glue.get_crawler(Name=crawler)["Crawler"]["DatabaseName"]
    before = catalog(glue, database)
    crawl(clients, crawler)
    assert catalog(glue, database) == before
    assert len(before) == len(deployed())


def catalog(glue: Any, database: str) -> dict[str, Any]:
    """The increments of the tables that were there, by name, with their partitions; without times and versions."""
    tables = [
        glue.get_table(DatabaseName=database, Name=f"increment_{each.name}")["Table"] for each in deployed()
    ]
    return {table["Name"]: (kept(table), partitions(glue, database, table["Name"])) for table in tables}


def partitions(glue: Any, database: str, table: str) -> list[Any]:
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=table)
    return [kept(partition) for partition in pages.build_full_result()["Partitions"]]


def kept(entry: dict[str, Any]) -> dict[str, Any]:
    names = (
        "Name",
        "Values",
        "TableType",
        "Owner",
        "Retention",
        "PartitionKeys",
        "Parameters",
        "StorageDescriptor",
    )
    return {name: entry[name] for name in names if name in entry}
