"""Types as strictly as Athena takes them: what is converted, what is cast, what is refused, how values are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
import pytest

from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox.edges import parquet
from tests.sandbox.lake import Lake

COLUMNS = {
    "id": "string",
    "points": "int",
    "ok": "boolean",
    "at": "timestamp",
    "day": "date",
    "ratio": "double",
}
KEYS = {"import_date": "string"}


@pytest.fixture(scope="module")
def lake(box: Sandbox) -> Iterator[Lake]:
    """One empty table, `t`, of a column of each type."""
    lake = Lake(Clients(box.endpoint, box.region), "types").create()
    lake.table("t", COLUMNS, KEYS)
    yield lake


CASTS = [
    ("cast('12' AS integer)", "12"),
    ("cast('-5' AS bigint)", "-5"),
    ("cast('+5' AS tinyint)", "5"),
    ("cast('1e3' AS double)", "1000.0"),
    ("cast(' 1.5 ' AS double)", "1.5"),
    ("cast('1.005' AS decimal(10, 2))", "1.01"),
    ("cast('1e2' AS decimal(5, 1))", "100.0"),
    ("cast('TRUE' AS boolean)", "true"),
    ("cast('f' AS boolean)", "false"),
    ("cast('1' AS boolean)", "true"),
    ("cast('2024-01-02' AS date)", "2024-01-02"),
    ("cast(' 2024-1-2 ' AS date)", "2024-01-02"),
    ("cast('2024-01-02' AS timestamp)", "2024-01-02 00:00:00.000"),
    ("cast('2024-01-02 03:04' AS timestamp)", "2024-01-02 03:04:00.000"),
    ("cast('2024-01-02 03:04:05.6789' AS timestamp)", "2024-01-02 03:04:05.679"),
    ("cast(2.5e0 AS integer)", "3"),
    ("cast(-2.5e0 AS integer)", "-3"),
    ("cast(1.5 AS integer)", "2"),
    ("cast(1 AS boolean)", "true"),
    ("cast(true AS integer)", "1"),
    ("cast(7 AS double)", "7.0"),
    ("cast(0.125e0 AS decimal(5, 2))", "0.13"),
    ("cast(12 AS varchar)", "12"),
    ("cast(1.50 AS varchar)", "1.50"),
    ("cast(true AS varchar)", "true"),
    ("cast(date '2024-01-02' AS varchar)", "2024-01-02"),
    ("cast(cast('2024-01-02 03:04:05' AS timestamp) AS varchar)", "2024-01-02 03:04:05.000"),
    ("cast(timestamp '2024-01-02 03:04:05' AS date)", "2024-01-02"),
    ("cast(date '2024-01-02' AS timestamp)", "2024-01-02 00:00:00.000"),
    ("cast('hello' AS varchar(2))", "he"),
    ("cast(NULL AS integer)", None),
    *(
        (f"try_cast({text} AS {kind})", None)
        for text, kind in (
            ("'abc'", "integer"),
            ("'12.7'", "integer"),
            ("' 12'", "integer"),
            ("''", "integer"),
            ("'99999999999'", "integer"),
            ("'yes'", "boolean"),
            ("' true'", "boolean"),
            ("'01/02/2024'", "date"),
            ("'2024-02-30'", "date"),
            ("'20240102'", "date"),
            ("'2024-01-02T03:04:05'", "timestamp"),
            ("'x'", "double"),
            ("' 1'", "decimal(5, 2)"),
            ("'12345'", "decimal(4, 0)"),
        )
    ),
]

FAILED_CASTS = [
    ("cast('abc' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'abc' to INT"),
    ("cast('12.7' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast '12.7' to INT"),
    ("cast(' 12' AS bigint)", "INVALID_CAST_ARGUMENT: Cannot cast ' 12' to BIGINT"),
    ("cast('x' AS double)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to DOUBLE"),
    ("cast('yes' AS boolean)", "INVALID_CAST_ARGUMENT: Cannot cast 'yes' to BOOLEAN"),
    ("cast('01/02/2024' AS date)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 01/02/2024"),
    ("cast('soon' AS timestamp)", "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: soon"),
    ("cast('x' AS decimal(5, 2))", "INVALID_CAST_ARGUMENT: Cannot cast VARCHAR 'x' to DECIMAL(5, 2)"),
    ("cast(json_parse('{}') AS varchar)", "INVALID_CAST_ARGUMENT: "),
    ("cast(true AS date)", "TYPE_MISMATCH: line 1:1: Cannot cast boolean to date"),
]

MISMATCHES = [
    ("import_date > 20240101", "TYPE_MISMATCH: line 1:23: Cannot apply operator: varchar > integer"),
    ("import_date = 20240101", "TYPE_MISMATCH: line 1:23: Cannot apply operator: varchar = integer"),
    ("id = 1", "TYPE_MISMATCH: line 1:23: Cannot apply operator: varchar = integer"),
    ("points = '1'", "TYPE_MISMATCH: line 1:23: Cannot apply operator: integer = varchar(1)"),
    ("ok = 'true'", "TYPE_MISMATCH: line 1:23: Cannot apply operator: boolean = varchar(4)"),
    ("ok = 1", "TYPE_MISMATCH: line 1:23: Cannot apply operator: boolean = integer"),
    ("at > '2024-01-01'", "TYPE_MISMATCH: line 1:23: Cannot apply operator: timestamp(3) > varchar(10)"),
    ("day <> '2024-01-01'", "TYPE_MISMATCH: line 1:23: Cannot apply operator: date <> varchar(10)"),
    ("id + 1 > 2", "TYPE_MISMATCH: line 1:23: Cannot apply operator: varchar + integer"),
    ("points IN ('1')", "TYPE_MISMATCH: line 1:23: IN value and list items must be the same type"),
    (
        "points IN (SELECT id FROM t)",
        "TYPE_MISMATCH: line 1:23: value and result of subquery must be of the same",
    ),
    (
        "points BETWEEN '1' AND '2'",
        "TYPE_MISMATCH: line 1:23: Cannot check if integer is BETWEEN varchar(1) and",
    ),
    ("points LIKE '1%'", "TYPE_MISMATCH: line 1:23: Left side of LIKE expression must evaluate to a varchar"),
    ("points", "TYPE_MISMATCH: line 1:23: WHERE clause must evaluate to a boolean: actual type integer"),
    (
        "NOT id",
        "TYPE_MISMATCH: line 1:27: Logical expression term must evaluate to a boolean: actual type varchar",
    ),
    ("coalesce(points, '') = ''", "TYPE_MISMATCH: line 1:32: All COALESCE operands must be the same type"),
    (
        "CASE WHEN ok THEN 1 ELSE 'a' END = 1",
        "TYPE_MISMATCH: line 1:41: All CASE results must be the same type",
    ),
    ("nullif(points, '') IS NULL", "TYPE_MISMATCH: line 1:30: NULLIF operands must be the same type"),
]

FUNCTIONS = [
    ("sum(id)", "Unexpected parameters (varchar) for function sum"),
    ("avg(ok)", "Unexpected parameters (boolean) for function avg"),
    ("length(points)", "Unexpected parameters (integer) for function length"),
    ("lower(points)", "Unexpected parameters (integer) for function lower"),
    ("id || points", "Unexpected parameters (varchar, integer) for function concat"),
    ("concat(id, points)", "Unexpected parameters (varchar, integer) for function concat"),
    ("substr(id, '1')", "Unexpected parameters (varchar, varchar(1)) for function substr"),
    (
        "date_diff('day', id, at)",
        "Unexpected parameters (varchar(3), varchar, timestamp(3)) for function date_diff",
    ),
    ("year(import_date)", "Unexpected parameters (varchar) for function year"),
    ("round('1.5')", "Unexpected parameters (varchar(3)) for function round"),
    ("count_if(points)", "Unexpected parameters (integer) for function count_if"),
    ("count(DISTINCT id, points)", "Unexpected parameters (varchar, integer) for function count"),
    ("regexp_like(points, '1')", "Unexpected parameters (integer, varchar(1)) for function regexp_like"),
    (
        "json_extract_scalar(points, '$.a')",
        "Unexpected parameters (integer, varchar(3)) for function json_extract_",
    ),
    ("array_join(1, ',')", "Unexpected parameters (integer, varchar(1)) for function array_join"),
]

TOLD = [
    ("true", "boolean", "true"),
    ("1", "integer", "1"),
    ("2147483648", "bigint", "2147483648"),
    ("tinyint '1'", "tinyint", "1"),
    ("count(*)", "bigint", "1"),
    ("sum(1)", "bigint", "1"),
    ("avg(3)", "double", "3.0"),
    ("cast(1.5 AS decimal)", "decimal", "2"),  # decimal(38, 0)
    ("sum(1.50)", "decimal", "1.50"),
    ("1.50", "decimal", "1.50"),
    ("1e0", "double", "1.0"),
    ("1e7", "double", "1.0E7"),
    ("'a'", "varchar", "a"),
    ("date '2024-01-02'", "date", "2024-01-02"),
    ("timestamp '2024-01-02 03:04:05'", "timestamp", "2024-01-02 03:04:05.000"),
    ("from_unixtime(0)", "timestamp with time zone", "1970-01-01 00:00:00.000 UTC"),
    ("interval '1' day", "interval day to second", "1 00:00:00.000"),
    ("json_parse('{}')", "json", "{}"),
    ("ARRAY[true]", "array", "[true]"),
    ("map(ARRAY['a'], ARRAY[1.5])", "map", "{a=1.5}"),
    ("to_utf8('ab')", "varbinary", "61 62"),
    ("NULL", "unknown", None),
]


@pytest.mark.parametrize(("expression", "expected"), CASTS, ids=lambda each: str(each)[:60])
def test_cast(lake: Lake, expression: str, expected: str | None) -> None:
    assert lake.rows(f"SELECT {expression}") == [[expected]]


@pytest.mark.parametrize(("expression", "reason"), FAILED_CASTS)
def test_a_cast_that_fails(lake: Lake, expression: str, reason: str) -> None:
    assert lake.reason(f"SELECT {expression}").startswith(reason)


@pytest.mark.parametrize(("condition", "reason"), MISMATCHES)
def test_types_that_do_not_go_together(lake: Lake, condition: str, reason: str) -> None:
    assert lake.reason(f"SELECT 1 FROM t WHERE {condition}").startswith(reason)


@pytest.mark.parametrize(("expression", "reason"), FUNCTIONS)
def test_arguments_of_another_type(lake: Lake, expression: str, reason: str) -> None:
    found = lake.reason(f"SELECT {expression} FROM t")
    assert found.startswith("FUNCTION_NOT_FOUND: line 1:")
    assert reason in found


@pytest.mark.parametrize(("expression", "kind", "told"), TOLD)
def test_how_a_value_is_told(lake: Lake, expression: str, kind: str, told: str | None) -> None:
    answer = lake.ask(f"SELECT {expression}")
    assert (answer.reason, answer.columns, answer.types, answer.rows) == ("", ["_col0"], [kind], [[told]])


def test_types_of_a_union(lake: Lake) -> None:
    assert lake.ask("SELECT 1 UNION ALL SELECT 2.5 ORDER BY 1").rows == [["1.0"], ["2.5"]]
    reason = lake.reason("SELECT points FROM t UNION SELECT id FROM t")
    assert (
        "TYPE_MISMATCH" in reason
        and "column 1 in UNION query has incompatible types: integer, varchar" in reason
    )
    assert "UNION query has different number of fields: 1, 2" in lake.reason("SELECT 1 UNION SELECT 1, 2")


def test_timestamps_are_of_milliseconds(lake: Lake) -> None:
    """Microseconds in a file are rounded as they are read."""
    at = pa.array([1704164645000600, 1704164645001400, None], pa.timestamp("us"))
    lake.table("moments", {"at": "timestamp"})
    lake.put("moments", pa.table({"at": at}))
    assert lake.rows("SELECT count(DISTINCT at), max(at) FROM moments") == [["1", "2024-01-02 03:04:05.001"]]


def test_timestamps_of_96_bits_are_of_any_year(lake: Lake) -> None:
    """As Spark writes them: nanoseconds since 1970 end in 2262."""
    moments = ("0002-11-30", "2024-01-02T03:04:05.000600", "9999-12-31")
    years = [datetime.fromisoformat(moment) for moment in moments]
    file = parquet({"at": pa.array(years, pa.timestamp("us"))}, use_deprecated_int96_timestamps=True)
    lake.table("ages", {"at": "timestamp"})
    lake.put("ages", file)
    assert lake.rows("SELECT at FROM ages ORDER BY at") == [
        ["0002-11-30 00:00:00.000"],
        ["2024-01-02 03:04:05.001"],
        ["9999-12-31 00:00:00.000"],
    ]


def test_values_of_every_column_type(lake: Lake) -> None:
    lake.table("values_", {**COLUMNS, "exact": "decimal(5,2)", "small": "smallint", "single": "float"})
    lake.put(
        "values_",
        pa.table(
            {
                "id": ["a"],
                "points": pa.array([1], pa.int32()),
                "ok": [False],
                "at": pa.array([0], pa.timestamp("ms")),
                "day": pa.array([0], pa.date32()),
                "ratio": [0.1],
                "exact": pa.array(["1.20"]).cast(pa.decimal128(5, 2)),
                "small": pa.array([-3], pa.int16()),
                "single": pa.array([0.1], pa.float32()),
            }
        ),
    )
    answer = lake.ask("SELECT * FROM values_")
    assert answer.types == "varchar integer boolean timestamp date double decimal smallint float".split()  # noqa: SIM905
    told = ["a", "1", "false", "1970-01-01 00:00:00.000", "1970-01-01", "0.1", "1.20", "-3", "0.1"]
    assert answer.rows == [told]
