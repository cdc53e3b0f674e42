"""Catalog tables as Athena reads them: registered partitions alone, the catalog's types, objects kept by ETag.

Data that no crawl has registered stays invisible; a partition keeps the schema that it was crawled with.
https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
"""

from __future__ import annotations

import io
import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.athena.results import QueryError
from sandbox.athena.types import parse
from sandbox.parquet import glue_type, parquet_column

PATH = "$path"
BATCH_ROWS = 8192  # so many rows of a wide table are some dozen megabytes

_WIDER = {
    ("int", "bigint"),
    ("smallint", "int"),
    ("tinyint", "int"),
    ("smallint", "bigint"),
    ("float", "double"),
}
"""What a partition or file may have where the table has more (source: Trino's Hive connector, type coercion)."""

_FITTING = {
    "string": "string varchar char binary",
    "binary": "string varchar char",
    "tinyint": "smallint int bigint float decimal",
    "smallint": "tinyint int bigint float decimal",
    "int": "tinyint smallint bigint float date decimal",
    "bigint": "tinyint smallint int float date",
    "float": "double",
    "timestamp": "bigint",
    "decimal": "decimal long_decimal string binary",
    "long_decimal": "decimal long_decimal string binary",
}
"""As what Trino reads a file's columns while their values fit; here only the `_WIDER` are (measured with Trino 440)."""

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


@dataclass(frozen=True)
class File:
    """A data object, and what a query reads of it."""

    body: bytes
    metadata: pq.FileMetaData
    names: Mapping[str, str]  # column of the table -> column of the file
    constants: Mapping[str, str]  # partition keys, `$path`


@dataclass
class Scan:
    """One table's rows for one query: read as DuckDB asks for them, so that they need not fit into memory."""

    table: Table
    partitions: Sequence[Partition]
    wanted: Collection[str]  # columns that the query names, `$path` among them where it does
    scanned_bytes: int = 0
    files: list[File] = field(default_factory=list)
    schema: pa.Schema = field(default_factory=lambda: pa.schema([]))

    def open(self, objects: Objects) -> Scan:
        """Look into the registered partitions and their files' footers; raises `QueryError` as Athena would."""
        self.schema = self._schema()
        for partition in self.partitions:
            self._check(partition)
            for bucket, key, etag in objects.below(partition.location):
                body = objects.read(bucket, key, etag)
                self.files.append(self._file(partition, f"s3://{bucket}/{key}", body))
        return self

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """How DuckDB reads it, each time that it does (Arrow PyCapsule interface)."""
        batches = (batch for file in self.files for batch in self._batches(file))
        return pa.RecordBatchReader.from_batches(self.schema, batches).__arrow_c_stream__(requested_schema)

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

    def _file(self, partition: Partition, address: str, body: bytes) -> File:
        try:
            opened = pq.ParquetFile(io.BytesIO(body))
        except (pa.ArrowException, OSError) as error:
            raise QueryError(
                f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {address}: not a Parquet file"
            ) from error
        present = {each.name.lower(): each for each in opened.schema_arrow}
        names = {
            name: present[name].name for name in self.table.columns if name in self.wanted & present.keys()
        }
        for name in names:
            self._check_type(name, glue_type(present[name].type), address, opened)
        self.scanned_bytes += _chunk_bytes(opened, set(names.values()))
        constants = dict(zip(self.table.keys, partition.values, strict=False)) | {PATH: address}
        return File(body, opened.metadata, names, constants)

    def _check_type(self, name: str, found: str, address: str, file: Any) -> None:
        kind = self.table.columns[name]
        if found == kind or (found, kind) in _WIDER:
            return
        if _bare(kind) not in _FITTING.get(_bare(found), "").split():
            trinos = kind if kind.startswith("varchar(") else parse(kind)
            raise QueryError(
                f"NOT_SUPPORTED: Unsupported Trino column type ({trinos}) for Parquet column "
                f"({parquet_column(file, name)})"
            )
        raise QueryError(
            f"HIVE_BAD_DATA: Field {name}'s type {found.upper()} in parquet file {address} is incompatible "
            f"with type {kind} defined in table schema"
        )

    def _batches(self, file: File) -> Iterator[pa.RecordBatch]:
        if not file.names:  # no column is read, and none costs bytes
            yield _batch(self.schema, {}, file.constants, file.metadata.num_rows)
            return
        opened = pq.ParquetFile(
            io.BytesIO(file.body), metadata=file.metadata
        )  # its own: DuckDB may read twice at once
        for batch in opened.iter_batches(BATCH_ROWS, columns=list(file.names.values())):
            columns = {name: batch[own] for name, own in file.names.items()}
            for name, column in columns.items():
                if pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py():
                    address = file.constants[PATH]
                    raise QueryError(
                        f"NOT_SUPPORTED: the sandbox does not compare NaN as Athena does: {address}"
                    )
                if self.table.columns[name] == "timestamp":  # Athena's are of milliseconds
                    columns[name] = pc.round_temporal(column.cast(pa.timestamp("us")), unit="millisecond")
            yield _batch(self.schema, columns, file.constants, batch.num_rows)

    def _schema(self) -> pa.Schema:
        kinds = {**self.table.columns, **self.table.keys, PATH: "string"}
        fields = [(name, arrow_type(kind)) for name, kind in kinds.items() if name in self.wanted]
        return pa.schema(fields or [("$rows", pa.bool_())])


def _batch(
    schema: pa.Schema, columns: Mapping[str, pa.Array], constants: Mapping[str, str], rows: int
) -> pa.RecordBatch:
    """`columns` and `constants` as the schema has them; what is in neither is NULL."""
    arrays = [
        columns[each.name].cast(each.type)
        if each.name in columns
        else pa.repeat(pa.scalar(constants.get(each.name), pa.string()), rows).cast(each.type)
        for each in schema
    ]
    return pa.record_batch(arrays, schema=schema)


def arrow_type(kind: str) -> Any:
    """The Arrow type of a Glue type; raises `QueryError` for one that the sandbox does not read."""
    if found := re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", kind):
        return pa.decimal128(int(found[1]), int(found[2]))
    if kind.startswith(("varchar", "char")):
        return pa.string()
    if kind not in _ARROW:
        raise QueryError(f"NOT_SUPPORTED: the sandbox reads no columns of type {kind}")
    return _ARROW[kind]


def _bare(kind: str) -> str:
    """A type's name without its digits or length; of more than 18 digits, a decimal is another type to Trino."""
    name, _, digits = kind.partition("(")
    return "long_decimal" if name == "decimal" and int(digits.partition(",")[0]) > 18 else name


def _chunk_bytes(file: Any, names: Collection[str]) -> int:
    """Compressed bytes of the columns read, as Athena bills Parquet."""
    metadata = file.metadata
    return sum(
        chunk.total_compressed_size
        for group in range(metadata.num_row_groups)
        for number in range(metadata.num_columns)
        if (chunk := metadata.row_group(group).column(number)).path_in_schema.split(".")[0] in names
    )
