"""A checkout of the user's own is deployed into the sandbox and rehearsed, on the day under test and the day after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.settings import MOST_DAYS
from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import Outcome, State, Verdict
from sandbox import checkout as checkouts
from sandbox import repository
from sandbox.checkout import DICTIONARY, SCRIPTS, TERRAFORM, Checkout
from sandbox.deployment import Names
from sandbox.rehearsal import Rehearsal, runtime_of
from tests import processes
from tests.playing import BROKEN
from tests.processes import Ended

TABLE, TICKET, BRANCH = "tree_orders", "DPP-500", "DPP-500-trees"
COLUMNS = {
    "integer": ["creation_user_id", "id", "officer_id"],
    "timestamp": ["confirmed_date", "last_updated"],
    "boolean": ["confirmed"],
    "float": ["height"],
    "long": ["uprn"],
    "date": ["made_on"],
}
PARSE, RECAST, SNAPSHOT = (
    f"{SCRIPTS}tascomi_{name}.py"
    for name in ("parse_tables_increments", "recast_tables_increments", "create_daily_snapshot")
)
LAST_ROW_OF_RULES = '    "users": {"unique"'
OLDER_WINS = (
    "return union(kept, news)",
    'known = set(snapshot["id"].to_pylist())\n'
    '    news = keep(news, [number not in known for number in news["id"].to_pylist()])\n'
    "    return union(snapshot, news)",
)
"""Of the snapshot script: a record that is there already is never brought up to date. On the first day none is."""


@dataclass(frozen=True)
class Rehearsed:
    """A run of two days, and what its scripts have left to show that they ran."""

    ended: Ended
    days: list[Verdict]
    marks: set[str]
    folder: Path


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`main` loads its helpers as a package, and has a parameter that only Terraform knows; the branch adds a table."""
    folder = repository.create(tmp_path_factory.mktemp("rehearsal") / "Data-Platform")

    def text(path: str) -> str:
        return (folder / path).read_text("utf-8")

    def marked(code: str, name: str) -> str:
        mark = str(folder.parent / name)
        return code.replace("def main(args):\n", f"def main(args):\n    open({mark!r}, 'w').close()\n")

    packaged = {
        path: text(path).replace("from helpers import", "from scripts.helpers.helpers import")
        for path in Checkout.read(folder).files
        if path.startswith(SCRIPTS) and path.endswith(".py")
    }
    terraform = text(TERRAFORM).replace(
        '"--max_lookback_days"     = 30',
        '"--max_lookback_days"     = 20\n    "--spark_ui"              = module.elsewhere.bucket_name',
    )
    main = packaged | {
        PARSE: marked(packaged[PARSE], "parse of main"),
        RECAST: marked(packaged[RECAST], "recast of main"),
        TERRAFORM: terraform,
    }
    repository.commit(folder, "main", main, "Load the helpers as a package")
    dictionary = json.loads(text(DICTIONARY))
    for kind, columns in COLUMNS.items():
        dictionary[0][kind][TABLE] = columns
    rules = f'    "{TABLE}": {{"unique": ["id", "import_date"], "complete": "id"}},\n'
    branch = {
        DICTIONARY: json.dumps(dictionary),
        TERRAFORM: terraform.replace('    "public_notices",\n', f'    "public_notices",\n    "{TABLE}",\n'),
        PARSE: marked(packaged[PARSE], "parse of the branch").replace(
            LAST_ROW_OF_RULES, rules + LAST_ROW_OF_RULES
        ),
        SNAPSHOT: packaged[SNAPSHOT]
        .replace(LAST_ROW_OF_RULES, f'    "{TABLE}": {{"unique": ["id"]}},\n' + LAST_ROW_OF_RULES)
        .replace(*OLDER_WINS),
    }
    repository.commit(folder, BRANCH, branch, f"{TICKET}: add the tree orders")
    return folder


@pytest.fixture(scope="module")
def rehearsed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    reports = tmp_path_factory.mktemp("reports")
    given = (f"ticket={TICKET}", f"data_platform={checkout}", f"reports={reports}", "days=2")
    ended = processes.run("behave", *(word for each in given for word in ("-D", each)))
    days = [read_verdict(path) for path in sorted(reports.glob("*/*/verdict.json"))]
    marks = {path.name for path in checkout.parent.iterdir() if path.is_file()}
    return Rehearsed(ended, days, marks, reports / TICKET)


