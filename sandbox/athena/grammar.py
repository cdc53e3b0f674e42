"""Athena's SQL as a syntax tree. sqlglot reads more than Athena does: what is not on the lists here is refused.

https://docs.aws.amazon.com/athena/latest/ug/select.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokens import Token, TokenType

from sandbox.athena.results import QueryError, SyntaxFault


class AthenaSql(Trino):
    """Trino's, with every function call left as it was written: what they mean is a matter of `signatures`."""

    INDEX_OFFSET = 0

    class Parser(Trino.Parser):
        FUNCTIONS: dict[str, object] = {}  # noqa: RUF012 - sqlglot's way
        FUNCTION_PARSERS = {  # noqa: RUF012
            name: parser
            for name, parser in Trino.Parser.FUNCTION_PARSERS.items()
            if name in ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING")
        }


_DIALECT = AthenaSql()

_NAMED = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER})
_STATEMENTS = """
ALTER ANALYZE CALL COMMIT CREATE DEALLOCATE DELETE DESC DESCRIBE DROP EXECUTE EXPLAIN GRANT INSERT
MERGE MSCK OPTIMIZE PREPARE REFRESH RESET REVOKE ROLLBACK SET SHOW START TRUNCATE UNLOAD UPDATE USE
VACUUM
"""
_OPERATORS = frozenset(
    {
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "+",
        "-",
        "*",
        "/",
        "%",
        "=",
        "<>",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "||",
        "->",
        "?",
    }
)
_BRACKETED = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.ARRAY}
)
_BINARY = "this expression"
_NODES: dict[type[exp.Expression], str] = {
    exp.Select: "with_ expressions from_ joins where group having order limit offset distinct",
    exp.Subquery: "this alias",
    **dict.fromkeys((exp.Union, exp.Except, exp.Intersect), _BINARY + " distinct with_ order limit offset"),
    exp.With: "expressions",
    exp.CTE: "this alias",
    exp.TableAlias: "this columns",
    exp.Table: "this db catalog alias",
    exp.From: "this",
    exp.Join: "this side kind on using",
    exp.Unnest: "expressions alias offset",
    exp.Values: "expressions alias",
    exp.Where: "this",
    exp.Group: "expressions grouping_sets rollup cube",
    **dict.fromkeys((exp.GroupingSets, exp.Rollup, exp.Cube, exp.Tuple, exp.Array), "expressions"),
    exp.Having: "this",
    exp.Order: "this expressions",
    exp.Ordered: "this desc nulls_first",
    exp.Limit: "expression",
    exp.Offset: "expression",
    exp.Distinct: "expressions",
    exp.Alias: "this alias",
    exp.Column: "this table db",
    exp.Identifier: "this quoted",
    exp.Literal: "this is_string",
    exp.Boolean: "this",
    **dict.fromkeys((exp.Paren, exp.Neg, exp.Not, exp.Exists), "this"),
    **dict.fromkeys((exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _BINARY),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Escape), _BINARY),
    exp.Like: _BINARY + " negate",
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Mod), _BINARY),
    exp.Div: "this expression typed safe",
    exp.DPipe: "this expression safe",
    exp.Between: "this low high",
    exp.In: "this expressions query",
    exp.Case: "this ifs default",
    exp.If: "this true false",
    **dict.fromkeys((exp.Cast, exp.TryCast), "this to safe requires_string"),
    exp.DataType: "this expressions nested",
    exp.DataTypeParam: "this",
    exp.Interval: "this unit",
    exp.Var: "this",
    exp.Anonymous: "this expressions",
    exp.Lambda: "this expressions",
    exp.Bracket: "this expressions",
    exp.Filter: _BINARY,
    exp.Window: "this partition_by order spec over",
    exp.WindowSpec: "kind start start_side end end_side",
    exp.Placeholder: "",
    **dict.fromkeys((exp.Star, exp.Null, exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp), ""),
    exp.Extract: _BINARY,
    exp.Trim: "this",
    exp.StrPosition: "this substr",
    exp.Substring: "this start length",
}
"""The syntax that is executed, with the parts that it may have."""
_PARTS = {node: frozenset(parts.split()) for node, parts in _NODES.items()}

_NOT_PARSED = r"\bU&'|\b(json_(object|array|value|query|exists)|listagg|match_recognize)\s*\("
"""What Athena has syntax of its own for, which the parser has not."""

_EXTRACTED = {"dow": "day_of_week", "doy": "day_of_year", "yow": "year_of_week"}


