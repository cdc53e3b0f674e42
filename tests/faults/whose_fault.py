"""A fault, whoever's it is, on a deployment on which the ticket has gone through the playbook once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from acceptance.pipeline import Stage
from acceptance.verdict.model import Outcome
from tests.faults.account import LOCAL, Account
from tests.faults.following import remove
from tests.playing import (
    SOUND,
    Deployment,
)
from tests.processes import ROOT

KEEP = ("-D", "keep=true", "-D", "fresh=true")  # nothing is gone on from that a fault before has ended
ACCESS = ("features/0-before-you-start/1-access.feature",)
SECTION_1 = ("features/1-api-ingestion",)
QUIET = "decision_levels"  # nothing of it has changed since its last import
Rule = dict[str, Any]


def feature(number: str) -> tuple[str, ...]:
    (path,) = ROOT.glob(f"features/*/{number}-*.feature")
    return (str(path.relative_to(ROOT)),)


FIRST_RUN = feature("1.2.1")


@dataclass(frozen=True)
class Fault:
    name: str
    outcome: Outcome  # of the run: PASSED, ERROR or FAILED
    told: tuple[str, ...] = ()  # words of the message
    rules: tuple[Rule, ...] = ()  # at the endpoint
    seed: Callable[[Deployment], AbstractContextManager[object]] = lambda deployment: nullcontext()
    play: tuple[str, ...] = SECTION_1
    tables: str = SOUND
    code: str = ""  # of the finding, where a scenario has it
    noted: tuple[
        str, ...
    ] = ()  # patterns of the notes that a scenario has, and that it has not without the fault


def take_away(deployment: Deployment, stage: Stage) -> Callable[[], None]:
    """The table as before its first run of the stage: where today's data is, no job starts. Gives what undoes it."""
    account = Account(deployment)
    rows = {key: account.read(stage, key) for key in account.keys(stage, SOUND)}
    remove_data(deployment, stage)

    def put_back() -> None:
        remove_data(deployment, stage)
        for key, found in rows.items():
            account.write(stage, key, found)
        account.crawl(stage)

    return put_back


def remove_data(deployment: Deployment, stage: Stage) -> None:
    account = Account(deployment)
    remove(account, f"all objects below s3://{LOCAL.bucket(stage.zone)}/{stage.prefix(SOUND)}")
    remove(account, f"catalog table {LOCAL.database(stage.zone)}.{stage.catalog_table(SOUND)}")


@contextmanager
def taken_away(deployment: Deployment, stage: Stage) -> Iterator[None]:
    put_back = take_away(deployment, stage)
    try:
        yield
    finally:
        put_back()
