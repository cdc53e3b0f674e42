"""Faults and the record of calls at the endpoint."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from sandbox.calls import identify
from sandbox.deployment import RAW, SCRIPTS
from sandbox.endpoint.http import Request
from sandbox.process import Sandbox

CRAWLER = "tascomi-api-response-crawler"
KEY = "scripts/planning/tascomi-column-type-dictionary.json"
THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}


@pytest.fixture
def once(box: Sandbox) -> Iterator[Callable[[str], Any]]:
    """Clients that try once."""
    session = boto3.Session("sandbox", "sandbox", region_name=box.region)
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    box.clear()
    yield lambda service: session.client(service, endpoint_url=box.endpoint, config=config)  # type: ignore[call-overload]
    box.clear()


def test_calls_are_recorded(box: Sandbox, once: Callable[[str], Any]) -> None:
    began = time.time()
    once("glue").get_crawler(Name=CRAWLER)
    once("s3").head_object(Bucket=SCRIPTS, Key=KEY)
    once("s3").list_objects_v2(Bucket=RAW, Prefix="nothing/")
    once("sts").get_caller_identity()
    calls = box.calls()
    assert all(began <= call.pop("time") <= time.time() for call in calls)
    assert calls == [
        {"service": "glue", "action": "GetCrawler", "resource": CRAWLER},
        {"service": "s3", "action": "HeadObject", "bucket": SCRIPTS, "key": KEY},
        {"service": "s3", "action": "ListObjectsV2", "bucket": RAW},
        {"service": "sts", "action": "GetCallerIdentity"},
    ]
    box.clear()
    assert box.calls() == []


def test_a_fault_for_a_number_of_times(box: Sandbox, once: Callable[[str], Any]) -> None:
    rule = {"service": "glue", "action": "GetCrawler", "times": 2, "status": 400, "body": THROTTLED}
    box.faults([rule])
    glue = once("glue")
    for _ in range(2):
        with pytest.raises(ClientError, match="Rate exceeded"):
            glue.get_crawler(Name=CRAWLER)
    assert glue.get_crawler(Name=CRAWLER)["Crawler"]["Name"] == CRAWLER
    assert len(box.calls()) == 3


def test_a_fault_for_some_only(box: Sandbox, once: Callable[[str], Any]) -> None:
    box.faults([{"service": "glue", "match": "other-crawler", "status": 400, "body": THROTTLED}])
    once("glue").get_crawler(Name=CRAWLER)
    with pytest.raises(ClientError):
        once("glue").get_crawler(Name="other-crawler")


def test_errors_of_s3_are_xml(box: Sandbox, once: Callable[[str], Any]) -> None:
    denied = {"Code": "AccessDenied", "Message": "Access Denied"}
    box.faults([{"service": "s3", "action": "GetObject", "match": KEY, "status": 403, "body": denied}])
    with pytest.raises(ClientError) as error:
        once("s3").get_object(Bucket=SCRIPTS, Key=KEY)
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_errors_of_sts_are_xml(box: Sandbox, once: Callable[[str], Any]) -> None:
    expired = {"Code": "ExpiredToken", "Message": "The security token included in the request is expired"}
    box.faults([{"service": "sts", "status": 403, "body": expired}])
    with pytest.raises(ClientError) as error:
        once("sts").get_caller_identity()
    assert error.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_delay_passes_the_call_on(box: Sandbox, once: Callable[[str], Any]) -> None:
    box.faults([{"service": "glue", "delay": 0.3, "times": 1}])
    began = time.perf_counter()
    assert once("glue").get_crawler(Name=CRAWLER)["Crawler"]["Name"] == CRAWLER
    assert time.perf_counter() - began >= 0.3


def test_a_connection_that_is_cut(box: Sandbox, once: Callable[[str], Any]) -> None:
    box.faults([{"service": "glue", "reset": True, "times": 1}])
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        once("glue").get_crawler(Name=CRAWLER)
    once("glue").get_crawler(Name=CRAWLER)


def test_the_sandboxs_own_calls_are_not_disturbed(box: Sandbox, once: Callable[[str], Any]) -> None:
    """Job scripts' included."""
    box.faults([{"service": "s3", "status": 500}, {"service": "secretsmanager", "status": 500}])
    glue = once("glue")
    job = "stg tascomi_api_ingestion_planning"
    run_id = glue.start_job_run(JobName=job, Arguments={"--resource": "wards"})["JobRunId"]
    until = time.monotonic() + 60
    while (run := glue.get_job_run(JobName=job, RunId=run_id)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert run["JobRunState"] == "SUCCEEDED"
    assert {call["service"] for call in box.calls()} == {"glue"}


def test_a_rule_that_is_wrong(box: Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as error:
        box.faults([{"servce": "glue"}])
    assert error.value.code == 400
    assert b"servce" in error.value.read()


@pytest.mark.parametrize(
    ("method", "target", "action"),
    [
        ("GET", "/", "ListBuckets"),
        ("PUT", "/b", "CreateBucket"),
        ("GET", "/b?list-type=2&prefix=x", "ListObjectsV2"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("PUT", "/b/k", "PutObject"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload"),
        ("DELETE", "/b/k", "DeleteObject"),
    ],
)
def test_s3_calls_by_name(method: str, target: str, action: str) -> None:
    assert identify(Request(method, target)).action == action
