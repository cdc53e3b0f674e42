"""The tables that Trino's answers of `trino/hive-edges.jsonl` are of: what the Data Catalog says, and what lies in S3.

Trino 440 with its Hive connector was asked over tables made in the same way.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Clients = Callable[[str], Any]
Fields = Mapping[str, Any]
Columns = Mapping[str, str] | Sequence[tuple[str, str]]  # pairs where a name stands twice

DATABASE, BUCKET, ROOT_BUCKET = "edges", "edge-bucket", "root-bucket"

PARQUET: Fields = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
_TEXT = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}
_LINES = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}
TEXT: Fields = {**_TEXT, "SerdeInfo": _LINES}
CSV = {**TEXT, "SerdeInfo": {**_LINES, "Parameters": {"field.delim": ","}}}
JSON = {**_TEXT, "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}

AB, K = {"a": "string", "b": "int"}, {"k": "string"}


@dataclass(frozen=True)
class Part:
    """A partition; columns and folder are the table's and its own where nothing else is said."""

    values: tuple[str, ...]
    columns: Columns | None = None
    folder: str | None = None  # below the bucket, or a whole address
    storage: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Edge:
    """A table, and files by their path below its folder."""

    columns: Columns = field(default_factory=lambda: AB)
    files: Mapping[str, pa.Table | bytes] = field(default_factory=dict)
    keys: Columns = field(default_factory=dict)
    parts: Sequence[Part] = ()
    folder: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    storage: Fields = field(default_factory=dict)
    kind: str | None = "EXTERNAL_TABLE"
    elsewhere: Mapping[tuple[str, str], pa.Table] = field(default_factory=dict)  # by bucket and key


# What lies in S3

_at = datetime.fromisoformat


def parquet(table: pa.Table | Mapping[str, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(dict(table)), buffer, **options)
    return buffer.getvalue()


def ints(*values: int | None, kind: Any = None) -> pa.Array:
    return pa.array(values, kind or pa.int32())


def rows(first: int = 1, **options: Any) -> bytes:
    """Two rows of `a` and `b`."""
    return parquet({"a": [f"x{first}", f"x{first + 1}"], "b": ints(first, first + 1)}, **options)


def named(*columns: tuple[str, Any]) -> bytes:
    return parquet(pa.table([values for _, values in columns], names=[name for name, _ in columns]))


# Tables


def plain(*files: bytes, **fields: Any) -> Edge:
    """Without partitions."""
    return Edge(files={f"p{number or ''}.parquet": file for number, file in enumerate(files)}, **fields)


def by_k(*files: bytes, also: Mapping[str, bytes] | None = None, **fields: Any) -> Edge:
    """The partitions k=1, k=2, … of a file each; `also`: what lies in the folder of the first."""
    own = {f"k={number}/p.parquet": file for number, file in enumerate(files, 1)}
    first = {f"k=1/{name}": file for name, file in (also or {}).items()}
    parts = fields.pop("parts", None) or [Part((str(number),)) for number in range(1, max(len(files), 1) + 1)]
    return Edge(files={**own, **first}, keys=K, parts=parts, **fields)


def _timestamps() -> Iterable[tuple[str, Edge]]:
    writers: dict[str, tuple[str, Fields]] = {
        "int96": ("ns", {"use_deprecated_int96_timestamps": True}),
        "millis": ("us", {"coerce_timestamps": "ms", "allow_truncated_timestamps": True}),
        "micros": ("us", {"coerce_timestamps": "us", "allow_truncated_timestamps": True}),
        "nanos": ("ns", {"version": "2.6"}),
    }
    times = [
        _at("2023-02-03 04:05:06.789499"),
        _at("2023-07-03 04:05:06.789500"),
        _at("1969-12-31 23:59:59.999900"),
        _at("2023-03-26 01:30:00"),
        _at("1900-01-01 00:00:00"),
        None,
    ]
    moment = _at("2023-02-03 04:05:06.789000+00:00")
    columns = {"c": "timestamp"}
    for name, (unit, options) in writers.items():
        local, utc = pa.array(times, pa.timestamp(unit)), pa.array([moment], pa.timestamp(unit, "UTC"))
        yield f"ts_{name}", by_k(parquet({"c": local}, **options), columns=columns)
        yield f"tsutc_{name}", by_k(parquet({"c": utc}, **options), columns=columns)


def _integers() -> Iterable[tuple[str, Edge]]:
    for kind, glue, largest in (
        ("uint8", "smallint", 255),
        ("uint16", "int", 65535),
        ("uint32", "bigint", 4294967295),
        ("uint64", "bigint", 5),
        ("int8", "tinyint", -128),
        ("int16", "smallint", -32768),
    ):
        yield (
            f"ty_{kind}",
            plain(parquet({"c": ints(1, largest, None, kind=getattr(pa, kind)())}), columns={"c": glue}),
        )


def _compressions() -> Iterable[tuple[str, Edge]]:
    for name in ("gzip", "zstd", "lz4", "brotli", "none"):
        yield f"comp_{name}", plain(rows(compression=name))


_NESTED = {
    "l": "array<string>",
    "s": "struct<x:int,y:string>",
    "m": "map<string,int>",
    "ls": "array<struct<x:int>>",
}


def _nested() -> bytes:
    x = pa.struct([("x", pa.int32())])
    row = pa.struct([("x", pa.int32()), ("y", pa.string())])
    return named(
        ("a", pa.array(["q", "r"])),
        ("l", pa.array([["a", None], None], pa.list_(pa.string()))),
        ("s", pa.array([{"x": 1, "y": "z"}, None], row)),
        ("m", pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32()))),
        ("ls", pa.array([[{"x": 5}], []], pa.list_(x))),
    )


