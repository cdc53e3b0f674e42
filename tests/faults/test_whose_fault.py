"""Whose fault it is: passing troubles are ridden out, AWS's refusals are errors, what the product lacks are failures.

All on one deployment on which the ticket has gone through the playbook once and left its test jobs (`keep`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.report.messages import reasons
from acceptance.verdict.model import Outcome, State
from tests import zones
from tests.faults.account import LOCAL, Account
from tests.faults.following import ends_green, remove
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
    deployed,
)
from tests.processes import ROOT

KEEP = ("-D", "keep=true", "-D", "fresh=true")  # nothing is gone on from that a fault before has ended
ACCESS = ("features/0-before-you-start/1-access.feature",)
SECTION_1 = ("features/1-api-ingestion",)
QUIET = "decision_levels"  # nothing of it has changed since its last import
Rule = dict[str, Any]


def feature(number: str) -> tuple[str, ...]:
    (path,) = ROOT.glob(f"features/*/{number}-*.feature")
    return (str(path.relative_to(ROOT)),)


FIRST_RUN = feature("1.2.1")


@dataclass(frozen=True)
class Fault:
    name: str
    outcome: Outcome  # of the run: PASSED, ERROR or FAILED
    told: tuple[str, ...] = ()  # words of the message
    rules: tuple[Rule, ...] = ()  # at the endpoint
    seed: Callable[[Deployment], AbstractContextManager[object]] = lambda deployment: nullcontext()
    play: tuple[str, ...] = SECTION_1
    tables: str = SOUND
    code: str = ""  # of the finding, where a scenario has it


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    for deployment in deployed(tmp_path_factory.mktemp("kept") / "reports"):
        played = deployment.play(*KEEP, tables=SOUND)
        assert played.exit_code == 0, played.output
        yield deployment


def take_away(deployment: Deployment, stage: Stage) -> Callable[[], None]:
    """The table as before its first run of the stage: where today's data is, no job starts. Gives what undoes it."""
    account = Account(deployment)
    rows = {key: account.read(stage, key) for key in account.keys(stage, SOUND)}
    remove_data(deployment, stage)

    def put_back() -> None:
        remove_data(deployment, stage)
        for key, found in rows.items():
            account.write(stage, key, found)
        account.crawl(stage)

    return put_back


def remove_data(deployment: Deployment, stage: Stage) -> None:
    account = Account(deployment)
    remove(account, f"all objects below s3://{LOCAL.bucket(stage.zone)}/{stage.prefix(SOUND)}")
    remove(account, f"catalog table {LOCAL.database(stage.zone)}.{stage.catalog_table(SOUND)}")


@contextmanager
def taken_away(deployment: Deployment, stage: Stage) -> Iterator[None]:
    put_back = take_away(deployment, stage)
    try:
        yield
    finally:
        put_back()


def starts_ingestion(fault: Fault) -> bool:
    return fault.play == SECTION_1 or fault.play[:1] == FIRST_RUN


def messages(played: Played) -> str:
    outcomes = (Outcome.FAILED, Outcome.ERROR, Outcome.BLOCKED)
    told = [reasons(s) for s in played.verdict.scenarios if s.outcome in outcomes]
    return "\n".join([*told, *played.verdict.problems])


# -- passing troubles


def answers(
    service: str, code: str, text: str, *actions: str, status: int = 400, times: int | None = 1
) -> tuple[Rule, ...]:
    """An error in place of an answer: the first `times` calls of each action."""
    body = {"Code": code, "Message": text} if service in ("s3", "sts") else {"__type": code, "message": text}
    rule = {"service": service, "status": status, "body": body, "times": times}
    return tuple({**rule, "action": action} for action in actions)


def once(fault: Rule, *actions: str) -> tuple[Rule, ...]:
    return tuple({**fault, "action": action, "times": 1} for action in actions)


