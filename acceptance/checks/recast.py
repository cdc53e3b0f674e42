"""The increments, compared with the parsed rows that they come from: nothing lost and nothing changed in the cast."""

from __future__ import annotations

from collections.abc import Mapping

from acceptance.aws.glue_jobs import Job
from acceptance.aws.glue_scripts import Script
from acceptance.branch.checkout import DICTIONARY
from acceptance.branch.dictionary import Dictionary, catalog_types, parse_dictionary
from acceptance.checks.branch import LEFT_OUT
from acceptance.checks.queries import failing_ids, named, on_pages, shown
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import INGESTION, PARSE, RECAST
from acceptance.queries.failing import repeated_ids, unmade_ids, without_id
from acceptance.queries.recast import RecastCounts
from acceptance.run.run import Run
from acceptance.settings import SettingsError
from acceptance.wording import count

DICTIONARY_ARGUMENT = "--column_dict_path"
"""The recast job's parameter that says where its dictionary lies."""


def every_row_is_there(run: Run, table: str, counts: RecastCounts) -> None:
    rows, parsed, matched = counts.row_count, counts.parsed_count, counts.matched_count
    if rows == parsed and matched >= parsed:
        return
    raw, refined = run.environment.database(PARSE.zone), run.environment.database(RECAST.zone)
    day, numbers = counts.day, counts.types.get("id", "string") != "string"
    lost = shown(run, "Parsed rows without an increment", unmade_ids(raw, refined, table, day, numbers))
    repeated = shown(run, "Ids that have several increments", repeated_ids(refined, RECAST, table, day))
    blank = shown(run, "Increments without an id, by page", without_id(refined, RECAST, table, day))
    told = "; ".join(
        filter(
            None,
            [
                f"no increment has the ids {named(lost)}" if lost else "",
                f"increments without an id: {on_pages(blank)}" if blank else "",
                f"several increments have the ids {named(each.id for each in repeated)}" if repeated else "",
            ],
        )
    )
    raise Failure(
        "recast-rows-differ",
        f"the increment has {rows} rows, the parsed table {parsed}"
        + (f": {told}" if told else f", and {matched} belong together"),
        table=table,
        expected=f"{parsed} rows, each with the id of its parsed row",
        observed=f"{rows} rows, {matched} of them with the id of a parsed row; {told}",
        look="the queries of these ids below",
        do="these ids do not fit the type of id in the column type dictionary, and became NULL. Fix the type, or have "
        "the vendor fix the ids"
        if lost and blank
        else f"see in the log of step {RECAST.run_step} why the job passed over these rows"
        if lost
        else "find out why rows were recast twice, as a job without its bookmark does",
        redo=RECAST,
    )


def id_is_typed(table: str, counts: RecastCounts) -> None:
    """An id may be text; one that is a number in every row was forgotten in the dictionary."""
    rows, whole = counts.row_count, counts.whole_id_count
    if "id" in counts.types or table in LEFT_OUT or not rows or whole < rows:
        return
    raise Failure(
        "recast-id-untyped",
        f"id is text in the increment, though every one of the {rows} ids is a number",
        table=table,
        expected="id under integer in the column type dictionary, as in the API's other resources",
        observed="no entry for id: the recast leaves it as text, and it joins with no other table's id",
        look=f"the entry of {table} in {DICTIONARY}",
        do="see the API's documentation; add id to the dictionary on the branch, and have it deployed",
        redo=RECAST,
    )


def dictionary_is_the_branchs(run: Run, job: Job) -> None:
    """The dictionary that the job reads in S3 may be older than the branch's: the columns would stay text."""
    address = _address(job)
    problems = _differences(run, _content(run, address))
    if not problems:
        return
    raise Failure(
        "dictionary-not-deployed",
        f"the column type dictionary of “{job.name}” is not the branch's: {'; '.join(problems[:5])}",
        expected=f"in {address or DICTIONARY_ARGUMENT} the branch's types for the tables under test",
        observed="; ".join(problems),
        look=run.links.job(job.name) or address or f"the parameters of “{job.name}”",
        do=f"have the branch's {DICTIONARY} deployed before the recast is tested: with the older one the columns stay "
        f"text",
    )


def deployed_types(run: Run, job: Job, table: str) -> dict[str, str]:
    """column -> catalog type, as the dictionary has them that the job reads; {} where it cannot be read."""
    try:
        return catalog_types(_parsed(_content(run, _address(job)) or b""), table)
    except (SettingsError, UnicodeDecodeError):
        return {}


def _address(job: Job) -> str:
    return str(job.definition.get("DefaultArguments", {}).get(DICTIONARY_ARGUMENT, ""))


def _content(run: Run, address: str) -> bytes | None:
    return run.scripts.code(Script(address)) if address else None


def _parsed(content: bytes) -> Dictionary:
    """Of several objects the job reads the first."""
    return parse_dictionary(content.decode("utf-8"), "it")[0]


