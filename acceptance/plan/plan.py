"""What a run would do, what it would take and what it would create: shown before anything is started.

Pure functions of what was selected and of what is known. Without a look at the environment nothing is known, and the
assumptions stand in; `acceptance.plan.facts` looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from acceptance import naming
from acceptance.advice.ingestion_frequency import HISTORY_DAYS
from acceptance.measurements.model import Work
from acceptance.pipeline import INGESTION, LOOKBACK, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from acceptance.plan import prices
from acceptance.queries import parts
from acceptance.settings import Settings

JOB_RUN_SECONDS, CRAWL_SECONDS, QUERY_SECONDS = 180, 120, 10  # on AWS, where no earlier run tells
QUERIES_AT_ONCE = 8

Reads = tuple[tuple[Stage, int], ...]
"""The stages whose data a query reads, and how many generations of each."""

PLAYBOOKS: dict[Stage, Reads] = {stage: ((stage, 1),) for stage in STAGES.values()}
CHECKS: dict[Stage, Reads] = {
    INGESTION: ((INGESTION, 1),),
    PARSE: ((PARSE, 1), (INGESTION, 1)),
    RECAST: ((RECAST, 1), (PARSE, 1)),
    SNAPSHOT: (
        (SNAPSHOT, 2),
        (RECAST, 1),
    ),  # today's and the last; of a table in the pipeline with more increments
}
OF_TABLES_IN_USE: dict[Stage, Reads] = {SNAPSHOT: ((RECAST, LOOKBACK.days - 1),)}
"""What the checks read beyond that of a table in the pipeline: its increments as far as the jobs look back."""
ACCEPTANCE: dict[str, Reads] = {"user-acceptance": ((SNAPSHOT, 1),), "advice": ((RECAST, HISTORY_DAYS),)}
"""Of the unnumbered features that query."""
HISTORY: dict[Stage, tuple[Stage, ...]] = {
    INGESTION: (INGESTION,),
    PARSE: (PARSE, INGESTION),
    RECAST: (RECAST, PARSE),
    SNAPSHOT: (RECAST,),
}
"""The stages that the query of all days of a stage reads; of a snapshot the last two and all increments."""


@dataclass(frozen=True)
class Selection:
    """The scenarios that would run, as pairs of step and table ("" where a scenario is about none)."""

    chosen: frozenset[tuple[str, str]]
    tables: tuple[str, ...]  # under test, in the order given
    in_use: frozenset[str]  # of them, those that are in the pipeline already
    changes: bool  # whether anything is created or run
    typed: Mapping[str, int] = field(default_factory=dict)
    """How many columns of a table the column type dictionary names."""

    def has(self, step: str) -> bool:
        return any(step == chosen for chosen, _ in self.chosen)

    def of(self, step: str) -> tuple[str, ...]:
        """The tables that a step would be run for."""
        return tuple(table for table in self.tables if (step, table) in self.chosen)

    @property
    def queried(self) -> tuple[str, ...]:
        """The tables that any query would be about."""
        steps = [*(stage.query_step for stage in STAGES.values()), *ACCEPTANCE]
        return tuple(table for table in self.tables if any((step, table) in self.chosen for step in steps))


@dataclass(frozen=True)
class DeployedJob:
    """A stage's job as it was found, and its newest run that succeeded."""

    name: str
    concurrency: int  # runs at once, as job and account allow
    seconds: float | None = None
    dpus: float | None = None


@dataclass(frozen=True)
class Known:
    """What a look at the environment has told."""

    looked: bool = False
    hindered: str = ""  # why nobody could look
    unfinished: str = ""  # the last run of today that may be resumed
    jobs: Mapping[Stage, DeployedJob] = field(default_factory=dict)
    sizes: Mapping[tuple[Stage, str], int] = field(default_factory=dict)
    """Bytes of the objects of a table's newest generation, where there is one."""
    widths: Mapping[str, int] = field(default_factory=dict)
    """Columns of a table's records, where they were parsed before."""

    def size(self, stage: Stage, table: str) -> int | None:
        """Where the stage has no data of the table yet, that of its API response; None where there is none either."""
        return self.sizes.get((stage, table), self.sizes.get((INGESTION, table)))


@dataclass(frozen=True)
class JobRuns:
    """Runs of one job at a step."""

    step: str
    job: str
    number: int
    at_once: int
    seconds: float  # of each
    dpus: float

    @property
    def took(self) -> float:
        return ceil(self.number / self.at_once) * self.seconds

    @property
    def dollars(self) -> float:
        return self.number * prices.of_glue(Work.JOB_RUN, self.seconds, self.dpus)


