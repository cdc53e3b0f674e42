"""One query: parsed as Athena's, checked against the Data Catalog, run by DuckDB over what is registered there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from sandbox.athena import types
from sandbox.athena.dialect import PRELUDE, REFUSED, to_duckdb
from sandbox.athena.information import information_schema
from sandbox.athena.pruning import pruned
from sandbox.athena.results import Column, QueryError, QueryResult, athena_type, told
from sandbox.athena.scan import PATH, Catalog, Objects, Partition, Scan, Table
from sandbox.athena.statements import Statements

CATALOG = "awsdatacatalog"
PARTITIONS = "$partitions"


@dataclass
class Source:
    """A relation that a query names: its columns, and its rows once they are known."""

    columns: dict[str, str]  # Glue types
    table: Table | None = None
    rows: pa.Table | None = None
    partitions: Sequence[Partition] = field(default_factory=list)


class QueryEngine:
    """One for an endpoint; its queries may run in several threads at once."""

    def __init__(self, clients: Any) -> None:
        self.catalog = Catalog(clients("glue"))
        self.objects = Objects(clients("s3"))
        self.statements = Statements(self.catalog)
        self.duckdb = duckdb.connect(":memory:")
        for statement in PRELUDE:
            self.duckdb.execute(statement)

    def run(
        self, sql: str, *, database: str = "default", parameters: Sequence[str] | None = None
    ) -> QueryResult:
        """Raises `QueryError` with the reason that Athena would give."""
        sql = re.sub(r"^(\s*--[^\n]*\n)+", "", sql).strip().rstrip(";").strip()
        answered = self.statements.answer(sql, database)
        if answered is not None:
            return answered
        tree = _parsed(sql, parameters)
        return self._select(tree, database.lower())

    def _select(self, tree: exp.Expression, database: str) -> QueryResult:
        sources = self._sources(tree, database)
        outputs = [_output_name(each) for each in tree.selects]
        tree = _qualified(tree, sources)
        types.check(tree)
        with self.duckdb.cursor() as connection:
            scanned = self._register(tree, sources, connection)
            return _executed(connection, tree, outputs, scanned)

    def _sources(self, tree: exp.Expression, database: str) -> dict[tuple[str, str], Source]:
        """What the query's tables are; their nodes get a database of their own each."""
        named = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
        found: dict[tuple[str, str], Source] = {}
        for node in tree.find_all(exp.Table):
            if not isinstance(node.this, exp.Identifier) or (not node.db and node.name in named):
                continue
            place = (node.db or database, node.name)
            node.set("catalog", None)
            node.set("db", exp.to_identifier(place[0], quoted=True))
            if place not in found:
                found[place] = self._source(node, *place)
        return found

    def _source(self, node: exp.Expression, database: str, name: str) -> Source:
        if database == "information_schema":
            rows = information_schema(self.catalog, name, CATALOG)
            return Source(
                {column: "string" if kind == pa.string() else "bigint" for column, kind in _fields(rows)},
                rows=rows,
            )
        table = self.catalog.table(database, name.removesuffix(PARTITIONS))
        if table is None:
            line, column = types.position(node)
            missing = f"Table '{CATALOG}.{database}.{name}'"
            if database not in self.catalog.databases():
                raise QueryError(
                    f"SCHEMA_NOT_FOUND: line {line}:{column}: Schema '{database}' does not exist"
                )
            raise QueryError(f"TABLE_NOT_FOUND: line {line}:{column}: {missing} does not exist")
        partitions = self.catalog.partitions(table)
        if name.endswith(PARTITIONS):
            values = [dict(zip(table.keys, partition.values, strict=True)) for partition in partitions]
            return Source(
                dict(table.keys),
                rows=pa.Table.from_pylist(values, pa.schema([(k, pa.string()) for k in table.keys])),
            )
        return Source(dict(table.columns) | dict(table.keys), table, partitions=partitions)

    def _register(self, tree: exp.Expression, sources: dict[tuple[str, str], Source], connection: Any) -> int:
        """Have DuckDB see each table the query names; returns the bytes scanned."""
        scanned = 0
        for number, node in enumerate(list(tree.find_all(exp.Table))):
            source = sources.get((node.db, node.name))
            if source is None:
                continue
            rows = source.rows
            if rows is None and source.table:
                wanted = {
                    column.name for column in tree.find_all(exp.Column) if column.table == node.alias_or_name
                }
                scan = Scan(
                    source.table, pruned(tree, node, source.table, source.partitions, connection), wanted
                )
                rows = scan.read(self.objects)
                scanned += scan.scanned_bytes
            name = f"__source_{number}"
            connection.register(name, rows)
            alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
            node.replace(exp.Table(this=exp.to_identifier(name, quoted=True), alias=alias.copy()))
        return scanned


