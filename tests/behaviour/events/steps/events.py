"""Steps that do what their sentence says."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from behave.exception import StepNotImplementedError
from behave.runner import Context

from acceptance.findings import Blocked, Failure, NothingNew, NotRun, SuiteError
from harness.flow import needs
from harness.steps import given, then, when

if os.environ.get("EVENT") == "steps":
    raise RuntimeError("the steps are broken")


@given("all is well")
@then("all is well")
def passes(context: Context) -> None:
    assert context.run.tables


@when("the product is at fault")
@then("the product is at fault")
def fails(context: Context) -> None:
    raise Failure(
        "seeded",
        "the seeded failure",
        table="wards",
        expected="one",
        observed="another",
        look="there",
        do="fix it",
    )


@then("the product is at fault in another way")
def fails_otherwise(context: Context) -> None:
    raise Failure(
        "seeded-too",
        "the other seeded failure",
        expected="two",
        observed="another",
        look="there",
        do="fix it",
    )


@then("what the first fault leaves is looked at")
@needs("fails")
def builds_on_another(context: Context) -> None:
    raise Failure("seeded", "the same failure again", expected="", observed="", look="", do="")


@then("AWS is at fault")
def cannot_ask(context: Context) -> None:
    raise SuiteError("the seeded refusal")


@then("an assertion without words fails")
def fails_without_words(context: Context) -> None:
    raise AssertionError


@then("something else is at fault")
def errs(context: Context) -> None:
    raise KeyError("the seeded exception")


@given("what it builds on is not there")
def blocks(context: Context) -> None:
    raise Blocked("seeded", "the seeded absence", "1.1.2")


@given("the job run for all tables died before this one")
def died(context: Context) -> None:
    raise NotRun("seeded", "the seeded death")


@given("there is nothing to ingest")
def nothing_new(context: Context) -> None:
    raise NothingNew("seeded", "the seeded silence")


@given("the scenario is skipped")
def skips(context: Context) -> None:
    context.scenario.skip("the seeded skip")


@then("a step is still to be written")
def pending(context: Context) -> None:
    raise StepNotImplementedError("the seeded gap")


@then("the suite gives up")
def leaves(context: Context) -> None:
    sys.exit(0)


@given("a clean-up that will fail")
def registers_cleanup(context: Context) -> None:
    context.add_cleanup(_clean_up)


@given("a clean-up of the feature that will fail")
def registers_cleanup_of_feature(context: Context) -> None:
    context.add_cleanup(_clean_up, layer="feature")


def _clean_up() -> None:
    raise OSError("the seeded clean-up")


@given("the test is told, and goes on when it says so")
def waits(context: Context) -> None:
    mark = Path(os.environ["MARK"])
    mark.touch()
    until = time.monotonic() + 30
    while mark.exists() and time.monotonic() < until:
        time.sleep(0.02)


@then("the jobs can be listed")
def asks_aws(context: Context) -> None:
    context.run.jobs.listed()