def test_the_checkouts_scripts_are_what_ran(rehearsed: Rehearsed) -> None:
    """The branch's as test scripts, main's as the others; main's own parse script has no table to work on."""
    assert rehearsed.marks == {"recast of main", "parse of the branch"}, rehearsed.ended.output


def test_a_fault_of_the_second_day_alone(rehearsed: Rehearsed) -> None:
    first, second = rehearsed.days
    assert first.state is State.PASSED, rehearsed.ended.output
    assert [first.day, second.day] == [
        "day 1 of 2: the day under test",
        "day 2 of 2: new, changed and unchanged records",
    ]
    failed = {(s.step, s.finding.code) for s in second.scenarios if s.outcome is Outcome.FAILED and s.finding}
    assert failed == {("4.3.4", "snapshot-lacks-increments")}
    assert rehearsed.ended.exit_code == 1


def test_each_day_has_its_page_and_the_tickets_is_the_last_ones(rehearsed: Rehearsed) -> None:
    pages = [(rehearsed.folder / day.run_id / "report.html").read_text("utf-8") for day in rehearsed.days]
    newest = (rehearsed.folder / "report.html").read_text("utf-8")
    for page, day in zip(pages, rehearsed.days, strict=True):
        assert day.day in page
        assert day.day in (rehearsed.folder / day.run_id / "summary.md").read_text("utf-8")
        assert day.day in rehearsed.ended.output.replace("Day", "day")
    assert rehearsed.days[1].day in newest
    assert (rehearsed.days[1].started - rehearsed.days[0].started).days == 1


def test_what_could_not_be_deployed_is_told(rehearsed: Rehearsed) -> None:
    (line,) = rehearsed.days[0].undeployed
    assert line == (
        "--spark_ui of the job stg tascomi_api_ingestion_planning is module.elsewhere.bucket_name in "
        f"{TERRAFORM}, which is not known here: it is left out"
    )
    assert line in rehearsed.ended.output
    for told in ("report.html", "summary.md"):
        assert "Not in the sandbox" in (rehearsed.folder / rehearsed.days[0].run_id / told).read_text("utf-8")


# -- what is deployed, without a sandbox


def test_jobs_have_the_parameters_of_the_checkouts_terraform(checkout: Path) -> None:
    ingestion, parse, *_ = Rehearsal.of(Checkout.read(checkout, BRANCH), Names("stg")).stages
    assert ingestion.arguments["--max_lookback_days"] == "20"
    assert ingestion.arguments["--target_database_name"] == "dataplatform-stg-tascomi-raw-zone"
    assert ingestion.concurrent_runs == 10
    tables = parse.arguments["--table_list"].split(",")
    assert "wards" in tables
    assert TABLE not in tables, "it would be taken for a table in use"
    assert parse.arguments["--job-bookmark-option"] == "job-bookmark-enable"


def test_the_branch_is_deployed_but_for_what_the_playbook_tests_as_copies(checkout: Path) -> None:
    main, rehearsed = Checkout.read(checkout), Checkout.read(checkout, BRANCH)
    assert {path for path in main.files if main.files[path] != rehearsed.files[path]} == {
        DICTIONARY,
        TERRAFORM,
    }
    assert set(rehearsed.modules) == {"python-modules/data_platform_glue_job_helpers-1.0-py3-none-any.whl"}
    assert not main.is_sample


ODD = """
locals {
  tascomi_table_names   = ["trees"]
  tascomi_static_tables = concat(["tree_types"], [])
  runs                  = max(length(local.tascomi_table_names), 3)
}
resource "aws_glue_catalog_database" "raw" { name = lower("${local.identifier_prefix}-TASCOMI-raw-zone") }
module "ingestion" {
  script_name                     = "tascomi_api_ingestion"
  max_concurrent_runs_of_glue_job = local.runs
  job_parameters = {
    "--s3_bucket_target"        = module.raw_zone.bucket_id
    "--enable-glue-datacatalog" = true
    "--target_database_name"    = aws_glue_catalog_database.raw.name
    "--s3_prefix"               = cidrsubnet("10.0.0.0/8", 8, 2)
    "--number_of_workers"       = var.workers
    "--other"                   = local.runs > 2 ? "a" : "b"
    "--long"                    = format("%s", var.a_name_that_is_rather_long, var.another_name_that_is_long_too, 1 + 1)
  }
}
resource "aws_glue_crawler" "responses" {
  table_prefix  = "api_response_"
  configuration = jsonencode({ Version = 1.0, Grouping = { TableLevelConfiguration = 4 } })
  s3_target {
    path       = "s3://${module.raw_zone.bucket_id}/"
    exclusions = ["*.csv"]
  }
}
"""


