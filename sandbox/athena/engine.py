"""One query: parsed as Athena's, checked against the Data Catalog, run by DuckDB over what is registered there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.schema import MappingSchema

from sandbox import clock
from sandbox.athena import scalars
from sandbox.athena.analysis import Output, analyse
from sandbox.athena.catalog import Catalog, Partition, Table, arrow_type
from sandbox.athena.dialect import PRELUDE, to_duckdb
from sandbox.athena.grammar import AthenaSql, parsed, position
from sandbox.athena.information import information_schema
from sandbox.athena.pruning import pruned
from sandbox.athena.results import Column, QueryError, QueryResult, told_value, unresolved_column
from sandbox.athena.scan import PATH, Objects, Scan
from sandbox.athena.statements import Statements
from sandbox.athena.types import VARCHAR, Type, parse

CATALOG = "awsdatacatalog"
PARTITIONS = "$partitions"
MEMORY_LIMIT = "8GB"
THREADS = 2
"""Of one query: its memory grows with them, and other queries run beside it anyway."""


@dataclass
class Source:
    """A relation that a query names: its columns, and its rows once they are known."""

    columns: dict[str, str]  # Glue types
    table: Table | None = None
    rows: pa.Table | None = None
    partitions: Sequence[Partition] = field(default_factory=list)

    @property
    def types(self) -> dict[str, Type]:
        return {name: parse(kind) for name, kind in self.columns.items()} | (
            {PATH: VARCHAR} if self.table else {}
        )


@dataclass(frozen=True)
class Statement:
    """What is to be executed, its syntax looked at; a query's tree, none of SHOW and DESCRIBE."""

    sql: str
    tree: exp.Query | None


class QueryEngine:
    """One for an endpoint; its queries may run in several threads at once."""

    def __init__(self, clients: Any) -> None:
        self.catalog = Catalog(clients("glue"))
        self.objects = Objects(clients("s3"))
        self.statements = Statements(self.catalog)
        self._spilled = TemporaryDirectory(prefix="sandbox-athena-")  # what does not fit into memory
        self.duckdb = duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": self._spilled.name, "threads": THREADS}
        )
        scalars.install(self.duckdb)
        self.duckdb.execute(PRELUDE.read_text(encoding="utf-8"))

    def close(self) -> None:
        self.duckdb.close()
        self._spilled.cleanup()

    def read(self, sql: str, parameters: Sequence[str] | None = None) -> Statement:
        """Raises `SyntaxFault` for what is no SQL of Athena's, `QueryError` for what is not done here."""
        sql = re.sub(r"^(\s*--[^\n]*\n)+", "", sql).strip().rstrip(";").strip()
        return Statement(sql, None if self.statements.answers(sql) else parsed(sql, parameters or ()))

    def run(self, statement: Statement, database: str) -> QueryResult:
        """Once for a statement. Raises `QueryError` with the reason that Athena would give."""
        if statement.tree is None:
            return self.statements.answer(statement.sql, database)
        return self._select(statement.tree, database.lower())

    def _select(self, tree: exp.Query, database: str) -> QueryResult:
        sources = self._sources(tree, database)
        names = [_output_name(each) for each in tree.selects]
        tree = _qualified(tree, sources)
        columns = _named(analyse(tree, {place: source.types for place, source in sources.items()}), names)
        tree = pushdown_projections(tree)  # what nobody asks for is not read
        with self.duckdb.cursor() as connection:
            connection.execute(f"SET VARIABLE days_ahead = {clock.days_ahead()}")
            scans = self._register(tree, sources, connection)
            return _executed(connection, to_duckdb(tree), columns, scans)

    def _sources(self, tree: exp.Query, database: str) -> dict[tuple[str, str], Source]:
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
        if table is None or (name.endswith(PARTITIONS) and not table.keys):
            line, column = position(node)
            missing = f"Table '{CATALOG}.{database}.{name}'"
            if database not in self.catalog.databases():
                raise QueryError(
                    f"SCHEMA_NOT_FOUND: line {line}:{column}: Schema '{database}' does not exist"
                )
            raise QueryError(f"TABLE_NOT_FOUND: line {line}:{column}: {missing} does not exist")
        table.check()
        partitions = self.catalog.partitions(table)
        if name.endswith(PARTITIONS):
            values = [table.key_values(partition) for partition in partitions]
            kinds = pa.schema([(key, arrow_type(kind)) for key, kind in table.keys.items()])
            return Source(dict(table.keys), rows=pa.Table.from_pylist(values, kinds))
        return Source(dict(table.columns) | dict(table.keys), table, partitions=partitions)

    def _register(
        self, tree: exp.Expression, sources: dict[tuple[str, str], Source], connection: Any
    ) -> list[Scan]:
        """Have DuckDB see each table the query names."""
        scans = []
        columns = {
            id(source): {column.name for column in scope.source_columns(name)}
            for scope in traverse_scope(tree)
            for name, source in scope.sources.items()
            if isinstance(source, exp.Table)
        }
        for number, node in enumerate(list(tree.find_all(exp.Table))):
            source = sources.get((node.db, node.name))
            if source is None:
                continue
            rows, scan = source.rows, None
            if rows is None and source.table:
                read = pruned(node, source.table, source.partitions, connection)
                scan = Scan(source.table, read, columns.get(id(node), set())).open(self.objects)
                scans.append(scan)
            name = f"__source_{number}"
            connection.register(name, scan or rows)
            alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
            node.replace(exp.Table(this=exp.to_identifier(name, quoted=True), alias=alias.copy()))
        return scans


