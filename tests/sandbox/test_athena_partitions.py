"""What Athena sees of a table's data: what the Data Catalog says, no more; and what reading it costs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pytest

from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox.lake import BUCKET, Lake

COLUMNS = {"id": "int", "name": "string"}
KEYS = {"day": "string"}


@pytest.fixture(scope="module")
def lake(box: Sandbox) -> Iterator[Lake]:
    yield Lake(Clients(box.endpoint, box.region), "partitions").create()


def rows(*ids: int) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int32()), "name": [f"name {number}" for number in ids]})


def test_data_not_crawled_is_not_there(lake: Lake) -> None:
    lake.table("seen", COLUMNS, KEYS)
    lake.put("seen", rows(1), day="1")
    lake.put("seen", rows(2), day="2")
    assert lake.rows("SELECT count(*) FROM seen") == [["0"]]
    lake.partition("seen", COLUMNS, day="1")
    assert lake.rows("SELECT id, day FROM seen") == [["1", "1"]]
    assert lake.rows("SELECT id FROM seen WHERE day = '2'") == []
    assert lake.rows('SELECT day FROM "seen$partitions"') == [["1"]]
    lake.put("seen", rows(3), name="part-1", day="1")  # in a folder that is registered
    assert lake.rows("SELECT id FROM seen ORDER BY id") == [["1"], ["3"]]


def test_a_partition_whose_objects_are_gone(lake: Lake) -> None:
    lake.table("gone", COLUMNS, KEYS)
    lake.partition("gone", COLUMNS, day="1")
    assert lake.rows("SELECT * FROM gone") == []
    assert lake.rows("SELECT count(*), max(day) FROM gone") == [["0", None]]
    assert lake.rows('SELECT day FROM "gone$partitions"') == [["1"]]


def test_objects_written_again_and_hidden_ones(lake: Lake) -> None:
    lake.table("again", COLUMNS)
    lake.put("again", rows(1))
    assert lake.rows("SELECT id FROM again") == [["1"]]
    key = lake.put("again", rows(2, 3))
    lake.put("again", b"not data", name="_SUCCESS")
    lake.put("again", b"", name="empty")
    assert lake.rows('SELECT id, "$path" FROM again ORDER BY id') == [
        ["2", f"s3://{BUCKET}/{key}"],
        ["3", f"s3://{BUCKET}/{key}"],
    ]


def test_columns_that_a_file_does_not_have(lake: Lake) -> None:
    lake.table("grown", {**COLUMNS, "added": "string"}, KEYS)
    lake.put("grown", rows(1), day="1")
    lake.put("grown", rows(2).append_column("added", pa.array(["x"])), day="2")
    lake.partition("grown", COLUMNS, day="1")
    lake.partition("grown", {**COLUMNS, "added": "string"}, day="2")
    assert lake.rows("SELECT id, added FROM grown ORDER BY id") == [["1", None], ["2", "x"]]
    assert lake.rows("SELECT count(*) FROM grown WHERE added IS NULL") == [["1"]]


def test_columns_that_the_catalog_does_not_have(lake: Lake) -> None:
    lake.table("known", {"id": "int"})
    lake.put("known", rows(1))
    assert lake.rows("SELECT * FROM known") == [["1"]]
    assert lake.reason("SELECT name FROM known").startswith(
        "COLUMN_NOT_FOUND: line 1:8: Column 'name' cannot"
    )


def test_columns_of_files_in_any_order_and_case(lake: Lake) -> None:
    lake.table("any_order", COLUMNS)
    lake.put("any_order", pa.table({"NAME": ["x"], "Id": pa.array([1], pa.int32())}))
    assert lake.rows("SELECT id, name FROM any_order") == [["1", "x"]]


def test_a_partition_crawled_with_another_type(lake: Lake) -> None:
    """Texts under whole numbers are numbers, and silently NULL where they are none; times are a mismatch."""
    columns = {"id": "int", "at": "timestamp"}
    lake.table("changed", columns, KEYS)
    lake.put("changed", pa.table({"id": ["1", "one"], "at": ["2023-02-03", ""]}), day="1")
    lake.partition("changed", {"id": "string", "at": "string"}, day="1")
    lake.put("changed", pa.table({"id": pa.array([2], pa.int32())}), day="2")
    lake.partition("changed", columns, day="2")
    reason = lake.reason("SELECT at FROM changed")
    assert reason.startswith(
        "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition"
    )
    assert (
        "'at' in table 'partitions.changed' is declared as type 'timestamp', but partition 'day=1'" in reason
    )
    assert lake.rows("SELECT id FROM changed WHERE day = '2'") == [["2"]]  # the other partition is not read
    lake.table("coerced", {"id": "int"}, KEYS)
    lake.put("coerced", pa.table({"id": ["1", "one"]}), day="1")
    lake.partition("coerced", {"id": "string"}, day="1")
    assert lake.rows("SELECT id FROM coerced ORDER BY id") == [["1"], [None]]


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        (pa.array(["5"]), "int", "(integer) for Parquet column ([id] optional binary id (STRING))"),
        (
            pa.array(["5"]),
            "timestamp",
            "(timestamp(3)) for Parquet column ([id] optional binary id (STRING))",
        ),
        (pa.array([5], pa.int32()), "string", "(varchar) for Parquet column ([id] optional int32 id)"),
        (pa.array([5], pa.int64()), "string", "(varchar) for Parquet column ([id] optional int64 id)"),
        (
            pa.array([5], pa.int16()),
            "boolean",
            "(boolean) for Parquet column ([id] optional int32 id (INTEGER(16,true)))",
        ),
        (
            pa.array([0], pa.timestamp("ms")),
            "varchar(3)",
            "(varchar(3)) for Parquet column ([id] optional int64 id (TIMESTAMP(MILLIS,false)))",
        ),
        (
            pa.array([Decimal("1.25")], pa.decimal128(20, 4)),
            "int",
            "(integer) for Parquet column ([id] optional fixed_len_byte_array(9) id (DECIMAL(20,4)))",
        ),
        (
            pa.array([5], pa.int32()),
            "decimal(20,4)",
            "(decimal(20,4)) for Parquet column ([id] optional int32 id)",
        ),
    ],
)
def test_a_file_with_another_type(lake: Lake, values: pa.Array, kind: str, told: str) -> None:
    """As Trino 440 words it for the same file and table."""
    table = f"wrong_{values.type}_{kind}".translate(str.maketrans("[](), ", "______"))
    lake.table(table, {"id": kind, "name": "string"})
    lake.put(table, pa.table({"id": values, "name": ["name 1"]}))
    assert lake.reason(f"SELECT id FROM {table}") == f"NOT_SUPPORTED: Unsupported Trino column type {told}"
    assert lake.rows(f"SELECT name FROM {table}") == [["name 1"]]  # a column that is not read does no harm


def test_a_file_whose_values_fit_is_read(lake: Lake) -> None:
    lake.table("narrower", {"id": "smallint", "name": "string"})
    lake.put("narrower", rows(1))
    assert lake.rows("SELECT id FROM narrower") == [["1"]]
    key = lake.put("narrower", rows(40000), name="part-1")
    assert (
        lake.reason("SELECT id FROM narrower")
        == f"HIVE_CURSOR_ERROR: Failed to read Parquet file: s3://{BUCKET}/{key}"
    )


def test_a_number_wider_in_the_catalog(lake: Lake) -> None:
    lake.table("wider", {"id": "bigint", "name": "string"})
    lake.put("wider", rows(1))
    answer = lake.ask("SELECT id, id + 2147483647 FROM wider")
    assert (answer.types, answer.rows) == (["bigint", "bigint"], [["1", "2147483648"]])


def test_a_file_that_is_not_parquet(lake: Lake) -> None:
    lake.table("broken", COLUMNS)
    key = lake.put("broken", b"id,name\n1,x\n")
    for sql in ("SELECT * FROM broken", "SELECT count(*) FROM broken"):
        assert lake.reason(sql) == (
            f"HIVE_BAD_DATA: Malformed Parquet file. Expected magic number: PAR1 got: 1,x\n [s3://{BUCKET}/{key}]"
        )


def test_a_value_that_is_no_number_is_refused(lake: Lake) -> None:
    """NaN: Athena's is equal to nothing, DuckDB's to itself."""
    lake.table("nan", {"r": "double"})
    lake.put("nan", pa.table({"r": [1.0, float("nan")]}))
    assert lake.reason("SELECT count(*) FROM nan WHERE r = r").startswith(
        "NOT_SUPPORTED: the sandbox does not compare"
    )


def test_columns_of_types_that_are_not_read(lake: Lake) -> None:
    lake.table("nested", {"id": "int", "parts": "struct<a:int>"})
    lake.put("nested", pa.table({"id": pa.array([1], pa.int32()), "parts": [{"a": 1}]}))
    assert lake.rows("SELECT id FROM nested") == [["1"]]
    assert lake.reason("SELECT parts FROM nested").startswith(
        "NOT_SUPPORTED: line 1:8: the sandbox reads no columns of type"
    )


@pytest.fixture(scope="module")
def wide(lake: Lake) -> Lake:
    """Table `wide`: two equal partitions, `name` much bigger than `id`."""
    lake.table("wide", COLUMNS, KEYS)
    table = pa.table(
        {"id": pa.array(range(1000), pa.int32()), "name": [f"{n * 7919 % 1000:04d}" * 9 for n in range(1000)]}
    )
    for day in ("1", "2"):
        lake.put("wide", table, day=day)
        lake.partition("wide", COLUMNS, day=day)
    return lake


def test_bytes_scanned(wide: Lake) -> None:
    def scanned(sql: str) -> int:
        answer = wide.ask(sql)
        assert not answer.reason, answer.reason
        return answer.scanned_bytes

    everything, names = scanned("SELECT id, name FROM wide"), scanned("SELECT name FROM wide")
    ids = scanned("SELECT id FROM wide")
    assert everything == names + ids and names > ids > 0
    assert scanned("SELECT * FROM wide") == everything
    assert scanned("SELECT count(*) FROM wide") == 0
    assert scanned("SELECT max(day), count(*) FROM wide") == 0
    assert scanned('SELECT DISTINCT "$path" FROM wide') == 0
    assert scanned("SELECT id FROM wide WHERE day = '1'") == ids // 2
    assert scanned("SELECT id FROM wide WHERE day IN ('1') AND id < 5") == ids // 2
    assert scanned("SELECT id FROM wide WHERE day = '3'") == 0
    assert scanned("SELECT id FROM wide WHERE day = '1' OR id = 5") == ids
    assert scanned("SELECT a.id FROM wide a JOIN wide b ON a.id = b.id WHERE a.day = '1'") == ids // 2 + ids
    assert scanned("SELECT a.id FROM wide a LEFT JOIN wide b ON a.id = b.id AND b.day = '1'") == 2 * ids


def test_pruning_leaves_the_answer_alone(wide: Lake) -> None:
    assert wide.rows("SELECT count(*), min(day), max(id) FROM wide WHERE day >= '2'") == [
        ["1000", "2", "999"]
    ]
    outer = "SELECT count(*) FROM wide a LEFT JOIN wide b ON a.id = b.id AND b.day = '2' WHERE a.day = '1'"
    assert wide.rows(f"{outer} AND coalesce(b.day, '') <> '2'") == [["0"]]
    assert wide.rows("SELECT count(*) FROM wide WHERE day = '2' AND cast(day AS integer) > 1") == [["1000"]]


def test_statements_on_what_is_not_there(lake: Lake) -> None:
    assert "Table not found partitions.nothing" in lake.reason("DESCRIBE nothing")
    assert "Table not found partitions.nothing" in lake.reason("SHOW PARTITIONS nothing")
    lake.table("unpartitioned", COLUMNS)
    assert "is not a partitioned table" in lake.reason("SHOW PARTITIONS unpartitioned")
