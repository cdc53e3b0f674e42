"""Catalog tables as Athena reads them: registered partitions alone, the catalog's types, objects kept by ETag.

Data that no crawl has registered stays invisible; a partition keeps the schema that it was crawled with.
https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
"""

from __future__ import annotations

import io
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from sandbox.athena.catalog import Partition, Table, arrow_type, check_format
from sandbox.athena.coercions import (
    Change,
    DoesNotFit,
    has_nan,
    read_by_trino,
    under_file,
    under_table,
    unsigned,
)
from sandbox.athena.results import QueryError
from sandbox.athena.types import parse
from sandbox.parquet import UnknownType, glue_type, parquet_column

PATH = "$path"
BATCH_ROWS = 8192  # so many rows of a wide table are some dozen megabytes
_MAGIC = b"PAR1"
_UNREAD_CODECS = {"LZ4", "LZ4_RAW", "BROTLI", "LZO"}  # by Trino 440, as pyarrow writes them


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
        path = place.path.strip("/")
        prefix = f"{path}/" if path else ""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=prefix)
        try:
            return [
                (place.netloc, item["Key"], item["ETag"])
                for page in pages
                for item in page.get("Contents", [])
                if item["Size"] and not re.search(r"(^|/)[._]", item["Key"][len(prefix) :])
            ]
        except ClientError as error:
            raise QueryError(f"HIVE_FILESYSTEM_ERROR: Failed to list directory: {location}") from error

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
class Read:
    """How a column of the table is read from a file: its name there, and what makes the table's type of it."""

    name: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class File:
    """A data object, and what a query reads of it."""

    body: bytes
    address: str
    metadata: pq.FileMetaData
    columns: Mapping[str, Read]  # by the table's names
    constants: Mapping[str, Any]  # partition keys, `$path`


@dataclass
class Scan:
    """One table's rows for one query: read as DuckDB asks for them, so that they need not fit into memory."""

    table: Table
    partitions: Sequence[Partition]
    wanted: Collection[str]  # columns that the query names, `$path` among them where it does
    scanned_bytes: int = 0
    files: list[File] = field(default_factory=list)
    schema: pa.Schema = field(default_factory=lambda: pa.schema([]))
    failure: QueryError | None = None  # why reading ended: DuckDB would tell it with a traceback

    def open(self, objects: Objects) -> Scan:
        """Look into the registered partitions and their files' footers; raises `QueryError` as Athena would."""
        self.schema = self._schema()
        for partition in self.partitions:
            self._check(partition)
            keys = self.table.key_values(partition)
            scheme = urlsplit(partition.location).scheme or "s3"
            for bucket, key, etag in objects.below(partition.location):
                address = f"{scheme}://{bucket}/{key}"
                self._add(partition, keys | {PATH: address}, address, objects.read(bucket, key, etag))
        return self

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """How DuckDB reads it, each time that it does (Arrow PyCapsule interface)."""
        batches = (batch for file in self.files for batch in self._batches(file))
        return pa.RecordBatchReader.from_batches(self.schema, batches).__arrow_c_stream__(requested_schema)

    def _check(self, partition: Partition) -> None:
        """Of all columns, read or not: "Athena validates the schema of tables by checking that each column data type is
        compatible between the table and the partition" (https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html);
        Trino looks at those read alone."""
        values = "/".join(f"{k}={v}" for k, v in zip(self.table.keys, partition.values, strict=False))
        check_format(partition.serde, f"the partition {values} of {self.table.database}.{self.table.name}")
        for name, kind in self.table.columns.items():
            declared = partition.columns.get(name, kind)
            if declared != kind and not under_table(declared, kind):
                raise QueryError(
                    "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. "
                    "The types are incompatible and cannot be coerced. The column "
                    f"'{name}' in table '{self.table.database}.{self.table.name}' is declared as type '{kind}', "
                    f"but partition '{values}' declared column '{name}' as type '{declared}'."
                )

    def _add(self, partition: Partition, constants: Mapping[str, Any], address: str, body: bytes) -> None:
        opened = _opened(body, address)
        present = opened.schema_arrow
        twice = [name for name, n in Counter(each.name.lower() for each in present).items() if n > 1]
        columns = {}
        for own in present if opened.metadata.num_rows else ():
            name = own.name.lower()
            if name not in self.table.columns or name not in self.wanted:
                continue
            if name in twice:
                raise QueryError(
                    f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {address}: "
                    f"Multiple entries with same key: {name}"
                )
            if (read := self._read(partition, own, address, opened)) is not None:
                columns[name] = read
        self.scanned_bytes += _chunk_bytes(opened, {read.name for read in columns.values()})
        self.files.append(File(body, address, opened.metadata, columns, constants))

    def _read(self, partition: Partition, own: pa.Field, address: str, file: Any) -> Read | None:
        """How the file's column is read; None where it has nothing but NULLs, of no type."""
        name, kind = own.name.lower(), self.table.columns[own.name.lower()]
        declared = partition.columns.get(name, kind)
        if pa.types.is_null(own.type):
            if declared not in ("int", "bigint"):  # Parquet writes such a column as an int
                raise QueryError(
                    f"NOT_SUPPORTED: the sandbox reads no column without a type as {declared}: {address}"
                )
            return None
        changes: list[Change] = [] if not pa.types.is_unsigned_integer(own.type) else [unsigned]
        found = _glue_type(own)
        if found != declared:
            changes.append(self._of_file(name, found, declared, address, file))
        if declared != kind and (change := under_table(declared, kind)):
            changes.append(change)
        return Read(own.name, tuple(changes))

    def _of_file(self, name: str, found: str, declared: str, address: str, file: Any) -> Change:
        if "<" in found:
            raise QueryError(
                f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {address}: {name} is {found} there"
            )
        if change := under_file(found, declared):
            return change
        if read_by_trino(found, declared):
            raise QueryError(
                f"NOT_SUPPORTED: the sandbox does not read {found} in files as {declared}: {name} in {address}"
            )
        trinos = declared if declared.startswith("varchar(") else parse(declared)
        raise QueryError(
            f"NOT_SUPPORTED: Unsupported Trino column type ({trinos}) for Parquet column "
            f"({parquet_column(file, name)})"
        )

    def _batches(self, file: File) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._read_batches(file)
        except QueryError as error:
            self.failure = error
            raise
        except (pa.ArrowException, OSError, DoesNotFit) as error:
            self.failure = QueryError(f"HIVE_CURSOR_ERROR: Failed to read Parquet file: {file.address}")
            raise self.failure from error

    def _read_batches(self, file: File) -> Iterator[pa.RecordBatch]:
        if not file.columns:  # no column is read, and none costs bytes
            yield _batch(self.schema, {}, file.constants, file.metadata.num_rows)
            return
        names = [read.name for read in file.columns.values()]
        _check_encodings(file, names)
        opened = _file(file.body, file.metadata)  # its own: DuckDB may read twice at once
        for batch in opened.iter_batches(BATCH_ROWS, columns=names):
            columns = {
                name: self._changed(name, batch[read.name], read) for name, read in file.columns.items()
            }
            yield _batch(self.schema, columns, file.constants, batch.num_rows)

    def _changed(self, name: str, column: pa.Array, read: Read) -> pa.Array:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        for change in read.changes:
            column = change(column)
        if has_nan(column):
            raise QueryError(f"NOT_SUPPORTED: the sandbox does not compare NaN as Athena does: column {name}")
        if self.table.columns[name] == "timestamp":  # Athena's are of milliseconds
            column = pc.round_temporal(column.cast(pa.timestamp("us")), unit="millisecond")
        return column

    def _schema(self) -> pa.Schema:
        kinds = {**self.table.columns, **self.table.keys, PATH: "string"}
        fields = [(name, arrow_type(kind)) for name, kind in kinds.items() if name in self.wanted]
        return pa.schema(fields or [("$rows", pa.bool_())])


