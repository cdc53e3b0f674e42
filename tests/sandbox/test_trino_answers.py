"""Real Trino's answers: what the sandbox's Athena answers, it answers alike; what it refuses, it refuses by name.

A line of `trino/*.jsonl` has a query, and Trino's rows, as Athena prints values, or its error. `answers`: expressions
(Trino 435); `hive-edges` and `coercions`: tables of Hive and pairs of types (Trino 440), which `edges.py` makes.
Athena's engine version 3 is a fork of Trino.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.athena.engine import QueryEngine
from sandbox.athena.results import QueryError
from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox import edges

Rows = list[list[str | None]]

MISMATCH = "HIVE_PARTITION_SCHEMA_MISMATCH"


def read(name: str) -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "trino" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@dataclass(frozen=True)
class Found:
    """`names`, `types`: of the columns, types without their digits; None where they were not recorded."""

    rows: Rows | None = None
    names: list[str] | None = None
    types: list[str] | None = None
    reason: str = ""

    @property
    def code(self) -> str:
        found = re.match(r"([A-Z][A-Z_]+): ", self.reason)
        return found[1] if found else ""


def recorded(answer: dict[str, Any]) -> Found:
    """What Trino said, in whichever of the files."""
    match answer.get("trino"):
        case str(reason):
            return Found(reason=reason)
        case [[*columns], [*rows]]:
            return Found(rows, [name for name, _ in columns], [_bare(kind) for _, kind in columns])
        case [str(kind), [*values]]:
            return Found([[value] for value in values], ["c"], [_bare(kind)])
    if "error" in answer:
        return Found(reason=f"{answer['error']}: ")
    return Found(answer["rows"], types=[_bare(kind) for kind in answer["types"]])


def _bare(kind: object) -> str:
    return re.sub(r"\(.*\)", "", str(kind)).lower()


_MILLISECONDS = "the sandbox's timestamps are of milliseconds"
_OTHER_BYTES = "other bytes, by design: the property is the same"
_ALL_COLUMNS = "Athena's guide says that it looks at all columns, Trino looks at those read"
DIFFERENT = {
    "SELECT date '2023-02-30'": "a date literal that is none fails as a cast does",
    "SELECT timestamp '2023-02-03'": _MILLISECONDS,
    "SELECT to_iso8601(timestamp '2023-02-03 04:05:06')": _MILLISECONDS,
    "SELECT 'a' || NULL": "Trino takes the NULL of no type for an array, and the text for its element",
    "SELECT checksum(x) FROM (VALUES 1, 2) t(x)": _OTHER_BYTES,
    "SELECT to_hex(checksum(x)) FROM (VALUES 'a', 'b') t(x)": _OTHER_BYTES,
    'SELECT count(*) FROM "dataplatform-stg-tascomi-raw-zone"."wards$partitions"': "asked of tables without Hive",
    'SELECT count(DISTINCT "$path") > 0 FROM "dataplatform-stg-tascomi-raw-zone"."wards"': (
        "asked of tables without Hive"
    ),
    'SELECT a FROM "edges".e_mismatch_not_read': _ALL_COLUMNS,
    'SELECT count(*) FROM "edges".e_mismatch_not_read': _ALL_COLUMNS,
    'SHOW COLUMNS FROM "edges".e_nested': "Athena's statements have Hive's form, and not Trino's",
}
"""Known differences, each with its reason."""

ABOUT_TABLES = "queries"
"""What is recorded of them is how many rows there were: that they are answered at all is compared."""


@pytest.fixture(scope="module")
def engine(box: Sandbox) -> Iterator[QueryEngine]:
    engine = QueryEngine(Clients(box.endpoint, box.region))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def lake(box: Sandbox) -> None:
    """Hive's edges, and the pairs of types."""
    clients = Clients(box.endpoint, box.region)
    edges.make(clients)
    edges.make_pairs(clients, [(each["mode"], each["file"], each["table"]) for each in read("coercions")])


