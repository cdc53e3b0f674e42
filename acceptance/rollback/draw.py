"""The plan of the way back, drawn by a run of the playbook."""

from __future__ import annotations

from acceptance.privacy.errors_in_words import finding_of, in_a_paragraph
from acceptance.rollback import scope
from acceptance.rollback.plan import WayBack
from acceptance.rollback.scope import Scope
from acceptance.rollback.survey import Survey, survey
from acceptance.run.run import Run


def draw(run: Run, about: Scope | None = None) -> Survey:
    """Look, and keep the plan for the run's verdict."""
    found = survey(run, about or scope.find(run))
    run.way_back = found.way_back()
    return found


def draw_at_the_end(run: Run) -> None:
    """Of a run that did not come to the step of its own: what hinders the plan is told in its place."""
    if run.way_back:
        return
    try:
        run.begin((), changed=True)
        draw(run, scope.find(run, all_tables=False))
    except Exception as error:  # noqa: BLE001  whatever hindered the run hinders the plan
        run.way_back = WayBack(trouble=in_a_paragraph(finding_of(error)))
