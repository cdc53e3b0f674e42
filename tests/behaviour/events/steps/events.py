"""Steps that do what their sentence says."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from behave.exception import StepNotImplementedError
from behave.runner import Context

from acceptance.findings import ASK, Blocked, Failure, NothingNew, NotRun
from harness.steps import given, then

if os.environ.get("EVENT") == "steps":
    raise RuntimeError("the steps are broken")


@given("all is well")
@then("all is well")
def passes(context: Context) -> None:
    assert context.run.tables


@then("the product is at fault")
def fails(context: Context) -> None:
    raise Failure("wards: the seeded failure", expected="one", observed="another", look="there", do=ASK)


@then("an assertion without words fails")
def fails_without_words(context: Context) -> None:
    raise AssertionError


@then("something else is at fault")
def errs(context: Context) -> None:
    raise KeyError("the seeded exception")


@given("what it builds on is not there")
def blocks(context: Context) -> None:
    raise Blocked("the seeded absence", "1.1.2")


@given("the job run for all tables died before this one")
def died(context: Context) -> None:
    raise NotRun("the seeded death")


@given("there is nothing to ingest")
def nothing_new(context: Context) -> None:
    raise NothingNew("the seeded silence")


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
