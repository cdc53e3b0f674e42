"""One deployment on which many small tables go through the whole pipeline, each broken at a place of its own.

A playbook run takes seconds, whether one table fails or thirty. So one run serves the faults of data and scripts, and
on what it leaves, further runs of single features serve those of the catalog, the crawlers and the job runs.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from acceptance.data_platform import DICTIONARY, SCRIPTS
from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from sandbox.deployment import SCRIPTS as SCRIPTS_BUCKET
from tests.faults.checkouts import PARSE_RULES, Checkout, Dictionary, type_columns

if TYPE_CHECKING:
    from tests.faults.conftest import Deployment, Played

LOCAL = ENVIRONMENTS["local"]
TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
DEPLOYED = "scripts/planning/"  # in the bucket of scripts

SECTIONS = (
    "0-before-you-start",
    "1-api-ingestion",
    "2-parse-increments",
    "3-recast-increments",
    "4-daily-snapshot",
)

Record = dict[str, str | None]


@dataclass(frozen=True)
class Seeded:
    """A fault: where it must be found, and what must be said of it."""

    step: str
    then: str  # the sentence of the step that fails; {table} stands for the table
    told: tuple[str, ...]  # words of the message


def must_find(played: Played, table: str, seeded: Seeded) -> None:
    """The one scenario of the table that failed is the right one, at the right Then, in the right words."""
    assert [step for step, failed in played.failed() if failed == table] == [seeded.step], played.outcomes(
        table
    )
    assert played.failed_step(seeded.step, table) == seeded.then.format(table=table)
    message = played.failure(seeded.step, table)
    assert message.startswith(f"{table}: ")
    for words in seeded.told:
        assert words in message, message


# -- the tables


def record(number: int, **others: str | None) -> Record:
    return {
        "id": str(number),
        "name": f"The {number}. ward",
        "visits": str(number * 3),
        "uprn": str(100_023_000_000 + number),
        "amount": f"{number}.50",
        "enabled": "true" if number % 2 else "false",
        "closed": f"2023-03-0{number % 9 + 1} 10:11:12",
        "established": f"1999-12-0{number % 9 + 1}",
        "last_updated": f"2023-05-0{number % 9 + 1} 21:22:23",
        **others,
    }


TYPES = {
    "integer": "id visits",
    "long": "uprn",
    "double": "amount",
    "boolean": "enabled",
    "timestamp": "closed last_updated",
    "date": "established",
}
ORDINARY = [record(number) for number in range(1, 5)]
TWO_PAGES = [record(number) for number in range(1, 61)]

ODD_NUMBERS = [
    record(1, id="007", visits=" 5 ", amount="1e3", enabled="Y", closed="2023-05-04", name=""),
    record(2, id="12.0", visits="12.0", amount=".5", enabled="no", closed="2023-05-04T10:11:12Z", name=" "),
    record(
        3, id="+8", visits="-3", amount="+2.50", enabled="T", closed="2023-05-04 10:11:12+01:00", name="é“"
    ),
    record(4, visits="", amount="", enabled="", closed="", established="", uprn=" ", name=None),
    record(5, visits=None, amount=None, enabled=None, closed=None, established=None, uprn=None),
    record(6, visits="2147483647", enabled="0", closed="2023-05", established="2023"),
]
UNQUOTED: list[dict[str, Any]] = [
    {**record(number), "visits": number * 3, "amount": number + 0.5, "enabled": bool(number % 2)}
    for number in range(1, 5)
]
KEYS_VARY = [record(1), *({key: value for key, value in record(n).items() if key != "name"} for n in (2, 3))]
STRUCTURED: list[dict[str, Any]] = [*ORDINARY, {**record(5), "name": ["The 5.", {"kind": "ward"}]}]
ODD_IDS = [record(number, id=f" E-{number:03}") for number in range(1, 5)]
SOUND: dict[str, list[dict[str, Any]]] = {
    "odd_values": ODD_NUMBERS,
    "odd_ids": ODD_IDS,
    "complete_by_text": ORDINARY,
    "unquoted": UNQUOTED,
    "structured": STRUCTURED,
    "keys_vary": KEYS_VARY,
}
"""Healthy tables with values that only look wrong."""

NEVER_CAST = [
    record(1, visits="3000000000"),
    record(2, amount="£5"),
    record(3, enabled="maybe"),
    record(4, closed="31/12/2023"),
    record(5, established="yesterday"),
]
CUT_OFF = [record(number, visits=f"{number}.7") for number in range(1, 5)]
NO_ID = [{**record(1), "id": None}, record(2)]
REPEATED = [record(1), record(1, name="Another"), record(2)]

OTHER_RECORDS = {
    "page_lost": TWO_PAGES,
    "last_page_lost": TWO_PAGES,
    "id_missing": NO_ID,
    "value_of_another": KEYS_VARY,
    "quality_failed": REPEATED,
    "ids_in_api_repeated": REPEATED,
    "never_cast": NEVER_CAST,
    "cast_changed": CUT_OFF,
    **SOUND,
}

TAMPERED = (
    "table_gone",
    "table_elsewhere",
    "other_keys",
    "other_columns",
    "other_files",
    "other_partition",
    "unreadable",
    "empty_day",
    "folder_missed",
    "partition_left",
    "generation_missed",
    "day_without_records",
)
"""Sound tables: what is done to their data and descriptions comes later, stage by stage."""


# -- what each fault of data or scripts must lead to, in the run over all tables

_ARRIVES = "its data for {table} is in today's folder of the "
_SWALLOWED = "data that its bookmark has passed already"

FAULTS = {
    # API responses
    "page_lost": Seeded(
        "1.2.4", "every page that the API promised is there", ("1 of the 2 pages that the API promised",)
    ),
    "id_missing": Seeded(
        "1.2.4", "the column {table} holds JSON records, each with an id", ("1 record without",)
    ),
    # parse
    "quality_failed": Seeded(
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("written no data", "Data quality checks of quality_failed failed, skipping it", "step 2.1.2"),
    ),
    "parse_skipped": Seeded(
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("api_response_parse_skipped is not in the catalog, skipping",),
    ),
    "parse_swallowed": Seeded(
        "2.3.1", _ARRIVES + "parsed increments", ("No new data for parse_swallowed", _SWALLOWED)
    ),
    "column_typed": Seeded(
        "2.3.3",
        "its columns are strings, beside those of the API response",
        ("visits is bigint", "visits string"),
    ),
    "column_misspelt": Seeded(
        "2.3.3",
        "it has each column that the dictionary types",
        ("closde (is closed meant?)", "the recast run fails for all its tables"),
    ),
    "key_lost": Seeded(
        "2.3.4",
        "every key of the JSON records is a column of {table}",
        ("has lost keys of the API's records: name",),
    ),
    "row_lost": Seeded(
        "2.3.4", "every record of the API response is a row", ("1 row(s) too few after the parse",)
    ),
    "row_twice": Seeded(
        "2.3.4", "every record of the API response is a row", ("1 row(s) too many", "more than once")
    ),
    "ids_in_api_repeated": Seeded(
        "2.3.4", "id and import_date together are unique in {table}", ("1 row(s) repeat an id",)
    ),
    "ids_repeated": Seeded(
        "2.3.4", "id and import_date together are unique in {table}", ("1 row(s) repeat an id",)
    ),
    "id_null": Seeded(
        "2.3.4", "id is complete in {table}", ("only 75.0% of the rows have an id", "at least 99%")
    ),
    "value_lost": Seeded("2.3.4", "every value of the JSON records is there", ("name has 2 values of 4",)),
    "value_changed": Seeded(
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("the parse has changed values: name, visits", "letter for letter"),
    ),
    "values_misplaced": Seeded(
        "2.3.4", "every value of {table} says what its JSON says", ("has put values into other rows",)
    ),
    "value_of_another": Seeded(
        "2.3.4", "every value of {table} says what its JSON says", ("has put values into other rows",)
    ),
    # recast
    "recast_swallowed": Seeded(
        "3.2.1", _ARRIVES + "increments", ("No new data for recast_swallowed", _SWALLOWED, "step 3.1.2")
    ),
    "old_dictionary": Seeded(
        "3.2.3",
        "its columns have the types of the dictionary, all others are strings",
        ("id is string", "established date"),
    ),
    "row_not_recast": Seeded(
        "3.2.4",
        "every parsed row of {table} is there",
        ("the increment has 3 rows of today, the parsed table 4",),
    ),
    "row_recast_twice": Seeded(
        "3.2.4",
        "every parsed row of {table} is there",
        ("the increment has 5 rows of today, the parsed table 4", "recast more than once today"),
    ),
    "id_untyped": Seeded(
        "3.2.4", "the id of {table} is no number left as text", ("every one of the 4 ids is a number",)
    ),
    "never_cast": Seeded(
        "3.2.4",
        "no value of {table} was lost in the cast",
        ("5 value(s) lost", "visits 1", "amount 1", "enabled 1", "closed 1", "established 1", "the ids 1"),
    ),
    "cast_changed": Seeded(
        "3.2.4",
        "every cast value of {table} equals its text",
        ("visits 4", "uprn 1", "enabled 1", "closed 4", "established 2"),
    ),
    "text_changed": Seeded(
        "3.2.4",
        "every text of {table} is as it was parsed",
        ("2 text(s) changed in the recast: name 2", "for name the ids 2, 4"),
    ),
    # daily snapshot
    "snapshot_swallowed": Seeded(
        "4.3.1",
        _ARRIVES + "snapshots",
        ("Neither increments nor a snapshot for snapshot_swallowed", _SWALLOWED),
    ),
    "id_twice": Seeded(
        "4.3.4", "id is unique in the snapshot of {table}", ("1 id(s) are in today's snapshot more",)
    ),
    "increment_missed": Seeded(
        "4.3.4",
        "every id of the increments is there in its latest version",
        ("1 id(s) missing, 0 in an older",),
    ),
    "old_version": Seeded(
        "4.3.4",
        "every id of the increments is there in its latest version",
        ("0 id(s) missing, 1 in an older",),
    ),
    "redated": Seeded(
        "4.3.4",
        "every id of the increments is there in its latest version",
        ("3 id(s) missing, 1 in an older version", "a snapshot without news gets today's date", "bookmark"),
    ),
    "row_dropped": Seeded(
        "4.3.4",
        "no row of the last snapshot is lost",
        (f"lost 1 of the 2 rows of the last one ({YESTERDAY:%Y%m%d})",),
    ),
    "columns_shifted": Seeded(
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        (
            "4 row(s) of today's snapshot",
            "closed in 4; for closed the ids 1, 2, 3, 4",
            "joined by their order",
        ),
    ),
    "kept_row_altered": Seeded(
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("1 row(s) of today's snapshot", "amount in 1; for amount the ids 99"),
    ),
    "row_invented": Seeded(
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("1 row(s) of today's snapshot", "1 id(s) that neither of them has"),
    ),
}
HAS_YESTERDAY = ("redated", "row_dropped", "kept_row_altered")
"""Tables with a snapshot of yesterday: an older version of id 1, and id 99, which no increment has."""

TABLES = {
    table: OTHER_RECORDS.get(table, ORDINARY) for table in (*FAULTS, "last_page_lost", *SOUND, *TAMPERED)
}


# -- what is wrong with scripts

TOOLS = '''
def changed(column, change, numbers=None):
    """Rows with other values in a column, in some rows or in all."""

    def apply(rows):
        values = rows[column].to_pylist()
        wanted = range(len(values)) if numbers is None else numbers
        for number in wanted:
            values[number] = change(values[number], values)
        place = rows.column_names.index(column)
        return rows.set_column(place, column, pa.array(values, rows[column].type))

    return apply


def all_of(*faults):
    def apply(rows):
        for fault in faults:
            rows = fault(rows)
        return rows

    return apply


def put(column, values):
    """Rows with the values that a function gives for a column."""
    return lambda rows: rows.set_column(
        rows.column_names.index(column), column, pa.array(values(rows), rows[column].type)
    )


def broken(table_name, rows):
    return FAULTS.get(table_name, lambda rows: rows)(rows)


'''
PARSE_FAULTS = """
FAULTS = {
    "key_lost": lambda rows: rows.drop_columns(["name"]),
    "row_lost": lambda rows: rows.slice(1),
    "row_twice": lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    "ids_repeated": changed("id", lambda value, all: all[0], [1]),
    "id_null": changed("id", lambda value, all: None, [1]),
    "value_lost": changed("name", lambda value, all: None, [1, 2]),
    "value_changed": all_of(
        changed("name", lambda value, all: value.upper(), [1]),
        changed("visits", lambda value, all: "0" + value, [2]),
    ),
    "value_of_another": put("name", lambda rows: rows["name"].to_pylist()[::-1]),
    "values_misplaced": put("name", lambda rows: rows["name"].to_pylist()[::-1]),
    "column_typed": lambda rows: rows.set_column(
        rows.column_names.index("visits"), "visits", rows["visits"].cast(pa.int64())
    ),
}
"""
RECAST_FAULTS = """
FAULTS = {
    "row_not_recast": lambda rows: rows.slice(1),
    "text_changed": changed("name", lambda value, all: value.replace(" ", ""), [1, 3]),
    "row_recast_twice": lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    "cast_changed": all_of(
        changed("closed", lambda value, all: value - timedelta(hours=1)),  # another zone
        changed("established", lambda value, all: date(value.year, value.day, value.month), [0, 1]),
        changed("enabled", lambda value, all: not value, [2]),
        changed("uprn", lambda value, all: value + 1, [3]),
    ),
}
"""
SNAPSHOT_FAULTS = """
FAULTS = {
    "increment_missed": lambda rows: rows.slice(1),
    "old_version": changed("last_updated", lambda value, all: value.replace(year=2021), [0]),
    "columns_shifted": put("closed", lambda rows: rows["last_updated"].to_pylist()),
    "kept_row_altered": lambda rows: changed(
        "amount", lambda value, all: 7.5, [rows["id"].to_pylist().index(99)]
    )(rows),
    "row_invented": lambda rows: pa.concat_tables(
        [rows, changed("id", lambda value, all: 1000)(rows.slice(0, 1))]
    ),
    "id_twice": lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    "row_dropped": lambda rows: rows.filter(pa.array([each != 99 for each in rows["id"].to_pylist()])),
}
"""
SWALLOWED = "read_partitions({partitions}, bookmark, table_name) if table_name in {tables} else None"
"""A script that reads the data once before it reads it: the bookmark has moved on."""


def break_parse(code: str) -> str:
    """The parse script with faults for some tables."""
    reading = "    responses = read_partitions(recent, bookmark, table_name)\n"
    return _edited(
        code,
        ("def process(", TOOLS + PARSE_FAULTS + "\n\ndef process("),
        (
            'f"api_response_{table_name}")',
            'f"api_response_{table_name}" if table_name != "parse_skipped" else "Api_Response")',
        ),
        (
            reading,
            "    " + SWALLOWED.format(partitions="recent", tables=["parse_swallowed"]) + "\n" + reading,
        ),
        ("split_by_partition(parsed,", "split_by_partition(broken(table_name, parsed),"),
        ("if not all(passed", 'if table_name != "ids_in_api_repeated" and not all(passed'),
    )


def break_recast(code: str) -> str:
    reading = "        parsed = read_partitions(get_partitions(source), bookmark, table_name)\n"
    once = SWALLOWED.format(partitions="get_partitions(source)", tables=["recast_swallowed"])
    return _edited(
        code,
        ("def column_types_of(", TOOLS + RECAST_FAULTS + "\n\ndef column_types_of("),
        (reading, f"        {once}\n{reading}"),
        ("split_by_partition(increment,", "split_by_partition(broken(table_name, increment),"),
    )


def break_snapshot(code: str) -> str:
    reading = "    increments = read_partitions(since_then, bookmark, table_name)\n"
    once = SWALLOWED.format(partitions="since_then", tables=["redated", "snapshot_swallowed"])
    return _edited(
        code,
        ("def latest_versions(", TOOLS + SNAPSHOT_FAULTS + "\n\ndef latest_versions("),
        (reading, f"    {once}\n{reading}"),
        ("write_partition(snapshot,", "write_partition(broken(table_name, snapshot),"),
    )


def break_ingestion(code: str) -> str:
    old = "    if not rows:\n"
    lost = (
        '    lost = {"page_lost": 1, "last_page_lost": 2}.get(resource)\n'
        '    rows = [row for row in rows if row["page_number"] != lost]\n'
    )
    return _edited(code, (old, lost + old))


def _edited(code: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert code.count(old) == 1, f"{code.count(old)} times {old!r}"
        code = code.replace(old, new)
    return code


# -- the deployment and its runs


class Chain:
    """The deployment, the branch, and the tables in it."""

    def __init__(self, deployment: Deployment, checkout: Checkout) -> None:
        self.deployment, self.checkout = deployment, checkout
        self.glue, self.s3 = deployment.client("glue"), deployment.client("s3")

    def play(self, *arguments: str, tables: Iterable[str] = ()) -> Played:
        """Run the playbook and keep the test jobs, so that single features can follow."""
        return self.deployment.play(
            "-D",
            f"data_platform={self.checkout.folder}",
            "-D",
            "keep=true",
            *arguments,
            tables=",".join(tables or TABLES),
        )

    def play_steps(self, chosen: dict[str, str | None]) -> Played:
        """Run single features, step -> table (None: it has no tables), each for a table of its own."""
        tags = [f"@step-{step}" + (f" and @table.{table}" if table else "") for step, table in chosen.items()]
        wanted = " or ".join(f"({tag})" for tag in tags)
        return self.play(f"--tags={wanted}", tables=dict.fromkeys(filter(None, chosen.values())))

    # -- deployed code

    def change_deployed(self, name: str, change: Callable[[str], str]) -> None:
        place = {"Bucket": SCRIPTS_BUCKET, "Key": DEPLOYED + name}
        text = self.s3.get_object(**place)["Body"].read().decode()
        self.s3.put_object(**place, Body=change(text).encode())

    def change_deployed_dictionary(self, change: Callable[[Dictionary], None]) -> None:
        def changed(text: str) -> str:
            dictionary: Dictionary = json.loads(text)[0]
            change(dictionary)
            return json.dumps([dictionary])

        self.change_deployed(DICTIONARY.rsplit("/", 1)[-1], changed)

    # -- data

    def objects(self, stage: Stage, table: str) -> list[str]:
        """Keys of today's objects of a table."""
        bucket, prefix = LOCAL.bucket(stage.zone), stage.partition_prefix(table, TODAY)
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def remove_objects(self, stage: Stage, table: str) -> None:
        for key in self.objects(stage, table):
            self.s3.delete_object(Bucket=LOCAL.bucket(stage.zone), Key=key)

    def rewrite(self, stage: Stage, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
        """Write today's object of a table anew with other rows or types."""
        bucket, (key,) = LOCAL.bucket(stage.zone), self.objects(stage, table)
        self.put(bucket, key, change(self.read(bucket, key)))

    def read(self, bucket: str, key: str) -> pa.Table:
        return pq.ParquetFile(io.BytesIO(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())).read()

    def put(self, bucket: str, key: str, rows: pa.Table) -> None:
        buffer = io.BytesIO()
        pq.write_table(rows, buffer)
        self.s3.put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())

    # -- the catalog

    def change_table(self, stage: Stage, table: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a table's description in the catalog."""
        where = {"DatabaseName": LOCAL.database(stage.zone)}
        described = self.glue.get_table(**where, Name=stage.catalog_table(table))["Table"]
        names = ("Name", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
        wanted = {name: described[name] for name in names}
        change(wanted)
        self.glue.update_table(**where, TableInput=wanted)

    def delete_table(self, stage: Stage, table: str) -> None:
        self.glue.delete_table(DatabaseName=LOCAL.database(stage.zone), Name=stage.catalog_table(table))

    def add_folder(
        self, stage: Stage, table: str, day: date, change: Callable[[pa.Table], pa.Table] = lambda rows: rows
    ) -> None:
        """Put today's data of a table, changed, into another day's folder."""
        bucket, (key,) = LOCAL.bucket(stage.zone), self.objects(stage, table)
        name = key.rsplit("/", 1)[-1]
        self.put(bucket, stage.partition_prefix(table, day) + name, change(self.read(bucket, key)))

    def add_partition(self, stage: Stage, table: str, day: date) -> None:
        """Register another day's folder as today's is."""
        where = {"DatabaseName": LOCAL.database(stage.zone), "TableName": stage.catalog_table(table)}
        values = list(stage.partition_values(TODAY))
        storage = self.glue.get_partition(**where, PartitionValues=values)["Partition"]["StorageDescriptor"]
        location = f"s3://{LOCAL.bucket(stage.zone)}/{stage.partition_prefix(table, day)}"
        self.glue.create_partition(
            **where,
            PartitionInput={
                "Values": list(stage.partition_values(day)),
                "StorageDescriptor": storage | {"Location": location},
            },
        )

    def change_partition(self, stage: Stage, table: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the description of today's partition."""
        values = list(stage.partition_values(TODAY))
        where = {
            "DatabaseName": LOCAL.database(stage.zone),
            "TableName": stage.catalog_table(table),
        }
        found = self.glue.get_partition(**where, PartitionValues=values)["Partition"]
        wanted = {name: found[name] for name in ("Values", "Parameters", "StorageDescriptor")}
        change(wanted)
        self.glue.update_partition(**where, PartitionValueList=values, PartitionInput=wanted)

    def crawl(self, stage: Stage) -> None:
        self.glue.start_crawler(Name=stage.crawler)
        while self.glue.get_crawler(Name=stage.crawler)["Crawler"]["State"] != "READY":
            pass


def columns_of(description: dict[str, Any]) -> list[dict[str, str]]:
    """The columns of a table's or partition's description, to be changed in place."""
    columns: list[dict[str, str]] = description["StorageDescriptor"]["Columns"]
    return columns


def retype(column: str, kind: str) -> Callable[[dict[str, Any]], None]:
    """Change a column's type in a description."""

    def change(description: dict[str, Any]) -> None:
        (found,) = [each for each in columns_of(description) if each["Name"] == column]
        found["Type"] = kind

    return change


def seed_yesterdays_snapshot(chain: Chain, table: str) -> None:
    kinds = {column: kind for kind, columns in TYPES.items() for column in columns.split()}
    arrow = {
        "integer": pa.int32(),
        "long": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
        "date": pa.date32(),
    }
    rows: dict[str, pa.Array] = {
        column: pa.nulls(
            2, pa.int64() if kind == "bigint" else pa.timestamp("us") if kind == "timestamp" else pa.string()
        )
        for column, kind in API_RESPONSE_COLUMNS.items()
    }
    rows |= {column: pa.nulls(2, arrow.get(kinds.get(column, ""), pa.string())) for column in record(1)}
    rows |= {
        key: pa.array([value] * 2)
        for key, value in zip(RECAST.partition_keys, RECAST.partition_values(YESTERDAY), strict=True)
    }
    rows["id"] = pa.array([1, 99], pa.int32())
    rows["last_updated"] = pa.array(
        [datetime(2022, 1, day, tzinfo=UTC) for day in (1, 2)], pa.timestamp("us")
    )
    key = f"{SNAPSHOT.partition_prefix(table, YESTERDAY)}part-0.parquet"
    chain.put(LOCAL.bucket(SNAPSHOT.zone), key, pa.table(rows))


def make(deployment: Deployment, folder: Path) -> Chain:
    """Have the API serve the tables, the branch know them, and the scripts break what they are to break."""
    tables = TABLES
    checkout = Checkout.make(folder)
    checkout.add(tables)
    checkout.add_all_rules(tables)
    checkout.add_rules(PARSE, {"complete_by_text": PARSE_RULES | {"complete": "name"}})
    for stage, change in ((PARSE, break_parse), (SNAPSHOT, break_snapshot)):
        path = SCRIPTS + stage.script
        checkout.changed[path] = change(checkout.read(path))

    def type_all(dictionary: Dictionary) -> None:
        for table in tables:
            type_columns(dictionary, table, **TYPES)
        for table in ("odd_ids", "id_untyped"):
            type_columns(dictionary, table, integer="visits")
        type_columns(dictionary, "column_misspelt", timestamp="closde last_updated")

    def forget_old_dictionary(dictionary: Dictionary) -> None:
        for columns in dictionary.values():
            columns.pop("old_dictionary", None)

    checkout.change_dictionary(type_all)
    checkout.commit()
    chain = Chain(deployment, checkout)
    chain.change_deployed_dictionary(type_all)
    chain.change_deployed_dictionary(forget_old_dictionary)
    chain.change_deployed(INGESTION.script, break_ingestion)
    chain.change_deployed(RECAST.script, break_recast)
    for table in HAS_YESTERDAY:
        seed_yesterdays_snapshot(chain, table)
    chain.crawl(SNAPSHOT)
    deployment.box.api_faults([{"resource": table, "records": records} for table, records in tables.items()])
    return chain
