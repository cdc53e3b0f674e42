"""One healthy run of the whole playbook, for all tests that look at what such a run does or leaves.

Tests that use it are marked `xdist_group("healthy")`, so that one worker runs them all and the playbook is played once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.conftest import Deployment, Played, deployed


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that nobody breaks."""
    yield from deployed(tmp_path_factory.mktemp("healthy"))


@pytest.fixture(scope="session")
def healthy_run(healthy: Deployment) -> Played:
    """The playbook played on it, from the first feature to the last, for two tables."""
    return healthy.play()
