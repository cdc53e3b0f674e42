"""behave's hooks: they hand over to `harness`. What steps share is `context.run` (`acceptance.run.run.Run`)."""

from behave.model import Feature, Scenario, Step
from behave.runner import Context

import sandbox
from harness import running, session

running.install(running.LocalSandbox(sandbox.sample_checkout, sandbox.launch))


def before_all(context: Context) -> None:
    context.run = session.current().run


def before_feature(context: Context, feature: Feature) -> None:
    session.current().before_feature(feature)


def before_scenario(context: Context, scenario: Scenario) -> None:
    session.current().before_scenario(scenario)


def before_step(context: Context, step: Step) -> None:
    session.current().before_step(context, step)


def after_step(context: Context, step: Step) -> None:
    session.current().after_step(step)


def after_scenario(context: Context, scenario: Scenario) -> None:
    session.current().after_scenario(scenario)


def after_feature(context: Context, feature: Feature) -> None:
    session.current().after_feature(feature)