def query_ends(state: str, reason: str, *, retryable: bool = False, times: int | None = None) -> Rule:
    """The outcome of queries, as BatchGetQueryExecution tells it."""
    status = {
        "State": state,
        "StateChangeReason": reason,
        "SubmissionDateTime": time.time(),
        "CompletionDateTime": time.time(),
        "AthenaError": {"ErrorCategory": 1, "ErrorType": 401, "Retryable": retryable},
    }
    return {
        "service": "athena",
        "action": "BatchGetQueryExecution",
        "altered": {"QueryExecutions": {"Status": status}},
        "times": times,
    }


STOPPING = {"Crawler": {"Name": INGESTION_CRAWLER, "State": "STOPPING"}}
THROTTLED, SLOW = ("ThrottlingException", "Rate exceeded"), ("SlowDown", "Please reduce your request rate.")
BUSY = ("ConcurrentRunsExceededException", "Concurrent runs exceeded for tascomi_api_ingestion")
CRAWLING = ("CrawlerRunningException", "Crawler with name tascomi-api-response-crawler has already started")
NO_LINES = {"service": "logs", "action": "FilterLogEvents", "status": 200, "body": {"events": []}}
INTERNAL = "GENERIC_INTERNAL_ERROR: Server refused connection"


@contextmanager
def as_spark_writes(deployment: Deployment) -> Iterator[None]:
    """Today's files in many objects, with INT96 timestamps and the markers of folders."""
    account = Account(deployment)
    sound = {
        (stage, key): account.read(stage, key)
        for stage in (RECAST, SNAPSHOT)
        for key in account.keys(stage, SOUND)
    }
    written: list[tuple[Stage, str]] = []
    for (stage, key), rows in sound.items():
        account.remove(stage, [key])
        for number in range(len(rows)):
            written.append((stage, f"{key}.{number:05}.parquet"))
            account.write(*written[-1], rows.slice(number, 1), use_deprecated_int96_timestamps=True)
        written.append((stage, f"{key.rsplit('/', 1)[0]}_$folder$"))
        account.s3.put_object(Bucket=LOCAL.bucket(stage.zone), Key=written[-1][1], Body=b"")
    try:
        yield
    finally:
        for stage, key in written:
            account.remove(stage, [key])
        for (stage, key), rows in sound.items():
            account.write(stage, key, rows)


