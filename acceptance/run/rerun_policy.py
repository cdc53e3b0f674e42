"""What may run for a table at a stage, decided before anything is started: nothing is ever doubled, lost or purged.

Where today's data stands, it is judged and not made again. A second run of a day would harm it at every stage:

- API ingestion: until its crawl, the job takes the table for new and loads every record once more.
- parse, recast: they append; only the bookmark keeps them from adding the same rows twice. Glue keeps it with the job
  and deletes it with the job, so that a new clone has none (Glue developer guide, "Tracking processed data using job
  bookmarks").
- daily snapshot: it appends, or purges what it is about to read (platform's documentation, "Seen when scripts like the
  platform's own were run").

So what is outdated blocks, and the message names what has to be removed first (`acceptance.run.removals`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from acceptance.aws.console_links import Links
from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import UNDER_WAY, Job
from acceptance.aws.s3_objects import Folder
from acceptance.evidence import Evidence
from acceptance.findings import Blocked
from acceptance.pipeline import INGESTION, SNAPSHOT, Stage

_KEEP = "Then keep the test jobs, and with them their bookmarks, from one day to the next: -D keep=true"


@dataclass(frozen=True)
class Standing:
    """Today's data of a table: an earlier run has brought it, so it is judged and not made again."""

    folder: Folder
    written_by: JobRun | None = None  # as far as Glue still knows the run
    cut_short: str = ""  # the run of the playbook that was interrupted while its job run worked on the data

    def evidence(self, links: Links) -> Evidence:
        found = self.folder.evidence(links)
        if by := self.written_by:
            found = replace(found, facts=found.facts | {"Written by": f"{by.id} of “{by.job}”, {by.state}"})
        return found


@dataclass(frozen=True)
class TakenRun:
    """A run of a job, with the tables that it took."""

    job_run: JobRun
    tables: tuple[str, ...]

    @property
    def under_way(self) -> bool:
        return self.job_run.state in UNDER_WAY

    def read_after(self, moment: datetime | None) -> bool:
        """Whether it began after a moment, so that its bookmark has passed what was written by then."""
        return moment is not None and self.job_run.started >= moment

    def may_have_written(self, folder: Folder) -> bool:
        newest, began = folder.newest, self.job_run.started.replace(microsecond=0)
        ended = self.job_run.completed
        return bool(newest and began <= newest and (ended is None or newest <= ended))


@dataclass(frozen=True)
class StageJobs:
    """A stage's jobs, and their runs, the newest first."""

    test_job: Job
    deployed: Job
    own: tuple[TakenRun, ...]  # of the test job, all that Glue knows
    others: tuple[TakenRun, ...]  # of the deployed job and of other tickets' test jobs, the recent ones


@dataclass(frozen=True)
class Look:
    """What is there of a table at a stage, before anything is started."""

    data: Folder  # today's
    source: Folder | None  # today's of the stage that this one reads; None for the first, which reads the API
    registered: Callable[[], Collection[str]]  # generations that are partitions, yyyymmdd
    everything: Callable[[], Folder]  # all days' data of the table
    after: Callable[[str], Collection[str]]  # generations in S3 that are newer than one, yyyymmdd


