"""What the first night after a release has brought: of the ticket's tables, and of those that others read."""

from __future__ import annotations

from collections.abc import Iterable

from acceptance.aws.athena import QueryFailed
from acceptance.aws.glue_catalog import same_place
from acceptance.environments import Zone
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.other_tables import before_release
from acceptance.other_tables.before_release import Comparable, Since
from acceptance.pipeline import SNAPSHOT, Stage
from acceptance.queries.generation_sizes import row_count
from acceptance.queries.query import ask
from acceptance.run import first_night
from acceptance.run.run import Run
from acceptance.wording import count

SHOWN = 4


def has_come(run: Run, stage: Stage, table: str) -> None:
    """The stage has a generation of the table of its first night or later; raises `Blocked` while there is time."""
    begins = first_night.due(run, table)
    found = first_night.newest(run, stage, table)
    if begins is None or found >= f"{begins:%Y%m%d}":
        return
    if blocked := first_night.not_yet(run, begins, f"the {stage.title} of {table}'s first night", table):
        raise blocked
    raise Failure(
        "first-night-missed",
        f"the first night has brought nothing of the table at the {stage.title}",
        table=table,
        expected=f"a generation of {begins:%Y%m%d} or later in {stage.catalog_table(table)}: the night began at "
        f"{begins:%H:%M} UTC, as its trigger says",
        observed=f"the newest is of {found}" if found else f"no generation of {stage.catalog_table(table)}",
        look=run.links.folder(run.environment.bucket(stage.zone), stage.prefix(table))
        or f"the runs of the {stage.title} job since {begins:%Y-%m-%d %H:%M} UTC, and its crawler's",
        do="see whether the release was deployed before that (step 6.2), and in the logs of the stage's job and "
        "crawler what they did with the table",
    )


# -- others' tables


def compare(run: Run, zone: Zone) -> Comparable:
    """A zone's tables since the release; what AWS no longer tells of the time before it is counted in a note."""
    moment = first_night.release(run).when
    found = run.once(("since the release", zone), lambda: before_release.look(run, zone, moment))
    facts = {
        "Released": f"{moment:%Y-%m-%d %H:%M} UTC",
        "Tables": str(len(found.tables)),
        "Had a night since": str(sum(each.had_a_night for each in found.tables)),
    }
    run.record(Evidence(Kind.TABLE, f"Tables of the {zone} zone since the release", facts))
    untold = {
        "Glue keeps no description of that time": [each.name for each in found.tables if each.before is None],
        "no generation of the days before the release is registered": [
            each.name for each in found.tables if each.before and each.last is None
        ],
        "fewer objects than the crawler counted, and S3 tells of none that was removed": [
            each.name for each in found.tables if _has_fewer(each)
        ],
    }
    for why, names in untold.items():
        if names:
            run.note(f"not compared of {count(len(names), 'table')}, as {why}: {_few(names)}")
    return found


def _has_fewer(each: Since) -> bool:
    return bool(each.last and each.last.objects and 0 < len(each.objects) < each.last.objects)


def none_is_gone(run: Run, found: Comparable) -> None:
    if found.gone:
        raise _hurt(
            run,
            found,
            dict.fromkeys(found.gone, "is not in the Data Catalog, and its data of before the release is"),
            code="released-table-gone",
            expected="every table of main's lists that had data before the release",
            do="have it made anew by a crawl of its stage, and find out who dropped it",
        )


def types_are_kept(run: Run, found: Comparable) -> None:
    """Of the description, and of the newest generation: a partition keeps the columns that it was crawled with."""
    hurt = {each.name: ", ".join(changes) for each in found.tables if (changes := list(_changes(each)))}
    for name, added in {each.name: _added(each) for each in found.tables}.items():
        if added:
            run.note(f"{name} has new columns since the release: {', '.join(added)}")
    if hurt:
        raise _hurt(
            run,
            found,
            hurt,
            code="released-table-retyped",
            expected="columns, types, partition keys and location as before the release",
            do="go back before the next night (docs/release-day.md): the readers of these tables, and queries over "
            "their old and new generations together, are hurt from now on",
        )