RIDDEN_OUT = [
    Fault(
        "files as Spark writes them",
        Outcome.PASSED,
        seed=as_spark_writes,
        play=(f"--tags={' or '.join(f'@step-{step}' for step in ('3.2.3', '3.2.4', '4.3.3', '4.3.4'))}",),
    ),
    Fault(
        "throttling by Glue",
        Outcome.PASSED,
        rules=answers("glue", *THROTTLED, "ListJobs", "StartJobRun", "GetCrawler", "StartCrawler"),
    ),
    Fault(
        "throttling by Athena, the logs and STS",
        Outcome.PASSED,
        rules=(
            *answers("athena", "TooManyRequestsException", "Rate exceeded", "StartQueryExecution"),
            *answers("athena", *THROTTLED, "BatchGetQueryExecution", "GetQueryResults"),
            *answers("logs", *THROTTLED, "FilterLogEvents"),
            *answers("sts", "Throttling", "Rate exceeded", "GetCallerIdentity"),
        ),
    ),
    Fault(
        "throttling by S3",
        Outcome.PASSED,
        rules=answers("s3", *SLOW, "ListObjectsV2", "GetObject", "PutObject", "HeadBucket", status=503),
    ),
    Fault(
        "AWS itself fails",
        Outcome.PASSED,
        rules=(
            *answers("glue", "InternalServiceException", "?", "GetJob", "StartJobRun", status=500),
            *answers("athena", "InternalServerException", "?", "BatchGetQueryExecution", status=500),
            *answers("s3", "InternalError", "We encountered an internal error.", "GetObject", status=500),
            *answers("logs", "ServiceUnavailableException", "?", "FilterLogEvents", status=503),
        ),
    ),
    Fault(
        "connections are reset",
        Outcome.PASSED,
        rules=once({"reset": True}, "GetJobRuns", "GetCrawler", "BatchGetQueryExecution", "ListObjectsV2"),
    ),
    Fault(
        "answers are lost",
        Outcome.PASSED,
        rules=once(
            {"lost": True}, "PutObject", "UpdateJob", "StartJobRun", "StartCrawler", "StartQueryExecution"
        ),
    ),
    Fault(
        "the answer to CreateJob is lost",
        Outcome.PASSED,
        rules=once({"lost": True}, "CreateJob"),
        play=(*feature("1.1.2"), "-D", "ticket=DPP-500", "-D", "branch=DPP-426"),
    ),
    Fault(
        "the log of a run that had nothing to ask for comes late",
        Outcome.NOTHING_NEW,
        rules=({**NO_LINES, "times": 2},),
        play=feature("1.2.1"),
        tables=f"{SOUND},{QUIET}",
    ),
    Fault(
        "answers are slow",
        Outcome.PASSED,
        rules=once({"delay": 1.0}, "GetJobRuns", "GetCrawler", "BatchGetQueryExecution"),
    ),
    Fault(
        "somebody else's run has the job's place",
        Outcome.PASSED,
        rules=answers("glue", *BUSY, "StartJobRun", times=3),
        play=feature("1.2.1"),
    ),
    Fault(
        "somebody else has started the crawler",
        Outcome.PASSED,
        rules=(
            {"service": "glue", "action": "GetCrawler", "status": 200, "body": STOPPING, "times": 2},
            *answers("glue", *CRAWLING, "StartCrawler", times=2),
        ),
        play=feature("1.2.2"),
    ),
    Fault(
        "a query fails, and Athena says that it may be tried again",
        Outcome.PASSED,
        rules=(query_ends("FAILED", INTERNAL, retryable=True, times=1),),
        play=feature("1.2.4"),
    ),
]

# -- refusals and lasting troubles

NO_GROUP = ("InvalidRequestException", "WorkGroup planning is not found.")
NO_SQL = ("InvalidRequestException", "line 3:8: mismatched input 'FRM'. Expecting: <EOF>")
HIDDEN_COLUMN = (
    "COLUMN_NOT_FOUND: line 9:10: Column 'a.import_datetime' cannot be resolved or requester is not authorized to "
    "access requested resources"
)
HIDDEN_TABLE = (
    f"TABLE_NOT_FOUND: line 4:14: Table 'awsdatacatalog.{RAW_DATABASE}.api_response_{SOUND}' does not exist"
)
SPLIT = "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://dataplatform-stg-raw-zone/x: "

