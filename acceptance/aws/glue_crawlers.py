"""Crawlers and their crawls.

`LastCrawl` of a crawler that says READY may be yesterday's (Glue API reference, Crawler): a crawl is ours only when it
began after the last one we had seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from acceptance.aws.console_links import Links
from acceptance.aws.glue_jobs import matches
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock, Progress, wait_until
from acceptance.environments import Environment
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure, WaitExpired
from acceptance.measurements.model import Activity, Work
from acceptance.pipeline import Stage


@dataclass(frozen=True)
class Crawl:
    crawler: str
    status: str  # SUCCEEDED, CANCELLED, FAILED; "" when the crawler has never run
    started: datetime | None
    error: str = ""
    own: bool = True  # False: the crawler accepted the start, yet shows an earlier crawl as its last
    id: str = ""
    summary: str = ""
    seconds: float = 0.0
    dpus: float | None = None  # data processing units, on average; None where AWS does not tell
    taken_from: str = ""  # the interrupted run of the playbook that started it (`acceptance.run.resume`)

    def evidence(self, links: Links) -> Evidence:
        facts = {
            "Crawl": self.id,
            "State": self.status or "never crawled",
            "Started": f"{self.started:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC" if self.started else "never",
            "Changes": _in_words(self.summary),
            "Error": self.error,
            "Taken from": self.taken_from,
        }
        kept = {label: value for label, value in facts.items() if value}
        link = links.crawler(self.crawler)
        return Evidence(Kind.CRAWL, f"Crawl of {self.crawler}", kept, link=link, id=self.id)

    def activity(self, links: Links) -> Activity | None:
        """None for a crawl that is not of this run."""
        if self.taken_from or not (self.id and self.own and self.started):
            return None
        return Activity(
            Work.CRAWL,
            self.crawler,
            self.id,
            self.started,
            self.seconds,
            state=self.status,
            dpus=self.dpus,
            link=links.crawler(self.crawler),
        )


def _in_words(summary: str) -> str:
    """`4 tables added, 4 partitions added`, of a crawl's summary (Glue API reference, CrawlerHistory)."""
    try:
        told = {
            (thing, what): int(found["COUNT"])
            for thing, changes in json.loads(summary or "{}").items()
            for what, found in changes.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return summary
    past = {"ADD": "added", "UPDATE": "updated", "DELETE": "deleted"}
    return ", ".join(
        f"{number} {thing.lower()}{'' if number == 1 else 's'} {past.get(what, what.lower())}"
        for (thing, what), number in told.items()
    )


class Crawlers:
    def __init__(
        self, aws: Aws, environment: Environment, links: Links, clock: Clock, progress: Progress
    ) -> None:
        self.aws, self.environment, self.links = aws, environment, links
        self.clock, self.progress = clock, progress

    def find(self, stage: Stage) -> str:
        """The one crawler that the playbook's filter text finds; raises `Failure` for none or several."""
        pages = self.aws.glue.get_paginator("get_crawlers").paginate()
        listed = [crawler["Name"] for page in pages for crawler in page["Crawlers"]]
        found = matches(listed, stage.crawler_filter)
        if len(found) != 1:
            raise Failure(
                "crawler-missing" if not found else "crawler-ambiguous",
                f"the {stage.title} crawler is {'not there' if not found else 'there more than once'}",
                expected=f"exactly one crawler found by “{stage.crawler_filter}”, such as {stage.crawler}",
                observed=", ".join(found) or "none",
                look=self.links.crawlers() or "the Glue crawlers of the account",
                do="have Terraform deploy the one of them that belongs there",
            )
        return found[0]

    def last(self, crawler: str) -> Crawl:
        """The crawler's last crawl, whoever started it."""
        return self._last(self.aws.glue.get_crawler(Name=crawler)["Crawler"])

    def busy(self, stage: Stage) -> str:
        """The stage's crawler while it crawls; "" else."""
        name = self.find(stage)
        return "" if self._look(name)["State"] == "READY" else name

    def settled(self, crawler: str) -> Crawl:
        """The crawler's last crawl, whoever started it, once none is under way."""
        since = self.clock.monotonic()
        raw = self._wait(crawler, lambda: self._look(crawler), lambda raw: raw["State"] == "READY", since)
        return self._identified(self._last(raw))

    def remembers(self, crawl: Crawl) -> bool:
        """Whether the crawl is in the crawler's history, and the crawler was not changed since."""
        history = self.aws.glue.list_crawls(CrawlerName=crawl.crawler, MaxResults=100)["Crawls"]
        changed = self._look(crawl.crawler).get("LastUpdated")
        known = any(entry["CrawlId"] == crawl.id for entry in history)
        return known and bool(crawl.started and changed and changed <= crawl.started)

    def crawl(self, crawler: str) -> Crawl:
        """Start the crawler, once it is free, and wait for the end of that crawl, all before one deadline.

        A crawl already under way may have begun before the data was written, so it does not count: ours comes after it.
        """
        since = self.clock.monotonic()
        before = self._last(self._started(crawler, since))
        grace = self.clock.monotonic() + self.environment.patience.settle

        def over(raw: Mapping[str, Any]) -> bool:
            fresh = self._last(raw).started != before.started
            return raw["State"] == "READY" and (fresh or self.clock.monotonic() > grace)

        last = self._last(self._wait(crawler, lambda: self._look(crawler), over, since))
        if last.started == before.started:
            return Crawl(crawler, last.status, last.started, last.error, own=False)
        return self._identified(last)

    def _started(self, crawler: str, since: float) -> Mapping[str, Any]:
        """The crawler as it was just before it took our order to start.

        Somebody, or the schedule, may be quicker each time that it falls free: theirs first, then ours.
        """

        def order() -> Mapping[str, Any]:
            raw = self._look(crawler)
            if raw["State"] != "READY":
                return {**raw, "ordered": False}
            try:
                self.aws.glue.start_crawler(Name=crawler)
            except self.aws.glue.exceptions.CrawlerRunningException:
                return {**raw, "State": "RUNNING", "ordered": False}
            return {**raw, "ordered": True}

        return self._wait(crawler, order, lambda raw: bool(raw["ordered"]), since)

    def _look(self, crawler: str) -> Mapping[str, Any]:
        return self.aws.glue.get_crawler(Name=crawler)["Crawler"]

    def _wait(
        self,
        crawler: str,
        look: Callable[[], Mapping[str, Any]],
        done: Callable[[Mapping[str, Any]], bool],
        since: float,
    ) -> Mapping[str, Any]:
        try:
            return wait_until(
                look,
                done,
                what=f"crawler {crawler}",
                state=lambda raw: str(raw["State"]),
                poll=self.environment.patience.poll,
                deadline=self.environment.patience.crawl,
                clock=self.clock,
                progress=self.progress,
                since=since,
            )
        except WaitExpired as expired:
            history = self.aws.glue.list_crawls(CrawlerName=crawler, MaxResults=1)["Crawls"]
            newest = f"{history[0]['CrawlId']}, {history[0]['State']}" if history else "none"
            raise WaitExpired(f"{expired}; its newest crawl: {newest}") from None

    def _last(self, raw: Mapping[str, Any]) -> Crawl:
        last = raw.get("LastCrawl", {})
        return Crawl(raw["Name"], last.get("Status", ""), last.get("StartTime"), last.get("ErrorMessage", ""))

    def _identified(self, crawl: Crawl) -> Crawl:
        """The crawl with its id and what it changed, from the crawler's history."""
        history = self.aws.glue.list_crawls(CrawlerName=crawl.crawler, MaxResults=5)["Crawls"]
        same = [entry for entry in history if entry["StartTime"] == crawl.started] or history[:1]
        if not same:
            return crawl
        entry = same[0]
        seconds = (entry["EndTime"] - entry["StartTime"]).total_seconds() if "EndTime" in entry else 0.0
        hours = entry.get("DPUHour", 0.0)
        return replace(
            crawl,
            id=entry["CrawlId"],
            summary=entry.get("Summary", ""),
            seconds=seconds,
            dpus=hours * 3600 / seconds if hours and seconds else None,
        )