_OLD = {"a": ["z"], "b": ints(8), "c": ints(9)}
_CORRUPT = rows()[:10] + b"\xff" * 30 + rows()[40:]
_BOOLEAN_B = {"a": "string", "b": "boolean"}
_INT96 = {"use_deprecated_int96_timestamps": True}
_ENUM = {"projection.enabled": "true", "projection.k.type": "enum"}
_YEARS = [-62135596800000, -12219292800001, 253402300799999, -62135596800001, 253402300800000]
_PAIRS = {f"k={value}/p.parquet": rows(first) for value, first in (("1", 1), ("9", 9))}
_ODD = {"a-b": "string", "c d": "int", "select": "int", "1x": "int", "e.f": "int"}

EDGES: dict[str, Edge] = {
    # What is and is not a file
    "empty_folder": by_k(rows(), b""),
    "absent_folder": by_k(rows(), parts=[Part(("1",)), Part(("2",))]),
    "no_partitions": Edge(files={"k=1/p.parquet": rows()}, keys=K),
    "absent_bucket": by_k(parts=[Part(("1",), folder="s3://no-such-bucket-x/k=1/")]),
    "unpart_absent": Edge(),
    "unregistered": by_k(rows(), rows(5), parts=[Part(("1",))]),
    "hidden": by_k(
        rows(),
        also={
            "_SUCCESS": b"",
            **dict.fromkeys(
                (
                    "_metadata",
                    ".p.parquet.crc",
                    ".hidden.parquet",
                    "_temporary/0/p.parquet",
                    "sub/_x/p.parquet",
                    "sub/.y/p.parquet",
                    "_committed_1",
                ),
                rows(5),
            ),
        },
    ),
    "hidden_text": by_k(rows(), also={"_SUCCESS": b"text", ".x.json": b"{}"}),
    "recursive": by_k(rows(), also={"sub/q.parquet": rows(5), "sub/sub/r.parquet": rows(7)}),
    "hidden_partition": Edge(
        files={"_k/k=1/p.parquet": rows()}, keys=K, parts=[Part(("1",), folder="e_hidden_partition/_k/k=1/")]
    ),
    "folder_marker_part": Edge(
        files={"k=1/p.parquet": rows(), "k=1_$folder$": b"", "k=1/x_$folder$": b""},
        keys=K,
        parts=[Part(("1",))],
    ),
    "folder_marker_unpart": Edge(files={"p.parquet": rows(), "sub_$folder$": b"", "sub/q.parquet": rows(5)}),
    "folder_marker_text": Edge(files={"p.parquet": rows(), "sub_$folder$": b"x"}),
    "zero_bytes": by_k(rows(), also={"q.parquet": b""}),
    "only_zero_bytes": by_k(also={"q.parquet": b""}),
    "zero_rows": by_k(parquet({"a": pa.array([], pa.string()), "b": pa.array([], pa.int32())})),
    "zero_rows_wrong_type": by_k(parquet({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})),
    "null_type_file": by_k(parquet({"a": ["x"], "b": pa.array([None], pa.null())})),
    "json_in_folder": by_k(rows(), also={"q.json": b'{"a": "this is no parquet file at all, but text"}'}),
    "tiny_file": by_k(also={"q.txt": b"x"}),
    "truncated": by_k(rows()[: len(rows()) // 2]),
    "truncated_tail4": by_k(rows()[:-4]),
    "corrupt_page": by_k(_CORRUPT),
    "corrupt_other": by_k(rows(), b"no parquet here, not at all"),
    # Columns of table, partition and file
    "missing_old": by_k(
        rows(),
        parquet({"a": ["z"], "c": ints(9), "b": ints(8)}),
        columns={"a": "string", "c": "int", "b": "int"},
        parts=[Part(("1",), AB), Part(("2",))],
    ),
    "missing_old_end": by_k(
        rows(), parquet(_OLD), columns={**AB, "c": "int"}, parts=[Part(("1",), AB), Part(("2",))]
    ),
    "missing_in_file": by_k(rows(), columns={**AB, "c": "int"}),
    "partition_lacks_file_has": by_k(parquet(_OLD), columns={**AB, "c": "int"}, parts=[Part(("1",), AB)]),
    "extra_in_file": by_k(rows(), columns={"a": "string"}),
    "extra_in_partition": by_k(rows(), columns={"a": "string"}, parts=[Part(("1",), AB)]),
    "order_in_file": by_k(rows(), columns={"b": "int", "a": "string"}),
    "order_in_partition": by_k(rows(), columns={"b": "int", "a": "string"}, parts=[Part(("1",), AB)]),
    "renamed_in_partition": by_k(rows(), columns={"a": "string", "c": "int"}, parts=[Part(("1",), AB)]),
    "partition_no_columns": by_k(rows(), parts=[Part(("1",), {})]),
    "mismatch_not_read": by_k(rows(), parts=[Part(("1",), _BOOLEAN_B)]),
    "mismatch_pruned": by_k(rows(), rows(), parts=[Part(("1",), _BOOLEAN_B), Part(("2",))]),
    "bad_file_not_read": by_k(rows(), columns=_BOOLEAN_B),
    "upper_in_file": by_k(named(("A", pa.array(["u"])), ("B", ints(1)))),
    "upper_both": by_k(named(("a", pa.array(["lower"])), ("A", pa.array(["UPPER"])), ("b", ints(1)))),
    "upper_both_rev": by_k(named(("A", pa.array(["UPPER"])), ("a", pa.array(["lower"])), ("b", ints(1)))),
    "upper_catalog": Edge(
        {"A": "string", "Bb": "int"},
        {"K=1/p.parquet": named(("A", pa.array(["u"])), ("Bb", ints(1)))},
        {"K": "string"},
        [Part(("1",))],
    ),
    "key_in_file": by_k(parquet({"a": ["z"], "b": ints(1), "k": ["fromfile"]})),
    "key_in_columns": by_k(parquet({"a": ["z"], "b": ints(1), "k": ["fromfile"]}), columns={**AB, **K}),
    "dup_columns": by_k(rows(), columns=[("a", "string"), ("a", "int")]),
    # Partition keys
    "key_int": Edge(
        AB,
        {"k=5/p.parquet": rows(), "k=012/p.parquet": rows(5)},
        {"k": "int"},
        [Part(("5",)), Part(("012",))],
    ),
    "key_date": Edge(AB, {"k=2023-02-03/p.parquet": rows()}, {"k": "date"}, [Part(("2023-02-03",))]),
    "key_int_bad": Edge(AB, {"k=abc/p.parquet": rows()}, {"k": "int"}, [Part(("abc",))]),
    "key_null": Edge(
        AB,
        {"k=__HIVE_DEFAULT_PARTITION__/p.parquet": rows()},
        K,
        [Part(("__HIVE_DEFAULT_PARTITION__",))],
    ),
    "key_special": Edge(
        AB,
        {"k=a b%2Fc%3Ad%25é/p.parquet": rows()},
        K,
        [Part(("a b/c:d%é",), folder="e_key_special/k=a b%2Fc%3Ad%25é/")],
    ),
    "keys_two": Edge(
        AB,
        {"y=2023/m=1/p.parquet": rows(), "y=2023/m=02/p.parquet": rows(5)},
        {"y": "string", "m": "string"},
        [Part(("2023", "1")), Part(("2023", "02"))],
    ),
    # Locations
    "loc_no_slash": Edge(
        files={"w/p.parquet": rows(), "w_2/p.parquet": rows(5), "wx.parquet": rows(7)},
        folder="e_loc_no_slash/w",
    ),
    "loc_s3a": plain(rows(), folder=f"s3a://{BUCKET}/e_loc_s3a/"),
    "loc_s3n": plain(rows(), folder=f"s3n://{BUCKET}/e_loc_s3n/"),
    "loc_double_slash": Edge(
        files={"/x/p.parquet": rows(), "x/p.parquet": rows(5)}, folder="e_loc_double_slash//x/"
    ),
    "loc_is_file": plain(rows(), folder="e_loc_is_file/p.parquet"),
    "loc_elsewhere": Edge(
        keys=K,
        parts=[Part(("1",), folder="elsewhere/z/")],
        elsewhere={(BUCKET, "elsewhere/z/p.parquet"): rows()},
    ),
    "loc_shared": Edge(
        files={"z/p.parquet": rows()},
        keys=K,
        parts=[Part((value,), folder="e_loc_shared/z/") for value in "12"],
    ),
    "loc_bucket_root": Edge(folder=f"s3://{ROOT_BUCKET}/", elsewhere={(ROOT_BUCKET, "p.parquet"): rows()}),
    "key_chars": Edge(files={"a b+c%20d=é#?.parquet": rows()}),
    # Types
    **dict(_timestamps()),
    "ts_old": plain(parquet({"c": pa.array(_YEARS, pa.timestamp("ms"))}), columns={"c": "timestamp"}),
    "ts_old_int96": plain(
        parquet(
            {"c": pa.array([_at("1700-01-01 00:00:00"), _at("2200-01-01 00:00:00")], pa.timestamp("us"))},
            **_INT96,
        ),
        columns={"c": "timestamp"},
    ),
    "ts_as_string": plain(
        parquet({"c": pa.array([_at("1700-01-01 00:00:00")], pa.timestamp("us"))}, **_INT96),
        columns={"c": "string"},
    ),
    "dates": plain(
        parquet({"c": pa.array([date(2023, 2, 3), date(1, 1, 1), date(9999, 12, 31), None])}),
        columns={"c": "date"},
    ),
    "decimals": plain(
        parquet(
            {
                "c": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
                "e": pa.array(
                    [Decimal("1234567890123456789012345678.1234567890"), Decimal("0E-10")],
                    pa.decimal128(38, 10),
                ),
            }
        ),
        columns={"c": "decimal(10,2)", "e": "decimal(38,10)"},
    ),
    "decimal_int": plain(
        parquet({"c": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2))}, store_decimal_as_integer=True),
        columns={"c": "decimal(9,2)"},
    ),
    "decimal_rescale": plain(
        parquet({"c": pa.array([Decimal("1.55"), None], pa.decimal128(10, 2))}),
        columns={"c": "decimal(10,1)"},
    ),
    "nested": plain(_nested(), columns={"a": "string", **_NESTED}),
    "nested_as_string": plain(_nested(), columns={"a": "string", "l": "string"}),
    "binary": plain(parquet({"c": pa.array([b"\x00\xff", b"", None])}), columns={"c": "binary"}),
    "bad_utf8": plain(parquet({"c": pa.array([b"ok\xff", b"caf\xe9"])}), columns={"c": "string"}),
    "varchar_n": plain(
        parquet({"c": ["abcdef", "x"], "e": ["abcdefg", "x"]}), columns={"c": "varchar(3)", "e": "char(5)"}
    ),
    "nan": plain(parquet({"c": [1.5, float("nan"), float("inf"), -0.0]}), columns={"c": "double"}),
    "floats": plain(parquet({"c": pa.array([1.1, 3.4e38, None], pa.float32())}), columns={"c": "float"}),
    **dict(_integers()),
    "ty_time": plain(parquet({"c": pa.array([time(1, 2, 3)], pa.time64("us"))}), columns={"c": "string"}),
    # How files are written
    **dict(_compressions()),
    "page_v2": plain(rows(data_page_version="2.0")),
    "enc_delta": plain(
        rows(use_dictionary=False, column_encoding={"a": "DELTA_BYTE_ARRAY", "b": "DELTA_BINARY_PACKED"})
    ),
    "enc_dlba": plain(
        rows(use_dictionary=False, column_encoding={"a": "DELTA_LENGTH_BYTE_ARRAY", "b": "PLAIN"})
    ),
    "enc_bss": plain(
        parquet({"c": [1.5, 2.5]}, use_dictionary=False, use_byte_stream_split=True), columns={"c": "double"}
    ),
    "many_groups": plain(
        parquet({"a": [f"x{number}" for number in range(5000)], "b": ints(*range(5000))}, row_group_size=100)
    ),
    # What the description says beside columns
    "projection": Edge(
        AB,
        _PAIRS,
        K,
        parameters={
            **_ENUM,
            "projection.k.values": "1,2,3",
            "storage.location.template": f"s3://{BUCKET}/e_projection/k=${{k}}/",
        },
    ),
    "projection_date": Edge(
        AB,
        {"d=20230202/p.parquet": rows()},
        {"d": "string"},
        parameters={
            "projection.enabled": "true",
            "projection.d.type": "date",
            "projection.d.range": "20230201,20230203",
            "projection.d.format": "yyyyMMdd",
        },
    ),
    "projection_registered": Edge(
        AB, _PAIRS, K, [Part(("1",)), Part(("9",))], parameters={**_ENUM, "projection.k.values": "1"}
    ),
    "projection_off": Edge(
        AB,
        _PAIRS,
        K,
        [Part(("9",))],
        parameters={**_ENUM, "projection.enabled": "false", "projection.k.values": "1"},
    ),
    "projection_bad": Edge(AB, {"k=1/p.parquet": rows()}, K, parameters={"projection.enabled": "true"}),
    "hidden_columns": by_k(rows()),
    "partitions_unpart": plain(rows()),
    "fmt_text": Edge({"a": "string"}, {"p.csv": b"x,y\nz,w\n"}, storage=CSV),
    "fmt_json": Edge({"a": "string"}, {"p.json": b'{"a": "x"}\n'}, storage=JSON),
    "fmt_text_over_parquet": plain(rows(), columns={"a": "string"}, storage=TEXT),
    "part_text_format": by_k(rows(), parts=[Part(("1",), storage=CSV)]),
    "no_serde": plain(rows(), storage={"InputFormat": "", "OutputFormat": "", "SerdeInfo": {}}),
    "no_type": plain(rows(), kind=None),
    "bad_type": plain(rows(), columns={"a": "string", "b": "nonsense"}),
    "iceberg": plain(
        rows(),
        parameters={"table_type": "ICEBERG", "metadata_location": f"s3://{BUCKET}/e_iceberg/m.json"},
    ),
    "odd_names": plain(
        named(
            ("a-b", pa.array(["x"])), ("c d", ints(1)), ("select", ints(2)), ("1x", ints(3)), ("e.f", ints(4))
        ),
        columns=_ODD,
    ),
}