ERRORS = [
    Fault(
        "throttling has no end",
        Outcome.ERROR,
        ("AWS throttled ListJobs, 4 times: ThrottlingException: Rate exceeded", "Service Quotas"),
        rules=answers("glue", *THROTTLED, "ListJobs", times=None),
        play=feature("1.1.1"),
        code="throttled",
    ),
    Fault(
        "throttling by S3 has no end",
        Outcome.ERROR,
        ("AWS throttled ListObjectsV2, 4 times: SlowDown",),
        rules=answers("s3", *SLOW, "ListObjectsV2", status=503, times=None),
        play=feature("1.2.3"),
        code="throttled",
    ),
    Fault(
        "AWS itself fails for good",
        Outcome.ERROR,
        ("AWS itself failed on GetJob, 4 times: InternalServiceException", "AWS support"),
        rules=answers("glue", "InternalServiceException", "?", "GetJob", status=500, times=None),
        play=feature("1.1.1"),
        code="aws-failed",
    ),
    Fault(
        "no connection lasts",
        Outcome.ERROR,
        ("AWS could not be reached: ",),
        rules=({"service": "athena", "reset": True},),
        play=feature("1.2.4"),
        code="aws-not-reached",
    ),
    Fault(
        "the credentials expire",
        Outcome.ERROR,
        ("no longer valid (ExpiredTokenException on GetJobRuns)", "log in again"),
        rules=answers("glue", "ExpiredTokenException", "expired", "GetJobRuns", times=None),
        play=feature("1.2.1"),
        code="credentials-expired",
    ),
    Fault(
        "the credentials have expired",
        Outcome.ERROR,
        ("no longer valid (ExpiredToken on GetCallerIdentity)", "log in again"),
        rules=answers("sts", "ExpiredToken", "expired", "GetCallerIdentity", status=403, times=None),
        play=feature("1.1.1"),
    ),
    Fault(
        "a region without the workgroup",
        Outcome.ERROR,
        ("Athena refused GetWorkGroup: WorkGroup planning is not found.", "ask the Data Platform team"),
        rules=answers("athena", *NO_GROUP, "GetWorkGroup", times=None),
        play=ACCESS,
        code="workgroup-refused",
    ),
    Fault(
        "a region without the workgroup, queried",
        Outcome.ERROR,
        ("Athena refused StartQueryExecution: WorkGroup planning is not found.",),
        rules=answers("athena", *NO_GROUP, "StartQueryExecution", times=None),
        play=feature("1.2.4"),
        code="workgroup-refused",
    ),
    Fault(
        "Athena's queries fail inside",
        Outcome.ERROR,
        ("failed: GENERIC_INTERNAL_ERROR", "no finding about the product", "AWS support"),
        rules=(query_ends("FAILED", INTERNAL),),
        play=feature("1.2.4"),
        code="query-failed",
    ),
    Fault(
        "a query fails again",
        Outcome.ERROR,
        ("failed: GENERIC_INTERNAL_ERROR",),
        rules=(query_ends("FAILED", INTERNAL, retryable=True),),
        play=feature("2.3.4"),
        code="query-failed",
    ),
    Fault(
        "Athena may not read the data",
        Outcome.ERROR,
        ("Access Denied (Service: Amazon S3; Status Code: 403)", "ask the Data Platform team"),
        rules=(query_ends("FAILED", SPLIT + "Access Denied (Service: Amazon S3; Status Code: 403)"),),
        play=feature("1.2.4"),
        code="query-failed",
    ),
    Fault(
        "Lake Formation hides a column",
        Outcome.ERROR,
        (
            f"the Data Catalog has the column import_datetime of api_response_{SOUND}",
            "no finding about the product",
            "in Lake Formation",
        ),
        rules=(query_ends("FAILED", HIDDEN_COLUMN),),
        play=feature("1.2.4"),
        code="query-failed",
    ),
    Fault(
        "Lake Formation hides a table",
        Outcome.ERROR,
        (f"the Data Catalog has the table api_response_{SOUND}", "in Lake Formation"),
        rules=(query_ends("FAILED", HIDDEN_TABLE),),
        play=feature("1.2.4"),
        code="query-failed",
    ),
    Fault(
        "Athena does not understand a query",
        Outcome.ERROR,
        (
            "Athena does not take the suite's query for SQL: line 3:8: mismatched input",
            "a bug of the suite",
        ),
        rules=answers("athena", *NO_SQL, "StartQueryExecution", times=None),
        play=feature("1.2.4"),
        code="query-no-sql",
    ),
    Fault(
        "Athena is throttled by S3",
        Outcome.ERROR,
        ("Please reduce your request rate",),
        rules=(query_ends("FAILED", SPLIT + "Please reduce your request rate. (Error Code: SlowDown)"),),
        play=feature("1.2.4"),
        code="query-failed",
    ),
    Fault(
        "somebody else's run never ends",
        Outcome.ERROR,
        (f"{SOUND}: no run of {INGESTION_JOB}", "could be started after", "(deadline 3 s)"),
        rules=answers("glue", *BUSY, "StartJobRun", times=None),
        play=(*feature("1.2.1"), "-D", "deadline_minutes=0.05"),
        code="wait-expired",
    ),
    Fault(
        "somebody else's crawl never ends",
        Outcome.ERROR,
        (f"crawler {INGESTION_CRAWLER}: still STOPPING after 3 s (deadline 3 s); its newest crawl: ",),
        rules=({"service": "glue", "action": "GetCrawler", "status": 200, "body": STOPPING},),
        play=(*feature("1.2.2"), "-D", "deadline_minutes=0.05"),
        code="wait-expired",
    ),
]

