"""The Glue Data Catalog: tables and partitions as Athena sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from acceptance.aws.console_links import Links
from acceptance.aws.session import Aws
from acceptance.evidence import Evidence, Kind


@dataclass(frozen=True)
class Format:
    """How readers are told to read files: Athena and Spark go by these classes, not by what the files are."""

    input_format: str = ""
    serde: str = ""


@dataclass(frozen=True)
class Partition:
    values: tuple[str, ...]
    location: str
    columns: Mapping[str, str]  # a partition keeps the schema that it was crawled with
    rows: int | None = None  # as the crawler counted them, from a sample where there were many files
    format: Format = Format()
    created: datetime | None = None  # in the Data Catalog
    objects: int | None = None  # as the crawler counted them


@dataclass(frozen=True)
class TableVersion:
    """A table's description as it was; `definition` is what UpdateTable takes of it."""

    id: str
    updated: datetime
    definition: Mapping[str, Any]
    table: CatalogTable

    @classmethod
    def of(cls, raw: Any) -> TableVersion:
        table = raw["Table"]
        definition = {name: table[name] for name in _TABLE_INPUT if name in table}
        return cls(raw["VersionId"], table["UpdateTime"], definition, _table(table))


_TABLE_INPUT = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
)
"""Of a table, what describes it and may be set (Glue API reference, TableInput)."""


@dataclass(frozen=True)
class CatalogTable:
    database: str
    name: str
    location: str
    columns: Mapping[str, str]  # name -> Glue type, without the partition keys
    partition_keys: Mapping[str, str]
    kind: str = ""  # TableType: EXTERNAL_TABLE, VIRTUAL_VIEW, …
    format: Format = Format()
    parameters: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    updated: datetime | None = None  # when this version of the description was made

    def evidence(self, links: Links) -> Evidence:
        return Evidence(
            Kind.TABLE,
            f"{self.database}.{self.name}",
            {
                "Location": self.location,
                "Columns": ", ".join(f"{name} {kind}" for name, kind in self.columns.items()),
                "Partition keys": ", ".join(self.partition_keys) or "none",
            },
            link=links.table(self.database, self.name),
        )


class Catalog:
    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def names(self, database: str) -> list[str]:
        return [table.name for table in self.tables(database)]

    def tables(self, database: str) -> list[CatalogTable]:
        pages = self.aws.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return [_table(raw) for page in pages for raw in page["TableList"]]

    def table(self, database: str, name: str) -> CatalogTable | None:
        try:
            return _table(self.aws.glue.get_table(DatabaseName=database, Name=name)["Table"])
        except self.aws.glue.exceptions.EntityNotFoundException:
            return None

    def versions(self, database: str, name: str) -> list[TableVersion]:
        """The versions of a table's description that Glue still keeps, the present one among them, the newest first.

        In which order GetTableVersions gives them is not documented. None where the table is not there.
        """
        pages = self.aws.glue.get_paginator("get_table_versions").paginate(
            DatabaseName=database, TableName=name
        )
        try:
            found = [TableVersion.of(raw) for page in pages for raw in page["TableVersions"]]
        except self.aws.glue.exceptions.EntityNotFoundException:
            return []
        return sorted(found, key=lambda version: int(version.id), reverse=True)

    def partition(self, database: str, name: str, values: tuple[str, ...]) -> Partition | None:
        try:
            found = self.aws.glue.get_partition(
                DatabaseName=database, TableName=name, PartitionValues=list(values)
            )
        except (
            self.aws.glue.exceptions.EntityNotFoundException,
            self.aws.glue.exceptions.InvalidInputException,  # another number of keys than the table has
        ):
            return None
        return _partition(found["Partition"])

    def partitions(self, database: str, name: str, **narrowed: Any) -> list[Partition]:
        """All partitions of a table; none where the table is not there. `narrowed`: as GetPartitions takes it."""
        pages = self.aws.glue.get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName=name, **narrowed
        )
        try:
            return [_partition(raw) for page in pages for raw in page["Partitions"]]
        except self.aws.glue.exceptions.EntityNotFoundException:
            return []

    def newest(
        self, database: str, name: str, count: int, recent: str = "", *, columns: bool = True
    ) -> list[Partition]:
        """So many of a table's partitions, by the last key (a date in the pipeline), the newest first.

        `recent` is an expression of GetPartitions that should be enough to find them: only where it is not are all of
        the table's partitions listed, without their columns, of which a wide table of some years has a great many.
        `columns`: whether those of the partitions are asked for.
        """
        narrowed = {} if columns else {"ExcludeColumnSchema": True}
        try:
            found = self.partitions(database, name, Expression=recent, **narrowed) if recent else []
        except self.aws.glue.exceptions.InvalidInputException:  # other keys than those of the expression
            found = []
        if len(found) < count:
            whole = {part.values: part for part in found}
            listed = self.partitions(database, name, ExcludeColumnSchema=True)
            wanted = sorted(listed, key=_last_key, reverse=True)[:count]
            looked_up = [
                whole.get(part.values) or (self.partition(database, name, part.values) if columns else part)
                for part in wanted
            ]
            found = [part for part in looked_up if part]
        return sorted(found, key=_last_key, reverse=True)[:count]


def same_place(location: str, other: str) -> bool:
    """Whether two addresses are of one folder: crawlers write the closing slash, people leave it out."""
    return location.rstrip("/") == other.rstrip("/")


def _table(raw: Any) -> CatalogTable:
    storage = raw.get("StorageDescriptor", {})  # a view, or a link to another database's table, has none
    return CatalogTable(
        raw["DatabaseName"],
        raw["Name"],
        storage.get("Location", ""),
        _columns(storage.get("Columns", [])),
        _columns(raw.get("PartitionKeys", [])),
        raw.get("TableType", ""),
        _format(storage),
        raw.get("Parameters", {}),
        raw.get("CreateTime"),
        raw.get("UpdateTime"),
    )


def _last_key(partition: Partition) -> tuple[str, ...]:
    return partition.values[::-1]


def _partition(raw: Any) -> Partition:
    storage, parameters = raw["StorageDescriptor"], raw.get("Parameters", {})
    return Partition(
        tuple(raw["Values"]),
        storage.get("Location", ""),
        _columns(storage.get("Columns", [])),
        _number(parameters.get("recordCount", "")),
        _format(storage),
        raw.get("CreationTime"),
        _number(parameters.get("objectCount", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _format(storage: Any) -> Format:
    return Format(
        storage.get("InputFormat", ""), storage.get("SerdeInfo", {}).get("SerializationLibrary", "")
    )


def _columns(raw: Any) -> dict[str, str]:
    return {column["Name"]: column.get("Type", "") for column in raw}
