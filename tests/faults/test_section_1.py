"""Seeded faults of section 1: each breaks one place, and must turn the right step red and no other table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from acceptance.measurements.model import Activity, Work
from acceptance.pipeline import INGESTION, Stage
from acceptance.report.messages import reasons
from acceptance.verdict.model import Outcome, State
from acceptance.verdict.sentence import sentence
from tests.faults import tampering
from tests.faults.records import SOUND as SOUND_TABLES
from tests.faults.records import TAMPERED, UNCOMPARED
from tests.faults.seeded import FAULTS, Seeded, cases, must_find
from tests.playing import (
    BROKEN,
    INGESTION_CRAWLER,
    INGESTION_JOB,
    INGESTION_SCRIPT,
    RAW_BUCKET,
    RAW_DATABASE,
    SCRIPTS,
    SOUND,
    Deployment,
    Played,
)

SECTION_1 = "features/1-api-ingestion"
SHARED = pytest.mark.xdist_group("shared")
PARTITION = "import_year=%Y/import_month=%m/import_day=%d/import_date=%Y%m%d"


@SHARED
def test_job_missing(shared: Deployment) -> None:
    shared.client("glue").delete_job(JobName=INGESTION_JOB)
    played = shared.play()
    assert played.finding("jobs", name="API ingestion").code == "job-missing"
    message = played.failure("jobs", name="API ingestion")
    assert message.startswith("the API ingestion job is not there")
    assert "“stg tascomi_parse_tables_increments_planning”" in message  # what is there instead
    assert "consult the Data Platform team" in message
    assert "the API ingestion job is not there" in played.failure("1.1.1")
    assert played.failed() == [("jobs", ""), ("1.1.1", "")]
    assert played.finding("1.1.2").code == "no-job-to-clone"
    assert played.message("1.2.1", BROKEN) == (
        "blocked: there is no API ingestion test job of DPP-426 (step 1.1.2)"
    )
    assert played.exit_code == 1


@SHARED
def test_two_jobs_match(shared: Deployment) -> None:
    glue = shared.client("glue")
    original = glue.get_job(JobName=INGESTION_JOB)["Job"]
    glue.create_job(Name="stg-tascomi-api-ingestion-old", Role=original["Role"], Command=original["Command"])
    played = shared.play("features/0-before-you-start", SECTION_1)
    assert played.finding("jobs", name="API ingestion").code == "job-ambiguous"
    message = played.failure("jobs", name="API ingestion")
    assert message.startswith("the API ingestion job is there more than once")
    assert "“stg tascomi_api_ingestion_planning”, “stg-tascomi-api-ingestion-old”" in message


@SHARED
def test_other_tickets_clones_do_not_count(shared: Deployment) -> None:
    glue = shared.client("glue")
    original = glue.get_job(JobName=INGESTION_JOB)["Job"]
    for name in (f"{INGESTION_JOB}-TEST-DPP-4260", f"{INGESTION_JOB}-TEST-DPP-42", f"{INGESTION_JOB}-copy"):
        glue.create_job(Name=name, Role=original["Role"], Command=original["Command"])
    played = shared.play(tables=SOUND)
    assert played.exit_code == 0, played.output
    left = {name for page in glue.get_paginator("list_jobs").paginate() for name in page["JobNames"]}
    assert f"{INGESTION_JOB}-TEST-DPP-4260" in left
    assert f"{INGESTION_JOB}-TEST-DPP-426" not in left


@SHARED
def test_job_runs_another_script(shared: Deployment) -> None:
    shared.change_job(
        INGESTION_JOB,
        Command={
            "Name": "pythonshell",
            "ScriptLocation": f"s3://{SCRIPTS}/scripts/planning/old_ingestion.py",
        },
    )
    played = shared.play(SECTION_1)
    assert played.finding("1.1.1").code == "job-runs-other-script"
    assert "old_ingestion.py" in played.failure("1.1.1")
    assert played.failed_step("1.1.1") == 'it runs the script "tascomi_api_ingestion.py"'


@SHARED
def test_script_missing(shared: Deployment) -> None:
    shared.client("s3").delete_object(Bucket=SCRIPTS, Key=INGESTION_SCRIPT)
    played = shared.play(SECTION_1)
    assert played.finding("1.1.1").code == "script-missing"
    assert f"s3://{SCRIPTS}/{INGESTION_SCRIPT}" in played.failure("1.1.1")
    assert played.failed_step("1.1.1") == "that script is in its place"


@SHARED
def test_run_failed(shared: Deployment) -> None:
    """On a full load, an API without results fails the job."""
    shared.box.api_faults([{"resource": BROKEN, "empty": True}])
    played = shared.play(SECTION_1)
    assert played.finding("1.2.1", BROKEN).code == "job-run-failed"
    assert played.failed_step("1.2.1", BROKEN) == "the job run succeeds"
    assert played.outcomes(BROKEN)["1.2.2"] is Outcome.BLOCKED
    played.passes(SOUND)


def test_run_timed_out(hurried_deployment: Deployment) -> None:
    hurried_deployment.replace_script(INGESTION_SCRIPT, "import time\ntime.sleep(60)\n")
    hurried_deployment.change_job(INGESTION_JOB, Timeout=1)
    played = hurried_deployment.play(SECTION_1, tables=BROKEN)
    assert played.finding("1.2.1", BROKEN).code == "job-run-failed"
    message = played.failure("1.2.1", BROKEN)
    assert message.startswith(f"{BROKEN}: the job run ended as TIMEOUT")
    assert "time-out raised" in message


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(True, id="told by Service Quotas"),
        pytest.param(False, id="not told", marks=pytest.mark.long),
    ],
)
def test_the_account_has_places_for_three_runs(deployment: Deployment, told: bool) -> None:
    """All tables' runs succeed, three at a time; where the limit is known, none is started in vain."""
    quotas = deployment.client("service-quotas")
    (limit,) = quotas.list_aws_default_service_quotas(ServiceCode="glue")["Quotas"]
    quotas.request_service_quota_increase(ServiceCode="glue", QuotaCode=limit["QuotaCode"], DesiredValue=3)
    if not told:
        denied = {"__type": "AccessDeniedException", "Message": "User is not authorized"}
        deployment.box.faults([{"service": "service-quotas", "status": 400, "body": denied}])
    deployment.prepend_to_script(INGESTION_SCRIPT, "import time\ntime.sleep(0.5)\n")
    tables = ["breach_types", BROKEN, "enforcement_breach_details", SOUND, "wards"]
    played = deployment.play(SECTION_1, tables=",".join(tables))
    for table in tables:
        played.passes(table)
    runs = [activity for activity in played.verdict.activities if activity.kind is Work.JOB_RUN]
    assert len(runs) == 5
    assert 1 < most_at_once(runs) <= 3
    assert (played.verdict.calls["glue:StartJobRun"] == 5) is told
    assert played.verdict.calls["service-quotas:ListServiceQuotas"] == 1


