"""Who the analyst is and what they may do."""

from __future__ import annotations

from behave.runner import Context

from acceptance.aws import access
from acceptance.run.run import Run
from harness.steps import given, then, when
from harness.subject import hold


@given("I am logged in to the environment's account")
def logged_in(context: Context) -> None:
    run: Run = context.run
    run.record(access.evidence(run.identity, run.environment))


@when("I try what the playbook needs of AWS Glue, Amazon S3 and Amazon Athena")
def try_services(context: Context) -> None:
    run: Run = context.run
    context.refused = access.refusals(run.aws, run.environment)


@then("nothing of it is refused")
def nothing_is_refused(context: Context) -> None:
    access.nothing_refused(context.refused, context.run.environment)


@then('the workgroup "{name}" keeps its own place for results')
def workgroup_is_set_up(context: Context, name: str) -> None:
    run: Run = context.run
    hold(context, "workgroup", name, run.environment.workgroup)
    access.workgroup_is_set_up(run.aws, run.environment)