_MOMENTS = [_at("2023-02-03 04:05:06"), _at("2023-02-03 00:00:00"), None]
TYPES: dict[str, pa.Array] = {
    "string": pa.array(["5", "abc", "", None, "2023-02-03", "2023-02-03 04:05:06", "true"]),
    "varchar(3)": pa.array(["5", "abcdef", None]),
    "tinyint": ints(5, -7, None, kind=pa.int8()),
    "smallint": ints(5, 300, None, kind=pa.int16()),
    "int": ints(5, 70000, None),
    "bigint": ints(5, 3000000000, None, kind=pa.int64()),
    "float": pa.array([1.5, 0.1, None], pa.float32()),
    "double": pa.array([1.5, 0.1, 1e40, None]),
    "boolean": pa.array([True, False, None]),
    "timestamp": pa.array(_MOMENTS, pa.timestamp("ms")),
    "date": pa.array([date(2023, 2, 3), None]),
    "decimal(10,2)": pa.array([Decimal("1.50"), Decimal("12345678.91"), None], pa.decimal128(10, 2)),
    "decimal(20,4)": pa.array(
        [Decimal("1.5000"), Decimal("1234567890123456.1234"), None], pa.decimal128(20, 4)
    ),
    "binary": pa.array([b"5", b"ab", None]),
}
"""The files of `trino/coercions.jsonl`."""


