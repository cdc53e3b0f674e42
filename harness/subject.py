"""What a scenario is about, and that its sentences mean just that.

A sentence names tables, stages and columns, and its step knows which ones it checks. Where the two differ, the page
would show as evidence what nobody has looked at. So the nouns of a sentence are parameters, and are held against what
is checked, before AWS is asked anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from behave.runner import Context

from acceptance.findings import SuiteError
from acceptance.pipeline import Stage
from harness.outlines import RELEASE_SECTION, number_of, section_of, table_of


class Disagreement(SuiteError):
    """A sentence says another thing than its step checks."""

    code = "sentence-disagrees"


@dataclass(frozen=True)
class Subject:
    """`context.subject`: the table and the stage that a scenario is about."""

    stage: Stage
    table: str  # "" where it is about none, or about all


def hold(context: Context, what: str, said: object, meant: object) -> None:
    """Raises `Disagreement` where a noun of the sentence is not what its step checks."""
    if said != meant:
        raise Disagreement(
            f"a bug of the suite: “{context.session.step.name}” means the {what} “{said}”, but here it is “{meant}”"
        )


def about(context: Context, stage: Stage) -> None:
    """Begin with a stage, for the table that the scenario is tagged with. A release is about all stages."""
    if _is_of_a_stage(context):
        hold(context, "section", str(stage.section), number_of(context.feature).split(".")[0])
    context.subject = Subject(stage, table_of(context.scenario))


def hold_table(context: Context, table: str) -> None:
    """The table of a sentence is the one that the scenario is tagged with."""
    hold(context, "table", table, table_of(context.scenario) or "none")


def hold_subject(context: Context, stage: Stage, table: str | None = None) -> Subject:
    """The stage that a sentence is about is the scenario's; so is the table, where it names one."""
    subject: Subject = context.subject
    hold(context, "stage", stage.title, subject.stage.title)
    if table is not None:
        hold_table(context, table)
    return subject


def hold_step(context: Context, step: str) -> None:
    """The step of a stage that a sentence does is the one that the feature is tagged with, if it has a number."""
    if _is_of_a_stage(context):
        hold(context, "step", step, number_of(context.feature))


def hold_number(context: Context, step: str) -> None:
    """The feature is tagged with this number and no other."""
    hold(context, "step", step, number_of(context.feature))


def _is_of_a_stage(context: Context) -> bool:
    """Whether the feature has a number of a stage's section: those of a release say the same of all stages."""
    number = number_of(context.feature)
    if number:
        hold(context, "section of the step", section_of(context.feature), number.split(".")[0])
    return bool(number) and section_of(context.feature) != RELEASE_SECTION


def hold_row(context: Context, heading: str, said: object) -> None:
    """A noun of a sentence is the one in the outline's row, which the scenario is named after."""
    hold(context, heading, str(said), context.active_outline[heading])
