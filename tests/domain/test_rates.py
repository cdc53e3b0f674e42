"""AWS's published rates are kept, whoever calls: on a clock that does not wait, and by what a sandbox has recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.aws import parallel
from acceptance.aws.athena import Athena
from acceptance.aws.console_links import Links
from acceptance.aws.rates import PUBLISHED, Pace, Rate
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock
from acceptance.environments import ENVIRONMENTS
from sandbox.process import Sandbox
from tests import sandboxes
from tests.aws import connect
from tests.clocks import FastClock
from tests.policies import ROOT

LOCAL = ENVIRONMENTS["local"]
LISTED = {
    "cloudwatch-logs": "logs"
}  # services as the sandbox names them, where botocore's events do otherwise


def excess(times: Iterable[float], rate: Rate) -> float:
    """By how many calls any stretch of time has more than `burst` and `per_second` for its length; 0 for none."""
    most = filled = 0.0
    ordered = sorted(times)
    for earlier, later in pairwise([ordered[0], *ordered] if ordered else []):
        filled = max(0.0, filled - (later - earlier) * rate.per_second) + 1
        most = max(most, filled - rate.burst)
    return most


def test_what_exceeds_a_rate_is_counted() -> None:
    rate = Rate(per_second=10, burst=2)
    assert excess([], rate) == 0
    assert excess([5, 5, 5.1, 5.2], rate) == pytest.approx(0)
    assert excess([5, 5, 5.05, 5.1, 9], rate) == pytest.approx(1)
    assert excess([5, 9, 9, 9, 9], rate) == pytest.approx(2)


RATES = st.builds(Rate, st.floats(0.5, 200), st.floats(1, 200))
PAUSES = st.lists(st.one_of(st.just(0.0), st.floats(0, 3)), min_size=1, max_size=200)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(RATES, PAUSES)
def test_calls_never_exceed_the_burst_and_the_rate(rate: Rate, pauses: list[float]) -> None:
    clock = FastClock()
    pace, left = Pace(rate, clock), []
    for pause in pauses:
        clock.sleep(pause)
        pace()
        left.append(clock.monotonic())
    assert excess(left, rate) < 1e-6


@settings(max_examples=100, deadline=None, derandomize=True)
@given(RATES, PAUSES)
def test_nobody_waits_who_keeps_the_rate(rate: Rate, pauses: list[float]) -> None:
    clock = FastClock()
    pace = Pace(rate, clock)
    for _ in range(int(rate.burst)):
        pace()
    for pause in pauses:
        clock.passed += 1.001 / rate.per_second + pause
        pace()
    assert max(clock.naps, default=0) < 1e-9


def test_a_limit_without_a_burst_is_kept_in_any_second() -> None:
    rate = Rate.without_burst(5)
    assert rate.burst + rate.per_second * 1 == 5


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandboxes.start(seed=False) as started:
        yield started


@pytest.fixture
def aws(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    aws = connect(box, monkeypatch)
    box.clear()
    yield aws
    box.clear()


def recorded(calls: Iterable[dict[str, Any]]) -> dict[str, list[float]]:
    """When the calls of each limited action arrived."""
    times: dict[str, list[float]] = {action: [] for action in PUBLISHED}
    for call in calls:
        for action, arrived in times.items():
            service, _, name = action.partition(".")
            if (LISTED.get(service, service), name) == (call["service"], call["action"]):
                arrived.append(call["time"])
    return times


def assert_within(calls: Iterable[dict[str, Any]]) -> None:
    over = {action: excess(times, PUBLISHED[action]) for action, times in recorded(calls).items()}
    assert {action: by for action, by in over.items() if by} == {}


def test_the_calls_of_fifty_tables_keep_the_published_rates(box: Sandbox, aws: Aws) -> None:
    """As many at once as the suite makes, answered at once; clients of each kind, pyathena's with them."""
    running = {"QueryExecution": {"QueryExecutionId": "q", "Status": {"State": "RUNNING"}}}
    answers: list[tuple[str, dict[str, Any]]] = [
        ("StartQueryExecution", {"QueryExecutionId": "q"}),
        ("StopQueryExecution", {}),
        ("BatchGetQueryExecution", {"QueryExecutions": []}),
        ("GetQueryExecution", running),
        ("GetQueryResults", {"ResultSet": {"Rows": []}}),
        ("FilterLogEvents", {"events": []}),
    ]
    box.faults([{"action": action, "status": 200, "body": body} for action, body in answers])
    athena = Athena(aws, LOCAL, Links(LOCAL), Clock())
    calls = [
        *[partial(athena.connection.client.start_query_execution, QueryString="SELECT 1")] * 40,
        *[partial(aws.athena.start_query_execution, QueryString="SELECT 1")] * 60,
        *[partial(aws.athena.stop_query_execution, QueryExecutionId="q")] * 100,
        *[partial(aws.athena.batch_get_query_execution, QueryExecutionIds=["q"])] * 50,
        *[partial(aws.athena.get_query_execution, QueryExecutionId="q")] * 400,
        *[partial(aws.athena.get_query_results, QueryExecutionId="q")] * 300,
        *[partial(aws.logs.filter_log_events, logGroupName="g")] * 8,
    ]
    pools = [[call for call in calls if call.func == of] for of in dict.fromkeys(call.func for call in calls)]
    parallel.each(lambda pool: parallel.each(lambda call: call(), pool), pools)
    athena.close()
    assert_within(box.calls())
    assert {action: len(times) for action, times in recorded(box.calls()).items()} == {
        "athena.StartQueryExecution": 100,
        "athena.StopQueryExecution": 100,
        "athena.BatchGetQueryExecution": 50,
        "athena.GetQueryExecution": 400,
        "athena.GetQueryResults": 300,
        "cloudwatch-logs.FilterLogEvents": 8,
    }


def test_calls_that_are_tried_again_keep_the_rate_too(box: Sandbox, aws: Aws) -> None:
    """Two at once, on a clock that stands still: of four requests, two wait."""
    throttled = {"__type": "ThrottlingException", "message": "Rate exceeded"}
    box.faults([{"action": "FilterLogEvents", "status": 400, "body": throttled, "times": 1}])
    clock = FastClock()
    logs = Aws(LOCAL, clock).logs
    for _ in range(3):
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            logs.filter_log_events(logGroupName="no-such-group")
    assert clock.naps == [pytest.approx(0.5), pytest.approx(0.5)]


@pytest.mark.xdist_group("healthy")
def test_a_run_keeps_the_published_rates(healthy_calls: list[dict[str, Any]]) -> None:
    assert sum(call["action"] == "StartQueryExecution" for call in healthy_calls) > 10
    assert_within(healthy_calls)


def test_no_client_is_built_beside_the_one_place() -> None:
    """And nobody sleeps but in the one place."""
    sources = [
        path for folder in ("acceptance", "harness", "steps") for path in (ROOT / folder).rglob("*.py")
    ]
    assert {path.name for path in sources if "import boto3" in path.read_text()} == {"session.py"}
    assert {path.name for path in sources if "time.sleep" in path.read_text()} == {"waiting.py"}
