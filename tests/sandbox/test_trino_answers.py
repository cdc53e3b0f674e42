"""Real Trino's answers: what the sandbox's Athena answers, it answers alike; what it refuses, it refuses by name.

A line of `trino/*.jsonl` has a query, and Trino's rows, as Athena prints values, or its error. `answers`: expressions;
`functions`: each of Trino's functions called with NULLs; `hive-edges` and `coercions`: tables of Hive, pairs of types
(`edges.py`). `python -m referee record` writes them. Athena's engine version 3 is a fork of Trino.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from referee.answers import Found, ask, difference, known, recorded
from referee.questions import is_about_tables, read
from sandbox.athena.engine import QueryEngine
from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox import edges

MISMATCH = "HIVE_PARTITION_SCHEMA_MISMATCH"


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


def compare(engine: QueryEngine, answers: dict[str, Found]) -> int:
    """How many are answered; all of them as Trino does, or refused by name, but for the known differences."""
    found = {sql: ask(engine, sql) for sql in answers}
    told = {sql: difference(sql, answers[sql], found[sql]) for sql in answers}
    differing = {sql: text for sql, text in told.items() if text}
    expected = known().keys() & answers.keys()
    assert {sql: text for sql, text in differing.items() if sql not in expected} == {}
    assert expected - differing.keys() == set()  # a difference that is gone is taken off the list
    return sum(each.rows is not None for each in found.values())


def test_expressions(engine: QueryEngine) -> None:
    """Refusing everything would be no difference either: so many are answered at least."""
    answers = {each["sql"]: recorded(each) for each in read("answers") if not is_about_tables(each)}
    assert compare(engine, answers) >= 350


def test_functions(engine: QueryEngine) -> None:
    """What Athena has and the sandbox has not is refused as that, and never as a function that there is not."""
    assert compare(engine, {each["sql"]: recorded(each) for each in read("functions")}) >= 150


def test_queries(engine: QueryEngine) -> None:
    """They were asked of other data: that they are answered, or refused, is compared."""
    asked = [each for each in read("answers") if is_about_tables(each)]
    found = {each["sql"]: ask(engine, each["sql"]) for each in asked}
    assert {sql: each.reason for sql, each in found.items() if each.reason and not each.code} == {}
    accepted = {each["sql"] for each in asked if "error" in each and found[each["sql"]].rows is not None}
    assert accepted - known().keys() == set()


@pytest.mark.usefixtures("lake")
def test_edges_of_hive(engine: QueryEngine) -> None:
    assert compare(engine, {each["sql"]: recorded(each) for each in read("hive-edges")}) >= 140


@pytest.mark.usefixtures("lake")
def test_pairs_of_types(engine: QueryEngine) -> None:
    """A partition has one, or a file, and the table another; what Trino coerces only of late is a mismatch."""
    pairs = {each["sql"]: each for each in read("coercions")}
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
