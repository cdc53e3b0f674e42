"""Glue jobs: listed, chosen, cloned."""

from __future__ import annotations

from behave.runner import Context

from acceptance.checks import job_runs as checks
from acceptance.checks import recast
from acceptance.checks import scripts as script_checks
from acceptance.findings import Blocked, Failure
from acceptance.pipeline import RECAST, Stage
from acceptance.run.run import Run
from harness.flow import needs
from harness.steps import given, then, when
from harness.subject import about, hold, hold_row, hold_step, hold_subject


@given("the ETL jobs are filtered for the Tascomi pipeline")
@when("I filter the ETL jobs for the Tascomi pipeline")
def filter_jobs(context: Context) -> None:
    context.run.listed_jobs()


@then('exactly one of them is the {stage:Stage} job, "{job}"')
def job_is_listed(context: Context, stage: Stage, job: str) -> None:
    run: Run = context.run
    hold_row(context, "stage", stage.title)
    hold(context, "job", job, stage.job)
    run.record(run.deployed_job(stage).evidence(run.links))


@when('I choose the {stage:Stage} job, "{job}"')
def choose_job(context: Context, stage: Stage, job: str) -> None:
    run: Run = context.run
    about(context, stage)
    hold(context, "job", job, stage.job)
    hold_step(context, stage.choose_step)
    context.job = run.deployed_job(stage)
    run.record(context.job.evidence(run.links))


@then('it runs the script "{script}"')
def job_runs_script(context: Context, script: str) -> None:
    run: Run = context.run
    hold(context, "script", script, context.subject.stage.script)
    if context.job.script.rsplit("/", 1)[-1] != script:
        raise Failure(
            "job-runs-other-script",
            f"“{context.job.name}” runs another script",
            expected=script,
            observed=context.job.script,
            look=run.links.job(context.job.name) or f"the script location of “{context.job.name}”",
            do="have the job deployed anew by Terraform",
        )


@then("that script is in its place")
@needs("job_runs_script")
def script_is_there(context: Context) -> None:
    script_checks.is_there(context.run, context.subject.stage, context.job)


@then("the helpers that it loads are no older than main's")
def helpers_are_mains(context: Context) -> None:
    script_checks.helpers_are_mains(context.run, context.job)


@then("the column type dictionary that it reads has the branch's types for the tables under test")
def dictionary_is_the_branchs(context: Context) -> None:
    hold_subject(context, RECAST)
    recast.dictionary_is_the_branchs(context.run, context.job)


@given('the {stage:Stage} job, "{job}", can be cloned')
def job_can_be_cloned(context: Context, stage: Stage, job: str) -> None:
    run: Run = context.run
    about(context, stage)
    hold(context, "job", job, stage.job)
    try:
        context.job = run.deployed_job(stage)
    except Failure as failure:
        raise Blocked("no-job-to-clone", failure.finding.what, stage.choose_step) from None


@when("I clone it and name the clone after the ticket")
def clone_job(context: Context) -> None:
    run: Run = context.run
    hold_step(context, context.subject.stage.clone_step)
    context.clone = run.jobs.clone(context.job)
    run.record(context.clone.evidence(run.links))


@then("the clone does what the original does")
def clone_is_faithful(context: Context) -> None:
    checks.clone_is_faithful(context.run, context.job, context.clone)


@given('the {stage:Stage} test job, a clone of "{job}", is there')
def test_job_is_there(context: Context, stage: Stage, job: str) -> None:
    run: Run = context.run
    about(context, stage)
    hold(context, "job", job, stage.job)
    run.test_job(stage)