def make(clients: Clients) -> None:
    """All of them, in a database and buckets of their own."""
    s3, glue = clients("s3"), clients("glue")
    for bucket in (BUCKET, ROOT_BUCKET):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for name, edge in EDGES.items():
        for (bucket, key), body in edge.elsewhere.items():
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        for path, body in edge.files.items():
            s3.put_object(Bucket=BUCKET, Key=f"e_{name}/{path}", Body=body)
        _register(glue, f"e_{name}", edge)


def pair_table(mode: str, file: str, table: str) -> str:
    """The table of a pair of types: `mode` partition: the partition has the file's; file: it has the table's."""
    one, other = (kind.translate(str.maketrans("(,", "__", ")")) for kind in (file, table))
    return f"m_{mode}_{one}__{other}"


def make_pairs(clients: Clients, pairs: Iterable[tuple[str, str, str]]) -> None:
    """Tables of a column `c` over one file a type."""
    s3, glue = clients("s3"), clients("glue")
    for kind, values in TYPES.items():
        s3.put_object(Bucket=BUCKET, Key=f"m/{kind}/k=1/part-0.parquet", Body=parquet({"c": values}))
    for mode, file, table in pairs:
        part = Part(("1",), {"c": file if mode == "partition" else table}, f"m/{file}/k=1/")
        edge = Edge({"c": table}, keys=K, parts=[part], folder=f"m/{file}/")
        _register(glue, pair_table(mode, file, table), edge)


