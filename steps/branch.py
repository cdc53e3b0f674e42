"""The ticket's branch of the Data Platform repository."""

from __future__ import annotations

from behave.runner import Context

from acceptance.branch.unit_tests import TouchedScripts, UnitTest
from acceptance.checks import branch as branch_checks
from acceptance.checks import unit_tests
from acceptance.findings import SuiteError
from acceptance.pipeline import Stage
from acceptance.run.run import Run
from harness.steps import given, then, when
from harness.subject import hold, hold_table


@given("a checkout of the Data Platform repository with the ticket's branch")
def checkout(context: Context) -> None:
    run: Run = context.run
    context.platform = run.platform
    run.record(branch_checks.evidence(run.platform))


@then("the branch's name refers to the ticket")
def branch_refers_to_ticket(context: Context) -> None:
    run: Run = context.run
    branch_checks.branch_refers_to_ticket(context.platform, run.settings.ticket)
    if note := branch_checks.behind_main(context.platform):
        run.note(note)


@then("the dictionary types the columns of {table:Table}")
def dictionary_has_table(context: Context, table: str) -> None:
    hold_table(context, table)
    run: Run = context.run
    if note := branch_checks.dictionary_has_table(context.platform, table):
        run.note(note)


@then("the branch leaves the types of tables already in the pipeline as they are")
def other_tables_types_unchanged(context: Context) -> None:
    run: Run = context.run
    branch_checks.other_tables_types_unchanged(context.platform, run.tables)


@then("{table:Table} is in exactly one of the Terraform lists")
def table_is_in_one_list(context: Context, table: str) -> None:
    hold_table(context, table)
    branch_checks.table_is_in_one_list(context.platform, table)


@then("every table of main's lists is still in one of the branch's")
def no_table_is_dropped(context: Context) -> None:
    run: Run = context.run
    for moved in branch_checks.moved_tables(context.platform):
        run.note(moved)
    branch_checks.no_table_is_dropped(context.platform)


@then("the {stage:Stage} script has the rules for {table:Table}")
def rules_are_right(context: Context, stage: Stage, table: str) -> None:
    hold_table(context, table)
    hold(context, "script with rules", stage.title, stage.title if stage.script_edited else "none")
    run: Run = context.run
    if branch_checks.lacks_rules_as_before(context.platform, stage, table):
        run.note(f"{table} has no rules in {stage.script}, on main neither: the job checks nothing of it")
        return
    branch_checks.rules_are_right(run, stage, table)


@when("I run the unit tests of the scripts that the branch touches")
def run_unit_tests(context: Context) -> None:
    run: Run = context.run
    touched = TouchedScripts(context.platform)
    context.test_files = unit_tests.to_run(touched)
    if note := unit_tests.without_tests(touched):
        run.note(note)
    branch = context.platform.branch
    try:
        found = context.run_unit_tests(branch.checkout, branch.commit, context.test_files)
    except RuntimeError as error:  # the sandbox's, in words for people
        raise SuiteError(str(error)) from None
    context.unit_tests = [UnitTest(**each) for each in found]


@then("each of them passes")
def unit_tests_pass(context: Context) -> None:
    run: Run = context.run
    run.record(unit_tests.evidence(context.unit_tests))
    unit_tests.all_pass(context.unit_tests, context.test_files)
