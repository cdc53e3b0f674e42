"""Deployments that tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.conftest import deployment
from tests.playing import Deployment, deployed

__all__ = ["deployment"]


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A healthy deployment on which nothing of the ticket is ever done: for runs that are blocked."""
    yield from deployed(tmp_path_factory.mktemp("untouched") / "reports")
