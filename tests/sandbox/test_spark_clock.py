"""On a day that follows, Spark tells a script the sandbox's day, whatever it asks; what cannot be moved is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.clients import Clients
from tests import sandboxes
from tests.sandbox.test_spark import create, log, needs_spark, run

pytestmark = [needs_spark, pytest.mark.xdist_group("spark")]
DAYS = 2
SCRIPT = Path(__file__).with_name("spark_days.py")
REFUSED = [
    f"{kind}: On a day that follows" for kind in 2 * ["IllegalArgumentException"] + 3 * ["MachinesClock"]
]


@pytest.fixture(scope="module")
def told() -> Iterator[list[dict[str, Any]]]:
    """What each case came to on a later day, and then on the machine's, in the same Java process."""
    with sandboxes.start(seed=False) as box:
        clients = Clients(box.endpoint, box.region)
        box.begin_day(1 + DAYS, [])
        later = cases(clients)
        box.begin_day(1, [])
        yield [later, cases(clients)]


def cases(clients: Callable[[str], Any]) -> dict[str, Any]:
    done = run(clients, create(clients, SCRIPT.read_text("utf-8")))
    lines = [line.partition(" ") for line in log(clients, done["Id"])]
    assert done["JobRunState"] == "SUCCEEDED", done["ErrorMessage"]
    return {name: json.loads(value) for name, _, value in lines}


@pytest.mark.parametrize(
    "case",
    (
        "sql",
        "special_texts",
        "functions",
        "rows_of_the_day",
        "another_session",
        "workers",
        "values_through_workers",
    ),
)
def test_the_day_is_the_sandboxs(told: list[dict[str, Any]], case: str) -> None:
    today = datetime.now(UTC).date()
    later, now = ({each[:10] for each in cases[case]} for cases in told)
    assert (later, now) == ({str(today + timedelta(days=DAYS))}, {str(today)})


def test_a_query_has_one_moment_and_its_columns_their_names(told: list[dict[str, Any]]) -> None:
    names = ["current_timestamp()", "one", "other", "current_date()"]
    assert [cases["one_moment"] for cases in told] == [[names, 1]] * 2


def test_what_cannot_be_moved_is_refused(told: list[dict[str, Any]]) -> None:
    later, now = (cases["refused"] for cases in told)
    assert [each[: len(start)] for each, start in zip(later, REFUSED, strict=True)] == REFUSED
    assert [each for each in now if "On a day that follows" in each] == []