def _register(glue: Any, name: str, edge: Edge) -> None:
    location = _address(edge.folder or f"{name}/")
    keys = [key for key, _ in _pairs(edge.keys)]
    kind = {"TableType": edge.kind} if edge.kind else {}
    glue.create_table(
        DatabaseName=DATABASE,
        TableInput={
            "Name": name,
            "StorageDescriptor": _storage(edge.columns, location, edge.storage),
            "PartitionKeys": _columns(edge.keys),
            "Parameters": {"classification": "parquet"} | dict(edge.parameters),
            **kind,
        },
    )
    partitions = []
    for part in edge.parts:
        below = "/".join(f"{key}={value}" for key, value in zip(keys, part.values, strict=True))
        place = _address(part.folder) if part.folder else f"{location}{below}/"
        columns = edge.columns if part.columns is None else part.columns
        partitions.append(
            {"Values": list(part.values), "StorageDescriptor": _storage(columns, place, part.storage)}
        )
    if partitions:
        glue.batch_create_partition(DatabaseName=DATABASE, TableName=name, PartitionInputList=partitions)


def _address(folder: str) -> str:
    return folder if "://" in folder else f"s3://{BUCKET}/{folder}"


def _storage(columns: Columns, location: str, storage: Fields) -> Fields:
    return {**PARQUET, "Columns": _columns(columns), "Location": location, **storage}


def _columns(columns: Columns) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in _pairs(columns)]


def _pairs(columns: Columns) -> Iterable[tuple[str, str]]:
    return columns.items() if isinstance(columns, Mapping) else columns
