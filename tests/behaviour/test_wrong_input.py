"""The command line as a person mistypes it: one clear line, exit 1, nothing started and nothing left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import processes
from tests.processes import Ended


def behave(*arguments: str, cold: bool = False, **environ: str) -> Ended:
    """Run behave; `cold`: in a process that was started from nothing."""
    return processes.run("behave", *arguments, cold=cold, environ=environ)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "no ticket given"),
        (["-D", "ticket=../x"], "ticket '../x' is not a ticket number"),
        (["-D", "ticket=DPP-426", "-D", "tabels=wards"], "did you mean 'tables'?"),
        (["-D", "ticket=DPP-426", "-D", "env=stage"], "did you mean 'stg'?"),
        (["-D", "ticket=DPP-426", "-D", "tables="], "tables has ''"),
        (["-D", "ticket=DPP-426", "-D", "tables=a;drop table b"], "'a;drop table b'"),
        (["-D", "ticket=DPP-426", "-D", "tables=Wards"], "'Wards'"),
        (["-D", "ticket=DPP-426", "-D", "tables=wards,wards"], "wards more than once"),
        (["-D", "ticket=DPP-426", "-D", "tables=wardz"], "table 'wardz' is in no Terraform list"),
        (["-D", "ticket=DPP-426", "-D", "data_platform=/"], "is not a git checkout"),
        (["-D", "ticket=DPP-426", "-D", "data_platform=nowhere"], "is not a folder"),
        (["-D", "ticket=DPP-999"], "refers to DPP-999"),
        (["-D", "ticket=DPP-426", "-D", "budget=£5"], "is not an amount of US dollars"),
        (
            ["-D", "ticket=DPP-426", "-D", "env=stg", "-D", "endpoint=http://127.0.0.1:1"],
            "for env=local alone",
        ),
        (["-D", "ticket=DPP-426", "--runner=behave.runner:Runner"], "start behave in the project's folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("dry_run", [False, True], ids=["run", "dry run"])
def test_one_clear_line(arguments: list[str], told: str, dry_run: bool, tmp_path: Path) -> None:
    done = behave(
        *arguments,
        "-D",
        f"reports={tmp_path / 'reports'}",
        *(["--dry-run"] if dry_run else []),
        cold=not arguments,
    )
    complaint = [line for line in done.output.splitlines() if not line.startswith("USING RUNNER")]
    assert done.exit_code == 1
    assert len(complaint) == 1, complaint
    assert told in complaint[0]
    assert not (tmp_path / "reports").exists()


def test_a_parameter_from_the_environment(tmp_path: Path) -> None:
    environ = {"PLAYBOOK_TICKET": "DPP-426", "PLAYBOOK_TABLES": "wards", "PLAYBOOK_REPORTS": str(tmp_path)}
    done = behave("--dry-run", cold=True, **environ)
    assert done.exit_code == 0
    assert "wards is ingested" in done.output
    assert "enforcement_outcomes" not in done.output


def test_a_dry_run_lists_what_would_run_and_leaves_nothing(tmp_path: Path) -> None:
    done = behave(
        "--dry-run",
        "-D",
        "ticket=DPP-426",
        "-D",
        f"reports={tmp_path / 'reports'}",
        "--tags=@table.enforcement_outcomes",
        cold=True,
    )
    assert done.exit_code == 0
    assert "1.2.1        enforcement_outcomes is ingested" in done.output
    assert "enforcement_breaches" not in done.output
    assert not (tmp_path / "reports").exists()


def test_a_dry_run_that_selects_nothing_is_no_success() -> None:
    assert behave("--dry-run", "-D", "ticket=DPP-426", "--tags=@nothing").exit_code == 1
