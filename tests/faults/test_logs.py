"""Jobs log where their parameters say, and are understood there; a log that is not to be had is no answer."""

from __future__ import annotations

import pytest

from acceptance.verdict.model import Outcome, ScenarioResult
from tests.playing import BROKEN, INGESTION_JOB, INGESTION_SCRIPT, SOUND, Deployment, Played

RECAST_JOB = "stg tascomi_recast_tables_increments_planning"
RECAST_SCRIPT = "scripts/planning/tascomi_recast_tables_increments.py"
QUIET, PROMISED, SKIPPED = BROKEN, SOUND, "wards"
WAYS: dict[str, dict[str, str]] = {
    "continuous": {},  # as the jobs are deployed
    "not continuous": {"--enable-continuous-cloudwatch-log": "false"},
    "a group of its own": {
        "--continuous-log-logGroup": "/aws-glue/planning",
        "--continuous-log-logStreamPrefix": "planning-",
        "--custom-logGroup-prefix": "/aws-glue/tascomi",
    },
}
SAYING = f"""
import sys
from awsglue.context import GlueContext
logger = GlueContext().get_logger()
if {QUIET!r} in sys.argv:
    logger.info("No requests, exiting job")
    sys.exit()
if {PROMISED!r} in sys.argv:
    logger.info(f"Number of pages to retrieve: {{3}}")
    sys.exit()
"""
"""What the ingestion says of two tables, for which it writes nothing."""
DENIED = {
    "service": "logs",
    "status": 400,
    "body": {"__type": "AccessDeniedException", "Message": "User x is not authorized"},
}


def play(deployment: Deployment, parameters: dict[str, str]) -> Played:
    """Up to the recast, where jobs log so: the ingestion writes nothing for two, the recast passes over one more."""
    deployment.prepend_to_script(INGESTION_SCRIPT, SAYING)
    found = "if source is None:"
    deployment.change_script(RECAST_SCRIPT, found, f'{found[:-1]} or table_name == "{SKIPPED}":')
    for job in (INGESTION_JOB, RECAST_JOB):
        defaults = deployment.client("glue").get_job(JobName=job)["Job"]["DefaultArguments"]
        deployment.change_job(job, DefaultArguments=defaults | parameters)
    sections = " or ".join(f"@section-{number}" for number in (1, 2, 3))
    return deployment.play(f"--tags={sections}", tables=f"{QUIET},{PROMISED},{SKIPPED}")


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=[] if way == "continuous" else pytest.mark.long) for way in WAYS]
)
def test_what_a_job_logs_is_understood(deployment: Deployment, way: str) -> None:
    played = play(deployment, WAYS[way])
    quiet = played.scenario("1.2.1", QUIET)
    assert quiet.outcome is Outcome.NOTHING_NEW, played.output
    assert played.finding("1.2.1", QUIET).code == "nothing-to-ingest"
    assert "the log promises 3 pages" in played.failure("1.2.1", PROMISED)
    skipped = played.failure("3.2.1", SKIPPED)
    assert f"the log says: {SKIPPED} is not in the catalog, skipping it" in skipped
    (promise,) = [step for step in played.scenario("1.2.4", SKIPPED).steps if "promised" in step.text]
    assert promise.outcome is Outcome.PASSED and "not known" not in told(played.scenario("1.2.4", SKIPPED))


def test_a_log_that_is_not_to_be_had_is_told_so(deployment: Deployment) -> None:
    deployment.box.faults([DENIED])
    played = play(deployment, {})
    for table in (QUIET, PROMISED):
        result = played.scenario("1.2.1", table)
        assert result.outcome is Outcome.ERROR, played.output
        assert played.finding("1.2.1", table).code == "log-missing"
        message = played.message("1.2.1", table)
        for group in ("output", "error", "logs-v2"):
            assert f"access to /aws-glue/jobs/{group} is denied" in message
        assert "logs:FilterLogEvents is missing" in message
    skipped = played.failure("3.2.1", SKIPPED)
    assert (
        "none; its log could not be had: no line there; access to /aws-glue/jobs/output is denied" in skipped
    )
    assert (
        "looked at: CloudWatch Logs, groups /aws-glue/jobs/output and /aws-glue/jobs/error, stream jr_"
        in skipped
    )
    assert "have logs:FilterLogEvents granted" in skipped
    assert "the log does not say" not in played.output
    assert "how many pages the API promised is not known: the log of the run" in told(
        played.scenario("1.2.4", SKIPPED)
    )


def told(result: ScenarioResult) -> str:
    """All that a scenario's evidence says."""
    return " ".join(str(each) for step in result.steps for each in step.evidence)
