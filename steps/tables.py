"""Tables in the Data Catalog: found, at their place, with their columns."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import tables as checks
from acceptance.environments import Zone
from acceptance.measurements import collect
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.run.run import Run
from harness.flow import needs
from harness.steps import then, when
from harness.subject import Subject, hold, hold_step, hold_subject


@when('I look for "{name:Table}" in the {zone:Zone} zone\'s database')
def look_for_table(context: Context, name: str, zone: Zone) -> None:
    run: Run = context.run
    subject: Subject = context.subject
    hold_step(context, subject.stage.find_step)
    hold(context, "table", name, subject.stage.catalog_table(subject.table))
    hold(context, "zone", zone, subject.stage.zone)
    context.found = run.catalog_table(subject.stage, subject.table)


@then("the table is there")
def table_is_there(context: Context) -> None:
    run: Run = context.run
    subject: Subject = context.subject
    context.found = checks.table_is_found(run, subject.stage, subject.table, context.found)
    run.record(context.found.evidence(run.links))
    collect.columns(run, subject.stage, subject.table, context.found)


@then("it lies where the {stage:Stage} writes {table:Table}")
@needs("table_is_there")
def table_lies_there(context: Context, stage: Stage, table: str) -> None:
    hold_subject(context, stage, table)
    checks.table_lies_at(context.run, stage, table, context.found)


@then("it is partitioned by {first:Column}, {second:Column}, {third:Column} and {fourth:Column}")
@needs("table_is_there")
def table_is_partitioned_by(context: Context, first: str, second: str, third: str, fourth: str) -> None:
    subject: Subject = context.subject
    keys = (first, second, third, fourth)
    hold(context, "partition keys", keys, subject.stage.partition_keys)
    checks.table_is_partitioned_by(context.run, subject.stage, subject.table, context.found, keys)


@then("the catalog describes it as a table of Parquet files")
@needs("table_is_there")
def readers_know_its_format(context: Context) -> None:
    subject: Subject = context.subject
    checks.readers_know_its_format(context.run, subject.stage, subject.table, context.found)


@then("its columns are those of an API response of {table:Table}")
@needs("table_is_there")
def columns_of_api_response(context: Context, table: str) -> None:
    subject = hold_subject(context, INGESTION, table)
    _columns_are(context, subject, checks.api_response_columns(table))


@then("its columns are strings, beside those of the API response")
@needs("table_is_there")
def columns_of_parsed_table(context: Context) -> None:
    subject = hold_subject(context, PARSE)
    checks.note_odd_names(context.run, subject.table, context.found)
    _columns_are(context, subject, checks.parsed_columns(context.found))


@then("it has each column that the dictionary types")
@needs("table_is_there")
def typed_columns_are_there(context: Context) -> None:
    checks.typed_columns_are_there(context.run, hold_subject(context, PARSE).table, context.found)


@then("its columns have the types of the dictionary, all others are strings")
@needs("table_is_there")
def columns_of_increment(context: Context) -> None:
    subject = hold_subject(context, RECAST)
    _columns_are(context, subject, checks.increment_columns(context.run, subject.table))


@then("its columns are those of the increments, with the snapshot_ keys at the end")
@needs("table_is_there")
def columns_of_snapshot(context: Context) -> None:
    subject = hold_subject(context, SNAPSHOT)
    _columns_are(context, subject, checks.snapshot_columns(context.run, subject.table))


@then("its columns have types equivalent to the API's, with the snapshot_ keys at the end")
@needs("table_is_there")
def columns_for_analysts(context: Context) -> None:
    run: Run = context.run
    subject = hold_subject(context, SNAPSHOT)
    _columns_are(context, subject, checks.api_columns(run, subject.table, context.found))
    checks.table_is_partitioned_by(run, SNAPSHOT, subject.table, context.found, SNAPSHOT.partition_keys)


def _columns_are(context: Context, subject: Subject, expected: dict[str, str]) -> None:
    checks.columns_are(context.run, subject.stage, subject.table, context.found, expected)


@then("today's files have the same types")
@needs("table_is_there", "columns_of_increment", "columns_of_snapshot")
def files_have_its_types(context: Context) -> None:
    subject: Subject = context.subject
    checks.files_have_its_types(context.run, subject.stage, subject.table, context.found, context.data)


@then("its partitions have its columns")
@needs("table_is_there", "columns_of_parsed_table", "columns_of_increment", "columns_of_snapshot")
def partitions_have_its_columns(context: Context) -> None:
    subject: Subject = context.subject
    checks.partitions_have_its_columns(context.run, subject.stage, subject.table, context.found)
