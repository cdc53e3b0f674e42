"""What both engines are asked: an area at a time, each over a sandbox that holds what its queries are about."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sandbox
from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox import edges

RECORDED = Path(edges.__file__).with_name("trino")
WIDE_ROWS = 20_000
_PLAYED_SECONDS = 1800  # at most, on a machine that has other work
_ABOUT_TABLES = "queries"
"""Of `answers.jsonl`: they were asked of other data, and how many rows there were is all that is recorded."""


@dataclass(frozen=True)
class Question:
    about: str
    sql: str
    database: str = "default"
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A sandbox of the area's own; `process` ends it."""

    box: Sandbox
    process: sandbox.Pending
    folder: Path

    @property
    def clients(self) -> Clients:
        return Clients(self.box.endpoint, self.box.region)


Asking = Callable[[str], Iterable[list[str | None]]]
"""Trino's rows of a query."""


def suite(place: Place, _: Asking) -> Iterator[Question]:
    """What a whole run for DPP-426 sends."""
    _play(place)
    yield from _sent(place)


def all_tables(place: Place, _: Asking) -> Iterator[Question]:
    _play(place, "tables=all")
    yield from _sent(place)


def wide(place: Place, _: Asking) -> Iterator[Question]:
    """What is asked of the pipeline's widest table: 752 columns."""
    from benchmarks import wide as widest

    widest.plant(place.clients, WIDE_ROWS, datetime.now(UTC).date())
    widest.crawl(place.clients)
    verdict = widest.played(place.box, place.folder)[1]
    titles = {each.evidence.text: f"{each.step}, {each.title}" for each in widest.queries(verdict)}
    yield from (replace(each, about=titles.get(each.sql, each.about)) for each in _sent(place))


def faults(place: Place, _: Asking) -> Iterator[Question]:
    """What is asked of the seeded faults' tables, with the queries of failing rows."""
    from tests.faults import chain
    from tests.playing import Deployment

    made = chain.make(
        Deployment(place.box, place.process, place.folder / "reports"), place.folder / "checkout"
    )
    print("the faults are seeded, the playbook is played on them", flush=True)
    made.play(seconds=_PLAYED_SECONDS)
    yield from _sent(place)


def expressions(_: Place, __: Asking) -> Iterator[Question]:
    yield from (Question(each["about"], each["sql"]) for each in read("answers") if not is_about_tables(each))


def hive_edges(place: Place, _: Asking) -> Iterator[Question]:
    edges.make(place.clients)
    yield from (Question(each["about"], each["sql"]) for each in read("hive-edges"))


def pairs(place: Place, _: Asking) -> Iterator[Question]:
    """A partition or a file has one type, the table another."""
    wanted = read("coercions")
    edges.make(place.clients)
    edges.make_pairs(place.clients, [(each["mode"], each["file"], each["table"]) for each in wanted])
    yield from (Question(each["mode"], each["sql"]) for each in wanted)


def functions(_: Place, ask: Asking) -> Iterator[Question]:
    """Each function of Trino's called with NULLs: Athena knows it, whatever comes of that.
    https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html"""
    calls: dict[str, dict[str, None]] = {}
    for name, _returned, given, *_rest in ask("SHOW FUNCTIONS"):
        if name and not name.startswith(_OF_TRINOS_TESTS):
            types = re.findall(r"[^,(]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?", given or "")
            values = [_null(each.strip()) for each in types]
            known = [each for each in values if each]
            calls.setdefault(name, {})
            if len(known) == len(values):
                calls[name][f'SELECT "{name}"({", ".join(known)})'] = None
    for name, found in calls.items():
        yield from (Question("functions", sql) for sql in found or [f'SELECT "{name}"(NULL)'])


def _null(kind: str) -> str:
    """Of a type as SHOW FUNCTIONS has it, with variables for types; "" for what is no type of columns."""
    bare = kind.partition("(")[0]
    if bare in _SAME:
        return f"CAST(NULL AS {bare})"
    if bare in _OTHERS:
        return f"CAST(NULL AS {_OTHERS[bare]})"
    return "CAST(NULL AS bigint)" if re.fullmatch("[A-Za-z][0-9]?", kind) else ""


_OF_TRINOS_TESTS = "custom_"
_SAME = (
    "boolean",
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "real",
    "double",
    "varchar",
    "varbinary",
    "date",
    "json",
)
_OTHERS = {
    "char": "char(3)",
    "decimal": "decimal(10,2)",
    "time": "time",
    "timestamp": "timestamp",
    "array": "array(bigint)",
    "map": "map(varchar, bigint)",
    "joniregexp": "varchar",
    "jsonpath": "varchar",
    "codepoints": "varchar",
}
"""Types by their names: those that stand for themselves, and the one that is asked with."""

AREAS: Mapping[str, Callable[[Place, Asking], Iterator[Question]]] = {
    "suite": suite,
    "all": all_tables,
    "wide": wide,
    "faults": faults,
    "expressions": expressions,
    "edges": hive_edges,
    "pairs": pairs,
    "functions": functions,
}
RECORDINGS = {"expressions": "answers", "edges": "hive-edges", "pairs": "coercions", "functions": "functions"}
"""The areas whose answers `.ci/run` holds the sandbox's engine to, with their files."""


def read(name: str) -> list[dict[str, Any]]:
    """A file of recorded answers."""
    text = (RECORDED / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def is_about_tables(answer: Mapping[str, Any]) -> bool:
    return bool(answer["about"] == _ABOUT_TABLES)


def _play(place: Place, *parameters: str) -> None:
    given = (
        "env=local",
        f"endpoint={place.box.endpoint}",
        f"data_platform={place.box.data_platform}",
        "ticket=DPP-426",
        f"reports={place.folder}",
        *parameters,
    )
    command = [sys.executable, "-m", "behave", *(f"-D{each}" for each in given)]
    played = subprocess.run(command, stdout=subprocess.DEVNULL)
    print(f"the playbook was played: {'failed' if played.returncode else 'passed'}", flush=True)


def _sent(place: Place) -> Iterator[Question]:
    """What was played on a sandbox, read from the workgroups' history."""
    athena = place.clients("athena")
    for group in athena.list_work_groups()["WorkGroups"]:
        pages = athena.get_paginator("list_query_executions").paginate(WorkGroup=group["Name"])
        for ids in (page["QueryExecutionIds"] for page in pages):
            for each in (
                athena.batch_get_query_execution(QueryExecutionIds=ids)["QueryExecutions"] if ids else []
            ):
                database = each.get("QueryExecutionContext", {}).get("Database", "default")
                yield Question("sent", each["Query"], database, tuple(each.get("ExecutionParameters", ())))