@dataclass(frozen=True)
class Crawls:
    step: str
    crawler: str
    number: int

    @property
    def took(self) -> float:
        return self.number * CRAWL_SECONDS

    @property
    def dollars(self) -> float:
        return self.number * prices.of_glue(Work.CRAWL, CRAWL_SECONDS)


@dataclass(frozen=True)
class Queries:
    step: str
    what: str  # the playbook's own, the checks'
    scans: tuple[int | None, ...]  # bytes of each; None where nothing is known

    @property
    def number(self) -> int:
        return len(self.scans)

    @property
    def bytes(self) -> int:
        return sum(scan or 0 for scan in self.scans)

    @property
    def unknown(self) -> int:
        return self.scans.count(None)

    @property
    def took(self) -> float:
        return ceil(self.number / QUERIES_AT_ONCE) * QUERY_SECONDS

    @property
    def dollars(self) -> float:
        return sum(map(prices.of_query, self.scans))


@dataclass(frozen=True)
class Plan:
    job_runs: tuple[JobRuns, ...]
    crawls: tuple[Crawls, ...]
    queries: tuple[Queries, ...]
    created: tuple[str, ...]  # names, as people read them
    written: tuple[str, ...]  # tables whose data of today would be written
    keep: bool
    known: Known

    @property
    def work(self) -> tuple[JobRuns | Crawls | Queries, ...]:
        """In the order of the playbook's steps."""
        return tuple(sorted((*self.job_runs, *self.crawls, *self.queries), key=lambda part: part.step))

    @property
    def dollars(self) -> float:
        return sum(part.dollars for part in self.work)

    @property
    def seconds(self) -> float:
        """Step after step; the runs of a step's jobs go together, and so do its queries."""
        longest: dict[tuple[type, str], float] = {}
        for part in self.work:
            key = (type(part), part.step)
            longest[key] = max(longest.get(key, 0.0), part.took)
        return sum(longest.values())

    @property
    def assumptions(self) -> tuple[str, ...]:
        return (*_assumptions(self), *prices.ASSUMPTIONS)


def make(selection: Selection, settings: Settings, known: Known) -> Plan:
    """The most that a run would do: what is there already, or was done by an interrupted run, is not run again."""
    stages = STAGES.values()
    return Plan(
        job_runs=tuple(runs for stage in stages for runs in _job_runs(stage, selection, settings, known)),
        crawls=tuple(crawls for stage in stages for crawls in _crawls(stage, selection, settings)),
        queries=tuple(_queries(selection, known)),
        created=tuple(_created(selection, settings, known)),
        written=tuple(
            table for table in selection.tables if any(table in selection.of(s.run_step) for s in stages)
        ),
        keep=settings.keep,
        known=known,
    )


def beyond(plan: Plan, budget: float | None) -> str:
    """One line for a plan that costs more than the budget (US dollars); "" for one that does not."""
    if budget is None or plan.dollars <= budget:
        return ""
    return (
        f"the run would cost about ${plan.dollars:,.2f} on AWS, more than budget={budget:g}; nothing was started. "
        "--dry-run tells what it would do: select fewer tables or steps, or raise the budget"
    )


def _job_runs(stage: Stage, selection: Selection, settings: Settings, known: Known) -> Iterable[JobRuns]:
    tables = selection.of(stage.run_step)
    deployed = known.jobs.get(stage)
    name = _name(stage, settings, deployed)
    by_job: dict[str, list[str]] = {}
    for table in tables:
        own = not (stage.appends and table in selection.in_use)
        by_job.setdefault(naming.test_job(name, settings.ticket) if own else name, []).append(table)
    for job, taken in by_job.items():
        number = len(taken) if stage.run_per_table else 1
        yield JobRuns(
            stage.run_step,
            job,
            number,
            min(number, deployed.concurrency) if deployed else number,
            deployed.seconds if deployed and deployed.seconds is not None else JOB_RUN_SECONDS,
            deployed.dpus if deployed and deployed.dpus is not None else prices.DPUS[Work.JOB_RUN],
        )


def _crawls(stage: Stage, selection: Selection, settings: Settings) -> Iterable[Crawls]:
    if tables := selection.of(stage.crawl_step):
        each = settings.one_at_a_time and stage is INGESTION  # the playbook's way (a)
        yield Crawls(stage.crawl_step, stage.crawler, len(tables) if each else 1)


def _queries(selection: Selection, known: Known) -> Iterable[Queries]:
    def asked(step: str, what: str, reads: Reads, more: Reads = (), joins: bool = False) -> Iterable[Queries]:
        scans: list[int | None] = []
        for table in selection.of(step):
            scan = _scan((*reads, *(more if table in selection.in_use else ())), table, known)
            scans += _in_parts(scan, _joins(selection, table, known) if joins else 1)
        if scans:
            yield Queries(step, what, tuple(scans))

    for stage in STAGES.values():
        yield from asked(stage.query_step, "the playbook's own", PLAYBOOKS[stage])
        more = OF_TABLES_IN_USE.get(stage, ())
        yield from asked(stage.query_step, "the checks'", CHECKS[stage], more, joins=stage is RECAST)
    yield from _history(selection, known)
    for step, reads in ACCEPTANCE.items():
        yield from asked(step, "the checks'", reads)


