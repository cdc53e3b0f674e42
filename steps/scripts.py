"""Test scripts: made beside the original, filled with the branch's code."""

from __future__ import annotations

from behave.runner import Context

from acceptance.aws.glue_scripts import Script
from acceptance.checks import scripts as script_checks
from acceptance.findings import Blocked
from acceptance.pipeline import Stage
from acceptance.run.run import Run
from harness.steps import given, then, when
from harness.subject import about, hold, hold_step


@when("I name its script after the ticket")
def make_test_script(context: Context) -> None:
    run: Run = context.run
    stage: Stage = context.subject.stage
    hold_step(context, stage.make_script_step)
    context.original = Script(run.deployed_job(stage).script)
    context.test_job = run.scripts.make(context.original, run.test_job(stage))
    run.record(context.test_job.evidence(run.links))


@then("the test job runs the test script")
def test_job_runs_test_script(context: Context) -> None:
    script_checks.test_job_runs(context.run, context.test_job, context.original)


@then('the test script lies beside "{name}"')
def test_script_lies_beside(context: Context, name: str) -> None:
    hold(context, "script", name, context.subject.stage.script)
    script_checks.lies_beside(context.run, context.original, name)


@given("the {stage:Stage} test job has a script of its own")
def test_job_has_its_script(context: Context, stage: Stage) -> None:
    run: Run = context.run
    about(context, stage)
    context.original = Script(run.deployed_job(stage).script)
    context.script = run.scripts.of_ticket(context.original)
    if run.test_job(stage).script != context.script.address:
        raise Blocked(
            "test-script-not-run",
            f"the {stage.title} test job does not run {context.script.name}",
            stage.make_script_step,
        )
    context.original_code = run.scripts.code(context.original)


@when("I replace the test script's code by the branch's \"{name}\"")
def fill_test_script(context: Context, name: str) -> None:
    run: Run = context.run
    stage: Stage = context.subject.stage
    hold_step(context, stage.edit_script_step)
    hold(context, "script", name, stage.script)
    context.code = run.platform.branch.script(name)
    run.scripts.fill(context.script, context.code)


@then("the test script is the branch's, byte for byte")
def script_is_the_branchs(context: Context) -> None:
    script_checks.holds(context.run, context.script, context.code)


@then("the original script is as it was")
def original_is_untouched(context: Context) -> None:
    script_checks.untouched(context.run, context.original, context.original_code)


@given('the {stage:Stage} test job, a clone of "{job}", runs the branch\'s code')
def runs_the_branchs_code(context: Context, stage: Stage, job: str) -> None:
    run: Run = context.run
    about(context, stage)
    hold(context, "job", job, stage.job)
    test_job = run.test_job(stage)
    code = run.looks.see(("code", stage), "", lambda _: run.scripts.code(Script(test_job.script)))
    if code != run.platform.branch.script(stage.script):
        raise Blocked(
            "test-script-not-the-branchs",
            f"{test_job.script} is not the branch's {stage.script}",
            stage.edit_script_step,
        )
