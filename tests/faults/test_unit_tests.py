"""Seeded faults that the checkout's own unit tests find, and those that hinder them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.branch.checkout import SCRIPTS
from acceptance.pipeline import SNAPSHOT
from acceptance.verdict.model import Outcome, State
from sandbox import repository
from tests.faults.checkouts import Checkout
from tests.playing import Deployment, Played, deployed

pytestmark = pytest.mark.xdist_group("section 0")

FEATURE = "features/0-before-you-start/7-unit-tests.feature"
STEP = "unit-tests"
SCRIPT = SCRIPTS + SNAPSHOT.script
TESTS = "scripts/tests/planning/test_tascomi_create_daily_snapshot.py"
OLDER_STAYS = ("latest[number] = max(moment,", "latest[number] = min(moment,")
NEEDS_PACKAGE = "import a_package_that_nobody_has\n"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from deployed(tmp_path_factory.mktemp("unit-tests") / "reports")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path / "checkout")


def play(standing: Deployment, checkout: Checkout) -> Played:
    return standing.play(FEATURE, "-D", f"data_platform={checkout.folder}", "-D", "unit_tests=true")


def test_a_script_that_its_tests_find_wrong(standing: Deployment, checkout: Checkout) -> None:
    """And the advice done: the script is fixed, and all of them pass."""
    checkout.replace(SCRIPT, *OLDER_STAYS)
    played = play(standing, checkout.commit())
    assert played.failed_step(STEP) == "each of them passes"
    assert played.finding(STEP).code == "unit-tests-failed"
    message = played.failure(STEP)
    assert message.startswith(
        "1 unit test of 4 failed: test_tascomi_create_daily_snapshot.py::test_of_several_"
    )
    assert "assert {1: " in message and TESTS in message

    checkout.replace(SCRIPT, *reversed(OLDER_STAYS))
    fixed = play(standing, checkout.commit())
    assert fixed.exit_code == 0, fixed.output
    scenario = fixed.scenario(STEP)
    assert "no unit test imports tascomi_parse_tables_increments.py" in scenario.notes[0]
    (told,) = [each for step in scenario.steps for each in step.evidence if each.title == "Unit tests"]
    assert told.facts == {"passed": "4"}


def test_a_package_that_is_not_installed_is_nobodys_fault(standing: Deployment, checkout: Checkout) -> None:
    checkout.changed[TESTS] = NEEDS_PACKAGE + checkout.read(TESTS)
    played = play(standing, checkout.commit())
    assert played.verdict.state is State.ERROR
    assert played.finding(STEP).code == "unit-tests-need-package"
    assert "the Python package of a_package_that_nobody_has is not installed" in played.message(STEP)


def test_tests_that_cannot_be_loaded_have_failed(standing: Deployment, checkout: Checkout) -> None:
    checkout.changed[TESTS] = "def test_(:\n"
    played = play(standing, checkout.commit())
    assert played.finding(STEP).code == "unit-tests-failed"
    assert "SyntaxError" in played.failure(STEP)


def test_tests_that_are_all_skipped_prove_nothing(standing: Deployment, checkout: Checkout) -> None:
    checkout.changed[TESTS] = f"import pytest\n{checkout.read(TESTS)}\npytestmark = pytest.mark.skip\n"
    played = play(standing, checkout.commit())
    assert played.finding(STEP).code == "unit-tests-failed"
    assert "no unit test was run" in played.failure(STEP)


def test_a_pytest_that_cannot_start_is_an_error(standing: Deployment, checkout: Checkout) -> None:
    checkout.changed["pytest.ini"] = "[pytest]\naddopts = --no-such-option\n"
    played = play(standing, checkout.commit())
    assert played.verdict.state is State.ERROR
    assert "the unit tests cannot be run" in played.message(STEP)


def test_a_branch_that_touches_nothing_with_tests(standing: Deployment, checkout: Checkout) -> None:
    repository.commit(checkout.folder, "DPP-500-trees", {f"{SCRIPTS}trees.py": "\n"}, "Add a script")
    branch = ("-D", "branch=DPP-500-trees", "-D", "unit_tests=true", "-D", f"data_platform={checkout.folder}")
    played = standing.play(FEATURE, *branch, tables="wards")
    assert played.scenario(STEP).outcome is Outcome.NOTHING_NEW
    assert played.finding(STEP).code == "no-unit-tests"
    assert "the branch touches trees.py" in played.message(STEP)


def test_they_are_run_where_they_are_asked_for(standing: Deployment) -> None:
    process = standing.start(FEATURE)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output.strip().endswith("the unit tests are run where they are asked for: -D unit_tests=true")
