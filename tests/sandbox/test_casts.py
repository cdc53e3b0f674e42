"""How texts are read that the recast casts, and what is made of the values: all answered alike by real Trino 440."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from acceptance.queries import casts
from sandbox.athena.engine import QueryEngine

READ: dict[str, dict[str, str | None]] = {
    "int": {"+7": "7", "007": "7", "1.5": "1.5", "12.0": "12", "abc": None, "٣": None},
    "bigint": {"9007199254740993": "9007199254740993", "-9223372036854775808": "-9223372036854775808"},
    "double": {
        "1D": "1.0",
        "1.5f": "1.5",
        "1E3": "1000.0",
        ".5": "0.5",
        "5.": "5.0",
        "-0.0": "-0.0",
        "007": "7.0",
        "1e400": "Infinity",
        "inf": "Infinity",
        "-Infinity": "-Infinity",
        "NaN": None,  # told apart by its fate
        "0x1p3": None,
        "1.2.3": None,
    },
    "boolean": {"Yes": "true", "t": "true", "0": "false", "N": "false", "maybe": None},
    "date": {
        "2024-3-7": "2024-03-07",
        "2024": "2024-01-01",
        "2024-05": "2024-05-01",
        "+2024-05-06": "2024-05-06",
        "2024-05-06T1": "2024-05-06",
        "2024-05-06 whatever": "2024-05-06",
        "0999-05-06": "0999-05-06",
        "06/05/2024": None,
        "2024-02-30": None,
    },
    "timestamp": {
        "2024": "2024-01-01 00:00:00.000",
        "2024-03": "2024-03-01 00:00:00.000",
        "2024-3-7": "2024-03-07 00:00:00.000",
        "2024-3-7 4:05": "2024-03-07 04:05:00.000",
        "+2024-03-07": "2024-03-07 00:00:00.000",
        "0999-01-01 00:00:00": "0999-01-01 00:00:00.000",
        "2024-03-07 04:05:06.123456789012345": "2024-03-07 04:05:06.123",
        "2024-01-05T10:00:00Z": "2024-01-05 10:00:00.000",
        "2024-03-07 10:00 UTC": "2024-03-07 10:00:00.000",
        "2024-01-05 10:00:00+01:00": "2024-01-05 09:00:00.000",
        "2024-01-05 10:00:00 -0130": "2024-01-05 11:30:00.000",
        "2024-01-05 10:00:00 -00:30": "2024-01-05 10:30:00.000",
        "2024-01-05 10:00:00 GMT+1:00": "2024-01-05 09:00:00.000",
        "2024-03-07 10:00:00.5+05:30": "2024-03-07 04:30:00.500",
        "2024-03-07 10:00 Europe/London": None,
        "2024-03-07 10:00:00 +1": None,
        "2024-03-07 10": None,
        "2024-03-07 25:00:00": None,
        "12:30": None,
        "epoch": None,
        "31/12/2023": None,
    },
}
NOON = "timestamp '2024-01-05 12:00:00.000'"
LATE = "date_add('year', 10000, timestamp '2345-01-01 10:00:00.000')"
FATES = [
    ("timestamp", "2024-01-05 12:00:00", NOON, None),
    ("timestamp", "2024-01-05 11:00:00", NOON, "changed"),
    ("timestamp", "2024-01-05 12:00:00 Europe/London", NOON, "uncompared"),
    ("timestamp", "2024-01-05 12:00:00 Europe/London", None, "lost"),
    ("timestamp", "12345-01-01 10:00:00", LATE, None),
    ("timestamp", "+12345-01-01 11:00:00", LATE, "changed"),
    ("timestamp", None, NOON, "changed"),
    ("timestamp", None, None, None),
    ("timestamp", "0000-00-00 00:00:00", None, "dateless"),
    ("timestamp", "0000-00-00", NOON, "changed"),
    ("timestamp", "0999-01-01 00:00:00", "timestamp '0999-01-06 00:00:00.000'", "uncompared"),
    ("timestamp", "1582-10-15 00:00:00", "timestamp '1582-10-25 00:00:00.000'", "changed"),
    ("date", "0000-00-00", None, "dateless"),
    ("date", "1066-10-14", "date '1066-10-20'", "uncompared"),
    ("date", "yesterday", None, "lost"),
    ("date", "2024-01-05", "date '2024-05-01'", "changed"),
    ("int", "1.5", "1", "changed"),
    ("int", "abc", "5", "uncompared"),
    ("bigint", "9007199254740993", "bigint '9007199254740992'", "changed"),
    ("double", "-0.0", "0e0", None),
    ("double", "1.5", "1.25e0", "changed"),
    ("boolean", "maybe", "true", "uncompared"),
    ("boolean", "no", "true", "changed"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[QueryEngine]:
    engine = QueryEngine(lambda service: None)  # there is no table in these queries
    yield engine
    engine.close()


def answer(engine: QueryEngine, sql: str) -> str | None:
    ((value,),) = engine.run(engine.read(sql), "default").rows
    return value


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in READ.items() for text in texts])
def test_a_text_is_read_as_spark_reads_it_or_not_at_all(engine: QueryEngine, kind: str, text: str) -> None:
    found = answer(engine, f"SELECT {casts.said('t', kind)} FROM (VALUES '{text}') x(t)")
    if found and kind in ("int", "bigint"):
        found = found.rstrip("0").removesuffix(".")  # a decimal(38, 18)
    assert found == READ[kind][text]


@pytest.mark.parametrize(("kind", "text", "value", "fate"), FATES)
def test_what_became_of_a_value(
    engine: QueryEngine, kind: str, text: str | None, value: str | None, fate: str | None
) -> None:
    given = f"CAST({value or 'NULL'} AS {'integer' if kind == 'int' else kind}) AS v"
    literal = f"'{text}'" if text else "NULL"
    read = f"SELECT {given}, CAST({literal} AS varchar) AS t"
    said = f"SELECT *, {casts.said('t', kind)} AS s FROM ({read})"
    assert answer(engine, f"SELECT {casts.fate('t', 'v', 's', kind)} FROM ({said})") == fate
