"""What the checkout's own unit tests say of the scripts that the branch touches.

Source: the playbook's "Commit your code changes": they run automatically when the changes are pushed, which is late.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from acceptance.branch.unit_tests import TouchedScripts, UnitTest
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure, Finding, NothingNew, SuiteError
from acceptance.wording import count

_SHOWN = 5


def to_run(touched: TouchedScripts) -> tuple[str, ...]:
    """The files of tests; raises `NothingNew` where the repository has none of what the branch touches."""
    if touched.to_run:
        return touched.to_run
    scripts = ", ".join(map(_name, touched.scripts)) or "no script"
    raise NothingNew(
        "no-unit-tests", f"the branch touches {scripts}, and the repository has no unit tests of that"
    )


def without_tests(touched: TouchedScripts) -> str:
    """A note on scripts that no test imports; "" where there are none."""
    names = [_name(script) for script, tests in touched.tests.items() if not tests]
    return f"no unit test imports {', '.join(names)}, which the branch touches" if names else ""


def evidence(tests: Sequence[UnitTest]) -> Evidence:
    compared = tuple(
        Comparison(test.name, "passed", test.outcome, test.outcome == "passed")
        for test in tests
        if test.outcome != "skipped"
    )
    outcomes = [test.outcome for test in tests]
    facts = {outcome: str(outcomes.count(outcome)) for outcome in dict.fromkeys(outcomes)}
    return Evidence(Kind.BRANCH, "Unit tests", facts, compared)


def all_pass(tests: Sequence[UnitTest], files: Sequence[str]) -> None:
    """Each test that was run, and at least one: tests that skip themselves prove nothing."""
    if wanting := [test for test in tests if test.needs]:
        needed = ", ".join(sorted({test.needs for test in wanting}))
        what = f"{_listed(wanting)} cannot be run here: the Python package of {needed} is not installed"
        do = "install what the repository's tests need (scripts/requirements.test.txt), and run the playbook again"
        raise SuiteError(what, Finding("unit-tests-need-package", what, do=do))
    failed = [test for test in tests if test.outcome not in ("passed", "skipped")]
    if not failed and any(test.outcome == "passed" for test in tests):
        return
    ran = "no unit test was run: all are skipped, or the files have none"
    fail = f"{count(len(failed), 'unit test')} of {len(tests)} failed: {_listed(failed)}"
    raise Failure(
        "unit-tests-failed",
        fail if failed else ran,
        expected=f"every test of {', '.join(files)} passes",
        observed="; ".join(f"{test.name}: {test.said}" for test in failed[:_SHOWN]) or ran,
        look=", ".join(dict.fromkeys(test.name.partition("::")[0] for test in failed)) or ", ".join(files),
        do="fix the script on the branch, or the test where it asks for what the ticket changes",
        ask="",
    )


def _listed(tests: Sequence[UnitTest]) -> str:
    shown = ", ".join(test.name.rpartition("/")[2] for test in tests[:_SHOWN])
    return f"{shown} and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else shown


def _name(path: str) -> str:
    return PurePosixPath(path).name
