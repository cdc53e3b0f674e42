"""behave's hooks: they only hand over to `harness.session`. What steps share is `context.run` (`acceptance.run.Run`)."""

import sandbox
from harness import session

session.install(sandbox)


def before_all(context):
    context.run = session.current().run


def before_feature(context, feature):
    session.current().before_feature(feature)


def before_scenario(context, scenario):
    session.current().before_scenario(scenario)


def before_step(context, step):
    session.current().before_step(context, step)


def after_step(context, step):
    session.current().after_step(step)


def after_scenario(context, scenario):
    session.current().after_scenario(scenario)


def after_feature(context, feature):
    session.current().after_feature(feature)
