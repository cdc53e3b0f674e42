"""The Glue Data Catalog: databases, tables with their versions, partitions.

As AWS has it: names are lower-cased, every list is paged, a partition keeps the storage descriptor it was given.
Errors, lengths, counts and patterns are those of the API reference, as botocore's model has them
(tests/sandbox/test_reference.py). AWS's words: "Database … not found." (open-metadata/OpenMetadata issue 16476),
"Table … not found." (hashicorp/terraform-provider-aws issue 34132), "Invalid partition expression!" (getmoto/moto pull
request 9306). From memory: the other words, and pages of the largest size where MaxResults is not given.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog.html
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.clock import now
from sandbox.endpoint.protocol import Actions, AwsError, Fields, action, page

_LIST_PAGE = 100  # GetDatabases, GetTables: the most that MaxResults may be
_PARTITION_PAGE = 1000
_STORAGE: Fields = {
    "Compressed": False,
    "NumberOfBuckets": 0,
    "SortColumns": [],
    "StoredAsSubDirectories": False,
}
"""What Glue fills in where a storage descriptor leaves it out, or Hive's clients fail (getmoto/moto pull request 10121;
SortColumns: as its answers have it)."""
_SINGLE_LINE = re.compile(r"[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\t]*")


@dataclass
class Table:
    fields: Fields
    versions: list[Fields] = field(default_factory=list)
    partitions: dict[tuple[str, ...], Fields] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return [key["Name"] for key in self.fields.get("PartitionKeys", [])]


@dataclass
class Database:
    fields: Fields
    tables: dict[str, Table] = field(default_factory=dict)


class Catalog(Actions):
    def __init__(self, account: str) -> None:
        super().__init__()
        self._account = account
        self._databases: dict[str, Database] = {}

    # Databases

    @action
    def create_database(self, body: Fields) -> Fields:
        given = body["DatabaseInput"]
        name = given["Name"].lower()
        if name in self._databases:
            raise AwsError("AlreadyExistsException", "Database already exists.")
        fields = {**given, "Name": name, "CreateTime": now(), "CatalogId": self._account}
        self._databases[name] = Database(fields)
        return {}

    @action
    def get_database(self, body: Fields) -> Fields:
        return {"Database": self.database(body["Name"]).fields}

    @action
    def get_databases(self, body: Fields) -> Fields:
        databases = [self._databases[name].fields for name in sorted(self._databases)]
        return page(databases, body, "DatabaseList", _LIST_PAGE)

    @action
    def update_database(self, body: Fields) -> Fields:
        database = self.database(body["Name"])
        kept = {name: database.fields[name] for name in ("Name", "CreateTime", "CatalogId")}
        database.fields = {**body["DatabaseInput"], **kept}
        return {}

    @action
    def delete_database(self, body: Fields) -> Fields:
        del self._databases[self.database(body["Name"]).fields["Name"]]
        return {}

    # Tables

    @action
    def create_table(self, body: Fields) -> Fields:
        database = self.database(body["DatabaseName"])
        given = body["TableInput"]
        name = given["Name"].lower()
        if name in database.tables:
            raise AwsError("AlreadyExistsException", "Table already exists.")
        database.tables[name] = Table(self._table_fields(database, given, version=0))
        return {}

    @action
    def get_table(self, body: Fields) -> Fields:
        return {"Table": self.table(body["DatabaseName"], body["Name"]).fields}

    @action
    def get_tables(self, body: Fields) -> Fields:
        """`Expression` is a pattern over whole names in which a bare * stands for anything."""
        tables = self.database(body["DatabaseName"]).tables
        pattern = _name_pattern(body.get("Expression") or "*")
        found = [tables[name].fields for name in sorted(tables) if pattern.fullmatch(name)]
        return page(found, body, "TableList", _LIST_PAGE)

    @action
    def update_table(self, body: Fields) -> Fields:
        database = self.database(body["DatabaseName"])
        given = body["TableInput"]
        table = self.table(body["DatabaseName"], body.get("Name") or given["Name"])
        if not body.get("SkipArchive"):
            table.versions.append(table.fields)
        version = int(table.fields["VersionId"]) + 1
        created = table.fields["CreateTime"]
        table.fields = {**self._table_fields(database, given, version), "CreateTime": created}
        return {}

    @action
    def delete_table(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["Name"])
        del self.database(body["DatabaseName"]).tables[table.fields["Name"]]
        return {}

    @action
    def batch_delete_table(self, body: Fields) -> Fields:
        errors = []
        for name in body["TablesToDelete"]:
            try:
                self.delete_table({"DatabaseName": body["DatabaseName"], "Name": name})
            except AwsError as error:
                errors.append({"TableName": name, "ErrorDetail": _detail(error)})
        return {"Errors": errors}

    @action
    def get_table_versions(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        newest_first = [table.fields, *reversed(table.versions)]
        versions = [{"Table": fields, "VersionId": fields["VersionId"]} for fields in newest_first]
        return page(versions, body, "TableVersions", _LIST_PAGE)

    @action
    def get_table_version(self, body: Fields) -> Fields:
        """The present one, where none is named."""
        table = self.table(body["DatabaseName"], body["TableName"])
        wanted = body.get("VersionId", table.fields["VersionId"])
        found = [each for each in (table.fields, *table.versions) if each["VersionId"] == wanted]
        if not found:
            raise AwsError("EntityNotFoundException", f"Version {wanted} not found.")
        return {"TableVersion": {"Table": found[0], "VersionId": wanted}}

    # Partitions

    @action
    def create_partition(self, body: Fields) -> Fields:
        self._add_partition(self.table(body["DatabaseName"], body["TableName"]), body["PartitionInput"])
        return {}

    @action
    def batch_create_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        errors = []
        for given in body["PartitionInputList"]:
            try:
                self._add_partition(table, given)
            except AwsError as error:
                errors.append({"PartitionValues": given["Values"], "ErrorDetail": _detail(error)})
        return {"Errors": errors}

    @action
    def get_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        return {"Partition": _partition(table, body["PartitionValues"])}

    @action
    def batch_get_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        wanted = [entry["Values"] for entry in body["PartitionsToGet"]]
        found = [table.partitions[tuple(values)] for values in wanted if tuple(values) in table.partitions]
        missing = [{"Values": values} for values in wanted if tuple(values) not in table.partitions]
        return {"Partitions": found, "UnprocessedKeys": missing}

    @action
    def get_partitions(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        found = list(table.partitions.values())
        if body.get("Expression"):
            found = _select(table, body["Expression"])
        if segment := body.get("Segment"):
            found = _segment(found, segment["SegmentNumber"], segment["TotalSegments"])
        if body.get("ExcludeColumnSchema"):
            found = [_without_columns(partition) for partition in found]
        return page(found, body, "Partitions", _PARTITION_PAGE)

    # Statistics

    @action
    def get_column_statistics_for_table(self, body: Fields) -> Fields:
        """There are none: nothing that runs here computes them."""
        self.table(body["DatabaseName"], body["TableName"])
        return {"ColumnStatisticsList": [], "Errors": []}

    @action
    def get_column_statistics_for_partition(self, body: Fields) -> Fields:
        """As of a table."""
        _partition(self.table(body["DatabaseName"], body["TableName"]), body["PartitionValues"])
        return {"ColumnStatisticsList": [], "Errors": []}

    @action
    def update_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        self._replace_partition(table, body["PartitionValueList"], body["PartitionInput"])
        return {}

    @action
    def batch_update_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        errors = []
        for entry in body["Entries"]:
            try:
                self._replace_partition(table, entry["PartitionValueList"], entry["PartitionInput"])
            except AwsError as error:
                errors.append(
                    {"PartitionValueList": entry["PartitionValueList"], "ErrorDetail": _detail(error)}
                )
        return {"Errors": errors}

    @action
    def delete_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        _partition(table, body["PartitionValues"])
        del table.partitions[tuple(body["PartitionValues"])]
        return {}

    @action
    def batch_delete_partition(self, body: Fields) -> Fields:
        table = self.table(body["DatabaseName"], body["TableName"])
        errors = []
        for entry in body["PartitionsToDelete"]:
            if table.partitions.pop(tuple(entry["Values"]), None) is None:
                error = AwsError("EntityNotFoundException", "Partition not found.")
                errors.append({"PartitionValues": entry["Values"], "ErrorDetail": _detail(error)})
        return {"Errors": errors}

    # Shared

    def register(
        self, database: str, table: Fields, partitions: list[Fields], crawled: Sequence[datetime] = ()
    ) -> None:
        """CreateTable and BatchCreatePartition without the protocol, for seeding: what is passed in is kept.

        `crawled`: when each partition was registered, the oldest first, if not now.
        """
        with self.lock:
            self.create_table({"DatabaseName": database, "TableInput": table})
            made = self.table(database, table["Name"])
            for partition in partitions:
                self._add_partition(made, partition)
            for fields, moment in zip(made.partitions.values(), crawled, strict=bool(crawled)):
                fields["CreationTime"] = moment
            if crawled:
                made.fields.update(CreateTime=crawled[0], UpdateTime=crawled[-1])

    def database(self, name: str) -> Database:
        database = self._databases.get(name.lower())
        if database is None:
            raise AwsError("EntityNotFoundException", f"Database {name.lower()} not found.")
        return database

    def table(self, database: str, name: str) -> Table:
        table = self.database(database).tables.get(name.lower())
        if table is None:
            raise AwsError("EntityNotFoundException", f"Table {name.lower()} not found.")
        return table

    def database_names(self) -> list[str]:
        return sorted(self._databases)

    def _table_fields(self, database: Database, given: Fields, version: int) -> Fields:
        for column in given.get("StorageDescriptor", {}).get("Columns", []):
            _check_name(column["Name"])
        return {
            "Retention": 0,
            **_stored(given),
            "Name": given["Name"].lower(),
            "DatabaseName": database.fields["Name"],
            "CatalogId": self._account,
            "CreatedBy": f"arn:aws:sts::{self._account}:assumed-role/sandbox/sandbox",
            "CreateTime": now(),
            "UpdateTime": now(),
            "IsRegisteredWithLakeFormation": False,
            "VersionId": str(version),
        }

    def _add_partition(self, table: Table, given: Fields) -> None:
        if len(given["Values"]) != len(table.keys):
            raise AwsError(
                "InvalidInputException",
                "The number of partition keys do not match the number of partition values",
            )
        if tuple(given["Values"]) in table.partitions:
            raise AwsError("AlreadyExistsException", "Partition already exists.")
        self._put_partition(table, given)

    def _replace_partition(self, table: Table, values: list[str], given: Fields) -> None:
        old = _partition(table, values)
        del table.partitions[tuple(values)]
        self._put_partition(table, {"Values": values, **given})["CreationTime"] = old["CreationTime"]

    def _put_partition(self, table: Table, given: Fields) -> Fields:
        names = {name: table.fields[name] for name in ("DatabaseName", "CatalogId")}
        fields = {**_stored(given), **names, "TableName": table.fields["Name"], "CreationTime": now()}
        table.partitions[tuple(given["Values"])] = fields
        return fields


def _stored(given: Fields) -> Fields:
    """A table or partition with Glue's defaults for its storage."""
    if "StorageDescriptor" not in given:
        return given
    return {**given, "StorageDescriptor": {**_STORAGE, **given["StorageDescriptor"]}}


