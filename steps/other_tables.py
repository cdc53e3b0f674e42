"""Tables that were there already, before the run and after it."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import other_tables as checks
from acceptance.environments import Zone
from acceptance.findings import Blocked
from acceptance.other_tables import baseline, disturbances
from acceptance.run.run import Run
from harness.steps import given, then, when
from harness.subject import hold_row


@given("a record of the {zone:Zone} zone's tables from before the first change")
def tables_were_recorded(context: Context, zone: Zone) -> None:
    run: Run = context.run
    hold_row(context, "zone", zone)
    context.zone, context.baseline = zone, baseline.recall(run)
    if context.baseline is None:
        raise Blocked(
            "no-record-of-tables",
            "no record of what was there before today's first change; run the whole playbook",
            "1.1.2",
        )
    context.before = disturbances.recorded(context.baseline, zone, run.tables)
    run.record(checks.evidence(context.baseline, zone, context.before))


@when("I look at the same tables again")
def look_again(context: Context) -> None:
    context.findings = checks.look(context.run, context.zone, context.baseline, context.before)


@then("none of them is gone")
def none_is_gone(context: Context) -> None:
    checks.none_is_gone(context.run, context.zone, context.findings)


@then("they have the columns, partition keys and location that they had")
def schemas_are_the_same(context: Context) -> None:
    checks.schemas_are_the_same(context.run, context.zone, context.findings)


@then("the generations that were their newest have the rows that they had")
def generations_are_the_same(context: Context) -> None:
    checks.generations_are_the_same(context.run, context.zone, context.findings)


@then("a newer generation comes from the deployed pipeline alone")
def nothing_newer_is_the_tickets(context: Context) -> None:
    checks.nothing_newer_is_the_tickets(context.run, context.zone, context.findings)
