"""What an engine answers, how two answers differ, and which differences are known."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sandbox.athena import QueryError, QueryResult, Statement

Rows = list[list[str | None]]
_UNKNOWN = "not registered"
"""What is said of a function that there is not; the code is that of one with other parameters, too."""


class Engine(Protocol):
    def read(self, sql: str, parameters: list[str] | None = None) -> Statement: ...

    def run(self, statement: Statement, database: str) -> QueryResult: ...


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


def recorded(answer: Mapping[str, Any]) -> Found:
    """What Trino said, as a line of `tests/sandbox/trino/*.jsonl` has it."""
    if "error" in answer:
        return Found(reason=answer["error"])
    return Found(answer["rows"], answer.get("names"), [_bare(kind) for kind in answer["types"]])


def ask(engine: Engine, sql: str, database: str = "default", parameters: list[str] | None = None) -> Found:
    try:
        result = engine.run(engine.read(sql, parameters), database)
    except QueryError as error:
        return Found(reason=str(error))
    columns = result.columns
    return Found(result.rows, [each.name for each in columns], [_bare(each.type) for each in columns])


def difference(sql: str, trino: Found, found: Found) -> str:
    """ "" where both answer alike, or refuse alike, or the sandbox says that it does not do it."""
    if found.reason:
        unknown = [_UNKNOWN in each.reason for each in (found, trino)]
        alike = found.code and found.code in (trino.code, "NOT_SUPPORTED") and unknown != [True, False]
        return "" if alike else f"{found.reason}, and Trino: {trino.reason or trino.rows}"
    if trino.reason:
        return f"accepted, and Trino refuses it: {trino.reason}"
    ordered = "ORDER BY" in sql
    same = found.rows == trino.rows if ordered else _sorted(found.rows) == _sorted(trino.rows)
    if same and trino.names in (None, found.names) and trino.types in (None, found.types):
        return ""
    return f"{found}, and Trino: {trino}"


def new_difference(sql: str, trino: Found, found: Found) -> str:
    """A difference that is not known. Where rows are tied, others may be shown, but as many."""
    if sql in known():
        return ""
    told = difference(sql, trino, found)
    entry = next((each for each in _entries() if re.search(each.get("pattern", "(?!)"), sql)), None)
    if not told or entry is None:
        return told
    return difference(sql, _counted(trino), _counted(found))


def _counted(found: Found) -> Found:
    return found if found.rows is None else replace(found, rows=[[str(len(found.rows))]])


@cache
def known() -> dict[str, str]:
    """The queries that are known to be answered otherwise, each with its reason."""
    return {each["sql"]: each["reason"] for each in _entries() if "sql" in each}


@cache
def _entries() -> list[dict[str, str]]:
    text = Path(__file__).with_name("differences.toml").read_text(encoding="utf-8")
    entries: list[dict[str, str]] = tomllib.loads(text)["difference"]
    return entries


def _bare(kind: object) -> str:
    return re.sub(r"\(.*\)", "", str(kind)).lower()


def _sorted(rows: Rows | None) -> list[str]:
    return sorted(map(str, rows or []))
