"""Look-ups: what a table's `_id` columns point to."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import lookups as checks
from acceptance.pipeline import PARSE
from harness.steps import then, when
from harness.subject import hold_subject


@when("I follow its _id columns to the resources that they name")
def follow_columns(context: Context) -> None:
    context.columns = checks.columns_of_records(context.run, hold_subject(context, PARSE).table)


@then("I am told which of these no table in the pipeline provides")
def missing_look_ups_are_told(context: Context) -> None:
    checks.missing_look_ups_are_told(context.run, context.subject.table, context.columns)
