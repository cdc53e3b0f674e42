"""The plan of the way back as data: what is to be done, in which order, and how one sees that it worked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

STEP = "6.4"
"""The step that draws it; its number is this suite's, as the playbook has none there."""
MOST_COMMANDS = 20
"""Commands of a step that the plan shows; a table in use may take one an object."""


@dataclass(frozen=True)
class Step:
    """One thing to do."""

    what: str  # "Remove 12 objects and the catalog table"
    where: str  # address of a folder, name of a job, a commit
    sign: str  # how one sees that it worked
    table: str = ""
    stage: str = ""
    objects: int = 0
    bytes: int = 0
    partitions: int = 0
    tables: int = 0  # in the Data Catalog
    rewind_to: str = ""  # the job run whose bookmark is to stand again
    seconds: float = 0.0  # about how long it takes
    shared: bool = False  # others read the table, or use the job
    by_hand: bool = False  # a person's to do, in the repository or with the Data Platform team
    commands: tuple[str, ...] = ()  # of the AWS CLI or git, the first `MOST_COMMANDS`
    more_commands: int = 0

    @property
    def to_do(self) -> bool:
        """Whether anything is left to be done of it."""
        return self.by_hand or bool(self.commands)


@dataclass(frozen=True)
class Loss:
    """What cannot be restored."""

    what: str
    why: str
    instead: str  # what to do
    table: str = ""
    stage: str = ""
    code: str = ""  # of the finding


@dataclass(frozen=True)
class WayBack:
    """The plan, or why there is none."""

    fingerprint: str = ""  # of all that it would do: another one means that the data has changed
    steps: tuple[Step, ...] = ()  # in the order in which they are to be done
    losses: tuple[Loss, ...] = ()
    moment: datetime | None = None  # UTC: to which tables in use go back; None where nobody knows
    keeps_versions: dict[str, bool] = field(default_factory=dict)  # by bucket
    command: str = ""  # that shows the plan as of now
    trouble: str = ""  # why it could not be drawn

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def objects(self) -> int:
        return sum(step.objects for step in self.steps)

    @property
    def bytes(self) -> int:
        return sum(step.bytes for step in self.steps)
