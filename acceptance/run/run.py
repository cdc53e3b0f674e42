"""One run of the playbook: its parts, wired, and what its steps share. What they build on lives in AWS."""

from __future__ import annotations

from contextlib import ExitStack

from acceptance.aws.athena import QueryResult
from acceptance.aws.glue_crawlers import Crawl
from acceptance.aws.glue_job_runs import JobRun
from acceptance.evidence import Evidence, Kind
from acceptance.pipeline import Stage
from acceptance.privacy import sample_rows
from acceptance.rollback.plan import WayBack
from acceptance.run.context import Context
from acceptance.run.crawls import Crawls
from acceptance.run.job_runs import JobRuns
from acceptance.run.logs import Logs
from acceptance.run.lost_pages import LostPages
from acceptance.run.observations import Observations
from acceptance.run.rerun_policy import Standing
from acceptance.run.resume import Resumption
from acceptance.run.stage_queries import StageQueries


class Run(Observations):
    """Looks at what is there (`Observations`), and what is started by the first table of a feature that asks."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.settings, self.platform, self.tables = context.settings, context.platform, context.tables
        self.environment, self.day, self.place = context.environment, context.day, context.place
        self.aws, self.links, self.identity = context.aws, context.links, context.identity
        self.jobs, self.scripts, self.catalog = context.jobs, context.scripts, context.catalog
        self.athena, self.measurements = context.athena, context.measurements
        self.evidence: list[Evidence] = []  # of the step under way
        self.way_back: WayBack | None = None  # once it is drawn
        self.resumption = Resumption(context, self)
        self.logs = Logs(context, self)
        self.job_runs = JobRuns(context, self, self.resumption, self.logs)
        self.queries = StageQueries(context, self)
        self.lost_pages = LostPages(context)
        self.crawls = Crawls(context, self, self.resumption, self.queries.start_planned)

    # -- for all tables of the feature under way

    def job_run(self, stage: Stage, table: str) -> JobRun | Standing:
        return self.job_runs.of(stage, table, self.scope)

    def crawl(self, stage: Stage) -> Crawl:
        return self.crawls.of(stage, self.scope)

    # -- evidence

    def record(self, *evidence: Evidence) -> None:
        self.evidence += evidence

    def record_failing(self, title: str, found: QueryResult) -> None:
        """The query of failing rows; what is in them only where `samples` asks for it."""
        self.record(found.evidence(self.links, title))
        if self.settings.samples:
            self.record(sample_rows.evidence(title, found.rows))

    def note(self, text: str) -> None:
        """Something that a reader should know although nothing is wrong."""
        self.record(Evidence(Kind.NOTE, text))

    # -- the end

    def clean_up(self) -> None:
        """Remove what the suite has created for the ticket; the first error is raised once all was tried.

        Raises `TicketBusy` where there is something to remove and another run of the ticket is under way.
        """
        errors: list[Exception] = []
        standing = self.context.created.standing()
        if standing:
            self.context.lock.acquire()
        for kind, name in standing:
            try:
                self._remove(kind, name)
            except Exception as error:  # noqa: BLE001  whatever it is, the rest must go too
                errors.append(error)
        if errors:
            raise errors[0]

    def _remove(self, kind: str, name: str) -> None:
        if kind == "script":
            self.scripts.remove(name)
        else:
            self.jobs.remove(name)
        self.context.created.removed(kind, name)

    def close(self) -> None:
        with ExitStack() as stack:  # the last one first, each whatever the others meet with
            stack.callback(self.context.lock.release)
            stack.callback(super().close)  # queries that wait for a place see that Athena is closed
            self.athena.close()
