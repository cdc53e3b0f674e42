"""What every expression of a query means: the table a column is of, the type, the function. DuckDB would guess.

Leaves the type of each expression in its `meta["type"]` and the `Signature` of each call in `meta["signature"]`.
Raises `QueryError` in Athena's words for what Athena would not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from sandbox.athena import types
from sandbox.athena.casts import checked_cast
from sandbox.athena.grammar import no_row, position
from sandbox.athena.results import QueryError, unresolved_column
from sandbox.athena.signatures import REFUSED, Signature, bind, decimal_result, fits, signatures
from sandbox.athena.types import BIGINT, BOOLEAN, UNKNOWN, VARCHAR, Type, common, common_of, decimal

Columns = Mapping[str, Type]
Output = list[tuple[str, Type]]

_COMPARISONS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "IS DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_UNITS = {"year": types.MONTHS, "month": types.MONTHS} | dict.fromkeys(
    ("day", "hour", "minute", "second"), types.DAYS
)


@dataclass
class Scope:
    """The relations that names in a query may be of."""

    tables: Mapping[tuple[str, str], Columns]
    ctes: dict[str, Columns] = field(default_factory=dict)
    relations: dict[str, Columns] = field(default_factory=dict)
    outputs: dict[str, Type] = field(default_factory=dict)  # names that ORDER BY may use
    parameters: dict[str, Type] = field(default_factory=dict)  # of the lambdas around
    outer: Scope | None = None

    def inner(self) -> Scope:
        return Scope(self.tables, dict(self.ctes), parameters=self.parameters, outer=self)

    def relation(self, name: str) -> Columns | None:
        if name in self.relations:
            return self.relations[name]
        return self.outer.relation(name) if self.outer else None

    def hides(self, relation: str) -> bool:
        """Whether what stands before the dot is taken for a column: one that is nearer, or an output in ORDER BY."""
        if relation in self.outputs:
            return True
        if relation in self.relations or not self.outer:
            return False
        return any(relation in columns for columns in self.relations.values()) or self.outer.hides(relation)


def analyse(query: exp.Query, tables: Mapping[tuple[str, str], Columns]) -> Output:
    """The names and types of what a qualified query gives."""
    outputs = _query(query, Scope(tables))
    for _, type_ in outputs:
        if type_.name == "row" or type_ == types.MONTHS:
            raise _refused(query, f"a result of type {type_}")
    return outputs


# Queries


def _query(query: exp.Expression, scope: Scope) -> Output:
    for cte in query.ctes if isinstance(query, exp.Query) else []:
        scope.ctes[cte.alias] = _renamed(cte, _query(cte.this, scope.inner()))
    match query:
        case exp.Select():
            return _select(query, scope)
        case exp.SetOperation():
            return _set_operation(query, scope)
        case exp.Subquery():
            return _query(query.this, scope)
        case exp.Values():
            return _values(query, scope)
    raise _refused(query, query.key)


def _select(select: exp.Select, scope: Scope) -> Output:
    joins = select.args.get("joins") or []
    for source in [select.args["from_"], *joins] if select.args.get("from_") else []:
        _relation(source.this, scope)
    for join in joins:
        if condition := join.args.get("on"):
            _condition(condition, scope, "JOIN ON clause")
    for name, clause in (("where", "WHERE"), ("having", "HAVING")):
        if found := select.args.get(name):
            _condition(found.this, scope, f"{clause} clause")
    for group in _grouped(select):
        _type(group, scope)
    outputs = [(each.alias_or_name, _type(each.unalias(), scope)) for each in select.selects]
    scope.outputs = dict(outputs)
    for term in _ordered(select):
        _type(term, scope)
    return outputs


def _grouped(select: exp.Select) -> list[exp.Expression]:
    """The terms of GROUP BY, those in sets as well."""
    group = select.args.get("group")
    return list(_terms(group)) if group else []


def _terms(node: exp.Expression) -> Iterator[exp.Expression]:
    for each in node.iter_expressions():
        if isinstance(each, exp.GroupingSets | exp.Rollup | exp.Cube | exp.Tuple | exp.Paren):
            yield from _terms(each)
        else:
            yield each


def _ordered(query: exp.Expression) -> list[exp.Expression]:
    order = query.args.get("order")
    return [term.this for term in order.expressions] if order else []


def _relation(source: exp.Expression, scope: Scope) -> None:
    name = source.alias_or_name
    match source:
        case exp.Table():
            known = scope.tables.get((source.db, source.name)) if source.db else scope.ctes.get(source.name)
            scope.relations[name] = known or {}
        case exp.Unnest():
            scope.relations[name] = _unnested(source, scope)
        case exp.Values():
            scope.relations[name] = _renamed(source, _values(source, scope))
        case _:
            scope.relations[name] = _renamed(source, _query(source.this, scope.inner()))


def _renamed(source: exp.Expression, outputs: Output) -> Columns:
    names = source.alias_column_names or [name for name, _ in outputs]
    return dict(zip(names, (type_ for _, type_ in outputs), strict=True))


def _unnested(unnest: exp.Unnest, scope: Scope) -> Columns:
    found: list[Type] = []
    for each in unnest.expressions:
        type_ = _type(each, scope)
        if type_.name not in ("array", "map") or not all(part.is_scalar for part in type_.parts):
            raise _refused(unnest, f"UNNEST of {type_}")
        found += type_.parts
    if unnest.args.get("offset"):
        found.append(BIGINT)
    names = unnest.alias_column_names
    offset = unnest.args.get("offset")
    if isinstance(offset, exp.Expression):
        names = [*names, offset.name]
    if len(names) != len(found):
        raise _refused(unnest, "UNNEST without a name for each column")
    return dict(zip(names, found, strict=True))


def _values(values: exp.Values, scope: Scope) -> Output:
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in values.expressions]
    output = []
    for number, column in enumerate(zip(*rows, strict=True)):
        type_ = common_of([_type(each, scope) for each in column])
        if type_ is None:
            raise _mismatch(values, "Values rows must have compatible types")
        output.append((f"_col{number}", type_))
    return output


def _set_operation(query: exp.SetOperation, scope: Scope) -> Output:
    left, right = _query(query.left, scope.inner()), _query(query.right, scope.inner())
    kind = query.key.upper()
    if len(left) != len(right):
        raise _mismatch(query, f"{kind} query has different number of fields: {len(left)}, {len(right)}")
    output = []
    for number, ((name, one), (_, other)) in enumerate(zip(left, right, strict=True), 1):
        type_ = common(one, other)
        if type_ is None:
            raise _mismatch(query, f"column {number} in {kind} query has incompatible types: {one}, {other}")
        output.append((name, type_))
    scope.outputs = dict(output)
    for term in _ordered(query):
        _type(term, scope)
    return output


# Expressions


def _type(node: exp.Expression, scope: Scope) -> Type:
    find: Callable[..., Type] = _TYPES.get(type(node), _unknown_syntax)
    found = find(node, scope)
    node.meta["type"] = found
    return found


def type_of(node: exp.Expression) -> Type:
    """Of an analysed expression."""
    found: Type = node.unalias().meta["type"]
    return found


def _condition(node: exp.Expression, scope: Scope, what: str) -> None:
    found = _type(node, scope)
    if found not in (BOOLEAN, UNKNOWN):
        raise _mismatch(node, f"{what} must evaluate to a boolean: actual type {found}")


def _unknown_syntax(node: exp.Expression, scope: Scope) -> Type:
    raise _refused(node, f"{node.key} here")


def _column(node: exp.Column, scope: Scope) -> Type:
    name = node.name
    if node.meta.get("qualified") and scope.hides(node.table):
        raise no_row(node)
    found = scope.parameters.get(name) or scope.outputs.get(name) if not node.table else None
    if not found and not node.table:  # HAVING and OVER: of a relation, whatever the outputs' names
        holders = [relation for relation, columns in scope.relations.items() if name in columns]
        if len(holders) > 1:
            raise QueryError(f"AMBIGUOUS_NAME: {_place(node)}: Column '{name}' is ambiguous")
        if holders:
            node.set("table", exp.to_identifier(holders[0], quoted=True))
    found = found or (scope.relation(node.table) or {}).get(name)
    if found is None:
        raise unresolved_column(name, *position(node))
    if "<" in found.name:
        raise QueryError(f"NOT_SUPPORTED: {_place(node)}: the sandbox reads no columns of type {found.name}")
    return found


def _parameter(node: exp.Identifier, scope: Scope) -> Type:
    if node.name not in scope.parameters:
        raise _refused(node, f"the name {node.name} here")
    return scope.parameters[node.name]


def _literal(node: exp.Literal, scope: Scope) -> Type:
    text = node.this
    if node.is_string:
        return VARCHAR
    if "e" in text.lower():
        return types.DOUBLE
    if "." in text:
        whole, _, fraction = text.partition(".")
        return decimal(len(whole.lstrip("0")) + len(fraction) or 1, len(fraction))
    if int(text) >= 2**63:
        raise QueryError(f"NUMERIC_VALUE_OUT_OF_RANGE: line 1:1: Invalid numeric literal: {text}")
    return types.INTEGER if int(text) < 2**31 else BIGINT


_LEAST = {str(2**31): types.INTEGER, str(2**63): BIGINT}


def is_least(node: exp.Neg) -> bool:
    """Whether it is the literal of a type's least number."""
    return isinstance(node.this, exp.Literal) and not node.this.is_string and node.this.name in _LEAST


