"""Of generations: the playbook's own query, their rows, how much was new in them."""

from __future__ import annotations

from collections.abc import Mapping

from acceptance.aws.athena import identifier
from acceptance.pipeline import RECAST, Stage
from acceptance.queries import sql


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


def row_count(database: str, table: str, partition: Mapping[str, str]) -> str:
    """One row: how many there are in one partition (key -> value; {}: in the table). Of Parquet it scans no bytes."""
    pairs = ((identifier(key), value.replace("'", "''")) for key, value in partition.items())
    condition = " AND ".join(f"{key} = '{value}'" for key, value in pairs)
    return f"SELECT count(*) AS row_count\nFROM {identifier(database)}.{identifier(table)}" + (
        f"\nWHERE {condition}" if condition else ""
    )


def size_query(database: str, stage: Stage, table: str, generation: str) -> str:
    """One row: how large a generation (yyyymmdd) is."""
    return (
        f"SELECT '{generation}' AS generation, count(*) AS row_count, count(DISTINCT id) AS id_count\n"
        f"FROM {sql.source(database, stage, table)}\nWHERE {stage.generation} = '{generation}'"
    )


def increments_query(database: str, table: str, since: str) -> str:
    """A row for each generation of a table's increments since a day (yyyymmdd): how much was new or changed in it."""
    day = "substr(CAST(last_updated AS varchar), 1, 10)"
    aggregates = {
        "generation": "import_date",
        "row_count": "count(*)",
        "day_count": f"count(DISTINCT {day})",
    }
    return (
        f"SELECT\n{sql.listed(aggregates)}\nFROM {sql.source(database, RECAST, table)}\n"
        f"WHERE import_date >= '{since}'\nGROUP BY import_date\nORDER BY import_date"
    )
