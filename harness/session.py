"""A run of behave, from the parameters to the published verdict.

behave offers no place for a runner of the project's own that works with plain `behave`, so `install` wraps
`ModelRunner.run_model`: it is called once all features are parsed and before any formatter sees one, in a dry run too.
"""

from __future__ import annotations

import logging
import os
import secrets
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from behave.exception import ConfigError
from behave.model import Feature, Scenario, Step
from behave.runner import Context, ModelRunner

from acceptance import foreign, redaction
from acceptance import settings as parameters
from acceptance.data_platform import DataPlatform
from acceptance.settings import Settings, SettingsError
from acceptance.verdict import Kind, Outcome, ScenarioResult, Verdict
from harness import flow, outlines, planning, results, types
from harness.console import Display
from harness.outlines import MUTATES

if TYPE_CHECKING:
    from acceptance.run import Run

BEFORE_AND_AFTER = "before-and-after"  # compares with what was there before the run's first change


class Pending(Protocol):
    """A sandbox being started."""

    def ready(self, timeout: float = ...) -> Any: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class LocalSandbox:
    """What the embedded sandbox offers; `environment.py` hands it over."""

    sample_checkout: Callable[[Path], Path]
    launch: Callable[..., Pending]


@dataclass
class Session:
    """One invocation of behave."""

    settings: Settings
    platform: DataPlatform
    tables: tuple[str, ...]
    selected: list[Scenario]
    left_out: tuple[str, ...]
    display: Display
    folder: Path
    started: datetime
    run: Run | None = None
    interrupted: str = ""

    def __post_init__(self) -> None:
        self.problems: list[str] = []
        self.table = ""  # of the scenario under way
        self.stopped: dict[str, tuple[Outcome, str]] = {}  # table -> how and where its scenarios ended

    # -- hooks (environment.py)

    def before_feature(self, feature: Feature) -> None:
        """Which tables the feature will check: their job runs and queries are started together."""
        if self.run is None:
            return
        chosen = {outlines.table_of(s) for s in feature.walk_scenarios() if s in self.selected} - set(
            self.stopped
        )
        self.run.measured.step = outlines.step_of(feature)
        self.run.survey.begin(tuple(table for table in self.tables if table in chosen))

    def before_scenario(self, scenario: Scenario) -> None:
        scenario.started = datetime.now(UTC)
        self.table = table = outlines.table_of(scenario)
        if table in self.stopped:
            outcome, reason = self.stopped[table]
            flow.stop(scenario, outcome, reason)
        elif self.run is not None and MUTATES in scenario.effective_tags:
            from acceptance import baseline

            baseline.remember(self.run)

    def before_step(self, context: Any, step: Step) -> None:
        context.scenario.current_step = step

    def after_step(self, step: Step) -> None:
        if self.run is None:
            return
        evidence = [*self.run.evidence, *getattr(step.exception, "evidence", ())]
        if isinstance(step.exception, AssertionError) and all(e.kind is not Kind.LOG for e in evidence):
            evidence += self.run.log_tail(self.table)
        step.evidence = redaction.scrub(evidence)
        self.run.evidence.clear()

    def after_scenario(self, scenario: Scenario) -> None:
        table, outcome = outlines.table_of(scenario), results.outcome_of(scenario)
        if not table or table in self.stopped or outcome is Outcome.PASSED:
            return
        step = outlines.step_of(scenario.feature)
        if outcome is Outcome.NOTHING_NEW:
            self.stopped[table] = (outcome, f"{results.message_of(scenario)} (step {step})")
        else:
            self.stopped[table] = (
                Outcome.BLOCKED,
                f"blocked: the table did not get past an earlier step (step {step})",
            )

    def after_feature(self, feature: Feature) -> None:
        chosen = [s for s in feature.walk_scenarios() if s in self.selected]
        self.display.feature(feature, [results.scenario_result(s) for s in chosen])

    # -- what behave itself would only print

    def heed_hooks(self, runner: ModelRunner) -> None:
        """Keep the errors of hooks around the whole run, and of clean-ups, for the verdict."""
        for name in ("before_all", "after_all"):
            if hook := runner.hooks.get(name):
                runner.hooks[name] = partial(self._noted, name, hook)
        runner.context.on_cleanup_error = self._cleanup_failed

    def _noted(self, name: str, hook: Callable[[Context], None], context: Context) -> None:
        try:
            hook(context)
        except Exception as error:
            self.problems.append(f"in {name}: {_explained(error)}")
            raise

    def _cleanup_failed(self, context: Context, cleanup: object, error: Exception) -> None:
        for owner in ("scenario", "feature"):
            if owner in context:
                entity = getattr(context, owner)
                entity.cleanup_errors = [*getattr(entity, "cleanup_errors", []), error]
                return
        self.problems.append(f"in a clean-up: {_explained(error)}")

    # -- the end

    def verdict(self, command: str) -> Verdict:
        found: list[ScenarioResult] = [results.scenario_result(scenario) for scenario in self.selected]
        run = self.run
        verdict = Verdict(
            run_id=self.folder.name,
            ticket=self.settings.ticket,
            environment=self.settings.env.name,
            tables=self.tables,
            scenarios=tuple(found),
            started=self.started,
            seconds=round((datetime.now(UTC) - self.started).total_seconds(), 1),
            command=command,
            ticket_url=self.settings.ticket_link,
            account=run.identity.account if run else self.settings.account,
            region=self.settings.env.region,
            branch=self.platform.branch.name,
            commit=self.platform.branch.commit[:12],
            by=run.identity.caller if run else "",
            left_out=self.left_out,
            problems=tuple(self.problems),
            interrupted=self.interrupted,
            account_alias=run.identity.alias if run else "",
            row_counts=run.measured.row_counts if run else (),
            row_changes=run.measured.row_changes if run else (),
            columns=run.measured.columns if run else (),
            activities=run.measured.activities if run else (),
            calls=run.aws.calls.found if run else {},
        )
        return redaction.scrub(verdict)