def _history(selection: Selection, known: Known) -> Iterable[Queries]:
    """Of all days: where a stage's own query step is not selected, the first of the later ones asks."""
    steps = {stage.query_step: stage.section for stage in STAGES.values()} | {"user-acceptance": 5}
    for stage, reads in HISTORY.items():
        scans: dict[str, list[int | None]] = {}
        for table in selection.tables:
            later = (step for step, section in steps.items() if section >= stage.section)
            step = next((step for step in later if table in selection.of(step)), "")
            own, has_past = step == stage.query_step, table in selection.in_use and stage is not SNAPSHOT
            if not step or (own and not has_past):
                continue
            days = LOOKBACK.days if table in selection.in_use else 1
            snapshots = ((SNAPSHOT, 2),) if stage is SNAPSHOT else ()
            scan = _scan((*snapshots, *((each, days) for each in reads)), table, known)
            scans.setdefault(step, []).append(scan)
        for step, scanned in scans.items():
            yield Queries(step, f"of all days of the {stage.title}", tuple(scanned))


def _joins(selection: Selection, table: str, known: Known) -> int:
    """How many queries a table's rows are joined in: by the columns that are known."""
    return parts.needed(max(selection.typed.get(table, 0), known.widths.get(table, 0)))


def _in_parts(scan: int | None, number: int) -> list[int | None]:
    """What each of some queries scans, which read each column once between them."""
    return [scan if scan is None else ceil(scan / number)] * number


def _scan(reads: Reads, table: str, known: Known) -> int | None:
    scanned = 0
    for stage, generations in reads:
        size = known.size(stage, table)
        if size is None:
            return None
        scanned += generations * size
    return scanned


def _created(selection: Selection, settings: Settings, known: Known) -> Iterable[str]:
    for stage in STAGES.values():
        if selection.has(stage.clone_step):
            name = _name(stage, settings, known.jobs.get(stage))
            yield f"test job {naming.test_job(name, settings.ticket)}"
    for stage in STAGES.values():
        if stage.script_edited and selection.has(stage.make_script_step):
            yield f"test script {naming.test_script(stage.script, settings.ticket)}"
    if selection.changes:
        yield f"lock {settings.env.scripts_prefix}{naming.lock(settings.ticket)}, until the run's end"


def _name(stage: Stage, settings: Settings, deployed: DeployedJob | None) -> str:
    """Of a stage's job; the end of its name is Terraform's, and not known without a look."""
    return deployed.name if deployed else f"{settings.env.job_prefix}{stage.job}…"


def _assumptions(plan: Plan) -> Iterable[str]:
    """How the numbers of a plan come about, and what they leave out."""
    if plan.known.hindered:
        yield f"the environment could not be looked at: {plan.known.hindered}"
    elif not plan.known.looked:
        yield "the environment was not looked at: nothing is known of its jobs and data"
    if plan.job_runs:
        if plan.known.looked:
            yield (
                "a job run takes as long, and as many DPUs, as the job's newest that succeeded; without one "
                f"{JOB_RUN_SECONDS} s"
            )
        else:
            yield f"a job run takes {JOB_RUN_SECONDS} s, and all tables' ingestion runs go together"
        yield "where today's data is there already, parse and recast are not run again"
        if plan.known.unfinished:
            yield (
                f"the run {plan.known.unfinished} did not come to its end: job runs and crawls of it that still stand "
                "are not run again (-D fresh=true runs them)"
            )
    if plan.crawls:
        yield f"a crawl takes {CRAWL_SECONDS} s"
    if plan.queries:
        yield (
            f"{QUERIES_AT_ONCE} queries take {QUERY_SECONDS} s; each scans whole files of the newest generation (of "
            f"advice, {HISTORY_DAYS} generations; of all days of a table in the pipeline, {LOOKBACK.days}), "
            "though Parquet's columns that it does not name are passed over"
        )
        yield "data that is not there yet is as large as the API response; unknown without one, and priced at the least"
        if any(queries.step == RECAST.query_step for queries in plan.queries):
            yield (
                f"the recast's checks of a table take a query for each {parts.WIDEST_JOIN} columns that the Data "
                "Catalog or the column type dictionary names"
            )
        yield "queries of failing rows, and of other tables that have changed meanwhile, come on top where needed"
