"""Where a run may go and what it may do there, told from the calls that arrive at the endpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

import sandbox
from acceptance.aws.guards import ReadOnly, refuse_endpoint_overrides
from acceptance.aws.identity import WrongAccount, identify
from acceptance.aws.session import Aws
from acceptance.environments import ENVIRONMENTS, Environment
from acceptance.pipeline import SNAPSHOT
from acceptance.settings import Settings, SettingsError
from acceptance.verdict.model import Outcome, State
from sandbox.clients import Clients
from sandbox.deployment import Names, stages
from tests import on_sandbox, sandboxes
from tests.aws import ACCOUNT, play
from tests.policies import Policy
from tests.processes import ROOT
from tests.sandbox.pipeline import crawl, run_job

STG, PROD = ENVIRONMENTS["stg"], ENVIRONMENTS["prod"]
TABLES = "wards"
GLOBAL = {"iam.amazonaws.com"}  # IAM has no regions: asked for the account's alias
BEGINNING = "features/0-before-you-start"


@pytest.fixture(scope="module")
def pre_production() -> Iterator[sandbox.Sandbox]:
    with sandboxes.start(seed=False) as box:
        yield box


@pytest.fixture
def stg(pre_production: sandbox.Sandbox) -> Iterator[sandbox.Sandbox]:
    yield pre_production
    pre_production.clear()


# -- the account and its region


def test_another_account(stg: sandbox.Sandbox, tmp_path: Path) -> None:
    played = play(stg, tmp_path, "-D", "env=stg", "-D", "account=999999999999")
    assert played.actions == ["GetCallerIdentity"]
    assert played.exit_code == 1
    assert played.verdict and played.verdict.state is State.ERROR
    assert {s.outcome for s in played.verdict.scenarios} == {Outcome.NOT_RUN}
    assert f"account {ACCOUNT}, but account=999999999999 was asked for" in played.output


@pytest.fixture
def led(stg: sandbox.Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sandbox.Sandbox:
    """Pre-production's sandbox, to which this process's calls to AWS are led."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "example",
        "AWS_SECRET_ACCESS_KEY": "example",
        "SANDBOX_ENDPOINT": stg.endpoint,
        "WIRE_LOG": str(tmp_path / "wire.log"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(URLLib3Session, "send", on_sandbox.send)
    stg.clear_calls()
    return stg


def refused(box: sandbox.Sandbox, environment: Environment, account: str = "") -> str:
    """What `identify` says against the account; nothing but looking for buckets may have been done there."""
    with pytest.raises(WrongAccount) as refusal:
        identify(Aws(environment), Settings("DPP-426", environment, account=account))
    asked, *looked = [call["action"] for call in box.calls()]
    assert asked == "GetCallerIdentity" and set(looked) == {"HeadBucket"}
    return str(refusal.value)


def test_an_account_that_is_not_the_environments(led: sandbox.Sandbox) -> None:
    """Without a number to compare with, its buckets have to be looked at."""
    assert "no bucket dataplatform-prod-raw-zone, so it is not Production" in refused(led, PROD)


@pytest.fixture
def with_production(stg: sandbox.Sandbox) -> Iterator[None]:
    """The account holds a bucket of production's too."""
    s3 = Clients(stg.endpoint, stg.region)("s3")
    location = {"LocationConstraint": stg.region}
    s3.create_bucket(Bucket="dataplatform-prod-raw-zone", CreateBucketConfiguration=location)
    yield
    s3.delete_bucket(Bucket="dataplatform-prod-raw-zone")


@pytest.mark.parametrize("account", ["", ACCOUNT])
@pytest.mark.usefixtures("with_production")
def test_an_account_that_is_the_other_environments(led: sandbox.Sandbox, account: str) -> None:
    told = refused(led, STG, account)
    assert "has the bucket dataplatform-prod-raw-zone, so it is Production and not Pre-production" in told


def test_buckets_in_another_region(led: sandbox.Sandbox) -> None:
    """S3 answers 301 and says where the bucket is; botocore then asks there."""
    there = {"x-amz-bucket-region": "us-east-1"}
    head = {"service": "s3", "action": "HeadBucket", "match": "stg-raw-zone", "headers": there}
    led.faults([head | {"status": 301, "times": 1}, head | {"status": 200}])
    told = refused(led, STG, ACCOUNT)
    assert "is in us-east-1, but Pre-production is in eu-west-2" in told


def test_the_users_own_region_does_not_matter(stg: sandbox.Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = us-west-1\n")
    elsewhere = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2", "AWS_CONFIG_FILE": str(config)}
    played = play(stg, tmp_path, "-D", "env=stg", BEGINNING, **elsewhere)
    assert played.exit_code == 0, played.output
    assert played.hosts
    assert {host for host in played.hosts if ".eu-west-2.amazonaws.com" not in host} == GLOBAL


# -- endpoints

PROFILE = "[profile analyst]\nendpoint_url = http://127.0.0.1:4566\n"
SERVICES = (
    "[profile analyst]\nservices = mine\n[services mine]\nglue =\n  endpoint_url = http://127.0.0.1:4566\n"
)


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL_STS"])
def test_a_variable_that_leads_elsewhere(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is set, but env=stg goes to AWS itself: unset it$"):
        refuse_endpoint_overrides(STG, {name: "http://127.0.0.1:4566"})


@pytest.mark.parametrize("config", [PROFILE, SERVICES], ids=["profile", "services"])
def test_a_configuration_that_leads_elsewhere(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "analyst")
    with pytest.raises(SettingsError, match="configuration file has an endpoint_url, but env=prod"):
        refuse_endpoint_overrides(PROD, {})


def test_another_profiles_endpoint_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(PROFILE + "[profile council]\nregion = eu-west-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "council")
    refuse_endpoint_overrides(PROD, {})
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SettingsError, match="nobody"):
        refuse_endpoint_overrides(PROD, {})


def test_a_run_that_is_led_elsewhere_is_refused(stg: sandbox.Sandbox, tmp_path: Path) -> None:
    played = play(stg, tmp_path, "-D", "env=prod", AWS_ENDPOINT_URL_ATHENA=stg.endpoint)
    assert "AWS_ENDPOINT_URL_ATHENA is set, but env=prod goes to AWS itself" in played.complaint
    assert played.calls == []
    assert played.hosts == set()
    assert played.exit_code == 1
    assert list((tmp_path / "reports").glob("*/*/*")) == []


def test_clients_go_to_aws_whatever_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(STG)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert aws.glue.meta.endpoint_url == "https://glue.eu-west-2.amazonaws.com"
    assert aws.session.client("athena").meta.endpoint_url == "https://athena.eu-west-2.amazonaws.com"


# -- production


@pytest.mark.parametrize(
    "selection", ["--tags=@step-1.1.2", "features/1-api-ingestion/1.2.2-crawl-the-data.feature"]
)
def test_what_changes_something_is_not_for_production(
    stg: sandbox.Sandbox, tmp_path: Path, selection: str
) -> None:
    played = play(stg, tmp_path, "-D", "env=prod", selection)
    assert "Production is only looked at" in played.complaint
    assert played.calls == []
    assert played.exit_code == 1


def test_clients_of_production_refuse_changes(led: sandbox.Sandbox) -> None:
    aws: Any = Aws(PROD)
    bucket, key = "dataplatform-prod-glue-scripts", "scripts/planning/x.py"
    pyathenas = aws.session.client("athena")
    query = {"WorkGroup": "planning"}
    changes: tuple[Callable[[], object], ...] = (
        lambda: aws.glue.create_job(Name="x", Role="y", Command={}),
        lambda: aws.glue.start_job_run(JobName="prod tascomi_api_ingestion_planning"),
        lambda: aws.glue.start_crawler(Name="tascomi-api-response-crawler"),
        lambda: aws.s3.put_object(Bucket=bucket, Key=key, Body=b""),
        lambda: aws.s3.delete_object(Bucket=bucket, Key=key),
        lambda: aws.s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key}),
        lambda: aws.athena.start_query_execution(QueryString="DROP TABLE wards", **query),
        lambda: pyathenas.start_query_execution(QueryString="\n create table x as SELECT 1", **query),
        lambda: pyathenas.start_query_execution(QueryString="UNLOAD (SELECT 1) TO 's3://x'", **query),
    )
    for change in changes:
        with pytest.raises(ReadOnly, match="was not called: this environment is only looked at"):
            change()
    assert led.calls() == []


def test_clients_of_production_read(led: sandbox.Sandbox) -> None:
    aws = Aws(PROD)
    aws.glue.list_jobs()
    aws.athena.start_query_execution(
        QueryString=" with x AS (SELECT 1) SELECT * FROM x", WorkGroup="planning"
    )
    assert [call["action"] for call in led.calls()] == ["ListJobs", "StartQueryExecution"]


@pytest.fixture(scope="module")
def production() -> Iterator[sandbox.Sandbox]:
    """Production on a morning after the night's runs."""
    process = sandboxes.launch(environment="prod")
    try:
        box = process.ready()
        clients = Clients(box.endpoint, box.region)
        for stage in stages(Names("prod")):
            argument = "--resource" if stage.script == "tascomi_api_ingestion" else "--table_list"
            assert run_job(clients, stage.job, {argument: TABLES}).state == "SUCCEEDED"
            crawl(clients, stage.crawler)
        yield box
    finally:
        process.stop()


def test_a_healthy_production(production: sandbox.Sandbox, tmp_path: Path) -> None:
    """All that only looks is done, and nothing else."""
    played = play(production, tmp_path, "-D", "env=prod", "-D", f"tables={TABLES}")
    assert played.exit_code == 0, played.output
    assert played.verdict and played.verdict.state is State.PASSED
    assert {s.outcome for s in played.verdict.scenarios} == {Outcome.PASSED}
    assert {s.step for s in played.verdict.scenarios} >= {"1.2.4", "2.3.4", "3.2.4", "4.3.4"}
    policy = Policy.read("iam/production.json")
    assert {need for need in policy.missing(played.calls) if "dataplatform-stg-" not in need[1]} == set()
    assert policy.unused(played.calls) == {
        "athena:StopQueryExecution",  # at a deadline
        "glue:GetPartition",  # where a table's partitions have not all been listed anyway
        "glue:GetCrawler",  # these after a release, in tests/faults/test_section_6.py
        "glue:GetTableVersions",
        "glue:GetTriggers",
        "glue:GetJobRuns",
        "glue:GetJobBookmark",
        "s3:ListBucketVersions",
    }
    assert {host for host in played.hosts if ".eu-west-2.amazonaws.com" not in host} == GLOBAL


def test_the_way_back_of_production_is_only_told(production: sandbox.Sandbox, tmp_path: Path) -> None:
    """With all its commands, for somebody who may; and --yes is refused."""
    glue = Clients(production.endpoint, production.region)("glue")
    (night,) = glue.get_job_runs(JobName="prod tascomi_api_ingestion_planning")["JobRuns"]
    since = night["StartedOn"].astimezone(UTC).isoformat()
    given = ("-D", "env=prod", "-D", f"tables={TABLES}", f"--since={since}")
    told = play(production, tmp_path, *given, MODULE="acceptance.rollback")
    assert told.exit_code == 0, told.output
    commands = told.output.partition("set -e\n")[2]
    assert commands.count("aws glue delete-partition --database-name dataplatform-prod-") == 4
    assert (
        "aws s3api delete-object --bucket dataplatform-prod-refined-zone --key planning/tascomi/snapshot/"
        in commands
    )
    assert (
        "aws glue reset-job-bookmark --job-name 'prod tascomi_parse_tables_increments_planning'" in commands
    )
    refused = play(production, tmp_path, *given, "--yes", MODULE="acceptance.rollback")
    assert refused.exit_code == 1
    assert "env=prod is read-only: give the commands above to who may" in refused.output
    made = {*told.actions, *refused.actions}
    assert {action for action in made if not action.startswith(("Get", "List", "Head"))} == set()
    missing = Policy.read("iam/production.json").missing([*told.calls, *refused.calls])
    assert {need for need in missing if "dataplatform-stg-" not in need[1]} == set()


def test_an_empty_partition_in_production(production: sandbox.Sandbox, tmp_path: Path) -> None:
    """As a second snapshot run leaves it, which purges the day and dies: nothing is run here that could tell."""
    s3, bucket = Clients(production.endpoint, production.region)("s3"), PROD.bucket(SNAPSHOT.zone)
    prefix = SNAPSHOT.partition_prefix(TABLES, datetime.now(UTC).date())
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
        s3.delete_object(Bucket=bucket, Key=item["Key"])
    played = play(production, tmp_path, "-D", "env=prod", "-D", f"tables={TABLES}", "--tags=@section-4")
    assert played.exit_code == 1, played.output
    assert played.verdict
    found = {s.step: s.finding for s in played.verdict.scenarios}["4.3.3"]
    assert found and found.code == "partition-without-data", played.output
    assert "the Data Catalog has today's partition of wards, and its folder is empty" in played.output


# -- local


def test_local_knows_nothing_of_the_users_aws(tmp_path: Path) -> None:
    """A home full of AWS configuration, variables too: none of it is read, and nobody is called but this machine."""
    home, log = tmp_path / "home", tmp_path / "watch.log"
    (home / ".aws" / "models" / "glue").mkdir(parents=True)
    (home / ".aws" / "config").write_text(
        "[default]\nendpoint_url = http://192.0.2.1:1\nregion = us-east-1\n"
    )
    (home / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = x\naws_secret_access_key = y\n"
    )
    canaries = {
        "AWS_PROFILE": "canary",
        "AWS_ENDPOINT_URL": "http://192.0.2.1:1",
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "credentials"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1:1/",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(home / ".aws" / "token"),
        "AWS_DATA_PATH": str(home / ".aws" / "models"),
        "HTTP_PROXY": "http://192.0.2.1:1",
        "HOME": str(home),
    }
    watch = {"PYTHONPATH": str(ROOT / "tests" / "watch"), "WATCH_LOG": str(log), "WATCHED": str(home)}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "behave", "-D", "ticket=DPP-426", "-D", "tables=enforcement_outcomes"),
            *("-D", f"reports={tmp_path / 'reports'}", BEGINNING, "features/1-api-ingestion"),
        ],
        cwd=ROOT,
        env=dict(os.environ) | canaries | watch,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = log.read_text().splitlines()
    assert "address 127.0.0.1" in seen  # the watch works
    assert {line for line in seen if line not in ("address 127.0.0.1", "address localhost")} == set()
