"""Sandboxes for the tests: one for all of a worker's, or one of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests import sandboxes


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """Shared: a test that leaves traces uses names of its own."""
    with sandboxes.start() as started:
        yield started


@pytest.fixture
def fresh_box() -> Iterator[Sandbox]:
    """A test's own, without the past days' data; a minute of a job's time-out lasts half a second."""
    with sandboxes.start(minute_seconds=0.5, seed=False) as started:
        yield started


@pytest.fixture(scope="session")
def clients(box: Sandbox) -> Callable[[str], Any]:
    """boto3 clients of the shared sandbox."""
    return Clients(box.endpoint, box.region)


@pytest.fixture
def fresh_clients(fresh_box: Sandbox) -> Callable[[str], Any]:
    return Clients(fresh_box.endpoint, fresh_box.region)
