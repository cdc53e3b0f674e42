"""Rows `after` a stage, beside the rows `before` it that they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from acceptance.aws.athena import identifier
from acceptance.queries import parts, sql

BOTH = "after.id IS NOT NULL AND before.id IS NOT NULL"


def is_another(column: str) -> str:
    return f"{BOTH} AND after.{identifier(column)} IS DISTINCT FROM before.{identifier(column)}"


def changes(source: Callable[[Iterable[str]], str], columns: Sequence[str]) -> list[str]:
    """In how many rows each column is another than before; `source` joins rows of some columns."""

    def query(numbered: Mapping[int, str]) -> str:
        counts = {
            f"changed_{number}": f"count_if({is_another(column)})" for number, column in numbered.items()
        }
        return f"SELECT\n{sql.listed(counts)}\nFROM {source(numbered.values())}"

    return parts.of_join(query, columns)


def ids(source: str, column: str, condition: str, values: bool, limit: int = 10) -> str:
    name = identifier(column)
    shown = (
        f", before.{name} AS {identifier(f'{column}_before')}, after.{name} AS {identifier(f'{column}_after')}"
        if values
        else ""
    )
    return f"SELECT before.id{shown}\nFROM {source}\nWHERE {condition}\nORDER BY before.id\nLIMIT {limit}"
