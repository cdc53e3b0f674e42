"""Crawlers and the partitions that they register."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import crawls as checks
from acceptance.findings import Blocked, Failure
from acceptance.pipeline import Stage, source_of
from acceptance.run.run import Run
from harness.flow import needs
from harness.steps import given, then, when
from harness.subject import Subject, about, hold, hold_step, hold_subject, hold_table


@when('I run the crawler that "{typed}" finds')
def run_crawler(context: Context, typed: str) -> None:
    run: Run = context.run
    stage: Stage = context.subject.stage
    hold_step(context, stage.crawl_step)
    hold(context, "crawler filter", typed, stage.crawler_filter)
    context.crawl = run.crawl(stage)
    run.record(context.crawl.evidence(run.links))


@then("the crawl succeeds")
def crawl_succeeds(context: Context) -> None:
    checks.crawl_succeeded(context.run, context.crawl)


@then("it began after the data was written")
@needs("crawl_succeeds")
def crawl_is_fresh(context: Context) -> None:
    subject: Subject = context.subject
    checks.crawl_is_fresh(context.run, subject.stage, subject.table, context.crawl, context.data)


@then("the Data Catalog has today's {stage:Stage} data of {table:Table}")
@needs("crawl_succeeds", "crawl_is_fresh")
def partition_is_registered(context: Context, stage: Stage, table: str) -> None:
    hold_subject(context, stage, table)
    checks.partition_is_registered(context.run, stage, table)


@given("the Data Catalog has today's {stage:Stage} data of {table:Table}")
def data_is_crawled(context: Context, stage: Stage, table: str) -> None:
    """What the scenario is about, or what the job reads that it runs."""
    hold_table(context, table)
    if "subject" in context:
        hold(context, "stage", stage.title, source_of(context.subject.stage).title)
    else:
        about(context, stage)
    try:
        checks.partition_is_registered(context.run, stage, table)
    except Failure as failure:
        what = failure.finding.what
        raise Blocked("data-not-crawled", what, stage.crawl_step, table=table) from None