def _same(node: exp.Expression, scope: Scope) -> Type:
    return _type(node.this, scope)


def _negative(node: exp.Neg, scope: Scope) -> Type:
    if is_least(node):  # the sign is a part of the literal, which has no positive of its type
        node.this.meta["type"] = _LEAST[node.this.name]
        return _LEAST[node.this.name]
    found = _type(node.this, scope)
    if not (found.is_number or found == UNKNOWN):
        raise _mismatch(node, f"Cannot apply operator: -{_told(node.this)}")
    return found


def _comparison(node: exp.Expression, scope: Scope) -> Type:
    left, right = _type(node.this, scope), _type(node.expression, scope)
    if common(left, right) is None:
        told = f"{_told(node.this)} {_COMPARISONS[type(node)]} {_told(node.expression)}"
        raise _mismatch(node, f"Cannot apply operator: {told}")
    _scalar(node.this, scope)
    return BOOLEAN


def _between(node: exp.Between, scope: Scope) -> Type:
    sides = [node.this, node.args["low"], node.args["high"]]
    if common_of([_type(each, scope) for each in sides]) is None:
        value, low, high = map(_told, sides)
        raise _mismatch(node, f"Cannot check if {value} is BETWEEN {low} and {high}")
    return BOOLEAN


def _in(node: exp.In, scope: Scope) -> Type:
    _scalar(node.this, scope)
    if query := node.args.get("query"):
        value, listed = _type(node.this, scope), _query(query.unnest(), scope.inner())
        if len(listed) != 1 or common(value, listed[0][1]) is None:
            told = ", ".join(str(type_) for _, type_ in listed)
            raise _mismatch(node, f"value and result of subquery must be of the same type: {value} vs {told}")
    else:
        _one_type([node.this, *node.expressions], scope, "IN value and list items")
    return BOOLEAN


