"""The process that runs a plan's checks with Great Expectations, over Athena too; in an environment of its own.

    python benchmarks/expectations.py PLAN

A query asset and a suite for each table and stage, and for what else its own expectations look at; what Great
Expectations has no expectation for, the comparisons between tables above all, is its expectation that a query of faulty
rows finds none. As fast as it can be had: no progress bars, no telemetry, no Data Docs, and Athena polled as often as
the suite polls it.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig

CONNECTION = (
    "awsathena+rest://@athena.eu-west-2.amazonaws.com:443/default"
    "?work_group=planning&region_name=eu-west-2&poll_interval=0.05"
)

Suites = dict[str, list[Any]]
"""Expectations by the query of the rows that they are of."""


def expectations(part: dict[str, Any]) -> Suites:
    """Each with the check that it is, or is a part of."""
    suites: Suites = {}
    for check in part["checks"]:
        meta = {"check": f"{part['name']} {check['measure']}"}
        for own in check["great_expectations"]:
            expectation = getattr(gxe, own["check"])(**own["arguments"], meta=meta)
            suites.setdefault(rows(own["dataset"]), []).append(expectation)
        if not check["great_expectations"]:
            # a template there, in which braces are doubled
            query = check["faulty"].replace("{", "{{").replace("}", "}}")
            expectation = gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, meta=meta)
            suites.setdefault(rows(part["rows"]), []).append(expectation)
    return suites


def rows(dataset: dict[str, str]) -> str:
    return f'SELECT * FROM "{dataset["database"]}"."{dataset["table"]}" WHERE {dataset["condition"]}'


def validated(plan: list[dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Checks, and whether their expectations are met."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("athena", connection_string=CONNECTION)
    for part in plan:
        for number, (query, expected) in enumerate(expectations(part).items()):
            name = f"{part['name']} {number}"
            suite = context.suites.add(gx.ExpectationSuite(name, expectations=expected))
            batch = source.add_query_asset(name, query=query).add_batch_definition("today")
            for each in batch.get_batch().validate(suite).results:
                yield each.expectation_config.meta["check"], bool(each.success)


def main(plan: str) -> None:
    found = list(validated(json.loads(Path(plan).read_text("utf-8"))))
    if failed := sorted({check for check, met in found if not met}):
        sys.exit(f"not sound: {', '.join(failed)}")
    print(f"{len(dict(found))} checks")


if __name__ == "__main__":
    main(*sys.argv[1:])
