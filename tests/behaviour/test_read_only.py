"""Production is read only: what changes things there, or compares with a change, is left out before anything starts."""

from __future__ import annotations

from pathlib import Path

import sandbox
from tests.behaviour.test_wrong_input import behave


def test_production_is_only_looked_at(tmp_path: Path) -> None:
    checkout = sandbox.sample_checkout(tmp_path / "checkout")
    done = behave("--dry-run", "-D", "ticket=DPP-426", "-D", "env=prod", "-D", f"data_platform={checkout}")
    assert done.exit_code == 0, done.output
    planned = {line.split()[0] for line in done.output.splitlines() if line.strip()}
    assert {"user-acceptance", "api-changes", "advice", "1.2.3", "4.3.4"} <= planned
    assert not planned & {"1.1.2", "1.2.1", "1.2.2", "2.2.2", "4.3.1", "undisturbed"}
