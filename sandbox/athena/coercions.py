"""A file's column read under another type, and a partition's under the table's: what Trino does, value by value.

Partitions: HiveCoercionPolicy of Trino as it was when Athena's engine version 3 began (2022): texts under whole numbers
give NULL where there is no number. What later versions read besides (texts as times, booleans and doubles, whole
numbers as decimals) is refused as a mismatch. Files: as measured with Trino 440.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.athena.catalog import arrow_type
from sandbox.athena.results import QueryError, shortest_float
from sandbox.athena.types import parse

Change = Callable[[pa.Array], pa.Array]
_Value = Callable[[Any], Any]

_WHOLE = ("tinyint", "smallint", "int", "bigint")
_DIGITS = Context(prec=80, rounding=ROUND_HALF_UP)

_READ_BY_TRINO = {
    "text": "text char binary",
    "binary": "text char",
    "tinyint": "whole float decimal",
    "smallint": "whole float decimal",
    "int": "whole float date decimal",
    "bigint": "whole float date",
    "float": "double",
    "timestamp": "bigint",
    "decimal": "decimal long_decimal text binary",
    "long_decimal": "decimal long_decimal text binary",
}
"""As what Trino reads a file's columns while their values fit; here only what `under_file` has."""


class DoesNotFit(Exception):
    """A value that the type does not hold, over which Trino's reader fails."""


def under_table(declared: str, kind: str) -> Change | None:
    """How a partition's type becomes the table's; None where the two do not go together."""
    change = _coerced(declared, kind)
    return change and _each(change, kind)


def under_file(found: str, declared: str) -> Change | None:
    """How a file's type is read as another; None where the sandbox has no way."""
    match _family(found), _family(declared):
        case "text", "text":
            return _each(_cut(declared), declared)
        case "binary", "text":
            return lambda column: _each(_cut(declared), declared)(_decoded(column))
        case "text", "binary":
            return lambda column: column.cast(pa.binary())
        case "whole", "whole":
            return _each(_fitting(declared), declared)
        case "float", "double":
            return lambda column: column.cast(pa.float64())
        case "decimal", "decimal":
            return under_table(found, declared)
    return None


def read_by_trino(found: str, declared: str) -> bool:
    """Whether Trino has a reader for a file's type under another, whether or not the sandbox has one."""
    taken = _READ_BY_TRINO.get(_reader(found), "").split()
    family = "whole" if declared in _WHOLE else ""
    return bool({_reader(declared), family, declared}.intersection(taken))


def _family(kind: str) -> str:
    name = kind.partition("(")[0]
    if name in ("string", "varchar"):
        return "text"
    return "whole" if name in _WHOLE else name


def _reader(kind: str) -> str:
    """Of more than 18 digits, a decimal is another type to Trino."""
    if _family(kind) == "decimal":
        return "long_decimal" if _digits(kind)[0] > 18 else "decimal"
    return kind if kind in _WHOLE else _family(kind)


def _coerced(declared: str, kind: str) -> _Value | None:
    match _family(declared), _family(kind):
        case "text", "text":
            return _cut(kind)
        case "text", "whole":
            return _whole_of_text(kind)
        case "whole", "text":
            return _told(kind, str, "Varchar representation of {0} exceeds")
        case "whole", "whole":
            return _same if _WHOLE.index(declared) < _WHOLE.index(kind) else None
        case "float" | "double", "float" | "double":
            return _same
        case "float", "decimal":
            return _decimal(kind, lambda value: Decimal(repr(shortest_float(value))), "REAL")
        case "double", "decimal":
            return _decimal(kind, lambda value: Decimal(repr(value)), "DOUBLE")
        case "decimal", "decimal":
            return _decimal(kind, _same, "DECIMAL({}, {})".format(*_digits(declared)))
        case "decimal", "float" | "double":
            return float
        case "decimal", "text":
            return _told(kind, "{:f}".format, "Decimal value {0} representation exceeds")
    return None


def _each(change: _Value, kind: str) -> Change:
    def changed(column: pa.Array) -> pa.Array:
        values = [None if value is None else change(value) for value in column.to_pylist()]
        return pa.array(values, arrow_type(kind))

    return changed


def _same(value: Any) -> Any:
    return value


def _digits(kind: str) -> tuple[int, int]:
    digits, scale = map(int, re.findall(r"\d+", kind))
    return digits, scale


def _length(kind: str) -> int | None:
    found = re.search(r"\d+", kind)
    return int(found[0]) if found else None


def _cut(kind: str) -> _Value:
    length = _length(kind)
    return lambda text: text[:length]


def _fitting(kind: str) -> _Value:
    type_ = parse(kind)

    def fitting(value: int) -> int:
        if not type_.holds(value):
            raise DoesNotFit
        return value

    return fitting


def _whole_of_text(kind: str) -> _Value:
    type_ = parse(kind)

    def read(text: str) -> int | None:
        """As Java's Long.parseLong."""
        value = int(text) if re.fullmatch(r"[+-]?\d+", text) else None
        return value if value is not None and type_.holds(value) else None

    return read


def _told(kind: str, tell: Callable[[Any], str], message: str) -> _Value:
    length = _length(kind)

    def told(value: Any) -> str:
        text = tell(value)
        if length is not None and len(text) > length:
            raise QueryError(f"INVALID_ARGUMENTS: {message.format(text)} varchar({length}) bounds")
        return text

    return told


def _decimal(kind: str, exact: _Value, name: str) -> _Value:
    """Rounded half up (Trino, DecimalConversions)."""
    digits, scale = _digits(kind)

    def rounded(value: Any) -> Decimal:
        number: Decimal = exact(value)
        fits = number.is_finite() and number.adjusted() < digits - scale + 1
        result = number.quantize(Decimal(1).scaleb(-scale), context=_DIGITS) if fits else number
        if not fits or len(result.as_tuple().digits) > digits:
            raise QueryError(
                f"INVALID_CAST_ARGUMENT: Cannot cast {name} '{value}' to DECIMAL({digits}, {scale})"
            )
        return result

    return rounded


def _decoded(column: pa.Array) -> pa.Array:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        raise QueryError("NOT_SUPPORTED: the sandbox does not read texts that are not in UTF-8") from None


def unsigned(column: pa.Array) -> pa.Array:
    """Trino reads the bits of an unsigned number as those of a signed one of the same size."""
    signed = {pa.uint32(): pa.int32(), pa.uint64(): pa.int64()}
    return column.view(signed[column.type]) if column.type in signed else column


def has_nan(column: pa.Array) -> bool:
    return bool(pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py())
