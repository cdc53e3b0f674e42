"""What the queries are written with."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date

from acceptance.aws.athena import identifier
from acceptance.pipeline import Stage


def listed(aggregates: Mapping[str, str]) -> str:
    return ",\n".join(f"    {expression} AS {name}" for name, expression in aggregates.items())


def side_by_side(
    left: Mapping[str, str], left_source: str, right: Mapping[str, str], right_source: str
) -> str:
    """One row of two sources' aggregates."""
    return (
        f"SELECT * FROM (SELECT\n{listed(left)}\nFROM {left_source})\n"
        f"CROSS JOIN (SELECT\n{listed(right)}\nFROM {right_source})"
    )


def total(terms: list[str], width: int = 50) -> str:
    """Terms added up in groups, so that many terms do not nest deeply; 0 without terms."""
    groups = [" + ".join(terms[start : start + width]) for start in range(0, len(terms), width)]
    return " + ".join(f"({group})" for group in groups) or "0"


def text(values: Iterable[str]) -> str:
    """Texts, or NULLs, as one text, which is another where any of them is."""
    return " || chr(31) || ".join(map(joined, _arrays(values))) or "''"


def array(values: Iterable[str]) -> str:
    """Texts, or NULLs, as an array; of none the array of a NULL."""
    first, *others = [*_arrays(values)] or ["ARRAY[CAST(NULL AS varchar)]"]
    return f"concat({', '.join([first, *others])})" if others else first


def _arrays(values: Iterable[str]) -> list[str]:
    """Trino's array constructor takes 254 elements at most."""
    values = list(values)
    return [f"ARRAY[{', '.join(values[start : start + 100])}]" for start in range(0, len(values), 100)]


def joined(array: str) -> str:
    """The texts of an array; what separates them, and stands for NULL, are characters that no value has."""
    return f"array_join({array}, chr(31), chr(30))"


def literal(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def free_name(wanted: str, columns: Container[str]) -> str:
    """A name for an expression next to columns of a table, which may have any names."""
    while wanted in columns:
        wanted += "_"
    return wanted


def as_text(value: str, kind: str) -> str:
    """A value of a catalog type as a text that no other value has."""
    match kind:
        case "string":
            return value
        case "double":
            return f"to_hex(to_ieee754_64({value}))"  # engines write doubles out in different ways
        case _:
            return f"CAST({value} AS varchar)"


def checksum(text: str) -> str:
    return f"to_hex(checksum({text}))"


def day_of(database: str, stage: Stage, table: str, day: date) -> str:
    return f"(SELECT * FROM {source(database, stage, table)} WHERE {partition(stage, day)})"


def count_of(database: str, stage: Stage, table: str, day: date) -> str:
    return f"SELECT count(*) FROM {source(database, stage, table)} WHERE {partition(stage, day)}"


def selected(
    columns: Mapping[str, str], database: str, stage: Stage, table: str, day: date, condition: str = ""
) -> str:
    """Expressions by name, of a day's rows: each is computed once, however often it is used."""
    conditions = partition(stage, day) + (f"\n    AND {condition}" if condition else "")
    return f"(SELECT\n{listed(columns)}\nFROM {source(database, stage, table)}\nWHERE {conditions})"


def by_generation(counted: Sequence[tuple[str, Mapping[str, str]]], days: Iterable[str]) -> str:
    """A row for each of some days (yyyymmdd), with what is counted in several sources, the oldest first.

    `counted`: a source, partitioned by import_date, and its aggregates by name; a day that it has not counts 0.
    """
    wanted = ", ".join(f"'{date.fromisoformat(day):%Y%m%d}'" for day in days)
    names = [name for _, aggregates in counted for name in aggregates]

    def one(source: str, aggregates: Mapping[str, str]) -> str:
        columns = {"generation": "import_date", **{name: aggregates.get(name, "0") for name in names}}
        return (
            f"SELECT\n{listed(columns)}\nFROM {source}\nWHERE import_date IN ({wanted})\nGROUP BY import_date"
        )

    sources = "\nUNION ALL\n".join(one(*each) for each in counted)
    sums = {"generation": "generation", **{name: f"sum({name})" for name in names}}
    return f"SELECT\n{listed(sums)}\nFROM (\n{sources}\n)\nGROUP BY generation\nORDER BY generation"


def source(database: str, stage: Stage, table: str) -> str:
    return f"{identifier(database)}.{identifier(stage.catalog_table(table))}"


def partition(stage: Stage, day: date) -> str:
    pairs = zip(stage.partition_keys, stage.partition_values(day), strict=True)
    return "\n    AND ".join(f"{key} = '{value}'" for key, value in pairs)
