"""What one run of the playbook works with: handles, made once and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from acceptance import naming
from acceptance.aws.athena import Athena
from acceptance.aws.console_links import Links
from acceptance.aws.glue_catalog import Catalog
from acceptance.aws.glue_crawlers import Crawlers
from acceptance.aws.glue_jobs import Jobs
from acceptance.aws.glue_scripts import Scripts
from acceptance.aws.identity import Identity
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock, Progress
from acceptance.branch.checkout import DataPlatform
from acceptance.environments import Environment
from acceptance.findings import DayOver, SuiteError
from acceptance.measurements.model import Measurements
from acceptance.run.created_resources import CreatedResources
from acceptance.run.day_records import Place
from acceptance.run.lock import TicketLock
from acceptance.settings import Settings


@dataclass(frozen=True)
class Context:
    """`tables`: all tables under test; `folder`: of the run's reports; `day`: UTC, one date for the whole run."""

    settings: Settings
    platform: DataPlatform
    tables: tuple[str, ...]
    aws: Aws
    identity: Identity
    folder: Path
    clock: Clock
    progress: Progress
    day: date
    place: Place
    links: Links
    created: CreatedResources
    lock: TicketLock
    jobs: Jobs
    scripts: Scripts
    crawlers: Crawlers
    catalog: Catalog
    measurements: Measurements
    athena: Athena

    @classmethod
    def of(
        cls,
        settings: Settings,
        platform: DataPlatform,
        tables: tuple[str, ...],
        aws: Aws,
        identity: Identity,
        folder: Path,
        clock: Clock,
        progress: Progress,
    ) -> Context:
        environment, ticket = settings.env, settings.ticket
        day = clock.now().date()  # Athena and the jobs tell UTC
        links, measurements = Links(environment), Measurements()
        created = CreatedResources(folder.parent / naming.created_resources(environment.name), settings.keep)
        jobs = Jobs(aws, environment, ticket, created, links)
        return cls(
            settings,
            platform,
            tables,
            aws,
            identity,
            folder,
            clock,
            progress,
            day,
            place=Place.of(settings, identity, aws, day),
            links=links,
            created=created,
            lock=TicketLock(aws, environment, ticket, folder.name, identity.caller, clock),
            jobs=jobs,
            scripts=Scripts(aws, jobs, ticket, created),
            crawlers=Crawlers(aws, environment, links, clock, progress),
            catalog=Catalog(aws),
            measurements=measurements,
            athena=Athena(aws, environment, links, clock, measurements),
        )

    @property
    def environment(self) -> Environment:
        return self.settings.env

    @property
    def spoilt(self) -> SuiteError | None:
        """Why what is found from now on says nothing of the product; None while all is well."""
        return DayOver(self.day) if self.clock.now().date() != self.day else self.lock.lost

    def refuse_if_spoilt(self) -> None:
        """Before something is started: nobody could make use of it."""
        if spoilt := self.spoilt:
            raise spoilt
