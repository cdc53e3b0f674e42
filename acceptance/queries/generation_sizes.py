"""Of generations: the playbook's own query, their rows, how much was new in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acceptance.aws.athena import identifier, quoted
from acceptance.pipeline import RECAST, Stage
from acceptance.queries import sql
from acceptance.queries.query import Question, filled, one_row


@dataclass(frozen=True)
class GenerationSize:
    generation: str  # yyyymmdd
    row_count: int
    id_count: int  # different ids


@dataclass(frozen=True)
class GenerationChanges:
    """What was new or changed in a generation of increments."""

    generation: str  # yyyymmdd
    row_count: int
    day_count: int  # different days on which its rows were last updated


def playbook_query(database: str, stage: Stage, table: str) -> str:
    """The playbook's own query of a table's newest generation (steps 1.2.4, 2.3.4, 3.2.4, 4.3.4)."""
    source = sql.source(database, stage, table)
    last = f"last_{stage.generation}"
    return "\n".join(
        [
            "WITH",
            "generation AS (",
            f"    SELECT MAX({stage.generation}) AS {last}",
            f"        FROM {source}",
            ")",
            "SELECT g.*, a.*",
            f"    FROM {source} a",
            "INNER JOIN generation g",
            f"ON a.{stage.generation} = g.{last}",
            "ORDER BY a.import_datetime DESC",
            "LIMIT 10",
        ]
    )


def newest(database: str, stage: Stage, table: str) -> Question[list[str]]:
    """The generation (yyyymmdd) that the playbook's query shows as the newest; none where it shows no rows."""
    text = playbook_query(database, stage, table)
    # the key that the query joins on: a column of the API may be called last_import_date
    return Question([text], lambda rows: sorted({str(row[stage.generation]) for row in rows}))


def row_count(database: str, table: str, partition: Mapping[str, str]) -> Question[int]:
    """How many rows one partition has (key -> value; {}: the table). Of Parquet it scans no bytes."""
    pairs = ((quoted(key), value.replace("'", "''")) for key, value in partition.items())
    condition = " AND ".join(f"{key} = '{value}'" for key, value in pairs)
    text = f"SELECT count(*) AS row_count\nFROM {identifier(database)}.{identifier(table)}" + (
        f"\nWHERE {condition}" if condition else ""
    )
    return Question([text], lambda rows: int(one_row(rows)["row_count"]))


def size_query(database: str, stage: Stage, table: str, generation: str) -> Question[GenerationSize]:
    """How large a generation (yyyymmdd) is."""
    text = (
        f"SELECT '{generation}' AS generation, count(*) AS row_count, count(DISTINCT id) AS id_count\n"
        f"FROM {sql.source(database, stage, table)}\nWHERE {stage.generation} = '{generation}'"
    )
    return Question([text], lambda rows: filled(GenerationSize, one_row(rows)))


def increments_query(database: str, table: str, since: str) -> Question[list[GenerationChanges]]:
    """How much was new or changed in each generation of a table's increments since a day (yyyymmdd)."""
    day = "substr(CAST(last_updated AS varchar), 1, 10)"
    aggregates = {
        "generation": "import_date",
        "row_count": "count(*)",
        "day_count": f"count(DISTINCT {day})",
    }
    text = (
        f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(database, RECAST, table)}\n"
        f"WHERE import_date >= '{since}'\nGROUP BY import_date\nORDER BY import_date"
    )
    return Question([text], lambda rows: [filled(GenerationChanges, row) for row in rows])
