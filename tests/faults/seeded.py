"""Small tables, most of them with one fault of data or scripts each, and what must be found of it where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from acceptance.pipeline import LOOKBACK
from tests.playing import Played

Record = dict[str, str | None]


@dataclass(frozen=True)
class Seeded:
    """A fault: what must be found of it, where, and what must be said of it."""

    code: str
    step: str
    then: str  # the sentence of the step that fails; {table} stands for the table
    told: tuple[str, ...]  # words of the message, with {days} as placeholders, say {yesterday:%Y%m%d}
    also: tuple[str, ...] = ()  # what later Thens of the scenario find, that do not build on this one


def days(today: date) -> dict[str, date]:
    """The days that tables are broken on. `long_ago` is too old for the checks of a table that is in use."""
    long_ago = today - LOOKBACK - timedelta(days=6)
    return {"today": today, "yesterday": today - timedelta(days=1), "long_ago": long_ago}


def must_find(played: Played, table: str, seeded: Seeded) -> None:
    """The one scenario of the table that failed is the right one, at the right Then, in the right words."""
    assert [step for step, failed in played.failed() if failed == table] == [seeded.step], played.outcomes(
        table
    )
    scenario = played.scenario(seeded.step, table)
    assert [finding.code for finding in scenario.findings] == [seeded.code, *seeded.also]
    assert played.failed_steps(seeded.step, table)[0] == seeded.then.format(table=table)
    message = played.failure(seeded.step, table)
    assert message.startswith(f"{table}: ")
    for words in seeded.told:
        assert words.format_map(days(played.verdict.started.date())) in message, message


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
THREE_PAGES = [record(number) for number in range(1, 111)]

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
ZONED = [
    record(1, closed="2023-05-04T10:11:12+01:00", established="2023-05-04T00:00:00"),
    record(2, closed="2023-05-04 10:11:12 -03:30"),
    record(3, closed="2023-05-04T10:11:12.123Z"),
    record(4, closed="2023-05-04T10:11:12"),
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
    "zoned": ZONED,
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
ODD_COLUMNS = [
    record(number, **{"a,b": "x", "a.b": str(number), 'say "x"': "y", "o'clock": "z", "version": "1.0"})
    for number in range(1, 5)
]
"""Names that SQL must quote, and one that the checks' own queries use."""

