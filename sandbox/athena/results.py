"""What a query gives: columns, rows as GetQueryResults tells them, bytes scanned; or an error in Athena's words."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.athena.types import Type


class QueryError(Exception):
    """A query that Athena would fail; the message is its StateChangeReason."""


class SyntaxFault(QueryError):
    """What is no SQL: StartQueryExecution refuses it with InvalidRequestException, whose message is `told`.

    As users of Athena report it (guardian/athena-cli issue 39: "line 1:10: mismatched input '<EOF>'. Expecting: …").
    """

    def __init__(self, told: str) -> None:
        super().__init__(f"SYNTAX_ERROR: {told}")
        self.told = told


_HIDDEN = ("$file_size", "$file_modified_time", "$partition")
"""Columns of Hive's that each table has, and the sandbox has not; "$path" it has."""


def unresolved_column(name: str, line: int = 1, column: int = 1) -> QueryError:
    """Athena words a column that is not there and one that Lake Formation hides alike, where Trino ends at "resolved"
    (awslabs/aws-athena-query-federation issue 2313)."""
    if name in _HIDDEN:
        return QueryError(f"NOT_SUPPORTED: line {line}:{column}: the sandbox has no column {name}")
    return QueryError(
        f"COLUMN_NOT_FOUND: line {line}:{column}: Column '{name}' cannot be resolved "
        "or requester is not authorized to access requested resources"
    )


@dataclass(frozen=True)
class Column:
    name: str
    type: Type

    @property
    def told_type(self) -> str:
        """As GetQueryResults names it."""
        return _NAMES.get(self.type.name, self.type.name)


@dataclass(frozen=True)
class QueryResult:
    """`kind`: DML, DDL or UTILITY, as Athena's StatementType."""

    kind: str
    columns: list[Column]
    rows: list[list[str | None]]
    scanned_bytes: int = 0


_NAMES = {"real": "float"}
_PYTHON: dict[str, type] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("double", "real"), float),
    **dict.fromkeys(("varchar", "json"), str),
    **dict.fromkeys(("timestamp", "timestamp with time zone"), datetime),
    "boolean": bool,
    "decimal": Decimal,
    "date": date,
    "array": list,
    "map": dict,
    "varbinary": bytes,
    "interval day to second": timedelta,
    "unknown": type(None),
}
"""What a value of a type is in Python; anything else is a mistranslation, and no answer."""


def told_value(value: Any, type_: Type) -> str | None:
    """A value as GetQueryResults tells it; None for NULL. Raises `QueryError` for one that Athena could not hold."""
    if value is None:
        return None
    _check(value, type_)
    match type_.name:
        case "boolean":
            return str(value).lower()
        case "tinyint" | "smallint" | "integer" | "bigint" if not type_.holds(value):
            raise QueryError(f"NUMERIC_VALUE_OUT_OF_RANGE: {type_} overflow: {value}")
        case "decimal" if -value.as_tuple().exponent != type_.decimal[1]:
            raise QueryError(f"NOT_SUPPORTED: the sandbox got {value} for {type_}")
        case "double" if value != value:
            raise QueryError("NOT_SUPPORTED: the sandbox has no NaN")
        case "double":
            return java_double(value)
        case "real":
            return java_double(shortest_float(value))
        case "timestamp":
            return _told_time(value)
        case "timestamp with time zone":
            return f"{_told_time(value)} UTC"
        case "interval day to second":
            return _told_days(value)
        case "varbinary":
            return str(value.hex(" "))
        case "array":
            return "[" + ", ".join(_told_part(each, type_.parts[0]) for each in value) + "]"
        case "map":
            key, of = type_.parts
            return (
                "{" + ", ".join(f"{_told_part(k, key)}={_told_part(v, of)}" for k, v in value.items()) + "}"
            )
        case "decimal":
            return f"{value:f}"
    return str(value)


def _check(value: Any, type_: Type) -> None:
    if type(value) is not _PYTHON[type_.name]:
        raise QueryError(f"NOT_SUPPORTED: the sandbox got {type(value).__name__} for {type_}")


def _told_part(value: Any, type_: Type) -> str:
    told = told_value(value, type_)
    return "null" if told is None else told


def _told_time(value: datetime) -> str:
    return value.isoformat(" ", "milliseconds").removesuffix(
        "+00:00"
    )  # %Y has no noughts before the year 1000


def _told_days(value: timedelta) -> str:
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(span.seconds, 60)
    return f"{sign}{span.days} {minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{span.microseconds // 1000:03d}"


def shortest_float(value: float) -> float:
    """The shortest decimal that is the same 32-bit number."""
    bits = struct.pack("f", value)
    return next(f for f in (float(f"{value:.{n}g}") for n in range(1, 18)) if struct.pack("f", f) == bits)


def double_text(value: float) -> str:
    """As Trino casts a double to a text: 1.5E0, 1.0E3, -0E0."""
    if value == 0:
        return "-0E0" if str(value).startswith("-") else "0E0"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def java_double(value: float) -> str:
    """As Java's Double.toString: 1.0, 1.0E10, 1.0E-4, Infinity."""
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = repr(value)
        return text if "e" not in text else f"{value:f}"
    return double_text(value)
