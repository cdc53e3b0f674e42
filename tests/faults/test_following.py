"""After each seeded fault: its cause is fixed, and nothing else; then what the runs advise is done to the letter.

It ends green, and the zones hold what those of a twin hold that was never broken.
"""

from __future__ import annotations

import pytest

from acceptance.pipeline import Stage
from acceptance.verdict import State, Verdict
from acceptance.verdict import read as read_verdict
from tests import zones
from tests.faults import chain as chains
from tests.faults.following import follow
from tests.faults.seeded import FIXED
from tests.playing import Played, deployed

pytestmark = pytest.mark.xdist_group("chain")


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> zones.Zones:
    """The zones of a deployment on which nothing was ever broken."""
    folder = tmp_path_factory.mktemp("twin")
    for deployment in deployed(folder / "reports"):
        sound = chains.make_sound(deployment, folder / "checkout", FIXED)
        played = sound.play(tables=FIXED)
        assert played.verdict.state is State.PASSED, played.output
        return zones.look(deployment.client, FIXED)
    raise AssertionError("no deployment")


def test_advice_ends_green(
    chain: chains.Chain,
    whole: Played,
    tampered: dict[Stage, Played],
    crawled: dict[str, Played],
    runs_failed: Played,
    twin: zones.Zones,
) -> None:
    chains.fix(chain)
    broken = [whole, *tampered.values(), *crawled.values(), runs_failed]
    follow(chain, *(played.verdict for played in broken))
    # crawls since the tables were tampered with have made tables of other names, which only now come to light
    end = follow(chain, newest(chain))
    assert end.exit_code == 0, end.output
    assert newest(chain).state is State.PASSED
    there = zones.look(chain.deployment.client, FIXED)
    others = [
        f"{place}: {zones.compared(there.get(place), twin.get(place))}"
        for place in zones.differing(there, twin)
    ]
    assert others == [], "\n".join(others)


def newest(chain: chains.Chain) -> Verdict:
    runs = sorted(chain.deployment.reports.glob("*/*/verdict.json"), key=lambda path: path.stat().st_mtime_ns)
    return read_verdict(runs[-1])