def _segment(partitions: list[Fields], number: int, total: int) -> list[Fields]:
    """ "Defines a non-overlapping region of a table's partitions" (Glue API reference, Segment)."""
    if number >= total:
        raise AwsError("InvalidInputException", f"SegmentNumber {number} is not below TotalSegments {total}")
    return partitions[number * len(partitions) // total : (number + 1) * len(partitions) // total]


def _partition(table: Table, values: list[str]) -> Fields:
    found = table.partitions.get(tuple(values))
    if found is None:
        raise AwsError("EntityNotFoundException", "Cannot find partition.")
    return found


def _check_name(column: str) -> None:
    """A column's: 255 bytes in one line (Glue API reference, "Column structure", "String patterns")."""
    if not (1 <= len(column.encode()) <= 255 and _SINGLE_LINE.fullmatch(column)):
        raise AwsError(
            "InvalidInputException", f"{column!r} is no name of a column: 1 to 255 bytes in one line"
        )


def _name_pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression.replace(".*", "*").replace("*", ".*"), re.IGNORECASE)


def _without_columns(partition: Fields) -> Fields:
    descriptor = {**partition.get("StorageDescriptor", {})}
    descriptor.pop("Columns", None)
    return {**partition, "StorageDescriptor": descriptor}


def _detail(error: AwsError) -> Fields:
    return {"ErrorCode": error.code, "ErrorMessage": error.message}


