"""Sample verdicts: each state a run can end in, as its report has to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Finding
from acceptance.measurements.model import ColumnFinding, Point, Reason, RowChange, RowCount
from acceptance.rollback.plan import Loss, Step, WayBack
from acceptance.verdict.model import Outcome, ScenarioResult, StepResult, Verdict
from tests.domain import measurements

TABLES = (
    "enforcement_breaches",
    "enforcement_outcomes",
    "enforcement_actions_taken",
    "enforcement_breach_details",
)
STARTED = measurements.STARTED

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

LOST = Finding(
    "pages-missing",
    "the ingestion brought fewer records than the API has",
    "enforcement_outcomes",
    expected="312 records on 4 pages",
    observed="300 records on 3 pages; page 4 came with status 500",
    look="job run jr_4be1 of “stg tascomi_api_ingestion_planning-TEST-DPP-426”, "
    "https://eu-west-2.console.aws.amazon.com/gluestudio/home",
    do="run step 1.2.1 again when the API answers",
    ask="if that does not help, ask the Data Platform team",
)
BLOCKED = Finding("no-data-today", "no data of enforcement_outcomes of today in the raw zone", step="1.2.1")
REFUSED = Finding(
    "access-denied",
    "glue:StartJobRun on “stg tascomi_parse_tables_increments_planning-TEST-DPP-426” is refused:"
    " AccessDeniedException",
    do="ask for AWSPowerUserAccess under DataPlatform-Pre-Production",
)
IDLE = Finding("nothing-to-ingest", "the log of enforcement_breaches says “No requests, exiting job”")

SQL = """SELECT count(*) AS records, count(DISTINCT page_number) AS pages, max(import_date) AS last_date
FROM "dataplatform-stg-tascomi-raw-zone"."api_response_enforcement_outcomes"
WHERE import_date = '20261123'"""


def job_run(table: str) -> Evidence:
    return Evidence(
        Kind.JOB_RUN,
        "stg tascomi_api_ingestion_planning-TEST-DPP-426, jr_4be1c07d",
        id="jr_4be1c07d",
        facts={"State": "SUCCEEDED", "Arguments": f"--resource {table}", "Took": "41 s"},
        link="https://eu-west-2.console.aws.amazon.com/gluestudio/home?region=eu-west-2#/job/x/run/jr_4be1c07d",
    )


def query(ok: bool) -> Evidence:
    return Evidence(
        Kind.QUERY,
        "Records of today's generation",
        id="4f0c1c3e-6a52-4c57",
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


def steps(table: str, outcome: Outcome, finding: Finding | None) -> tuple[StepResult, ...]:
    """A Given, a When and a Then; what did not pass went wrong in the Then, or in the Given if it blocked."""
    given = StepResult("Given", "the test job of the ticket is there", Outcome.PASSED, 0.21)
    when = StepResult("When", f"the job runs for {table}", Outcome.PASSED, 41.2, evidence=(job_run(table),))
    if outcome in (Outcome.BLOCKED, Outcome.NOT_RUN):
        given = replace(given, outcome=outcome, finding=finding)
        return (given, replace(when, outcome=Outcome.NOT_RUN, seconds=0.0, evidence=()))
    seen = (query(outcome is Outcome.PASSED), LOG) if outcome is not Outcome.ERROR else ()
    return (given, when, StepResult("Then", "all of the API's records arrived", outcome, 1.94, finding, seen))


def scenario(
    step: str,
    table: str = "",
    outcome: Outcome = Outcome.PASSED,
    finding: Finding | None = None,
    *,
    bare: bool = False,
) -> ScenarioResult:
    section, _, feature, _ = next(f for f in FEATURES if f[1] == step)
    return ScenarioResult(
        feature=feature,
        step=step,
        section=section,
        name=f"{feature.removeprefix(step).strip()}: the playbook's promise holds",
        outcome=outcome,
        table=table,
        finding=finding,
        started=STARTED,
        seconds=43.4,
        location=f"features/{section}/{step}.feature:12",
        steps=() if bare else steps(table or "all tables", outcome, finding),
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
    found = measured(verdict([noted if (s.step, s.table) == ("1.2.1", TABLES[0]) else s for s in playbook()]))
    return replace(found, way_back=way_back())


def way_back() -> WayBack:
    """A new table goes, one in use is restored as far as it can be."""
    bucket = "dataplatform-stg-refined-zone"
    removed = Step(
        "Remove 3 objects and the catalog table increment_enforcement_breaches with 1 partition",
        f"s3://{bucket}/planning/tascomi/increment/enforcement_breaches/",
        "the folder is empty",
        "enforcement_breaches",
        "recast",
        objects=3,
        bytes=4321,
        partitions=1,
        tables=1,
        seconds=0.6,
        commands=(f"aws s3 rm --recursive s3://{bucket}/planning/tascomi/increment/enforcement_breaches/",),
    )
    reverted = Step("Revert the commit", "commit 0123456789ab of main", "main is as it was", shared=True)
    by_hand = replace(reverted, by_hand=True, commands=("git revert -m 1 0123456789ab",))
    lost = Loss(
        "the generation 20260301 of wards is not what it was",
        "the bucket keeps no versions",
        "ask the Data Platform team for a backup",
        "wards",
        "daily snapshot",
        "generation-not-restorable",
    )
    command = "python -m acceptance.rollback -D ticket=DPP-426 -D env=stg"
    moment = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    return WayBack("0123456789ab", (by_hand, removed), (lost,), moment, {bucket: True}, command)


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
        left_out=("1.2.1", "1.2.2", "access"),
    )


def empty() -> Verdict:
    return verdict([], left_out=("access", "1.2.1"), ticket_url="", by="", branch="", commit="")


def lost_in_the_parse() -> Verdict:
    """One table's rows get lost in the parse: its last stages are blocked."""
    table, step = TABLES[1], "2.3.4"
    finding = Finding(
        "parse-rows-lost",
        "12 rows too few after the parse",
        table,
        expected="300 rows, one for each record of today's API responses",
        observed="288 rows",
        look=f"today's partition of {table} in the raw zone, and the log of step 2.3.1",
        do="see in the run's log which records were left out, then do step 2.3.1 again",
    )

    def change(s: ScenarioResult) -> ScenarioResult:
        if s.table != table or s.section < "2" or s.step in ("2.3.1", "2.3.3"):
            return s
        if s.step == step:
            return scenario(s.step, table, Outcome.FAILED, finding)
        reason = Finding("earlier-step", "the table did not get past an earlier step", step=step)
        return scenario(s.step, table, Outcome.BLOCKED, reason)

    found = measured(verdict(worsened(change)))
    ways = {Point.API_RESPONSE: 312, Point.PARSED: 288}
    pages = RowChange(
        table, Point.PARSED, Reason.FAILED_PAGE, -12, "rows of a page that failed, without a record"
    )
    return replace(
        found,
        row_counts=(*(c for c in found.row_counts if c.table != table), *measurements.counts(table, ways)),
        row_changes=(*(c for c in found.row_changes if c.table != table), pages),
    )


