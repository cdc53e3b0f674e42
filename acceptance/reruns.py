"""Which job runs for a table, and whether it may: decided before anything is started.

Parse and recast add files to the partitions that they read of. Their bookmark keeps them from adding the same rows
twice. Glue keeps it with the job and deletes it with the job (Glue developer guide, "Tracking processed data using job
bookmarks"), so a clone made anew knows nothing of what was read before, by the deployed job or by an earlier clone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from acceptance.aws.job_runs import JobRun
from acceptance.aws.jobs import Job
from acceptance.aws.links import Links
from acceptance.aws.storage import Folder
from acceptance.findings import Blocked
from acceptance.pipeline import Stage
from acceptance.verdict import Evidence

_KEEP = "keep the test jobs, and with them their bookmarks, from one day to the next: -D keep=true"


@dataclass(frozen=True)
class Standing:
    """Today's data of a table, brought by an earlier run: another run would add the same rows again."""

    folder: Folder
    cut_short: str = ""  # the run of the playbook that was interrupted while its job run worked on the data

    def evidence(self, links: Links) -> Evidence:
        return self.folder.evidence(links)


class Appending:
    """The choice of the job for each table of a stage that adds to its partitions."""

    def __init__(
        self,
        stage: Stage,
        test_job: Job,
        deployed: Job,
        test_runs: list[JobRun],
        code_changed: Callable[[], datetime],
        outdated: Collection[str] = (),
    ) -> None:
        """`test_runs`: all that Glue knows of; `code_changed`: when the test job's code was last changed.

        `outdated`: tables known to have been written by other code, whatever their data's time.
        """
        self.outdated = outdated
        self.stage, self.test_job, self.deployed, self.code_changed = stage, test_job, deployed, code_changed
        self.remembered = {
            table
            for run in test_runs
            if run.succeeded
            for table in run.arguments.get(stage.tables_argument, "").split(",")
        }

    def choose(
        self, table: str, source: Folder, today: Folder, everything: Callable[[], Folder]
    ) -> Job | Standing:
        """The job to run for a table, or today's data where that must do; raises `Blocked` where neither will.

        `source`, `today`: today's partition of what the stage reads and of what it writes; `everything`: all that
        it has written of the table. Tables that the deployed job takes already are left to it: it has read them up to
        yesterday, the clone has not.
        """
        in_use = table in self.deployed.tables
        if today.newest and source.newest and today.newest >= source.newest:
            if not in_use:
                self._refuse_outdated(table, today.newest)
            return Standing(today)
        if in_use:
            return self.deployed
        if table not in self.remembered and (earlier := everything()).objects:
            raise Blocked(
                f"{earlier.address} holds data of earlier runs that the {self.stage.title} test job has no "
                f"bookmark of: it would write those rows again. Have the folder's objects removed, and {_KEEP}",
                self.stage.clone_step,
            )
        return self.test_job

    def _refuse_outdated(self, table: str, written: datetime) -> None:
        changed = self.code_changed()
        if changed > written:
            how = f"before the code's last change ({changed:%Y-%m-%d %H:%M} {changed:%Z})"
        elif table in self.outdated:
            how = "by other code, or a job defined otherwise, in a run that was interrupted"
        else:
            return
        raise Blocked(
            f"today's {self.stage.title} data of {table} was written {how}, and to run again would write its rows "
            "twice. Have today's partition removed, or go on tomorrow",
            self.stage.run_step,
        )