def _scalar(node: exp.Expression, scope: Scope) -> Type:
    """Of what is compared: DuckDB takes NULLs within arrays and rows otherwise."""
    found = _type(node, scope)
    if not found.is_scalar:
        raise _refused(node, f"comparison of {found}")
    return found


def _one_type(nodes: Sequence[exp.Expression], scope: Scope, what: str) -> Type:
    found = [_type(each, scope) for each in nodes]
    together = common_of(found)
    if together is None:
        all_types = list(dict.fromkeys(map(_told, nodes)))
        other = next(told for told in all_types if told.partition("(")[0] != all_types[0].partition("(")[0])
        raise _mismatch(
            nodes[0],
            f"{what} must be the same type or coercible to a common type. Cannot find common type between "
            f"{all_types[0]} and {other}, all types (without duplicates): [{', '.join(all_types)}]",
        )
    return together


def _logical(node: exp.Expression, scope: Scope) -> Type:
    for side in (node.this, node.args.get("expression")):
        if side is not None:
            _condition(side, scope, "Logical expression term")
    return BOOLEAN


def _is_null(node: exp.Is, scope: Scope) -> Type:
    _type(node.this, scope)
    _type(node.expression, scope)
    return BOOLEAN


def _like(node: exp.Like, scope: Scope) -> Type:
    for side, what in (
        (node.this, "Left side of LIKE expression"),
        (node.expression, "Pattern for LIKE expression"),
    ):
        found = _type(side, scope)
        if found not in (VARCHAR, UNKNOWN):
            raise _mismatch(side, f"{what} must evaluate to a varchar (actual: {found})")
    return BOOLEAN