def _opened(body: bytes, address: str) -> Any:
    """Of what is no Parquet file Trino tells the last four bytes."""
    malformed = "HIVE_BAD_DATA: Malformed Parquet file. "
    if len(body) < 2 * len(_MAGIC) + 4:
        raise QueryError(f"{malformed}{address} is not a valid Parquet File [{address}]")
    if body[-4:] != _MAGIC:
        told = body[-4:].decode(errors="replace")
        raise QueryError(f"{malformed}Expected magic number: PAR1 got: {told} [{address}]")
    try:
        return _file(body)
    except (pa.ArrowException, OSError) as error:
        raise QueryError(f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {address}: {error}") from error


def _file(body: bytes, metadata: Any = None) -> Any:
    """Timestamps of 96 bits, as Spark writes them, may be of years that nanoseconds do not hold."""
    return pq.ParquetFile(io.BytesIO(body), metadata=metadata, coerce_int96_timestamp_unit="us")


def _glue_type(own: pa.Field) -> str:
    try:
        return "bigint" if own.type == pa.uint64() else glue_type(own.type)
    except UnknownType:
        return str(own.type)


def _check_encodings(file: File, names: Collection[str]) -> None:
    """Trino 440 has no reader for some of what Arrow writes."""
    for chunk in _chunks(file.metadata, names):
        if chunk.compression in _UNREAD_CODECS or "BYTE_STREAM_SPLIT" in chunk.encodings:
            raise QueryError(f"HIVE_CURSOR_ERROR: Failed to read Parquet file: {file.address}")


def _batch(
    schema: pa.Schema, columns: Mapping[str, pa.Array], constants: Mapping[str, Any], rows: int
) -> pa.RecordBatch:
    """`columns` and `constants` as the schema has them; what is in neither is NULL."""
    arrays = [
        columns[each.name].cast(each.type)
        if each.name in columns
        else pa.repeat(pa.scalar(constants.get(each.name), each.type), rows)
        for each in schema
    ]
    return pa.record_batch(arrays, schema=schema)


def _chunks(metadata: Any, names: Collection[str]) -> Iterator[Any]:
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(number)
            if chunk.path_in_schema.split(".")[0] in names:
                yield chunk


def _chunk_bytes(file: Any, names: Collection[str]) -> int:
    """Compressed bytes of the columns read, as Athena bills Parquet."""
    return sum(chunk.total_compressed_size for chunk in _chunks(file.metadata, names))
