"""The Data Catalog for Spark: Glue's tables by name, in SQL and `spark.table`, as `--enable-glue-datacatalog` has it.

Spark's own catalog is in memory and new with every run. A table is copied there, with its partitions, when a query
first names it.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.spark.mirror import mirror


@cache
def _glue() -> Any:
    import boto3

    return boto3.client("glue")


class EntityNotFound(Exception):
    """There is no such database or table."""


@dataclass(frozen=True)
class Table:
    """A table of the Data Catalog, `fields` as GetTable gives them."""

    database: str
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields["Name"])

    @property
    def location(self) -> str:
        return str(self.fields["StorageDescriptor"]["Location"]).rstrip("/") + "/"

    @property
    def keys(self) -> list[str]:
        return [key["Name"] for key in self.fields.get("PartitionKeys", [])]

    @property
    def format(self) -> str:
        """parquet, csv, json, orc: as the crawler has classified it, else by the library that reads it."""
        library = self.fields["StorageDescriptor"].get("SerdeInfo", {}).get("SerializationLibrary", "")
        kinds = {"parquet": "parquet", "opencsv": "csv", "lazysimple": "csv", "json": "json", "orc": "orc"}
        by_library = next((kind for word, kind in kinds.items() if word in library.lower()), "")
        return str(self.fields.get("Parameters", {}).get("classification") or by_library)

    @property
    def format_options(self) -> dict[str, str]:
        """Of CSV, in the words of Glue's format_options."""
        details = self.fields["StorageDescriptor"].get("SerdeInfo", {}).get("Parameters", {})
        separator = details.get("separatorChar") or details.get("field.delim") or ","
        header = self.fields.get("Parameters", {}).get("skip.header.line.count") == "1"
        return {"separator": separator, "withHeader": str(header).lower()}

    def partitions(self) -> list[tuple[list[str], str]]:
        """Values and location of each."""
        pages = (
            _glue()
            .get_paginator("get_partitions")
            .paginate(DatabaseName=self.database, TableName=self.name, ExcludeColumnSchema=True)
        )
        return [
            (each["Values"], each["StorageDescriptor"]["Location"].rstrip("/") + "/")
            for page in pages
            for each in page["Partitions"]
        ]

    def delete_empty_partitions(self) -> None:
        """Those without a file; their folders may lie elsewhere than the table's."""
        for values, location in self.partitions():
            if not mirror().listing(location):
                _glue().delete_partition(
                    DatabaseName=self.database, TableName=self.name, PartitionValues=values
                )


def table(database: str, name: str) -> Table:
    """Raises EntityNotFound."""
    try:
        return Table(database, _glue().get_table(DatabaseName=database, Name=name)["Table"])
    except _glue().exceptions.EntityNotFoundException as error:
        raise EntityNotFound(f"EntityNotFoundException: {error.response['Error']['Message']}") from None


def tables(database: str) -> list[Table]:
    """All of a database; of one that is not there, none."""
    pages = _glue().get_paginator("get_tables").paginate(DatabaseName=database)
    try:
        return [Table(database, fields) for page in pages for fields in page["TableList"]]
    except _glue().exceptions.EntityNotFoundException:
        return []


def databases() -> list[str]:
    pages = _glue().get_paginator("get_databases").paginate()
    return [database["Name"] for page in pages for database in page["DatabaseList"]]


def register(session: Any, text: str, *_: Any, **__: Any) -> None:
    """Copy into Spark's catalog, and S3's objects to where Spark reads them, what the query or name speaks of."""
    for name in _known_databases():
        if _names(name, text) or session.catalog.currentDatabase() == name:
            _register_database(session, name)
            for each in _tables_once(name):
                if _names(each.name, text):
                    _register_table(session, each)


_known_databases = cache(databases)
_tables_once = cache(tables)


def _names(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) is not None


def _register_database(session: Any, name: str) -> None:
    """`CREATE DATABASE` refuses the hyphens that Glue's names may have; Spark's catalog itself does not."""
    jvm = session._jvm
    empty = getattr(getattr(jvm.scala.collection.immutable, "Map$"), "MODULE$").empty()
    database = jvm.org.apache.spark.sql.catalyst.catalog.CatalogDatabase(
        name, "", jvm.java.net.URI.create("file:///nowhere"), empty
    )
    session._jsparkSession.sharedState().externalCatalog().createDatabase(database, True)


