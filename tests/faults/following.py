"""What “What to do next” offers, done to the letter: first what the team is asked for, then the commands."""

from __future__ import annotations

import shlex

from acceptance.report import next_steps
from acceptance.verdict.model import Verdict
from sandbox import removal
from tests import processes, zones
from tests.faults.account import Account
from tests.processes import Ended


def follow(account: Account, whole: Verdict, *parts: Verdict) -> Ended:
    """Do what a run of the whole playbook asks for, and runs of parts of it; how the last command ends."""
    steps = [step for verdict in (whole, *parts) for step in next_steps.next_steps(verdict)]
    for item in dict.fromkeys(item for step in steps for item in step.items):
        remove(account, item)
    sweeps = [step.command for step in steps if step.command.startswith("python")]
    again = [step.command for step in next_steps.next_steps(whole) if step.command.startswith("behave")]
    ended = [run(command) for command in dict.fromkeys([*sweeps, *again])]
    return ended[-1]


def ends_green(account: Account, verdict: Verdict, sound: zones.Zones, rounds: int = 1) -> None:
    """Once the cause is gone; and no table has other data than one that was never broken."""
    end = follow(account, verdict)
    for _ in range(rounds - 1):
        if end.exit_code:
            end = follow(account, account.deployment.verdict())
    assert end.exit_code == 0, end.output
    known = {table for _, table, _ in sound}
    there = zones.look(account.deployment.client, [table for table in verdict.tables if table in known])
    others = [
        f"{place}: {zones.compared(each, sound.get(place))}"
        for place, each in there.items()
        if each != sound.get(place)
    ]
    assert others == [], "\n".join(others)


def run(command: str) -> Ended:
    words = shlex.split(command)
    module, arguments = (words[2], words[3:]) if words[:2] == ["python", "-m"] else (words[0], words[1:])
    return processes.run(module, *arguments)


def remove(account: Account, item: str) -> None:
    removal.remove(account.deployment.client, item)
