"""The process that runs a plan's checks with Great Expectations as `expectations.py` does, and draws its Data Docs.

python -m benchmarks.data_docs PLAN FOLDER
"""

import json
import os
import sys
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig

from benchmarks.expectations import CONNECTION

RUNS = 2  # so that the second has one before it


def main(plan: str, folder: str) -> None:
    context = gx.get_context(mode="file", project_root_dir=folder)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("athena", connection_string=CONNECTION)
    definitions = []
    for part in json.loads(Path(plan).read_text("utf-8")):
        suite = context.suites.add(gx.ExpectationSuite(part["name"]))
        for check in part["checks"]:
            described = (
                f"fault: {check['measure']} {check['comparison']} {check['other'] or repr(check['other'])}"
            )
            expectation = getattr(gxe, check["expectation"])
            suite.add_expectation(expectation(**check["arguments"], description=described))
        batch = source.add_query_asset(part["name"], query=part["rows"]).add_batch_definition("today")
        definition = gx.ValidationDefinition(name=part["name"], data=batch, suite=suite)
        definitions.append(context.validation_definitions.add(definition))
    for _ in range(RUNS):
        for definition in definitions:
            definition.run(result_format="COMPLETE")
    print(context.build_data_docs())


if __name__ == "__main__":
    main(*sys.argv[1:])
