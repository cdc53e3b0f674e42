"""Midnight UTC passes in mid-run: an error that says so, and never the product's failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.verdict.model import Outcome, State
from tests.playing import BROKEN, INGESTION_SCRIPT, SCRIPTS, SOUND, Deployment, Played

SECTION_1 = "features/1-api-ingestion"


@pytest.fixture
def strikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The line of a job's script with which midnight comes."""
    mark = tmp_path / "midnight"
    monkeypatch.setenv("MIDNIGHT", str(mark))
    return f"__import__('pathlib').Path({str(mark)!r}).touch()"


def play(deployment: Deployment) -> Played:
    played = deployment.end(deployment.start(SECTION_1, module="tests.past_midnight"))
    assert played.exit_code == 1
    assert played.verdict.state is State.ERROR
    assert played.failed() == []
    return played


def must_tell(played: Played, step: str, table: str) -> None:
    scenario = played.scenario(step, table)
    assert scenario.outcome is Outcome.ERROR
    assert played.finding(step, table).code == "day-over"
    assert "Start the run anew" in played.message(step, table)


@pytest.mark.xdist_group("shared")
def test_a_job_that_started_before_midnight_writes_after_it(shared: Deployment, strikes: str) -> None:
    """Its data is in the next day's folder, and none in that of the day under test."""
    shared.prepend_to_script(INGESTION_SCRIPT, f"{strikes}\n")
    shared.change_script(INGESTION_SCRIPT, "datetime.now(UTC)", "datetime.now(UTC) + timedelta(days=1)")
    played = play(shared)
    for table in (BROKEN, SOUND):
        must_tell(played, "1.2.1", table)


@pytest.mark.xdist_group("shared")
def test_nothing_is_started_after_midnight(shared: Deployment, strikes: str) -> None:
    """What has passed stays so: the data came before."""
    text = shared.client("s3").get_object(Bucket=SCRIPTS, Key=INGESTION_SCRIPT)["Body"].read().decode()
    shared.replace_script(INGESTION_SCRIPT, f"{text}\n    {strikes}\n")
    played = play(shared)
    for table in (BROKEN, SOUND):
        assert played.scenario("1.2.1", table).outcome is Outcome.PASSED
        must_tell(played, "1.2.2", table)
    assert "StartCrawler" not in {call["action"] for call in shared.box.calls()}