def _changes(each: Since) -> Iterable[str]:
    was, now = each.before, each.now
    if was:
        for name, kind in was.columns.items():
            if now.columns.get(name) != kind:
                yield f"{name} from {kind} to {now.columns.get(name, 'not there')}"
        if dict(was.partition_keys) != dict(now.partition_keys):
            yield f"partition keys from {', '.join(was.partition_keys)} to {', '.join(now.partition_keys)}"
        if not same_place(was.location, now.location):
            yield f"location from {was.location} to {now.location}"
    if each.last and each.newest and each.had_a_night:
        for name, kind in each.newest.columns.items():
            if (before := each.last.columns.get(name, kind)) != kind:
                yield f"{name} from {before} in {each.last.values[-1]} to {kind} in {each.newest.values[-1]}"


def _added(each: Since) -> list[str]:
    return [name for name in each.now.columns if each.before and name not in each.before.columns]


def earlier_generations_are_kept(run: Run, found: Comparable) -> None:
    """The newest generation of before the release: its objects were written before it, and they are there."""
    hurt = {}
    for each in found.tables:
        written = [item for item in each.objects if item.modified > found.moment]
        if each.last and not each.objects:
            hurt[each.name] = f"has no object any more in the generation {each.last.values[-1]}"
        elif each.last and written:
            hurt[each.name] = f"{count(len(written), 'object')} of {each.last.values[-1]} written since"
    if hurt:
        raise _hurt(
            run,
            found,
            hurt,
            code="released-table-rewritten",
            expected="the newest generation from before the release as it was",
            do="go back before the next night builds on it (docs/release-day.md), and see which job wrote there",
        )


def the_night_has_reached_them(run: Run, found: Comparable) -> None:
    """Each table in use has its snapshot of the night.

    The stages before leave no generation where there was nothing new, so that nothing can be said of them.
    """
    begins = first_night.of_pipeline(run)
    late = {
        each.name: f"its newest snapshot is of {each.newest.values[-1] if each.newest else 'no day'}"
        for each in _snapshots(found)
        if begins and (each.newest is None or each.newest.values[-1] < f"{begins:%Y%m%d}")
    }
    if late:
        raise _hurt(
            run,
            found,
            late,
            code="released-table-left-behind",
            expected=f"a snapshot of {begins:%Y%m%d} or later of each table in main's lists",
            do="see in the daily snapshot job's runs and log which table it died over: those after it in the list get "
            "nothing, and their readers see yesterday",
        )


def no_snapshot_has_lost_rows(run: Run, found: Comparable) -> None:
    """A snapshot has every row of the one before it, or a newer version of the row."""
    if fewer := {each.name: told for each in _snapshots(found) if (told := _lost_rows(run, each))}:
        raise _hurt(
            run,
            found,
            fewer,
            code="released-table-lost-rows",
            expected="no snapshot with fewer rows than the newest one from before the release",
            do="go back before the next night, which builds on this snapshot (docs/release-day.md)",
        )


def _snapshots(found: Comparable) -> list[Since]:
    return [each for each in found.tables if each.stage is SNAPSHOT and each.last]


def _lost_rows(run: Run, each: Since) -> str:
    """Counted where the crawler's numbers are fewer: of many files it looks at a sample. "" for no loss."""
    last, newest = each.last, each.newest
    if not (last and newest and last.rows and newest.rows is not None and newest.rows < last.rows):
        return ""
    keys = each.now.partition_keys
    asked = [
        ask(run.athena, row_count(each.now.database, each.name, dict(zip(keys, part.values, strict=True))))
        for part in (last, newest)
    ]
    try:
        before, now = (query.answer().value for query in asked)
    except QueryFailed as failed:
        if not failed.data_is_unreadable:
            raise
        return "its snapshots cannot be read together"
    return f"{before} rows in {last.values[-1]}, {now} in {newest.values[-1]}" if now < before else ""


def _hurt(run: Run, found: Comparable, hurt: dict[str, str], *, code: str, expected: str, do: str) -> Failure:
    first = next(iter(hurt))
    database = run.environment.database(found.zone)
    return Failure(
        code,
        f"tables not under test are hurt since the release: {_few(hurt)}",
        expected=expected,
        observed="; ".join(f"{name}: {what}" for name, what in hurt.items()),
        look=run.links.table(database, first) or f"{', '.join(hurt)} in {database}",
        do=do,
    )


def _few(names: Iterable[str]) -> str:
    told = list(names)
    return ", ".join(told[:SHOWN]) + (f" and {len(told) - SHOWN} more" if len(told) > SHOWN else "")