_NUMBERS = ("tinyint", "smallint", "int", "integer", "long", "bigint")  # all else compares as text


def _select(table: Table, expression: str) -> list[Fields]:
    """The partitions that GetPartitions' Expression takes: a WHERE clause of comparisons, IN, BETWEEN, LIKE, AND, OR,
    NOT over the keys, which SQLite reads alike."""
    types = ["INTEGER" if key["Type"] in _NUMBERS else "TEXT" for key in table.fields["PartitionKeys"]]
    keys = [f'"{name}" {type_}' for name, type_ in zip(table.keys, types, strict=True)]
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute("PRAGMA case_sensitive_like = ON")
        memory.execute(f"CREATE TABLE partitions ({', '.join(keys)})")
        marks = ", ".join("?" * len(keys))
        memory.executemany(f"INSERT INTO partitions VALUES ({marks})", list(table.partitions))
        try:
            rows = memory.execute(
                f"SELECT rowid FROM partitions WHERE {expression} ORDER BY rowid"
            ).fetchall()
        except sqlite3.Error as error:
            told = f"Unsupported expression '{expression}': {error}"
            if "no such column" in str(error):
                told = "Invalid partition expression!"
            raise AwsError("InvalidInputException", told) from error
    found = list(table.partitions.values())
    return [found[row - 1] for (row,) in rows]
