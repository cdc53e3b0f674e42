"""Crawlers and the partitions that they register."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import crawls as checks
from acceptance.findings import Blocked, Failure, SuiteError
from acceptance.pipeline import Stage
from acceptance.run.run import Run
from harness.steps import given, then, when


@when('I run the crawler that "{typed}" finds')
def run_crawler(context: Context, typed: str) -> None:
    run: Run = context.run
    if typed != context.stage.crawler_filter:
        raise SuiteError(f"the {context.stage.title} crawler is found by {context.stage.crawler_filter}")
    context.crawl = run.runs.crawl(context.stage)
    run.record(context.crawl.evidence(run.links))


@then("the crawl succeeds")
def crawl_succeeds(context: Context) -> None:
    checks.crawl_succeeded(context.run, context.crawl)


@then("it began after the data was written")
def crawl_is_fresh(context: Context) -> None:
    checks.crawl_is_fresh(context.run, context.stage, context.resource, context.crawl, context.data)


@then("the Data Catalog has today's {stage:Stage} data of {table:Table}")
def partition_is_registered(context: Context, stage: Stage, table: str) -> None:
    checks.partition_is_registered(context.run, stage, table)


@given("the Data Catalog has today's {stage:Stage} data of {table:Table}")
def data_is_crawled(context: Context, stage: Stage, table: str) -> None:
    context.stage, context.resource = stage, table
    try:
        checks.partition_is_registered(context.run, stage, table)
    except Failure as failure:
        raise Blocked(str(failure).splitlines()[0], stage.crawl_step) from None
