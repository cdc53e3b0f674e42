"""Deployments for the tests. Tests that share one are marked as an `xdist_group`, so that one worker runs them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import processes, zones
from tests.playing import Deployment, Played, deployed
from tests.restoring import State, restored


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="play the tests that are marked as long, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes, and of which a part is always played."""
    if config.getoption("long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="played with --long"))


@pytest.fixture(scope="session", autouse=True)
def warm_processes() -> Iterator[None]:
    """The processes that runs and sandboxes are forked from end with the tests."""
    yield
    processes.stop_warm_processes()


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment that nobody breaks."""
    yield from deployed(tmp_path_factory.mktemp("healthy"))


@pytest.fixture(scope="session")
def healthy_play(healthy: Deployment) -> tuple[Played, list[dict[str, Any]]]:
    healthy.box.clear_calls()
    return healthy.end(healthy.start(cold=True)), healthy.box.calls()


@pytest.fixture(scope="session")
def healthy_run(healthy_play: tuple[Played, list[dict[str, Any]]]) -> Played:
    """The playbook played on it, from the first feature to the last, for two tables: as a user does, from nothing."""
    played, _ = healthy_play
    return played


@pytest.fixture(scope="session")
def healthy_calls(healthy_play: tuple[Played, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What that run has called."""
    _, calls = healthy_play
    return calls


NEW = (
    "enforcement_outcomes",
    "enforcement_breaches",
    "enforcement_actions_taken",
    "enforcement_breach_details",
)
IN_USE = ("wards", "fee_types", "emails", "committees")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> zones.Zones:
    """The zones after one run of the whole playbook. Both versions of the snapshot script make the same of it."""
    for deployment in deployed(tmp_path_factory.mktemp("undisturbed")):
        played = deployment.play(tables=",".join((*NEW, *IN_USE)))
        assert played.exit_code == 0, played.output
        return zones.look(deployment.client, (*NEW, *IN_USE))
    raise AssertionError("no deployment")


# -- deployments to break


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A healthy deployment of its own for the test."""
    yield from deployed(tmp_path / "reports")


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Deployment, State]]:
    """A deployment, and how it was when it was new."""
    for deployment in deployed(tmp_path_factory.mktemp("standing") / "reports"):
        yield deployment, State.of(deployment)


@pytest.fixture
def shared(standing: tuple[Deployment, State], tmp_path: Path) -> Iterator[Deployment]:
    """A healthy deployment for one test after the other (`xdist_group("shared")`), each of which finds it as new."""
    deployment, new = standing
    with restored(deployment, new):
        yield replace(deployment, reports=tmp_path / "reports")
