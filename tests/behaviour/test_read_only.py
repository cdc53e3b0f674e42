"""Production is read only: what changes things there, or compares with a change, is left out before anything starts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import sandbox
from sandbox import repository
from tests.behaviour.test_wrong_input import behave


def test_production_is_only_looked_at(tmp_path: Path) -> None:
    checkout = sandbox.sample_checkout(tmp_path / "checkout")
    done = behave("--dry-run", "-D", "ticket=DPP-426", "-D", "env=prod", "-D", f"data_platform={checkout}")
    assert done.exit_code == 0, done.output
    planned = {line.split()[0] for line in done.output.splitlines() if line.strip()}
    assert {"user-acceptance", "api-changes", "advice", "1.2.3", "4.3.4"} <= planned
    assert not planned & {"1.1.2", "1.2.1", "1.2.2", "2.2.2", "4.3.1", "undisturbed", "6.1", "6.2", "6.3"}
    assert "Not of this run: release day's steps 6.1, 6.2, 6.3. To play them, name them" in done.output


def steps(*arguments: str) -> set[str]:
    """That a dry run would play."""
    done = behave("--dry-run", "-D", "ticket=DPP-426", *arguments)
    assert done.exit_code == 0, done.output
    planned = done.output.split("scenarios would run")[0].splitlines()
    return {line.split()[0] for line in planned if re.match(r"[\w.-]+ {2,}", line)}


@pytest.mark.parametrize(
    ("selection", "played"),
    [
        ((), {"6.4"}),
        (("--tags=not @mutates",), {"6.4"}),
        (("--tags=@table.enforcement_breaches",), set()),
        (("features",), {"6.4"}),
        (("--tags=@section-6",), {"6.1", "6.2", "6.3", "6.4"}),
        (("--tags=@step-6.3 and @table.enforcement_breaches",), {"6.3"}),
        (("--tags=@section-0 or @step-6.1",), {"6.1"}),
        (("features/6-release/6.2-deployed.feature:8",), {"6.2"}),
        (("features/6-release",), {"6.1", "6.2", "6.3", "6.4"}),
        (("--name=the branch can be merged",), {"6.1"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_release_is_played_where_it_is_named(selection: tuple[str, ...], played: set[str]) -> None:
    assert {step for step in steps(*selection) if step.startswith("6.")} == played


def test_a_release_is_part_of_production_once_it_is_merged(tmp_path: Path) -> None:
    checkout = sandbox.sample_checkout(tmp_path / "checkout")
    repository.merge(checkout, "DPP-426", datetime.now(UTC))
    found = steps("-D", "env=prod", "-D", f"data_platform={checkout}")
    assert {step for step in found if step.startswith("6.")} == {"6.2", "6.3", "6.4"}
    assert "4.3.4" in found
