"""The process that runs a plan's checks with Great Expectations as `expectations.py` does, and draws its Data Docs.

python -m benchmarks.data_docs PLAN FOLDER
"""

import json
import os
import sys
from pathlib import Path

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig

from benchmarks.expectations import CONNECTION, expectations

RUNS = 2  # so that the second has one before it


def main(plan: str, folder: str) -> None:
    context = gx.get_context(mode="file", project_root_dir=folder)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql("athena", connection_string=CONNECTION)
    definitions = []
    for part in json.loads(Path(plan).read_text("utf-8")):
        faults = {
            f"{part['name']} {check['measure']}": f"{check['comparison']} {check['other'] or repr(check['other'])}"
            for check in part["checks"]
        }
        for number, (query, expected) in enumerate(expectations(part).items(), 1):
            for each in expected:
                check = each.meta["check"]
                each.description = f"fault: {check.rpartition(' ')[2]} {faults[check]}"
            name = part["name"] if number == 1 else f"{part['name']} {number}"
            suite = context.suites.add(gx.ExpectationSuite(name, expectations=expected))
            batch = source.add_query_asset(name, query=query).add_batch_definition("today")
            definition = gx.ValidationDefinition(name=name, data=batch, suite=suite)
            definitions.append(context.validation_definitions.add(definition))
    for _ in range(RUNS):
        for definition in definitions:
            definition.run(result_format="COMPLETE")
    print(context.build_data_docs())


if __name__ == "__main__":
    main(*sys.argv[1:])
