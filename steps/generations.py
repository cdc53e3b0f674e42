"""Generations of a table: none lost, the newest, its columns beside the last one's, how often its data change."""

from __future__ import annotations

from behave.runner import Context

from acceptance.advice.ingestion_frequency import HISTORY_DAYS
from acceptance.checks import api_changes
from acceptance.checks import generations as checks
from acceptance.findings import Blocked, SuiteError
from acceptance.pipeline import LOOKBACK, PARSE, RECAST, SNAPSHOT, source_of
from acceptance.run import generations
from acceptance.run.run import Run
from harness.steps import given, then, when


@then("its partitions of the last {days:d} days are its folders")
def partitions_are_its_folders(context: Context, days: int) -> None:
    if days != LOOKBACK.days:
        raise SuiteError(f"what is looked at are {LOOKBACK.days} days, not {days}")
    checks.partitions_are_its_folders(context.run, context.stage, context.resource, context.found)


@then("no generation of {source:Table} is missing in it")
def none_is_passed_over(context: Context, source: str) -> None:
    read = source_of(context.stage).catalog_table(context.resource)
    if source != read:
        raise SuiteError(f"the {context.stage.title} reads {read}, not {source}")
    checks.none_is_passed_over(context.run, context.stage, context.resource, context.found)


# -- the newest


@given("the snapshot of {table:Table} was crawled")
def snapshot_was_crawled(context: Context, table: str) -> None:
    context.stage, context.resource = SNAPSHOT, table
    checks.snapshot_was_crawled(context.run, table)


@when("I count the rows of the newest generation")
def count_rows(context: Context) -> None:
    generations.snapshot_query(context.run, context.resource)


@then("there are rows to explore")
def newest_is_readable(context: Context) -> None:
    context.generation = checks.newest_is_readable(context.run, context.resource)


@then("they are as fresh as the table's ingestion makes them")
def newest_is_fresh(context: Context) -> None:
    checks.newest_is_fresh(context.run, context.resource, context.generation)


# -- columns of the last two


@given("parsed data of {table:Table} are in the Data Catalog")
def table_was_parsed(context: Context, table: str) -> None:
    context.stage, context.resource = PARSE, table
    context.parsed = api_changes.parsed(context.run, [table])
    if not context.parsed:
        raise Blocked(f"the raw zone's database has no data of {table}", PARSE.crawl_step)


@given("parsed data of the tables already in the pipeline are in the Data Catalog")
def other_tables_were_parsed(context: Context) -> None:
    run: Run = context.run
    others = [table for table in run.platform.base.lists.all if table not in run.tables]
    context.parsed = api_changes.parsed(run, others)
    if not others:
        run.note("every table in the pipeline is under test: none is left to compare here")
    elif not context.parsed:
        raise Blocked("the raw zone's database has no data of any table in the pipeline", PARSE.crawl_step)


@when("I compare the columns of the newest generation with those of the one before")
def compare_columns(context: Context) -> None:
    context.compared = api_changes.compare(context.parsed)


@then("I am told which columns are new or gone")
def changes_are_told(context: Context) -> None:
    api_changes.changes_are_told(context.run, context.compared)


@then('none of them is a column of "{table:Table}"')
def widest_is_unchanged(context: Context, table: str) -> None:
    if table != api_changes.WIDEST:
        raise SuiteError(f"the table that must not change is {api_changes.WIDEST}")
    api_changes.widest_is_unchanged(context.run, context.compared)


# -- how often data change


@given("increments of {table:Table} are in the Data Catalog")
def increments_are_there(context: Context, table: str) -> None:
    context.stage, context.resource = RECAST, table
    if not generations.newest(context.run, RECAST, table):
        raise Blocked(f"there are no increments of {table}", RECAST.crawl_step)


@when("I count what is new or changed in each generation of its increments")
def count_changes(context: Context) -> None:
    generations.changes_query(context.run, context.resource, HISTORY_DAYS)


@then("I am told whether daily or weekly ingestion fits")
def rhythm_is_told(context: Context) -> None:
    checks.rhythm_is_told(context.run, context.resource)
