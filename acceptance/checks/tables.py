"""Tables of the Data Catalog: found, at their place, with their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

from acceptance.aws.glue_catalog import CatalogTable, Format, same_place
from acceptance.aws.s3_objects import Folder
from acceptance.branch.checkout import DICTIONARY
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Blocked, Failure
from acceptance.pipeline import API_RESPONSE_COLUMNS, PARSE, RECAST, Stage
from acceptance.run.run import Run
from acceptance.wording import count, meant

_MOST_NAMED = 16  # differences between partitions and their table
NOT_IN_OLD_PARQUET = frozenset(" ,;{}()\n\t=")
"""In a column's name Spark refused these when writing Parquet until 3.3 (apache/spark, pull request 35229)."""


def table_is_found(run: Run, stage: Stage, table: str, found: CatalogTable | None) -> CatalogTable:
    if found:
        return found
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    twins = run.twins(stage, table)
    alike = [other for other in run.catalog.names(database) if table in other or name in other]
    raise Failure(
        "table-missing",
        f"the table {name} is not in {database}"
        + (f": its folder is in the catalog as {' and '.join(twins)}" if twins else ""),
        table=table,
        expected=f"a table called exactly {name}: the next job looks for that name",
        observed=f"in its folder {', '.join(twins)}" if twins else f"tables named alike: {_list(alike)}",
        look=run.links.table(database, name) or f"the tables of {database}",
        do="the name was taken when the folder was crawled, so the crawler added a suffix"
        if twins
        else f"run step {stage.crawl_step}. If the table is not there then, see whether the crawler's target, "
        "exclusions and table level cover the folder",
        recrawl=stage if twins else None,
    )