def most_at_once(runs: Sequence[Activity]) -> int:
    def ended(run: Activity) -> datetime:
        return run.started + timedelta(seconds=run.seconds)

    return max(sum(other.started <= run.started < ended(other) for other in runs) for run in runs)


@SHARED
def test_run_succeeded_without_data(shared: Deployment) -> None:
    shared.replace_script(INGESTION_SCRIPT, "print('Number of pages to retrieve: 3')\n")
    played = shared.play(SECTION_1)
    assert played.finding("1.2.1", BROKEN).code == "data-not-written"
    message = played.failure("1.2.1", BROKEN)
    assert message.startswith(f"{BROKEN}: the job run SUCCEEDED, but it has written no data")
    assert "the log promises 3 pages" in message
    assert f"/api-responses/{BROKEN}/{played.verdict.started:{PARTITION}}/" in message
    assert played.failed_step("1.2.1", BROKEN).startswith("its data for")


@SHARED
def test_nothing_to_ingest_is_neither_a_pass_nor_a_failure(shared: Deployment) -> None:
    shared.replace_script(INGESTION_SCRIPT, "print('No requests, exiting job')\n")
    played = shared.play(SECTION_1)
    assert played.scenario("1.2.1", BROKEN).outcome is Outcome.NOTHING_NEW
    assert played.finding("1.2.1", BROKEN).code == "nothing-to-ingest"
    assert played.outcomes(BROKEN)["1.2.4"] is Outcome.NOTHING_NEW
    assert played.failed() == []


