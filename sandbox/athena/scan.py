"""Catalog tables as Athena reads them: registered partitions alone, the catalog's types, objects kept by ETag.

Data that no crawl has registered stays invisible; a partition keeps the schema that it was crawled with.
https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
"""

from __future__ import annotations

import io
import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.athena.results import QueryError
from sandbox.parquet import glue_type

PATH = "$path"

_WIDER = {
    ("int", "bigint"),
    ("smallint", "int"),
    ("tinyint", "int"),
    ("smallint", "bigint"),
    ("float", "double"),
}
"""What a partition or file may have where the table has more (source: Trino's Hive connector, type coercion)."""

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


@dataclass(frozen=True)
class Table:
    """A catalog table: names and Glue types of its columns and partition keys."""

    database: str
    name: str
    location: str
    columns: Mapping[str, str]
    keys: Mapping[str, str]


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
            return [Partition((), table.location, table.columns)]
        pages = self.glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name
        )
        return [
            Partition(
                tuple(raw["Values"]),
                raw["StorageDescriptor"].get("Location", ""),
                _columns(raw["StorageDescriptor"].get("Columns", [])),
            )
            for page in pages
            for raw in page["Partitions"]
        ]


def _table(raw: Mapping[str, Any]) -> Table:
    storage = raw.get("StorageDescriptor", {})
    return Table(
        raw["DatabaseName"],
        raw["Name"],
        storage.get("Location", ""),
        _columns(storage.get("Columns", [])),
        _columns(raw.get("PartitionKeys", [])),
    )


def _columns(raw: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {column["Name"].lower(): column.get("Type", "string") for column in raw}


class Objects:
    """Data objects of S3, the last ones used kept in memory. An ETag tells contents apart, so nothing is ever stale."""

    def __init__(self, s3: Any, capacity_bytes: int = 256 * 1024 * 1024) -> None:
        self.s3, self.capacity = s3, capacity_bytes
        self.kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self.size = 0
        self.lock = threading.Lock()

    def below(self, location: str) -> list[tuple[str, str, str]]:
        """(bucket, key, ETag) of a folder's data: not what is empty or hidden (`_…`, `.…`)."""
        place = urlsplit(location)
        prefix = place.path.strip("/") + "/"
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=prefix)
        return [
            (place.netloc, item["Key"], item["ETag"])
            for page in pages
            for item in page.get("Contents", [])
            if item["Size"] and not re.search(r"(^|/)[._]", item["Key"][len(prefix) :])
        ]

    def read(self, bucket: str, key: str, etag: str) -> bytes:
        with self.lock:
            if (bucket, key, etag) in self.kept:
                self.kept.move_to_end((bucket, key, etag))
                return self.kept[bucket, key, etag]
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with self.lock:
            if (bucket, key, etag) not in self.kept:
                self.kept[bucket, key, etag] = body
                self.size += len(body)
            while self.size > self.capacity:
                self.size -= len(self.kept.popitem(last=False)[1])
        return body


@dataclass
class Scan:
    """One table's rows for one query."""

    table: Table
    partitions: Sequence[Partition]
    wanted: Collection[str]  # columns that the query names, `$path` among them where it does
    scanned_bytes: int = 0

    def read(self, objects: Objects) -> pa.Table:
        """The wanted columns of the registered partitions; raises `QueryError` as Athena would."""
        pieces = []
        for partition in self.partitions:
            self._check(partition)
            for bucket, key, etag in objects.below(partition.location):
                pieces.append(self._piece(partition, f"s3://{bucket}/{key}", objects.read(bucket, key, etag)))
        return pa.concat_tables(pieces) if pieces else self._schema().empty_table()

    def _check(self, partition: Partition) -> None:
        for name, kind in self.table.columns.items():
            declared = partition.columns.get(name, kind)
            if declared != kind and (declared, kind) not in _WIDER:
                values = "/".join(f"{k}={v}" for k, v in zip(self.table.keys, partition.values, strict=False))
                raise QueryError(
                    "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. "
                    "The types are incompatible and cannot be coerced. The column "
                    f"'{name}' in table '{self.table.database}.{self.table.name}' is declared as type '{kind}', "
                    f"but partition '{values}' declared column '{name}' as type '{declared}'."
                )

    def _piece(self, partition: Partition, address: str, body: bytes) -> pa.Table:
        try:
            file = pq.ParquetFile(io.BytesIO(body))
        except (pa.ArrowException, OSError) as error:
            raise QueryError(
                f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {address}: not a Parquet file"
            ) from error
        present = {name.lower(): name for name in file.schema_arrow.names}
        names = [name for name in self.table.columns if name in self.wanted and name in present]
        self.scanned_bytes += _chunk_bytes(file, {present[name] for name in names})
        read = file.read(columns=[present[name] for name in names])
        constants = dict(zip(self.table.keys, partition.values, strict=False)) | {PATH: address}
        arrays = []
        for field in self._schema():
            if field.name in names:
                arrays.append(self._typed(read[present[field.name]], field, address))
            else:
                value = constants.get(field.name) if field.name not in self.table.columns else None
                arrays.append(
                    pa.repeat(pa.scalar(value, pa.string()), file.metadata.num_rows).cast(field.type)
                )
        return pa.table(arrays, schema=self._schema()) if arrays else _rows_only(file.metadata.num_rows)

    def _typed(self, column: Any, field: Any, address: str) -> Any:
        kind = self.table.columns[field.name]
        found = glue_type(column.type)
        if found != kind and (found, kind) not in _WIDER:
            raise QueryError(
                f"HIVE_BAD_DATA: Field {field.name}'s type {found.upper()} in parquet file {address} is incompatible "
                f"with type {kind} defined in table schema"
            )
        if pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py():
            raise QueryError(f"NOT_SUPPORTED: the sandbox does not compare NaN as Athena does: {address}")
        if kind == "timestamp":  # Athena's are of milliseconds
            column = pc.round_temporal(column.cast(field.type), unit="millisecond")
        return column.cast(field.type)

    def _schema(self) -> Any:
        kinds = {**self.table.columns, **self.table.keys, PATH: "string"}
        fields = [(name, arrow_type(kind)) for name, kind in kinds.items() if name in self.wanted]
        return pa.schema(fields or [("$rows", pa.bool_())])


def _rows_only(rows: int) -> pa.Table:
    """For count(*): no column is read, and none costs bytes."""
    return pa.table({"$rows": pa.repeat(pa.scalar(True), rows)})


def arrow_type(kind: str) -> Any:
    """The Arrow type of a Glue type; raises `QueryError` for one that the sandbox does not read."""
    if found := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return pa.decimal128(int(found[1]), int(found[2]))
    if kind.startswith(("varchar", "char")):
        return pa.string()
    if kind not in _ARROW:
        raise QueryError(f"NOT_SUPPORTED: the sandbox reads no columns of type {kind}")
    return _ARROW[kind]


def _chunk_bytes(file: Any, names: Collection[str]) -> int:
    """Compressed bytes of the columns read, as Athena bills Parquet."""
    metadata = file.metadata
    return sum(
        chunk.total_compressed_size
        for group in range(metadata.num_row_groups)
        for number in range(metadata.num_columns)
        if (chunk := metadata.row_group(group).column(number)).path_in_schema.split(".")[0] in names
    )
