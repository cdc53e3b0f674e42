"""Glue crawlers and their crawls: state and API. What a crawl does is the business of sandbox.crawls.

Errors, lengths, counts and patterns are those of the API reference, as botocore's model has them
(tests/sandbox/test_reference.py). From memory: the words of errors where nothing else is said.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-crawling.html
"""

import json
import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sandbox.catalog_writer import Summary
from sandbox.clock import now
from sandbox.crawls import LOG_GROUP, Crawl, CrawlCancelled, CrawlError
from sandbox.endpoint.protocol import Actions, AwsError, Fields, action, page
from sandbox.endpoint.tags import Tags, refuse_reserved

_PAGE = 100  # crawlers a page when MaxResults is not given: AWS documents none
_CRAWLS_PAGE, _MOST_CRAWLS = 20, 100  # ListCrawls: "The default is 20, and maximum is 100"
_NO_INPUT_ERROR = "ValidationException"
"""Of a wrong NextToken, from memory: GetCrawlers, ListCrawlers and GetCrawlerMetrics have no InvalidInputException."""
_LAST_CRAWL_STATUS = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "STOPPED": "CANCELLED"}

Engine = Callable[[Crawl], Summary]


@dataclass
class History:
    """One crawl, as ListCrawls tells it; `state`: RUNNING, COMPLETED, FAILED, STOPPED."""

    id: str
    started: datetime
    state: str = "RUNNING"
    ended: datetime | None = None
    error: str | None = None
    summary: Summary = field(default_factory=Summary)
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        return ((self.ended or now()) - self.started).total_seconds()


@dataclass
class Crawler:
    fields: Fields
    state: str = "READY"
    crawls: list[History] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.fields["Name"])

    @property
    def ended(self) -> list[History]:
        return [crawl for crawl in self.crawls if crawl.state != "RUNNING"]

    def described(self) -> Fields:
        running = {} if self.state == "READY" else {"CrawlElapsedTime": int(self.crawls[-1].seconds * 1000)}
        last = {"LastCrawl": _last_crawl(self.name, self.ended[-1])} if self.ended else {}
        return {**self.fields, "State": self.state, "CrawlElapsedTime": 0, **running, **last}


class Crawlers(Actions):
    """`engine` crawls: it gets the crawler's definition and gives the summary of what it changed."""

    def __init__(self, engine: Engine, tags: Tags) -> None:
        super().__init__()
        self._engine, self._tags = engine, tags
        self._crawlers: dict[str, Crawler] = {}

    # Definitions

    @action
    def create_crawler(self, body: Fields) -> Fields:
        if body["Name"] in self._crawlers:
            raise AwsError("AlreadyExistsException", f"{body['Name']} already exists")
        refuse_reserved(body.get("Tags"))
        given = {key: value for key, value in body.items() if key != "Tags"}
        times = {"CreationTime": now(), "LastUpdated": now()}
        self._crawlers[body["Name"]] = Crawler({**_definition(given), **times, "Version": 1})
        self._tags.add("crawler", body["Name"], body.get("Tags"))
        return {}

    @action
    def update_crawler(self, body: Fields) -> Fields:
        """Changes the fields given; a running crawler is refused."""
        crawler = self.crawler(body["Name"])
        if crawler.state != "READY":
            raise AwsError(
                "CrawlerRunningException", f"Crawler with name {crawler.name} is currently running"
            )
        crawler.fields = {**_definition({**crawler.fields, **body}), "LastUpdated": now()}
        crawler.fields["Version"] += 1
        return {}

    @action
    def delete_crawler(self, body: Fields) -> Fields:
        crawler = self.crawler(body["Name"])
        if crawler.state != "READY":
            raise AwsError(
                "CrawlerRunningException", f"Crawler with name {crawler.name} is currently running"
            )
        del self._crawlers[crawler.name]
        self._tags.drop("crawler", crawler.name)
        return {}

    @action
    def get_crawler(self, body: Fields) -> Fields:
        return {"Crawler": self.crawler(body["Name"]).described()}

    @action
    def get_crawlers(self, body: Fields) -> Fields:
        crawlers = [crawler.described() for crawler in self._crawlers.values()]
        return page(crawlers, body, "Crawlers", _PAGE, _NO_INPUT_ERROR)

    @action
    def list_crawlers(self, body: Fields) -> Fields:
        names = self._tags.carrying("crawler", self._crawlers, body.get("Tags"))
        return page(names, body, "CrawlerNames", _PAGE, _NO_INPUT_ERROR)

    @action
    def batch_get_crawlers(self, body: Fields) -> Fields:
        names = body["CrawlerNames"]
        found = [self._crawlers[name].described() for name in names if name in self._crawlers]
        return {"Crawlers": found, "CrawlersNotFound": [name for name in names if name not in self._crawlers]}

    # Crawls

    @action
    def start_crawler(self, body: Fields) -> Fields:
        """Starts a crawl, whatever the schedule; a crawler that is not READY is refused."""
        crawler = self.crawler(body["Name"])
        if crawler.state != "READY":
            raise AwsError("CrawlerRunningException", f"Crawler with name {crawler.name} has already started")
        crawl = History(str(uuid4()), now())
        crawler.state = "RUNNING"
        crawler.crawls.append(crawl)
        threading.Thread(target=self._execute, args=(crawler, crawl), daemon=True).start()
        return {}

    @action
    def stop_crawler(self, body: Fields) -> Fields:
        crawler = self.crawler(body["Name"])
        if crawler.state == "READY":
            raise AwsError("CrawlerNotRunningException", f"Crawler with name {crawler.name} isn't running")
        if crawler.state == "STOPPING":
            raise AwsError("CrawlerStoppingException", f"Crawler with name {crawler.name} is stopping")
        crawler.state = "STOPPING"
        crawler.crawls[-1].cancel.set()
        return {}

    @action
    def list_crawls(self, body: Fields) -> Fields:
        """Newest first."""
        if body.get("Filters"):
            raise AwsError("InvalidInputException", "The sandbox does not filter crawls.")
        crawler = self.crawler(body["CrawlerName"])
        crawls = [_crawl_history(crawler.name, crawl) for crawl in reversed(crawler.crawls)]
        most = min(body.get("MaxResults") or _CRAWLS_PAGE, _MOST_CRAWLS)
        return page(crawls, {**body, "MaxResults": most}, "Crawls", _CRAWLS_PAGE)

    @action
    def get_crawler_metrics(self, body: Fields) -> Fields:
        names = body.get("CrawlerNameList") or list(self._crawlers)
        metrics = [_metrics(self._crawlers[name]) for name in names if name in self._crawlers]
        return page(metrics, body, "CrawlerMetricsList", _PAGE, _NO_INPUT_ERROR)

    # Shared

    def crawler(self, name: str) -> Crawler:
        if name not in self._crawlers:
            raise AwsError("EntityNotFoundException", f"Crawler with name {name} not found")
        return self._crawlers[name]

    def remember(self, name: str, started: datetime, ended: datetime) -> None:
        """Writes a crawl of the past into the crawler's history; it changed nothing."""
        with self.lock:
            self.crawler(name).crawls.append(History(str(uuid4()), started, "COMPLETED", ended))

    def stop(self) -> None:
        """Cancels every crawl, as the sandbox ends."""
        with self.lock:
            for crawler in self._crawlers.values():
                for crawl in crawler.crawls:
                    crawl.cancel.set()

    def _execute(self, crawler: Crawler, crawl: History) -> None:
        """The life of a crawl, on a thread of its own; STOPPING comes before READY, as on AWS."""
        state, error, summary = "COMPLETED", None, Summary()
        job = Crawl(dict(crawler.fields), crawl.id, crawl.cancel, lambda: self._stopping(crawler))
        try:
            summary = self._engine(job)
        except CrawlCancelled:
            state = "STOPPED"
        except CrawlError as failure:
            state, error = "FAILED", str(failure)
        with self.lock:
            crawl.state, crawl.error, crawl.summary, crawl.ended = state, error, summary, now()
            crawler.state = "READY"

    def _stopping(self, crawler: Crawler) -> None:
        with self.lock:
            crawler.state = "STOPPING"


