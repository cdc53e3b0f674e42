"""What the queries are written with."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import date

from acceptance.aws.athena import identifier
from acceptance.pipeline import Stage


def listed(aggregates: Mapping[str, str]) -> str:
    return ",\n".join(f"    {expression} AS {name}" for name, expression in aggregates.items())


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


def rows_of(database: str, stage: Stage, table: str, *days: date) -> str:
    return f"(SELECT * FROM {source(database, stage, table)} WHERE {partition(stage, *days)})"


def selected(
    columns: Mapping[str, str], database: str, stage: Stage, table: str, *days: date, condition: str = ""
) -> str:
    """Expressions by name, of some days' rows: each is computed once, however often it is used."""
    conditions = partition(stage, *days) + (f"\n    AND {condition}" if condition else "")
    return f"(SELECT\n{listed(columns)}\nFROM {source(database, stage, table)}\nWHERE {conditions})"


def by_day(aggregates: Mapping[str, str], source: str, name: str, day: str = "import_date") -> str:
    """A row of each day of a source; `name`: of the column that says which."""
    return f"(SELECT\n{listed({name: day, **aggregates})}\nFROM {source}\nGROUP BY {day})"


def source(database: str, stage: Stage, table: str) -> str:
    return f"{identifier(database)}.{identifier(stage.catalog_table(table))}"


def partition(stage: Stage, *days: date) -> str:
    """Of one day, or of any of some days."""
    if len(days) != 1:
        return f"{stage.generation} IN ({', '.join(literal(f'{day:%Y%m%d}') for day in days)})"
    pairs = zip(stage.partition_keys, stage.partition_values(days[0]), strict=True)
    return "\n    AND ".join(f"{key} = '{value}'" for key, value in pairs)