def casts() -> Verdict:
    """A cast loses 12 values of one table; the query of the failing rows and their ids are there."""
    table = TABLES[1]
    finding = Finding(
        "recast-values-lost",
        "12 values lost in the cast: outcome_date 12",
        table,
        expected="every value of a typed column is there after the recast, and says what its text said",
        observed="outcome_date 12 (timestamp); for outcome_date the ids 2102, 2107, 2111",
        look="the query of those rows below",
        do="fix the column's type in the column type dictionary, or have the vendor fix the data",
    )
    earlier = Finding("earlier-step", "the table did not get past an earlier step", step="3.2.4")
    failing = Evidence(
        Kind.QUERY,
        "The rows whose outcome_date is lost",
        facts={"Query": "9a1e0c3e-77d0", "Rows": "10"},
        text="SELECT p.id\nFROM increment_enforcement_outcomes i\nFULL JOIN enforcement_outcomes p ON i.id = p.id\n"
        "WHERE p.outcome_date IS NOT NULL AND i.outcome_date IS NULL\nORDER BY p.id\nLIMIT 10",
        link="https://eu-west-2.console.aws.amazon.com/athena/home?region=eu-west-2#/query-editor/history/9a1e",
        id="9a1e0c3e-77d0",
        failing_ids=("2102", "2107", "2111"),
    )
    compared = Evidence(
        Kind.TABLE,
        f"Values lost in the cast of {table}",
        comparisons=tuple(
            Comparison(f"{name} ({kind})", "0 values lost", f"{lost} values lost", not lost)
            for name, kind, lost in (
                ("id", "int", 0),
                ("enforcement_id", "int", 0),
                ("outcome_date", "timestamp", 12),
            )
        ),
    )

    def change(s: ScenarioResult) -> ScenarioResult:
        if s.table != table or s.section < "3" or s.step in ("3.2.1", "3.2.3"):
            return s
        if s.step == "3.2.4":
            bad = scenario(s.step, table, Outcome.FAILED, finding)
            last = replace(bad.steps[-1], evidence=(job_run(table), compared, failing, LOG))
            return replace(bad, steps=(*bad.steps[:-1], last))
        return scenario(s.step, table, Outcome.BLOCKED, earlier)

    found = measured(verdict(worsened(change)))
    bad = ColumnFinding(table, "outcome_date", "timestamp", "timestamp", "timestamp", lost=12, changed=0)
    new = ColumnFinding(table, "notes", "string", "string", "string", since="new")
    lost = RowChange(table, Point.INCREMENT, Reason.CAST, 0, "12 values lost in 1 column: outcome_date 12")
    return replace(
        found,
        row_counts=tuple(c for c in found.row_counts if (c.table, c.point) != (table, Point.SNAPSHOT)),
        row_changes=(*(c for c in found.row_changes if c.table != table), lost),
        columns=(
            *(c for c in found.columns if c.table != table),
            *measurements.columns(table, outcome_date=bad, notes=new),
        ),
    )


