"""The increments, beside the parsed rows they come from: nothing lost and nothing changed in the cast."""

from __future__ import annotations

from collections.abc import Mapping

from acceptance.findings import ASK, Failure
from acceptance.pipeline import RECAST
from acceptance.run import Run
from acceptance.verdict import Comparison, Evidence, Kind


def every_row_is_there(table: str, measured: Mapping[str, int]) -> None:
    rows, parsed, matched = measured["row_count"], measured["parsed_count"], measured["matched_count"]
    if rows == parsed and matched >= parsed:
        return
    raise Failure(
        f"{table}: the increment has {rows} rows of today, the parsed table {parsed}, and {matched} belong together",
        expected=f"{parsed} rows, each with the id of its parsed row",
        observed=f"{rows} rows, {matched} of them with the id of a parsed row",
        look=f"today's partitions of {table} (raw zone) and {RECAST.catalog_table(table)} (refined zone)",
        do="more rows: recast more than once today, as a job without its bookmark does; fewer: see the log of step "
        f"{RECAST.run_step}; ids that do not match were lost in their cast; {ASK}",
    )


def no_value_is_lost(run: Run, table: str, measured: Mapping[str, int], types: Mapping[str, str]) -> None:
    """A text that does not fit its type becomes NULL without a word."""
    _compare(run, table, measured, types, "lost")


def no_value_is_changed(run: Run, table: str, measured: Mapping[str, int], types: Mapping[str, str]) -> None:
    """What was cast means what the text said."""
    _compare(run, table, measured, types, "changed")


def _compare(run: Run, table: str, measured: Mapping[str, int], types: Mapping[str, str], what: str) -> None:
    counts = {column: measured[f"{what}_{number}"] for number, column in enumerate(types)}
    compared = tuple(
        Comparison(f"{column} ({types[column]})", f"0 values {what}", f"{count} values {what}", count == 0)
        for column, count in counts.items()
    )
    run.record(Evidence(Kind.TABLE, f"Values {what} in the cast of {table}", comparisons=compared))
    bad = {column: count for column, count in counts.items() if count}
    if not bad:
        return
    first = next(iter(bad))
    told = ", ".join(f"{column} {count}" for column, count in bad.items())
    failing = run.recast_ids(table, first, types[first], what)
    run.record(failing.evidence(run.links, f"The rows whose {first} is {what}"))
    ids = ", ".join(str(row["id"]) for row in failing.rows)
    raise Failure(
        f"{table}: {sum(bad.values())} value(s) {what} in the cast: {told}",
        expected="every value of a typed column is there after the recast, and says what its text said",
        observed=f"{told} ({types[first]}); for {first} the ids {ids}",
        look="the query of those rows below",
        do=f"look at the texts of {first}: mend its type in the column type dictionary, or have the vendor mend "
        f"the data; then do step {RECAST.run_step} again; {ASK}",
    )
