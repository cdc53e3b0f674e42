"""What Parquet files say of their columns: Athena widens some types silently, and a catalog can be changed by hand.

Only the footer is fetched. Source: Apache Parquet format, "File format": the metadata, its length in four bytes, PAR1.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import TypeVar

from acceptance.aws.session import Aws
from acceptance.findings import SuiteError

MOST = 60  # Spark writes up to 200 files a table and day, all of one job run
File = TypeVar("File")
_TAIL_BYTES = 64 * 1024  # holds most footers; the widest tables need a second call
_NAMES = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "date32[day]": "date",
    "large_string": "string",
}


def to_be_read(files: Sequence[File]) -> Sequence[File]:
    """All of a generation's files, or of more than `MOST` the last and others evenly spread."""
    every = -(-len(files) // MOST) or 1
    return files[::-1][::every][::-1]


def column_types(aws: Aws, bucket: str, key: str) -> dict[str, str]:
    """column -> type, named as the Data Catalog names it; raises `SuiteError` for what is no Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tail = _tail(aws, bucket, key, _TAIL_BYTES)
    footer = struct.unpack("<I", tail[-8:-4])[0] + 8 if tail[-4:] == b"PAR1" else 0
    if footer > len(tail):
        tail = _tail(aws, bucket, key, footer)
    try:
        schema = pq.read_schema(io.BytesIO(b"PAR1" + tail[-footer:]))
    except (pa.ArrowException, OSError) as error:
        raise SuiteError(f"s3://{bucket}/{key} is no Parquet file: {type(error).__name__}") from None
    return {field.name.lower(): _glue_name(str(field.type)) for field in schema}


def _tail(aws: Aws, bucket: str, key: str, length: int) -> bytes:
    body = aws.s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=-{length}")["Body"]
    return bytes(body.read())


def _glue_name(arrow: str) -> str:
    return "timestamp" if arrow.startswith("timestamp") else _NAMES.get(arrow, arrow)