def several() -> Verdict:
    """Two Thens of a scenario fail, each for itself; a third builds on the first."""
    table, step = TABLES[1], "2.3.4"
    repeated = Finding(
        "parse-ids-repeated",
        "2 rows with an id that another row of the same import_date has",
        table,
        expected="id and import_date together are unique",
        observed="310 different ids in 312 rows that have one",
        look="the query below",
        do="see whether the API sends records twice",
        ask="if that does not help, ask the Data Platform team",
    )
    changed = replace(
        repeated,
        code="parse-values-changed",
        what="the parse has changed values: name",
        expected="in each row the values of its record in the JSON, letter for letter",
        observed="others in name",
        do="fix what the parse script does with these values",
    )
    left_out = Finding("earlier-then", "nothing can be said of it, since “all are there” failed")
    bad = scenario(step, table, Outcome.FAILED, repeated)
    thens = (
        replace(bad.steps[-1], text="all are there"),
        StepResult(
            "And", "every value says what its JSON says", Outcome.FAILED, 0.1, changed, (query(False),)
        ),
        StepResult("And", "nothing is counted twice", Outcome.NOT_RUN, finding=left_out),
    )
    bad = replace(bad, steps=(*bad.steps[:-1], *thens))
    return verdict(worsened(lambda s: bad if (s.step, s.table) == (step, table) else s))


