"""Real Trino's answers: what the sandbox's Athena answers, it answers alike; what it refuses, it refuses with a code.

`trino/answers.jsonl` has a line for each query: what it is about, and Trino 435's types and rows, as Athena prints
values, or the code of its error. Athena's engine version 3 is a fork of Trino.
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

ANSWERS = [
    json.loads(line) for line in (Path(__file__).parent / "trino" / "answers.jsonl").read_text().splitlines()
]

DIFFERENT = {
    "SELECT timestamp '2023-02-03'": "the sandbox's timestamps are of milliseconds",
    "SELECT to_iso8601(timestamp '2023-02-03 04:05:06')": "the sandbox's timestamps are of milliseconds",
    "SELECT -(-2147483648)": "a number beyond its type becomes a bigint",
    "SELECT sum(x) FROM (VALUES NULL) t(x)": "a NULL of no type is taken",
    "SELECT checksum(x) FROM (VALUES 1, 2) t(x)": "other bytes, by design: the property is the same",
    "SELECT to_hex(checksum(x)) FROM (VALUES 'a', 'b') t(x)": "other bytes, by design: the property is the same",
    'SELECT count(*) FROM "dataplatform-stg-tascomi-raw-zone"."wards$partitions"': "asked of tables without Hive",
    'SELECT count(DISTINCT "$path") > 0 FROM "dataplatform-stg-tascomi-raw-zone"."wards"': (
        "asked of tables without Hive"
    ),
}
"""Known differences, each with its reason."""

ABOUT_TABLES = "queries"
"""Their answers are of another day's tables: that they are answered at all is compared."""


@dataclass(frozen=True)
class Found:
    rows: list[list[str | None]] | None = None
    reason: str = ""


@pytest.fixture(scope="module")
def engine(box: Sandbox) -> Iterator[QueryEngine]:
    engine = QueryEngine(Clients(box.endpoint, box.region))
    yield engine
    engine.close()


def ask(engine: QueryEngine, sql: str) -> Found:
    try:
        return Found(engine.run(engine.read(sql), "default").rows)
    except QueryError as error:
        return Found(reason=str(error))


def difference(answer: dict[str, Any], found: Found) -> str:
    """ "" where it is answered alike, or refused with a code."""
    if found.reason:
        return "" if re.match(r"[A-Z_]+: ", found.reason) else f"an error without a code: {found.reason}"
    if "error" in answer:
        return f"accepted, and Trino refuses it: {answer['error']}"
    if answer["about"] == ABOUT_TABLES or found.rows == answer["rows"]:
        return ""
    return f"{found.rows} and not {answer['rows']}"


def test_every_answer_is_trinos(engine: QueryEngine) -> None:
    differing = {
        answer["sql"]: told for answer in ANSWERS if (told := difference(answer, ask(engine, answer["sql"])))
    }
    assert {sql: told for sql, told in differing.items() if sql not in DIFFERENT} == {}
    assert DIFFERENT.keys() - differing.keys() == set()  # a difference that is gone is taken off the list


def test_most_are_answered(engine: QueryEngine) -> None:
    """Refusing everything would be no difference either."""
    answered = [answer for answer in ANSWERS if ask(engine, answer["sql"]).rows is not None]
    assert len(answered) >= 410
