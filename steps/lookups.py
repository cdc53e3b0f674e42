"""Look-ups: what a table's `_id` columns point to."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import lookups as checks
from harness.steps import then, when


@when("I follow its _id columns to the resources that they name")
def follow_columns(context: Context) -> None:
    context.columns = checks.columns_of_records(context.run, context.resource)


@then("I am told which of these no table in the pipeline provides")
def missing_look_ups_are_told(context: Context) -> None:
    checks.missing_look_ups_are_told(context.run, context.resource, context.columns)