def _escaped(node: exp.Escape, scope: Scope) -> Type:
    _type(node.expression, scope)
    return _type(node.this, scope)


def _concatenated(node: exp.DPipe, scope: Scope) -> Type:
    left, right = _type(node.this, scope), _type(node.expression, scope)
    together = common(left, right)
    if together is None and "array" in (left.name, right.name):
        raise _refused(node, f"{left} || {right}")
    if together is None or not (together.name in ("varchar", "array") or together == UNKNOWN):
        raise QueryError(
            f"FUNCTION_NOT_FOUND: {_place(node)}: Unexpected parameters ({_told(node.this)}, "
            f"{_told(node.expression)}) for function concat. Expected: concat(array(E), E) E, "
            "concat(E, array(E)) E, concat(array(E)) E, concat(char(x), char(y)), concat(varchar), concat(varbinary)"
        )
    return together


def _arithmetic(node: exp.Expression, scope: Scope) -> Type:
    left, right = _type(node.this, scope), _type(node.expression, scope)
    operator = _ARITHMETIC[type(node)]
    found = _moved_time(node, operator, left, right)
    together = common(left, right)
    if not found and together and (together.is_number or together == UNKNOWN):
        found = _decimal_arithmetic(operator, left, right) if together.name == "decimal" else together
    if not found:
        if {left, right} & {types.DAYS, types.MONTHS}:
            raise _refused(node, f"{left} {operator} {right}")
        raise _mismatch(
            node, f"Cannot apply operator: {_told(node.this)} {operator} {_told(node.expression)}"
        )
    if found.name == "real" or (operator == "%" and found.name in ("double", "decimal")):
        raise _refused(node, f"{operator} of {found}")
    return found


def _moved_time(node: exp.Expression, operator: str, left: Type, right: Type) -> Type | None:
    """Times and intervals, added and subtracted."""
    intervals = (types.DAYS, types.MONTHS)
    if operator == "+" and left in intervals and right.is_time:
        left, right = right, left
    if operator in "+-" and left.is_time and right in intervals:
        interval = node.expression if type_of(node.expression) in intervals else node.this
        unit = interval.text("unit").lower()
        if left == types.DATE and unit in ("hour", "minute", "second"):
            raise QueryError("INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date")
        if left == types.DATE and not unit:
            raise _refused(node, "a computed interval added to a date")
        return left
    if operator == "-" and left.is_time and right.is_time:
        return types.DAYS
    return None


def _decimal_arithmetic(operator: str, left: Type, right: Type) -> Type:
    """https://trino.io/docs/current/functions/decimal.html"""
    (p, s), (q, t) = (side.decimal if side != UNKNOWN else (1, 0) for side in (left, right))
    match operator:
        case "*":
            return decimal(p + q, s + t)
        case "/":
            return decimal(p + t + max(t - s, 0), max(s, t))
    return decimal(max(p - s, q - t) + max(s, t) + 1, max(s, t))


def _case(node: exp.Case, scope: Scope) -> Type:
    for branch in node.args["ifs"]:
        if node.this:
            _one_type([node.this, branch.this], scope, "CASE operand and WHEN")
        else:
            _condition(branch.this, scope, "CASE WHEN clause")
    default = node.args.get("default")
    results = [branch.args["true"] for branch in node.args["ifs"]] + ([default] if default else [])
    return _one_type(results, scope, "All CASE results")


