"""A release: the pull request, what is deployed, and the first night."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import deployed, pull_request
from acceptance.checks import first_night as night_checks
from acceptance.environments import Zone
from acceptance.pipeline import RECAST, SNAPSHOT, Stage
from acceptance.run import first_night
from acceptance.run.run import Run
from acceptance.verdict import verified
from harness.flow import needs
from harness.steps import given, then, when
from harness.subject import hold, hold_number, hold_row, hold_table

# -- 6.1 the pull request


@given("the pull request of the ticket's branch")
def pull_request_of_branch(context: Context) -> None:
    hold_number(context, "6.1")
    run: Run = context.run
    context.platform = run.platform
    run.record(pull_request.evidence(run.platform))


@then("it merges into main as main is now")
def merges(context: Context) -> None:
    pull_request.there_is_no_conflict(context.platform)


@then("merged, every table is in the Terraform lists once")
@needs("merges")
def lists_are_whole(context: Context) -> None:
    pull_request.every_table_is_listed_once(context.platform)


@then("merged, tables in use keep their types")
@needs("merges")
def types_in_use_are_kept(context: Context) -> None:
    pull_request.types_in_use_are_kept(context.platform)


@then("it leaves alone what other jobs share")
def helpers_are_left_alone(context: Context) -> None:
    pull_request.helpers_are_left_alone(context.platform)


@then("I am told what else it changes")
def other_changes_are_told(context: Context) -> None:
    run: Run = context.run
    for path in pull_request.other_changes(context.platform):
        run.note(f"not of a ticket that adds tables: {path}")


@then("I am told its unit tests, and what has none")
def tests_are_told(context: Context) -> None:
    pull_request.tests_are_told(context.run)


@then("the newest verdict of pre-production passed, and is of this commit")
def is_verified(context: Context) -> None:
    run: Run = context.run
    found = verified.newest(run.context.folder.parent, verified.PRE_PRODUCTION.name)
    if found:
        run.record(verified.evidence(*found))
    verified.is_of_this_commit(found[0] if found else None, run.platform, run.tables, run.settings)


# -- 6.2 deployed


@given("the ticket's branch is in main")
def branch_is_in_main(context: Context) -> None:
    run: Run = context.run
    first_night.release(run)
    run.record(pull_request.evidence(run.platform))


@when('I look at the deployed {stage:Stage} job, "{job}"')
def look_at_job(context: Context, stage: Stage, job: str) -> None:
    hold_number(context, "6.2")
    hold_row(context, "stage", stage.title)
    hold(context, "job", job, stage.job)
    run: Run = context.run
    context.stage, context.job = stage, run.deployed_job(stage)
    run.record(context.job.evidence(run.links))


@then("its script is main's, byte for byte")
def script_is_mains(context: Context) -> None:
    deployed.script_is_mains(context.run, context.stage, context.job)


@then("the helpers that it loads are main's, byte for byte")
def helpers_are_mains(context: Context) -> None:
    deployed.helpers_are_mains(context.run, context.job)


@then("it takes each table of main's lists once")
def tables_are_taken_once(context: Context) -> None:
    deployed.each_table_is_taken_once(context.run, context.stage, context.job)


@then("its parameters are those of main's Terraform")
def parameters_are_terraforms(context: Context) -> None:
    deployed.parameters_are_terraforms(context.run, context.stage, context.job)


@then("its triggers are on in production alone, at main's times")
def triggers_are_right(context: Context) -> None:
    deployed.triggers_are_right(context.run, context.stage, context.job)


@when("I look at the crawler that finds the data of the {stage:Stage}")
def look_at_crawler(context: Context, stage: Stage) -> None:
    hold_number(context, "6.2")
    hold_row(context, "stage", stage.title)
    run: Run = context.run
    context.stage, context.crawler = stage, run.context.crawlers.find(stage)


@then("its target and exclusions are those of main's Terraform")
def crawler_is_terraforms(context: Context) -> None:
    deployed.crawler_is_terraforms(context.run, context.stage, context.crawler)


@then("something starts it in production")
def crawler_is_started(context: Context) -> None:
    deployed.crawler_is_started(context.run, context.crawler)


@when("I look at the column type dictionary of the {stage:Stage}")
def look_at_dictionary(context: Context, stage: Stage) -> None:
    hold_number(context, "6.2")
    hold(context, "stage", stage.title, RECAST.title)
    run: Run = context.run
    context.job = run.deployed_job(stage)


@then("it is main's, byte for byte")
def dictionary_is_mains(context: Context) -> None:
    deployed.dictionary_is_mains(context.run, context.job)


@when("I look for what the ticket's tests have left")
def look_for_leftovers(context: Context) -> None:
    hold_number(context, "6.2")


@then("there is no test job, no test script and no lock")
def nothing_is_left(context: Context) -> None:
    deployed.nothing_is_left(context.run)


@then("I am told when the first night begins")
def first_nights_are_told(context: Context) -> None:
    deployed.first_nights_are_told(context.run)


# -- 6.3 the first night


@given("the first night of {table:Table} is over")
def night_is_over(context: Context, table: str) -> None:
    hold_number(context, "6.3")
    hold_table(context, table)
    if pending := first_night.pending(context.run, table):
        raise pending


@then("there is {stage:Stage} data of {table:Table} of that night")
def night_has_brought_data(context: Context, stage: Stage, table: str) -> None:
    hold_table(context, table)
    night_checks.has_come(context.run, stage, table)


@given("the first night since the release is over")
def pipelines_night_is_over(context: Context) -> None:
    hold_number(context, "6.3")
    if pending := first_night.pipeline_pending(context.run):
        raise pending


@when("I compare the {zone:Zone} zone's tables with what AWS keeps of the time before the release")
def compare_tables(context: Context, zone: Zone) -> None:
    hold_row(context, "zone", zone)
    context.compared = night_checks.compare(context.run, zone)


@then("none of the tables already there is gone")
def none_is_gone(context: Context) -> None:
    night_checks.none_is_gone(context.run, context.compared)


@then("their columns have the types that they had")
def types_are_kept(context: Context) -> None:
    night_checks.types_are_kept(context.run, context.compared)


@then("their generations from before the release are as they were")
def earlier_generations_are_kept(context: Context) -> None:
    night_checks.earlier_generations_are_kept(context.run, context.compared)


@then("each of them that had a {stage:Stage} has a new one")
def night_has_reached_them(context: Context, stage: Stage) -> None:
    hold(context, "stage", stage.title, SNAPSHOT.title)
    night_checks.the_night_has_reached_them(context.run, context.compared)


@then("no {stage:Stage} of theirs has lost rows since")
def no_snapshot_has_lost_rows(context: Context, stage: Stage) -> None:
    hold(context, "stage", stage.title, SNAPSHOT.title)
    night_checks.no_snapshot_has_lost_rows(context.run, context.compared)
