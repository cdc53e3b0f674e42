"""Generations of a table: none lost, the newest, its columns and the last one's, how often its data change."""

from __future__ import annotations

from behave.runner import Context

from acceptance.advice.ingestion_frequency import HISTORY_DAYS
from acceptance.checks import api_changes
from acceptance.checks import generations as checks
from acceptance.findings import Blocked
from acceptance.pipeline import LOOKBACK, PARSE, RECAST, SNAPSHOT, source_of
from acceptance.run import generations
from acceptance.run.run import Run
from harness.flow import needs
from harness.steps import given, then, when
from harness.subject import Subject, about, hold, hold_subject, hold_table


@then("its partitions of the last {days:d} days are its folders")
@needs("table_is_there")
def partitions_are_its_folders(context: Context, days: int) -> None:
    hold(context, "number of days", days, LOOKBACK.days)
    subject: Subject = context.subject
    checks.partitions_are_its_folders(context.run, subject.stage, subject.table, context.found)


@then("no generation of {source:Table} is missing in it")
@needs("table_is_there")
def none_is_passed_over(context: Context, source: str) -> None:
    subject: Subject = context.subject
    hold(context, "source", source, source_of(subject.stage).catalog_table(subject.table))
    checks.none_is_passed_over(context.run, subject.stage, subject.table, context.found)


# -- the newest


@given("the snapshot of {table:Table} was crawled")
def snapshot_was_crawled(context: Context, table: str) -> None:
    hold_table(context, table)
    about(context, SNAPSHOT)
    checks.snapshot_was_crawled(context.run, table)


@when("I count the rows of the newest generation")
def count_rows(context: Context) -> None:
    generations.snapshot_query(context.run, hold_subject(context, SNAPSHOT).table)


@then("there are rows to explore")
def newest_is_readable(context: Context) -> None:
    context.generation = checks.newest_is_readable(context.run, context.subject.table)


@then("they are as fresh as the table's ingestion makes them")
@needs("newest_is_readable")
def newest_is_fresh(context: Context) -> None:
    checks.newest_is_fresh(context.run, context.subject.table, context.generation)


# -- columns of the last two


@given("parsed data of {table:Table} are in the Data Catalog")
def table_was_parsed(context: Context, table: str) -> None:
    hold_table(context, table)
    about(context, PARSE)
    context.parsed = api_changes.parsed(context.run, [table])
    if not context.parsed:
        raise Blocked("no-parsed-data", f"the raw zone's database has no data of {table}", PARSE.crawl_step)


@given("parsed data of the tables already in the pipeline are in the Data Catalog")
def other_tables_were_parsed(context: Context) -> None:
    run: Run = context.run
    about(context, PARSE)
    others = [table for table in run.platform.base.lists.all if table not in run.tables]
    context.parsed = api_changes.parsed(run, others)
    if not others:
        run.note("every table in the pipeline is under test: none is left to compare here")
    elif not context.parsed and run.settings.rehearsal:
        run.note(
            "a rehearsal has no past days of the tables in the pipeline: there is nothing to compare here"
        )
    elif not context.parsed:
        raise Blocked(
            "no-parsed-data",
            "the raw zone's database has no data of any table in the pipeline",
            PARSE.crawl_step,
        )


@when("I compare the columns of the newest generation with those of the one before")
def compare_columns(context: Context) -> None:
    hold_subject(context, PARSE)
    context.compared = api_changes.compare(context.parsed)


@then("I am told which columns are new or gone")
def changes_are_told(context: Context) -> None:
    api_changes.changes_are_told(context.run, context.compared)


@then('none of them is a column of "{table:Table}"')
@needs("changes_are_told")
def widest_is_unchanged(context: Context, table: str) -> None:
    hold(context, "widest table", table, api_changes.WIDEST)
    api_changes.widest_is_unchanged(context.run, context.compared)


# -- how often data change


@given("increments of {table:Table} are in the Data Catalog")
def increments_are_there(context: Context, table: str) -> None:
    hold_table(context, table)
    about(context, RECAST)
    if not generations.newest(context.run, RECAST, table):
        raise Blocked("no-increments", f"there are no increments of {table}", RECAST.crawl_step)


@when("I count what is new or changed in each generation of its increments")
def count_changes(context: Context) -> None:
    generations.changes_query(context.run, hold_subject(context, RECAST).table, HISTORY_DAYS)


@then("I am told whether daily or weekly ingestion fits")
def rhythm_is_told(context: Context) -> None:
    checks.rhythm_is_told(context.run, context.subject.table)
