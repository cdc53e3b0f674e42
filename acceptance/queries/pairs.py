"""Rows `after` a stage, paired with the rows `before` it that they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from acceptance.aws.athena import quoted
from acceptance.queries import parts, sql
from acceptance.queries.query import Question, Row, one_row

BOTH = "after.id IS NOT NULL AND before.id IS NOT NULL"


def is_another(column: str) -> str:
    return f"{BOTH} AND after.{quoted(column)} IS DISTINCT FROM before.{quoted(column)}"


def changes(source: Callable[[Iterable[str]], str], columns: Sequence[str]) -> Question[dict[str, int]]:
    """The columns that are another than before, each with the number of rows in which it is.

    `source` joins rows of some columns.
    """

    def query(numbered: Mapping[int, str]) -> str:
        counts = {
            f"changed_{number}": f"count_if({is_another(column)})" for number, column in numbered.items()
        }
        return f"SELECT\n{sql.listed(counts)}\nFROM {source(numbered.values())}"

    def read(rows: Iterable[Row]) -> dict[str, int]:
        row = one_row(rows)
        counts = {column: row[f"changed_{number}"] for number, column in enumerate(columns)}
        return {column: count for column, count in counts.items() if count}

    return Question(parts.of_join(query, columns), read)


def ids(source: str, column: str, condition: str, values: bool, limit: int = 10) -> Question[list[str]]:
    """The ids of some rows; with `values` those of the column are fetched with them."""
    name = quoted(column)
    shown = (
        f", before.{name} AS {quoted(f'{column}_before')}, after.{name} AS {quoted(f'{column}_after')}"
        if values
        else ""
    )
    text = f"SELECT before.id{shown}\nFROM {source}\nWHERE {condition}\nORDER BY before.id\nLIMIT {limit}"
    return Question([text], lambda rows: [str(row["id"]) for row in rows])
