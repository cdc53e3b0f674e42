"""The process that runs a plan's checks as the suite does, all of a table's in one query, or one check a query.

python -m benchmarks.checks together|one_by_one PLAN ENDPOINT
"""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from acceptance.aws.athena import Athena
from acceptance.aws.console_links import Links
from acceptance.aws.session import Aws, isolate
from acceptance.aws.waiting import Clock
from acceptance.environments import ENVIRONMENTS

ENVIRONMENT = ENVIRONMENTS["local"]
COMPARISONS = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt}

Plan = list[dict[str, Any]]
Found = Iterator[tuple[str, bool]]  # check, whether it finds a fault


def together(athena: Athena, plan: Plan) -> Found:
    """One query for a table and stage: the suite's way."""
    running = [(part, athena.start(part["query"])) for part in plan]
    for part, query in running:
        (row,) = query.result().rows
        for check in part["checks"]:
            yield f"{part['name']} {check['measure']}", finds_fault(check, row)


def one_by_one(athena: Athena, plan: Plan) -> Found:
    """One query for a check, as many at once as in the suite's way."""
    running = [
        (part["name"], check, athena.start(check["query"])) for part in plan for check in part["checks"]
    ]
    for name, check, query in running:
        (row,) = query.result().rows
        yield f"{name} {check['measure']}", finds_fault(check, row)


def finds_fault(check: dict[str, Any], row: dict[str, Any]) -> bool:
    """As SQL compares: NULL is no fault."""
    left, right = row[check["measure"]], row.get(check["other"], check["other"])
    return left is not None and right is not None and COMPARISONS[check["comparison"]](left, right)


def main(way: str, plan: str, endpoint: str) -> None:
    isolate(os.environ, endpoint, ENVIRONMENT.region)
    athena = Athena(Aws(ENVIRONMENT), ENVIRONMENT, Links(ENVIRONMENT), Clock())
    run = {"together": together, "one_by_one": one_by_one}[way]
    try:
        found = dict(run(athena, msgspec.json.decode(Path(plan).read_bytes())))
    finally:
        athena.close()
    if faults := [name for name, faulty in found.items() if faulty]:
        sys.exit(f"not sound: {', '.join(faults)}")
    print(f"{len(found)} checks")


if __name__ == "__main__":
    main(*sys.argv[1:])
