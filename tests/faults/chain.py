"""One deployment on which many small tables go through the whole pipeline, each broken at a place of its own.

A playbook run takes seconds, whether one table fails or thirty. So one run serves the faults of data and scripts, and
on what it leaves, further runs of single features serve those of the catalog, the crawlers and the job runs.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from acceptance.data_platform import DICTIONARY, SCRIPTS
from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from sandbox.deployment import SCRIPTS as SCRIPTS_BUCKET
from tests.faults.broken_scripts import break_ingestion, break_parse, break_recast, break_snapshot
from tests.faults.checkouts import PARSE_RULES, Checkout, Dictionary, type_columns
from tests.faults.seeded import HAS_YESTERDAY, TABLES, TODAY, TYPES, YESTERDAY, record

if TYPE_CHECKING:
    from tests.playing import Deployment, Played

LOCAL = ENVIRONMENTS["local"]
DEPLOYED = "scripts/planning/"  # in the bucket of scripts

SECTIONS = (
    "0-before-you-start",
    "1-api-ingestion",
    "2-parse-increments",
    "3-recast-increments",
    "4-daily-snapshot",
)


class Chain:
    """The deployment, the branch, and the tables in it."""

    def __init__(self, deployment: Deployment, checkout: Checkout) -> None:
        self.deployment, self.checkout = deployment, checkout
        self.glue, self.s3 = deployment.client("glue"), deployment.client("s3")

    def play(self, *arguments: str, tables: Iterable[str] = ()) -> Played:
        """Run the playbook and keep the test jobs, so that single features can follow."""
        return self.deployment.play(
            "-D",
            f"data_platform={self.checkout.folder}",
            "-D",
            "keep=true",
            *arguments,
            tables=",".join(tables or TABLES),
        )

    def play_steps(self, chosen: dict[str, str | None]) -> Played:
        """Run single features, step -> table (None: it has no tables), each for a table of its own."""
        tags = [f"@step-{step}" + (f" and @table.{table}" if table else "") for step, table in chosen.items()]
        wanted = " or ".join(f"({tag})" for tag in tags)
        return self.play(f"--tags={wanted}", tables=dict.fromkeys(filter(None, chosen.values())))

    # -- deployed code

    def change_deployed(self, name: str, change: Callable[[str], str]) -> None:
        place = {"Bucket": SCRIPTS_BUCKET, "Key": DEPLOYED + name}
        text = self.s3.get_object(**place)["Body"].read().decode()
        self.s3.put_object(**place, Body=change(text).encode())

    def change_deployed_dictionary(self, change: Callable[[Dictionary], None]) -> None:
        def changed(text: str) -> str:
            dictionary: Dictionary = json.loads(text)[0]
            change(dictionary)
            return json.dumps([dictionary])

        self.change_deployed(DICTIONARY.rsplit("/", 1)[-1], changed)

    # -- data

    def objects(self, stage: Stage, table: str) -> list[str]:
        """Keys of today's objects of a table."""
        bucket, prefix = LOCAL.bucket(stage.zone), stage.partition_prefix(table, TODAY)
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def remove_objects(self, stage: Stage, table: str) -> None:
        for key in self.objects(stage, table):
            self.s3.delete_object(Bucket=LOCAL.bucket(stage.zone), Key=key)

    def rewrite(self, stage: Stage, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
        """Write today's object of a table anew with other rows or types."""
        bucket, (key,) = LOCAL.bucket(stage.zone), self.objects(stage, table)
        self.put(bucket, key, change(self.read(bucket, key)))

    def read(self, bucket: str, key: str) -> pa.Table:
        return pq.ParquetFile(io.BytesIO(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())).read()

    def put(self, bucket: str, key: str, rows: pa.Table) -> None:
        buffer = io.BytesIO()
        pq.write_table(rows, buffer)
        self.s3.put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())

    # -- the catalog

    def change_table(self, stage: Stage, table: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a table's description in the catalog."""
        where = {"DatabaseName": LOCAL.database(stage.zone)}
        described = self.glue.get_table(**where, Name=stage.catalog_table(table))["Table"]
        names = ("Name", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
        wanted = {name: described[name] for name in names}
        change(wanted)
        self.glue.update_table(**where, TableInput=wanted)

    def delete_table(self, stage: Stage, table: str) -> None:
        self.glue.delete_table(DatabaseName=LOCAL.database(stage.zone), Name=stage.catalog_table(table))

    def add_folder(
        self, stage: Stage, table: str, day: date, change: Callable[[pa.Table], pa.Table] = lambda rows: rows
    ) -> None:
        """Put today's data of a table, changed, into another day's folder."""
        bucket, (key,) = LOCAL.bucket(stage.zone), self.objects(stage, table)
        name = key.rsplit("/", 1)[-1]
        self.put(bucket, stage.partition_prefix(table, day) + name, change(self.read(bucket, key)))

    def add_partition(self, stage: Stage, table: str, day: date) -> None:
        """Register another day's folder as today's is."""
        where = {"DatabaseName": LOCAL.database(stage.zone), "TableName": stage.catalog_table(table)}
        values = list(stage.partition_values(TODAY))
        storage = self.glue.get_partition(**where, PartitionValues=values)["Partition"]["StorageDescriptor"]
        location = f"s3://{LOCAL.bucket(stage.zone)}/{stage.partition_prefix(table, day)}"
        self.glue.create_partition(
            **where,
            PartitionInput={
                "Values": list(stage.partition_values(day)),
                "StorageDescriptor": storage | {"Location": location},
            },
        )

    def change_partition(self, stage: Stage, table: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the description of today's partition."""
        values = list(stage.partition_values(TODAY))
        where = {
            "DatabaseName": LOCAL.database(stage.zone),
            "TableName": stage.catalog_table(table),
        }
        found = self.glue.get_partition(**where, PartitionValues=values)["Partition"]
        wanted = {name: found[name] for name in ("Values", "Parameters", "StorageDescriptor")}
        change(wanted)
        self.glue.update_partition(**where, PartitionValueList=values, PartitionInput=wanted)

    def crawl(self, stage: Stage) -> None:
        self.glue.start_crawler(Name=stage.crawler)
        while self.glue.get_crawler(Name=stage.crawler)["Crawler"]["State"] != "READY":
            pass


def columns_of(description: dict[str, Any]) -> list[dict[str, str]]:
    """The columns of a table's or partition's description, to be changed in place."""
    columns: list[dict[str, str]] = description["StorageDescriptor"]["Columns"]
    return columns


def retype(column: str, kind: str) -> Callable[[dict[str, Any]], None]:
    """Change a column's type in a description."""

    def change(description: dict[str, Any]) -> None:
        (found,) = [each for each in columns_of(description) if each["Name"] == column]
        found["Type"] = kind

    return change


def seed_yesterdays_snapshot(chain: Chain, table: str) -> None:
    kinds = {column: kind for kind, columns in TYPES.items() for column in columns.split()}
    arrow = {
        "integer": pa.int32(),
        "long": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
        "date": pa.date32(),
    }
    rows: dict[str, pa.Array] = {
        column: pa.nulls(
            2, pa.int64() if kind == "bigint" else pa.timestamp("us") if kind == "timestamp" else pa.string()
        )
        for column, kind in API_RESPONSE_COLUMNS.items()
    }
    rows |= {column: pa.nulls(2, arrow.get(kinds.get(column, ""), pa.string())) for column in record(1)}
    rows |= {
        key: pa.array([value] * 2)
        for key, value in zip(RECAST.partition_keys, RECAST.partition_values(YESTERDAY), strict=True)
    }
    rows["id"] = pa.array([1, 99], pa.int32())
    rows["last_updated"] = pa.array(
        [datetime(2022, 1, day, tzinfo=UTC) for day in (1, 2)], pa.timestamp("us")
    )
    key = f"{SNAPSHOT.partition_prefix(table, YESTERDAY)}part-0.parquet"
    chain.put(LOCAL.bucket(SNAPSHOT.zone), key, pa.table(rows))


def make(deployment: Deployment, folder: Path) -> Chain:
    """Have the API serve the tables, the branch know them, and the scripts break what they are to break."""
    tables = TABLES
    checkout = Checkout.make(folder)
    checkout.add(tables)
    checkout.add_all_rules(tables)
    checkout.add_rules(PARSE, {"complete_by_text": PARSE_RULES | {"complete": "name"}})
    for stage, change in ((PARSE, break_parse), (SNAPSHOT, break_snapshot)):
        path = SCRIPTS + stage.script
        checkout.changed[path] = change(checkout.read(path))

    def type_all(dictionary: Dictionary) -> None:
        for table in tables:
            type_columns(dictionary, table, **TYPES)
        for table in ("odd_ids", "id_untyped"):
            type_columns(dictionary, table, integer="visits")
        type_columns(dictionary, "column_misspelt", timestamp="closde last_updated")

    def forget_old_dictionary(dictionary: Dictionary) -> None:
        for columns in dictionary.values():
            columns.pop("old_dictionary", None)

    checkout.change_dictionary(type_all)
    checkout.commit()
    chain = Chain(deployment, checkout)
    chain.change_deployed_dictionary(type_all)
    chain.change_deployed_dictionary(forget_old_dictionary)
    chain.change_deployed(INGESTION.script, break_ingestion)
    chain.change_deployed(RECAST.script, break_recast)
    for table in HAS_YESTERDAY:
        seed_yesterdays_snapshot(chain, table)
    chain.crawl(SNAPSHOT)
    deployment.box.api_faults([{"resource": table, "records": records} for table, records in tables.items()])
    return chain
