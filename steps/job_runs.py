"""Job runs: started for the tables under test, ended, their data in S3."""

from __future__ import annotations

from functools import partial

from behave.runner import Context

from acceptance.checks import job_runs as checks
from acceptance.findings import Blocked, SuiteError
from acceptance.pipeline import Stage
from acceptance.run.run import Run
from harness.steps import given, then, when


@when('I run it with "{argument}" set to {table:Table}')
def run_job(context: Context, argument: str, table: str) -> None:
    run: Run = context.run
    context.stage, context.resource = context.test_stage, table
    if argument != context.stage.tables_argument:
        raise SuiteError(
            f"the {context.stage.title} job takes its tables from {context.stage.tables_argument}"
        )
    context.job_run = run.runs.of(context.stage, table)
    run.record(context.job_run.evidence(run.links))


@when('I run it with "{argument}" set to all tables, {table:Table} among them')
def run_job_for_all(context: Context, argument: str, table: str) -> None:
    run_job(context, argument, table)


@then("the job run succeeds")
def job_run_succeeds(context: Context) -> None:
    checks.run_succeeded(context.run, context.stage, context.resource, context.job_run)


@then("its data for {table:Table} is in today's folder of the API responses")
@then("its data for {table:Table} is in today's folder of the parsed increments")
@then("its data for {table:Table} is in today's folder of the increments")
@then("its data for {table:Table} is in today's folder of the snapshots")
def data_arrived(context: Context, table: str) -> None:
    checks.data_arrived(context.run, context.stage, table, context.job_run)


@given("today's {stage:Stage} data of {table:Table} is in S3")
def data_is_there(context: Context, stage: Stage, table: str) -> None:
    run: Run = context.run
    context.stage, context.resource = stage, table
    context.data = run.survey.see(("data", stage), table, partial(run.todays_data, stage))
    if not context.data.objects:
        raise Blocked(f"{context.data.address} has no data of today", stage.run_step)
    run.record(context.data.evidence(run.links))
