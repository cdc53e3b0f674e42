"""The data and descriptions of a deployment's tables, to be tampered with through AWS's own protocol."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import Stage
from tests.playing import Deployment
from tests.sandbox.pipeline import crawl, run_job

LOCAL = ENVIRONMENTS["local"]

Description = dict[str, Any]
Rows = Callable[[pa.Table], pa.Table]


class Account:
    """The tables of a deployment, at each stage. `today` is the day on which this was made."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.today = datetime.now(UTC).date()

    @cached_property
    def glue(self) -> Any:
        return self.deployment.client("glue")

    @cached_property
    def s3(self) -> Any:
        return self.deployment.client("s3")

    def crawl(self, stage: Stage) -> None:
        crawl(self.deployment.client, stage.crawler)

    def run_deployed(self, stage: Stage, table: str) -> None:
        """Run the deployed job for a table and crawl what it has written."""
        job = f"stg {stage.job}_planning"
        done = run_job(self.deployment.client, job, {stage.tables_argument: table})
        assert done.state == "SUCCEEDED", done
        self.crawl(stage)

    # -- files

    def keys(self, stage: Stage, table: str, back: int = 0) -> list[str]:
        """Keys of the objects in the newest partition of a table, or in one further back."""
        bucket = LOCAL.bucket(stage.zone)
        location = self.partitions(stage, table)[back]["StorageDescriptor"]["Location"]
        prefix = location.removeprefix(f"s3://{bucket}/")
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def read(self, stage: Stage, key: str) -> pa.Table:
        body = self.s3.get_object(Bucket=LOCAL.bucket(stage.zone), Key=key)["Body"].read()
        return pq.ParquetFile(io.BytesIO(body)).read()

    def write(self, stage: Stage, key: str, rows: pa.Table, **options: bool) -> None:
        """`options`: PyArrow's of write_table."""
        buffer = io.BytesIO()
        pq.write_table(rows, buffer, **options)
        self.s3.put_object(Bucket=LOCAL.bucket(stage.zone), Key=key, Body=buffer.getvalue())

    def rewrite(self, stage: Stage, table: str, change: Rows) -> None:
        """Write the newest partition's one object anew with other rows or types."""
        (key,) = self.keys(stage, table)
        self.write(stage, key, change(self.read(stage, key)))

    def remove(self, stage: Stage, keys: Iterable[str]) -> None:
        for key in keys:
            self.s3.delete_object(Bucket=LOCAL.bucket(stage.zone), Key=key)

    def add_folder(self, stage: Stage, table: str, day: date, change: Rows = lambda rows: rows) -> None:
        """Put the newest partition's rows, changed, into a day's folder, which no crawl has registered yet."""
        key, *_ = self.keys(stage, table)
        name = key.rsplit("/", 1)[-1]
        self.write(stage, stage.partition_prefix(table, day) + name, change(self.read(stage, key)))

    # -- the catalog

    def names(self, stage: Stage, table: str) -> dict[str, str]:
        """What calls about a table's partitions take."""
        return {"DatabaseName": LOCAL.database(stage.zone), "TableName": stage.catalog_table(table)}

    def described(self, stage: Stage, table: str) -> Description:
        database, name = self.names(stage, table).values()
        found: Description = self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        return found

    def columns(self, stage: Stage, table: str) -> dict[str, str]:
        return {each["Name"]: each["Type"] for each in columns_of(self.described(stage, table))}

    def change_table(self, stage: Stage, table: str, change: Callable[[Description], None]) -> None:
        """Change a table's description in place."""
        described = self.described(stage, table)
        taken = ("Name", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
        wanted = {name: described[name] for name in taken}
        change(wanted)
        self.glue.update_table(DatabaseName=LOCAL.database(stage.zone), TableInput=wanted)

    def copy_table(self, stage: Stage, table: str, suffix: str) -> str:
        """Describe a table once more under another name, in the same folder; that name."""
        described = self.described(stage, table)
        taken = ("TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
        wanted = {name: described[name] for name in taken} | {"Name": described["Name"] + suffix}
        self.glue.create_table(DatabaseName=LOCAL.database(stage.zone), TableInput=wanted)
        return str(wanted["Name"])

    def delete_table(self, stage: Stage, table: str) -> None:
        database, name = self.names(stage, table).values()
        self.glue.delete_table(DatabaseName=database, Name=name)

    def partitions(self, stage: Stage, table: str) -> list[Description]:
        """The newest first."""
        found = self.glue.get_partitions(**self.names(stage, table))["Partitions"]
        return sorted(found, key=lambda partition: str(partition["Values"][-1]), reverse=True)

    def add_partition(
        self, stage: Stage, table: str, day: date, columns: dict[str, str] | None = None
    ) -> None:
        """Register a day's folder as the newest is registered, or with other columns."""
        storage = self.partitions(stage, table)[0]["StorageDescriptor"]
        storage["Location"] = f"s3://{LOCAL.bucket(stage.zone)}/{stage.partition_prefix(table, day)}"
        if columns is not None:
            storage["Columns"] = as_listed(columns)
        given = {"Values": list(stage.partition_values(day)), "StorageDescriptor": storage}
        self.glue.create_partition(**self.names(stage, table), PartitionInput=given)

    def change_partition(self, stage: Stage, table: str, change: Callable[[Description], None]) -> None:
        """Change the description of today's partition in place."""
        values, names = list(stage.partition_values(self.today)), self.names(stage, table)
        found = self.glue.get_partition(**names, PartitionValues=values)["Partition"]
        wanted = {name: found[name] for name in ("Values", "Parameters", "StorageDescriptor")}
        change(wanted)
        self.glue.update_partition(**names, PartitionValueList=values, PartitionInput=wanted)

    def drop_partitions(self, stage: Stage, table: str, newest: int | None = None) -> None:
        """The newest ones, or all."""
        for partition in self.partitions(stage, table)[:newest]:
            self.glue.delete_partition(**self.names(stage, table), PartitionValues=partition["Values"])


# -- changes of a description


def columns_of(description: Description) -> list[dict[str, str]]:
    """The columns of a table's or partition's description, to be changed in place."""
    columns: list[dict[str, str]] = description["StorageDescriptor"]["Columns"]
    return columns


def as_listed(columns: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns.items()]


def retype(column: str, kind: str) -> Callable[[Description], None]:
    """Change a column's type."""

    def change(description: Description) -> None:
        (found,) = [each for each in columns_of(description) if each["Name"] == column]
        found["Type"] = kind

    return change


def with_columns(columns: dict[str, str]) -> Callable[[Description], None]:
    """Put these columns in place of all."""
    return lambda description: description["StorageDescriptor"].update(Columns=as_listed(columns))


def add_column(column: str, kind: str) -> Callable[[Description], None]:
    return lambda description: columns_of(description).append({"Name": column, "Type": kind})
