"""Tables in the Data Catalog: found, at their place, with their columns."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import tables as checks
from acceptance.environments import Zone
from acceptance.findings import SuiteError
from acceptance.measurements import collect
from acceptance.pipeline import SNAPSHOT, Stage
from acceptance.run.run import Run
from harness.steps import then, when


@when('I look for "{name:Table}" in the {zone:Zone} zone\'s database')
def look_for_table(context: Context, name: str, zone: Zone) -> None:
    run: Run = context.run
    stage: Stage = context.stage
    if (zone, name) != (stage.zone, stage.catalog_table(context.resource)):
        raise SuiteError(f"the {stage.title} table of {context.resource} is another than {name}")
    context.found = run.catalog_table(stage, context.resource)


@then("the table is there")
def table_is_there(context: Context) -> None:
    run: Run = context.run
    context.found = checks.table_is_found(run, context.stage, context.resource, context.found)
    run.record(context.found.evidence(run.links))
    collect.columns(run, context.stage, context.resource, context.found)


@then("it lies where the {stage:Stage} writes {table:Table}")
def table_lies_there(context: Context, stage: Stage, table: str) -> None:
    checks.table_lies_at(context.run, stage, table, context.found)


@then("it is partitioned by {first:Table}, {second:Table}, {third:Table} and {fourth:Table}")
def table_is_partitioned_by(context: Context, first: str, second: str, third: str, fourth: str) -> None:
    checks.table_is_partitioned_by(
        context.run, context.stage, context.resource, context.found, (first, second, third, fourth)
    )


@then("its columns are those of an API response of {table:Table}")
def columns_of_api_response(context: Context, table: str) -> None:
    checks.columns_are(context.run, context.stage, table, context.found, checks.api_response_columns(table))


@then("its columns are strings, beside those of the API response")
def columns_of_parsed_table(context: Context) -> None:
    expected = checks.parsed_columns(context.found)
    checks.columns_are(context.run, context.stage, context.resource, context.found, expected)


@then("it has each column that the dictionary types")
def typed_columns_are_there(context: Context) -> None:
    checks.typed_columns_are_there(context.run, context.resource, context.found)


@then("its columns have the types of the dictionary, all others are strings")
def columns_of_increment(context: Context) -> None:
    expected = checks.increment_columns(context.run, context.resource)
    checks.columns_are(context.run, context.stage, context.resource, context.found, expected)


@then("its columns are those of the increments, with the snapshot_ keys at the end")
def columns_of_snapshot(context: Context) -> None:
    expected = checks.snapshot_columns(context.run, context.resource)
    checks.columns_are(context.run, context.stage, context.resource, context.found, expected)


@then("today's files have the same types")
def files_have_its_types(context: Context) -> None:
    checks.files_have_its_types(context.run, context.stage, context.resource, context.found, context.data)


@then("its columns have types equivalent to the API's, with the snapshot_ keys at the end")
def columns_for_analysts(context: Context) -> None:
    run: Run = context.run
    checks.columns_are(
        run,
        SNAPSHOT,
        context.resource,
        context.found,
        checks.api_columns(run, context.resource, context.found),
    )
    checks.table_is_partitioned_by(run, SNAPSHOT, context.resource, context.found, SNAPSHOT.partition_keys)


@then("its partitions have its columns")
def partitions_have_its_columns(context: Context) -> None:
    checks.partitions_have_its_columns(context.run, context.stage, context.resource, context.found)
