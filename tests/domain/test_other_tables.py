"""What counts as a disturbance of a table: two looks at it compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.environments import Zone
from acceptance.other_tables.state import (
    Aspect,
    Change,
    Generation,
    TableState,
    changes,
    columns_added,
    names_under_test,
)

YESTERDAY = Generation(("2026", "03", "01", "20260301"), "s3://zone/t/20260301/", "a1", 60)
TODAY = Generation(("2026", "03", "02", "20260302"), "s3://zone/t/20260302/", "b2", 61)
BEFORE = TableState({"id": "int", "name": "string"}, {"import_date": "string"}, "s3://zone/t/", YESTERDAY)


def found(now: TableState | None, recorded: Generation | None = YESTERDAY) -> list[Change]:
    return list(changes("t", BEFORE, now, recorded))


def test_nothing() -> None:
    assert found(BEFORE) == []
    assert found(replace(BEFORE, location="s3://zone/t")) == []  # a slash more or less is no other place


def test_the_table_is_gone() -> None:
    assert [change.aspect for change in found(None, None)] == [Aspect.GONE]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (replace(BEFORE, columns={"id": "int"}), "has lost the column name"),
        (replace(BEFORE, columns=BEFORE.columns | {"age": "int"}), "has gained the column age"),
        (replace(BEFORE, columns=BEFORE.columns | {"id": "string"}), "has changed the column id"),
        (replace(BEFORE, partition_keys={}), "has other partition keys"),
        (replace(BEFORE, location="s3://zone/u/"), "reads another folder"),
    ],
)
def test_another_schema(now: TableState, told: str) -> None:
    assert [(change.aspect, change.what) for change in found(now)] == [(Aspect.SCHEMA, told)]


@pytest.mark.parametrize(
    ("recorded", "told", "rows"),
    [
        (replace(YESTERDAY, objects="c3", rows=20), "has lost rows in the generation 20260301", "20 rows"),
        (
            replace(YESTERDAY, objects="c3", rows=60),
            "has been written to in the generation 20260301",
            "60 rows",
        ),
        (replace(YESTERDAY, objects="c3", rows=None), "has been written to", "rows not known"),
        (replace(YESTERDAY, objects="", rows=0), "has lost rows", "0 rows"),
        (None, "no longer has the generation 20260301", "not registered"),
    ],
)
def test_another_generation(recorded: Generation | None, told: str, rows: str) -> None:
    (change,) = found(BEFORE, recorded)
    assert (change.aspect, change.before, change.now) == (Aspect.GENERATION, "60 rows", rows)
    assert change.what.startswith(told)


def test_the_crawlers_count_is_no_evidence_where_the_objects_are_the_same() -> None:
    assert found(BEFORE, replace(YESTERDAY, rows=59)) == []


def test_a_newer_generation_beside_the_recorded_one() -> None:
    (change,) = found(replace(BEFORE, newest=TODAY))
    assert (change.aspect, change.what) == (Aspect.NEWER, "has the new generation 20260302")
    assert [
        c.aspect for c in changes("t", replace(BEFORE, newest=None), replace(BEFORE, newest=TODAY), None)
    ] == [Aspect.NEWER]


def test_columns_added_are_told_only_where_nothing_else_has_changed() -> None:
    more = replace(BEFORE, columns=BEFORE.columns | {"age": "int"})
    assert columns_added(BEFORE, more) == {"age"}
    assert columns_added(BEFORE, replace(more, location="s3://elsewhere/")) == set()
    assert columns_added(BEFORE, replace(BEFORE, columns={"id": "int", "age": "int"})) == set()


def test_the_tables_of_a_resource_under_test() -> None:
    assert names_under_test(Zone.RAW, ["wards"]) == {"api_response_wards", "wards"}
    assert names_under_test(Zone.REFINED, ["wards"]) == {"increment_wards", "wards"}
