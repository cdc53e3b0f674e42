"""Athena's SQL into DuckDB's. sqlglot translates most of it; here is what would else be answered differently.

Semantics of the originals: Trino documentation, "Functions and operators" (Athena engine version 3 is Trino).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

PRELUDE = (
    "SET TimeZone = 'UTC'",
    "SET integer_division = true",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "CREATE MACRO every(x) AS bool_and(x)",
    "CREATE MACRO map_agg(k, v) AS map_from_entries(list({'k': k, 'v': v}))",
    "CREATE MACRO array_except(a, b) AS list_filter(list_distinct(a), lambda x: NOT list_contains(b, x))",
    "CREATE MACRO trino_extract(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "CREATE MACRO trino_scalar(j, p) AS CASE WHEN json_valid(j) THEN "
    "CASE WHEN json_type(j, p) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(j, p) END END",
    "CREATE MACRO trino_boolean(s) AS CASE WHEN lower(s) IN ('true', 't', '1') THEN true "
    "WHEN lower(s) IN ('false', 'f', '0') THEN false END",
)

_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|NaN|[+-]?Infinity"
_WHOLE = r"[+-]?\d+"
_DAY = r"\s*[+-]?\d{4,}-\d{1,2}-\d{1,2}"
_FORMS = {
    **dict.fromkeys((exp.DataType.Type.INT, exp.DataType.Type.BIGINT), _WHOLE),
    **dict.fromkeys((exp.DataType.Type.SMALLINT, exp.DataType.Type.TINYINT), _WHOLE),
    **dict.fromkeys((exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT), _NUMBER),
    exp.DataType.Type.DATE: _DAY + r"\s*",
    exp.DataType.Type.TIMESTAMP: _DAY + r"( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*",
}
"""Texts that Trino casts to a type; DuckDB takes more (12.7 as 13, other dates, yes as a boolean)."""

REFUSED = frozenset(
    {
        "typeof",
        "checksum",
        "format_datetime",
        "parse_datetime",
        "approx_percentile",
        "merge",
        "map_union",
        "histogram",
    }
    | {
        "numeric_histogram",
        "qdigest_agg",
        "tdigest_agg",
        "map_union_sum",
        "word_stem",
        "at_timezone",
        "with_timezone",
    }
    | {"array_sort", "reduce", "zip_with", "transform_values", "transform_keys", "map_filter", "regexp_split"}
)
"""Functions that DuckDB lacks or that would answer differently: refused, never answered wrongly."""

TEXT = (exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.CHAR)


def to_duckdb(tree: exp.Expression) -> str:
    """The SQL of an annotated tree (`annotate_types`) for DuckDB."""
    return str(tree.transform(_mended, copy=True).sql(dialect="duckdb"))


def _mended(node: exp.Expression) -> exp.Expression:
    for kind, mend in _MENDS.items():
        if isinstance(node, kind):
            return mend(node)
    return node


def _call(name: str, *arguments: exp.Expression | str | None) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[exp.convert(a) for a in arguments if a is not None])


def _date_diff(node: exp.Expression) -> exp.Expression:
    """Trino counts whole units, as DuckDB's date_sub; DuckDB's date_diff counts the boundaries crossed."""
    return _call("date_sub", (node.text("unit") or "day").lower(), node.expression, node.this)


def _regexp_extract(node: exp.Expression) -> exp.Expression:
    """NULL and not '' without a match."""
    return _call("trino_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0))


def _regexp_replace(node: exp.Expression) -> exp.Expression:
    """All matches; groups are $1 in Trino and \\1 in DuckDB."""
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal):
        replacement = exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", replacement.this))
    return _call("regexp_replace", node.this, node.expression, replacement or exp.Literal.string(""), "g")


def _json_scalar(node: exp.Expression) -> exp.Expression:
    """NULL for a text that is no JSON, and for an object or an array."""
    path = (
        node.expression.sql(dialect="duckdb")
        if isinstance(node.expression, exp.JSONPath)
        else node.expression
    )
    if isinstance(path, str):
        path = exp.Literal.string(path.strip("'"))
    return _call("trino_scalar", node.this, path)


def _format(node: exp.Expression) -> exp.Expression:
    return _call("printf", node.this, *node.expressions)


def _cast(node: exp.Expression) -> exp.Expression:
    """What Trino does not take for the type is an error, or NULL with try_cast."""
    target, text = node.args["to"].this, node.this
    if text.type is None or text.type.this not in TEXT or isinstance(node, exp.JSONCast):
        return node
    lenient = isinstance(node, exp.TryCast)
    if target is exp.DataType.Type.BOOLEAN:
        value, fits = _call("trino_boolean", text.copy()), None
        fits = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
    elif target in _FORMS:
        value = exp.TryCast(this=text.copy(), to=node.args["to"].copy())
        fits = _call("regexp_full_match", text.copy(), exp.Literal.string(_FORMS[target]))
        if not lenient:
            nothing = exp.Is(this=value.copy(), expression=exp.Null())
            fits = exp.And(this=fits, expression=exp.Not(this=nothing))
    else:
        return node
    if lenient:
        return exp.Case(ifs=[exp.If(this=fits, true=value)])
    told = exp.DPipe(
        this=exp.Literal.string("INVALID_CAST_ARGUMENT: Cannot cast '"),
        expression=exp.DPipe(this=text.copy(), expression=exp.Literal.string(f"' to {target.name}")),
    )
    missing = exp.Is(this=text.copy(), expression=exp.Null())
    return exp.Case(
        ifs=[exp.If(this=missing, true=exp.Null()), exp.If(this=fits, true=value)],
        default=_call("error", told),
    )


def _same_type(node: exp.Expression) -> exp.Expression:
    """A date stays a date when days are added or it is truncated; DuckDB makes a timestamp of it."""
    if node.this.type is None or node.this.type.this is not exp.DataType.Type.DATE or node.meta.get("mended"):
        return node
    inner = node.copy()
    inner.meta["mended"] = True
    return exp.cast(inner, exp.DataType.Type.DATE)


def _anonymous(node: exp.Expression) -> exp.Expression:
    name = node.name.lower()
    match name, node.expressions:
        case "any_match", [array, predicate]:
            return exp.GT(this=_matching(array, predicate), expression=exp.Literal.number(0))
        case "none_match", [array, predicate]:
            return exp.EQ(this=_matching(array, predicate), expression=exp.Literal.number(0))
        case "all_match", [array, predicate]:
            return exp.EQ(this=_matching(array, predicate), expression=_call("len", array.copy()))
        case "format", [pattern, *values]:
            return _call("printf", pattern, *values)
        case "json_size", [json, path]:
            return _call("json_array_length", json, path)
    return node


def _matching(array: exp.Expression, predicate: exp.Expression) -> exp.Expression:
    return _call("len", exp.ArrayFilter(this=array, expression=predicate))


_MENDS: dict[
    type[exp.Expression] | tuple[type[exp.Expression], ...], Callable[[exp.Expression], exp.Expression]
] = {
    (exp.DateDiff, exp.TimestampDiff): _date_diff,
    exp.RegexpExtract: _regexp_extract,
    exp.JSONExtractScalar: _json_scalar,
    exp.RegexpReplace: _regexp_replace,
    exp.Format: _format,
    (exp.Cast, exp.TryCast): _cast,
    (exp.DateAdd, exp.DateTrunc, exp.Add, exp.Sub): _same_type,
    exp.ArraySize: lambda node: _call("cardinality", node.this),
    exp.Anonymous: _anonymous,
}
