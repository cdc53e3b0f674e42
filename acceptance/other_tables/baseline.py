"""What the tables not under test were like before a ticket's run changed anything: recorded once a day, in a file.

The first record of a day is kept: features that are run alone later, and runs repeated after a fault, compare with
what was there before all of them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from acceptance import naming
from acceptance.environments import Zone
from acceptance.other_tables import state
from acceptance.other_tables.state import TableState
from acceptance.run import day_records
from acceptance.run.day_records import Place
from acceptance.run.run import Run

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Baseline:
    place: Place
    taken: datetime  # UTC, when the look began
    run_id: str
    tables: tuple[str, ...]  # under test, in any of the ticket's runs since
    zones: dict[Zone, dict[str, TableState]]  # all tables but new ones
    schema_version: int = SCHEMA_VERSION


def path_of(run: Run) -> Path:
    return run.context.folder.parent / naming.baseline(run.environment.name)


def begin(run: Run) -> None:
    """Begin to record what is there, unless that was done today, in the background."""
    run.started.look_ahead("baseline", ("",), lambda _: _kept(run) or _made(run))


def remember(run: Run) -> None:
    """See to it that the record is made. To be called before the first change of any table, again as one likes.

    An error is kept for the feature that needs the record: it is no reason not to go on.
    """
    begin(run)
    with suppress(Exception):
        recall(run)


def recall(run: Run) -> Baseline | None:
    """The record of before the day's first change; None where there is none. Raises what recording it has met with."""
    return run.started.see("baseline", "", lambda _: _usable(run))


def latest(run: Run) -> Baseline | None:
    """The last record of the ticket in this account, whatever its day: a night's work goes on past midnight."""
    return day_records.read_latest(path_of(run), Baseline, run.place, SCHEMA_VERSION)


def _made(run: Run) -> Baseline:
    taken = run.context.clock.now()
    new = [table for table in run.tables if table not in run.platform.base.lists.all]
    zones = {
        zone: state.see(run, zone, state.names_under_test(zone, new), state.newest_partition) for zone in Zone
    }
    made = Baseline(run.place, taken, run.context.folder.name, run.tables, zones)
    day_records.write(path_of(run), made)
    return made


def _kept(run: Run) -> Baseline | None:
    """Today's record, with the tables that are under test now, and those that were."""
    found = _usable(run)
    if found and not set(run.tables) <= set(found.tables):
        found = replace(found, tables=tuple(dict.fromkeys((*found.tables, *run.tables))))
        day_records.write(path_of(run), found)
    return found


def _usable(run: Run) -> Baseline | None:
    return day_records.read(path_of(run), Baseline, run.place, SCHEMA_VERSION)
