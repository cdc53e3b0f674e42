"""Brings the Glue catalog into line with the tables that a crawl has found.

https://docs.aws.amazon.com/glue/latest/dg/crawler-schema-changes-prevent.html
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import md5
from typing import Any

from sandbox import clock
from sandbox.crawl_output import Columns, Contents, merged, partition_input, table_input, table_name
from sandbox.folders import Folder, Object, TableFolder
from sandbox.parquet import Schema

_BATCH = 100  # partitions a call, the most that BatchCreatePartition and BatchUpdatePartition take
_DELETE_BATCH = 25


@dataclass
class Summary:
    """What a crawl changed: names of tables, and partitions as `table/folder/…`."""

    tables_added: list[str] = field(default_factory=list)
    tables_updated: list[str] = field(default_factory=list)
    tables_deleted: list[str] = field(default_factory=list)
    partitions_added: list[str] = field(default_factory=list)
    partitions_updated: list[str] = field(default_factory=list)
    partitions_deleted: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """As ListCrawls tells it: {"TABLE": {"ADD": {"Details": {"names": […]}, "COUNT": n}}, "PARTITION": …}."""
        told: dict[str, Any] = {}
        for kind in ("TABLE", "PARTITION"):
            for verb, suffix in (("ADD", "added"), ("UPDATE", "updated"), ("DELETE", "deleted")):
                names = getattr(self, f"{kind.lower()}s_{suffix}")
                if names:
                    told.setdefault(kind, {})[verb] = {"Details": {"names": names}, "COUNT": len(names)}
        return told


@dataclass(frozen=True)
class UpdatePolicy:
    """What the crawler may change: SchemaChangePolicy, RecrawlPolicy and CrawlerOutput, resolved."""

    crawler: str
    prefix: str
    new_folders_only: bool
    updates: bool  # UpdateBehavior UPDATE_IN_DATABASE
    deletes: str  # DeleteBehavior: LOG, DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE
    merges_columns: bool  # Tables: MergeNewColumns
    inherits: bool  # Partitions: InheritFromTable


class CatalogDatabase:
    """One database of the catalog, its tables as they were when the crawl began to write."""

    def __init__(self, glue: Any, name: str) -> None:
        self.glue, self.name = glue, name
        self.tables: dict[str, dict[str, Any]] = {}
        self.read()

    def read(self) -> None:
        pages = self.glue.get_paginator("get_tables").paginate(DatabaseName=self.name)
        self.tables = {table["Name"]: table for page in pages for table in page["TableList"]}

    def at(self, location: str) -> dict[str, Any] | None:
        """The table that is at a location already: a crawler updates it, whatever it is called."""
        for table in self.tables.values():
            if _location(table) == location:
                return table
        return None

    def free_name(self, wanted: str, location: str) -> str:
        """A name that another location has taken gets a suffix."""
        return wanted if wanted not in self.tables else f"{wanted}_{md5(location.encode()).hexdigest()}"

    def partitions(self, table: str) -> dict[tuple[str, ...], dict[str, Any]]:
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName=self.name, TableName=table)
        return {tuple(found["Values"]): found for page in pages for found in page["Partitions"]}


class CatalogWriter:
    """Brings the catalog into line with the tables found, and keeps account in `summary`."""

    def __init__(
        self,
        database: CatalogDatabase,
        policy: UpdatePolicy,
        schema: Callable[[Object], Schema],
        say: Callable[[str], None],
    ) -> None:
        self._database, self._policy, self._schema, self._say = database, policy, schema, say
        self._glue = database.glue
        self.summary = Summary()

    def write(self, found: TableFolder) -> None:
        old = self._database.at(found.location.address)
        registered = self._database.partitions(old["Name"]) if old and found.keys else {}
        parts = {
            names: items for names, items in found.partitions.items() if self._concerns(names, registered)
        }
        contents = {names: self._contents(items) for names, items in parts.items()}
        if old is None:
            try:
                name = self._create(found, contents)
            except self._glue.exceptions.AlreadyExistsException:  # another crawler was quicker
                self._database.read()
                self.write(found)
                return
        else:
            name = old["Name"]
            self._update(old, found, contents)
        if found.keys:
            self._write_partitions(name, found, contents, registered)

    def remove_missing(self, roots: list[Folder], found: list[TableFolder]) -> None:
        """Deals with this crawler's tables whose folders are gone, as DeleteBehavior has it."""
        present = {table.location.address for table in found}
        for table in list(self._database.tables.values()):
            location = _location(table)
            ours = table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == self._policy.crawler
            if ours and location not in present and any(root.holds(Folder.of(location)) for root in roots):
                self._remove_table(table)

    def _concerns(self, names: tuple[str, ...], registered: dict[tuple[str, ...], dict[str, Any]]) -> bool:
        return not (self._policy.new_folders_only and tuple(TableFolder.values(names)) in registered)

    def _contents(self, items: list[Object]) -> Contents:
        schemas = [self._schema(item) for item in items]
        return Contents(
            merged(schema.columns for schema in schemas),
            len(items),
            sum(schema.rows for schema in schemas),
            sum(item.size for item in items),
            frozenset().union(*(schema.repeated for schema in schemas)),
        )

    def _create(self, found: TableFolder, contents: dict[tuple[str, ...], Contents]) -> str:
        address = found.location.address
        name = self._database.free_name(table_name(self._policy.prefix, found.location.name), address)
        made = table_input(name, address, found.keys, _total(contents.values()), self._policy.crawler)
        self._glue.create_table(DatabaseName=self._database.name, TableInput=made)
        self._database.tables[name] = made
        self.summary.tables_added.append(name)
        self._say(f"Created table {name} in database {self._database.name}")
        return name

    def _update(
        self, old: dict[str, Any], found: TableFolder, contents: dict[tuple[str, ...], Contents]
    ) -> None:
        """Schema changes and new counts; without leave to update, a change is logged only."""
        if not contents:
            return
        total = _total(contents.values())
        had = _columns(old["StorageDescriptor"])
        columns = {**total.columns, **had} if self._policy.merges_columns else total.columns
        if self._policy.merges_columns:
            columns = {name: columns[name] for name in (*had, *(n for n in total.columns if n not in had))}
        changed = columns != had
        if not self._policy.updates:
            if changed:
                self._say(
                    f"The schema of table {old['Name']} has changed; the crawler is configured to log only"
                )
            return
        if not changed and old.get("Parameters", {}).get("objectCount") == str(total.objects):
            return
        total = replace(total, columns=columns)
        made = table_input(old["Name"], found.location.address, found.keys, total, self._policy.crawler)
        self._glue.update_table(DatabaseName=self._database.name, TableInput=made, SkipArchive=not changed)
        if changed:
            self.summary.tables_updated.append(old["Name"])
            self._say(f"Updated table {old['Name']} in database {self._database.name}")

    def _write_partitions(
        self,
        table: str,
        found: TableFolder,
        contents: dict[tuple[str, ...], Contents],
        registered: dict[tuple[str, ...], dict[str, Any]],
    ) -> None:
        new, changed, present = [], [], set()
        for names, content in contents.items():
            values = TableFolder.values(names)
            present.add(tuple(values))
            made = partition_input(values, f"{found.location.address}{'/'.join(names)}/", content)
            label = f"{table}/{'/'.join(names)}"
            made = self._inherit(made, table)
            old = registered.get(tuple(values))
            if old is None:
                new.append(made)
                self.summary.partitions_added.append(label)
            elif self._policy.updates and _differs(old, made):
                changed.append({"PartitionValueList": values, "PartitionInput": made})
                self.summary.partitions_updated.append(label)
        where = {"DatabaseName": self._database.name, "TableName": table}
        for batch in _batches(new, _BATCH):
            self._glue.batch_create_partition(**where, PartitionInputList=batch)
        for batch in _batches(changed, _BATCH):
            self._glue.batch_update_partition(**where, Entries=batch)
        if not self._policy.new_folders_only:
            self._remove_partitions(
                table, [old for values, old in registered.items() if values not in present]
            )

    def _inherit(self, made: dict[str, Any], table: str) -> dict[str, Any]:
        """ "Update all new and existing partitions with metadata from the table"
        (https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html)."""
        if not self._policy.inherits:
            return made
        current = self._glue.get_table(DatabaseName=self._database.name, Name=table)["Table"]
        columns = current["StorageDescriptor"]["Columns"]
        return {**made, "StorageDescriptor": {**made["StorageDescriptor"], "Columns": columns}}

    def _remove_table(self, table: dict[str, Any]) -> None:
        names = {"DatabaseName": self._database.name}
        if self._policy.deletes == "DELETE_FROM_DATABASE":
            self._glue.delete_table(**names, Name=table["Name"])
            self.summary.tables_deleted.append(table["Name"])
        elif self._policy.deletes == "DEPRECATE_IN_DATABASE":
            self._glue.update_table(**names, TableInput=_deprecated(table, _TABLE_INPUT))
            self.summary.tables_updated.append(table["Name"])
        self._say(f"The folder of table {table['Name']} is gone; DeleteBehavior is {self._policy.deletes}")

    def _remove_partitions(self, table: str, gone: list[dict[str, Any]]) -> None:
        names = {"DatabaseName": self._database.name, "TableName": table}
        labels = [f"{table}/{'/'.join(partition['Values'])}" for partition in gone]
        if self._policy.deletes == "DELETE_FROM_DATABASE":
            for batch in _batches(gone, _DELETE_BATCH):
                values = [{"Values": partition["Values"]} for partition in batch]
                self._glue.batch_delete_partition(**names, PartitionsToDelete=values)
            self.summary.partitions_deleted += labels
        elif self._policy.deletes == "DEPRECATE_IN_DATABASE":
            for partition in gone:
                self._glue.update_partition(
                    **names,
                    PartitionValueList=partition["Values"],
                    PartitionInput=_deprecated(partition, _PARTITION_INPUT),
                )
            self.summary.partitions_updated += labels
        for label in labels:
            self._say(f"The folder of partition {label} is gone; DeleteBehavior is {self._policy.deletes}")