def ask(engine: QueryEngine, sql: str) -> Found:
    try:
        result = engine.run(engine.read(sql), "default")
    except QueryError as error:
        return Found(reason=str(error))
    columns = result.columns
    return Found(result.rows, [each.name for each in columns], [_bare(each.type) for each in columns])


def difference(sql: str, trino: Found, found: Found) -> str:
    """ "" where both answer alike, or refuse alike, or the sandbox says that it does not do it."""
    if found.reason:
        alike = found.code and found.code in (trino.code, "NOT_SUPPORTED")
        return "" if alike else f"{found.reason}, and Trino: {trino.reason or trino.rows}"
    if trino.reason:
        return f"accepted, and Trino refuses it: {trino.reason}"
    ordered = "ORDER BY" in sql
    same = found.rows == trino.rows if ordered else _sorted(found.rows) == _sorted(trino.rows)
    if same and trino.names in (None, found.names) and trino.types in (None, found.types):
        return ""
    return f"{found}, and Trino: {trino}"


def _sorted(rows: Rows | None) -> list[str]:
    return sorted(map(str, rows or []))


def compare(engine: QueryEngine, answers: dict[str, Found]) -> int:
    """How many are answered; all of them as Trino does, or refused by name, but for the known differences."""
    found = {sql: ask(engine, sql) for sql in answers}
    told = {sql: difference(sql, answers[sql], found[sql]) for sql in answers}
    differing = {sql: text for sql, text in told.items() if text}
    known = DIFFERENT.keys() & answers.keys()
    assert {sql: text for sql, text in differing.items() if sql not in known} == {}
    assert known - differing.keys() == set()  # a difference that is gone is taken off the list
    return sum(each.rows is not None for each in found.values())


def test_expressions(engine: QueryEngine) -> None:
    """Refusing everything would be no difference either: so many are answered at least."""
    answers = {each["sql"]: recorded(each) for each in read("answers") if each["about"] != ABOUT_TABLES}
    assert compare(engine, answers) >= 350


def test_queries(engine: QueryEngine) -> None:
    asked = [each for each in read("answers") if each["about"] == ABOUT_TABLES]
    found = {each["sql"]: ask(engine, each["sql"]) for each in asked}
    assert {sql: each.reason for sql, each in found.items() if each.reason and not each.code} == {}
    accepted = {each["sql"] for each in asked if "error" in each and found[each["sql"]].rows is not None}
    assert accepted - DIFFERENT.keys() == set()


@pytest.mark.usefixtures("lake")
def test_edges_of_hive(engine: QueryEngine) -> None:
    assert compare(engine, {each["sql"]: recorded(each) for each in read("hive-edges")}) >= 140


@pytest.mark.usefixtures("lake")
def test_pairs_of_types(engine: QueryEngine) -> None:
    """A partition has one, or a file, and the table another; what Trino coerces only of late is a mismatch."""
    pairs = {
        f"SELECT c FROM edges.{edges.pair_table(each['mode'], each['file'], each['table'])}": each
        for each in read("coercions")
    }
    found = {sql: ask(engine, sql) for sql in pairs}
    later = {
        sql
        for sql, each in pairs.items()
        if each["mode"] == "partition" and is_later(each["file"], each["table"])
    }
    assert {found[sql].code for sql in later} == {MISMATCH}
    differing = {sql: difference(sql, recorded(pairs[sql]), found[sql]) for sql in pairs.keys() - later}
    assert {sql: text for sql, text in differing.items() if text} == {}
    assert sum(each.rows is not None for each in found.values()) >= 60


def is_later(file: str, table: str) -> bool:
    """Whether Trino's policy of 2022 had it not, and that of 440 has."""
    one, other = (kind.partition("(")[0].replace("varchar", "string") for kind in (file, table))
    whole = {"tinyint", "smallint", "int", "bigint"}
    return (
        (one == "string" and other in {"float", "double", "boolean", "timestamp", "date"})
        or (one in whole and other in {"double", "decimal"})
        or (one == "decimal" and other in whole)
        or (other == "string" and one in {"float", "double", "boolean", "timestamp", "date"})
        or (one, other) == ("timestamp", "date")
    )
