"""The process that runs a plan's checks with Soda Core 3, over Athena too; in an environment of its own.

    python benchmarks/soda_core.py PLAN

A scan of each database, so that Soda can put the measures of a table into one query; what it has no check for is a
metric of one's own, the number of faulty rows that a query finds. As fast as it can be had: no telemetry, no “failed
rows” checks, which parse their query at length first, and Athena polled as often as the suite polls it, where Soda asks
once a second and has no setting for it.
"""

import functools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Soda reads it when it is imported
SETTINGS = Path(sys.prefix) / ".soda" / "config.yml"
SETTINGS.parent.mkdir(exist_ok=True)
SETTINGS.write_text("send_anonymous_usage_stats: false\n", "utf-8")
os.environ["HOME"] = sys.prefix

import pyathena  # noqa: E402
from soda.scan import Scan  # noqa: E402

pyathena.connect = functools.partial(pyathena.connect, poll_interval=0.05)

Plan = list[dict[str, Any]]


def source(database: str) -> dict[str, Any]:
    return {
        "type": "athena",
        "region_name": "eu-west-2",
        "work_group": "planning",
        "catalog": "awsdatacatalog",
        "database": database,
        "schema": database,
    }


def name_of(dataset: dict[str, str]) -> str:
    return f"{dataset['table']} [{dataset['name']}]"


def checks_of(plan: Plan) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Each with the rows that it is of, under the name of the check that it is, or is a part of."""
    for part in plan:
        for check in part["checks"]:
            name = f"{part['name']} {check['measure']}"
            for own in check["soda"]:
                yield own["dataset"], {own["check"]: {**own["arguments"], "name": name}}
            if not check["soda"]:
                metric = f"faulty_{check['measure']}"
                query = f"SELECT count(*) FROM ({check['faulty']})"
                yield part["rows"], {f"{metric} = 0": {f"{metric} query": query, "name": name}}


def filters(plan: Plan) -> dict[str, Any]:
    owns = [own for part in plan for check in part["checks"] for own in check["soda"]]
    datasets = [part["rows"] for part in plan]
    datasets += [dataset for own in owns for dataset in (own["dataset"], *own["compared"])]
    return {f"filter {name_of(each)}": {"where": each["condition"]} for each in datasets}


def scanned(plan: Plan) -> Iterator[tuple[str, str]]:
    """Checks, and what came of them: "pass"."""
    checks: dict[str, dict[str, list[Any]]] = {}
    for dataset, check in checks_of(plan):
        asked = checks.setdefault(dataset["soda_database"], {})
        asked.setdefault(f"checks for {name_of(dataset)}", []).append(check)
    sources = {f"data_source {database}": source(database) for database in checks}
    for database, asked in checks.items():
        scan = Scan()
        scan.set_data_source_name(database)
        scan.add_configuration_yaml_str(json.dumps(sources))  # which YAML takes
        scan.add_sodacl_yaml_str(json.dumps(filters(plan) | asked, indent=1))
        scan.execute()
        scan.assert_no_error_logs()
        for each in scan.get_scan_results()["checks"]:
            yield each["name"], each["outcome"]


def main(plan: str) -> None:
    found = list(scanned(json.loads(Path(plan).read_text("utf-8"))))
    if failed := sorted({check for check, outcome in found if outcome != "pass"}):
        sys.exit(f"not sound: {', '.join(failed)}")
    print(f"{len(dict(found))} checks")


if __name__ == "__main__":
    main(*sys.argv[1:])
