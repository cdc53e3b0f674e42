"""The crawls of a run of the playbook: one a stage, for all tables of its feature."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from acceptance.aws.glue_crawlers import Crawl
from acceptance.pipeline import Stage
from acceptance.run.context import Context
from acceptance.run.observations import Observations
from acceptance.run.resume import Resumption

Tables = tuple[str, ...]


class Crawls:
    """`succeeded` is called after each crawl that has, with its stage and tables."""

    def __init__(
        self,
        context: Context,
        observed: Observations,
        resumption: Resumption,
        succeeded: Callable[[Stage, Tables], None],
    ) -> None:
        self.context, self.observed, self.resumption = context, observed, resumption
        self.succeeded = succeeded

    def of(self, stage: Stage, tables: Tables) -> Crawl:
        """One crawl for all these tables."""
        crawler = self.observed.once(("crawler", stage), lambda: self.context.crawlers.find(stage))
        return self.observed.once(("crawl", stage, tables), partial(self._crawled, stage, tables, crawler))

    def _crawled(self, stage: Stage, tables: Tables, crawler: str) -> Crawl:
        self.context.refuse_if_spoilt()
        found = self.resumption.crawl(stage, tables, crawler)
        if activity := found.activity(self.context.links):
            self.context.measurements.activity(activity)
        if found.status == "SUCCEEDED":
            self.succeeded(stage, tables)
        return found
