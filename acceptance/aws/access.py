"""Whether the caller may do what the playbook needs, reported all at once and before anything is started."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from botocore.exceptions import ClientError

from acceptance.aws.identity import Identity
from acceptance.aws.permissions import granted, policy
from acceptance.aws.session import Aws
from acceptance.environments import Environment, Zone
from acceptance.error_codes import DENIED
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure, SuiteError


class AccessMissing(SuiteError):
    """Permissions that the caller lacks: nothing is said of the product."""

    code = "access-missing"


def evidence(identity: Identity, environment: Environment) -> Evidence:
    facts = {"Environment": environment.title, "Region": environment.region, "Account": identity.account}
    return Evidence(Kind.ACCOUNT, identity.caller, facts)


def refusals(aws: Aws, environment: Environment) -> list[str]:
    """The actions that are refused, of those that the environment's policy grants, each tried by a harmless call."""
    probes: dict[str, Callable[[], object]] = {
        "glue:ListJobs": partial(aws.glue.list_jobs, MaxResults=1),
        "glue:GetCrawlers": partial(aws.glue.get_crawlers, MaxResults=1),
        "athena:GetWorkGroup": partial(aws.athena.get_work_group, WorkGroup=environment.workgroup),
    }
    for zone in Zone:
        database, bucket = environment.database(zone), environment.bucket(zone)
        tables = partial(aws.glue.get_tables, DatabaseName=database, MaxResults=1)
        probes[f"glue:GetTables on {database}"] = tables
        probes[f"s3:ListBucket on {bucket}"] = partial(aws.s3.list_objects_v2, Bucket=bucket, MaxKeys=1)
    needed = granted(environment)
    return [told for told, probe in probes.items() if told.split()[0] in needed and _refused(probe)]


def _refused(probe: Callable[[], object]) -> bool:
    try:
        probe()
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            return True
        raise
    return False


def nothing_refused(refused: list[str], environment: Environment) -> None:
    if refused:
        raise AccessMissing(
            f"access denied to {', '.join(refused)}; ask the Data Platform team for a role that allows them all: "
            f"{policy(environment)} is the policy for it"
        )


def workgroup_is_set_up(aws: Aws, environment: Environment) -> None:
    """The workgroup enforces a result location of its own: queries of the pipeline's readers go through it."""
    group = aws.athena.get_work_group(WorkGroup=environment.workgroup)["WorkGroup"]
    configuration = group.get("Configuration", {})
    place = configuration.get("ResultConfiguration", {}).get("OutputLocation", "")
    if group.get("State") == "ENABLED" and place and configuration.get("EnforceWorkGroupConfiguration"):
        return
    raise Failure(
        "workgroup-not-set-up",
        f"the Athena workgroup {environment.workgroup} is not set up",
        expected="an enabled workgroup that enforces its own place for results",
        observed=f"state {group.get('State', 'unknown')}, results in {place or 'no place'}, "
        f"{'enforced' if configuration.get('EnforceWorkGroupConfiguration') else 'not enforced'}",
        look=f"the Athena workgroups in {environment.region}",
        do="have it deployed anew",
    )
