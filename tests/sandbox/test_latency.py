"""A sandbox that takes as long as AWS does."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from sandbox.clients import Clients
from sandbox.latency import VARIABLE, Latency
from tests import sandboxes


@pytest.fixture(scope="module")
def slow() -> Iterator[Clients]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "call=0.1, job_run=1.5, crawl=1, query=0.8")
        with sandboxes.start(seed=False) as box:
            yield Clients(box.endpoint, box.region)


def test_a_call_takes_its_time(slow: Clients) -> None:
    began = time.monotonic()
    slow("glue").get_databases()
    assert time.monotonic() - began >= 0.1


def test_a_query_takes_its_time(slow: Clients) -> None:
    athena, began = slow("athena"), time.monotonic()
    query = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="planning")["QueryExecutionId"]
    while athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"] in (
        "QUEUED",
        "RUNNING",
    ):
        assert time.monotonic() - began < 60
        time.sleep(0.02)
    assert time.monotonic() - began >= 0.8
    (_, row) = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert row["Data"][0]["VarCharValue"] == "1"


def test_a_crawl_takes_its_time(slow: Clients) -> None:
    glue, began = slow("glue"), time.monotonic()
    glue.start_crawler(Name="tascomi-api-response-crawler")
    while glue.get_crawler(Name="tascomi-api-response-crawler")["Crawler"]["State"] != "READY":
        assert time.monotonic() - began < 60
        time.sleep(0.02)
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("text", ["call", "calls=1", "call=soon"])
def test_what_is_no_latency_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Latency.parse(text)
