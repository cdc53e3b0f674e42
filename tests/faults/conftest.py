"""Deployments to break: of a test's own, and the one of many tables (`tests.faults.chain`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.findings import DayOver
from acceptance.pipeline import Stage
from tests import zones
from tests.faults import chain as chains
from tests.faults import tampering
from tests.faults.account import LOCAL, Account
from tests.faults.following import ends_green
from tests.playing import Deployment, Played, deployed
from tests.restoring import State, stop_breaking
from tests.whole_account import WholeAccount


@pytest.fixture
def shared(
    shared: Deployment, standing: tuple[Deployment, State], request: pytest.FixtureRequest
) -> Iterator[Deployment]:
    """With `--long`: after the test, the cause is gone, and following the advice of its last run ends green."""
    if not request.config.getoption("long"):
        yield shared
        return
    undisturbed: zones.Zones = request.getfixturevalue("undisturbed")
    yield shared
    verdict = shared.verdict()
    codes = {finding.code for scenario in verdict.scenarios for finding in scenario.findings}
    if verdict.exit_code and DayOver.code not in codes:  # whose advice is for the next day
        stop_breaking(shared)
        standing[1].fix(shared)
        ends_green(Account(shared), verdict, undisturbed)


@pytest.fixture
def bare_deployment(tmp_path: Path) -> Iterator[Deployment]:
    """One on which nothing has ever run."""
    yield from deployed(tmp_path / "reports", seed=False)


@pytest.fixture
def hurried_deployment(tmp_path: Path) -> Iterator[Deployment]:
    """One whose job time-outs pass sixty times as fast."""
    yield from deployed(tmp_path / "reports", minute_seconds=1)


# -- many tables, each broken in its own way, on one deployment (`tests.faults.chain`)


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[chains.Chain]:
    """Other tables are there only where the whole playbook is played, which compares them too."""
    folder = tmp_path_factory.mktemp("chain")
    for deployment in deployed(folder / "reports", seed=pytestconfig.getoption("long")):
        made = chains.make(deployment, folder / "checkout")
        made.before = WholeAccount.look(deployment.client, LOCAL)
        yield made


@pytest.fixture(scope="session")
def whole(chain: chains.Chain) -> Played:
    """The run over all tables."""
    return chain.play(*(f"features/{section}" for section in chains.SECTIONS))


@pytest.fixture(scope="session")
def tampered(chain: chains.Chain, whole: Played) -> dict[Stage, Played]:
    """What is found, stage by stage, once the tables' descriptions and files were tampered with."""
    return tampering.tamper(chain)


@pytest.fixture(scope="session")
def crawled(chain: chains.Chain, tampered: dict[Stage, Played]) -> dict[str, Played]:
    """Crawls that fail, that do not happen, that leave a table out."""
    return {
        "failed": tampering.fail_crawls(chain),
        "swallowed": tampering.swallow_crawls(chain),
        "misplaced": tampering.misplace_partitions(chain),
    }


@pytest.fixture(scope="session")
def runs_failed(chain: chains.Chain, crawled: dict[str, Played]) -> Played:
    return tampering.fail_runs(chain)
