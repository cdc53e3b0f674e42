"""A deployment that tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.playing import Deployment, deployed


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A healthy deployment on which nothing of the ticket is ever done: for runs that are blocked."""
    yield from deployed(tmp_path_factory.mktemp("untouched") / "reports")