_TABLE_INPUT = ("Name", "TableType", "Owner", "Retention", "PartitionKeys", "Parameters", "StorageDescriptor")
_PARTITION_INPUT = ("Values", "Parameters", "StorageDescriptor")


def _deprecated(entry: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The entry as input again, marked as a crawler marks what has no folder any more: epoch milliseconds."""
    kept = {name: entry[name] for name in fields if name in entry}
    mark = {"DEPRECATED_BY_CRAWLER": str(int(clock.seconds() * 1000))}
    return {**kept, "Parameters": {**entry.get("Parameters", {}), **mark}}


def _total(contents: Iterable[Contents]) -> Contents:
    parts = list(contents)
    return Contents(
        merged(part.columns.items() for part in parts),
        sum(part.objects for part in parts),
        sum(part.rows for part in parts),
        sum(part.size for part in parts),
        frozenset().union(*(part.repeated for part in parts)),
    )


def _columns(descriptor: dict[str, Any]) -> Columns:
    return {column["Name"]: column["Type"] for column in descriptor.get("Columns", [])}


def _differs(old: dict[str, Any], made: dict[str, Any]) -> bool:
    return _columns(old["StorageDescriptor"]) != _columns(made["StorageDescriptor"])


def _location(table: dict[str, Any]) -> str:
    """With its closing slash, which crawlers write and people leave out."""
    location = str(table.get("StorageDescriptor", {}).get("Location", ""))
    return location if location.endswith("/") or not location else f"{location}/"


def _batches(items: list[Any], size: int) -> Iterable[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