def _cast(node: exp.Cast, scope: Scope) -> Type:
    return checked_cast(node, _type(node.this, scope))


def _interval(node: exp.Interval, scope: Scope) -> Type:
    unit = node.text("unit").lower()
    if unit not in _UNITS:
        raise _refused(node, f"an interval of {unit}")
    return _UNITS[unit]


def _array(node: exp.Array, scope: Scope) -> Type:
    return Type(
        "array", (_one_type(node.expressions, scope, "All ARRAY elements") if node.expressions else UNKNOWN,)
    )


def _subscript(node: exp.Bracket, scope: Scope) -> Type:
    value, index = _type(node.this, scope), [_type(each, scope) for each in node.expressions]
    expected = {"array": BIGINT, "map": value.parts[0] if value.parts else UNKNOWN}.get(value.name)
    if expected is None or len(index) != 1 or common(expected, index[0]) != expected:
        told = ", ".join(map(str, index))
        raise _mismatch(node, f"Cannot apply operator: {value}[{told}]")
    return value.parts[-1]


def _tuple(node: exp.Tuple, scope: Scope) -> Type:
    return Type("row", tuple(_type(each, scope) for each in node.expressions))


def _distinct(node: exp.Distinct, scope: Scope) -> Type:
    found = [_type(each, scope) for each in node.expressions]
    if len(found) != 1:
        raise QueryError(
            f"FUNCTION_NOT_FOUND: {_place(node)}: Unexpected parameters ({', '.join(map(str, found))}) "
            "for function count. Expected: count(), count(t)"
        )
    return found[0]


def _sorted_argument(node: exp.Order, scope: Scope) -> Type:
    for term in node.expressions:
        _type(term.this, scope)
    return _type(node.this, scope)


def _exists(node: exp.Exists, scope: Scope) -> Type:
    _query(node.this, scope.inner())
    return BOOLEAN


def _subquery(node: exp.Subquery, scope: Scope) -> Type:
    found = _query(node.this, scope.inner())
    if len(found) != 1:
        raise _refused(node, "a subquery of several columns here")
    return found[0][1]


def _filter(node: exp.Filter, scope: Scope) -> Type:
    _condition(node.expression.this, scope, "FILTER clause")
    return _type(node.this, scope)


def _window(node: exp.Window, scope: Scope) -> Type:
    for each in [*(node.args.get("partition_by") or []), *_ordered(node)]:
        _type(each, scope)
    return _type(node.this, scope)


# Calls


def _call(node: exp.Anonymous, scope: Scope) -> Type:
    name, arguments = node.name.lower(), node.expressions
    if name == "count" and [type(each) for each in arguments] == [exp.Star]:
        return BIGINT
    if name == "nullif" and len(arguments) == 2:
        _one_type(arguments, scope, "NULLIF operands")
        return type_of(arguments[0])
    if name == "coalesce":
        found = _one_type(arguments, scope, "All COALESCE operands")
    known = signatures().get(name)
    if not known:
        told = "does not do {}() as Athena does" if name in REFUSED else None
        if told:
            raise _refused(node, f"{name}()")
        raise QueryError(f"FUNCTION_NOT_FOUND: {_place(node)}: Function '{name}' not registered")
    lambdas = {number for number, each in enumerate(arguments) if isinstance(each, exp.Lambda)}
    given = [Type("function") if n in lambdas else _type(each, scope) for n, each in enumerate(arguments)]
    chosen = _chosen(known, arguments, given, scope)
    if chosen is None and name == "concat" and any(each.name == "array" for each in given):
        raise _refused(node, "concat() of an array and an element")
    if chosen is None:
        told_types = ", ".join(
            "function" if n in lambdas else _told(each) for n, each in enumerate(arguments)
        )
        expected = ", ".join(str(each) for each in known if each.kind != "refused")
        raise QueryError(
            f"FUNCTION_NOT_FOUND: {_place(node)}: Unexpected parameters ({told_types}) for function {name}. "
            f"Expected: {expected}"
        )
    signature, expected_types, found = chosen
    if signature.kind == "refused":
        raise _refused(node, str(signature))
    if signature.kind == "window" and not node.find_ancestor(exp.Window):
        raise QueryError(f"MISSING_OVER: {_place(node)}: Window function {name} requires an OVER clause")
    node.meta["signature"], node.meta["expected"] = signature, expected_types
    return found


