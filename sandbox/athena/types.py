"""Athena's types: their names, and which go together.

Trino converts numbers and times to wider ones by itself, but never a text to anything else, or anything to a text.
https://trino.io/docs/current/language/types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

_GLUE = {"string": "varchar", "int": "integer", "float": "real", "binary": "varbinary"}
_WHOLE = ("tinyint", "smallint", "integer", "bigint")
_NUMBERS = (*_WHOLE, "decimal", "real", "double")  # each coerces to those after it
_TIMES = ("date", "timestamp", "timestamp with time zone")  # likewise
_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}
_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
MAX_DIGITS = 38


@dataclass(frozen=True)
class Type:
    """`args`: digits and scale of a decimal, fraction digits of a timestamp, parts of an array, map or row."""

    name: str
    args: tuple[Type | int, ...] = ()

    def __deepcopy__(self, memo: object) -> Type:
        return self  # it never changes, and trees that are copied have one at every node

    def __str__(self) -> str:
        if self.name == "timestamp":
            return f"timestamp({self.args[0] if self.args else 3})"
        separator = "," if self.name == "decimal" else ", "
        return f"{self.name}({separator.join(map(str, self.args))})" if self.args else self.name

    @property
    def is_number(self) -> bool:
        return self.name in _NUMBERS

    @property
    def is_whole(self) -> bool:
        return self.name in _WHOLE

    @property
    def is_time(self) -> bool:
        return self.name in _TIMES

    @property
    def is_scalar(self) -> bool:
        return self.name not in ("array", "map", "row", "function")

    @property
    def parts(self) -> tuple[Type, ...]:
        return tuple(part for part in self.args if isinstance(part, Type))

    def holds(self, value: int) -> bool:
        """Of a type of whole numbers."""
        limit = 1 << (_BITS[self.name] - 1)
        return -limit <= value < limit

    @property
    def decimal(self) -> tuple[int, int]:
        """Digits and scale of a decimal, or of a whole number as one."""
        if self.is_whole:
            return _DIGITS[self.name], 0
        digits, scale = (part for part in self.args if isinstance(part, int))
        return digits, scale

    @property
    def duckdb(self) -> str:
        """DuckDB's name. JSON is kept as the text that Trino would keep."""
        match self.name:
            case "json":
                return "VARCHAR"
            case "varbinary":
                return "BLOB"
            case "array":
                return f"{self.parts[0].duckdb}[]"
            case "map":
                return f"MAP({', '.join(part.duckdb for part in self.parts)})"
            case "decimal":
                return str(self).upper()
            case "unknown":
                return "INTEGER"  # as DuckDB has a bare NULL
            case "interval day to second" | "interval year to month":
                return "INTERVAL"
        return self.name.upper()


def parse(text: str) -> Type:
    """A type as Athena writes it (`map(varchar, array(T))`) or as Glue does (`string`, `decimal(10,2)`)."""
    name, bracket, inner = text.strip().partition("(")
    if name in ("varchar", "char"):
        return VARCHAR
    parts = _parts(inner.removesuffix(")")) if bracket else []
    return Type(_GLUE.get(name, name), tuple(int(part) if part.isdigit() else parse(part) for part in parts))


def _parts(text: str) -> list[str]:
    """`a, map(b, c)` as `a` and `map(b, c)`."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def decimal(digits: int, scale: int) -> Type:
    return Type("decimal", (min(digits, MAX_DIGITS), scale))


VARCHAR, BOOLEAN, BIGINT, DOUBLE = map(Type, ("varchar", "boolean", "bigint", "double"))
INTEGER, DATE, JSON, UNKNOWN = map(Type, ("integer", "date", "json", "unknown"))
TIMESTAMP = Type("timestamp")  # (3): the precision of Athena's tables
TIMESTAMP_0 = Type("timestamp", (0,))  # of a literal without a fraction
DAYS, MONTHS = Type("interval day to second"), Type("interval year to month")


def common(one: Type, other: Type) -> Type | None:
    """The type both are converted to where they meet; None where Athena would not let them."""
    if one == other or other == UNKNOWN:
        return one
    if one == UNKNOWN:
        return other
    if one.is_number and other.is_number:
        return _wider_number(one, other)
    if one.is_time and other.is_time:
        if one.name == other.name == "timestamp":
            return TIMESTAMP
        return max(one, other, key=lambda each: _TIMES.index(each.name))
    if one.name == other.name and len(one.parts) == len(other.parts) > 0:
        parts = [common(a, b) for a, b in zip(one.parts, other.parts, strict=True)]
        return None if None in parts else Type(one.name, tuple(part for part in parts if part))
    return None


def _wider_number(one: Type, other: Type) -> Type:
    wider = max(one, other, key=lambda each: _NUMBERS.index(each.name))
    if wider.name != "decimal":
        return wider
    (digits, scale), (others_digits, others_scale) = one.decimal, other.decimal
    most = max(scale, others_scale)
    return decimal(max(digits - scale, others_digits - others_scale) + most, most)


def common_of(types: list[Type]) -> Type | None:
    return reduce(lambda one, other: common(one, other) if one else None, types, UNKNOWN)  # type: ignore[arg-type, return-value]