_registered: set[tuple[str, str]] = set()


def _register_table(session: Any, found: Table) -> None:
    mirror().pull(found.location)
    if (found.database, found.name) in _registered:
        return
    _registered.add((found.database, found.name))
    name = f"`{found.database}`.`{found.name}`"
    fields = [*found.fields["StorageDescriptor"]["Columns"], *found.fields.get("PartitionKeys", [])]
    columns = ", ".join(f"`{field['Name']}` {field['Type']}" for field in fields)
    keys = ", ".join(f"`{key}`" for key in found.keys)
    partitioned = f" PARTITIONED BY ({keys})" if keys else ""
    options = _csv_options(found) if found.format == "csv" else ""
    run = session._jsparkSession.sql  # not `session.sql`, which comes here
    run(
        f"CREATE TABLE IF NOT EXISTS {name} ({columns}) USING {found.format}{options}{partitioned}"
        f" LOCATION '{found.location}'"
    )
    added = " ".join(
        f"PARTITION ({_equal(found.keys, values)}) LOCATION '{location}'"
        for values, location in found.partitions()
    )
    if added:
        run(f"ALTER TABLE {name} ADD IF NOT EXISTS {added}")


def _csv_options(found: Table) -> str:
    options = found.format_options
    return f" OPTIONS (sep '{options['separator']}', header '{options['withHeader']}')"


def _equal(keys: list[str], values: list[str]) -> str:
    return ", ".join(f"`{key}`='{value}'" for key, value in zip(keys, values, strict=True))


def update(
    database: str, name: str, location: str, form: str, frame: Any, keys: list[str], behavior: str
) -> None:
    """Have in the Data Catalog what was written: the table if it is new, its new columns, its new partitions.

    `behavior` LOG leaves the columns of a table that is there alone.
    https://docs.aws.amazon.com/glue/latest/dg/update-from-job.html
    """
    place = location.rstrip("/") + "/"
    columns = {
        field.name.lower(): field.dataType.simpleString() for field in frame.schema if field.name not in keys
    }
    try:
        found = table(database, name)
    except EntityNotFound:
        _glue().create_table(DatabaseName=database, TableInput=_table_input(name, place, form, columns, keys))
        found = table(database, name)
    else:
        if behavior == "UPDATE_IN_DATABASE":
            old = {column["Name"]: column["Type"] for column in found.fields["StorageDescriptor"]["Columns"]}
            _glue().update_table(
                DatabaseName=database, TableInput=_table_input(name, place, form, {**old, **columns}, keys)
            )
    known = {tuple(values) for values, _ in found.partitions()} if keys else set()
    written = (
        [tuple(str(value) for value in row) for row in frame.select(*keys).distinct().collect()]
        if keys
        else []
    )
    inputs = [_partition_input(found, place, keys, values) for values in sorted(set(written) - known)]
    for start in range(0, len(inputs), _PARTITIONS_AT_ONCE):
        batch = inputs[start : start + _PARTITIONS_AT_ONCE]
        _glue().batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=batch)


_PARTITIONS_AT_ONCE = 100  # the most that BatchCreatePartition takes
_HIVE = "org.apache.hadoop.hive"
_FORMATS = {
    "parquet": (
        f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat",
        f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat",
        f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat",
        f"{_HIVE}.serde2.lazy.LazySimpleSerDe",
    ),
}
"""Input format, output format and library of each format, as crawlers write them into the catalog."""


def _table_input(
    name: str, location: str, form: str, columns: dict[str, str], keys: list[str]
) -> dict[str, Any]:
    kind = form.removeprefix("glue")
    reads, writes, library = _FORMATS[kind]
    details = {"field.delim": ",", "serialization.format": ","} if kind == "csv" else {}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": kind, **({"skip.header.line.count": "1"} if kind == "csv" else {})},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": type_} for column, type_ in columns.items()],
            "Location": location,
            "InputFormat": reads,
            "OutputFormat": writes,
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": details},
        },
    }


def _partition_input(found: Table, location: str, keys: list[str], values: tuple[str, ...]) -> dict[str, Any]:
    folder = "".join(f"{key}={value}/" for key, value in zip(keys, values, strict=True))
    return {
        "Values": list(values),
        "StorageDescriptor": {**found.fields["StorageDescriptor"], "Location": location + folder},
    }
