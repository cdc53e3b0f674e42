"""Look-ups that a table's `_id` columns point to, and whether a table in the pipeline provides them."""

from __future__ import annotations

from acceptance.advice.lookups import LookUp, look_ups
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import API_RESPONSE_COLUMNS, PARSE
from acceptance.run.run import Run


def columns_of_records(run: Run, table: str) -> list[str]:
    """The columns that come from the API's records: those parsed, and those that the dictionary types."""
    found = run.catalog_table(PARSE, table)
    parsed = [column for column in (found.columns if found else ()) if column not in API_RESPONSE_COLUMNS]
    return list(dict.fromkeys((*parsed, *run.platform.branch.types_of(table))))


def missing_look_ups_are_told(run: Run, table: str, columns: list[str]) -> None:
    """Advice as a note; raises `Failure` where no column of the parsed table could be read."""
    found = run.catalog_table(PARSE, table)
    if found is None or "id" not in found.columns:
        raise Failure(
            "no-parsed-columns",
            "the parsed table has no columns of the API's records",
            table=table,
            expected="a column for each key of the JSON records, id among them",
            observed=", ".join(found.columns) if found else "no table",
            look=run.links.table(run.environment.database(PARSE.zone), table) or f"{table} in the raw zone",
            do="the same script would write the same again: see how it unfolds the JSON. A field of the API that is "
            "called like the resource, or like “json”, can clash with the script's own column",
            redo=PARSE,
        )
    lists, branch = run.platform.branch.lists, run.platform.branch
    provided = {*lists.all, *run.tables}
    pointed = look_ups(columns, [*provided, *sorted(branch.documented_tables)])
    facts = {
        each.column: each.resource + ("" if each.resource in provided else ": no table provides it")
        for each in pointed
    }
    run.record(Evidence(Kind.TABLE, f"What the columns of {table} point to", facts))
    if note := _advice([each for each in pointed if each.resource not in provided]):
        run.note(note)


def _advice(missing: list[LookUp]) -> str:
    known = [f"{each.column} to {each.resource}" for each in missing if each.known]
    guessed = [each.column for each in missing if not each.known]
    parts = []
    if known:
        parts.append(
            f"columns point to resources that no table in the pipeline provides, consider adding: {', '.join(known)}"
        )
    if guessed:
        parts.append(
            f"{', '.join(guessed)} name{'s' if len(guessed) == 1 else ''} no resource that is known here: see in the "
            "API's documentation what they point to"
        )
    return "; ".join(parts)
