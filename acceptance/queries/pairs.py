"""Rows `after` a stage, beside the rows `before` it that they were made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from acceptance.aws.athena import identifier
from acceptance.queries import sql

BOTH = "after.id IS NOT NULL AND before.id IS NOT NULL"


def is_another(column: str) -> str:
    return f"{BOTH} AND after.{identifier(column)} IS DISTINCT FROM before.{identifier(column)}"


def changes(source: str, columns: Sequence[str]) -> list[str]:
    """In how many rows each column is another than before."""

    def query(numbered: Mapping[int, str]) -> str:
        counts = {
            f"changed_{number}": f"count_if({is_another(column)})" for number, column in numbered.items()
        }
        return f"SELECT\n{sql.listed(counts)}\nFROM {source}"

    return sql.in_parts(query, columns)


def ids(source: str, column: str, condition: str, values: bool, limit: int = 10) -> str:
    name = identifier(column)
    shown = (
        f", before.{name} AS {identifier(f'{column}_before')}, after.{name} AS {identifier(f'{column}_after')}"
        if values
        else ""
    )
    return f"SELECT before.id{shown}\nFROM {source}\nWHERE {condition}\nORDER BY before.id\nLIMIT {limit}"
