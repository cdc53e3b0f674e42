"""One healthy run of the whole playbook, for all tests that look at what such a run does or leaves.

Tests that use it are marked `xdist_group("healthy")`, so that one worker runs them all and the playbook is played once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from _pytest.nodeid import NodeId

from tests import processes
from tests.playing import Deployment, Played, deployed


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of a group together.

    pytest-xdist 3.8 appends the group to the test's id where pytest 9.2 no longer looks for it: without this, each
    worker would make what a group shares.
    """
    if not getattr(config.option, "loadgroup", False):  # pytest-xdist sets it, in its workers
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")


@pytest.fixture(scope="session", autouse=True)
def warm_process() -> Iterator[None]:
    """The process that runs are forked from ends with the tests."""
    yield
    processes.stop_warm_process()


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that nobody breaks."""
    yield from deployed(tmp_path_factory.mktemp("healthy"))


@pytest.fixture(scope="session")
def healthy_run(healthy: Deployment) -> Played:
    """The playbook played on it, from the first feature to the last, for two tables."""
    return healthy.play()
