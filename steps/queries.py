"""Queries: the playbook's own, and the checks' beside it."""

from __future__ import annotations

from functools import partial

from behave.runner import Context

from acceptance.aws.athena import merged
from acceptance.checks import ingestion, parse, queries, recast, snapshot
from acceptance.measurements import collect
from acceptance.pipeline import SNAPSHOT
from acceptance.run.run import Run
from harness.steps import then, when


@when('I run the playbook\'s query on "{name:Table}"')
def run_queries(context: Context, name: str) -> None:
    run: Run = context.run
    started = run.queries.of(context.stage, context.resource)
    worked = partial(queries.query_worked, run, context.stage, context.resource)
    context.newest = worked(started.playbook, "The playbook's query")
    parts = [worked(part, "The checks' query") for part in started.measures]
    context.measured = merged(parts)
    collect.rows(run, context.stage, context.resource, context.measured)


@then("last_import_date is today")
@then("last_snapshot_date is today")
def generation_is_today(context: Context) -> None:
    queries.generation_is_today(context.run, context.stage, context.resource, context.newest)


# -- API responses


@then("every page was answered with status 200")
def pages_answered(context: Context) -> None:
    ingestion.pages_answered(context.run, context.stage, context.resource, context.measured)


@then("every page that the API promised is there")
def promised_pages_arrived(context: Context) -> None:
    run: Run = context.run
    log = run.runs.ingestion_log(context.resource)
    ingestion.promised_pages_arrived(run, context.stage, context.resource, context.measured, log)


@then("the column {table:Table} holds JSON records, each with an id")
def records_are_json(context: Context, table: str) -> None:
    ingestion.records_are_json(context.run, context.stage, table, context.measured)


# -- parsed increments


@then("every key of the JSON records is a column of {table:Table}")
def no_key_is_lost(context: Context, table: str) -> None:
    parse.no_key_is_lost(table, context.measured)


@then("every record of the API response is a row")
def rows_are_the_records(context: Context) -> None:
    parse.rows_are_the_records(context.resource, context.measured)


@then("every value of the JSON records is there")
def every_value_is_there(context: Context) -> None:
    parse.no_value_is_lost(context.run, context.resource, context.measured)


@then("every value of {table:Table} says what its JSON says")
def no_parsed_value_is_changed(context: Context, table: str) -> None:
    parse.no_value_is_changed(context.run, table, context.measured)


@then("id and import_date together are unique in {table:Table}")
def parsed_ids_are_unique(context: Context, table: str) -> None:
    parse.ids_are_unique(table, context.measured)


@then("id is complete in {table:Table}")
def parsed_ids_are_complete(context: Context, table: str) -> None:
    parse.ids_are_complete(table, context.measured)


# -- increments


@then("every parsed row of {table:Table} is there")
def every_row_is_there(context: Context, table: str) -> None:
    recast.every_row_is_there(table, context.measured)


@then("the id of {table:Table} is no number left as text")
def id_is_typed(context: Context, table: str) -> None:
    run: Run = context.run
    recast.id_is_typed(table, context.measured, run.platform.branch.types_of(table))


@then("no value of {table:Table} was lost in the cast")
def no_value_is_lost(context: Context, table: str) -> None:
    run: Run = context.run
    recast.no_value_is_lost(run, table, context.measured, run.platform.branch.types_of(table))


@then("every cast value of {table:Table} equals its text")
def no_value_is_changed(context: Context, table: str) -> None:
    run: Run = context.run
    recast.no_value_is_changed(run, table, context.measured, run.platform.branch.types_of(table))


@then("every text of {table:Table} is as it was parsed")
def no_text_is_changed(context: Context, table: str) -> None:
    recast.no_text_is_changed(context.run, table, context.measured)


# -- snapshots


@then("id is unique in the snapshot of {table:Table}")
def snapshot_ids_are_unique(context: Context, table: str) -> None:
    snapshot.ids_are_unique(table, context.measured)


@then("every id of the increments is there in its latest version")
def increments_are_in(context: Context) -> None:
    run: Run = context.run
    last = run.last_generation(SNAPSHOT, context.resource)
    snapshot.increments_are_in(run, context.resource, context.measured, last)


@then("no row of the last snapshot is lost")
def nothing_is_lost(context: Context) -> None:
    run: Run = context.run
    last = run.last_generation(SNAPSHOT, context.resource)
    snapshot.nothing_is_lost(run, context.resource, context.measured, last)


@then("every row of {table:Table} is its increment's or the last snapshot's")
def nothing_is_altered(context: Context, table: str) -> None:
    snapshot.nothing_is_altered(context.run, table, context.measured)
