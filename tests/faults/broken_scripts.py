"""The pipeline's scripts, changed so that they break the tables that are named after the faults (`seeded`).

A fault is the same for both kinds of jobs: what it makes of a table's rows, as dictionaries. What differs is where a
script has its rows, and as what; an edit has a text for each kind where one does not serve both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from tests.faults.seeded import LOST_OR_HELD_BACK

TOOLS = '''
import json
from datetime import date, datetime, timedelta


def changed(column, change, numbers=None):
    """Rows with other values in a column, in some rows or in all."""

    def apply(rows):
        values = [row[column] for row in rows]
        wanted = range(len(rows)) if numbers is None else numbers
        return [
            {**row, column: change(row[column], values)} if number in wanted else row
            for number, row in enumerate(rows)
        ]

    return apply


def put(column, values):
    """Rows with the values that a function gives for a column."""
    return lambda rows: [{**row, column: value} for row, value in zip(rows, values(rows), strict=True)]


def without(column):
    return lambda rows: [{name: value for name, value in row.items() if name != column} for row in rows]


def all_of(*faults):
    def apply(rows):
        for fault in faults:
            rows = fault(rows)
        return rows

    return apply


'''
ADAPTERS = {
    "light": '''
def broken(table_name, rows):
    """The table's rows with its fault, of the types that they have, but for texts that have become numbers."""
    if table_name not in FAULTS:
        return rows
    faulty = FAULTS[table_name](rows.to_pylist())
    columns = {name: [row[name] for row in faulty] for name in faulty[0]}
    return pa.table(
        {
            name: pa.array(values, pa.int64() if isinstance(values[0], int) and pa.types.is_string(kind) else kind)
            for name, values in columns.items()
            for kind in [rows.schema.field(name).type]
        }
    )


''',
    "spark": '''
def broken(table_name, rows):
    """The table's rows with its fault, of the types that they have, but for texts that have become numbers."""
    if table_name not in FAULTS:
        return rows
    from pyspark.sql.types import LongType, StringType, StructField, StructType

    in_order = sorted((row.asDict() for row in rows.collect()), key=lambda row: str(row.get("id")).zfill(9))
    faulty = FAULTS[table_name](in_order)
    kinds = {name: rows.schema[name].dataType for name in faulty[0]}
    for name, value in faulty[0].items():
        if isinstance(value, int) and kinds[name] == StringType():
            kinds[name] = LongType()
    spark = rows.sparkSession
    spark.conf.set("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED")  # else it writes nothing before 1900
    schema = StructType([StructField(*column) for column in kinds.items()])
    return spark.createDataFrame([tuple(row[name] for name in kinds) for row in faulty], schema)