def _differences(run: Run, content: bytes | None) -> list[str]:
    if content is None:
        return ["it is not there"]
    try:
        deployed = _parsed(content)
    except (SettingsError, UnicodeDecodeError) as error:
        return [str(error)]
    told = []
    for table in run.tables:
        there, wanted = catalog_types(deployed, table), run.platform.branch.types_of(table)
        columns = [column for column in {**wanted, **there} if there.get(column) != wanted.get(column)]
        told += [
            f"{table}.{column} is {there.get(column, 'text')} and not {wanted.get(column, 'text')}"
            for column in columns
        ]
    return told


def note_dates_that_say_no_date(run: Run, counts: RecastCounts) -> None:
    dateless = {name: column.dateless for name, column in counts.columns.items() if column.dateless}
    if dateless:
        run.note(
            f"{count(sum(dateless.values()), 'value')} of {', '.join(dateless)} were 0000-00-00, which is how the "
            "vendor's database writes no date: they are NULL in the increment, and nothing is lost"
        )


def no_value_is_lost(run: Run, table: str, counts: RecastCounts) -> None:
    """A text that does not fit its type becomes NULL without a word."""
    _compare(run, table, counts, "lost", {name: column.lost for name, column in counts.columns.items()})


def no_value_is_changed(run: Run, table: str, counts: RecastCounts) -> None:
    """What was cast means what the text said; what cannot be compared is counted by `measurements.collect`."""
    _compare(run, table, counts, "changed", {name: column.changed for name, column in counts.columns.items()})


def no_text_is_changed(run: Run, table: str, counts: RecastCounts) -> None:
    """What the dictionary does not name stays as it was parsed."""
    if not counts.changed_texts:
        return
    counted = run.queries.changed_texts(table, counts)
    run.record(*counted.evidence(run.links, "The texts that are not as they were parsed"))
    changed = counted.value
    first = next(iter(changed))
    told = ", ".join(f"{column} {rows}" for column, rows in changed.items())
    ids = failing_ids(
        run, f"The rows whose {first} is another", run.queries.recast_ids(table, counts, first, "changed")
    )
    raise Failure(
        "recast-texts-changed",
        f"{count(sum(changed.values()), 'text')} changed in the recast: {told}",
        table=table,
        expected="columns that the dictionary does not type are as they were parsed, letter for letter",
        observed=f"{told}; for {first} the ids {ids}",
        look="the query of those rows below",
        do="fix what the recast script does to columns that it need not cast",
        redo=RECAST,
    )


def _compare(run: Run, table: str, counts: RecastCounts, what: str, rows_of: Mapping[str, int]) -> None:
    """`rows_of`: in how many rows the cast of each column was at fault."""
    types = counts.types
    compared = tuple(
        Comparison(f"{column} ({types[column]})", f"0 values {what}", f"{rows} values {what}", rows == 0)
        for column, rows in rows_of.items()
    )
    run.record(Evidence(Kind.TABLE, f"Values {what} in the cast of {table}", comparisons=compared))
    bad = {column: rows for column, rows in rows_of.items() if rows}
    if not bad:
        return
    first = next(iter(bad))
    told = ", ".join(f"{column} {rows}" for column, rows in bad.items())
    ids = failing_ids(
        run, f"The rows whose {first} is {what}", run.queries.recast_ids(table, counts, first, what)
    )
    moved = (
        _shifts(run, table, counts, [column for column in bad if types[column] == "timestamp"])
        if what == "changed"
        else ""
    )
    raise Failure(
        "recast-values-lost" if what == "lost" else "recast-values-changed",
        f"{count(sum(bad.values()), 'value')} {what} in the cast: {told}{moved and f'; {moved}'}",
        table=table,
        expected="every value of a typed column is there after the recast, and says what its text said",
        observed=f"{told} ({types[first]}); for {first} the ids {ids}",
        look="the query of those rows below",
        do=f"look at the texts of {first}. Fix its type in the column type dictionary and have that deployed, or fix "
        "the recast script; where the texts are wrong, have the vendor fix them: the table is then ingested again",
        redo=INGESTION,
    )


def _shifts(run: Run, table: str, counts: RecastCounts, columns: list[str]) -> str:
    """By how much timestamps are later or earlier than their texts; "" for none."""
    told = []
    for column in columns:
        found = shown(
            run, f"By how much {column} is shifted", run.queries.recast_shifts(table, counts, column)
        )
        minutes = [each.minutes for each in found if each.minutes]
        if len(minutes) == 1:
            told.append(f"{column} is always {_span(minutes[0])}{_ZONE if minutes[0] % 15 == 0 else ''}")
        elif minutes:
            told.append(f"{column} is between {_span(min(minutes))} and {_span(max(minutes))}")
    return "; ".join(told)


_ZONE = ", as where a script reads the texts in another time zone than UTC"


def _span(minutes: int) -> str:
    """`1 hour later`, `90 minutes earlier`."""
    size = count(abs(minutes) // 60, "hour") if minutes % 60 == 0 else count(abs(minutes), "minute")
    return f"{size} {'later' if minutes > 0 else 'earlier'}"


CHECKS = (every_row_is_there, no_value_is_lost, no_value_is_changed, no_text_is_changed)
"""What is insisted on of each day, whatever the branch's dictionary says now; the later ones build on the first."""
