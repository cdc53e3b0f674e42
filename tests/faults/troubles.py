"""Troubles of AWS: those that pass, refusals and lasting ones, and each action denied where it is needed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from acceptance.pipeline import RECAST, SNAPSHOT, Stage
from acceptance.verdict.model import Outcome
from tests.faults.account import LOCAL, Account
from tests.faults.whose_fault import (
    ACCESS,
    QUIET,
    Fault,
    Rule,
    feature,
    taken_away,
)
from tests.playing import (
    INGESTION_CRAWLER,
    INGESTION_JOB,
    RAW_BUCKET,
    RAW_DATABASE,
    SOUND,
    Deployment,
)

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
        noted=(
            rf"^increment_{SOUND} has [67]\d files of today: the types of 3\d were read$",
            rf"^{SOUND} has [67]\d files of today: the types of 3\d were read$",
        ),
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
    "s3:HeadObject": "6.4",
    "s3:GetBucketVersioning": "6.4",
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
