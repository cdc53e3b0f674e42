"""Changes in the API: columns new or gone between the last two generations of parsed tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acceptance.aws import parallel
from acceptance.aws.glue_catalog import Partition
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import PARSE
from acceptance.run import generations
from acceptance.run.run import Run

WIDEST = "applications"
"""752 columns wide: the pipeline cannot simply take a change of it (the playbook's alternative scenario b)."""


@dataclass(frozen=True)
class ColumnChange:
    """How a parsed table's newest generation differs from the one before."""

    table: str
    newest: str  # generations, yyyymmdd
    before: str  # "" where the newest is the first
    columns: int  # of the newest
    new: tuple[str, ...]
    gone: tuple[str, ...]

    @classmethod
    def of(cls, table: str, newest: Partition, before: Partition | None) -> ColumnChange:
        name = generations.name_of
        if before is None:
            return cls(table, name(newest), "", len(newest.columns), (), ())
        return cls(
            table,
            name(newest),
            name(before),
            len(newest.columns) if before.columns else 0,
            tuple(column for column in newest.columns if column not in before.columns),
            tuple(column for column in before.columns if column not in newest.columns),
        )

    @property
    def told(self) -> str:
        parts = [
            f"{what} {', '.join(names)}" for what, names in (("new", self.new), ("gone", self.gone)) if names
        ]
        return "; ".join(parts)


def parsed(run: Run, tables: Iterable[str]) -> dict[str, list[Partition]]:
    """The last two generations of each table that has any."""
    wanted = list(tables)
    found = parallel.each(lambda table: generations.parsed_columns(run, table), wanted)
    return {table: partitions for table, partitions in zip(wanted, found, strict=True) if partitions}


def compare(found: dict[str, list[Partition]]) -> list[ColumnChange]:
    return [
        ColumnChange.of(table, newest, before[0] if before else None)
        for table, (newest, *before) in found.items()
    ]


def changes_are_told(run: Run, compared: list[ColumnChange]) -> None:
    """Each change is a note; raises `Failure` where the columns of a generation are not known."""
    run.record(_evidence(compared))
    for change in compared:
        if change.told:
            run.note(
                f"{change.table}: columns have changed between {change.before} and {change.newest}: {change.told}; "
                "whoever uses the table should know, and the next snapshot must have taken them in"
            )
        elif not change.before and change.table in run.tables:
            run.note("its first generation: there is none before it to compare columns with")
    if unread := [change.table for change in compared if not change.columns]:
        raise Failure(
            "generation-without-columns",
            f"{', '.join(unread)}: the Data Catalog has a generation without columns",
            expected="for each partition of a parsed table the columns that it was crawled with",
            observed=f"no columns in the last two generations of {', '.join(unread)}",
            look=run.links.table(run.environment.database(PARSE.zone), unread[0]) or "the tables' partitions",
            do="have these partitions removed and crawled anew",
        )


def widest_is_unchanged(run: Run, compared: list[ColumnChange]) -> None:
    for change in compared:
        if change.table == WIDEST and change.told:
            raise Failure(
                "widest-table-changed",
                f"the API has changed the columns of its widest table: {change.told}",
                table=WIDEST,
                expected=f"the columns that it had on {change.before}",
                observed=f"{change.told}, since {change.newest}",
                look=run.links.table(run.environment.database(PARSE.zone), WIDEST)
                or f"the last two partitions of {WIDEST} in the raw zone",
                do="deploy nothing: for a change of this table the pipeline has to be re-engineered and tested first",
                ask="seek the Data Platform team's advice",
            )


def _evidence(compared: list[ColumnChange]) -> Evidence:
    same = [change for change in compared if change.before and not change.told]
    facts = {
        "Tables": str(len(compared)),
        "The same columns as before": ", ".join(f"{c.table} ({c.columns})" for c in same) or "none",
        "First generations, nothing to compare": ", ".join(c.table for c in compared if not c.before)
        or "none",
    }
    comparisons = tuple(
        Comparison(f"{c.table}.{column}", was, now, ok=c.table != WIDEST)
        for c in compared
        for names, was, now in (
            (c.new, f"not there ({c.before})", f"there ({c.newest})"),
            (c.gone, f"there ({c.before})", f"not there ({c.newest})"),
        )
        for column in names
    )
    return Evidence(Kind.TABLE, "Columns of the last two generations", facts, comparisons)
