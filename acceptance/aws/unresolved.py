"""Names that Athena does not resolve: they are not there, or this role may not see them. The Data Catalog tells which.

Athena words a column that is missing and one that Lake Formation hides alike ("… cannot be resolved or requester is not
authorized to access requested resources", awslabs/aws-athena-query-federation issue 2313), and says of a table that it
may not read that it "does not exist".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from acceptance.aws.glue_catalog import Catalog, CatalogTable

_COLUMN = re.compile(
    r"COLUMN_NOT_FOUND: line (\d+):(\d+): Column '(?:(?:after|before|a|g)\.)?(.+?)' cannot be resolved"
)
"""With the names that the queries, the playbook's among them, give to joined rows; a column's own may have a dot."""
_TABLE = re.compile(r"(?:TABLE|SCHEMA)_NOT_FOUND: ")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_SOURCE = re.compile(r'\b(?:FROM|JOIN)\s+"([\w-]+)"\."([\w-]+)"')


@dataclass(frozen=True)
class Unresolved:
    """What Athena does not resolve."""

    name: str  # for people: "the column visits of increment_wards"
    there: bool  # whether the Data Catalog has it: then it is hidden


def unresolved(catalog: Catalog, sql: str, reason: str) -> Unresolved | None:
    """What the reason of a query's failure is about; None where that is no name, or no table can be told."""
    if found := _COLUMN.match(reason):
        line, column, name = found.groups()
        return _column(catalog, _tables_at(sql, _offset(sql, int(line), int(column))), name.lower())
    if _TABLE.match(reason):
        return _table(catalog, _SOURCE.findall(sql))
    return None


def _column(catalog: Catalog, sources: list[tuple[str, str]], name: str) -> Unresolved | None:
    tables = [table for source in sources if (table := catalog.table(*source))]
    if not tables:
        return None
    lacking = [table.name for table in tables if not _has(table, name)]
    holders = " and ".join(dict.fromkeys(lacking or [table.name for table in tables]))
    return Unresolved(f"the column {name} of {holders}", there=not lacking)


def _has(table: CatalogTable, column: str) -> bool:
    return column in {name.lower() for name in (*table.columns, *table.partition_keys)}


def _table(catalog: Catalog, sources: list[tuple[str, str]]) -> Unresolved | None:
    names = dict.fromkeys(sources)
    missing = [name for database, name in names if catalog.table(database, name) is None]
    told = " and ".join(missing or [name for _, name in names])
    return Unresolved(f"the table {told}", there=not missing) if names else None


def _offset(sql: str, line: int, column: int) -> int:
    """Of a place that is counted from one."""
    return sum(len(each) + 1 for each in sql.split("\n")[: line - 1]) + column - 1


def _tables_at(sql: str, place: int) -> list[tuple[str, str]]:
    """Database and name of the tables that the innermost query around a place reads."""
    return next((found for part in _around(sql, place) if (found := _SOURCE.findall(part))), [])


def _around(sql: str, place: int) -> Iterator[str]:
    """What is in the brackets around a place, from the innermost outwards; the whole in the end."""
    opened: list[int] = []
    unquoted = _QUOTED.sub(lambda quoted: "." * len(quoted[0]), sql)  # names and texts may have brackets
    for index, character in enumerate(unquoted):
        if character == "(":
            opened.append(index)
        elif character == ")" and opened and (start := opened.pop()) < place <= index:
            yield sql[start:index]
    yield sql