def _qualified(tree: exp.Query, sources: Mapping[tuple[str, str], Source]) -> exp.Query:
    """Every column with its table, every * written out."""
    schema = MappingSchema(dialect=AthenaSql, normalize=False)
    for (database, name), source in sources.items():
        table = exp.table_(name, db=database, quoted=True)
        names = (
            exp.to_identifier(column, quoted=True) for column in source.columns
        )  # a text would be parsed
        schema.add_table(table, dict.fromkeys(names, "varchar"), dialect=AthenaSql)
    paths = [column for column in tree.find_all(exp.Column) if column.name == PATH and column.table]
    for column in paths:  # no schema lists it
        column.meta["of"] = column.table
        column.set("table", None)
    try:
        found = qualify(
            tree,
            schema=schema,
            dialect=AthenaSql,
            quote_identifiers=True,
            validate_qualify_columns=False,
            expand_alias_refs=False,
        )
    except OptimizeError as error:
        raise QueryError(_worded(error)) from error
    for column in found.find_all(exp.Column):
        if column.name == PATH and (name := column.meta.get("of") or column.table or _first_table(column)):
            column.set("table", exp.to_identifier(name, quoted=True))
    return found


def _first_table(column: exp.Column) -> str:
    """The first that the SELECT around a column reads."""
    select = column.find_ancestor(exp.Select)
    table = select.args["from_"].find(exp.Table) if select else None
    return table.alias_or_name if table else ""


def _worded(error: OptimizeError) -> str:
    text = str(error)
    if found := re.search(r"[Cc]olumn:? '?\"?([\w$.]+)\"?'?", text):
        return str(unresolved_column(found[1]))
    return f"SYNTAX_ERROR: line 1:1: {text}"


def _output_name(node: exp.Expression) -> str | None:
    """The name that an output has by itself; None for an expression without one, which Athena calls `_col<n>`."""
    if node.is_star:
        return "*"
    return node.alias_or_name if isinstance(node, exp.Alias | exp.Column) else None


def _named(outputs: Output, names: list[str | None]) -> list[Column]:
    if "*" in names or len(names) != len(outputs):
        return [Column(name, type_) for name, type_ in outputs]
    return [
        Column(name or f"_col{number}", type_)
        for number, (name, (_, type_)) in enumerate(zip(names, outputs, strict=True))
    ]


def _executed(connection: Any, sql: str, columns: list[Column], scans: Sequence[Scan]) -> QueryResult:
    try:
        rows = connection.execute(sql).fetchall()
    except duckdb.Error as error:
        read = next((scan.failure for scan in scans if scan.failure), None)
        raise read or QueryError(_reason(error)) from error
    told = [
        [told_value(value, column.type) for value, column in zip(row, columns, strict=True)] for row in rows
    ]
    return QueryResult("DML", columns, told, sum(scan.scanned_bytes for scan in scans))


_CODES = "INVALID_CAST_ARGUMENT|INVALID_FUNCTION_ARGUMENT|NOT_SUPPORTED|NUMERIC_VALUE_OUT_OF_RANGE"
_REASONS = {
    rf"((?:{_CODES}): [^\n]*)": "{0}",
    r"ivision by zero": "DIVISION_BY_ZERO: Division by zero",
    r"Could not parse string \"([^\"]*)\"": 'INVALID_FUNCTION_ARGUMENT: Invalid format: "{0}"',
    r"Date out of range: ([^\n]*)": 'INVALID_FUNCTION_ARGUMENT: Invalid format: "{0}"',
    r"column \"([^\"]+)\" must appear in the GROUP BY": (
        "EXPRESSION_NOT_AGGREGATE: line 1:1: '{0}' must be an aggregate expression or appear in GROUP BY clause"
    ),
    r"More than one row returned by a subquery": (
        "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"
    ),
    r"(?:WHERE|GROUP BY) clause cannot contain (aggregates|window functions)": (
        "EXPRESSION_NOT_SCALAR: line 1:1: clause cannot contain aggregations, window functions or grouping operations"
    ),
    r"(?:Out of Range Error|Overflow|out of range)[:\s]*([^\n]*)": "NUMERIC_VALUE_OUT_OF_RANGE: {0}",
    r"Conversion Error: ([^\n]*)": "INVALID_CAST_ARGUMENT: {0}",
}
"""What DuckDB says, in Athena's words."""


def _reason(error: duckdb.Error) -> str:
    for pattern, told in _REASONS.items():
        if found := re.search(pattern, str(error)):
            return told.format(*found.groups())
    return f"NOT_SUPPORTED: the sandbox cannot run this query: {str(error).splitlines()[0]}"


def _fields(rows: pa.Table) -> list[tuple[str, Any]]:
    return [(item.name, item.type) for item in rows.schema]