OTHER_RECORDS = {
    "odd_value_changed": ODD_COLUMNS,
    "odd_column_changed": ODD_COLUMNS,
    "odd_column_altered": ODD_COLUMNS,
    "page_lost": TWO_PAGES,
    "middle_page_lost": THREE_PAGES,
    "last_page_lost": TWO_PAGES,
    "id_missing": NO_ID,
    "value_of_another": KEYS_VARY,
    "quality_failed": REPEATED,
    "ids_in_api_repeated": REPEATED,
    "never_cast": NEVER_CAST,
    "cast_changed": CUT_OFF,
    "zones_shifted": ZONED,
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
        "pages-missing",
        "1.2.4",
        "every page that the API promised is there",
        ("1 of the 2 pages that the API promised", "the job has not asked for page 1"),
    ),
    "id_missing": Seeded(
        "records-not-json",
        "1.2.4",
        "the column {table} holds JSON records, each with an id",
        ("1 record without",),
    ),
    # parse
    "quality_failed": Seeded(
        "data-not-written",
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("written no data", "Data quality checks of quality_failed failed, skipping it", "step 2.1.2"),
    ),
    "parse_skipped": Seeded(
        "data-not-written",
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("api_response_parse_skipped is not in the catalog, skipping",),
    ),
    "parse_swallowed": Seeded(
        "data-not-written",
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("No new data for parse_swallowed", _SWALLOWED),
    ),
    "column_typed": Seeded(
        "columns-wrong",
        "2.3.3",
        "its columns are strings, beside those of the API response",
        ("visits is bigint", "visits string"),
    ),
    "column_misspelt": Seeded(
        "typed-columns-missing",
        "2.3.3",
        "it has each column that the dictionary types",
        ("closde (is closed meant?)", "the recast run fails for all its tables"),
    ),
    "key_lost": Seeded(
        "parse-keys-lost",
        "2.3.4",
        "every key of the JSON records is a column of {table}",
        ("has lost keys of the API's records: name",),
    ),
    "row_lost": Seeded(
        "parse-rows-lost",
        "2.3.4",
        "every record of the API response is a row",
        ("1 row(s) too few after the parse",),
    ),
    "row_twice": Seeded(
        "parse-rows-extra",
        "2.3.4",
        "every record of the API response is a row",
        ("1 row(s) too many", "more than once"),
    ),
    "ids_in_api_repeated": Seeded(
        "parse-ids-repeated",
        "2.3.4",
        "id and import_date together are unique in {table}",
        ("1 row(s) repeat an id",),
    ),
    "ids_repeated": Seeded(
        "parse-ids-repeated",
        "2.3.4",
        "id and import_date together are unique in {table}",
        ("1 row(s) repeat an id",),
        also=("parse-values-changed",),  # of id: it was the parse
    ),
    "id_null": Seeded(
        "parse-ids-incomplete",
        "2.3.4",
        "id is complete in {table}",
        ("only 75.0% of the rows have an id", "at least 99%"),
        also=("parse-values-lost",),  # id has 3 values of 4: it was the parse
    ),
    "value_lost": Seeded(
        "parse-values-lost", "2.3.4", "every value of the JSON records is there", ("name has 2 values of 4",)
    ),
    "value_changed": Seeded(
        "parse-values-changed",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("the parse has changed values: name, visits", "letter for letter"),
    ),
    "values_misplaced": Seeded(
        "parse-values-misplaced",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("has put values into other rows",),
    ),
    "value_of_another": Seeded(
        "parse-values-misplaced",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("has put values into other rows",),
    ),
    "odd_value_changed": Seeded(
        "parse-values-changed",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("the parse has changed values: a,b\n",),
    ),
    # recast
    "recast_swallowed": Seeded(
        "data-not-written",
        "3.2.1",
        _ARRIVES + "increments",
        ("No new data for recast_swallowed", _SWALLOWED, "step 3.1.2"),
    ),
    "old_dictionary": Seeded(
        "columns-wrong",
        "3.2.3",
        "its columns have the types of the dictionary, all others are strings",
        ("id is string", "established date"),
    ),
    "row_not_recast": Seeded(
        "recast-rows-differ",
        "3.2.4",
        "every parsed row of {table} is there",
        ("the increment has 3 rows of today, the parsed table 4",),
    ),
    "row_recast_twice": Seeded(
        "recast-rows-differ",
        "3.2.4",
        "every parsed row of {table} is there",
        ("the increment has 5 rows of today, the parsed table 4", "recast twice"),
    ),
    "id_untyped": Seeded(
        "recast-id-untyped",
        "3.2.4",
        "the id of {table} is no number left as text",
        ("every one of the 4 ids is a number",),
    ),
    "never_cast": Seeded(
        "recast-values-lost",
        "3.2.4",
        "no value of {table} was lost in the cast",
        ("5 value(s) lost", "visits 1", "amount 1", "enabled 1", "closed 1", "established 1", "the ids 1"),
    ),
    "cast_changed": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("visits 4", "uprn 1", "enabled 1", "closed 4", "established 2"),
    ),
    "zones_shifted": Seeded(
        "recast-values-changed", "3.2.4", "every cast value of {table} equals its text", ("closed 4",)
    ),
    "text_changed": Seeded(
        "recast-texts-changed",
        "3.2.4",
        "every text of {table} is as it was parsed",
        ("2 text(s) changed in the recast: name 2", "for name the ids 2, 4"),
    ),
    "two_faults": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("visits 1",),
        also=("recast-texts-changed",),
    ),
    "odd_column_changed": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("a.b 1", "for a.b the ids 2"),
        also=("recast-texts-changed",),
    ),
    # daily snapshot
    "snapshot_swallowed": Seeded(
        "data-not-written",
        "4.3.1",
        _ARRIVES + "snapshots",
        ("No increment in increment_snapshot_swallowed and no snapshot", _SWALLOWED),
    ),
    "id_twice": Seeded(
        "snapshot-ids-repeated",
        "4.3.4",
        "id is unique in the snapshot of {table}",
        ("1 id(s) are in today's snapshot more",),
    ),
    "increment_missed": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        "every id that was ingested is there in its newest version",
        ("1 id(s) missing, 0 in an older",),
    ),
    "old_version": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        "every id that was ingested is there in its newest version",
        ("0 id(s) missing, 1 in an older",),
        also=("snapshot-rows-altered",),  # it is a version that there never was
    ),
    "redated": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        "every id that was ingested is there in its newest version",
        ("3 id(s) missing, 1 in an older version", "a snapshot without news gets today's date", "bookmark"),
    ),
    "row_dropped": Seeded(
        "snapshot-rows-lost",
        "4.3.4",
        "no row of the last snapshot is lost",
        ("lost 1 of the 2 rows of the last one ({yesterday:%Y%m%d})",),
    ),
    "columns_shifted": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        (
            "4 row(s) of today's snapshot",
            "closed in 4; for closed the ids 1, 2, 3, 4",
            "joined by their order",
        ),
    ),
    "kept_row_altered": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("1 row(s) of today's snapshot", "amount in 1; for amount the ids 99"),
    ),
    "odd_column_altered": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("2 row(s) of today's snapshot", "version in 1", "o'clock in 1", "the ids "),
    ),
    "row_invented": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("1 row(s) of today's snapshot", "1 id(s) that neither of them has"),
    ),
}
LOST_OR_HELD_BACK = ("middle_page_lost", "last_page_lost")
"""Nothing but tomorrow's run can tell what became of the second page of these tables."""
HAS_YESTERDAY = ("redated", "row_dropped", "kept_row_altered")
"""Tables with a snapshot of yesterday: an older version of id 1, and id 99, which no increment has."""

TABLES = {
    table: OTHER_RECORDS.get(table, ORDINARY) for table in (*FAULTS, *LOST_OR_HELD_BACK, *SOUND, *TAMPERED)
}
TYPES_OF = dict.fromkeys(TABLES, TYPES) | {
    "odd_ids": TYPES | {"integer": "visits"},
    "odd_column_changed": TYPES | {"integer": "id visits a.b"},
}
"""The dictionary's entries."""

FIXED = {
    table: records if table in SOUND or records in (TWO_PAGES, THREE_PAGES) else ORDINARY
    for table, records in TABLES.items()
} | {"value_of_another": KEYS_VARY, "odd_column_changed": ODD_COLUMNS}
"""The same tables once the vendor has fixed what was wrong with their records."""
