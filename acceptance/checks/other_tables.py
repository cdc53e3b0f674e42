"""Tables that were there already: undisturbed, or changed by somebody else for a reason that can be told."""

from __future__ import annotations

from acceptance.environments import Zone
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.other_tables.baseline import Baseline
from acceptance.other_tables.disturbances import Disturbance, seen_again
from acceptance.other_tables.state import Aspect, TableState, View
from acceptance.run.run import Run


def evidence(baseline: Baseline, zone: Zone, before: dict[str, TableState]) -> Evidence:
    rows = [state.newest.rows for state in before.values() if state.newest]
    facts = {
        "Taken": f"{baseline.taken:%Y-%m-%d %H:%M:%S} UTC",
        "By run": baseline.run_id,
        "Tables": str(len(before)),
        "Rows of their newest generations": f"{sum(count or 0 for count in rows):,}, as crawled",
    }
    return Evidence(Kind.TABLE, f"Record of the {zone} zone's tables", facts)


def look(run: Run, zone: Zone, baseline: Baseline, before: dict[str, TableState]) -> list[Disturbance]:
    """What has happened to the tables since, with what explains it."""
    view, findings = seen_again(run, baseline, zone)
    run.record(_compared(view, findings))
    if added := sorted(set(view.now) - set(before)):
        run.note(f"new in the {zone} zone's database, and not of a table under test: {', '.join(added)}")
    return findings


def none_is_gone(run: Run, zone: Zone, findings: list[Disturbance]) -> None:
    _undisturbed(
        run,
        zone,
        findings,
        Aspect.GONE,
        code="other-table-gone",
        expected="every table of the record is still in the Data Catalog",
        do="have the table made anew by a crawl of its stage, and find out who dropped it",
    )


def schemas_are_the_same(run: Run, zone: Zone, findings: list[Disturbance]) -> None:
    _undisturbed(
        run,
        zone,
        findings,
        Aspect.SCHEMA,
        code="other-table-schema-changed",
        expected="columns, partition keys and location as recorded",
        do="have the table's version of before restored in the Data Catalog (Glue keeps them), and what made the "
        "crawl change it removed: whoever reads these columns is hurt",
    )


def generations_are_the_same(run: Run, zone: Zone, findings: list[Disturbance]) -> None:
    _undisturbed(
        run,
        zone,
        findings,
        Aspect.GENERATION,
        code="other-table-data-changed",
        expected="the generation that was the newest is there, with the objects and rows that it had",
        do="have the data rolled back before the next run of the pipeline builds on it, and see in the branch's "
        "scripts what writes there",
    )


def nothing_newer_is_the_tickets(run: Run, zone: Zone, findings: list[Disturbance]) -> None:
    _undisturbed(
        run,
        zone,
        findings,
        Aspect.NEWER,
        code="other-table-generation-added",
        expected="a new generation only from a run of the deployed pipeline",
        do="have the new generation removed, and see which tables the test jobs were given and what the branch's "
        "scripts write",
    )


def _undisturbed(
    run: Run, zone: Zone, findings: list[Disturbance], aspect: Aspect, *, code: str, expected: str, do: str
) -> None:
    """Notes what is explained; raises `Failure` for what is not."""
    mine = [finding for finding in findings if finding.change.aspect is aspect]
    for why in dict.fromkeys(finding.explained for finding in mine if finding.explained):
        told = [f"{each.change.table} {each.change.what}" for each in mine if each.explained == why]
        run.note(f"{_few(told)}: {why}")
    hurt = [finding.change for finding in mine if not finding.explained]
    if not hurt:
        return
    tables = list(dict.fromkeys(change.table for change in hurt))
    database = run.environment.database(zone)
    raise Failure(
        code,
        f"tables not under test are disturbed: {_few(tables)}: "
        + _few([f"{change.table} {change.what}" for change in hurt]),
        expected=expected,
        observed="; ".join(
            f"{change.table} {change.what}: {change.before} → {change.now}" for change in hurt
        ),
        look=run.links.table(database, tables[0]) or f"{', '.join(tables)} in {database}",
        do=f"{do}",
    )


def _compared(view: View, findings: list[Disturbance]) -> Evidence:
    """What differs, for the page; all the rest is said to be the same."""
    hurt = {finding.change.table for finding in findings}
    comparisons = tuple(
        Comparison(f"{f.change.table} {f.change.what}", f.change.before, f.change.now, bool(f.explained))
        for f in findings
    )
    facts = {
        "Compared": f"{len(view.before)} tables",
        "As they were": f"{len(view.before) - len(hurt)} tables",
    }
    return Evidence(Kind.TABLE, f"Tables of the {view.zone} zone, then and now", facts, comparisons)


def _few(told: list[str], most: int = 4) -> str:
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")
