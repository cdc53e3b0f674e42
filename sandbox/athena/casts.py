"""CAST and TRY_CAST: what may be cast to what, and how. https://trino.io/docs/current/functions/conversion.html"""

from __future__ import annotations

from sqlglot import exp

from sandbox.athena import types
from sandbox.athena.grammar import position
from sandbox.athena.results import QueryError
from sandbox.athena.types import JSON, UNKNOWN, VARCHAR, Type

_T = exp.DataType.Type
_SIMPLE = {
    _T.BOOLEAN: "boolean",
    _T.TINYINT: "tinyint",
    _T.SMALLINT: "smallint",
    _T.INT: "integer",
    _T.BIGINT: "bigint",
    _T.DOUBLE: "double",
    _T.VARCHAR: "varchar",
    _T.DATE: "date",
    _T.JSON: "json",
}
_FROM_TEXT = ("boolean", "tinyint", "smallint", "integer", "bigint", "double", "decimal", "date", "timestamp")
_FROM_JSON = ("varchar", "bigint", "integer", "double", "boolean")
_CONTAINERS = {types.parse("map(varchar, json)"), types.parse("map(varchar, varchar)")} | {
    types.parse("array(json)"),
    types.parse("array(varchar)"),
}
_NEVER = {
    ("boolean", "date"),
    ("boolean", "timestamp"),
    ("date", "boolean"),
    ("timestamp", "boolean"),
    *(
        (number, time)
        for number in ("integer", "bigint", "double", "decimal")
        for time in ("date", "timestamp")
    ),
    *(
        (time, number)
        for number in ("integer", "bigint", "double", "decimal")
        for time in ("date", "timestamp")
    ),
}
"""What Athena says no to; any other pair that is not done here, the sandbox refuses for itself."""


def checked_cast(node: exp.Cast, source: Type) -> Type:
    """The type that is cast to; raises `QueryError`."""
    target = _target(node)
    if not _possible(source, target):
        line, column = position(node)
        if (source.name, target.name) in _NEVER:
            raise QueryError(f"TYPE_MISMATCH: line {line}:{column}: Cannot cast {source} to {target}")
        raise QueryError(
            f"NOT_SUPPORTED: line {line}:{column}: the sandbox does not cast {source} to {target} as Athena does"
        )
    return target


def _target(node: exp.Cast) -> Type:
    to = node.args["to"]
    numbers = [each.this for each in to.expressions if isinstance(each, exp.DataTypeParam)]
    numbers = [int(each.this) for each in numbers]
    match to.this:
        # not `DECIMAL '1.5'`, whose text gives its digits; the parser makes a cast of that too
        case _T.DECIMAL if numbers or not node.this.is_string:
            return types.decimal(numbers[0] if numbers else 38, numbers[1] if len(numbers) > 1 else 0)
        case _T.TIMESTAMP if numbers in ([], [3]):
            return types.TIMESTAMP
        case _T.TIMESTAMP if numbers == [0] and isinstance(node.this, exp.Literal):
            return types.TIMESTAMP_0
        case _T.TIMESTAMPTZ if numbers in ([], [3]):
            return Type("timestamp with time zone")
        case _T.MAP | _T.ARRAY:
            parts = tuple(Type(_SIMPLE.get(each.this, "unknown")) for each in to.expressions)
            return Type(to.this.value.lower(), parts)
        case _ if to.this in _SIMPLE and (not numbers or to.this is _T.VARCHAR):
            return Type(_SIMPLE[to.this])
    line, column = position(node)
    raise QueryError(
        f"NOT_SUPPORTED: line {line}:{column}: the sandbox has no type {to.sql('trino').lower()}"
    )


def _possible(source: Type, target: Type) -> bool:
    if source in (target, UNKNOWN):
        return True
    if source == VARCHAR:
        return target.name in _FROM_TEXT
    if source == JSON:
        return target.name in _FROM_JSON or target in _CONTAINERS
    if source.is_number and target.is_number:
        return target.name != "real"
    if source.is_number:
        return target.name == "boolean" or (target == VARCHAR and source.name not in ("real", "double"))
    if source.name == "boolean":
        return target == VARCHAR or target.is_whole or target.name == "double"
    if source.is_time:
        return target.is_time or target == VARCHAR
    return False
