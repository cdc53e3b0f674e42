"""Crawls S3 into the Glue catalog, as a Glue crawler does.

A plain AWS client of the endpoint: lists the targets, reads Parquet footers (`sandbox.parquet`) and groups folders into
tables (`sandbox.folders`), then creates and updates tables and partitions. Footers are read once for each ETag.
https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sandbox import clock
from sandbox.catalog_writer import CatalogDatabase, CatalogWriter, Summary, UpdatePolicy
from sandbox.folders import Excluded, Folder, Object, group_tables
from sandbox.parquet import NotParquet, Schema, UnknownType, read_schema

Clients = Callable[[str], Any]

LOG_GROUP = "/aws-glue/crawlers"

_EVENTS = 1000  # per PutLogEvents


class CrawlError(Exception):
    """The crawl fails; the text is its ErrorMessage."""


class CrawlCancelled(Exception):
    """The crawl was stopped."""


@dataclass(frozen=True)
class Crawl:
    """One crawl to do: the crawler as GetCrawler gives it; `on_written` is called when the catalog is done."""

    crawler: dict[str, Any]
    id: str
    cancel: threading.Event
    on_written: Callable[[], None]

    @property
    def configuration(self) -> dict[str, Any]:
        configuration: dict[str, Any] = json.loads(self.crawler.get("Configuration") or "{}")
        return configuration

    @property
    def policy(self) -> UpdatePolicy:
        changes, output = self.crawler["SchemaChangePolicy"], self.configuration.get("CrawlerOutput", {})
        new_only = self.crawler["RecrawlPolicy"]["RecrawlBehavior"] == "CRAWL_NEW_FOLDERS_ONLY"
        return UpdatePolicy(
            crawler=self.crawler["Name"],
            prefix=self.crawler.get("TablePrefix", ""),
            new_folders_only=new_only,
            updates=changes["UpdateBehavior"] == "UPDATE_IN_DATABASE" and not new_only,
            deletes="LOG" if new_only else changes["DeleteBehavior"],
            merges_columns=output.get("Tables", {}).get("AddOrUpdateBehavior") == "MergeNewColumns",
            inherits=output.get("Partitions", {}).get("AddOrUpdateBehavior") == "InheritFromTable",
        )

    def check(self) -> None:
        if self.cancel.is_set():
            raise CrawlCancelled


class CrawlEngine:
    """Crawls; keeps the schemas of the footers it has read, by bucket, key and ETag."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._schemas: dict[Object, Schema] = {}

    def remember(self, schemas: dict[Object, Schema]) -> None:
        """Footers that crawls of the past have read."""
        self._schemas.update(schemas)

    def __call__(self, crawl: Crawl) -> Summary:
        log = CrawlLog(self._clients("logs"), crawl)
        log.say("BENCHMARK", f"Running Start Crawl for Crawler {crawl.crawler['Name']}")
        try:
            summary = self._crawl(crawl, log)
            log.say("BENCHMARK", "Finished writing to Catalog")
        except CrawlError as error:
            log.say("ERROR", str(error))
            raise
        except CrawlCancelled:
            log.say("INFO", "The crawl was stopped")
            raise
        except Exception as error:
            log.say("ERROR", f"Internal Service Exception: {type(error).__name__}: {error}")
            raise CrawlError(f"Internal Service Exception: {type(error).__name__}: {error}") from error
        finally:
            crawl.on_written()
            log.say("BENCHMARK", "Crawler has finished running and is in state READY")
            log.send()
        return summary

    def _crawl(self, crawl: Crawl, log: "CrawlLog") -> Summary:
        database = CatalogDatabase(self._clients("glue"), crawl.crawler["DatabaseName"])
        roots, found = [], []
        for target in crawl.crawler["Targets"].get("S3Targets", []):
            root = Folder.of(target["Path"])
            roots.append(root)
            objects = [*self._objects(crawl, root, Excluded(root, target.get("Exclusions", [])))]
            level = crawl.configuration.get("Grouping", {}).get("TableLevelConfiguration")
            found += group_tables(root, objects, level, lambda item: dict(self._schema(item).columns))
        log.say("BENCHMARK", f"Classification complete, writing results to database {database.name}")
        writer = CatalogWriter(database, crawl.policy, self._schema, log.info)
        for table in found:
            crawl.check()
            writer.write(table)
        writer.remove_missing(roots, found)
        return writer.summary

    def _objects(self, crawl: Crawl, root: Folder, excluded: Excluded) -> Iterator[Object]:
        s3 = self._clients("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.prefix)
        try:
            for page in pages:
                crawl.check()
                for entry in page.get("Contents", []):
                    item = Object(root.bucket, entry["Key"], entry["ETag"], entry["Size"])
                    if item.size and not item.hidden and not excluded(item):
                        yield item
        except s3.exceptions.ClientError as error:
            raise CrawlError(f"{error} (target s3://{root.bucket}/{root.prefix})") from error

    def _schema(self, item: Object) -> Schema:
        if item not in self._schemas:
            s3 = self._clients("s3")

            def read(length: int) -> bytes:
                part = s3.get_object(Bucket=item.bucket, Key=item.key, Range=f"bytes=-{length}")
                return part["Body"].read()  # type: ignore[no-any-return]

            try:
                self._schemas[item] = read_schema(item.size, read)
            except NotParquet as error:
                raise CrawlError(
                    f"The sandbox crawls Parquet alone: s3://{item.bucket}/{item.key}: {error}"
                ) from error
            except UnknownType as error:
                raise CrawlError(
                    f"The sandbox does not know how AWS registers a column of the type {error}: "
                    f"s3://{item.bucket}/{item.key}"
                ) from error
            except s3.exceptions.ClientError as error:
                raise CrawlError(f"{error} (s3://{item.bucket}/{item.key})") from error
        return self._schemas[item]


class CrawlLog:
    """What a crawl says, sent at its end: log stream = crawler, every message led by the crawl's id."""

    def __init__(self, logs: Any, crawl: Crawl) -> None:
        self._logs, self._id, self._stream = logs, crawl.id, crawl.crawler["Name"]
        self._events: list[dict[str, Any]] = []

    def say(self, level: str, message: str) -> None:
        moment = int(clock.seconds() * 1000)
        self._events.append({"timestamp": moment, "message": f"[{self._id}] {level} : {message}"})

    def info(self, message: str) -> None:
        self.say("INFO", message)

    def send(self) -> None:
        with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=self._stream)
        for start in range(0, len(self._events), _EVENTS):
            events = self._events[start : start + _EVENTS]
            self._logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=self._stream, logEvents=events)