# -- access denied, action by action: where it is needed

REFUSED = {
    "sts:GetCallerIdentity": "1.1.1",
    "glue:ListJobs": "1.1.1",
    "glue:GetJob": "1.1.1",
    "glue:GetTags": "1.1.2",
    "glue:TagResource": "1.1.2",
    "glue:UpdateJob": "2.2.1",
    "s3:CopyObject": "2.2.1",
    "s3:GetObject": "2.2.2",
    "s3:PutObject": "2.2.2",
    "s3:DeleteObject": "2.2.2",
    "glue:StartJobRun": "1.2.1",
    "glue:GetJobRuns": "1.2.1",
    "logs:FilterLogEvents": "1.2.1",
    "s3:ListObjectsV2": "1.2.1",
    "glue:GetCrawlers": "1.2.2",
    "glue:GetCrawler": "1.2.2",
    "glue:StartCrawler": "1.2.2",
    "glue:ListCrawls": "1.2.2",
    "glue:GetPartition": "1.2.2",
    "glue:GetTable": "1.2.3",
    "glue:GetPartitions": "4.3.4",
    "athena:StartQueryExecution": "1.2.4",
    "athena:BatchGetQueryExecution": "1.2.4",
    "athena:GetQueryResults": "1.2.4",
}
"""The features that stop for want of an action; the two of `1-access`, which asks for all at once, are below."""


OTHER_CODES = {
    "logs:FilterLogEvents": "log-missing",
    # told of the run itself, not of a scenario
    "sts:GetCallerIdentity": "",
    "s3:PutObject": "",
    "s3:DeleteObject": "",
}


def denied(action: str) -> Rule:
    service, name = action.split(":")
    code = "AccessDenied" if service in ("s3", "sts") else "AccessDeniedException"
    (rule,) = answers(service, code, "User is not authorized", name, status=403, times=None)
    return rule


DENIED = [
    Fault(
        f"denied: {action}",
        Outcome.ERROR,
        (action.split(":")[1],),
        (denied(action),),
        play=feature(number),
        tables=QUIET if action == "logs:FilterLogEvents" else SOUND,
        code=OTHER_CODES.get(action, "access-denied"),
    )
    for action, number in REFUSED.items()
] + [
    Fault(
        "denied: what the guide's reader needs",
        Outcome.ERROR,
        ("glue:GetTables", "athena:GetWorkGroup"),
        (denied("glue:GetTables"), denied("athena:GetWorkGroup")),
        play=ACCESS,
    ),
    Fault(
        "denied: s3:HeadBucket",
        Outcome.ERROR,
        (RAW_BUCKET, "s3:ListBucket", "iam/pre-production.json"),
        (denied("s3:HeadBucket"),),
        play=feature("1.1.1"),
    ),
    Fault(
        "denied: glue:CreateJob",
        Outcome.ERROR,
        ("CreateJob",),
        (denied("glue:CreateJob"),),
        play=(*feature("1.1.2"), "-D", "ticket=DPP-501", "-D", "branch=DPP-426"),
        code="access-denied",
    ),
    Fault(
        "denied: glue:DeleteJob",
        Outcome.ERROR,
        ("clean-up: ", "DeleteJob"),
        (denied("glue:DeleteJob"),),
        play=(*feature("1.1.2"), "-D", "ticket=DPP-502", "-D", "branch=DPP-426", "-D", "keep=false"),
    ),
    Fault(
        "denied: glue:ResetJobBookmark",
        Outcome.ERROR,
        ("ResetJobBookmark",),
        (denied("glue:ResetJobBookmark"),),
        seed=lambda deployment: taken_away(deployment, SNAPSHOT),
        play=feature("4.3.1"),
        code="access-denied",
    ),
]

