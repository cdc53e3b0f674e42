"""Sample verdicts: each state a run can end in, as its report has to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from acceptance.verdict import Comparison, Evidence, Kind, Outcome, ScenarioResult, StepResult, Verdict

TABLES = (
    "enforcement_breaches",
    "enforcement_outcomes",
    "enforcement_actions_taken",
    "enforcement_breach_details",
)
STARTED = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)

# section, step, feature, whether it has a scenario a table
FEATURES = (
    ("0", "access", "Access to the Data Platform", False),
    ("0", "branch", "The ticket's branch", False),
    ("0", "column-types", "Column types of the new tables", True),
    ("0", "terraform", "Terraform lists of the new tables", True),
    ("0", "data-quality", "Data quality tests of the new tables", True),
    ("0", "jobs", "The pipeline's jobs", False),
    ("1", "1.1.1", "1.1.1 Find the ingestion job to clone", False),
    ("1", "1.1.2", "1.1.2 Save the clone as a test job", False),
    ("1", "1.2.1", "1.2.1 Run the ingestion for each new API resource", True),
    ("1", "1.2.2", "1.2.2 Crawl the new API data", False),
    ("1", "1.2.3", "1.2.3 Find the new tables", True),
    ("1", "1.2.4", "1.2.4 Query the new data", True),
    ("2", "2.1.1", "2.1.1 Find the parse job to clone", False),
    ("2", "2.1.2", "2.1.2 Save the clone as a test job", False),
    ("2", "2.2.1", "2.2.1 Make a test script", False),
    ("2", "2.2.2", "2.2.2 Put the branch's code into the test script", False),
    ("2", "2.3.1", "2.3.1 Parse all new tables at once", True),
    ("2", "2.3.2", "2.3.2 Crawl the parsed data", False),
    ("2", "2.3.3", "2.3.3 Find the parsed tables", True),
    ("2", "2.3.4", "2.3.4 Query the parsed data", True),
    ("3", "3.1.1", "3.1.1 Find the recast job to clone", False),
    ("3", "3.1.2", "3.1.2 Save the clone as a test job", False),
    ("3", "3.2.1", "3.2.1 Recast all new tables at once", True),
    ("3", "3.2.2", "3.2.2 Crawl the recast data", False),
    ("3", "3.2.3", "3.2.3 Find the increment tables", True),
    ("3", "3.2.4", "3.2.4 Query the recast data", True),
    ("4", "4.1.1", "4.1.1 Find the snapshot job to clone", False),
    ("4", "4.1.2", "4.1.2 Save the clone as a test job", False),
    ("4", "4.2.1", "4.2.1 Make a test script", False),
    ("4", "4.2.2", "4.2.2 Put the branch's code into the test script", False),
    ("4", "4.3.1", "4.3.1 Create the snapshot of all new tables", True),
    ("4", "4.3.2", "4.3.2 Crawl the snapshot", False),
    ("4", "4.3.3", "4.3.3 Find the snapshot tables", True),
    ("4", "4.3.4", "4.3.4 Query the snapshot", True),
    ("5", "user-acceptance", "User acceptance", True),
    ("5", "undisturbed", "Tables already there are undisturbed", False),
    ("5", "api-changes", "Changes in the API", True),
)

LOST = """enforcement_outcomes: the ingestion brought fewer records than the API has
  expected: 312 records on 4 pages
  observed: 300 records on 3 pages; page 4 came with status 500
  look at:  job run jr_4be1 of “stg tascomi_api_ingestion_planning-TEST-DPP-426”, https://eu-west-2.console.aws.amazon.com/gluestudio/home
  to do:    run step 1.2.1 again when the API answers; if that does not help, ask the Data Platform team"""
BLOCKED = "blocked: no data of enforcement_outcomes of today in the raw zone (step 1.2.1)"
REFUSED = (
    "glue:StartJobRun on “stg tascomi_parse_tables_increments_planning-TEST-DPP-426” is refused:"
    " AccessDeniedException\n  to do:    ask for AWSPowerUserAccess under DataPlatform-Pre-Production"
)
IDLE = "nothing new: the log of enforcement_breaches says “No requests, exiting job”"

SQL = """SELECT count(*) AS records, count(DISTINCT page_number) AS pages, max(import_date) AS last_date
FROM "dataplatform-stg-tascomi-raw-zone"."api_response_enforcement_outcomes"
WHERE import_date = '20261123'"""


def job_run(table: str) -> Evidence:
    return Evidence(
        Kind.JOB_RUN,
        "stg tascomi_api_ingestion_planning-TEST-DPP-426, jr_4be1c07d",
        facts={"State": "SUCCEEDED", "Arguments": f"--resource {table}", "Took": "41 s"},
        link="https://eu-west-2.console.aws.amazon.com/gluestudio/home?region=eu-west-2#/job/x/run/jr_4be1c07d",
    )


def query(ok: bool) -> Evidence:
    return Evidence(
        Kind.QUERY,
        "Records of today's generation",
        facts={"Query": "4f0c1c3e-6a52-4c57", "Scanned": "118 kB"},
        comparisons=(
            Comparison("records", "312", "312" if ok else "300", ok),
            Comparison("pages", "4", "4" if ok else "3", ok),
            Comparison("last_import_date", "20261123", "20261123", True),
        ),
        text=SQL,
    )


LOG = Evidence(
    Kind.LOG, "Last lines of the job's log", text="Number of pages to retrieve: 4\npage 4: HTTP 500"
)


def steps(table: str, outcome: Outcome, message: str) -> tuple[StepResult, ...]:
    """A Given, a When and a Then; what did not pass went wrong in the Then, or in the Given if it blocked."""
    given = StepResult("Given", "the test job of the ticket is there", Outcome.PASSED, 0.21)
    when = StepResult("When", f"the job runs for {table}", Outcome.PASSED, 41.2, evidence=(job_run(table),))
    if outcome in (Outcome.BLOCKED, Outcome.NOT_RUN):
        given = replace(given, outcome=outcome, message=message)
        return (given, replace(when, outcome=Outcome.NOT_RUN, seconds=0.0, evidence=()))
    seen = (query(outcome is Outcome.PASSED), LOG) if outcome is not Outcome.ERROR else ()
    return (given, when, StepResult("Then", "all of the API's records arrived", outcome, 1.94, message, seen))


def scenario(
    step: str, table: str = "", outcome: Outcome = Outcome.PASSED, message: str = "", *, bare: bool = False
) -> ScenarioResult:
    section, _, feature, _ = next(f for f in FEATURES if f[1] == step)
    return ScenarioResult(
        feature=feature,
        step=step,
        section=section,
        name=f"{feature.removeprefix(step).strip()}: the playbook's promise holds",
        outcome=outcome,
        table=table,
        message=message,
        started=STARTED,
        seconds=43.4,
        location=f"features/{section}/{step}.feature:12",
        steps=() if bare else steps(table or "all tables", outcome, message),
    )


def playbook(tables: Sequence[str] = TABLES) -> Iterator[ScenarioResult]:
    """Every scenario, passed."""
    for _, step, _, by_table in FEATURES:
        for table in tables if by_table else [""]:
            yield scenario(step, table)


def verdict(scenarios: Sequence[ScenarioResult], **changes: object) -> Verdict:
    sample = Verdict(
        run_id="20261123T081530Z-4f2a",
        ticket="DPP-426",
        environment="stg",
        tables=TABLES,
        scenarios=tuple(scenarios),
        started=STARTED,
        seconds=1404.0,
        command="behave -D ticket=DPP-426 -D env=stg",
        ticket_url="https://hackney.atlassian.net/browse/DPP-426",
        account="120038763019",
        region="eu-west-2",
        branch="DPP-426-enforcement-tables",
        commit="9f1c2ab4d07e55e1c0de",
        by="assumed-role/AWSPowerUserAccess/ada.analyst",
    )
    return replace(sample, **changes)  # type: ignore[arg-type]


def worsened(change: Callable[[ScenarioResult], ScenarioResult]) -> list[ScenarioResult]:
    return [change(s) for s in playbook()]


def green() -> Verdict:
    noted = scenario("1.2.1", TABLES[0])
    note = Evidence(Kind.NOTE, "3 records changed at the API while it was read; they come tomorrow")
    last = replace(noted.steps[-1], evidence=(*noted.steps[-1].evidence, note))
    noted = replace(noted, steps=(*noted.steps[:-1], last))
    return verdict([noted if (s.step, s.table) == ("1.2.1", TABLES[0]) else s for s in playbook()])


def failed() -> Verdict:
    """One table fails in 1.2.1; its own later steps are blocked."""

    def change(s: ScenarioResult) -> ScenarioResult:
        if s.table != "enforcement_outcomes" or s.section == "0":
            return s
        if s.step == "1.2.1":
            return scenario(s.step, s.table, Outcome.FAILED, LOST)
        return scenario(s.step, s.table, Outcome.BLOCKED, BLOCKED)

    return verdict(worsened(change))


def errors() -> Verdict:
    """Access is refused in the parse; a hook and a clean-up go wrong beside."""

    def change(s: ScenarioResult) -> ScenarioResult:
        if s.step == "2.3.1":
            return scenario(s.step, s.table, Outcome.ERROR, REFUSED)
        return scenario(s.step, s.table, Outcome.BLOCKED, BLOCKED) if s.section in "2345" and s.table else s

    return verdict(
        worsened(change), problems=("clean-up: the job “…-TEST-DPP-426” could not be deleted: Throttling",)
    )


def broken_run() -> Verdict:
    """Everything passed, but the run itself had an error."""
    return verdict(
        list(playbook()), problems=("after_all: the ledger could not be written\nNo space left on device",)
    )


def blocked() -> Verdict:
    return verdict(worsened(lambda s: scenario(s.step, s.table, Outcome.BLOCKED, BLOCKED)))


def nothing_new() -> Verdict:
    def change(s: ScenarioResult) -> ScenarioResult:
        if s.table != TABLES[0] or s.step != "1.2.1":
            return s
        return scenario(s.step, s.table, Outcome.NOTHING_NEW, IDLE)

    return verdict(worsened(change))


def interrupted() -> Verdict:
    def change(s: ScenarioResult) -> ScenarioResult:
        return scenario(s.step, s.table, Outcome.NOT_RUN, bare=True) if s.section > "1" else s

    return verdict(worsened(change), interrupted="Ctrl-C")


def partial() -> Verdict:
    return verdict(
        [s for s in playbook() if s.section == "3"],
        command="behave -D ticket=DPP-426 -D env=stg --tags=@section-3",
        left_out=("not selected: sections 0, 1, 2, 4 and 5",),
    )


def empty() -> Verdict:
    return verdict([], left_out=("everything (--name=nonsense)",), ticket_url="", by="", branch="", commit="")


def fifty() -> Verdict:
    tables = tuple(f"planning_resource_number_{n}" for n in range(1, 51))
    return verdict([replace(s, steps=s.steps[:1]) for s in playbook(tables)], tables=tables)


def sandbox() -> Verdict:
    return replace(
        green(),
        environment="local",
        command="behave -D ticket=DPP-426",
        account="111122223333",
        ticket_url="",
    )


SAMPLES = {
    "green": green,
    "failed": failed,
    "errors": errors,
    "broken_run": broken_run,
    "blocked": blocked,
    "nothing_new": nothing_new,
    "interrupted": interrupted,
    "partial": partial,
    "empty": empty,
    "fifty": fifty,
    "sandbox": sandbox,
}
