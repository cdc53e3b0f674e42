"""What has happened to the tables not under test since they were recorded, and who else explains it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acceptance.environments import Zone
from acceptance.other_tables import state
from acceptance.other_tables.baseline import Baseline
from acceptance.other_tables.provenance import explanation
from acceptance.other_tables.state import Aspect, Change, Generation, TableState, View
from acceptance.run.run import Run


@dataclass(frozen=True)
class Disturbance:
    change: Change
    explained: str  # who has changed it if not this ticket; "": nothing explains it


def recorded(record: Baseline, zone: Zone, tables: Iterable[str]) -> dict[str, TableState]:
    """A zone's tables before the first change, without those under test now or in a run since."""
    spared = state.names_under_test(zone, {*record.tables, *tables})
    return {name: state for name, state in record.zones[zone].items() if name not in spared}


def seen_again(run: Run, record: Baseline, zone: Zone) -> tuple[View, list[Disturbance]]:
    """The same tables then and now: looked at once for all who ask, until something changes."""

    def look(_: str) -> tuple[View, list[Disturbance]]:
        before = recorded(record, zone, run.tables)
        view = state.view(run, zone, before, state.names_under_test(zone, {*record.tables, *run.tables}))
        return view, [Disturbance(change, _explained(run, record, view, change)) for change in view.changes()]

    return run.looks.see(("other tables", zone), "", look)


def _explained(run: Run, baseline: Baseline, view: View, change: Change) -> str:
    """Who else has done it; "" for nobody.

    Only today's generation is the deployed jobs' to write, and only new columns come with a new generation.
    """
    then, now = view.before[change.table], view.now.get(change.table)
    newest, recorded = now.newest if now else None, view.recorded.get(change.table)

    def written(generation: Generation) -> str:
        return explanation(run, view.zone, change.table, generation.place, baseline.taken)

    match change.aspect:
        case Aspect.NEWER if newest:
            return written(newest)
        case Aspect.GENERATION if recorded and recorded.name == baseline.place.day:
            return written(recorded)
        case Aspect.SCHEMA if now and newest and then.newest and newest.objects != then.newest.objects:
            added = state.columns_added(then, now)
            database = run.environment.database(view.zone)
            partition = run.catalog.partition(database, change.table, newest.values)
            return written(newest) if added and partition and added <= set(partition.columns) else ""
    return ""
