"""Small tables: what the API has of each, and what the dictionary says of their columns."""

from __future__ import annotations

from typing import Any

Record = dict[str, str | None]


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
    record(21, amount="-0.0", uprn="9007199254740993"),
    record(22, amount="+7", uprn="-9223372036854775808"),
    record(23, amount="1e400", visits="+0"),
    record(24, amount="-inf", visits="007"),
    record(25, amount="12D"),
]
ODD_TIMES = [
    record(1, closed="0000-00-00 00:00:00", established="0000-00-00"),
    record(2, closed="0999-01-02 03:04:05", established="1066-10-14"),
    record(3, closed="2023-05-04 10:11:12.123456789", established="9999-12-31"),
    record(4, closed="9999-12-31 23:59:59", established="2023-5-4 whatever"),
    record(5, closed="2023-5-4 10:11 UTC", established=" 0001-01-01 "),
    record(6, closed="1582-10-14 00:00:00+01:00"),
]
ANCIENT = [*ORDINARY, record(5, closed="0999-01-02 03:04:05", established="1066-10-14")]
IN_CAPITALS = [
    {("Name" if key == "name" else key): value for key, value in record(n).items()} for n in (1, 2, 3)
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
ZONE_NAMED = [*ZONED, record(5, closed="2023-07-04 10:11:12 Europe/London")]
NO_DATE = [*ORDINARY, record(5, closed="0000-00-00 00:00:00"), record(6, amount=None)]
LONG_NUMBERS = [record(number, uprn=str(2**53 + number)) for number in range(1, 4)]
ODD_IDS = [record(number, id=f" E-{number:03}") for number in range(1, 5)]
SOUND: dict[str, list[dict[str, Any]]] = {
    "odd_values": ODD_NUMBERS,
    "odd_ids": ODD_IDS,
    "complete_by_text": ORDINARY,
    "unquoted": UNQUOTED,
    "structured": STRUCTURED,
    "keys_vary": KEYS_VARY,
    "zoned": ZONED,
    "odd_times": ODD_TIMES,
    "in_capitals": IN_CAPITALS,
}
"""Healthy tables with values that only look wrong."""
UNCOMPARED: dict[str, list[dict[str, Any]]] = {
    "zone_named": ZONE_NAMED,
    "structures_as_python": STRUCTURED,
    "julian": ANCIENT,
}
"""Healthy tables, whose jobs do what Athena cannot follow: the scripts in `broken_scripts` do so."""

NEVER_CAST = [
    record(1, visits="3000000000"),
    record(2, amount="£5"),
    record(3, enabled="maybe"),
    record(4, closed="31/12/2023"),
    record(5, established="yesterday"),
]
CUT_OFF = [record(number, visits=f"{number}.7") for number in range(1, 5)]
NO_ID = [{**record(1), "id": None}, record(2)]
UNDATED = [record(1), record(2, last_updated=None)]
NEVER_CAST_UPDATE = [
    record(1),
    record(2, last_updated="20230504"),
]  # ISO 8601 for the ingestion, none for Spark
REPEATED = [record(1), record(1, name="Another"), record(2)]
ODD_COLUMNS = [
    record(number, **{"a,b": "x", "a.b": str(number), 'say "x"': "y", "o'clock": "z", "version": "1.0"})
    for number in range(1, 5)
]
"""Names that SQL must quote, and one that the checks' own queries use."""

BODIES = {"page_empty": ""}
"""What the API sends in place of a table's second page, with status 200."""

OTHER_RECORDS = {
    **dict.fromkeys(BODIES, TWO_PAGES),
    "undated": UNDATED,
    "update_never_cast": NEVER_CAST_UPDATE,
    "odd_value_changed": ODD_COLUMNS,
    "odd_column_changed": ODD_COLUMNS,
    "odd_column_altered": ODD_COLUMNS,
    "page_lost": TWO_PAGES,
    "middle_page_lost": THREE_PAGES,
    "last_page_lost": TWO_PAGES,
    "id_missing": NO_ID,
    "field_clash": [{**each, "field_clash": "yes"} for each in ORDINARY],
    "value_of_another": KEYS_VARY,
    "quality_failed": REPEATED,
    "ids_in_api_repeated": REPEATED,
    "never_cast": NEVER_CAST,
    "cast_changed": CUT_OFF,
    "zones_shifted": ZONED,
    "shift_near_zone_name": ZONE_NAMED,
    "change_near_list": STRUCTURED,
    "list_changed": STRUCTURED,
    "made_of_nothing": NO_DATE,
    "digit_lost": LONG_NUMBERS,
    **SOUND,
    **UNCOMPARED,
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
    "blanked",
)
"""Sound tables: what is done to their data and descriptions comes later, stage by stage."""


NO_RESOURCE = "no_such_resource"
"""A table whose name is misspelt everywhere on the branch: the API has no such resource."""
