"""What the tables not under test were like before a ticket's run changed anything: recorded once a day, in a file.

The first record of a day is kept: features that are run alone later, and runs repeated after a fault, compare with
what was there before all of them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from acceptance import bystanders
from acceptance.bystanders import TableState
from acceptance.environments import Zone
from acceptance.run import Run

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Place:
    """What a record is of: it says nothing of another account, nor of another day."""

    ticket: str
    environment: str
    account: str
    region: str
    endpoint: str  # of AWS, or of one sandbox
    day: str  # yyyymmdd, UTC

    @classmethod
    def of(cls, run: Run) -> Place:
        glue = run.aws.glue.meta
        return cls(
            run.settings.ticket,
            run.environment.name,
            run.identity.account,
            run.environment.region,
            glue.endpoint_url,
            f"{run.day:%Y%m%d}",
        )


@dataclass(frozen=True)
class Baseline:
    place: Place
    taken: datetime  # UTC, when the look began
    run_id: str
    tables: tuple[str, ...]  # under test, in any of the ticket's runs since
    zones: dict[Zone, dict[str, TableState]]
    schema_version: int = SCHEMA_VERSION


def path_of(run: Run) -> Path:
    return run.folder.parent / f"baseline-{run.environment.name}.json"


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


def _made(run: Run) -> Baseline:
    taken = run.clock.now()
    zones = {zone: bystanders.see(run, zone, bystanders.names_under_test(zone, run.tables)) for zone in Zone}
    made = Baseline(Place.of(run), taken, run.folder.name, run.tables, zones)
    _write(run, made)
    return made


def _kept(run: Run) -> Baseline | None:
    """Today's record, with the tables that are now under test beside those that were."""
    found = _usable(run)
    if found and not set(run.tables) <= set(found.tables):
        found = replace(found, tables=tuple(dict.fromkeys((*found.tables, *run.tables))))
        _write(run, found)
    return found


def _usable(run: Run) -> Baseline | None:
    try:
        found = msgspec.json.decode(path_of(run).read_bytes(), type=Baseline)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found if (found.place, found.schema_version) == (Place.of(run), SCHEMA_VERSION) else None


def _write(run: Run, baseline: Baseline) -> None:
    """At once or not at all: a run may be ended at any moment."""
    path = path_of(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.encode(baseline))
    unfinished.replace(path)