def table_lies_at(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """The table reads the folder that the job writes, and is the only one that does."""
    expected = f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"
    twins = run.twins(stage, table)
    elsewhere = not same_place(found.location, expected)
    if not elsewhere and not twins:
        return
    others = " and ".join(twins)
    raise Failure(
        "table-elsewhere" if elsewhere else "tables-share-folder",
        (
            f"{found.name} reads another folder than the job writes"
            + (f"; the job's folder is in the catalog as {others}" if twins else "")
            if elsewhere
            else f"{found.name} shares its folder with {others}"
        ),
        table=table,
        expected=f"{expected}, and no other table there",
        observed=f"{found.name} at {found.location or 'no location'}"
        + (f"; {others} at {expected}" if twins else ""),
        look=run.links.table(found.database, found.name) or f"the location of {found.database}.{found.name}",
        do="find out who moved it: the next crawl makes the table anew at its place once it is removed"
        if elsewhere
        else "a crawl updates one table of a folder, and the other stays behind. Find out who made the other one",
        recrawl=stage,
    )


def readers_know_its_format(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """What the catalog says of a table beside its columns, as far as a reader fails or errs by it.

    Counts, sizes and the crawler's exclusions are for people: no reader goes by them. Sources: Glue API reference
    (StorageDescriptor); Athena user guide, "Create tables for ETL jobs" (classification), "Use a crawler to add a
    table" (exclusions), "Use partition projection with Amazon Athena".
    """
    misread = {
        day: _misread(partition.format)
        for partition in run.partitions(stage, table)
        if _misread(partition.format) and (day := "/".join(partition.values))
    }
    wrong = {
        "": _misread(found.format),
        "table type": found.kind if found.kind == "VIRTUAL_VIEW" else "",
        "classification": "" if _classified(found) == "parquet" else _classified(found) or "none",
        "projection.enabled": "true" if found.parameters.get("projection.enabled") == "true" else "",
    }
    told = [f"{name} {value}".strip() for name, value in wrong.items() if value]
    told += [f"{format} in the partition {day}" for day, format in list(misread.items())[-3:]]
    if not told:
        return
    raise Failure(
        "format-wrong",
        f"the catalog does not describe {found.name} as a table of Parquet files: {'; '.join(told)}",
        table=table,
        expected="an external table of Parquet files (input format, SerDe, classification), with its partitions in the "
        "catalog",
        observed="; ".join(told),
        look=run.links.table(found.database, found.name)
        or f"the definition of {found.database}.{found.name}",
        do="see whether somebody has changed the description, or a crawler's classifier took the files for another "
        "format: Athena and the jobs read them by the description",
        recrawl=stage,
    )


def _misread(format: Format) -> str:
    """What of a format's classes is not Parquet's; "" for nothing."""
    classes = (format.input_format, format.serde)
    return ", ".join(each or "no class" for each in classes if "parquet" not in each.lower())


def _classified(found: CatalogTable) -> str:
    return found.parameters.get("classification", "").lower()


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none"


def table_is_partitioned_by(
    run: Run, stage: Stage, table: str, found: CatalogTable, keys: tuple[str, ...]
) -> None:
    observed = tuple(found.partition_keys)
    others = {key: kind for key, kind in found.partition_keys.items() if kind != "string"}
    if observed == keys and not others:
        return
    raise Failure(
        "partition-keys-wrong",
        f"{found.name} has other partition keys than the pipeline reads",
        table=table,
        expected=", ".join(keys) + ", all strings",
        observed=", ".join(f"{key} {kind}" for key, kind in found.partition_keys.items())
        or "no partition keys",
        look=run.links.table(found.database, found.name)
        or f"the definition of {found.database}.{found.name}",
        do="an additional key comes of folders merged into one table, or of the crawler's table level: have the "
        "crawler's grouping fixed",
        recrawl=stage,
    )


def columns_are(run: Run, stage: Stage, table: str, found: CatalogTable, expected: Mapping[str, str]) -> None:
    """Exactly these columns with exactly these types, in whatever order."""
    compared = tuple(
        Comparison(
            name,
            expected.get(name, "not there"),
            found.columns.get(name, "not there"),
            expected.get(name) == found.columns.get(name),
        )
        for name in {**expected, **found.columns}
    )
    run.record(
        Evidence(
            Kind.TABLE,
            f"Columns of {found.name}",
            comparisons=compared,
            link=run.links.table(found.database, found.name),
        )
    )
    wrong = [c for c in compared if not c.ok]
    if not wrong:
        return
    sound = _files_have(run, stage, table, expected)
    raise Failure(
        "columns-wrong",
        f"the columns of {found.name} are wrong: "
        + ", ".join(f"{c.name} is {_missing(c.observed)}" for c in wrong[:5])
        + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""),
        table=table,
        expected=", ".join(f"{c.name} {_missing(c.expected)}" for c in wrong),
        observed=", ".join(f"{c.name} {_missing(c.observed)}" for c in wrong),
        look=run.links.table(found.database, found.name) or f"the columns of {found.database}.{found.name}",
        do="find out who changed the table's description: today's files have the right columns"
        if sound
        else "compare with what the job's script writes: an older script in S3, or files of another job in the folder",
        redo=None if sound else stage,
        recrawl=stage if sound else None,
    )


def _files_have(run: Run, stage: Stage, table: str, expected: Mapping[str, str]) -> bool:
    """Whether today's files have the columns that the catalog's description lacks."""
    files = run.file_types(stage, table).values()
    return bool(files) and all(dict(types) == dict(expected) for types in files)


def _missing(kind: str) -> str:
    return "missing" if kind == "not there" else kind


def note_odd_names(run: Run, table: str, found: CatalogTable) -> None:
    """Columns that cannot be written in every place as they are: no fault, and not known to whoever queries them."""
    odd = [name for name in found.columns if not re.fullmatch("[a-z0-9_]+", name)]
    if not odd:
        return
    refused = [name for name in odd if NOT_IN_OLD_PARQUET & set(name)]
    run.note(
        f"{table} has columns with other characters than letters, digits and underscores: {', '.join(odd)}. "
        "They are checked like all others; in Athena put their names in double quotes"
        + (
            f". Spark before 3.3 (Glue 2.0 and 3.0) refuses to write {', '.join(refused)} as Parquet: see which "
            "version production's jobs have before the table is released"
            if refused
            else ""
        )
    )


def api_response_columns(table: str) -> dict[str, str]:
    first, *others = API_RESPONSE_COLUMNS.items()
    return dict([first, (table, "string"), *others])


def parsed_columns(found: CatalogTable) -> dict[str, str]:
    """Those of the API response as they are; the keys of the JSON, whichever they are, as strings."""
    keys = dict.fromkeys(("id", "last_updated", *found.columns), "string")
    return keys | API_RESPONSE_COLUMNS


def increment_columns(run: Run, table: str) -> dict[str, str]:
    """The parsed table's columns, with the types that the branch's dictionary gives them."""
    return _columns_before(run, PARSE, table) | run.platform.branch.types_of(table)


def snapshot_columns(run: Run, table: str) -> dict[str, str]:
    """The increments' columns, their partition keys among them; the snapshot's own keys partition it and stand last."""
    return _columns_before(run, RECAST, table) | dict.fromkeys(RECAST.partition_keys, "string")


def api_columns(run: Run, table: str, found: CatalogTable) -> dict[str, str]:
    """The columns of the API's records, each with its equivalent type, and those that the pipeline has added."""
    parsed = run.catalog_table(PARSE, table)
    of_records = [name for name in (parsed.columns if parsed else ()) if name not in API_RESPONSE_COLUMNS]
    added = {name: kind for name, kind in API_RESPONSE_COLUMNS.items() if name in found.columns}
    strings = dict.fromkeys((*found.columns, *of_records), "string")
    return strings | added | run.platform.branch.types_of(table)


def _columns_before(run: Run, stage: Stage, table: str) -> dict[str, str]:
    """Columns of the table that a stage reads; raises `Blocked` where it is not there."""
    source = run.catalog_table(stage, table)
    if source is None:
        raise Blocked(
            "source-table-missing",
            f"there is no {stage.catalog_table(table)} to compare with",
            stage.crawl_step,
        )
    return dict(source.columns)


def typed_columns_are_there(run: Run, table: str, found: CatalogTable) -> None:
    """The recast of all tables fails over one column that the dictionary names and the data has not."""
    revision = run.platform.branch
    missing = [column for column in revision.types_of(table) if column not in found.columns]
    if not missing:
        return
    untyped = set(found.columns).difference(
        revision.types_of(table)
    )  # what is meant is one that it does not name
    told = ", ".join(column + meant(column, untyped) for column in missing)
    raise Failure(
        "typed-columns-missing",
        f"the column type dictionary names columns that the data does not have: {told}",
        table=table,
        expected=f"each column of the dictionary among those of {found.name}",
        observed=f"no column {', '.join(missing)}",
        look=f"{revision.name}:{DICTIONARY}",
        do=f"fix the entry on the branch: with it, the recast run fails for all its tables (step {RECAST.run_step})",
    )


def files_have_its_types(run: Run, stage: Stage, table: str, found: CatalogTable, data: Folder) -> None:
    """Today's files have the types that the catalog says: Athena widens some of them without a word, Spark does not."""
    differing, read = {}, run.file_types(stage, table)
    if len(read) < data.objects:
        run.note(f"{found.name} has {data.objects} files of today: the types of {len(read)} were read")
    for key, types in read.items():
        wrong = [
            f"{name} is {kind} and not {found.columns[name]}"
            for name, kind in types.items()
            if found.columns.get(name, kind) != kind
        ]
        if wrong:
            differing[key] = wrong
    if not differing:
        return
    first = next(iter(differing))
    raise Failure(
        "files-typed-otherwise",
        f"other types than {found.name} has are in {len(differing)} of today's {count(len(read), 'file')}: "
        + ", ".join(differing[first][:5]),
        table=table,
        expected=", ".join(f"{name} {kind}" for name, kind in found.columns.items()),
        observed=f"in s3://{data.bucket}/{first}: {', '.join(differing[first])}",
        look=run.links.folder(data.bucket, data.prefix) or data.address,
        do="see which job wrote the file, and whether the table's description was changed by hand",
        redo=stage,
    )


def partitions_have_its_columns(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """A partition keeps the schema that it was crawled with. The Data Catalog shows it for all days; queries need not.

    Over some pairs of types Athena fails. Of others it makes the table's type without an error, and NULL of a text
    that is no number (Trino, HiveCoercionPolicy).
    """
    newest: dict[str, str] = {}  # by what differs: its last partition
    differing: set[str] = set()
    for partition in sorted(run.partitions(stage, table), key=lambda each: each.values):
        values = "/".join(partition.values)
        for name, kind in partition.columns.items():
            if found.columns.get(name, kind) != kind:
                what = f"{name} is {kind} and not {found.columns[name]}"
                newest.pop(what, None)
                newest[what] = values
                differing.add(values)
    if not differing:
        return
    raise Failure(
        "partitions-typed-otherwise",
        f"the schema of {count(len(differing), 'partition')} of {found.name} is not the table's",
        table=table,
        expected="in every partition the table's column types",
        observed=", ".join(
            f"{what} in {values}" for what, values in list(newest.items())[-_MOST_NAMED:][::-1]
        ),
        look=run.links.table(found.database, found.name)
        or f"the partitions of {found.database}.{found.name}",
        do="a column's type has changed since. Athena may fail over such a partition, or show NULL in place of its "
        "values. Their files have to be made again with the present types",
        redo=stage,
    )
