"""Which verdict of pre-production says that a commit may be released."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.findings import Blocked
from acceptance.settings import Settings
from acceptance.verdict import file, verified
from acceptance.verdict.model import Verdict
from tests.domain.verdicts import TABLES, failed, green

COMMIT = "1" * 40
PLATFORM: Any = SimpleNamespace(branch=SimpleNamespace(commit=COMMIT, checkout=Path("here"), name="DPP-426"))
GOOD = replace(green(), commit=COMMIT[:12])


def why(found: Verdict | None, tables: tuple[str, ...] = TABLES) -> str:
    """Why a verdict is none for the release; "" where it is one."""
    try:
        verified.is_of_this_commit(found, PLATFORM, tables, Settings("DPP-426"))
    except Blocked as blocked:
        assert "behave -D ticket=DPP-426 -D env=stg" in blocked.finding.what
        return blocked.finding.what
    return ""


def test_a_verdict_that_passed_and_is_of_the_commit() -> None:
    assert why(GOOD) == ""


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (None, "there is no verdict of Pre-production"),
        (
            replace(GOOD, commit="222222222222"),
            "is of commit 222222222222, and the branch is at 111111111111",
        ),
        (replace(GOOD, commit=""), "is of commit unknown"),
        (replace(GOOD, left_out=("1.2.3",)), "passed in part"),
        (replace(failed(), commit=COMMIT[:12]), "is “failed”"),
        (replace(GOOD, tables=TABLES[:1]), f"has no {TABLES[1]}"),
    ],
)
def test_a_verdict_that_says_nothing_of_the_release(found: Verdict | None, told: str) -> None:
    assert told in why(found)


def test_the_newest_of_the_environment_counts(tmp_path: Path) -> None:
    for run_id, environment in (
        ("20261121T000000Z-aaaa", "stg"),
        ("20261122T000000Z-bbbb", "stg"),
        ("20261123T000000Z-cccc", "local"),
    ):
        (tmp_path / run_id).mkdir()
        found = replace(GOOD, run_id=run_id, environment=environment)
        file.write(found, tmp_path / run_id / "verdict.json")
    (tmp_path / "20261124T000000Z-dddd").mkdir()
    (tmp_path / "20261124T000000Z-dddd" / "verdict.json").write_text("{}")
    newest = verified.newest(tmp_path, "stg")
    assert newest and newest[0].run_id == "20261122T000000Z-bbbb"
    assert verified.evidence(*newest).facts["Page"].endswith("20261122T000000Z-bbbb/report.html")
    assert verified.newest(tmp_path / "nowhere", "stg") is None
