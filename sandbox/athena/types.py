"""Types, as strictly as Athena takes them: DuckDB would compare a text with a number, and answer."""

from __future__ import annotations

from sqlglot import exp

from sandbox.athena.results import QueryError

_T = exp.DataType.Type
_FAMILIES = {
    "varchar": {_T.VARCHAR, _T.TEXT, _T.CHAR},
    "number": {*exp.DataType.NUMERIC_TYPES},
    "boolean": {_T.BOOLEAN},
    "time": {_T.DATE, _T.TIMESTAMP, _T.TIMESTAMPTZ, _T.DATETIME},
}
_NUMERIC_ONLY = (
    exp.Sum,
    exp.Avg,
    exp.Stddev,
    exp.StddevPop,
    exp.StddevSamp,
    exp.Variance,
    exp.Abs,
    exp.Round,
)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_ARITHMETIC = (exp.Mul, exp.Div, exp.Mod)

_GLUE_NAMES = {"string": "varchar", "int": "integer", "binary": "varbinary"}


def athena_name(glue_type: str) -> str:
    return _GLUE_NAMES.get(glue_type, glue_type)


def check(tree: exp.Expression) -> None:
    """Raises `QueryError` TYPE_MISMATCH for what Athena would not compare, add up or join."""
    for node in tree.walk():
        if isinstance(node, _COMPARISONS):
            _same_family(node, node.this, node.expression, _OPERATORS[type(node)])
        elif isinstance(node, exp.Between):
            _same_family(node, node.this, node.args["low"], "BETWEEN")
            _same_family(node, node.this, node.args["high"], "BETWEEN")
        elif isinstance(node, exp.In):
            for each in node.expressions:
                _same_family(node, node.this, each, "IN")
        elif isinstance(node, _ARITHMETIC):
            _same_family(node, node.this, node.expression, node.key)
            _no_text(node, node.this, node.key)
        elif isinstance(node, exp.DPipe):
            for side in (node.this, node.expression):
                if _family(side) not in (None, "varchar"):
                    raise _mismatch(node, f"Unexpected parameters ({_named(side)}) for function concat")
        elif isinstance(node, _NUMERIC_ONLY):
            _no_text(node, node.this, node.key)
        elif isinstance(node, exp.Coalesce):
            for each in node.expressions:
                _same_family(node, node.this, each, "COALESCE")


_OPERATORS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}


def _same_family(node: exp.Expression, left: exp.Expression, right: exp.Expression, operator: str) -> None:
    one, other = _family(left), _family(right)
    if one and other and one != other:
        raise _mismatch(node, f"Cannot apply operator: {_named(left)} {operator} {_named(right)}")


def _no_text(node: exp.Expression, argument: exp.Expression, function: str) -> None:
    if _family(argument) in ("varchar", "boolean"):
        raise _mismatch(node, f"Unexpected parameters ({_named(argument)}) for function {function}")


def _family(node: exp.Expression) -> str | None:
    """None for what is NULL or of a type that sqlglot cannot tell."""
    if node.type is None or isinstance(node, exp.Null):
        return None
    return next((name for name, types in _FAMILIES.items() if node.type.this in types), None)


def _named(node: exp.Expression) -> str:
    return node.type.sql("athena").lower() if node.type else "unknown"


def _mismatch(node: exp.Expression, told: str) -> QueryError:
    line, column = position(node)
    return QueryError(f"TYPE_MISMATCH: line {line}:{column}: {told}")


def position(node: exp.Expression) -> tuple[int, int]:
    """Line and column of the first name below a node, counted from one; (1, 1) where sqlglot kept none."""
    for each in node.walk():
        if "line" in each.meta:
            return each.meta["line"], each.meta["col"] - each.meta["end"] + each.meta["start"]
    return 1, 1
