"""The process that runs a plan's checks with Great Expectations, over Athena too; in an environment of its own.

    python benchmarks/expectations.py PLAN

A query asset and a suite for each table and stage; what Great Expectations has no expectation for, the comparisons
between tables above all, is its expectation that a query of faulty rows finds none. As fast as it can be had: no
progress bars, no telemetry, no Data Docs, and Athena polled as often as the suite polls it.
"""

import json
import os
import sys
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig

CONNECTION = (
    "awsathena+rest://@athena.eu-west-2.amazonaws.com:443/default"
    "?work_group=planning&region_name=eu-west-2&poll_interval=0.05"
)


def main(plan: str) -> None:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("athena", connection_string=CONNECTION)
    count, failed = 0, []
    for part in json.loads(Path(plan).read_text("utf-8")):
        suite = context.suites.add(gx.ExpectationSuite(part["name"]))
        for check in part["checks"]:
            suite.add_expectation(getattr(gxe, check["expectation"])(**check["arguments"]))
        batch = source.add_query_asset(part["name"], query=part["rows"]).add_batch_definition("today")
        result = batch.get_batch().validate(suite)
        count += len(result.results)
        failed += [
            f"{part['name']}: {each.expectation_config.type}" for each in result.results if not each.success
        ]
    if failed:
        sys.exit(f"not sound: {', '.join(failed)}")
    print(f"{count} checks")


if __name__ == "__main__":
    main(*sys.argv[1:])