def test_terraform_is_worked_out_as_far_as_it_can_be() -> None:
    found = Rehearsal.of(Checkout({TERRAFORM: ODD.encode()}), Names("prod"))
    ingestion = found.stages[0]
    assert ingestion.arguments == {
        "--s3_bucket_target": "dataplatform-prod-raw-zone",
        "--enable-glue-datacatalog": "true",
        "--target_database_name": "dataplatform-prod-tascomi-raw-zone",
        "--s3_prefix": "planning/tascomi/api-responses/",
        "--number_of_workers": "4",
        "--other": "a",
    }
    assert ingestion.concurrent_runs == 3
    assert list(ingestion.exclusions) == ["*.csv"]
    assert json.loads(ingestion.configuration) == {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 4}}
    assert all("\n" not in note and len(note) < 250 for note in found.notes)
    assert (found.daily, found.weekly) == (("trees",), ("tree_types",))
    whose = f"of the job {ingestion.job} is"
    assert {
        f"--s3_prefix {whose} cidrsubnet(…) in {TERRAFORM}, which is not known here: "
        "the platform's 'planning/tascomi/api-responses/' is used",
        f"--number_of_workers {whose} var.workers in {TERRAFORM}, which is not known here: the platform's '4' is used",
        f"the checkout has no {PARSE}: the job prod tascomi_parse_tables_increments_planning has no script",
        f"{TERRAFORM} has no job of tascomi_parse_tables_increments: it has the platform's parameters",
    } <= set(found.notes)


def test_what_is_no_terraform_is_told() -> None:
    (line, *_) = Rehearsal.of(Checkout({TERRAFORM: b"module {{{"}), Names()).notes
    assert line.startswith(f"{TERRAFORM} cannot be read (")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("from pyspark.context import SparkContext", "glueetl"),
        ("def main():\n    import pyspark.sql as sql", "glueetl"),
        ("import pysparkling, json  # pyspark", "pythonshell"),
        ("no python", "pythonshell"),
    ],
)
def test_a_script_that_imports_spark_is_a_spark_jobs(script: str, command: str) -> None:
    assert runtime_of(script).command["Name"] == command


def test_a_checkout_without_main(tmp_path: Path) -> None:
    folder = repository.create(tmp_path / "checkout")
    with pytest.raises(ValueError, match="has no nowhere to rehearse"):
        Checkout.read(folder, "nowhere")
    checkouts._git(folder, "branch", "--quiet", "-m", "main", "trunk")
    with pytest.raises(ValueError, match="has no branch main to deploy"):
        Checkout.read(folder)


TAKES_NO_COLUMN = """    if added := set(news.column_names) - set(snapshot.column_names):
        raise ValueError(
            f"The increments have columns that the last snapshot lacks: {', '.join(sorted(added))}"
        )
"""


@pytest.mark.long
def test_all_days_of_a_pipeline_that_survives_them(tmp_path: Path) -> None:
    """A quiet day, two days at once, a page that fails and is repaired; a new column, which takes a better script."""
    folder = repository.create(tmp_path / "Data-Platform")
    script = text_of(folder, "DPP-426", SNAPSHOT)
    assert TAKES_NO_COLUMN in script
    repository.commit(
        folder, "DPP-426", {SNAPSHOT: script.replace(TAKES_NO_COLUMN, "")}, "Take new columns in"
    )
    what = ("ticket=DPP-426", f"tables={BROKEN}", f"days={MOST_DAYS}")
    given = (*what, f"data_platform={folder}", f"reports={tmp_path}")
    ended = processes.run("behave", *(word for each in given for word in ("-D", each)), timeout=600)
    states = [read_verdict(path).state for path in sorted(tmp_path.glob("*/*/verdict.json"))]
    green, quiet, red = State.PASSED, State.PARTIAL, State.FAILED
    assert states == [green, green, quiet, green, red, green, green], ended.output
    assert ended.exit_code == 0


def text_of(folder: Path, branch: str, path: str) -> str:
    return checkouts._git(folder, "show", f"{branch}:{path}").decode()