_current: list[Session] = []


def current() -> Session:
    """The session under way, from before behave's first hook until after its last."""
    return _current[-1]


def install(sandbox: LocalSandbox) -> None:
    """Make this process's behave run the playbook. Called once, when environment.py is loaded."""
    logging.getLogger("behave").setLevel(
        logging.ERROR
    )  # it warns of every skip; the console tells them better
    flow.install()
    types.register()
    original = ModelRunner.run_model

    @wraps(original)
    def run_model(self: ModelRunner, features: list[Feature] | None = None) -> bool:
        with ExitStack() as stack:
            try:
                return _run(self, features or self.features, original, sandbox, stack)
            except SettingsError as error:
                raise ConfigError(redaction.scrub(str(error))) from None

    ModelRunner.run_model = run_model


def _run(
    runner: ModelRunner, features: list[Feature], original: Any, sandbox: LocalSandbox, stack: ExitStack
) -> bool:
    started = datetime.now(UTC)
    redaction.remember(redaction.secrets_of(os.environ))
    settings = parameters.load(runner.config.userdata, os.environ)
    checkout = settings.data_platform or sandbox.sample_checkout(
        Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="data-platform-")))
    )
    platform = DataPlatform(checkout, settings.ticket, settings.branch)
    tables = platform.tables(settings.tables)
    outlines.expand(features, tables)
    selected, left_out = _selection(runner, features, settings)
    if settings.one_at_a_time:
        features = outlines.one_table_after_another(features, tables)
    if runner.config.dry_run:
        _tell_scenarios(selected)
        if not selected:
            return True
        planned = planning.draw(selected, settings, platform, tables)
        print("\n".join(planning.told(planned, settings)))
        planning.refuse_beyond(planned, settings)
        return bool(original(runner, features))
    if settings.budget is not None:
        planning.refuse_beyond(planning.draw(selected, settings, platform, tables), settings)
    folder = settings.reports / settings.ticket / f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise SettingsError(
            f"reports {str(settings.reports)!r} cannot be written to: {error.strerror}"
        ) from None
    foreign.begin(platform)
    display = stack.enter_context(Display())
    session = Session(settings, platform, tables, selected, left_out, display, folder, started)
    _current.append(session)
    stack.callback(_current.clear)
    _heed_signals(session, stack)
    return _execute(runner, features, original, sandbox, session, checkout, stack)


