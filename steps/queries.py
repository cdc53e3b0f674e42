"""Queries: the playbook's own, and the checks' beside it."""

from __future__ import annotations

from functools import partial

from behave import then, when
from behave.runner import Context

from acceptance.checks import ingestion, parse, queries, recast, snapshot
from acceptance.measurements import collect
from acceptance.pipeline import INGESTION, SNAPSHOT
from acceptance.run import generations
from acceptance.run.run import Run
from harness.flow import needs


@when('I run the playbook\'s query on "{name:Table}"')
def run_queries(context: Context, name: str) -> None:
    run: Run = context.run
    started = run.queries.of(context.stage, context.resource)
    if context.stage is INGESTION:
        generations.past_pages(run, context.resource)
    worked = partial(queries.query_worked, run, context.stage, context.resource)
    context.newest = worked(started.playbook, "The playbook's query")
    context.counts = worked(started.checks, "The checks' query").value
    collect.rows(run, context.resource, context.counts)


@then("last_import_date is today")
@then("last_snapshot_date is today")
def generation_is_today(context: Context) -> None:
    queries.generation_is_today(context.run, context.stage, context.resource, context.newest)


# -- API responses


@then("every page was answered with status 200")
@needs("generation_is_today")
def pages_answered(context: Context) -> None:
    ingestion.pages_answered(context.run, context.stage, context.resource, context.counts)


@then("every page that the API promised is there")
@needs("generation_is_today")
def promised_pages_arrived(context: Context) -> None:
    run: Run = context.run
    log = run.job_runs.ingestion_log(context.resource)
    ingestion.promised_pages_arrived(run, context.stage, context.resource, context.counts, log)


@then("no page of {table:Table} is lost of an earlier day")
def no_page_is_lost_of_earlier_days(context: Context, table: str) -> None:
    run: Run = context.run
    asked = generations.past_pages(run, table)
    worked = partial(queries.query_worked, run, INGESTION, table)
    past = worked(asked, "The pages of earlier days").value if asked else []
    ingestion.no_page_is_lost_of_earlier_days(run, table, past)


@then("the column {table:Table} holds JSON records, each with an id")
@needs("generation_is_today")
def records_are_json(context: Context, table: str) -> None:
    ingestion.records_are_json(context.run, context.stage, table, context.counts)


# -- parsed increments


@then("every key of the JSON records is a column of {table:Table}")
@needs("generation_is_today")
def no_key_is_lost(context: Context, table: str) -> None:
    parse.no_key_is_lost(table, context.counts)


@then("every record of the API response is a row")
@needs("generation_is_today")
def rows_are_the_records(context: Context) -> None:
    parse.rows_are_the_records(context.resource, context.counts)


@then("every value of the JSON records is there")
@needs("generation_is_today", "no_key_is_lost", "rows_are_the_records")
def every_value_is_there(context: Context) -> None:
    parse.no_value_is_lost(context.run, context.resource, context.counts)


@then("every value of {table:Table} says what its JSON says")
@needs("generation_is_today", "no_key_is_lost", "rows_are_the_records", "every_value_is_there")
def no_parsed_value_is_changed(context: Context, table: str) -> None:
    parse.no_value_is_changed(context.run, table, context.counts)


@then("id and import_date together are unique in {table:Table}")
@needs("generation_is_today", "rows_are_the_records")
def parsed_ids_are_unique(context: Context, table: str) -> None:
    parse.ids_are_unique(table, context.counts)


@then("id is complete in {table:Table}")
@needs("generation_is_today")
def parsed_ids_are_complete(context: Context, table: str) -> None:
    parse.ids_are_complete(table, context.counts)


# -- increments


@then("every parsed row of {table:Table} is there")
@needs("generation_is_today")
def every_row_is_there(context: Context, table: str) -> None:
    recast.every_row_is_there(table, context.counts)


@then("the id of {table:Table} is no number left as text")
@needs("generation_is_today")
def id_is_typed(context: Context, table: str) -> None:
    run: Run = context.run
    recast.id_is_typed(table, context.counts, run.platform.branch.types_of(table))


@then("no value of {table:Table} was lost in the cast")
@needs("generation_is_today", "every_row_is_there")
def no_value_is_lost(context: Context, table: str) -> None:
    run: Run = context.run
    recast.no_value_is_lost(run, table, context.counts, run.platform.branch.types_of(table))


@then("every cast value of {table:Table} equals its text")
@needs("generation_is_today", "every_row_is_there")
def no_value_is_changed(context: Context, table: str) -> None:
    run: Run = context.run
    recast.no_value_is_changed(run, table, context.counts, run.platform.branch.types_of(table))


@then("every text of {table:Table} is as it was parsed")
@needs("generation_is_today", "every_row_is_there")
def no_text_is_changed(context: Context, table: str) -> None:
    recast.no_text_is_changed(context.run, table, context.counts)


# -- snapshots


@then("id is unique in the snapshot of {table:Table}")
@needs("generation_is_today")
def snapshot_ids_are_unique(context: Context, table: str) -> None:
    snapshot.ids_are_unique(table, context.counts)


@then("every id of the increments is there in its latest version")
@needs("generation_is_today")
def increments_are_in(context: Context) -> None:
    run: Run = context.run
    last = run.last_generation(SNAPSHOT, context.resource)
    snapshot.increments_are_in(run, context.resource, context.counts, last)


@then("no row of the last snapshot is lost")
@needs("generation_is_today")
def nothing_is_lost(context: Context) -> None:
    run: Run = context.run
    last = run.last_generation(SNAPSHOT, context.resource)
    snapshot.nothing_is_lost(run, context.resource, context.counts, last)


@then("every row of {table:Table} is its increment's or the last snapshot's")
@needs("generation_is_today")
def nothing_is_altered(context: Context, table: str) -> None:
    snapshot.nothing_is_altered(context.run, table, context.counts)
