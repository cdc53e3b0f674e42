"""Remove what runs of a ticket have left in the account: kept test jobs, and whatever a killed run left.

    python -m acceptance.sweep -D ticket=DPP-426 -D env=stg          shows what would be deleted
    python -m acceptance.sweep -D ticket=DPP-426 -D env=stg --yes    deletes it

Found by the ticket's record and, since that may be on another machine, in the account itself, by the exact names that
the suite gives. Nothing else is looked at, and nothing is deleted while a run of the ticket is under way.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from acceptance import naming, terminal
from acceptance import settings as parameters
from acceptance.aws.console_links import Links
from acceptance.aws.glue_jobs import Jobs
from acceptance.aws.glue_scripts import Scripts
from acceptance.aws.identity import Identity, identify
from acceptance.aws.session import Aws, isolate
from acceptance.aws.waiting import Clock
from acceptance.privacy.errors_in_words import explain
from acceptance.run.created_resources import CreatedResources
from acceptance.run.leftovers import Leftovers
from acceptance.run.lock import TicketLock
from acceptance.settings import Settings, SettingsError
from acceptance.wording import count


class Sweep:
    """What a ticket has in the account."""

    def __init__(self, settings: Settings, aws: Aws, identity: Identity) -> None:
        environment = settings.env
        folder = settings.reports / settings.ticket
        created = CreatedResources(folder / naming.created_resources(environment.name))
        jobs = Jobs(aws, environment, settings.ticket, created, Links(environment))
        self.leftovers = Leftovers(jobs, Scripts(aws, jobs, settings.ticket, created), created)
        self.lock = TicketLock(aws, environment, settings.ticket, "sweep", identity.caller, Clock())


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when the sweep is done (or shown), 1 when it could not be."""
    terminal.make_plain()
    parser = argparse.ArgumentParser(prog="python -m acceptance.sweep", description=__doc__.splitlines()[0])
    parser.add_argument(
        "-D", dest="given", action="append", default=[], metavar="KEY=VALUE", help="as behave's"
    )
    parser.add_argument("--yes", action="store_true", help="delete what is shown")
    options = parser.parse_args(arguments)
    try:
        _sweep(_settings(options.given), delete=options.yes)
    except Exception as error:  # noqa: BLE001  told in a line, as behave's own parameters are
        print(explain(error), file=sys.stderr)
        return 1
    return 0


def _settings(given: list[str]) -> Settings:
    if malformed := [each for each in given if "=" not in each]:
        raise SettingsError(f"-D {malformed[0]!r} is not KEY=VALUE")
    settings = parameters.load(dict(each.split("=", 1) for each in given), os.environ, checkout_needed=False)
    if settings.env.read_only:
        raise SettingsError(f"env={settings.env.name} is read-only: nothing is ever created there")
    if settings.env.sandbox and not settings.endpoint:
        raise SettingsError("env=local needs endpoint: a run's own sandbox is gone with all that was in it")
    return settings


def _sweep(settings: Settings, delete: bool) -> None:
    if settings.endpoint:
        isolate(os.environ, settings.endpoint, settings.env.region)
    aws = Aws(settings.env)
    sweep = Sweep(settings, aws, identify(aws, settings))
    found = sweep.leftovers.found()
    print(
        f"{settings.ticket} has {count(len(found), 'resource')} in {settings.env.title}{':' if found else '.'}"
    )
    for kind, name in found:
        print(f"  {kind} {name}")
    if not delete:
        sweep.lock.refuse_if_held()
        print("Nothing was deleted; --yes deletes them." if found else "Nothing to delete.")
        return
    sweep.lock.acquire()
    try:
        for kind, name in found:
            sweep.leftovers.remove(kind, name)
    finally:
        sweep.lock.release()
    print(f"Deleted {count(len(found), 'resource')}.")


if __name__ == "__main__":
    sys.exit(main())
