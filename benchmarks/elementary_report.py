"""The process that tests what `benchmarks.peers` measured with dbt on DuckDB, and draws Elementary's report of it.

    python -m benchmarks.elementary_report FOLDER

dbt's tests on Athena create tables, which the sandbox refuses; so each table and stage is a table of one row here: its
measures. Elementary's dbt package, which stores test results, comes from dbt's hub alone. Where that cannot be reached,
its report gets the same rows from what dbt itself leaves: `Artifacts` answers the macros that would have read them.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner
from elementary.monitor.api.report.report import ReportAPI
from elementary.monitor.data_monitoring.report import data_monitoring_report

PROJECT = "playbook"
Row = dict[str, Any]
HOLDS = "{% test holds(model, fault) %}select * from {{ model }} where {{ fault }}{% endtest %}\n"
RUNS = 2  # so that the second has one before it


def project(folder: Path) -> None:
    """A dbt project whose tests are the plan's checks, on a database with what they measured."""
    for name in ("models", "tests/generic"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    files = {
        "dbt_project.yml": {
            "name": PROJECT,
            "version": "1.0.0",
            "profile": PROJECT,
            "model-paths": ["models"],
        },
        "profiles.yml": {
            PROJECT: {
                "target": "dev",
                "outputs": {"dev": {"type": "duckdb", "path": str(folder / "measures.duckdb")}},
            }
        },
        "models/sources.yml": sources(json.loads((folder / "faults.json").read_text("utf-8"))),
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), "utf-8")  # JSON is YAML too
    (folder / "tests/generic/holds.sql").write_text(HOLDS, "utf-8")
    with duckdb.connect(str(folder / "measures.duckdb")) as database:
        for table, row in json.loads((folder / "measures.json").read_text("utf-8")).items():
            kinds = {name: "VARCHAR" if isinstance(value, str) else "BIGINT" for name, value in row.items()}
            columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
            database.execute(f'CREATE OR REPLACE TABLE "{table}" ({columns})')
            database.execute(
                f'INSERT INTO "{table}" VALUES ({", ".join("?" for _ in row)})', list(row.values())
            )


def sources(faults: dict[str, dict[str, str]]) -> Row:
    tables = [
        {
            "name": table,
            "data_tests": [
                {"holds": {"name": f"{table}_{measure}", "arguments": {"fault": fault}}}
                for measure, fault in of_table.items()
            ],
        }
        for table, of_table in faults.items()
    ]
    return {"version": 2, "sources": [{"name": "measures", "schema": "main", "tables": tables}]}


def tested(folder: Path) -> list[Row]:
    """Test results of each run, the oldest first, as Elementary's package would store them."""
    found = []
    where = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    for _ in range(RUNS):
        dbtRunner().invoke(["test", *where])
        manifest = json.loads((folder / "target/manifest.json").read_text("utf-8"))
        results = json.loads((folder / "target/run_results.json").read_text("utf-8"))
        with duckdb.connect(str(folder / "measures.duckdb")) as database:
            found.append([row(each, results["metadata"], manifest, database) for each in results["results"]])
    rows = [each for run in found for each in run]
    for rank, run in enumerate(reversed(found), 1):
        for each in run:
            each["invocations_rank_index"] = rank
    return rows


def row(result: Row, metadata: Row, manifest: Row, database: duckdb.DuckDBPyConnection) -> Row:
    test = manifest["nodes"][result["unique_id"]]
    source = manifest["sources"][test["depends_on"]["nodes"][0]]
    failed = result["status"] == "fail"
    cursor = database.execute(f"{result['compiled_code']} LIMIT 5") if failed else None
    names = [each[0] for each in cursor.description] if cursor else []
    return {
        "id": f"{metadata['invocation_id']}.{test['unique_id']}",
        "invocation_id": metadata["invocation_id"],
        "test_execution_id": f"{metadata['invocation_id']}.{test['unique_id']}",
        "model_unique_id": source["unique_id"],
        "test_unique_id": test["unique_id"],
        "elementary_unique_id": test["unique_id"],
        "detected_at": metadata["generated_at"][:19].replace("T", " "),
        "database_name": source["database"],
        "schema_name": source["schema"],
        "table_name": source["name"],
        "column_name": None,
        "test_type": "dbt_test",
        "test_sub_type": "generic",
        "test_results_description": result["message"],
        "test_description": test["description"],
        "original_path": test["original_file_path"],
        "owners": [],
        "model_owner": [],
        "tags": [],
        "test_tags": [],
        "meta": {},
        "model_meta": {},
        "model_tags": [],
        "test_results_query": result["compiled_code"],
        "other": None,
        "test_name": test["name"],
        "test_params": test["test_metadata"]["kwargs"],
        "severity": test["config"]["severity"],
        "status": result["status"],
        "days_diff": 0,
        "sample_data": [dict(zip(names, each, strict=True)) for each in cursor.fetchall()]
        if cursor
        else None,
        "failures": result["failures"],
        "package_name": PROJECT,
        "execution_time": result["execution_time"],
    }


class Artifacts:
    """Answers what Elementary's report asks its dbt package for."""

    def __init__(self, folder: Path, rows: list[Row]) -> None:
        self.manifest = json.loads((folder / "target/manifest.json").read_text("utf-8"))
        self.rows = rows

    def run_operation(self, macro_name: str, macro_args: Row | None = None, **_: object) -> list[str]:
        answer = getattr(self, macro_name.removeprefix("elementary_cli."), None)
        return [json.dumps(answer())] if answer else []

    def get_sources(self) -> list[Row]:
        return [
            {
                "unique_id": each["unique_id"],
                "name": each["name"],
                "source_name": each["source_name"],
                "database_name": each["database"],
                "schema_name": each["schema"],
                "table_name": each["name"],
                "full_path": each["original_file_path"],
                "package_name": PROJECT,
                "owners": [],
                "tags": [],
                "meta": {},
            }
            for each in self.manifest["sources"].values()
        ]

    def get_test_results(self) -> list[Row]:
        return self.rows

    def get_tests(self) -> list[Row]:
        newest = {each["test_unique_id"]: each for each in self.rows}
        return [
            each
            | {
                "unique_id": name,
                "name": each["test_name"],
                "type": "generic",
                "latest_run_time": each["detected_at"],
                "latest_run_status": each["status"],
            }
            for name, each in newest.items()
        ]

    def get_test_last_invocation(self) -> list[Row]:
        last = self.rows[-1]
        return [
            {"invocation_id": last["invocation_id"], "detected_at": last["detected_at"], "command": "test"}
        ]

    def get_nodes_depends_on_nodes(self) -> list[Row]:
        return [
            {"unique_id": each, "depends_on_nodes": [], "type": "source", "materialization": "table"}
            for each in self.manifest["sources"]
        ]


def main(name: str) -> None:
    folder = Path(name).resolve()
    project(folder)
    data, error = ReportAPI(Artifacts(folder, tested(folder))).get_report_data(
        project_name=PROJECT, env="dev"
    )
    if error:
        raise error
    # as Elementary's own DataMonitoringReport puts data and page together
    encoded = base64.b64encode(json.dumps(data.dict()).encode()).decode()
    template = Path(data_monitoring_report.__file__).with_name("index.html").read_text("utf-8")
    page = f"<script>window.elementaryData = JSON.parse(atob('{encoded}'));</script>{template}"
    (folder / "elementary_report.html").write_text(page, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
