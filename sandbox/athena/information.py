"""information_schema: the Data Catalog as tables. https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from sandbox.athena.catalog import Catalog
from sandbox.athena.results import QueryError
from sandbox.athena.types import parse

_FIELDS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        "table_catalog",
        "table_schema",
        "table_name",
        "column_name",
        "ordinal_position",
        "is_nullable",
        "data_type",
        "extra_info",
    ),
}


def information_schema(catalog: Catalog, name: str, catalog_name: str) -> pa.Table:
    """A table of `information_schema`; raises `QueryError` for one that it does not have."""
    if name not in _FIELDS:
        raise QueryError(
            f"TABLE_NOT_FOUND: line 1:1: Table '{catalog_name}.information_schema.{name}' does not exist"
        )
    rows = {"schemata": _schemata, "tables": _tables, "columns": _columns}[name](catalog, catalog_name)
    kinds = [
        (column, pa.int64() if column == "ordinal_position" else pa.string()) for column in _FIELDS[name]
    ]
    return pa.Table.from_pylist(
        [dict(zip(_FIELDS[name], row, strict=True)) for row in rows], pa.schema(kinds)
    )


def _schemata(catalog: Catalog, name: str) -> Iterator[tuple[object, ...]]:
    yield from ((name, database) for database in catalog.databases())


def _tables(catalog: Catalog, name: str) -> Iterator[tuple[object, ...]]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            yield name, database, table.name, "BASE TABLE"


def _columns(catalog: Catalog, name: str) -> Iterator[tuple[object, ...]]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            for number, (column, kind) in enumerate((*table.columns.items(), *table.keys.items()), 1):
                extra = "partition key" if column in table.keys else None
                yield name, database, table.name, column, number, "YES", str(parse(kind)), extra
