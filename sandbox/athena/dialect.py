"""An analysed query into DuckDB's SQL: DuckDB's own functions where they are the same, else a way around."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, reduce
from pathlib import Path

from sqlglot import exp

from sandbox.athena.analysis import is_least, type_of
from sandbox.athena.grammar import call
from sandbox.athena.results import QueryError
from sandbox.athena.signatures import Signature
from sandbox.athena.types import DATE, DAYS, DOUBLE, JSON, UNKNOWN, VARCHAR, Type

PRELUDE = Path(__file__).with_name("prelude.sql")

_UNITS = {
    "millisecond": "to_milliseconds",
    "second": "to_seconds",
    "minute": "to_minutes",
    "hour": "to_hours",
    "day": "to_days",
    "week": "to_weeks",
    "month": "to_months",
    "quarter": "to_months",
    "year": "to_years",
}
_DAY_UNITS = ("day", "week", "month", "quarter", "year")
_PATTERNS = {
    **{letter: f"%{letter}" for letter in "YmdHSpjbafI%"},
    "i": "%M",
    "s": "%S",
    "M": "%B",
    "W": "%A",
    "h": "%I",
    "e": "%-d",
    "c": "%-m",
    "k": "%-H",
    "l": "%-I",
    "T": "%H:%M:%S",
    "r": "%I:%M:%S %p",
    "y": "%y",
}
"""date_format's letters as strftime's."""


def to_duckdb(tree: exp.Expression) -> str:
    """Uses the tree up. Raises `QueryError` for what cannot be told alike."""
    for node in reversed(list(tree.walk(bfs=False))):  # parts before what they are parts of
        mend = _MENDS.get(type(node))
        if mend is None:
            continue
        parent, key, index = (
            node.parent,
            node.arg_key,
            node.index,
        )  # before it becomes a part of what is made of it
        mended = mend(node)
        if mended is not node and parent:
            if "type" in node.meta:
                mended.meta["type"] = node.meta["type"]
            parent.set(key, mended, index)
    return str(tree.sql(dialect="duckdb"))


def _cast_to(node: exp.Expression, type_: Type) -> exp.Expression:
    found = exp.Cast(this=node, to=_duckdb_type(type_.duckdb).copy())
    found.meta["type"] = type_
    return found


_SIMPLE = (exp.Column, exp.Literal, exp.Null, exp.Boolean, exp.Identifier, exp.Lambda, exp.Dot)


def _is_simple(node: exp.Expression) -> bool:
    """Whether it costs nothing to work it out several times; a literal's type too."""
    return isinstance(node, _SIMPLE) or (type(node) is exp.Cast and isinstance(node.this, exp.Literal))


@cache
def _duckdb_type(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="duckdb")


def _refused(what: str) -> QueryError:
    return QueryError(f"NOT_SUPPORTED: the sandbox does not do {what} as Athena does")


# Calls


def _call(node: exp.Anonymous) -> exp.Expression:
    name, arguments = node.name.lower(), list(node.expressions)
    signature: Signature | None = node.meta.get("signature")
    if signature is None:  # count(*) and nullif
        return call(name, *arguments)
    for number, (argument, expected) in enumerate(zip(arguments, node.meta["expected"], strict=True)):
        known = argument.meta.get("type", expected)
        if (
            known.duckdb != expected.duckdb
            and UNKNOWN not in (known, expected)
            and expected.name != "function"
        ):
            arguments[number] = _cast_to(argument, expected)
    special = _CALLS.get(signature.duckdb)
    made = special(arguments, type_of(node)) if special else _bound(signature.duckdb, *arguments)
    return _settled(node, made)


@cache
def _macros() -> frozenset[str]:
    return frozenset(re.findall(r"CREATE MACRO (\w+)", PRELUDE.read_text(encoding="utf-8")))


def _bound(name: str, *arguments: exp.Expression | str) -> exp.Expression:
    """A call. A macro's arguments are worked out once, wherever and however often they stand in it: bound to a name
    by a lambda, as DuckDB's SQL has nothing else for it."""
    if name not in _macros():
        return call(name, *arguments)
    values: list[exp.Expression] = []
    inner: list[exp.Expression | str] = []
    for each in arguments:
        if isinstance(each, str) or _is_simple(each):
            inner.append(each)
            continue
        field = exp.to_identifier(f"v{len(values)}")
        values.append(exp.PropertyEQ(this=field, expression=each))
        inner.append(exp.Dot(this=exp.to_identifier("bound__"), expression=field.copy()))
    if not values:
        return call(name, *arguments)
    row = exp.Array(expressions=[exp.Struct(expressions=values)])
    body = exp.Lambda(this=call(name, *inner), expressions=[exp.to_identifier("bound__")])
    return call("list_extract", call("list_transform", row, body), 1)


