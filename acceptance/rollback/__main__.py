"""Go back to what was there before a ticket's runs, or its release.

    python -m acceptance.rollback -D ticket=DPP-426 -D env=stg -D data_platform=../Data-Platform

shows the plan. The command that carries it out stands at its end: with --yes and the plan's fingerprint, so that
nothing is done that was not shown. On env=prod nothing is ever carried out: the plan is printed as commands of the AWS
CLI, for somebody who may.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from acceptance import settings as parameters
from acceptance import terminal
from acceptance.aws.identity import identify
from acceptance.aws.session import Aws, isolate
from acceptance.aws.waiting import Clock, silent
from acceptance.branch.checkout import DataPlatform
from acceptance.pipeline import STAGES
from acceptance.privacy import redaction
from acceptance.privacy.errors_in_words import explain
from acceptance.rollback import refusals, scope, text
from acceptance.rollback.carry_out import Begun, Record, carry_out
from acceptance.rollback.commands import commands_of, copies_of
from acceptance.rollback.survey import Survey, Work, survey
from acceptance.run.context import Context
from acceptance.run.run import Run
from acceptance.settings import Settings, SettingsError
from acceptance.wording import count


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when the way back is gone (or shown), 1 when it could not be."""
    terminal.make_plain()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _go(parser().parse_args(words), words)
    except Exception as error:  # noqa: BLE001  told in a line, as behave's own parameters are
        print(redaction.scrub(explain(error)), file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m acceptance.rollback", description=__doc__)
    found.formatter_class = argparse.RawDescriptionHelpFormatter
    found.add_argument(
        "-D", dest="given", action="append", default=[], metavar="KEY=VALUE", help="as behave's"
    )
    found.add_argument("--yes", action="store_true", help="carry out what was shown")
    found.add_argument("--plan", default="", metavar="FINGERPRINT", help="the plan that was shown")
    found.add_argument(
        "--tables",
        metavar="NAMES",
        help="tables that others read and that are to go back too, separated by commas; none: leave them",
    )
    found.add_argument(
        "--trash",
        default="",
        metavar="s3://…",
        help="where objects are copied that a bucket keeps no versions of",
    )
    found.add_argument(
        "--since",
        type=_moment,
        metavar="TIME",
        help="go back to this time, such as 2026-11-27T18:00 (UTC); else to the ticket's record, or its merge",
    )
    return found


def _moment(given: str) -> datetime:
    found = datetime.fromisoformat(given)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _go(options: argparse.Namespace, words: list[str]) -> int:
    run = _open(_settings(options.given))
    try:
        if options.yes and not run.environment.read_only:
            return _carry_out(run, options)
        found = survey(run, scope.find(run, options.since))
        _show(run, found, words)
        if options.yes:
            raise SettingsError(
                f"env={run.environment.name} is read-only: give the commands above to who may"
            )
        run.context.lock.refuse_if_held()
        return 0
    finally:
        run.close()


def _settings(given: list[str]) -> Settings:
    if malformed := [each for each in given if "=" not in each]:
        raise SettingsError(f"-D {malformed[0]!r} is not KEY=VALUE")
    settings = parameters.load(dict(each.split("=", 1) for each in given), os.environ)
    if settings.env.sandbox and not settings.endpoint:
        raise SettingsError("env=local needs endpoint: a run's own sandbox is gone with all that was in it")
    if settings.data_platform is None:
        raise SettingsError("name the checkout that says which tables are the ticket's: -D data_platform=…")
    return settings


def _open(settings: Settings) -> Run:
    redaction.remember(redaction.secrets_of(os.environ))
    assert settings.data_platform
    platform = DataPlatform(settings.data_platform, settings.ticket, settings.branch)
    tables = refusals.tables_of(platform, settings)
    if settings.endpoint:
        isolate(os.environ, settings.endpoint, settings.env.region)
    aws = Aws(settings.env)
    identity = identify(aws, settings)
    redaction.remember(aws.secrets())
    folder = settings.reports / settings.ticket / "rollback"  # a name for the lock: nothing is written there
    return Run(Context.of(settings, platform, tables, aws, identity, folder, Clock(), silent))


def _show(run: Run, found: Survey, words: list[str]) -> None:
    command = f"python -m acceptance.rollback {shlex.join(words)}"
    print(text.render(run.settings.ticket, run.environment.title, found.way_back(command)))
    if run.environment.read_only:
        _print_commands(found, trash=_option(words, "--trash"))
    elif found.lines:
        more = "".join(f" {each}" for each in refusals.still_needed(found, words))
        print(f"Nothing was changed. To carry it out:\n  {command} --yes --plan={found.fingerprint}{more}")
    else:
        print("Nothing is left to be done here.")


def _option(words: list[str], name: str) -> str:
    return str(vars(parser().parse_args(words))[name.removeprefix("--")] or "")


def _print_commands(found: Survey, trash: str) -> None:
    """All of them, for a shell."""
    print("# The commands, for somebody who may. Stop at the first that fails.\nset -e")
    for work in found.works:
        if not (work.actions or work.step.commands):
            continue
        print(f"# {', '.join(filter(None, [work.step.stage, work.step.table]))}: {work.step.what}")
        print("\n".join(_commands(found, work, trash)))


def _commands(found: Survey, work: Work, trash: str) -> list[str]:
    if work.step.by_hand:
        return list(work.step.commands)
    stage = STAGES.get(work.step.stage)
    bucket = work.step.where.split("/")[2] if stage and work.step.table else ""
    first: list[str] = []
    if bucket and not found.keeps_versions.get(bucket, False):
        first = copies_of(work.actions, trash or "s3://<bucket-for-what-is-removed>", work.step)
    return [*first, *commands_of(work.actions, work.step)]


def _carry_out(run: Run, options: argparse.Namespace) -> int:
    record = Record(run)
    run.context.lock.acquire()
    found = survey(run, scope.find(run, options.since))
    begun = record.read()
    refusals.refuse_other_plan(found, options.plan, begun)
    works = refusals.chosen(found, options.tables)
    refusals.refuse_without_trash(run, works, found.keeps_versions, options.trash)
    refusals.refuse_busy(run, works)
    lines = {action.line for work in works for action in work.actions}
    print(f"{count(len(lines), 'change')} in {run.environment.title}:")
    for line in sorted(lines):
        print(f"  {line}")
    if begun is None or options.plan == found.fingerprint:
        record.write(Begun(found.fingerprint, found.lines))
    carry_out(run, works, options.trash, found.keeps_versions)
    run.begin((), changed=True)
    left = survey(run, scope.find(run, options.since))
    if undone := sorted(left.lines & lines):
        raise SettingsError(
            f"{count(len(undone), 'change')} did not last, the first: {undone[0]}. Run it again"
        )
    record.remove()
    print(f"Back: {count(len(lines), 'change')} made, and the account looked at again.")
    for loss in found.losses:
        print(f"Not restored: {loss.what}, since {loss.why}. What to do: {loss.instead}")
    for work in left.works:
        if work.step.by_hand:
            print(f"By hand: {work.step.what}: {' '.join(work.step.commands)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