def _parsed(sql: str, parameters: Sequence[str] | None) -> exp.Expression:
    try:
        tree = sqlglot.parse_one(sql, read="athena")
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        raise QueryError(
            f"SYNTAX_ERROR: line {place.get('line', 1)}:{place.get('col', 1)}: {place.get('description', error)}"
        ) from error
    except SqlglotError as error:
        raise QueryError(f"SYNTAX_ERROR: line 1:1: {error}") from error
    if not isinstance(tree, exp.Query):
        raise QueryError(
            f"NOT_SUPPORTED: the sandbox runs queries, SHOW and DESCRIBE, not {tree.key.upper()}"
        )
    values = list(parameters or [])
    for placeholder in list(tree.find_all(exp.Placeholder)):
        if not values:
            raise QueryError("SYNTAX_ERROR: Incorrect number of parameters: expected more than were given")
        placeholder.replace(sqlglot.parse_one(values.pop(0), read="athena"))
    for identifier in tree.find_all(exp.Identifier):  # Athena's names are lower case, quoted or not
        identifier.set("this", identifier.this.lower())
    for node in tree.find_all(exp.Anonymous, exp.Func):
        name = node.name.lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        if name in REFUSED:
            raise QueryError(f"NOT_SUPPORTED: the sandbox does not do {name}() as Athena does")
    return tree


def _qualified(tree: exp.Expression, sources: dict[tuple[str, str], Source]) -> exp.Expression:
    schema = MappingSchema(dialect="athena", normalize=False)
    for (database, name), source in sources.items():
        table = exp.table_(name, db=database, quoted=True)
        schema.add_table(
            table, {c: types.athena_name(kind) for c, kind in source.columns.items()}, dialect="athena"
        )
    try:
        tree = qualify(
            tree,
            schema=schema,
            dialect="athena",
            quote_identifiers=True,
            validate_qualify_columns=False,
            expand_alias_refs=False,
        )
    except OptimizeError as error:
        raise QueryError(_worded(error)) from error
    _resolve_rest(tree, sources)
    return annotate_types(tree, schema=schema, dialect="athena")


def _resolve_rest(tree: exp.Expression, sources: dict[tuple[str, str], Source]) -> None:
    """`$path`, which no schema lists, and names that no table has."""
    tables = {
        node.alias_or_name: sources[node.db, node.name]
        for node in tree.find_all(exp.Table)
        if (node.db, node.name) in sources
    }
    for column in tree.find_all(exp.Column):
        if column.name == PATH and not column.table:
            select = column.find_ancestor(exp.Select)
            own = select.args["from_"].find(exp.Table) if select else None
            column.set("table", exp.to_identifier(own.alias_or_name, quoted=True) if own else None)
        source = tables.get(column.table)
        if source and column.name not in (*source.columns, PATH) and not isinstance(column.this, exp.Star):
            line, place = types.position(column)
            raise QueryError(
                f"COLUMN_NOT_FOUND: line {line}:{place}: Column '{column.name}' cannot be resolved"
            )


def _worded(error: OptimizeError) -> str:
    text = str(error)
    if found := re.search(r"[Cc]olumn '?\"?([\w$.]+)\"?'?.*could not be resolved", text):
        return f"COLUMN_NOT_FOUND: line 1:1: Column '{found[1]}' cannot be resolved"
    if "mbiguous" in text:
        return f"AMBIGUOUS_NAME: line 1:1: {text}"
    return f"SYNTAX_ERROR: line 1:1: {text}"


def _output_name(node: exp.Expression) -> str | None:
    """The name that an output has by itself; None for an expression without one, which Athena calls `_col<n>`."""
    if isinstance(node, exp.Star) or node.is_star:
        return "*"
    return node.alias_or_name if isinstance(node, exp.Alias | exp.Column) else None


def _executed(connection: Any, tree: exp.Expression, outputs: list[str | None], scanned: int) -> QueryResult:
    try:
        cursor = connection.execute(to_duckdb(tree))
        described = cursor.description
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise QueryError(_reason(error)) from error
    names = [column[0] for column in described]
    if "*" not in outputs and len(outputs) == len(names):
        names = [name or f"_col{number}" for number, name in enumerate(outputs)]
    columns = [Column(name, athena_type(column[1])) for name, column in zip(names, described, strict=True)]
    return QueryResult("DML", columns, [[told(value) for value in row] for row in rows], scanned)


def _reason(error: duckdb.Error) -> str:
    text = str(error)
    if found := re.search(r"INVALID_CAST_ARGUMENT: [^\n]*", text):
        return found[0]
    if isinstance(error, duckdb.ConversionException):
        return f"INVALID_CAST_ARGUMENT: {text.splitlines()[0]}"
    if "ivision by zero" in text:
        return "DIVISION_BY_ZERO: Division by zero"
    if found := re.search(
        r"(?:Scalar|Aggregate|Table)? ?[Ff]unction with name \"?(\w+)\"? does not exist", text
    ):
        return f"FUNCTION_NOT_FOUND: line 1:1: Function '{found[1]}' not registered"
    if found := re.search(r"Referenced column \"([^\"]+)\" not found", text):
        return f"COLUMN_NOT_FOUND: line 1:1: Column '{found[1]}' cannot be resolved"
    if isinstance(error, duckdb.OutOfRangeException):
        return f"NUMERIC_VALUE_OUT_OF_RANGE: {text.splitlines()[0]}"
    if isinstance(error, duckdb.InvalidInputException):
        return f"INVALID_FUNCTION_ARGUMENT: {text.splitlines()[0]}"
    return f"NOT_SUPPORTED: the sandbox cannot run this query: {text.splitlines()[0]}"


def _fields(rows: pa.Table) -> list[tuple[str, Any]]:
    return [(item.name, item.type) for item in rows.schema]
