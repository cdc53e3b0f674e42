"""What a way back is about: the ticket's own tables, and the tables in use that the change has reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from acceptance.branch.merging import Release
from acceptance.environments import Zone
from acceptance.other_tables import baseline
from acceptance.other_tables.baseline import Baseline
from acceptance.other_tables.disturbances import seen_again
from acceptance.other_tables.provenance import origin
from acceptance.other_tables.state import Change, TableState
from acceptance.pipeline import RECAST, SNAPSHOT, STAGES, Stage
from acceptance.run.run import Run


@dataclass(frozen=True)
class Scope:
    """`moment`: to which tables in use go back, UTC; None where nobody knows when the change began."""

    release: Release | None  # None: main has nothing of the ticket
    own: tuple[str, ...]
    shared: tuple[tuple[Stage, str], ...]
    strangers: tuple[str, ...]  # tables that have changed and that the pipeline does not make
    moment: datetime | None
    record: Baseline | None

    def before(self, run: Run, stage: Stage, table: str) -> TableState | None:
        """A table as it was recorded before the ticket's first change."""
        if self.record is None:
            return None
        return self.record.zones[stage.zone].get(stage.catalog_table(table))


def find(run: Run, moment: datetime | None = None, *, all_tables: bool = True) -> Scope:
    """`moment`: where a person knows it better than the ticket's record, or the merge into main, tells it.

    `all_tables`: whether all others are looked at, too; on AWS some hundred calls.
    """
    came, before = run.platform.release, run.platform.before
    in_use = set(before.lists.all)
    own = tuple(table for table in run.tables if table not in in_use)
    record = baseline.latest(run)
    since = moment or (record.taken if record else came.when.astimezone(UTC) if came else None)
    reached = [(stage, table) for table in run.tables if table in in_use for stage in STAGES.values()]
    for table in sorted(in_use - set(run.tables)):
        if before.types_of(table) != run.platform.branch.types_of(table):
            reached += [(RECAST, table), (SNAPSHOT, table)]
    strangers = []
    for zone, change in disturbed(run, record) if all_tables else ():
        stage, table = origin(zone, change.table)
        if stage and table in in_use:
            reached.append((stage, table))
        else:
            strangers.append(f"{run.environment.database(zone)}.{change.table}")
    known = since is not None
    return Scope(
        came,
        own,
        tuple(dict.fromkeys(reached)) if known else (),
        tuple(dict.fromkeys(strangers)),
        since,
        record,
    )


def disturbed(run: Run, record: Baseline | None) -> list[tuple[Zone, Change]]:
    """What has happened to tables not under test since the record, and nobody else explains."""
    if record is None:
        return []
    return [
        (zone, found.change)
        for zone in Zone
        for found in seen_again(run, record, zone)[1]
        if not found.explained
    ]