# -- the product's


@contextmanager
def replaced(deployment: Deployment, bucket: str, key: str, body: bytes | None) -> Iterator[None]:
    """An object with other content, or gone."""
    s3 = deployment.client("s3")
    before = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    if body is None:
        s3.delete_object(Bucket=bucket, Key=key)
    else:
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=before)


@contextmanager
def second_job(deployment: Deployment) -> Iterator[None]:
    glue = deployment.client("glue")
    original = glue.get_job(JobName=INGESTION_JOB)["Job"]
    glue.create_job(Name="stg-tascomi-api-ingestion-old", Role=original["Role"], Command=original["Command"])
    try:
        yield
    finally:
        glue.delete_job(JobName="stg-tascomi-api-ingestion-old")


@contextmanager
def unreadable(deployment: Deployment) -> Iterator[None]:
    """Today's newest file of the API responses is no Parquet."""
    prefix = f"planning/tascomi/api-responses/{SOUND}/"
    found = deployment.client("s3").list_objects_v2(Bucket=RAW_BUCKET, Prefix=prefix)["Contents"]
    (key,) = {item["Key"] for item in found if item["Key"].endswith(".parquet")}
    with replaced(deployment, RAW_BUCKET, key, b"no Parquet"):
        yield


@contextmanager
def columns_gone(deployment: Deployment, *names: str) -> Iterator[None]:
    """The catalog's table of the API responses without some of its columns."""
    glue, where = deployment.client("glue"), {"DatabaseName": RAW_DATABASE}
    found = glue.get_table(**where, Name=f"api_response_{SOUND}")["Table"]
    before = {key: found[key] for key in ("Name", "Parameters", "PartitionKeys", "StorageDescriptor")}
    columns = [each for each in before["StorageDescriptor"]["Columns"] if each["Name"] not in names]
    lacking = {**before, "StorageDescriptor": {**before["StorageDescriptor"], "Columns": columns}}
    glue.update_table(**where, TableInput=lacking)
    try:
        yield
    finally:
        glue.update_table(**where, TableInput=before)


@contextmanager
def dropped(deployment: Deployment) -> Iterator[None]:
    """The increments' table is gone from the catalog."""
    account = Account(deployment)
    account.delete_table(RECAST, SOUND)
    try:
        yield
    finally:
        account.crawl(RECAST)


@contextmanager
def snapshot_purged(deployment: Deployment) -> Iterator[None]:
    """As a second run of the day leaves it: today's objects are gone, their partition is still registered."""
    account = Account(deployment)
    rows = {key: account.read(SNAPSHOT, key) for key in account.keys(SNAPSHOT, SOUND)}
    account.remove(SNAPSHOT, rows)
    try:
        yield
    finally:
        for key, found in rows.items():
            account.write(SNAPSHOT, key, found)


@contextmanager
def parsed_and_lost(deployment: Deployment) -> Iterator[None]:
    """Whatever has become of the responses since, the test job has parsed them, and its data is gone again."""
    with taken_away(deployment, PARSE):
        deployment.play(*KEEP, *feature("2.3.1"), tables=SOUND)
        remove_data(deployment, PARSE)
        yield


@contextmanager
def yesterday_not_crawled(deployment: Deployment) -> Iterator[None]:
    account = Account(deployment)
    day = account.today - timedelta(days=1)
    key = f"{INGESTION.partition_prefix(SOUND, day)}part-0.parquet"
    account.s3.put_object(Bucket=RAW_BUCKET, Key=key, Body=b"responses of yesterday")
    try:
        yield
    finally:
        account.remove(INGESTION, [key])