def _definition(given: Fields) -> Fields:
    """A crawler's fields with AWS's defaults; `Schedule` is given as a cron expression and told as a structure."""
    schedule = given.get("Schedule")
    if isinstance(schedule, str):
        given = {**given, "Schedule": {"ScheduleExpression": schedule, "State": "SCHEDULED"}}
    defaults = {
        "Targets": {"S3Targets": []},
        "Classifiers": [],
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "SchemaChangePolicy": {},
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
    }
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
    merged = {**defaults, **given}
    policy |= merged["SchemaChangePolicy"]
    new_only = merged["RecrawlPolicy"].get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"
    if new_only and set(policy.values()) != {"LOG"}:  # the words are AWS's: LBHackney-IT/Data-Platform #2418
        raise AwsError(
            "InvalidInputException",
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior '
            "value and LOG UpdateBehavior value.",
        )
    return {**merged, "SchemaChangePolicy": policy}


def _last_crawl(crawler: str, crawl: History) -> Fields:
    error = {"ErrorMessage": crawl.error} if crawl.error else {}
    return {
        "Status": _LAST_CRAWL_STATUS[crawl.state],
        "LogGroup": LOG_GROUP,
        "LogStream": crawler,
        "MessagePrefix": crawl.id,
        "StartTime": crawl.started,
        **error,
    }


def _crawl_history(crawler: str, crawl: History) -> Fields:
    ended = {"EndTime": crawl.ended} if crawl.ended else {}
    error = {"ErrorMessage": crawl.error} if crawl.error else {}
    summary = {"Summary": json.dumps(crawl.summary.told())} if crawl.ended else {}
    return {
        "CrawlId": crawl.id,
        "State": crawl.state,
        "StartTime": crawl.started,
        **ended,
        **summary,
        **error,
        "LogGroup": LOG_GROUP,
        "LogStream": crawler,
        "MessagePrefix": crawl.id,
        "DPUHour": round(crawl.seconds / 3600 * 2, 3),
    }


def _metrics(crawler: Crawler) -> Fields:
    seconds = [crawl.seconds for crawl in crawler.ended]
    summary = crawler.ended[-1].summary if crawler.ended else Summary()
    return {
        "CrawlerName": crawler.name,
        "TimeLeftSeconds": 0.0,
        "StillEstimating": crawler.state == "RUNNING",
        "LastRuntimeSeconds": seconds[-1] if seconds else 0.0,
        "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
        "TablesCreated": len(summary.tables_added),
        "TablesUpdated": len(summary.tables_updated),
        "TablesDeleted": len(summary.tables_deleted),
    }