def parsed(sql: str, parameters: Sequence[str] = ()) -> exp.Query:
    """A query's tree, its function calls all `Anonymous`. Raises `QueryError` for what is no query of Athena's."""
    first = re.match(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(\w*|.)", sql, re.DOTALL)
    word = first[1].upper() if first else ""
    if word and word in _STATEMENTS.split():
        what = " ".join(sql[first.start(1) :].upper().split()[:2]) if first and word == "SHOW" else word
        raise QueryError(f"NOT_SUPPORTED: the sandbox runs queries, SHOW and DESCRIBE, not {what}")
    if word not in ("SELECT", "WITH", "VALUES", "TABLE", "", "("):
        raise syntax_error(f"mismatched input '{word}'. Expecting: <query>")
    tree = _tree(sql)
    _bind(tree, parameters)
    for node in list(tree.walk()):
        _check(node)
    for identifier in tree.find_all(exp.Identifier):  # Athena's names are lower case, quoted or not
        identifier.set("this", identifier.this.lower())
    for column in tree.find_all(exp.Column):
        column.meta["qualified"] = bool(column.table)
    for select in tree.find_all(exp.Select):
        _write_outputs_out(select)
    for node in reversed(list(tree.walk(bfs=False))):  # parts before what they are parts of
        parent, key, index = node.parent, node.arg_key, node.index
        if parent and (made := _call_of(node)) is not node:
            parent.set(key, made, index)
    return tree


def _tree(sql: str) -> exp.Expression:
    try:
        return _parse(sql)
    except SyntaxFault as fault:
        if unread := re.search(_NOT_PARSED, sql, re.IGNORECASE):
            what = unread[0].rstrip("('")
            raise QueryError(f"NOT_SUPPORTED: the sandbox does not read {what} as Athena does") from fault
        raise


def _parse(sql: str) -> exp.Expression:
    try:
        tokens = _DIALECT.tokenize(sql)
        _check_tokens(tokens)
        statements = _DIALECT.parser().parse(tokens, sql)
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        token = str(place.get("highlight") or "<EOF>")
        column = max(1, (place.get("col") or 1) - len(token) + 1)  # sqlglot tells a token's last
        raise syntax_error(f"mismatched input '{token}'", place.get("line") or 1, column) from error
    except SqlglotError as error:
        raise syntax_error(str(error)) from error
    if len(statements) != 1 or statements[0] is None:
        raise syntax_error("Only one sql statement is allowed")
    return statements[0]


def syntax_error(told: str, line: int = 1, column: int = 1) -> SyntaxFault:
    return SyntaxFault(f"line {line}:{column}: {told}")


def _check_tokens(tokens: Sequence[Token]) -> None:
    """Operators and notations of other dialects."""
    for before, token in pairwise(tokens):
        bare = token.token_type is TokenType.L_BRACKET and before.token_type not in _BRACKETED
        unquoted = before.token_type is TokenType.INTERVAL and token.token_type is TokenType.NUMBER
        symbol = token.token_type not in _NAMED and not re.match(r"\w", token.text)
        if bare or unquoted or (symbol and token.text not in _OPERATORS):
            raise syntax_error(f"mismatched input '{token.text}'", token.line, token.col)
    for limit, offset in zip(tokens, tokens[2:], strict=False):
        if limit.token_type is TokenType.LIMIT and offset.token_type is TokenType.OFFSET:
            raise syntax_error("mismatched input 'OFFSET'. Expecting: <EOF>", offset.line, offset.col)


def _bind(tree: exp.Expression, parameters: Sequence[str]) -> None:
    places = list(tree.find_all(exp.Placeholder))
    if len(places) != len(parameters):
        raise QueryError(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: "
            f"expected {len(places)} but found {len(parameters)}"
        )
    for place, value in zip(places, parameters, strict=True):
        place.replace(_tree(f"SELECT {value}").selects[0])


def _check(node: exp.Expression) -> None:
    allowed = _PARTS.get(type(node))
    if allowed is None:
        raise _refused(node, node.key)
    for name, value in node.args.items():
        if value not in (None, False, [], "") and name not in allowed:
            raise _refused(node, f"{name.rstrip('_')} of {node.key}")
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
        raise syntax_error(f"mismatched input '{node.expression.sql()}'. Expecting: 'NULL'", *position(node))
    if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
        raise _refused(node, "a table function")
    if isinstance(node, exp.Join) and node.args.get("kind") not in (None, "", "CROSS", "INNER", "OUTER"):
        raise _refused(node, f"{node.args['kind'].lower()} join")


def _refused(node: exp.Expression, what: str) -> QueryError:
    line, column = position(node)
    return QueryError(f"NOT_SUPPORTED: line {line}:{column}: the sandbox does not do {what} as Athena does")


def position(node: exp.Expression) -> tuple[int, int]:
    """Line and column of the first name in a node, counted from one; (1, 1) where the parser kept none."""
    for each in node.walk(bfs=False):
        if "line" in each.meta:
            return each.meta["line"], max(1, each.meta["col"] - each.meta["end"] + each.meta["start"])
    return 1, 1


def no_row(column: exp.Column) -> QueryError:
    """What stands before the dot is found as a column, not as a relation."""
    line, place = position(column.args["table"])
    return QueryError(f"TYPE_MISMATCH: line {line}:{place}: Expression {column.table} is not of type ROW")


def _write_outputs_out(select: exp.Select) -> None:
    """In ORDER BY a name is an output's before it is a column's, within an expression too: there DuckDB differs."""
    outputs = {each.alias: each.this for each in select.selects if isinstance(each, exp.Alias)}
    order = select.args.get("order")
    for term in order.expressions if order else []:
        for column in list(term.find_all(exp.Column)):
            if column.table in outputs:
                raise no_row(column)
            if column.parent is not term and not column.table and column.name in outputs:
                output = column.replace(exp.Paren(this=outputs[column.name].copy()))
                for each in output.find_all(exp.Column):
                    each.meta["qualified"] = False  # it has been found already


def _call_of(node: exp.Expression) -> exp.Expression:
    """One form for what can be written in several: fields, positions and conditions."""
    match node:
        case exp.CurrentDate() | exp.CurrentTimestamp() | exp.Localtimestamp():
            return call(
                {exp.CurrentDate: "current_date", exp.CurrentTimestamp: "now"}.get(
                    type(node), "localtimestamp"
                )
            )
        case exp.Extract():
            field = node.name.lower()
            return call(_EXTRACTED.get(field, field), node.expression)
        case exp.Trim():
            return call("trim", node.this)
        case exp.StrPosition():
            return call("strpos", node.this, node.args["substr"])
        case exp.Substring():
            return call("substr", node.this, node.args["start"], node.args.get("length"))
        case exp.If() if not isinstance(node.parent, exp.Case):
            return exp.Case(
                ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false")
            )
    return node


def call(name: str, *arguments: exp.Expression | str | int | None) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[exp.convert(each) for each in arguments if each is not None])