def _execute(
    runner: ModelRunner,
    features: list[Feature],
    original: Any,
    sandbox: LocalSandbox,
    session: Session,
    checkout: Path,
    stack: ExitStack,
) -> bool:
    from harness.publishing import publish

    session.display.heading(redaction.scrub(_heading(session)))
    session.problems += outlines.vacuous(features, runner.config)
    failed = False
    try:
        if session.selected:  # else there is nothing to do, and nobody is asked anything
            session.run = _start(session, sandbox, checkout, stack)
            session.heed_hooks(runner)
            failed = bool(original(runner, features))
    except SettingsError:
        shutil.rmtree(session.folder)  # nothing was done: the run leaves no page that hides the last one's
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  told in the verdict, whatever hinders the run
        session.problems.append(_explained(error))
    except KeyboardInterrupt:
        session.interrupted = session.interrupted or "Ctrl-C"
    session.problems += [trouble for feature in features for trouble in results.feature_troubles(feature)]
    _clean_up(session)
    verdict = session.verdict(f"behave {shlex.join(sys.argv[1:])}".strip())
    if failed and verdict.exit_code == 0:
        session.problems.append(
            "behave met an error outside the scenarios; it stands above in the console's output"
        )
        verdict = session.verdict(verdict.command)
    return publish(verdict, session.folder, session.display).exit_code != 0


def _start(session: Session, sandbox: LocalSandbox, checkout: Path, stack: ExitStack) -> Run:
    """Reach the environment (the sandbox first, if it is to be started) and make sure that it is the right one."""
    settings = session.settings
    endpoint = settings.endpoint
    pending: Pending | None = None
    if settings.env.sandbox and not endpoint:
        # a checkout of the user's own is read, not deployed: its jobs need what the sandbox has not
        pending = sandbox.launch(data_platform=None if settings.data_platform else checkout)
        stack.callback(pending.stop)
    # imported while the sandbox starts: AWS's libraries take their time
    from acceptance.account import identify
    from acceptance.clients import Aws, isolate
    from acceptance.run import Run
    from acceptance.waiting import Clock

    if pending:
        endpoint = pending.ready().endpoint
    if endpoint:
        isolate(os.environ, endpoint, settings.env.region)
    aws = Aws(settings.env)
    identity = identify(aws, settings)
    redaction.remember(aws.secrets())
    run = Run(
        settings, session.platform, session.tables, aws, identity, session.folder, Clock(), session.display
    )
    if any(MUTATES in scenario.effective_tags for scenario in session.selected):
        run.lock.acquire()
    return run


def _clean_up(session: Session) -> None:
    """Remove what this run has created, or one that crashed; signals wait until that is done."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    if session.run is None:
        return
    from acceptance.lock import TicketBusy

    try:
        with suppress(TicketBusy):  # another run of the ticket is using what is there
            session.run.clean_up()
    except Exception as error:  # noqa: BLE001  told in the verdict: something of the ticket's may be left
        session.problems.append(
            f"clean-up: {_explained(error)}; the next run of {session.settings.ticket} tries again"
        )
    try:
        session.run.close()
    except Exception as error:  # noqa: BLE001  as above
        session.problems.append(f"the ticket's lock was not given back: {_explained(error)}")


def _selection(
    runner: ModelRunner, features: list[Feature], settings: Settings
) -> tuple[list[Scenario], tuple[str, ...]]:
    """The scenarios that will run, in the playbook's order, and what was left out in words."""
    chosen: list[Scenario] = []
    left_out: dict[str, None] = {}
    held_back: dict[str, None] = {}
    for feature in features:
        for scenario in feature.walk_scenarios():
            if settings.env.read_only and {MUTATES, BEFORE_AND_AFTER} & set(scenario.effective_tags):
                if scenario.should_run(runner.config):
                    held_back[outlines.step_of(feature)] = None
                scenario.mark_skipped()  # nothing that a selection leaves out: it is never run there
            elif scenario.should_run(runner.config):
                chosen.append(scenario)
            else:
                left_out[outlines.step_of(feature)] = None
    loaded = {Path(feature.filename).resolve() for feature in features}
    for path in sorted(Path(runner.config.base_dir, "features").rglob("*.feature")):
        if path.resolve() not in loaded:
            left_out[path.stem] = None
    told = [f"not selected: {', '.join(left_out)}"] if left_out else []
    if held_back and not chosen:
        raise SettingsError(
            f"{settings.env.title} is only looked at, and all that was selected changes something there: "
            f"{', '.join(held_back)}"
        )
    return chosen, tuple(told)


def _tell_scenarios(selected: list[Scenario]) -> None:
    for scenario in selected:
        print(f"{outlines.step_of(scenario.feature):<12} {scenario.name}")
    print(f"{len(selected)} scenarios would run")


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


def _explained(error: BaseException) -> str:
    from acceptance.explain import explain

    return explain(error)