Chosen = tuple[Signature, list[Type], Type]


def _chosen(
    known: Sequence[Signature], arguments: Sequence[exp.Expression], given: Sequence[Type], scope: Scope
) -> Chosen | None:
    """The signature that takes the arguments as they are, else the first that takes them converted."""
    fitting = [each for each in (_fitted(one, arguments, given, scope) for one in known) if each]
    exact = [each for each in fitting if each[1] == list(given)]
    if not exact and UNKNOWN in given and len({result for _, _, result in fitting}) > 1:
        raise QueryError(
            "AMBIGUOUS_FUNCTION_CALL: Could not choose a best candidate operator. Explicit type casts must be added."
        )
    return next(iter(exact or fitting), None)


def _fitted(
    signature: Signature, arguments: Sequence[exp.Expression], given: Sequence[Type], scope: Scope
) -> Chosen | None:
    parameters = signature.expanded(len(given))
    if parameters is None:
        return None
    bound: dict[str, Type] = {}
    for parameter, argument, type_ in zip(parameters, arguments, given, strict=True):
        if type_.name == "function":
            if parameter.name != "function" or not _fitted_lambda(parameter, argument, bound, scope):
                return None
        elif not fits(parameter, type_, bound):
            return None
    if signature.result.name == "decimal":
        return signature, list(given), decimal_result(signature, given[0])
    expected = [
        type_ if p.name in ("any", "decimal") else bind(p, bound)
        for p, type_ in zip(parameters, given, strict=True)
    ]
    return signature, expected, bind(signature.result, bound)


def _fitted_lambda(parameter: Type, node: exp.Expression, bound: dict[str, Type], scope: Scope) -> bool:
    *taken, result = parameter.parts
    if len(node.expressions) != len(taken):
        return False
    inner = scope.inner()
    inner.parameters = scope.parameters | {
        name.name: bind(type_, bound) for name, type_ in zip(node.expressions, taken, strict=True)
    }
    node.meta["type"] = Type("function")
    return fits(result, _type(node.this, inner), bound)


_TYPES: dict[type[exp.Expression], Callable[..., Type]] = {
    exp.Column: _column,
    exp.Identifier: _parameter,
    exp.Literal: _literal,
    exp.Null: lambda node, scope: UNKNOWN,
    exp.Boolean: lambda node, scope: BOOLEAN,
    exp.Paren: _same,
    exp.Alias: _same,
    exp.Neg: _negative,
    **dict.fromkeys(_COMPARISONS, _comparison),
    exp.Between: _between,
    exp.In: _in,
    **dict.fromkeys((exp.And, exp.Or, exp.Not), _logical),
    exp.Is: _is_null,
    exp.Like: _like,
    exp.Escape: _escaped,
    exp.DPipe: _concatenated,
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    exp.Case: _case,
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
    exp.Interval: _interval,
    exp.Array: _array,
    exp.Bracket: _subscript,
    exp.Tuple: _tuple,
    exp.Distinct: _distinct,
    exp.Order: _sorted_argument,
    exp.Exists: _exists,
    exp.Subquery: _subquery,
    exp.Filter: _filter,
    exp.Window: _window,
    exp.Anonymous: _call,
    exp.Coalesce: lambda node, scope: _one_type([node.this, *node.expressions], scope, "All USING columns"),
}


# Words


def _told(node: exp.Expression) -> str:
    """The type of an analysed expression as a message names it."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.this)})"
    return str(type_of(node))


def _place(node: exp.Expression) -> str:
    line, column = position(node)
    return f"line {line}:{column}"


def _mismatch(node: exp.Expression, told: str) -> QueryError:
    return QueryError(f"TYPE_MISMATCH: {_place(node)}: {told}")


def _refused(node: exp.Expression, what: str) -> QueryError:
    return QueryError(f"NOT_SUPPORTED: {_place(node)}: the sandbox does not do {what} as Athena does")
