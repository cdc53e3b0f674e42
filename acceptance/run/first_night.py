"""The first night after a release: when it is due, by the trigger's schedule and the moment of the merge.

A table's first night begins at the first time, after the commit that brought the branch into main, that the schedule
of its ingestion's trigger names. A deployment that came later than that has its first night a time later: what tells
that a night is over is the data, and only where there is none does the time count.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from acceptance.aws.glue_triggers import Trigger, triggers
from acceptance.aws.schedules import Schedule, Unreadable
from acceptance.branch.merging import Release
from acceptance.findings import Blocked
from acceptance.pipeline import INGESTION, SNAPSHOT, Stage
from acceptance.run.run import Run

GRACE = timedelta(days=1)
"""From the time at which a night begins until nothing there is a fault: its four stages take hours."""


def release(run: Run) -> Release:
    """How the branch has come into main; raises `Blocked` where it has not, with all tables under test."""
    found, main = run.platform.release, run.platform.main
    missing = [table for table in run.tables if table not in main.lists.all]
    if found and not missing:
        return found
    why = f"{main.name}'s lists have no {', '.join(missing)}" if missing else "its changes are not all there"
    raise Blocked("not-merged", f"not yet: {run.platform.branch.name} is not in {main.name}: {why}", "6.1")


def deployed_triggers(run: Run) -> list[Trigger]:
    """All triggers of the account."""
    return run.once("triggers", lambda: triggers(run.aws))


def starting(run: Run, table: str) -> list[Trigger]:
    """The triggers that start the ingestion for a table."""
    return [
        each
        for each in deployed_triggers(run)
        if any(action.arguments.get(INGESTION.tables_argument) == table for action in each.actions)
    ]


def due(run: Run, table: str) -> datetime | None:
    """When the first night of a table begins (UTC); None where no trigger that is on has a schedule for it."""
    return earliest(starting(run, table), release(run).when)


def of_pipeline(run: Run) -> datetime | None:
    """The same of the tables that are ingested most often: with them all stages run."""
    found = {each.name: each for table in run.platform.main.lists.daily for each in starting(run, table)}
    return earliest(found.values(), release(run).when)


def earliest(found: Iterable[Trigger], since: datetime) -> datetime | None:
    times = []
    for each in found:
        try:
            times.append(Schedule.parse(each.schedule).after(since) if each.on and each.schedule else None)
        except Unreadable:
            continue
    return min((time for time in times if time), default=None)


def newest(run: Run, stage: Stage, table: str) -> str:
    """The newest generation of a table in the Data Catalog, yyyymmdd; "" for none."""
    return max(run.days(stage, table), default="")


def pending(run: Run, table: str) -> Blocked | None:
    """Why nothing can be said of a table yet; None once its first night has brought something, or should have."""
    begins = due(run, table)
    if begins is None:
        return Blocked(
            "first-night-not-due",
            f"no trigger that is on starts the ingestion of {table} in {run.environment.title}: "
            "no night comes by itself",
            "6.2",
            table=table,
        )
    if newest(run, INGESTION, table) >= f"{begins:%Y%m%d}":
        return None
    return not_yet(run, begins, f"the first night of {table}", table)


def pipeline_pending(run: Run) -> Blocked | None:
    """The same of the pipeline as a whole: None once its tables in use have, or should have, had a night."""
    begins = of_pipeline(run)
    if begins is None:
        return Blocked(
            "first-night-not-due",
            f"no trigger that is on starts an ingestion in {run.environment.title}: no night comes by itself",
            "6.2",
        )
    if any(newest_in_use(run, table) >= f"{begins:%Y%m%d}" for table in run.platform.before.lists.daily):
        return None
    return not_yet(run, begins, "the first night since the release")


def newest_in_use(run: Run, table: str) -> str:
    """The newest snapshot of a table in use (yyyymmdd). It is registered once the night's last job has succeeded."""
    return run.once(("newest snapshot", table), lambda: max(run.registered(SNAPSHOT, table), default=""))


def not_yet(run: Run, begins: datetime, what: str, table: str = "") -> Blocked | None:
    """That something is still to come; None once it is late."""
    now = run.context.clock.now()
    if now >= begins + GRACE:
        return None
    state = "due" if now < begins else "begun"
    why = f"not yet: {what} is {state} at {begins:%H:%M} UTC on {begins:%Y-%m-%d}"
    return Blocked("first-night-not-due", why, "", table=table)
