"""The Data Catalog as Athena reads it: tables, their partitions, and what is wrong with their descriptions.

https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sandbox.athena.results import QueryError
from sandbox.athena.types import parse

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""The value that Hive writes for NULL."""

_PRIMITIVE = (
    r"string|tinyint|smallint|int|integer|bigint|double|float|boolean|timestamp|date|binary|"
    r"decimal(\(\d+,\s*\d+\))?|(var)?char\(\d+\)"
)
_NESTED = r"(array|map|struct|uniontype)<.+>"
_ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "smallint": pa.int16(),
    "tinyint": pa.int8(),
    "double": pa.float64(),
    "float": pa.float32(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "binary": pa.binary(),
}


@dataclass(frozen=True)
class Partition:
    values: tuple[str, ...]
    location: str
    columns: Mapping[str, str]
    serde: str


@dataclass(frozen=True)
class Table:
    """A catalog table: names and Glue types of its columns and partition keys, and what else readers go by."""

    database: str
    name: str
    location: str
    columns: Mapping[str, str]
    keys: Mapping[str, str]
    serde: str
    kind: str
    parameters: Mapping[str, str]
    repeated: bool  # whether a name stands twice among columns and keys

    def check(self) -> None:
        """Raises `QueryError` for a table that Athena would not read, in its words, or that the sandbox does not.

        As Trino 440 with Hive answers; of names given twice see also
        https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html ("HIVE_INVALID_METADATA").
        """
        invalid = "HIVE_INVALID_METADATA: "
        for name, kind in self.columns.items():
            if not re.fullmatch(f"{_PRIMITIVE}|{_NESTED}", kind):
                raise QueryError(
                    f"{invalid}Glue table '{self.database}.{self.name}' column '{name}' has invalid data type: {kind}"
                )
        for what in ("view", "Iceberg table", "Delta Lake table"):
            if what in self._other_kinds():
                raise QueryError(f"NOT_SUPPORTED: the sandbox reads no {what}: {self.database}.{self.name}")
        if self.repeated:
            raise QueryError(
                f"{invalid}Hive metadata for table {self.name} is invalid: Table descriptor contains duplicate columns"
            )
        if not self.serde:
            raise QueryError(f"{invalid}SerDe is not present in StorageFormat")
        check_format(self.serde, f"{self.database}.{self.name}")
        if self.parameters.get("projection.enabled", "").lower() == "true" and self.keys:
            self._refuse_projection()

    def _other_kinds(self) -> set[str]:
        format = self.parameters.get("table_type", "").lower()
        provider = self.parameters.get("spark.sql.sources.provider", "").lower()
        return {
            *(["view"] if self.kind == "VIRTUAL_VIEW" else []),
            *(["Iceberg table"] if format == "iceberg" else []),
            *(["Delta Lake table"] if "delta" in (format, provider) else []),
        }

    def _refuse_projection(self) -> None:
        """https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html"""
        for key in self.keys:
            if f"projection.{key}.type" not in self.parameters:
                raise QueryError(
                    f"INVALID_COLUMN_PROPERTY: Column projection for column '{key}' failed. "
                    "Projection type property missing"
                )
        raise QueryError(
            f"NOT_SUPPORTED: the sandbox does no partition projection: {self.database}.{self.name}"
        )

    def key_values(self, partition: Partition) -> dict[str, Any]:
        """A partition's, as its keys' types have them; raises `QueryError` for one that is no value of its type."""
        found: dict[str, Any] = {}
        for (key, kind), value in zip(self.keys.items(), partition.values, strict=True):
            try:
                text = pa.scalar(None if value == NULL_PARTITION else value, pa.string())
                found[key] = text.cast(arrow_type(kind)).as_py()
            except pa.ArrowInvalid:
                raise QueryError(
                    f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{value}' for "
                    f"{str(parse(kind)).upper()} partition key: {key}={value}"
                ) from None
        return found


class Catalog:
    """Looks into the Data Catalog, once a table and query."""

    def __init__(self, glue: Any) -> None:
        self.glue = glue

    def databases(self) -> list[str]:
        pages = self.glue.get_paginator("get_databases").paginate()
        return sorted(each["Name"] for page in pages for each in page["DatabaseList"])

    def tables(self, database: str) -> list[Table]:
        pages = self.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return sorted(
            (_table(raw) for page in pages for raw in page["TableList"]), key=lambda table: table.name
        )

    def table(self, database: str, name: str) -> Table | None:
        try:
            return _table(self.glue.get_table(DatabaseName=database, Name=name)["Table"])
        except self.glue.exceptions.EntityNotFoundException:
            return None

    def partitions(self, table: Table) -> list[Partition]:
        if not table.keys:
            return [Partition((), table.location, table.columns, table.serde)]
        pages = self.glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name
        )
        return [_partition(raw, table) for page in pages for raw in page["Partitions"]]


def check_format(serde: str, place: str) -> None:
    """Athena reads many formats, the sandbox Parquet alone.

    https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
    """
    if "parquet" not in serde.lower():
        raise QueryError(f"NOT_SUPPORTED: the sandbox reads Parquet alone: {place} has the SerDe {serde}")


def arrow_type(kind: str) -> Any:
    """The Arrow type of a Glue type; raises `QueryError` for one that the sandbox does not read."""
    if found := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return pa.decimal128(int(found[1]), int(found[2]))
    if kind.startswith("varchar"):
        return pa.string()
    if kind not in _ARROW:
        raise QueryError(f"NOT_SUPPORTED: the sandbox reads no columns of type {kind}")
    return _ARROW[kind]


def _table(raw: Mapping[str, Any]) -> Table:
    storage = raw.get("StorageDescriptor", {})
    columns, keys = storage.get("Columns", []), raw.get("PartitionKeys", [])
    names = [each["Name"].lower() for each in (*columns, *keys)]
    return Table(
        raw["DatabaseName"],
        raw["Name"],
        storage.get("Location", ""),
        _columns(columns),
        _columns(keys),
        _serde(storage),
        raw.get("TableType", ""),
        raw.get("Parameters", {}),
        len(names) > len(set(names)),
    )


def _partition(raw: Mapping[str, Any], table: Table) -> Partition:
    storage = raw.get("StorageDescriptor", {})
    return Partition(
        tuple(raw["Values"]),
        storage.get("Location", ""),
        _columns(storage.get("Columns", [])),
        _serde(storage) or table.serde,
    )


def _serde(storage: Mapping[str, Any]) -> str:
    return str(storage.get("SerdeInfo", {}).get("SerializationLibrary", ""))


def _columns(raw: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    kinds = {column["Name"].lower(): column.get("Type", "string").lower() for column in raw}
    return {name: "int" if kind == "integer" else kind for name, kind in kinds.items()}