def _settled(node: exp.Expression, made: exp.Expression) -> exp.Expression:
    """DuckDB's sums and counts are of wider types; what stands around an aggregate belongs to it."""
    core = node
    while isinstance(core, exp.Filter | exp.Window):
        core = core.this
    wider = core.meta.get("wider") or core.name.lower()
    if wider not in ("sum", "round", "checksum"):
        return made
    if isinstance(node.parent, exp.Filter | exp.Window):
        made.meta["wider"] = wider
        return made
    return _eight_bytes(made) if wider == "checksum" else _cast_to(made, type_of(node))


def _eight_bytes(total: exp.Expression) -> exp.Expression:
    """Of a sum of hashes, which takes no heed of their order: what goes beyond eight bytes is left out."""
    value: exp.Expression = exp.Mod(this=exp.Paren(this=total), expression=exp.Literal.number(2**64))
    for kind in ("UBIGINT", "BIT", "BLOB"):
        value = exp.Cast(this=value, to=_duckdb_type(kind).copy())
    return value


def _around(node: exp.Filter | exp.Window) -> exp.Expression:
    return _settled(node, node)


def _first(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    return exp.Paren(this=arguments[0])


def _null_if_any(name: str) -> Callable[[list[exp.Expression], Type], exp.Expression]:
    """DuckDB leaves NULLs out of greatest and least."""

    def made(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
        missing = exp.or_(*(exp.Is(this=each.copy(), expression=exp.Null()) for each in arguments))
        return exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=call(name, *arguments))

    return made


def _joined(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    return exp.Paren(
        this=reduce(lambda left, right: exp.DPipe(this=left, expression=right), map(_bracketed, arguments))
    )


def _bracketed(node: exp.Expression) -> exp.Expression:
    return (
        node
        if isinstance(node, exp.Literal | exp.Column | exp.Anonymous | exp.Paren)
        else exp.Paren(this=node)
    )


def _character(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    """A literal where it can be one: DuckDB's array_to_string takes no other separator."""
    (number,) = arguments
    literal = number.this if isinstance(number, exp.Cast) else number
    if isinstance(literal, exp.Literal):
        return exp.Literal.string(chr(int(literal.name)))
    return call("trino_chr", number)


def _count_if(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    """A CASE, for DuckDB's own count_if and nullif are macros that have their argument planned twice."""
    return call("count", exp.Case(ifs=[exp.If(this=arguments[0], true=exp.true())]))


def _matched(name: str) -> Callable[[list[exp.Expression], Type], exp.Expression]:
    return lambda arguments, type_: _bound(name, call("list_transform", *arguments))


def _unit(node: exp.Expression, type_: Type) -> str:
    unit = node.name.lower() if isinstance(node, exp.Literal) else ""
    if not unit:
        raise _refused("a computed unit of time")
    if type_ == DATE and unit not in _DAY_UNITS:
        raise QueryError(f"INVALID_FUNCTION_ARGUMENT: '{unit}' is not a valid DATE field")
    if unit not in _UNITS:
        raise QueryError(f"INVALID_FUNCTION_ARGUMENT: '{unit}' is not a valid TIMESTAMP field")
    return unit


def _date_trunc(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    return _cast_to(call("date_trunc", _unit(arguments[0], type_), arguments[1]), type_)


def _date_add(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    unit, (_, number, value) = _unit(arguments[0], type_), arguments
    if unit in _DAY_UNITS:
        number = exp.cast(number, "INTEGER", copy=False)
    if unit == "quarter":
        number = exp.Mul(this=exp.Paren(this=number), expression=exp.Literal.number(3))
    moved = exp.Add(this=_bracketed(value), expression=call(_UNITS[unit], number))
    return _cast_to(moved, type_)


def _date_diff(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    """Trino counts whole units, as DuckDB's date_sub; DuckDB's date_diff counts the boundaries crossed."""
    return call("date_sub", _unit(arguments[0], arguments[1].meta.get("type", UNKNOWN)), *arguments[1:])


def _pattern(node: exp.Expression, without: str) -> str:
    if not isinstance(node, exp.Literal):
        raise _refused("a computed format of time")

    def letter(found: re.Match[str]) -> str:
        if found[1] not in _PATTERNS or found[1] in without:
            raise _refused(f"the format of time {node.name}")
        return _PATTERNS[found[1]]

    return re.sub(r"%(.?)", letter, node.name, flags=re.DOTALL)


def _date_parse(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    pattern = _pattern(arguments[1], without="yj").replace("%-", "%")
    if "%Y" not in pattern:
        raise _refused(f"a time without a year, {arguments[1].name}")  # Trino takes 1970, DuckDB 1900
    return _bound("parsed_time", arguments[0], pattern)


def _date_format(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    return call("strftime", arguments[0], _pattern(arguments[1], without=""))


def _format(arguments: list[exp.Expression], type_: Type) -> exp.Expression:
    """Java's format for texts and whole numbers."""
    pattern, *values = arguments
    if not isinstance(pattern, exp.Literal):
        raise _refused("a computed format")
    parts: list[exp.Expression] = [exp.Literal.string("")]
    for text, left, fill, size, letter, other in re.findall(
        r"([^%]+)|%(-?)(0?)(\d*)([sd%])|(%)", pattern.name
    ):
        if text or letter == "%":
            parts.append(exp.Literal.string(text or "%"))
        elif other or not values:
            raise _refused(f"the format {pattern.name}")
        else:
            parts.append(_formatted(values.pop(0), letter, left, fill, size))
    return _joined(parts, VARCHAR)


def _formatted(value: exp.Expression, letter: str, left: str, fill: str, size: str) -> exp.Expression:
    type_ = type_of(value)
    if not (type_.is_whole or (letter == "s" and type_ in (VARCHAR, DATE))) or (
        fill and (left or letter == "s")
    ):
        raise _refused(f"format() of {type_}")
    text = exp.func("coalesce", exp.cast(value, "VARCHAR", copy=False), exp.Literal.string("null"))
    if not size:
        return text
    length = exp.Literal.number(size)
    padded = exp.Literal.string(fill or " ")
    if left:
        return exp.Case(
            ifs=[exp.If(this=exp.GTE(this=call("length", text.copy()), expression=length), true=text.copy())],
            default=call("rpad", text, length.copy(), padded),
        )
    return _bound("padded_number", text, length, padded)


_CALLS: dict[str, Callable[[list[exp.Expression], Type], exp.Expression]] = {
    "trino_same": _first,
    "trino_greatest": _null_if_any("greatest"),
    "trino_least": _null_if_any("least"),
    "trino_concat": _joined,
    "trino_chr": _character,
    # of no rows 0, where DuckDB's own gives NULL
    "trino_count_if": _count_if,
    "checksum": lambda arguments, type_: call("sum", call("hash", *arguments)),
    **{name: _matched(name) for name in ("trino_any_match", "trino_all_match", "trino_none_match")},
    "trino_date_trunc": _date_trunc,
    "trino_date_add": _date_add,
    "trino_date_diff": _date_diff,
    "trino_date_parse": _date_parse,
    "trino_date_format": _date_format,
    "trino_format": _format,
    "trino_date": lambda arguments, type_: _converted(
        arguments[0], type_of(arguments[0]), type_, strict=True
    ),
}


# Operators


def _arithmetic(node: exp.Binary) -> exp.Expression:
    result, left, right = type_of(node), type_of(node.this), type_of(node.expression)
    if result.is_whole:
        kind = exp.IntDiv if isinstance(node, exp.Div) else type(node)
        sides = [
            side if side_type == result else _cast_to(side, result)
            for side, side_type in ((node.this, left), (node.expression, right))
        ]
        return exp.Paren(this=kind(this=sides[0], expression=sides[1]))
    if result.name == "decimal":
        divided = isinstance(node, exp.Div)
        return _cast_to(_decimal_quotient(node, left, right, result) if divided else node, result)
    if result == DOUBLE and isinstance(node, exp.Div):
        return _bound("double_divide", _cast_to(node.this, DOUBLE), _cast_to(node.expression, DOUBLE))
    if result == DAYS:
        return exp.Paren(
            this=type(node)(
                this=exp.cast(node.this, "TIMESTAMP", copy=False),
                expression=exp.cast(node.expression, "TIMESTAMP", copy=False),
            )
        )
    return _cast_to(node, result)


def _negative(node: exp.Neg) -> exp.Expression:
    """Of its own type: DuckDB would take a wider one."""
    literal = isinstance(node.this, exp.Literal) and not is_least(node)
    return _cast_to(node, type_of(node)) if type_of(node).is_whole and not literal else node


def _decimal_quotient(node: exp.Binary, left: Type, right: Type, result: Type) -> exp.Expression:
    """Rounded half up at the larger scale of the two; counted in units of the last place."""
    scale, (_, of_left), (_, of_right) = result.decimal[1], left.decimal, right.decimal
    dividend = _bound("unscaled", _cast_to(node.this, left))
    shifted = exp.Mul(
        this=dividend, expression=exp.cast(exp.Literal.number(10 ** (scale - of_left + of_right)), "HUGEINT")
    )
    units = _bound("half_up", shifted, _bound("unscaled", _cast_to(node.expression, right)))
    return exp.DPipe(this=exp.cast(units, "VARCHAR", copy=False), expression=exp.Literal.string(f"e-{scale}"))


def _subscript(node: exp.Bracket) -> exp.Expression:
    name = "map_subscript" if type_of(node.this).name == "map" else "subscript"
    return _bound(name, node.this, node.expressions[0])


# Casts


def _cast(node: exp.Cast) -> exp.Expression:
    strict = not isinstance(node, exp.TryCast)
    value, source, target = node.this, type_of(node.this), type_of(node)
    made = _converted(value, source, target, strict)
    length = [each.name for each in node.args["to"].expressions if isinstance(each, exp.DataTypeParam)]
    if target == VARCHAR and length:
        if source != VARCHAR:
            raise _refused(f"a cast of {source} to varchar({length[0]})")
        return call("left", made, exp.Literal.number(length[0]))
    return made


def _converted(value: exp.Expression, source: Type, target: Type, strict: bool) -> exp.Expression:
    if source == VARCHAR and target != VARCHAR:
        if target.name == "decimal":
            return _decimal_of_text(value, target, strict)
        return _bound(f"{'' if strict else 'try_'}cast_{target.name}", value)
    made = _converted_value(value, source, target)
    return made if strict else call("try", made)


def _converted_value(value: exp.Expression, source: Type, target: Type) -> exp.Expression:
    if source == JSON and target != JSON:
        return _of_json(value, target)
    if source == DOUBLE and target.is_whole:
        return _cast_to(call("round", value), target)
    if source == DOUBLE and target.name == "decimal":
        return _cast_to(exp.cast(value, "VARCHAR", copy=False), target)
    if target == VARCHAR and source.name == "timestamp":
        text = _bound("timestamp_text", value)
        return call("left", text, exp.Literal.number(19)) if source.args == (0,) else text
    if target == VARCHAR and source.name == "timestamp with time zone":
        return exp.Paren(
            this=exp.DPipe(this=_bound("timestamp_text", value), expression=exp.Literal.string(" UTC"))
        )
    return _cast_to(value, target)


def _decimal_of_text(value: exp.Expression, target: Type, strict: bool) -> exp.Expression:
    made = exp.TryCast(this=call("number_text", value), to=_duckdb_type(target.duckdb).copy())
    told = str(target).upper().replace(",", ", ")
    return _bound("checked_decimal", made, value.copy(), told) if strict else made


def _of_json(value: exp.Expression, target: Type) -> exp.Expression:
    match target.name:
        case "varchar":
            return call("json_scalar", value)
        case "map":
            return call("any_json_map" if target.parts[1] == JSON else "any_json_text_map", value)
        case "array":
            return call("json_array" if target.parts[0] == JSON else "json_text_array", value)
        case "double":
            return _bound("cast_double", call("json_scalar", value))
        case "boolean":
            return _bound("cast_boolean", call("json_truth", value))
    return _bound(f"cast_{target.name}", call("json_whole", value))


# Relations


def _unnest(node: exp.Unnest) -> exp.Expression:
    """Arrays side by side, filled up with NULLs, as a lateral subquery; a map gives two columns."""
    columns: list[exp.Expression] = []
    for each in node.expressions:
        if type_of(each).name == "map":
            columns += [call("map_keys", each), call("map_values", each.copy())]
        else:
            columns.append(each)
    names = node.alias_column_names
    selected = [exp.alias_(call("unnest", c), n, quoted=True) for n, c in zip(names, columns, strict=False)]
    if offset := node.args.get("offset"):
        longest = call("greatest", *(call("len", column.copy()) for column in columns))
        ordinals = call("generate_series", exp.cast(exp.Literal.number(1), "BIGINT"), longest)
        name = offset.name if isinstance(offset, exp.Expression) else names[-1]
        selected.append(exp.alias_(call("unnest", ordinals), name, quoted=True))
    subquery = exp.Subquery(this=exp.select(*selected))
    return exp.Lateral(this=subquery, alias=exp.TableAlias(this=exp.to_identifier(node.alias, quoted=True)))


_MENDS: dict[type[exp.Expression], Callable[..., exp.Expression]] = {
    exp.Anonymous: _call,
    **dict.fromkeys((exp.Filter, exp.Window), _around),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
    exp.Neg: _negative,
    exp.Bracket: _subscript,
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
    exp.Unnest: _unnest,
}