class RerunPolicy:
    """The choice for each table of a stage."""

    def __init__(
        self,
        stage: Stage,
        day: date,
        jobs: StageJobs,
        in_use: Collection[str],
        code_changed: Callable[[], datetime],
        other_code: Collection[str] = (),
    ) -> None:
        """`in_use`: tables in the deployed pipeline. `code_changed`: when the branch last changed the script.

        `other_code`: tables known to have been written by other code, whatever their data's time.
        """
        self.stage, self.today, self.jobs = stage, f"{day:%Y%m%d}", jobs
        self.in_use, self.code_changed, self.other_code = in_use, code_changed, other_code

    def choose(self, table: str, look: Look) -> Job | JobRun | Standing:
        """The job to run; or today's data, or the deployed job's run of today, to judge. Raises `Blocked`."""
        self._refuse_busy(table)
        if look.data.objects:
            return self._stand(table, look)
        self._refuse_empty_partition(table, look)
        if self.stage is INGESTION:
            self._refuse_uncrawled(table, look)
            return self.jobs.test_job
        return self._deployed(table, look) if table in self.in_use else self._test_job(table, look)

    def _refuse_busy(self, table: str) -> None:
        """What another job is writing now is neither to be judged nor to be written a second time."""
        for run in _of(table, self.jobs.others):
            if run.under_way:
                raise Blocked(
                    "job-run-under-way",
                    f"{run.job_run.id} of “{run.job_run.job}” is working on {table} now. Run the playbook again when "
                    "that job run has ended",
                    self.stage.run_step,
                )

    # -- today's data is there

    def _stand(self, table: str, look: Look) -> Standing:
        written = look.data.newest
        if written and look.source and look.source.newest and look.source.newest > written:
            self._refuse(
                table,
                f"today's {self.stage.title} data of {table} is older than what it is made from, and another run would "
                f"{self._harm}",
                code="data-outdated",
            )
        if written and table not in self.in_use:
            self._refuse_other_code(table, written)
        runs = [*self.jobs.own, *self.jobs.others]
        writers = [run.job_run for run in _of(table, runs) if run.may_have_written(look.data)]
        return Standing(look.data, max(writers, key=lambda run: run.started, default=None))

    def _refuse_other_code(self, table: str, written: datetime) -> None:
        """Of a script that the ticket changes: what older code has written says nothing of the branch's."""
        if not self.stage.script_edited:
            return
        changed = self.code_changed()
        if changed > written:
            how = f"before its code last changed ({changed:%Y-%m-%d %H:%M} {changed:%Z})"
        elif table in self.other_code:
            how = "by other code, or by a job defined otherwise, in a run that was interrupted"
        else:
            return
        self._refuse(
            table,
            f"today's {self.stage.title} data of {table} was written {how}, and another run would {self._harm}",
            code="data-of-other-code",
        )

    @property
    def _harm(self) -> str:
        if self.stage is SNAPSHOT:
            return "double or purge it"
        return "write its rows twice"

    def _refuse(self, table: str, why: str, *, code: str) -> None:
        if table in self.in_use:
            raise Blocked(
                code,
                f"{why}. The table is in use: ask the Data Platform team to bring it up to date",
                self.stage.run_step,
            )
        raise Blocked(
            code, f"{why}. {_REMOVE}, and run the playbook again", self.stage.run_step, redo=self.stage
        )

    # -- there is none

    def _refuse_empty_partition(self, table: str, look: Look) -> None:
        """Two stages read their own newest partition: one without data misleads them."""
        effect = _MISLED.get(self.stage)
        if effect is None or self.today not in look.registered():
            return
        raise Blocked(
            "partition-without-data",
            f"the Data Catalog has today's partition of {self.stage.catalog_table(table)}, but {look.data.address} is "
            f"empty: {effect}. {_REMOVE}, and run the playbook again",
            self.stage.run_step,
            redo=self.stage,
        )

    def _refuse_uncrawled(self, table: str, look: Look) -> None:
        """The job asks for what is newer than the catalog's newest partition: what lies in S3 alone is loaded again."""
        if not (uncrawled := sorted(look.after(max(look.registered(), default="")))):
            return
        what = (
            f"{table} has API responses of {', '.join(uncrawled)} that were never crawled: the job would load their "
            "records a second time"
        )
        if table in self.in_use:
            raise Blocked(
                "responses-not-crawled",
                f"{what}. Run the crawler {self.stage.crawler} in the AWS console, then the playbook again",
                self.stage.run_step,
            )
        raise Blocked(
            "responses-not-crawled",
            f"{what}. {_REMOVE}, and run the playbook again",
            self.stage.run_step,
            redo=self.stage,
        )

    def _deployed(self, table: str, look: Look) -> Job | JobRun:
        """Tables in use are left to the deployed job: its bookmark knows what it has read, a clone's does not."""
        job, source = self.jobs.deployed, look.source
        read = [run for run in _of(table, self.jobs.others) if run.job_run.job == job.name]
        # a failed parse or recast leaves the bookmark where it was, a failed check of the snapshot does not
        done = [run.job_run for run in read if self.stage is SNAPSHOT or run.job_run.succeeded]
        if source and (after := [run for run in done if run.started >= (source.newest or run.started)]):
            return replace(after[0], found=True)
        if self.stage.appends and not job.bookmarked and look.everything().objects:
            raise Blocked(
                "job-without-bookmark",
                f"“{job.name}” has no bookmark switched on: it would write {table}'s rows of the last days again. Ask "
                "the Data Platform team to switch it on (--job-bookmark-option job-bookmark-enable)",
                self.stage.run_step,
            )
        return job

    def _test_job(self, table: str, look: Look) -> Job:
        job, source = self.jobs.test_job, look.source
        if not self.stage.appends:
            return job
        remembered = [run for run in _of(table, self.jobs.own) if run.job_run.succeeded and job.bookmarked]
        if source and any(run.read_after(source.newest) for run in remembered):
            raise Blocked(
                "data-already-read",
                f"“{job.name}” has read today's data of {table} already and written nothing. Its bookmark keeps it "
                f"from reading the data again. {_REMOVE}, and run the playbook again",
                self.stage.run_step,
                redo=self.stage,
            )
        if not remembered and (earlier := look.everything()).objects:
            raise Blocked(
                "data-without-bookmark",
                f"{earlier.address} holds data of earlier days that the {self.stage.title} test job has no bookmark "
                f"of: it would write those rows again. {_REMOVE}, and run the playbook again. {_KEEP}",
                self.stage.clone_step,
                redo=self.stage,
            )
        return job


_MISLED = {
    INGESTION: "the job would ask the API for nothing",
    SNAPSHOT: "the job would start from an empty snapshot and lose every earlier row. A second run of the newer "
    "snapshot script on one day leaves it so: it purges the partition, and then fails",
}
_REMOVE = "Ask the Data Platform team to remove what “What to do next” lists"


def _of(table: str, runs: Iterable[TakenRun]) -> list[TakenRun]:
    return [run for run in runs if table in run.tables]
