"""SHOW and DESCRIBE, answered from the Data Catalog.

https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sandbox.athena.catalog import Catalog, Table
from sandbox.athena.results import Column, QueryError, QueryResult
from sandbox.athena.types import Type

_NAME = r"[`\"]?([\w$-]+)[`\"]?"
_QUALIFIED = rf"(?:{_NAME}\.)?{_NAME}"


class Statements:
    """Their answers; `answers` tells which they are."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._patterns: dict[str, Callable[..., QueryResult]] = {
            r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE)?(?:\s+'([^']*)')?": self._databases,
            rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+{_NAME})?(?:\s+LIKE)?(?:\s+'([^']*)')?": self._tables,
            rf"SHOW\s+PARTITIONS\s+{_QUALIFIED}": self._partitions,
            rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_QUALIFIED}": self._columns,
            rf"DESC(?:RIBE)?\s+(?:TABLE\s+)?{_QUALIFIED}": self._describe,
        }

    def answers(self, sql: str) -> bool:
        return any(re.fullmatch(pattern, sql, re.IGNORECASE) for pattern in self._patterns)

    def answer(self, sql: str, database: str) -> QueryResult:
        for pattern, reply in self._patterns.items():
            if found := re.fullmatch(pattern, sql, re.IGNORECASE):
                return reply(database, *found.groups())
        raise QueryError(f"NOT_SUPPORTED: the sandbox has no answer to {sql.split()[0]}")

    def _databases(self, database: str, like: str | None) -> QueryResult:
        return _listed("database_name", _alike(self.catalog.databases(), like))

    def _tables(self, database: str, named: str | None, like: str | None) -> QueryResult:
        tables = self.catalog.tables((named or database).lower())
        return _listed("tab_name", _alike((table.name for table in tables), like))

    def _partitions(self, database: str, named: str | None, name: str) -> QueryResult:
        table = self._table(named or database, name)
        if not table.keys:
            raise QueryError(f"FAILED: SemanticException Table {table.name} is not a partitioned table")
        found = self.catalog.partitions(table)
        return _listed(
            "partition",
            sorted("/".join(f"{k}={v}" for k, v in zip(table.keys, p.values, strict=True)) for p in found),
        )

    def _columns(self, database: str, named: str | None, name: str) -> QueryResult:
        table = self._table(named or database, name)
        return _listed("field", [f"{column:<20}" for column in (*table.columns, *table.keys)])

    def _describe(self, database: str, named: str | None, name: str) -> QueryResult:
        """Three columns, and each row one value with tabs (pyathena-dev/PyAthenaJDBC issue 26)."""
        table = self._table(named or database, name)
        lines = [
            f"{column:<20}\t{kind:<20}\t{'':<20}" for column, kind in {**table.columns, **table.keys}.items()
        ]
        if table.keys:
            lines += [
                "\t \t ",
                "# Partition Information\t \t ",
                f"# {'col_name':<18}\t{'data_type':<20}\t{'comment':<20}",
            ]
            lines += ["\t \t ", *(f"{key:<20}\t{kind:<20}\t{'':<20}" for key, kind in table.keys.items())]
        columns = [Column(each, Type("string")) for each in ("col_name", "data_type", "comment")]
        return QueryResult("UTILITY", columns, [[line] for line in lines])

    def _table(self, database: str, name: str) -> Table:
        table = self.catalog.table(database.lower(), name.lower())
        if table is None:
            raise QueryError(f"FAILED: SemanticException Table not found {database.lower()}.{name.lower()}")
        return table


def _alike(names: Iterable[str], like: str | None) -> list[str]:
    """Those that match an expression: "you can use the * or .* wildcard expression", and | for a choice.

    https://docs.aws.amazon.com/athena/latest/ug/show-tables.html, …/show-databases.html
    """
    if like is None:
        return list(names)
    try:
        pattern = re.compile(re.sub(r"(?<!\.)\*", ".*", like), re.IGNORECASE)
    except re.error as error:
        raise QueryError(f"NOT_SUPPORTED: the sandbox does not take the pattern {like}: {error}") from error
    return [name for name in names if pattern.fullmatch(name)]


def _listed(column: str, rows: list[str]) -> QueryResult:
    return QueryResult("UTILITY", [Column(column, Type("string"))], [[row] for row in rows])
