"""Queries: the playbook's own, and the checks'."""

from __future__ import annotations

from functools import partial

from behave.runner import Context

from acceptance.checks import history, ingestion, parse, queries, recast, snapshot
from acceptance.environments import ENVIRONMENTS
from acceptance.measurements import collect
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT
from acceptance.queries.generation_sizes import playbook_query
from acceptance.run.run import Run
from harness.flow import needs
from harness.outlines import section_of
from harness.steps import then, when
from harness.subject import Subject, hold, hold_step, hold_subject, hold_table


@when('I run the playbook\'s query on "{name:Table}"')
def run_queries(context: Context, name: str) -> None:
    run: Run = context.run
    subject: Subject = context.subject
    hold_step(context, subject.stage.query_step)
    hold(context, "table", name, subject.stage.catalog_table(subject.table))
    # the features have it as the playbook does, for pre-production
    database = ENVIRONMENTS["stg"].database(subject.stage.zone)
    hold(context, "query", context.text, playbook_query(database, subject.stage, subject.table))
    started = run.queries.of(subject.stage, subject.table)
    history.start(run, subject.stage.section, subject.table)
    worked = partial(queries.query_worked, run, subject.stage, subject.table)
    context.newest = worked(started.playbook, "The playbook's query")
    context.counts = worked(started.checks, "The checks' query").value
    collect.rows(run, subject.table, context.counts)


@then("{column:Column} is today")
def generation_is_today(context: Context, column: str) -> None:
    subject: Subject = context.subject
    hold(context, "column", column, f"last_{subject.stage.generation}")
    queries.generation_is_today(context.run, subject.stage, subject.table, context.newest)


# -- API responses


@then("every page was answered with status 200")
@needs("generation_is_today")
def pages_answered(context: Context) -> None:
    subject = hold_subject(context, INGESTION)
    ingestion.pages_answered(context.run, INGESTION, subject.table, context.counts)


@then("every page that the API promised is there")
@needs("generation_is_today")
def promised_pages_arrived(context: Context) -> None:
    subject = hold_subject(context, INGESTION)
    run: Run = context.run
    log = run.job_runs.ingestion_log(subject.table)
    ingestion.promised_pages_arrived(run, INGESTION, subject.table, context.counts, log)


@then("no page of {table:Table} is lost of an earlier day")
@needs("generation_is_today")
def no_page_is_lost_of_earlier_days(context: Context, table: str) -> None:
    hold_subject(context, INGESTION, table)
    history.no_page_is_lost(context.run, table)


@then("no day since the last import of {table:Table} was left out")
@needs("generation_is_today")
def no_day_is_left_out(context: Context, table: str) -> None:
    hold_subject(context, INGESTION, table)
    history.no_day_is_left_out(context.run, table)


@then("each record of {table:Table} is there once")
@needs("generation_is_today")
def records_are_there_once(context: Context, table: str) -> None:
    hold_subject(context, INGESTION, table)
    ingestion.records_are_there_once(context.run, INGESTION, table, context.counts)


@then("the column {table:Column} holds JSON records, each with an id")
@needs("generation_is_today")
def records_are_json(context: Context, table: str) -> None:
    hold_subject(context, INGESTION, table)
    ingestion.records_are_json(context.run, INGESTION, table, context.counts)


@then("no earlier section has lost anything of {table:Table}")
def nothing_was_lost_before(context: Context, table: str) -> None:
    hold_table(context, table)
    section = int(section_of(context.feature))
    history.nothing_was_lost_before(context.run, section, table)


# -- parsed increments


@then("every key of the JSON records is a column of {table:Table}")
@needs("generation_is_today")
def no_key_is_lost(context: Context, table: str) -> None:
    hold_subject(context, PARSE, table)
    parse.no_key_is_lost(context.run, table, context.counts)


@then("every record of the API response is a row")
@needs("generation_is_today")
def rows_are_the_records(context: Context) -> None:
    subject = hold_subject(context, PARSE)
    parse.rows_are_the_records(context.run, subject.table, context.counts)


