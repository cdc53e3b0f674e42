"""Catalog entries as a crawler makes them for Parquet: what goes into CreateTable and BatchCreatePartition.

https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.parquet import common_type

Columns = dict[str, str]  # name → Glue type, in order

_PARQUET: dict[str, Any] = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
    "Compressed": False,
    "NumberOfBuckets": -1,
    "BucketColumns": [],
    "SortColumns": [],
    "StoredAsSubDirectories": False,
}


@dataclass(frozen=True)
class Contents:
    """What is in a folder: its columns and how much there is."""

    columns: Columns
    objects: int
    rows: int
    size: int  # bytes
    repeated: frozenset[str] = frozenset()  # columns that a file has twice but for their capitals

    @property
    def parameters(self) -> dict[str, str]:
        return {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "averageRecordSize": str(self.size // self.rows if self.rows else 0),
            "classification": "parquet",
            "compressionType": "none",
            "objectCount": str(self.objects),
            "recordCount": str(self.rows),
            "sizeKey": str(self.size),
            "typeOfData": "file",
        }


def table_input(
    name: str, location: str, keys: Iterable[str], contents: Contents, crawler: str
) -> dict[str, Any]:
    """TableInput; partition keys are strings, `location` ends with a slash."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Owner": "owner",
        "Retention": 0,
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "Parameters": {**contents.parameters, "UPDATED_BY_CRAWLER": crawler},
        "StorageDescriptor": storage_descriptor(location, contents),
    }


def partition_input(values: list[str], location: str, contents: Contents) -> dict[str, Any]:
    """PartitionInput, with the schema of the partition itself."""
    return {
        "Values": values,
        "Parameters": contents.parameters,
        "StorageDescriptor": storage_descriptor(location, contents),
    }


def storage_descriptor(location: str, contents: Contents) -> dict[str, Any]:
    """A column that is there twice, or is a partition key too, is registered twice, and Athena refuses the table.

    https://repost.aws/knowledge-center/athena-hive-invalid-metadata-duplicate
    """
    columns = [
        {"Name": name, "Type": type_}
        for name, type_ in contents.columns.items()
        for _ in range(2 if name in contents.repeated else 1)
    ]
    return {**_PARQUET, "Columns": columns, "Location": location, "Parameters": contents.parameters}


def table_name(prefix: str, folder: str) -> str:
    """Lower case, anything but letters, digits and underscores replaced by an underscore."""
    return re.sub(r"[^a-z0-9_]", "_", (prefix + folder).lower())


def merged(schemas: Iterable[Iterable[tuple[str, str]]]) -> Columns:
    """All columns in the order met; a type that differs becomes the common one."""
    columns: Columns = {}
    for schema in schemas:
        for name, type_ in schema:
            columns[name] = common_type(columns.get(name, type_), type_)
    return columns
