"""One invocation of behave: what its hooks do, and the verdict over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from behave.model import Feature, Scenario, Status, Step
from behave.runner import Context, ModelRunner

from acceptance.aws.waiting import Clock
from acceptance.branch.checkout import DataPlatform
from acceptance.evidence import Kind
from acceptance.findings import Finding
from acceptance.pipeline import STAGES
from acceptance.privacy import redaction
from acceptance.privacy.errors_in_words import explain
from acceptance.report import messages
from acceptance.report.next_steps import Command
from acceptance.rollback.plan import WayBack
from acceptance.settings import Settings
from acceptance.terminal import readable
from acceptance.verdict.model import Outcome, ScenarioResult, Verdict
from harness import outlines
from harness.console import Display
from harness.outlines import MUTATES
from harness.records import Records
from harness.results import Results

if TYPE_CHECKING:
    from acceptance.run.run import Run

TAKE_ALL = {stage.run_step for stage in STAGES.values() if not stage.run_per_table}
"""Steps whose job runs take all tables."""

API_CHANGES = "api-changes"


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
    clock: Clock
    run: Run | None = None
    day: str = ""  # where several are played: which one, and what it brings
    undeployed: tuple[str, ...] = ()  # what the sandbox lacks of the checkout
    interrupted: str = ""

    def __post_init__(self) -> None:
        self.started = self.clock.now()
        self.problems: list[str] = []
        self.records = Records()
        self.results = Results(self.records)
        self._selected = set(map(id, self.selected))  # behave compares scenarios by their text
        self.table = ""  # of the scenario under way
        self.log_told = False  # whether a step of it has shown the job's log
        self.step: Step | None = None  # under way
        self.mutated = False  # whether the feature before this one changed anything
        self.stopped: dict[str, tuple[Outcome, Finding]] = {}  # table -> how and where its scenarios ended
        self.kept_by_a_run: set[str] = set()  # tables among them that did not get past a run of all tables

    def attach(self, run: Run) -> None:
        """The run that the scenarios work on: it begins with what it can do before it is asked."""
        from acceptance.other_tables import baseline

        self.run = run
        chosen = {(outlines.step_of(s.feature), outlines.table_of(s)) for s in self.selected}
        run.queries.planned = {
            stage: {table for table in self.tables if (stage.query_step, table) in chosen}
            for stage in STAGES.values()
        }
        if self.mutating:
            baseline.begin(run)

    @property
    def mutating(self) -> bool:
        return any(MUTATES in scenario.effective_tags for scenario in self.selected)

    # -- hooks (environment.py)

    def before_feature(self, feature: Feature) -> None:
        """Which tables the feature will check: their job runs and queries are started together."""
        if self.run is None:
            return
        chosen = {
            outlines.table_of(s)
            for s in self._selected_of(feature)
            if outlines.table_of(s) not in self.stopped or self._is_played_all_the_same(s)
        }
        self.run.measurements.step = outlines.step_of(feature)
        mutates = MUTATES in feature.tags
        tables = tuple(table for table in self.tables if table in chosen)
        self.run.begin(tables, changed=mutates or self.mutated)
        self.mutated = mutates

    def before_scenario(self, scenario: Scenario) -> None:
        self.records.of(scenario).started = self.clock.now()
        self.step = None
        self.table = table = outlines.table_of(scenario)
        self.log_told = False
        if table in self.stopped and not self._is_played_all_the_same(scenario):
            self.stop(scenario, *self.stopped[table])
        elif self.run is not None and table and MUTATES in scenario.effective_tags:  # clones touch no table
            from acceptance.other_tables import baseline

            baseline.remember(self.run)

    def stop(self, scenario: Scenario, outcome: Outcome, finding: Finding) -> None:
        """End a scenario without a pass or a failure, at the step under way."""
        record = self.records.of(scenario)
        record.stopped_as, record.stopped_for, record.stopped_at = outcome, finding, self.step
        scenario.skip(messages.text(finding, outcome))

    def leave_out(self, scenario: Scenario, then: str, failed: str) -> None:
        """The Then under way is not run, since one that it builds on failed; the scenario goes on."""
        assert self.step, "no step is under way"
        self.records.of(scenario).unmet[then] = failed
        self.step.status = Status.skipped
        why = f"nothing can be said of it, since “{failed}” failed"
        self.records.of(self.step).left_out_for = Finding("earlier-then", why)

    def before_step(self, step: Step) -> None:
        self.step = step

    def after_step(self, step: Step) -> None:
        if self.run is None:
            return
        evidence = [*self.run.evidence, *getattr(step.exception, "evidence", ())]
        if isinstance(step.exception, AssertionError) and not self.log_told:
            if all(e.kind is not Kind.LOG for e in evidence):
                evidence += self.run.job_runs.log_tail(self.table)
            self.log_told = True
        self.records.of(step).evidence = redaction.scrub(tuple(evidence))
        self.run.evidence.clear()

    def after_scenario(self, scenario: Scenario) -> None:
        table, outcome = outlines.table_of(scenario), self.results.outcome_of(scenario)
        if not table or table in self.stopped or outcome is Outcome.PASSED:
            return
        step = outlines.step_of(scenario.feature)
        if step in TAKE_ALL and outcome in (Outcome.FAILED, Outcome.NOT_RUN):
            self.kept_by_a_run.add(table)
        stopped_as, found = self.records.of(scenario).stopped_as, self.results.finding_of(scenario)
        if found and outcome is stopped_as is Outcome.NOT_RUN:
            self.stopped[table] = (outcome, found)
        elif found and outcome is Outcome.NOTHING_NEW:
            self.stopped[table] = (outcome, replace(found, step=step))
        else:
            what = "the table did not get past an earlier step"
            self.stopped[table] = (Outcome.BLOCKED, Finding("earlier-step", what, step=step))

    def _is_played_all_the_same(self, scenario: Scenario) -> bool:
        """A job run may have died over a change in the API, which this feature tells of."""
        table, step = outlines.table_of(scenario), outlines.step_of(scenario.feature)
        return table in self.kept_by_a_run and step == API_CHANGES

    def after_feature(self, feature: Feature) -> None:
        found = [self.results.scenario_result(scenario) for scenario in self._selected_of(feature)]
        self.display.feature(feature, found)

    def _selected_of(self, feature: Feature) -> list[Scenario]:
        return [scenario for scenario in feature.walk_scenarios() if id(scenario) in self._selected]

    def draw_way_back(self) -> None:
        """Of a run that writes, whatever became of it: the way back is there before it is needed."""
        from acceptance.rollback.draw import draw_at_the_end

        if self.run is not None and self.mutating:
            draw_at_the_end(self.run)

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
            self.problems.append(f"in {name}: {explain(error)}")
            raise

    def _cleanup_failed(self, context: Context, cleanup: object, error: Exception) -> None:
        for owner in ("scenario", "feature"):
            if owner in context:
                self.records.of(getattr(context, owner)).cleanup_errors.append(error)
                return
        self.problems.append(f"in a clean-up: {explain(error)}")

    # -- the end

    @property
    def cut_short(self) -> bool:
        """Whether something that is no finding has ended the run, or a table's steps, before all was done."""
        errors = any(self.results.outcome_of(scenario) is Outcome.ERROR for scenario in self.selected)
        return bool(self.interrupted or self.problems or errors)

    def _way_back(self, command: str) -> WayBack | None:
        """With the command that shows it as of then: not where the run's own sandbox is gone by then."""
        drawn = self.run.way_back if self.run else None
        gone = self.settings.env.sandbox and not self.settings.endpoint
        return drawn if drawn is None or gone else replace(drawn, command=Command.parse(command).rollback())

    def verdict(self, command: str) -> Verdict:
        found: list[ScenarioResult] = [self.results.scenario_result(scenario) for scenario in self.selected]
        run = self.run
        verdict = Verdict(
            run_id=self.folder.name,
            ticket=self.settings.ticket,
            environment=self.settings.env.name,
            tables=self.tables,
            scenarios=tuple(found),
            started=self.started,
            seconds=round((self.clock.now() - self.started).total_seconds(), 1),
            command=readable(command),
            ticket_url=self.settings.ticket_link,
            account=run.identity.account if run else self.settings.account,
            region=self.settings.env.region,
            branch=readable(self.platform.branch.name),
            commit=self.platform.branch.commit[:12],
            by=run.identity.caller if run else "",
            left_out=self.left_out,
            problems=tuple(map(readable, self.problems)),
            interrupted=self.interrupted,
            day=self.day,
            undeployed=self.undeployed,
            account_alias=run.identity.alias if run else "",
            row_counts=run.measurements.row_counts if run else (),
            row_changes=run.measurements.row_changes if run else (),
            columns=run.measurements.columns if run else (),
            uncompared=run.measurements.uncompared if run else (),
            activities=run.measurements.activities if run else (),
            calls=run.aws.calls.found if run else {},
            way_back=self._way_back(command),
        )
        return redaction.scrub(verdict)
