"""The policies of `iam/` grant what runs call, and nothing else."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from acceptance.aws import access
from acceptance.aws.athena import Athena
from acceptance.aws.console_links import Links
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock
from acceptance.environments import ENVIRONMENTS
from acceptance.privacy.errors_in_words import explain
from acceptance.verdict.model import Outcome
from tests.aws import connect
from tests.faults.test_interruptions import own_jobs, start_and_wait_for_a_run
from tests.playing import BROKEN, INGESTION_SCRIPT, SOUND, Deployment, deployed
from tests.policies import ROOT, Policy

pytestmark = pytest.mark.xdist_group("permissions")

LOCAL = ENVIRONMENTS["local"]
PRE_PRODUCTION = "iam/pre-production.json"
UNSEEN = {
    "glue:GetTableVersions": "no table in use has been described anew: see the tests of the way back",
    "athena:StopQueryExecution": "a query is stopped at its deadline, which is ten minutes away",
    "glue:GetTriggers": "they are read on the evening of a release, in tests/faults/test_section_6.py",
    "iam:ListAccountAliases": "the sandbox's account is not asked for its name; production's is, in test_guards",
}
"""Actions that no run of these takes, with the reason."""
WITHOUT_RESOURCES = {
    "glue:ListJobs",
    "glue:GetCrawlers",
    "glue:GetTriggers",
    "iam:ListAccountAliases",
    "servicequotas:ListServiceQuotas",
    "servicequotas:ListAWSDefaultServiceQuotas",
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from deployed(tmp_path_factory.mktemp("permissions") / "reports")


@pytest.fixture(scope="module")
def calls(deployment: Deployment) -> list[dict[str, Any]]:
    """All calls of a run with a failure, one on tables in use whose jobs are kept, an interrupted one, the sweep."""
    deployment.box.api_faults([{"resource": BROKEN, "page": 2, "status": 500}])
    deployment.box.clear()
    played = deployment.play("-D", "keep=true", tables=f"{BROKEN},{SOUND},wards")
    assert played.scenario("1.2.4", BROKEN).outcome is Outcome.FAILED
    played.passes(SOUND)
    recorded = deployment.box.calls()
    assert len(own_jobs(deployment)) == 4
    deployment.box.clear()
    process = start_and_wait_for_a_run(deployment, tables="enforcement_actions_taken")
    process.send_signal(signal.SIGTERM)
    deployment.end(process)
    recorded += [call for call in deployment.box.calls() if not watching(call)]
    assert own_jobs(deployment)
    deployment.box.clear()
    assert deployment.sweep("--yes").exit_code == 0
    assert own_jobs(deployment) == []
    return recorded + deployment.box.calls()


def watching(call: dict[str, Any]) -> bool:
    """Calls of the test itself, which changes the script and waits for the run."""
    return (call["action"], call.get("key")) == ("PutObject", INGESTION_SCRIPT)


def test_nothing_is_missing(calls: list[dict[str, Any]]) -> None:
    missing = Policy.read(PRE_PRODUCTION).missing(calls)
    # that the other environment's buckets are not this account's is what a refusal tells as well
    assert {pair for pair in missing if not pair[1].startswith("arn:aws:s3:::dataplatform-prod-")} == set()


@pytest.mark.long
def test_nothing_is_granted_in_vain(calls: list[dict[str, Any]]) -> None:
    assert Policy.read(PRE_PRODUCTION).unused(calls) == set(UNSEEN)


@pytest.mark.parametrize("name", [PRE_PRODUCTION, "iam/production.json", "iam/rollback.json"])
def test_a_policy_is_well_formed(name: str) -> None:
    """IAM's grammar, as far as it is used (IAM user guide, "Grammar of the IAM JSON policy language")."""
    text = (ROOT / name).read_text("utf-8")
    assert len("".join(text.split())) < 6144  # characters of a managed policy, white space apart
    statements = json.loads(text)["Statement"]
    sids = [statement["Sid"] for statement in statements]
    assert len(set(sids)) == len(sids)
    for statement in statements:
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Sid"].isalnum() and statement["Effect"] == "Allow"
        assert all(":" in action and "*" not in action for action in statement["Action"])
        resources = statement["Resource"]
        named = [resources] if isinstance(resources, str) else resources
        if named == ["*"]:
            assert set(statement["Action"]) <= WITHOUT_RESOURCES
        else:
            assert all(len(arn.split(":", 5)) == 6 and arn.startswith("arn:aws:") for arn in named)


def test_production_grants_no_change() -> None:
    granted = {
        action for statement in Policy.read("iam/production.json").own for action in statement["Action"]
    }
    verbs = {action.split(":")[1] for action in granted}
    assert {verb for verb in verbs if not verb.startswith(("Get", "List", "BatchGet"))} == {
        "StartQueryExecution",
        "StopQueryExecution",
    }


@pytest.fixture
def aws(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The suite's clients in this process."""
    yield connect(deployment.box, monkeypatch)
    deployment.box.clear()


CALLS: dict[str, tuple[Callable[[Any], object], str]] = {
    "StartJobRun": (lambda aws: aws.glue.start_job_run(JobName="x"), "glue:StartJobRun"),
    "CopyObject": (
        lambda aws: aws.s3.copy_object(Bucket="b", Key="k", CopySource={"Bucket": "b", "Key": "l"}),
        "s3:GetObject and s3:PutObject",
    ),
    "HeadObject": (lambda aws: aws.s3.head_object(Bucket="b", Key="k"), "s3:GetObject"),
    "FilterLogEvents": (lambda aws: aws.logs.filter_log_events(logGroupName="x"), "logs:FilterLogEvents"),
    "StartQueryExecution": (
        lambda aws: Athena(aws, LOCAL, Links(LOCAL), Clock()).start("SELECT 1"),
        "athena:StartQueryExecution",
    ),
}


@pytest.mark.parametrize("action", CALLS)
def test_a_refusal_names_the_action_and_the_policy(deployment: Deployment, aws: Aws, action: str) -> None:
    call, needed = CALLS[action]
    refused = {
        "__type": "AccessDeniedException",
        "Code": "AccessDenied",
        "Message": "User x is not authorized",
    }
    deployment.box.faults([{"action": action, "status": 403, "body": refused}])
    with pytest.raises(Exception) as refusal:
        call(aws)
    told = explain(refusal.value)
    assert f"({needed} is missing; {PRE_PRODUCTION} grants it)" in told
    assert "ask the Data Platform team" in told


def test_the_access_check_names_all_that_is_missing(deployment: Deployment, aws: Aws) -> None:
    refused = {"__type": "AccessDeniedException", "Message": "User x is not authorized"}
    actions = ("GetTables", "GetCrawlers")
    deployment.box.faults([{"action": action, "status": 400, "body": refused} for action in actions])
    assert access.refusals(aws, ENVIRONMENTS["stg"]) == [
        "glue:GetCrawlers",
        "glue:GetTables on dataplatform-stg-tascomi-raw-zone",
        "glue:GetTables on dataplatform-stg-tascomi-refined-zone",
    ]
    with pytest.raises(access.AccessMissing, match=f"{PRE_PRODUCTION} is the policy for it"):
        access.nothing_refused(["glue:GetCrawlers"], LOCAL)