@SHARED
def test_nothing_to_ingest_for_one_table_leaves_a_partial_pass(shared: Deployment) -> None:
    """The second run of a day asks for nothing; a table without today's data is told, the others are checked."""
    shared.prepend_to_script(
        INGESTION_SCRIPT,
        f"import sys\nif '{BROKEN}' in sys.argv:\n    print('No requests, exiting job')\n    sys.exit(0)\n",
    )
    played = shared.play()
    assert played.exit_code == 0, played.output
    assert played.verdict.state is State.PARTIAL
    assert f"nothing to ingest for {BROKEN}" in sentence(played.verdict)
    played.passes(SOUND)


@SHARED
def test_a_page_answered_500(shared: Deployment) -> None:
    shared.box.api_faults([{"resource": BROKEN, "page": 2, "status": 500}])
    played = shared.play(SECTION_1)
    message = played.failure("1.2.4", BROKEN)
    assert played.finding("1.2.4", BROKEN).code == "pages-failed"
    assert "page 2 (status 500)" in message
    assert played.failed_step("1.2.4", BROKEN) == "every page was answered with status 200"
    played.passes(SOUND)


@SHARED
def test_a_page_of_html_marked_200(shared: Deployment) -> None:
    shared.box.api_faults([{"resource": BROKEN, "page": 2, "body": "<html>Maintenance</html>"}])
    played = shared.play(SECTION_1)
    assert played.finding("1.2.4", BROKEN).code == "pages-failed"
    assert "page 2 (status 200)" in played.failure("1.2.4", BROKEN)
    assert "Maintenance" not in played.output
    played.passes(SOUND)


@SHARED
def test_crawler_missing(shared: Deployment) -> None:
    shared.client("glue").delete_crawler(Name=INGESTION_CRAWLER)
    played = shared.play(SECTION_1)
    message = played.failure("1.2.2", BROKEN)
    assert played.finding("1.2.2", BROKEN).code == "crawler-missing"
    assert "“tascomi-api”" in message


@SHARED
def test_two_crawlers_match(shared: Deployment) -> None:
    glue = shared.client("glue")
    crawler = glue.get_crawler(Name=INGESTION_CRAWLER)["Crawler"]
    glue.create_crawler(
        Name="tascomi_api_response-crawler-2",
        Role=crawler["Role"],
        DatabaseName=RAW_DATABASE,
        Targets={"S3Targets": [{"Path": f"s3://{RAW_BUCKET}/elsewhere/"}]},
    )
    assert shared.play(SECTION_1).finding("1.2.2", BROKEN).code == "crawler-ambiguous"


@SHARED
def test_crawl_failed(shared: Deployment) -> None:
    shared.client("glue").update_crawler(
        Name=INGESTION_CRAWLER, Targets={"S3Targets": [{"Path": "s3://no-such-bucket/planning/"}]}
    )
    played = shared.play(SECTION_1)
    assert played.finding("1.2.2", BROKEN).code == "crawl-failed"
    assert played.failed_step("1.2.2", BROKEN) == "the crawl succeeds"


@SHARED
def test_yesterdays_crawl_only(shared: Deployment) -> None:
    """The crawler takes the order and says READY, and its last crawl is still yesterday's."""
    shared.box.faults(
        [{"service": "glue", "action": "StartCrawler", "times": None, "status": 200, "body": {}}]
    )
    played = shared.play(SECTION_1)
    assert played.finding("1.2.2", BROKEN).code == "crawl-stale"
    assert played.failed_step("1.2.2", BROKEN) == "it began after the data was written"


