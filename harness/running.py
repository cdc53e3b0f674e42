"""A run of behave, from the parameters to the published verdict."""

from __future__ import annotations

import gc
import logging
import os
import secrets
import shlex
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from behave.exception import ConfigError
from behave.formatter._registry import make_formatters
from behave.model import Feature
from behave.runner import Context, Runner
from behave.runner_util import parse_features

from acceptance import settings as parameters
from acceptance import terminal
from acceptance.aws.waiting import Clock
from acceptance.branch.checkout import DataPlatform
from acceptance.privacy import foreign_text, redaction
from acceptance.privacy.errors_in_words import explain
from acceptance.settings import SettingsError
from harness import outlines, planning, selection, types
from harness.console import Display
from harness.days import Day, LocalSandbox, PlayedDays
from harness.session import Session

if TYPE_CHECKING:
    from acceptance.run.run import Run

_GARBAGE = 50_000
"""Objects made since Python last looked for unused ones that refer to each other (by itself 700, which takes a
twentieth of a run's processor time)."""


class PlaybookRunner(Runner):
    """behave's runner, with the run of a playbook around that of the features (`runner` in behave.ini)."""

    def run(self) -> bool:
        # behave warns of every skip; the console tells them better
        logging.getLogger("behave").setLevel(logging.ERROR)
        terminal.make_plain()
        gc.set_threshold(_GARBAGE)
        return bool(super().run())

    def load_step_definitions(self, extra_step_paths: list[str] | None = None) -> None:
        types.register()
        super().load_step_definitions(extra_step_paths)

    def run_model(self, features: list[Feature] | None = None) -> bool:
        """Called once all features are parsed and before any formatter sees one, in a dry run too."""
        with ExitStack() as stack:
            try:
                return self._run_days(features or self.features, stack)
            except SettingsError as error:
                raise ConfigError(redaction.scrub(str(error))) from None

    def _run_days(self, features: list[Feature], stack: ExitStack) -> bool:
        """Until the last day, or the first that fails; returns whether one has failed."""
        redaction.remember(redaction.secrets_of(os.environ))
        settings = parameters.load(self.config.userdata, os.environ)
        checkout = settings.data_platform or self._sandbox.sample_checkout(
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="data-platform-"))), settings.runtime
        )
        platform = DataPlatform(checkout, settings.ticket, settings.branch)
        played = PlayedDays(settings, platform, self._sandbox, stack)
        for day in played.days:
            failed = self._play(features, played, day)
            if failed and played.is_repaired(day, played.verdict):
                failed = self._play(features, played, replace(day, again=True))
            if failed or self.config.dry_run:
                break
        return failed

    def _play(self, features: list[Feature], played: PlayedDays, day: Day) -> bool:
        if played.verdict:  # of an earlier day, which has run them
            features = self._read_again()
        with ExitStack() as stack:
            return self._run(features, played, day, stack)

    def _read_again(self) -> list[Feature]:
        """The features as they were before they were run."""
        locations = [each for each in self.feature_locations() if not self.config.exclude(each)]
        self.features = parse_features(locations, language=self.config.lang)
        self.formatters = make_formatters(self.config, self.config.outputs)
        self.context = Context(self)
        return list(self.features)

    def _run(self, features: list[Feature], played: PlayedDays, day: Day, stack: ExitStack) -> bool:
        clock, began = Clock(day.ahead), datetime.now(UTC)
        settings, platform = day.settings(played.settings), played.platform
        tables = platform.tables(settings.tables)
        outlines.expand(features, tables)
        found = selection.select(self, features, settings, platform)
        selected = found.scenarios
        if settings.one_at_a_time:
            features = outlines.one_table_after_another(features, tables)
        if self.config.dry_run:
            selection.tell(found)
            if not selected:
                return True
            planned = planning.draw(selected, settings, platform, tables)
            print("\n".join(planning.told(planned, settings)))
            planning.refuse_beyond(planned, settings)
            return bool(super().run_model(features))
        if settings.budget is not None:
            planning.refuse_beyond(planning.draw(selected, settings, platform, tables), settings)
        folder = settings.reports / settings.ticket / f"{began:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise SettingsError(
                f"reports {str(settings.reports)!r} cannot be written to: {error.strerror}"
            ) from None
        foreign_text.begin(platform)
        display = stack.enter_context(Display())
        session = Session(settings, platform, tables, selected, found.left_out, display, folder, clock)
        self.context.session = session
        _heed_signals(session, stack)
        return self._execute(features, session, played, day)

    def _execute(self, features: list[Feature], session: Session, played: PlayedDays, day: Day) -> bool:
        from harness.publishing import publish

        session.display.heading(redaction.scrub(_heading(session)))
        session.problems += outlines.vacuous(features, self.config)
        failed = False
        try:
            if session.selected:  # else there is nothing to do, and nobody is asked anything
                session.attach(_start(session, played, day))
                session.heed_hooks(self)
                failed = bool(super().run_model(features))
        except SettingsError:
            shutil.rmtree(
                session.folder
            )  # nothing was done: the run leaves no page that hides the last one's
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  told in the verdict, whatever hinders the run
            session.problems.append(explain(error))
        except KeyboardInterrupt:
            session.interrupted = session.interrupted or "Ctrl-C"
        session.problems += [
            trouble for feature in features for trouble in session.results.feature_troubles(feature)
        ]
        _clean_up(session)
        verdict = session.verdict(_command(self.config.userdata))
        if failed and verdict.exit_code == 0:
            session.problems.append(
                "behave met an error outside the scenarios; it stands above in the console's output"
            )
            verdict = session.verdict(verdict.command)
        played.verdict = publish(verdict, session.folder, session.display)
        return played.verdict.exit_code != 0

    @property
    def _sandbox(self) -> LocalSandbox:
        """behave's hooks are all that environment.py defines."""
        found: LocalSandbox = self.hooks["LOCAL_SANDBOX"]
        return found


