"""Queries: the playbook's own, and the checks' beside it."""

from __future__ import annotations

from behave import then, when
from behave.runner import Context

from acceptance import stage_checks
from acceptance.run import Run


@when('I run the playbook\'s query on "{name:Table}"')
def run_queries(context: Context, name: str) -> None:
    run: Run = context.run
    started = run.query(context.stage, context.resource)
    context.newest = stage_checks.query_worked(
        run, context.resource, started.playbook, "The playbook's query"
    )
    checks = stage_checks.query_worked(run, context.resource, started.measures, "The checks' query")
    context.measured = checks.rows[0]


@then("last_import_date is today")
@then("last_snapshot_date is today")
def generation_is_today(context: Context) -> None:
    stage_checks.generation_is_today(context.run, context.stage, context.resource, context.newest)


@then("every page was answered with status 200")
def pages_answered(context: Context) -> None:
    stage_checks.pages_answered(context.run, context.stage, context.resource, context.measured)


@then("every page that the API promised is there")
def promised_pages_arrived(context: Context) -> None:
    run: Run = context.run
    log = run.ingestion_log(context.resource)
    stage_checks.promised_pages_arrived(run, context.stage, context.resource, context.measured, log)


@then("the column {table:Table} holds JSON records, each with an id")
def records_are_json(context: Context, table: str) -> None:
    stage_checks.records_are_json(context.run, context.stage, table, context.measured)