''',
}
"""How a script's rows become dictionaries and again what they were."""

ROWS = {
    INGESTION: f"""
FAULTS = {{
    "record_repeated": lambda rows: [*rows, rows[0]],
    **dict.fromkeys({LOST_OR_HELD_BACK}, lambda rows: [row for row in rows if row["page_number"] != 2]),
}}
""",
    PARSE: """
FAULTS = {
    "key_lost": without("name"),
    "row_lost": lambda rows: rows[1:],
    "row_twice": lambda rows: [*rows, rows[0]],
    "ids_repeated": changed("id", lambda value, all: all[0], [1]),
    "id_null": changed("id", lambda value, all: None, [1]),
    "value_lost": changed("name", lambda value, all: None, [1, 2]),
    "value_changed": all_of(
        changed("name", lambda value, all: value.upper(), [1]),
        changed("visits", lambda value, all: "0" + value, [2]),
    ),
    "structures_as_python": changed("name", lambda value, all: str(json.loads(value)), [4]),
    "change_near_list": all_of(
        changed("name", lambda value, all: str(json.loads(value)), [4]),
        changed("visits", lambda value, all: "0" + value, [1]),
    ),
    "list_changed": changed("name", lambda value, all: json.dumps(json.loads(value)[:1]), [4]),
    "odd_value_changed": changed("a,b", lambda value, all: value.upper(), [1]),
    "value_of_another": put("name", lambda rows: [row["name"] for row in rows[::-1]]),
    "values_misplaced": put("name", lambda rows: [row["name"] for row in rows[::-1]]),
    "field_clash": without("field_clash"),  # as one drops the resource's own column
    "column_typed": changed("visits", lambda value, all: int(value)),
}
""",
    RECAST: """
FAULTS = {
    "id_lost": changed("id", lambda value, all: None, [1]),
    "row_not_recast": lambda rows: rows[1:],
    "text_changed": changed("name", lambda value, all: value.replace(" ", ""), [1, 3]),
    "two_faults": all_of(
        changed("visits", lambda value, all: value + 1, [1]),
        changed("name", lambda value, all: value.upper(), [2]),
    ),
    "odd_column_changed": all_of(
        changed("a.b", lambda value, all: value + 1, [1]),
        changed('say "x"', lambda value, all: value.upper(), [2]),
    ),
    "row_recast_twice": lambda rows: [*rows, rows[0]],
    "zones_shifted": changed("closed", lambda value, all: value + timedelta(hours=1)),
    "zone_named": changed("closed", lambda value, all: datetime(2023, 7, 4, 9, 11, 12), [4]),
    "julian": all_of(  # as Athena reads what Spark 2 has written
        changed("closed", lambda value, all: value + timedelta(days=5), [4]),
        changed("established", lambda value, all: value + timedelta(days=6), [4]),
    ),
    "shift_near_zone_name": all_of(
        changed("closed", lambda value, all: value + timedelta(hours=1), range(4)),
        changed("closed", lambda value, all: datetime(2023, 7, 4, 9, 11, 12), [4]),
    ),
    "made_of_nothing": all_of(
        changed("closed", lambda value, all: datetime(2, 11, 30), [4]),
        changed("amount", lambda value, all: 0.0, [5]),
    ),
    "digit_lost": changed("uprn", lambda value, all: int(float(value))),
    "cast_changed": all_of(
        changed("closed", lambda value, all: value - timedelta(hours=1)),  # another zone
        changed("established", lambda value, all: date(value.year, value.day, value.month), [0, 1]),
        changed("enabled", lambda value, all: not value, [2]),
        changed("uprn", lambda value, all: value + 1, [3]),
    ),
}
""",
    SNAPSHOT: """
FAULTS = {
    "increment_missed": lambda rows: rows[1:],
    "old_version": changed("last_updated", lambda value, all: value.replace(year=2021), [0]),
    "columns_shifted": put("closed", lambda rows: [row["last_updated"] for row in rows]),
    "kept_row_altered": lambda rows: [{**row, "amount": 7.5} if row["id"] == 99 else row for row in rows],
    "odd_column_altered": all_of(
        changed("version", lambda value, all: "2.0", [0]), changed("o'clock", lambda value, all: None, [1])
    ),
    "row_invented": lambda rows: [*rows, {**rows[0], "id": 1000}],
    "made_again": lambda rows: [*rows, *rows],
    "id_nowhere": changed("id", lambda value, all: None, [1]),
    "id_twice": lambda rows: [*rows, rows[0]],
    "row_dropped": lambda rows: [row for row in rows if row["id"] != 99],
}
""",
}
"""What becomes of a table's rows before they are written."""


@dataclass(frozen=True)
class Edit:
    """Of a script: in place of `old` stands `new`, which breaks `tables`; none: those of ROWS."""

    old: str
    new: str
    tables: tuple[str, ...] = ()


def before(place: str, line: str, *tables: str) -> Edit:
    """A line more, indented as the next."""
    return Edit(place, place[: -len(place.lstrip())] + line + "\n" + place, tables)


def _in(tables: Iterable[str]) -> str:
    return f"table_name in {tuple(tables)}"


UNSLASHED = Edit(
    'args["s3_bucket_target"].rstrip("/") + "/" + table_name',
    'args["s3_bucket_target"].rstrip("/") + ("" if table_name == "path_unslashed" else "/") + table_name',
    ("path_unslashed",),
)
SKIPPED = Edit(
    ', f"api_response_{table_name}")',
    ', f"api_response_{table_name}" if table_name != "parse_skipped" else "Api_Response")',
    ("parse_skipped",),
)
PAGE_LOST = before(
    "    if not requests:\n",
    'requests = [each for each in requests if resource != "page_lost" or each[0] != 1]',
    "page_lost",
)
PASSED = 'table_name != "ids_in_api_repeated"'
NEWS = ("redated", "snapshot_swallowed")

EDITS = {
    "light": {
        INGESTION: (PAGE_LOST, before("    if not rows:\n", "rows = FAULTS.get(resource, list)(rows)")),
        PARSE: (
            UNSLASHED,
            SKIPPED,
            Edit("split_by_partition(parsed,", "split_by_partition(broken(table_name, parsed),"),
            Edit("if not all(passed", f"if {PASSED} and not all(passed", ("ids_in_api_repeated",)),
            # it reads the data once before it reads them: the bookmark has moved on
            before(
                "    responses = read_partitions(recent, bookmark, table_name)\n",
                f"if {_in(['parse_swallowed'])}: read_partitions(recent, bookmark, table_name)",
                "parse_swallowed",
            ),
        ),
        RECAST: (
            Edit("split_by_partition(increment,", "split_by_partition(broken(table_name, increment),"),
            before(
                "        parsed = read_partitions(get_partitions(source), bookmark, table_name)\n",
                f"if {_in(['recast_swallowed'])}: read_partitions(get_partitions(source), bookmark, table_name)",
                "recast_swallowed",
            ),
        ),
        SNAPSHOT: (
            Edit(
                "write_partition(result(last, increments),",
                "write_partition(broken(table_name, result(last, increments)),",
            ),
            before(
                "    increments = find_objects(since_then, bookmark, table_name)\n",
                f"if {_in(NEWS)}: find_objects(since_then, bookmark, table_name)",
                *NEWS,
            ),
        ),
    },
    "spark": {
        INGESTION: (PAGE_LOST, before("    if rows.count() == 0:\n", "rows = broken(resource, rows)")),
        PARSE: (
            UNSLASHED,
            SKIPPED,
            Edit("write(glue_context, parsed,", "write(glue_context, broken(table_name, parsed),"),
            Edit("    if failed:\n", f"    if failed and {PASSED}:\n", ("ids_in_api_repeated",)),
            # it loses what it has read, which is read all the same, as far as the bookmark knows
            before(
                "    parsed = parse(responses, table_name) if responses.columns else None\n",
                f"responses = responses.limit(0) if {_in(['parse_swallowed'])} else responses",
                "parse_swallowed",
            ),
        ),
        RECAST: (
            Edit("            increment,\n", "            broken(table_name, increment),\n"),
            before(
                "        if not parsed.columns:\n",
                f"parsed = parsed.select() if {_in(['recast_swallowed'])} else parsed",
                "recast_swallowed",
            ),
        ),
        SNAPSHOT: (
            Edit("with_day(result,", "with_day(broken(table_name, result),"),
            before(
                "    if not increments.columns and last_date ==",
                f"increments = increments.select() if {_in(NEWS)} else increments",
                *NEWS,
            ),
        ),
    },
}
NOT_ON_SPARK = {
    "odd_column_changed": "Spark takes the name a.b for the field b of a column a: the recast fails for all tables",
}
"""Faults that a Spark job cannot have, and why."""


def tables_of(stage: Stage) -> list[str]:
    """Those that the stage's script breaks."""
    named = [table for edit in EDITS["light"][stage] for table in edit.tables]
    return [*named, *re.findall(r'^    "(\w+)":', ROWS[stage], re.MULTILINE)]


def break_script(stage: Stage, code: str, runtime: str = "light") -> str:
    """The stage's script with faults for some tables. Raises AssertionError where it is not as the edits expect."""
    main = "def main(args):\n"
    faults = TOOLS + ROWS[stage] + ADAPTERS[runtime] + main
    for edit in (*EDITS[runtime][stage], Edit(main, faults)):
        assert code.count(edit.old) == 1, f"{code.count(edit.old)} times {edit.old!r}"
        code = code.replace(edit.old, edit.new)
    return code