def _start(session: Session, played: PlayedDays, day: Day) -> Run:
    """Reach the environment (the sandbox first, if it is to be started) and make sure that it is the right one."""
    settings = session.settings
    played.launch()
    # imported while the sandbox starts: AWS's libraries take their time
    from acceptance.aws.identity import identify
    from acceptance.aws.session import Aws, isolate
    from acceptance.run.context import Context
    from acceptance.run.run import Run

    start = played.begin(day, session.tables)
    endpoint, session.day, session.undeployed = start.endpoint, start.day, start.undeployed
    for line in session.undeployed:
        session.display.heading(redaction.scrub(line))
    if session.day:
        session.display.heading(f"{session.day[0].upper()}{session.day[1:]} ({session.clock.now():%Y-%m-%d})")
    if endpoint:
        isolate(os.environ, endpoint, settings.env.region)
    aws = Aws(settings.env)
    identity = identify(aws, settings)
    redaction.remember(aws.secrets())
    run = Run(
        Context.of(
            settings,
            session.platform,
            session.tables,
            aws,
            identity,
            session.folder,
            session.clock,
            session.display,
        )
    )
    if session.mutating:
        run.context.lock.acquire()
        run.resumption.begin()
    return run


def _clean_up(session: Session) -> None:
    """Remove what this run has created, or one that crashed; signals wait until that is done."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    if session.run is None:
        return
    from acceptance.run.lock import TicketBusy

    if not session.cut_short:
        session.run.resumption.close()
    try:
        with suppress(TicketBusy):  # another run of the ticket is using what is there
            session.run.clean_up()
    except Exception as error:  # noqa: BLE001  told in the verdict: something of the ticket's may be left
        session.problems.append(
            f"clean-up: {explain(error)}; the next run of {session.settings.ticket} tries again"
        )
    session.draw_way_back()
    try:
        session.run.close()
    except Exception as error:  # noqa: BLE001  as above
        session.problems.append(f"the ticket's lock was not given back: {explain(error)}")


def _command(userdata: dict[str, str]) -> str:
    """The run's command as typed, with the parameters that came from environment variables."""
    inherited = parameters.from_environment(userdata, os.environ)
    given = [word for key, value in inherited.items() for word in ("-D", f"{key}={value}")]
    return f"behave {shlex.join([*given, *sys.argv[1:]])}".strip()


def _heading(session: Session) -> str:
    where = "the embedded sandbox" if session.settings.env.sandbox else session.settings.env.title
    return (
        f"{session.settings.ticket} on {where}: {', '.join(session.tables)} "
        f"({session.platform.branch.name} at {session.platform.branch.commit[:12]})"
    )


def _heed_signals(session: Session, stack: ExitStack) -> None:
    """SIGTERM ends a run as Ctrl-C does: hooks, clean-up and the page still come."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        session.interrupted = "SIGTERM" if number == signal.SIGTERM else "Ctrl-C"
        raise KeyboardInterrupt

    for name in (signal.SIGTERM, signal.SIGINT):
        stack.callback(signal.signal, name, signal.signal(name, interrupt))
