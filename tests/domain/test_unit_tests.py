"""Which of a repository's unit tests are of the scripts that a branch touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.branch.checkout import DataPlatform
from acceptance.branch.unit_tests import TouchedScripts, is_test
from sandbox import repository

JOB, HELPER, OTHER = (
    "scripts/jobs/planning/trees.py",
    "scripts/helpers/helpers.py",
    "scripts/jobs/planning/hedges.py",
)
TEST = "scripts/tests/planning/test_it.py"


def touched(folder: Path, *paths: str, **tests: str) -> TouchedScripts:
    repository.create(folder)
    named = {f"scripts/tests/test_{name}.py": code for name, code in tests.items()}
    repository.commit(folder, "main", {JOB: "a", HELPER: "a", OTHER: "a", **named}, "Before")
    repository.commit(folder, "DPP-7", dict.fromkeys(paths, "b"), "Touch")
    return TouchedScripts(DataPlatform(folder, "DPP-7"))


@pytest.mark.parametrize(
    "imported",
    [
        "from scripts.jobs.planning.trees import main",
        "from jobs.planning.trees import main",
        "from jobs.planning import trees",
        "import scripts.jobs.planning.trees as job",
        "def test_():\n    import trees",
    ],
)
def test_a_test_is_of_the_script_that_it_imports(tmp_path: Path, imported: str) -> None:
    found = touched(tmp_path, JOB, it=imported, other="from jobs.planning.hedges import main", broken="def (")
    assert found.scripts == (JOB,)
    assert found.to_run == ("scripts/tests/test_it.py",)


def test_a_helper_has_the_tests_that_import_it(tmp_path: Path) -> None:
    found = touched(tmp_path, HELPER, it="from scripts.helpers.helpers import purge", other="import hedges")
    assert found.tests == {HELPER: ("scripts/tests/test_it.py",)}


def test_a_touched_test_is_run_and_what_has_none_is_known(tmp_path: Path) -> None:
    found = touched(tmp_path, JOB, TEST, other="from street_trees import trees_of")
    assert found.tests == {JOB: ()}
    assert found.to_run == (TEST,)


def test_a_removed_script_has_no_tests_to_run(tmp_path: Path) -> None:
    found = touched(tmp_path, "README.md")
    assert (found.scripts, found.to_run) == ((), ())


def test_files_of_tests_are_named_as_pytest_has_it() -> None:
    assert is_test("a/test_x.py") and is_test("a/x_test.py")
    assert not is_test("a/tests.py") and not is_test("a/test_x.txt") and not is_test("tests/conftest.py")
