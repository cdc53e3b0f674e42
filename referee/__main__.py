"""`python -m referee`: ask Trino and the sandbox's Athena the same, over the same sandbox, and tell what differs.

Asked is what the suite sends for DPP-426, the recorded expressions, and Hive's tables of `tests/sandbox/edges.py`.
`python -m referee serve` starts Trino alone, for `SANDBOX_ATHENA=<its address> python -m sandbox`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sandbox
from acceptance.wording import count
from referee.answers import Found, ask, new_difference
from referee.server import Missing, trino
from sandbox.athena import QueryEngine
from sandbox.athena.trino import TrinoEngine
from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox import edges

RECORDED = Path(edges.__file__).with_name("trino")


@dataclass(frozen=True)
class Question:
    about: str
    sql: str
    database: str = "default"
    parameters: tuple[str, ...] = ()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m referee", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", nargs="?", choices=("compare", "serve"), default="compare")
    parser.add_argument(
        "--port", type=int, default=0, help="Trino's, on loopback; one that is free if not given"
    )
    given = parser.parse_args(arguments)
    try:
        with trino(given.port) as address:
            print(f"Trino answers at {address}", flush=True)
            return _serve(address) if given.action == "serve" else _compare(address)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _serve(address: str) -> int:
    print(f"SANDBOX_ATHENA={address} python -m sandbox   # Ctrl-C ends Trino", flush=True)
    sys.stdin.read()
    return 0


def _compare(address: str) -> int:
    """1 where a difference is not known."""
    with sandbox.start() as box:
        clients = Clients(box.endpoint, box.region)
        edges.make(clients)
        questions = list(dict.fromkeys([*_of_the_suite(box, clients), *_recorded()]))
        ours, theirs = QueryEngine(clients), TrinoEngine(clients, address)
        new = [told for each in questions if (told := _difference(each, ours, theirs))]
        theirs.close()
        ours.close()
    for told in new:
        print(told)
    print(f"{len(questions)} queries compared, {count(len(new), 'new difference')}")
    return 1 if new else 0


def _difference(question: Question, ours: QueryEngine, theirs: TrinoEngine) -> str:
    asked = question.sql, question.database, list(question.parameters)
    told = new_difference(question.sql, _bounded(ask(theirs, *asked)), ask(ours, *asked))
    return told and f"{question.about}: {question.sql[:300]}\n  {told[:600]}"


def _bounded(found: Found) -> Found:
    """A refusal without its candidates and places, which are many lines."""
    return Found(reason=found.reason.partition("\n")[0]) if found.reason else found


def _of_the_suite(box: Sandbox, clients: Clients) -> Iterator[Question]:
    """What a whole run for DPP-426 sends: played first, and read from the workgroup's history."""
    options = {
        "env": "local",
        "endpoint": box.endpoint,
        "data_platform": box.data_platform,
        "ticket": "DPP-426",
    }
    with tempfile.TemporaryDirectory() as reports:
        options["reports"] = reports
        command = [sys.executable, "-m", "behave", *(f"-D{name}={value}" for name, value in options.items())]
        played = subprocess.run(command, stdout=subprocess.DEVNULL, env=os.environ)
    print(
        f"the playbook was played for DPP-426: {'passed' if not played.returncode else 'failed'}", flush=True
    )
    for each in _executions(clients("athena")):
        database = each.get("QueryExecutionContext", {}).get("Database", "default")
        yield Question("suite", each["Query"], database, tuple(each.get("ExecutionParameters", ())))


def _executions(athena: Any) -> Iterator[dict[str, Any]]:
    for group in athena.list_work_groups()["WorkGroups"]:
        pages = athena.get_paginator("list_query_executions").paginate(WorkGroup=group["Name"])
        for ids in (page["QueryExecutionIds"] for page in pages):
            if ids:
                yield from athena.batch_get_query_execution(QueryExecutionIds=ids)["QueryExecutions"]


def _recorded() -> Iterator[Question]:
    for name in ("answers", "hive-edges"):
        for line in (RECORDED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield Question(name, json.loads(line)["sql"])


if __name__ == "__main__":
    sys.exit(main())