@contextmanager
def another_run(deployment: Deployment) -> Iterator[None]:
    """The deployed job is ingesting the table."""
    glue, text = deployment.client("glue"), b"import time\ntime.sleep(60)\n"
    with replaced(deployment, SCRIPTS, INGESTION_SCRIPT, text):
        run_id = glue.start_job_run(JobName=INGESTION_JOB, Arguments={"--resource": SOUND})["JobRunId"]
        try:
            yield
        finally:
            glue.batch_stop_job_run(JobName=INGESTION_JOB, JobRunIds=[run_id])


def script(text: str) -> Callable[[Deployment], AbstractContextManager[object]]:
    return lambda deployment: replaced(deployment, SCRIPTS, INGESTION_SCRIPT, text.encode())


PRODUCT = [
    Fault(
        "the branch is another's",
        Outcome.FAILED,
        ("the branch main does not refer to DPP-426",),
        play=("features/0-before-you-start/2-branch.feature", "-D", "branch=main"),
        code="branch-not-of-ticket",
    ),
    Fault(
        "two jobs",
        Outcome.FAILED,
        ("the API ingestion job is there more than once",),
        seed=second_job,
        play=feature("1.1.1"),
        code="job-ambiguous",
    ),
    Fault(
        "no script",
        Outcome.FAILED,
        ("the script of “stg tascomi_api_ingestion_planning” is not there",),
        seed=lambda deployment: replaced(deployment, SCRIPTS, INGESTION_SCRIPT, None),
        play=feature("1.1.1"),
        code="script-missing",
    ),
    Fault(
        "the job may not read its source",
        Outcome.FAILED,
        (f"{SOUND}: the job run ended as FAILED",),
        seed=script("raise RuntimeError('AccessDeniedException: the role may not read the secret')"),
        play=feature("1.2.1"),
        code="job-run-failed",
    ),
    Fault(
        "somebody has stopped the job run",
        Outcome.FAILED,
        (f"{SOUND}: the job run ended as STOPPED",),
        rules=(
            {"service": "glue", "action": "GetJobRuns", "altered": {"JobRuns": {"JobRunState": "STOPPED"}}},
        ),
        play=feature("1.2.1"),
        code="job-run-failed",
    ),
    Fault(
        "the job writes nothing",
        Outcome.FAILED,
        (f"{BROKEN}: the job run SUCCEEDED, but it has written no data",),
        seed=script("print('Number of pages to retrieve: 3')"),
        play=feature("1.2.1"),
        tables=BROKEN,
        code="data-not-written",
    ),
    Fault(
        "a file is no Parquet",
        Outcome.FAILED,
        (f"{SOUND}: Athena cannot read the data: HIVE_",),
        seed=unreadable,
        play=feature("1.2.4"),
        code="data-unreadable",
    ),
    Fault(
        "a column is gone from the catalog",
        Outcome.FAILED,
        (f"{SOUND}: the column import_datetime of api_response_{SOUND} is missing", "crawl them again"),
        seed=lambda deployment: columns_gone(deployment, "import_datetime"),
        play=feature("1.2.4"),
        code="column-missing",
    ),
    Fault(
        "a column is gone that only the checks read",
        Outcome.FAILED,
        (f"{SOUND}: the column import_api_status_code of api_response_{SOUND} is missing",),
        seed=lambda deployment: columns_gone(deployment, "import_api_status_code"),
        play=feature("1.2.4"),
        code="column-missing",
    ),
    Fault(
        "a second snapshot run has purged the day",
        Outcome.BLOCKED,
        ("is empty: the job would start from an empty snapshot",),
        seed=snapshot_purged,
        play=feature("4.3.1"),
        code="partition-without-data",
    ),
    Fault(
        "parsed data is gone that the bookmark has passed",
        Outcome.BLOCKED,
        (f"has read today's data of {SOUND} already and written nothing",),
        seed=parsed_and_lost,
        play=feature("2.3.1"),
        code="data-already-read",
    ),
    Fault(
        "responses of yesterday were never crawled",
        Outcome.BLOCKED,
        (f"{SOUND} has API responses of ", "the job would load their records a second time"),
        seed=yesterday_not_crawled,
        play=feature("1.2.1"),
        code="responses-not-crawled",
    ),
    Fault(
        "the deployed job is at work on the table",
        Outcome.BLOCKED,
        (f"is working on {SOUND} now",),
        seed=another_run,
        play=feature("1.2.1"),
        code="job-run-under-way",
    ),
    Fault(
        "a table is gone",
        Outcome.FAILED,
        (f"increment_{SOUND}",),
        seed=dropped,
        play=feature("3.2.3"),
        code="table-missing",
    ),
    Fault(
        "the table compared with is gone",
        Outcome.BLOCKED,
        (f"increment_{SOUND}",),
        seed=dropped,
        play=feature("4.3.3"),
        code="source-table-missing",
    ),
]