@then("every value of the JSON records is there")
@needs("generation_is_today", "no_key_is_lost", "rows_are_the_records")
def every_value_is_there(context: Context) -> None:
    subject = hold_subject(context, PARSE)
    parse.no_value_is_lost(context.run, subject.table, context.counts)


@then("every value of {table:Table} says what its JSON says")
@needs("generation_is_today", "no_key_is_lost", "rows_are_the_records", "every_value_is_there")
def no_parsed_value_is_changed(context: Context, table: str) -> None:
    hold_subject(context, PARSE, table)
    parse.no_value_is_changed(context.run, table, context.counts)


@then("id and {generation:Column} together are unique in {table:Table}")
@needs("generation_is_today", "rows_are_the_records")
def parsed_ids_are_unique(context: Context, generation: str, table: str) -> None:
    hold_subject(context, PARSE, table)
    hold(context, "column", generation, PARSE.generation)
    parse.ids_are_unique(context.run, table, context.counts)


@then("id is complete in {table:Table}")
@needs("generation_is_today")
def parsed_ids_are_complete(context: Context, table: str) -> None:
    hold_subject(context, PARSE, table)
    parse.ids_are_complete(context.run, table, context.counts)


@then("the parse of {table:Table} was right on every earlier day")
@needs("generation_is_today")
def no_parse_was_wrong(context: Context, table: str) -> None:
    hold_subject(context, PARSE, table)
    history.no_parse_was_wrong(context.run, table)


# -- increments


@then("every parsed row of {table:Table} is there")
@needs("generation_is_today")
def every_row_is_there(context: Context, table: str) -> None:
    hold_subject(context, RECAST, table)
    recast.every_row_is_there(context.run, table, context.counts)


@then("the id of {table:Table} is no number left as text")
@needs("generation_is_today")
def id_is_typed(context: Context, table: str) -> None:
    hold_subject(context, RECAST, table)
    recast.id_is_typed(table, context.counts)


@then("no value of {table:Table} was lost in the cast")
@needs("generation_is_today", "every_row_is_there")
def no_value_is_lost(context: Context, table: str) -> None:
    hold_subject(context, RECAST, table)
    recast.note_dates_that_say_no_date(context.run, context.counts)
    recast.no_value_is_lost(context.run, table, context.counts)


@then("every cast value of {table:Table} equals its text")
@needs("generation_is_today", "every_row_is_there")
def no_value_is_changed(context: Context, table: str) -> None:
    hold_subject(context, RECAST, table)
    recast.no_value_is_changed(context.run, table, context.counts)


@then("every text of {table:Table} is as it was parsed")
@needs("generation_is_today", "every_row_is_there")
def no_text_is_changed(context: Context, table: str) -> None:
    hold_subject(context, RECAST, table)
    recast.no_text_is_changed(context.run, table, context.counts)


@then("the recast of {table:Table} was right on every earlier day")
@needs("generation_is_today")
def no_recast_was_wrong(context: Context, table: str) -> None:
    hold_subject(context, RECAST, table)
    history.no_recast_was_wrong(context.run, table)


# -- snapshots


@then("id is unique in the snapshot of {table:Table}")
@needs("generation_is_today")
def snapshot_ids_are_unique(context: Context, table: str) -> None:
    hold_subject(context, SNAPSHOT, table)
    snapshot.ids_are_unique(context.run, table, context.counts)


@then("every id that was ingested is there in its newest version")
@needs("generation_is_today")
def increments_are_in(context: Context) -> None:
    subject = hold_subject(context, SNAPSHOT)
    snapshot.increments_are_in(context.run, subject.table, context.counts)


@then("no row of the last snapshot is lost")
@needs("generation_is_today")
def nothing_is_lost(context: Context) -> None:
    subject = hold_subject(context, SNAPSHOT)
    run: Run = context.run
    last = run.last_generation(SNAPSHOT, subject.table)
    snapshot.nothing_is_lost(run, subject.table, context.counts, last)


@then("every row of {table:Table} is its increment's or the last snapshot's")
@needs("generation_is_today")
def nothing_is_altered(context: Context, table: str) -> None:
    hold_subject(context, SNAPSHOT, table)
    snapshot.nothing_is_altered(context.run, table, context.counts)