@SHARED
def test_partition_not_crawled(shared: Deployment) -> None:
    shared.client("glue").update_crawler(
        Name=INGESTION_CRAWLER,
        Targets={
            "S3Targets": [
                {"Path": f"s3://{RAW_BUCKET}/planning/tascomi/api-responses/", "Exclusions": [f"{BROKEN}/**"]}
            ]
        },
    )
    played = shared.play(SECTION_1)
    message = played.failure("1.2.2", BROKEN)
    assert played.finding("1.2.2", BROKEN).code == "data-not-crawled"
    assert f"no table api_response_{BROKEN}" in message
    played.passes(SOUND)


@SHARED
def test_table_under_another_name(shared: Deployment) -> None:
    """The name is taken by a table at another place: the crawler adds a suffix; the next job would read the old one."""
    shared.client("glue").create_table(
        DatabaseName=RAW_DATABASE,
        TableInput={
            "Name": f"api_response_{BROKEN}",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet"},
            "PartitionKeys": [],
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "string"}],
                "Location": f"s3://{RAW_BUCKET}/old/",
            },
        },
    )
    played = shared.play(SECTION_1)
    # the job, too, finds a table without a generation; what matters is that the verdict names the table in the way
    failed = [s for s in played.verdict.scenarios if s.table == BROKEN and s.outcome is Outcome.FAILED]
    assert len(failed) == 1
    assert f"api_response_{BROKEN}" in reasons(failed[0])
    assert failed[0].step in ("1.2.1", "1.2.2")
    assert failed[0].finding and failed[0].finding.code == "data-not-crawled"
    played.passes(SOUND)


@SHARED
def test_a_column_missing(shared: Deployment) -> None:
    shared.change_script(INGESTION_SCRIPT, "import_timestamp", "imported_at")
    played = shared.play(SECTION_1)
    assert played.finding("1.2.3", BROKEN).code == "columns-wrong"
    message = played.failure("1.2.3", BROKEN)
    assert "import_timestamp is missing" in message and "imported_at is string" in message
    assert played.failed_step("1.2.3", BROKEN).startswith("its columns are those of an API response")


# -- on the deployment of many tables (tests.faults.chain)

IN_CHAIN = pytest.mark.xdist_group("chain")


@IN_CHAIN
@cases({table: fault for table, fault in FAULTS.items() if fault.step.startswith("1.")})
def test_data_or_script(whole: Played, table: str, fault: Seeded) -> None:
    must_find(whole, table, fault)


@IN_CHAIN
def test_sound_tables_pass_beside_the_broken_ones(whole: Played) -> None:
    """Through all sections: odd values too, and rules on a column that nothing is known of before it is parsed."""
    assert {table for _, table in whole.failed()} == {"", *FAULTS}
    assert [step for step, table in whole.failed() if not table] == ["3.1.1"]
    for table in (*SOUND_TABLES, *UNCOMPARED, *TAMPERED):
        whole.passes(table)


@IN_CHAIN
@pytest.mark.parametrize(
    ("table", "told"), [("middle_page_lost", "page 2 of 3 of "), ("last_page_lost", "page 2 of 2 of ")]
)
def test_a_page_may_be_held_back_until_tomorrow(whole: Played, table: str, told: str) -> None:
    scenario = whole.scenario("1.2.4", table)
    assert scenario.outcome is Outcome.BLOCKED
    assert scenario.finding and scenario.finding.code == "pages-unknown"
    assert told + table in whole.message("1.2.4", table)


@IN_CHAIN
@cases(tampering.expected(INGESTION))
def test_description_or_files(tampered: dict[Stage, Played], table: str, fault: Seeded) -> None:
    must_find(tampered[INGESTION], table, fault)