STATES = {Outcome.ERROR: State.ERROR, Outcome.FAILED: State.FAILED, Outcome.BLOCKED: State.BLOCKED}


@pytest.mark.xdist_group("whose fault")
@pytest.mark.parametrize("fault", [*RIDDEN_OUT, *ERRORS, *DENIED, *PRODUCT], ids=lambda fault: fault.name)
def test_whose_fault(kept: Deployment, fault: Fault, request: pytest.FixtureRequest) -> None:
    """With `--long`: following the advice of the run ends green."""
    sound: zones.Zones | None = (
        request.getfixturevalue("undisturbed") if request.config.getoption("long") else None
    )
    kept.box.clear()
    put_back = take_away(kept, INGESTION) if starts_ingestion(fault) else None
    kept.box.clear_calls()
    kept.box.faults(list(fault.rules))
    try:
        with fault.seed(kept):
            played = kept.play(*KEEP, *fault.play, tables=fault.tables)
        calls = Counter(call["action"] for call in kept.box.calls())
        by_parameter = any(word.startswith("branch=") for word in fault.play)  # which the advice repeats
        if sound and played.exit_code and not by_parameter:
            kept.box.clear()
            # where these tests put responses back, they are newer than what was parsed of them: one round for that
            ends_green(Account(kept), played.verdict, sound, rounds=2)
    finally:
        kept.box.clear()
        if put_back:
            put_back()
    verdict = played.verdict
    for rule in fault.rules:
        assert "action" not in rule or calls[rule["action"]] >= (rule.get("times") or 1)
    for words in fault.told:
        assert words in messages(played), played.output
    assert fault.code in {"", *(f.code for s in verdict.scenarios for f in s.findings)}, played.output
    if fault.outcome in (Outcome.PASSED, Outcome.NOTHING_NEW):
        assert verdict.state is State.PARTIAL, played.output  # a part of the playbook was played
        assert {s.outcome for s in verdict.scenarios} == {Outcome.PASSED, fault.outcome}
        assert played.exit_code == 0
        return
    assert verdict.state is STATES[fault.outcome], played.output
    assert all(verdict.count(other) == 0 for other in STATES.keys() - {fault.outcome, Outcome.BLOCKED}), (
        played.output
    )
    assert played.exit_code == 1


WITHOUT = {"service-quotas:ListServiceQuotas", "service-quotas:ListAWSDefaultServiceQuotas"}
"""Where these are refused, a run does without them (`tests/faults/test_section_1.py`)."""


@pytest.mark.xdist_group("healthy")
def test_each_action_of_a_whole_run_was_denied_once(healthy_calls: list[dict[str, Any]]) -> None:
    """So that the list above grows with the suite."""
    made = {f"{call['service']}:{call['action']}" for call in healthy_calls}
    refused = {rule["service"] + ":" + rule["action"] for fault in DENIED for rule in fault.rules}
    assert made
    assert made - refused - WITHOUT == set()
