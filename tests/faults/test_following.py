"""After each seeded fault: its cause is fixed, and nothing else; then what the runs advise is done to the letter.

It ends green, and the zones hold what those of a twin hold that was never broken.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from acceptance.branch.checkout import SCRIPTS
from acceptance.pipeline import PARSE, RECAST, SNAPSHOT, Stage
from acceptance.report import messages
from acceptance.verdict.model import Outcome, State
from tests import zones
from tests.faults import chain as chains
from tests.faults.account import LOCAL, Account
from tests.faults.checkouts import Checkout
from tests.faults.following import ends_green, follow, remove
from tests.faults.seeded import FIXED, LOST_OR_HELD_BACK
from tests.playing import INGESTION_CRAWLER, Played, deployed

KEEP = ("-D", "keep=true")

# -- the faults of data, scripts, descriptions, crawls and job runs


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


@pytest.mark.long
@pytest.mark.xdist_group("chain")
def test_advice_ends_green(request: pytest.FixtureRequest) -> None:
    """All faults of the chain at once."""
    chain: chains.Chain = request.getfixturevalue("chain")
    whole: Played = request.getfixturevalue("whole")
    tampered: dict[Stage, Played] = request.getfixturevalue("tampered")
    crawled: dict[str, Played] = request.getfixturevalue("crawled")
    runs_failed: Played = request.getfixturevalue("runs_failed")
    twin: zones.Zones = request.getfixturevalue("twin")
    chains.fix(chain)
    broken = [whole, *tampered.values(), *crawled.values(), runs_failed]
    follow(chain, *(played.verdict for played in broken))
    # crawls since the tables were tampered with have made tables of other names, which only now come to light
    follow(chain, chain.deployment.verdict())
    found = chain.deployment.verdict().scenarios
    left = {s.table: messages.reasons(s) for s in found if s.outcome is not Outcome.PASSED}
    assert left.keys() == set(LOST_OR_HELD_BACK), left
    there = zones.look(chain.deployment.client, FIXED)
    others = [
        f"{place}: {zones.compared(there.get(place), twin.get(place))}"
        for place in zones.differing(there, twin)
        if not set(LOST_OR_HELD_BACK) & set(place)
    ]
    assert others == [], "\n".join(others)


# -- faults on the way, each with a table of its own


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    for deployment in deployed(tmp_path_factory.mktemp("following") / "reports"):
        yield Account(deployment)


@pytest.mark.xdist_group("matrix")
def test_a_crawler_that_failed(account: Account, undisturbed: zones.Zones) -> None:
    """The job would take the tables for not yet ingested today, and load their records once more."""
    targets = account.glue.get_crawler(Name=INGESTION_CRAWLER)["Crawler"]["Targets"]
    account.glue.update_crawler(
        Name=INGESTION_CRAWLER, Targets={"S3Targets": [{"Path": "s3://no-such-bucket/planning/"}]}
    )
    try:
        played = account.deployment.play(tables="enforcement_outcomes,wards")
    finally:
        account.glue.update_crawler(Name=INGESTION_CRAWLER, Targets=targets)
    assert {step for step, _ in played.failed()} == {"1.2.2"}
    ends_green(account, played.verdict, undisturbed)


@pytest.mark.xdist_group("matrix")
def test_a_page_that_failed(account: Account, undisturbed: zones.Zones) -> None:
    table = "enforcement_actions_taken"
    account.deployment.box.api_faults([{"resource": table, "page": 2, "status": 500}])
    played = account.deployment.play(tables=table)
    account.deployment.box.api_faults([])
    assert played.failed() == [("1.2.4", table)]
    assert played.finding("1.2.4", table).code == "pages-failed"
    ends_green(account, played.verdict, undisturbed)


@pytest.mark.xdist_group("matrix")
@pytest.mark.parametrize(
    ("stage", "table", "keep"),
    [
        pytest.param(PARSE, "enforcement_breaches", (), id="parse", marks=pytest.mark.long),
        pytest.param(PARSE, "enforcement_breaches", KEEP, id="parse, kept", marks=pytest.mark.long),
        pytest.param(SNAPSHOT, "enforcement_breach_details", (), id="snapshot"),
        pytest.param(
            SNAPSHOT, "enforcement_breach_details", KEEP, id="snapshot, kept", marks=pytest.mark.long
        ),
    ],
)
def test_data_quality_checks_that_failed(
    account: Account, undisturbed: zones.Zones, stage: Stage, table: str, keep: tuple[str, ...]
) -> None:
    """Their job's bookmark has passed the data: a second run of the same test job would find nothing."""
    checkout = Checkout(account.deployment.box.data_platform)
    path = SCRIPTS + stage.script
    sound = checkout.read(path)
    checked = "dq_params.get(table_name, {}))\n"
    checkout.replace(path, checked, f"{checked}    metrics['Compliance'] = (0.5, False)\n")
    checkout.commit()
    try:
        played = account.deployment.play(*keep, tables=table)
    finally:
        checkout.changed[path] = sound
        checkout.commit()
    assert played.failed() == [(stage.run_step, table)]
    ends_green(account, played.verdict, undisturbed)
    forget(account, table)


def forget(account: Account, table: str) -> None:
    """Remove a table from all stages but the first, for the next of these tests."""
    for stage in (PARSE, RECAST, SNAPSHOT):
        remove(account, f"all objects below s3://{LOCAL.bucket(stage.zone)}/{stage.prefix(table)}")
        remove(account, f"catalog table {LOCAL.database(stage.zone)}.{stage.catalog_table(table)}")