def aws_down() -> Verdict:
    """AWS could not be reached from section 3 on."""
    away = (
        'AWS could not be reached: Could not connect to the endpoint URL: "https://glue.eu-west-2.amazonaws.com/";'
        " this says nothing of the product: try again"
    )

    def change(s: ScenarioResult) -> ScenarioResult:
        return (
            s
            if s.section < "3"
            else scenario(s.step, s.table, Outcome.ERROR, Finding("aws-not-reached", away))
        )

    found = measured(verdict(worsened(change), problems=(f"clean-up: {away}",)))
    late = (Point.INCREMENT, Point.SNAPSHOT)
    return replace(
        found,
        row_counts=tuple(c for c in found.row_counts if c.point not in late),
        row_changes=(),
        columns=(),
        activities=tuple(a for a in found.activities if a.step < "3"),
    )


def wide() -> Verdict:
    """`applications` has 752 columns; one has another type in the files, one is gone."""
    table = "applications"
    kinds = {c.name: c.expected or "" for c in measurements.columns(table, 752)}
    compared = tuple(
        Comparison(name, kind, "string" if name == "field_700" else kind, name != "field_700")
        for name, kind in kinds.items()
    )
    finding = Finding(
        "columns-wrong",
        "the columns of increment_applications are wrong: field_700 is string",
        table,
        expected="field_700 double",
        observed="field_700 string",
        look="the columns of increment_applications",
        do="compare with what the job's script writes",
    )
    sql = "SELECT\n" + ",\n".join(
        f"    count_if(i.{name} IS NULL) AS lost_{n}" for n, name in enumerate(kinds)
    )

    def change(s: ScenarioResult) -> ScenarioResult:
        if s.step == "3.2.3" and s.table:
            bad = scenario(s.step, table, Outcome.FAILED, finding)
            seen = Evidence(Kind.TABLE, "Columns of increment_applications", comparisons=compared)
            return replace(bad, steps=(*bad.steps[:-1], replace(bad.steps[-1], evidence=(seen,))))
        if s.step == "3.2.4":
            last = replace(s.steps[-1], evidence=(replace(query(True), text=sql),))
            return replace(s, steps=(*s.steps[:-1], last))
        return s

    scenarios = [change(s) for s in playbook([table])]
    bad = ColumnFinding(table, "field_700", "double", "string", "string")
    gone = ColumnFinding(table, "field_701", "", "", "", since="gone")
    return replace(
        measured(verdict(scenarios, tables=(table,))),
        columns=tuple(measurements.columns(table, 752, field_700=bad, field_701=gone)),
    )


def measured(found: Verdict, tables: Sequence[str] | None = None) -> Verdict:
    """The verdict of a run in which all tables came through, as far as the numbers tell."""
    chosen = tables or found.tables
    return replace(
        found,
        account_alias="dataplatform-stg",
        row_counts=tuple(chain.from_iterable(measurements.whole(table) for table in chosen)),
        row_changes=tuple(measurements.merged(table) for table in chosen),
        columns=tuple(chain.from_iterable(measurements.columns(table) for table in chosen)),
        activities=tuple(measurements.activities(chosen, link=not found.sandbox)),
        history=measurements.history(chosen),
        changes=measurements.changes(chosen[0]),
        calls={"athena:StartQueryExecution": 8 * len(chosen), "glue:GetPartition": 12},
    )


def fifty() -> Verdict:
    """Fifty tables; one has rows that nothing explains."""
    tables = tuple(f"planning_resource_number_{n}" for n in range(1, 51))
    found = measured(verdict(list(playbook(tables)), tables=tables))
    odd = RowCount(tables[33], Point.PARSED, 309, step="2.3.4")
    return replace(
        found,
        row_counts=tuple(
            odd if (c.table, c.point) == (odd.table, odd.point) else c for c in found.row_counts
        ),
    )


def sandbox() -> Verdict:
    found = verdict(
        green().scenarios,
        environment="local",
        command="behave -D ticket=DPP-426",
        account="111122223333",
        ticket_url="",
    )
    return measured(found)


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
    "lost_in_the_parse": lost_in_the_parse,
    "casts": casts,
    "several": several,
    "aws_down": aws_down,
    "wide": wide,
    "fifty": fifty,
    "sandbox": sandbox,
}
