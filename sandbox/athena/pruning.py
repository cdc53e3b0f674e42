"""Partition pruning: conditions on partition keys alone decide which partitions are read at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from sandbox.athena.catalog import Partition, Table, arrow_type
from sandbox.athena.dialect import to_duckdb


def pruned(
    node: exp.Table, table: Table, partitions: Sequence[Partition], connection: Any
) -> Sequence[Partition]:
    """The partitions that the query's conditions on this occurrence of the table leave."""
    conditions = list(_conditions(node, table)) if table.keys else []
    if not conditions or not partitions:
        return partitions
    rows = [table.key_values(each) | {"$number": number} for number, each in enumerate(partitions)]
    kinds = [(key, arrow_type(kind)) for key, kind in table.keys.items()]
    schema = pa.schema([*kinds, ("$number", pa.int64())])
    connection.register("__partitions", pa.Table.from_pylist(rows, schema))
    select = exp.select(exp.column("$number", table=node.alias_or_name, quoted=True)).from_(
        exp.Table(
            this=exp.to_identifier("__partitions"),
            alias=exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True)),
        )
    )
    for condition in conditions:
        select = select.where(condition.copy(), copy=False)
    try:
        numbers = {row[0] for row in connection.execute(to_duckdb(select)).fetchall()}
    except duckdb.Error:  # such as a cast of one partition's value that another condition leaves out
        return partitions
    finally:
        connection.unregister("__partitions")
    return [partition for number, partition in enumerate(partitions) if number in numbers]


def _conditions(node: exp.Table, table: Table) -> Iterator[exp.Expression]:
    """Parts of the WHERE around a table that speak of its partition keys alone.

    Not of a table that an outer join may fill up with NULLs: there a missing row is not the same as a row left out.
    """
    select = node.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if not select or not where or any(join.side for join in select.args.get("joins") or []):
        return
    for condition in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        columns = list(condition.find_all(exp.Column))
        own = all(column.table == node.alias_or_name and column.name in table.keys for column in columns)
        if columns and own and not condition.find(exp.Query):
            yield condition
