"""The playbook played on a deployment as its users play it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

import sandbox
from acceptance.findings import Finding
from acceptance.report import messages
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import Outcome, ScenarioResult, Verdict
from tests import processes, sandboxes
from tests.processes import Ended, Process

BROKEN, SOUND = "enforcement_breaches", "enforcement_outcomes"
"""The table that a fault hits where it can hit one alone, and the one that must stay green."""

SCRIPTS = "dataplatform-stg-glue-scripts"
INGESTION_JOB = "stg tascomi_api_ingestion_planning"
INGESTION_SCRIPT = "scripts/planning/tascomi_api_ingestion.py"
INGESTION_CRAWLER = "tascomi-api-response-crawler"
RAW_BUCKET, RAW_DATABASE = "dataplatform-stg-raw-zone", "dataplatform-stg-tascomi-raw-zone"


@dataclass(frozen=True)
class Played:
    """One run of the playbook."""

    exit_code: int
    output: str
    verdict: Verdict
    folder: Path

    def scenario(self, step: str, table: str = "", name: str = "") -> ScenarioResult:
        found = [s for s in self.verdict.scenarios if s.step == step and s.table == table and name in s.name]
        assert len(found) == 1, f"{len(found)} scenarios of step {step} for {table or name}"
        return found[0]

    def finding(self, step: str, table: str = "", name: str = "") -> Finding:
        """Why a scenario has not passed."""
        found = self.scenario(step, table, name).finding
        assert found, self.output
        return found

    def message(self, step: str, table: str = "", name: str = "") -> str:
        """The same in words, of all its findings."""
        return messages.reasons(self.scenario(step, table, name))

    def failure(self, step: str, table: str = "", name: str = "") -> str:
        """The message of a scenario that must have failed: what its first finding says."""
        result = self.scenario(step, table, name)
        assert result.outcome is Outcome.FAILED, (
            f"{result.outcome}: {messages.reasons(result)}\n{self.output}"
        )
        found = self.finding(step, table, name)
        assert all(messages.parts(found).get(label) for label in ("expected", "observed", "look at", "to do"))
        return messages.text(found)

    def failed_steps(self, step: str, table: str = "", name: str = "") -> list[str]:
        """The sentences of the steps that failed."""
        return [s.text for s in self.scenario(step, table, name).steps if s.outcome is Outcome.FAILED]

    def failed_step(self, step: str, table: str = "", name: str = "") -> str:
        """The same where one alone must have failed."""
        (sentence,) = self.failed_steps(step, table, name)
        return sentence

    def failed(self) -> list[tuple[str, str]]:
        return [(s.step, s.table) for s in self.verdict.scenarios if s.outcome is Outcome.FAILED]

    def outcomes(self, table: str) -> dict[str, Outcome]:
        return {s.step: s.outcome for s in self.verdict.scenarios if s.table == table}

    def passes(self, table: str) -> None:
        assert set(self.outcomes(table).values()) == {Outcome.PASSED}, self.outcomes(table)


@cache
def _session() -> Any:  # boto3's overloads want literal names
    """One for all clients: it keeps AWS's descriptions of its services, which take long to read."""
    return boto3.Session()


@dataclass(frozen=True)
class Deployment:
    """A sandbox with the pipeline deployed, to be broken through its own protocol."""

    box: sandbox.Sandbox
    process: sandbox.Pending
    reports: Path

    def client(self, service: str) -> Any:
        return _session().client(
            service,
            endpoint_url=self.box.endpoint,
            region_name=self.box.region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )

    def start(
        self, *arguments: str, tables: str = f"{BROKEN},{SOUND}", module: str = "behave", cold: bool = False
    ) -> Process:
        """Start the playbook on this deployment, in a process of its own; `cold`: started from nothing."""
        parameters = {
            "ticket": "DPP-426",
            "endpoint": self.box.endpoint,
            "data_platform": str(self.box.data_platform),
            "reports": str(self.reports),
            "tables": tables,  # none: those that the branch adds
        }
        given = [word for key, value in parameters.items() if value for word in ("-D", f"{key}={value}")]
        begin = processes.started if cold else processes.forked
        return begin(module, *given, *arguments, environ=processes.clean_environment())

    def play(self, *arguments: str, tables: str = f"{BROKEN},{SOUND}", seconds: float = 300) -> Played:
        return self.end(self.start(*arguments, tables=tables), seconds)

    def end(self, process: Process, seconds: float = 300) -> Played:
        """Wait for a run, so many seconds at most, and read what it left."""
        output, _ = process.communicate(timeout=seconds)
        path = self._newest_verdict()
        assert path, output
        return Played(process.returncode, output, read_verdict(path), path.parent)

    def verdict(self) -> Verdict:
        """Of the newest run."""
        path = self._newest_verdict()
        assert path, "no run yet"
        return read_verdict(path)

    def _newest_verdict(self) -> Path | None:
        found = self.reports.glob("*/*/verdict.json")
        return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)

    def sweep(self, *arguments: str) -> Ended:
        """Look for what runs of the ticket have left; `--yes` removes it."""
        parameters = ("ticket=DPP-426", f"endpoint={self.box.endpoint}", f"reports={self.reports}")
        given = [word for parameter in parameters for word in ("-D", parameter)]
        return processes.run("acceptance.sweep", *given, *arguments)

    def change_job(self, name: str, **changes: Any) -> None:
        """Change a deployed job's definition."""
        glue = self.client("glue")
        job = glue.get_job(JobName=name)["Job"]
        for key in ("Name", "CreatedOn", "LastModifiedOn", "AllocatedCapacity", "ProfileName"):
            job.pop(key, None)
        glue.update_job(JobName=name, JobUpdate={**job, **changes})

    def change_script(self, key: str, old: str, new: str) -> None:
        """Replace a piece of a deployed script, which must be there."""
        s3 = self.client("s3")
        text = s3.get_object(Bucket=SCRIPTS, Key=key)["Body"].read().decode()
        assert old in text, f"{key} has no {old!r}"
        s3.put_object(Bucket=SCRIPTS, Key=key, Body=text.replace(old, new).encode())

    def prepend_to_script(self, key: str, code: str) -> None:
        """Have a deployed script do something before it does its work."""
        text = self.client("s3").get_object(Bucket=SCRIPTS, Key=key)["Body"].read().decode()
        self.replace_script(key, code + text)

    def replace_script(self, key: str, text: str) -> None:
        self.client("s3").put_object(Bucket=SCRIPTS, Key=key, Body=text.encode())


def deployed(
    reports: Path,
    minute_seconds: float = 60,
    seed: bool = True,
    older_snapshot: bool = False,
    runtime: str = "light",
    versioned: bool = True,
) -> Iterator[Deployment]:
    """A healthy deployment, as a fixture yields it; without `seed`, nothing has ever run on it."""
    process = sandboxes.launch(
        minute_seconds=minute_seconds,
        seed=seed,
        older_snapshot=older_snapshot,
        runtime=runtime,
        versioned=versioned,
    )
    try:
        yield Deployment(process.ready(), process, reports)
    finally:
        process.stop()
