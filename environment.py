"""behave's hooks: they hand over to `harness`. What steps share is `context.run` (`acceptance.run.run.Run`)."""

from behave.model import Feature, Scenario, Step
from behave.runner import Context

import sandbox
from harness.days import LocalSandbox

LOCAL_SANDBOX = LocalSandbox(sandbox.sample_checkout, sandbox.launch, sandbox.Unsuited)


def before_all(context: Context) -> None:
    context.run = context.session.run
    context.run_unit_tests = sandbox.run_unit_tests


def before_feature(context: Context, feature: Feature) -> None:
    context.session.before_feature(feature)


def before_scenario(context: Context, scenario: Scenario) -> None:
    context.session.before_scenario(scenario)


def before_step(context: Context, step: Step) -> None:
    context.session.before_step(step)


def after_step(context: Context, step: Step) -> None:
    context.session.after_step(step)


def after_scenario(context: Context, scenario: Scenario) -> None:
    context.session.after_scenario(scenario)


def after_feature(context: Context, feature: Feature) -> None:
    context.session.after_feature(feature)
