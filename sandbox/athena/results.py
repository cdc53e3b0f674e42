"""What a query gives: columns, rows as GetQueryResults tells them, bytes scanned; or an error in Athena's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any


class QueryError(Exception):
    """A query that Athena would fail; the message is its StateChangeReason."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str  # as GetQueryResults names it: varchar, integer, bigint, timestamp, …


@dataclass(frozen=True)
class QueryResult:
    """`kind`: DML, DDL or UTILITY, as Athena's StatementType."""

    kind: str
    columns: list[Column]
    rows: list[list[str | None]]
    scanned_bytes: int = 0
    manifest: list[str] = field(default_factory=list)  # s3:// addresses of what an UNLOAD or CTAS wrote


_NAMES = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TINYINT": "tinyint",
    "HUGEINT": "bigint",  # DuckDB's type of count_if and of sums; Athena's is bigint
    "UBIGINT": "bigint",
    "DOUBLE": "double",
    "FLOAT": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "VARCHAR": "varchar",
    "JSON": "json",
    "BLOB": "varbinary",
    "TIME": "time",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    '"NULL"': "unknown",
}


def athena_type(duckdb_type: Any) -> str:
    """Athena's name of a DuckDB result type; raises `QueryError` for one that Athena does not have."""
    name = str(duckdb_type).upper()
    if name.endswith("]"):
        return "array"
    for start, told in (
        ("DECIMAL", "decimal"),
        ("MAP", "map"),
        ("STRUCT", "row"),
        ("TIMESTAMP", "timestamp"),
    ):
        if name.startswith(start) and name not in _NAMES:
            return told
    if name not in _NAMES:
        raise QueryError(f"NOT_SUPPORTED: the sandbox has no Athena type for {name}")
    return _NAMES[name]


def told(value: Any) -> str | None:
    """A value as GetQueryResults tells it; None for NULL."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return _told_float(value)
        case datetime():
            zone = " UTC" if value.tzinfo else ""
            return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}{zone}"
        case bytes() | bytearray():
            return value.hex(" ")
        case list() | tuple():
            return "[" + ", ".join(told(each) or "null" for each in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{told(key)}={told(each) or 'null'}" for key, each in value.items()) + "}"
        case date() | Decimal() | int() | str():
            return str(value)
    return str(value)


def _told_float(value: float) -> str:
    """As Java's Double.toString: 1.0, 1.0E10, 1.0E-4, NaN, Infinity."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "e" not in text else f"{value:f}"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
