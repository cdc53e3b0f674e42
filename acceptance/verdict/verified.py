"""Whether the commit that is to be released is the one that pre-production's newest verdict passed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from acceptance.branch.checkout import DataPlatform
from acceptance.environments import ENVIRONMENTS
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Blocked
from acceptance.settings import Settings
from acceptance.verdict import file
from acceptance.verdict.model import State, Verdict

PRE_PRODUCTION = ENVIRONMENTS["stg"]
_PAGE = "report.html"


def newest(folder: Path, environment: str) -> tuple[Verdict, Path] | None:
    """The newest verdict of an environment below a ticket's reports, and its folder; None for none.

    Run ids begin with their time. Those of another schema, or that cannot be read, are passed over.
    """
    for path in sorted(folder.glob("[0-9]*Z-*/verdict.json"), reverse=True):
        try:
            found = file.read(path)
        except (OSError, msgspec.DecodeError):
            continue
        if found.environment == environment:
            return found, path.parent
    return None


def evidence(found: Verdict, folder: Path) -> Evidence:
    facts = {
        "State": found.state,
        "Commit": found.commit,
        "Tables": ", ".join(found.tables),
        "Started": f"{found.started:%Y-%m-%d %H:%M} UTC",
        "Page": f"{folder.parent.name}/{folder.name}/{_PAGE}",
    }
    return Evidence(Kind.BRANCH, f"Verdict on {PRE_PRODUCTION.title}", facts, id=found.run_id)


def is_of_this_commit(
    found: Verdict | None, platform: DataPlatform, tables: tuple[str, ...], settings: Settings
) -> None:
    """Raises `Blocked`, with the command to run, where pre-production's newest verdict says nothing for the release."""
    if why := _hindrance(found, platform.branch.commit, tables):
        command = (
            f"behave -D ticket={settings.ticket} -D env={PRE_PRODUCTION.name} "
            f"-D data_platform={platform.branch.checkout} -D branch={platform.branch.name}"
        )
        raise Blocked("not-verified", f"{why}. Run: {command}", "")


def _hindrance(found: Verdict | None, commit: str, tables: tuple[str, ...]) -> str:
    if found is None:
        return f"there is no verdict of {PRE_PRODUCTION.title} among the ticket's reports here"
    title = f"the newest verdict of {PRE_PRODUCTION.title}, {found.run_id},"
    if found.commit != commit[: len(found.commit)] or not found.commit:
        return f"{title} is of commit {found.commit or 'unknown'}, and the branch is at {commit[:12]}"
    if found.state is State.PARTIAL:
        return f"{title} passed in part: what was left out was not looked at"
    if found.state is not State.PASSED:
        return f"{title} is “{found.state}”"
    if missing := [table for table in tables if table not in found.tables]:
        return f"{title} has no {', '.join(missing)}"
    return ""
