"""The way back: a plan, drawn from what is there."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import way_back as checks
from acceptance.rollback import scope
from acceptance.rollback.draw import draw
from acceptance.rollback.plan import STEP
from harness.steps import given, then, when
from harness.subject import hold_number


@given("the ticket's tables at every stage, and the tables in use that its change has reached")
def tables_are_known(context: Context) -> None:
    hold_number(context, STEP)
    context.scope = scope.find(context.run)


@when("I draw the plan of the way back")
def draw_the_plan(context: Context) -> None:
    context.survey = draw(context.run, context.scope)
    context.run.record(checks.evidence(context.run, context.survey))


@then("it reaches all that there is of the ticket's tables")
def plan_reaches_all(context: Context) -> None:
    checks.reaches_all(context.run, context.survey)


@then("all that it would remove is the ticket's own")
def plan_removes_own_alone(context: Context) -> None:
    checks.removes_own_alone(context.run, context.survey)


@then("the last good generation of every table in use is there, or can be restored")
def last_generations_are_there(context: Context) -> None:
    checks.last_generations_are_there(context.survey)
