"""Job runs: started for the tables under test, ended, their data in S3."""

from __future__ import annotations

from functools import partial

from behave.runner import Context

from acceptance.checks import job_runs as checks
from acceptance.findings import Blocked
from acceptance.pipeline import Stage
from acceptance.run.run import Run
from harness.flow import needs
from harness.steps import given, then, when
from harness.subject import Subject, about, hold, hold_step, hold_table


@when('I run it with "{argument}" set to {table:Table}')
def run_job(context: Context, argument: str, table: str) -> None:
    _run(context, argument, table, "one")


@when('I run it with "{argument}" set to all tables, {table:Table} among them')
def run_job_for_all(context: Context, argument: str, table: str) -> None:
    _run(context, argument, table, "all")


def _run(context: Context, argument: str, table: str, tables: str) -> None:
    run: Run = context.run
    stage: Stage = context.subject.stage
    hold_step(context, stage.run_step)
    hold_table(context, table)
    hold(context, "argument", argument, stage.tables_argument)
    hold(context, "tables of a run", tables, "one" if stage.run_per_table else "all")
    context.job_run = run.job_run(stage, table)
    run.record(context.job_run.evidence(run.links))


@then("the job run succeeds")
def job_run_succeeds(context: Context) -> None:
    subject: Subject = context.subject
    checks.run_succeeded(context.run, subject.stage, subject.table, context.job_run)


@then("its data for {table:Table} is in today's folder of the {stage:Data}")
@needs("job_run_succeeds")
def data_arrived(context: Context, table: str, stage: Stage) -> None:
    hold_table(context, table)
    hold(context, "data", stage.data, context.subject.stage.data)
    checks.data_arrived(context.run, stage, table, context.job_run)


@given("today's {stage:Stage} data of {table:Table} is in S3")
def data_is_there(context: Context, stage: Stage, table: str) -> None:
    run: Run = context.run
    hold_table(context, table)
    about(context, stage)
    context.data = run.looks.see(("data", stage), table, partial(run.todays_data, stage))
    if not context.data.objects and run.partition(stage, table):
        what = f"the Data Catalog has today's partition of {stage.catalog_table(table)}, and its folder is empty: "
        raise Blocked("partition-without-data", what + context.data.address, stage.run_step, redo=stage)
    if not context.data.objects:
        raise Blocked("no-data-today", f"{context.data.address} has no data of today", stage.run_step)
    run.record(context.data.evidence(run.links))
