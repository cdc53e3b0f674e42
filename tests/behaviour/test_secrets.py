"""Canaries: secrets and people's data put wherever a run might pick them up, and looked for in all that it tells."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sandbox
from acceptance.branch.checkout import DataPlatform
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.privacy import redaction, sample_rows
from acceptance.privacy.errors_in_words import explain
from acceptance.privacy.foreign_text import Code, Discretion
from acceptance.privacy.redaction import WITHHELD, scrub, secrets_of
from acceptance.verdict.model import Outcome
from tests.behaviour.test_wrong_input import behave
from tests.domain import verdicts
from tests.playing import BROKEN, INGESTION_JOB, INGESTION_SCRIPT, SOUND, Deployment, deployed

SECRET = "c4n4ry/s3cr3t+v4lue=="
PERSON = "Zebedee Canary"
MAIL = "zebedee@canary.example"
LOGGED = "canary-of-the-log"
CELL = "canary in a cell"
SIGNED = (
    "https://dataplatform-stg-raw-zone.s3.amazonaws.com/x?X-Amz-Credential=AKIACANARYCANARY1234%2F2026"
    "&X-Amz-Signature=ca9a71ca9a71ca9a71&X-Amz-Security-Token=canarytoken"
)
CANARIES = [SECRET, PERSON, MAIL, LOGGED, CELL, "AKIACANARYCANARY1234", "ca9a71ca9a71ca9a71", "canarytoken"]


def codings(text: str) -> set[str]:
    raw = text.encode()
    return {text, quote(text), quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]} | {
        coded.decode().rstrip("=") for coded in (b64encode(raw), urlsafe_b64encode(raw))
    }


def told(output: str, folder: Path) -> dict[str, str]:
    """All that a run tells: its output, and each file below the reports folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    return {"output": output} | {str(path): path.read_text("utf-8", "replace") for path in files}


def leaks(texts: dict[str, str], canaries: list[str]) -> list[tuple[str, str]]:
    return [
        (canary, name)
        for name, text in texts.items()
        for canary in canaries
        if any(coded in text for coded in codings(canary))
    ]


RECORD = {
    **dict.fromkeys(("id", "creation_user_id", "enforcement_id", "last_updated_by"), "1"),
    "last_updated": "2020-01-01 00:00:00",
    "submit_date": CELL,  # no timestamp: it is lost in the cast, and then looked for
    "applicant_name": PERSON,
    "email": MAIL,
}
UNREADABLE = {
    "service": "glue",
    "action": "GetJob",
    "match": "tascomi_create_daily_snapshot_planning",
    "status": 200,
    "body": {"Job": {"Name": "x", "CreatedOn": f"{PERSON} {SECRET}"}},
}
"""An answer that botocore cannot read, and quotes."""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment with canaries in jobs' logs, errors and definitions, in the API's records and AWS's answers."""
    for deployment in deployed(tmp_path_factory.mktemp("canaries") / "reports"):
        deployment.prepend_to_script(
            INGESTION_SCRIPT,
            "import sys\n"
            f"print({LOGGED!r}, {SIGNED!r})\nprint('password', {SECRET!r}, file=sys.stderr)\n"
            f"if {SOUND!r} in sys.argv: raise ValueError({PERSON!r})\n",
        )
        page = {"resource": "wards", "status": 500, "body": f"{PERSON} <{MAIL}>"}
        deployment.box.api_faults([{"resource": BROKEN, "records": [RECORD]}, page])
        defaults = deployment.client("glue").get_job(JobName=INGESTION_JOB)["Job"]["DefaultArguments"]
        secret = {"--api_password": SECRET, "--contact": SIGNED}
        deployment.change_job(INGESTION_JOB, DefaultArguments=defaults | secret)
        deployment.box.faults([UNREADABLE])
        yield deployment


@pytest.mark.xdist_group("canaries")
def test_no_canary_gets_out(planted: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither through the suite's outputs nor through behave's own."""
    monkeypatch.setenv("DEPLOY_TOKEN", SECRET)
    process = planted.start(
        *("-D", f"ticket_url=https://jo:{SECRET}@tickets.example/{{ticket}}"),
        *("--format=plain", "--verbose", "--junit", "--junit-directory", str(planted.reports / "behave")),
        tables=f"{BROKEN},{SOUND},wards",
    )
    played = planted.end(process)
    outcomes = {(s.step, s.table): s.outcome for s in played.verdict.scenarios}
    assert outcomes["4.1.1", ""] is Outcome.ERROR, played.output  # each was met
    assert outcomes["1.2.1", SOUND] is Outcome.FAILED
    assert outcomes["1.2.1", "wards"] is Outcome.FAILED
    assert outcomes["3.2.4", BROKEN] is Outcome.FAILED
    assert "1 value lost in the cast: submit_date 1" in played.output
    assert leaks(told(played.output, planted.reports), CANARIES) == []


@pytest.mark.xdist_group("canaries")
def test_samples_show_rows_without_people(planted: Deployment) -> None:
    played = planted.play("-D", "samples=true", tables=BROKEN)
    steps = played.scenario("3.2.4", BROKEN).steps
    (rows,) = [e for step in steps for e in step.evidence if e.kind is Kind.ROWS]
    assert cells(rows.text) == ["id", "submit_date_before", "submit_date_after", "1", *CELL.split(), "null"]
    assert CELL in (played.folder / "report.html").read_text("utf-8")
    assert leaks(told(played.output, played.folder), [c for c in CANARIES if c != CELL]) == []


def test_a_parameter_that_is_none(tmp_path: Path) -> None:
    """What was given with it is not repeated."""
    done = behave("-D", "ticket=DPP-426", "-D", f"aws_secret_access_key={SECRET}", PLAYBOOK_TOKEN=SECRET)
    assert done.exit_code == 1
    assert "unknown parameter" in done.output
    assert leaks({"output": done.output}, CANARIES) == []


# -- secrets

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="[]"), max_size=40)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="[]"), min_size=12)


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", {})


@pytest.mark.usefixtures("nothing_known")
@given(SECRETS, TEXT, TEXT, st.sampled_from(["plain", "url", "form", "base64", "base64 amid others"]))
def test_a_known_secret_is_found_in_every_coding(secret: str, before: str, after: str, coding: str) -> None:
    redaction.remember([secret])
    coded = {
        "plain": secret,
        "url": quote(secret, safe=""),
        "form": quote_plus(secret),
        "base64": b64encode(secret.encode()).decode(),
        "base64 amid others": b64encode(f"user:{secret}:x".encode()).decode(),
    }[coding]
    text = scrub(f"{before} {coded} {after}")
    redaction._known.clear()
    assert secret not in text
    assert coded not in text


@given(TEXT)
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "AKIACANARYCANARY1234",
        "password=hunter2-canary",
        "'--api_password': 'hunter2 canary',",
        '{"token": "hunter2-canary"}',
        '{\\"client_secret\\": \\"hunter2-canary\\"}',
        "Authorization: Bearer hunter2-canary-0123456789",
        "X-Hash: hunter2-canary",
        "aws_secret_access_key = hunter2-canary",
        "https://jo:hunter2-canary@host/path",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=hunter2-canary&X-Amz-Date=20261125",
        "https://b.s3.amazonaws.com/k%3FX-Amz-Security-Token%3Dhunter2-canary",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2-canary",
        "ghp_hunter2canaryhunter2canary",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2-canary\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_by_their_shape(text: str) -> None:
    scrubbed = scrub(f"before {text} after")
    assert "canary" not in scrubbed.lower()
    assert WITHHELD in scrubbed
    assert scrubbed.startswith("before ") and scrubbed.endswith("after")


@pytest.mark.parametrize(
    "text",
    [
        "--public_key_secret_id: dataplatform-stg/tascomi-api-public-key",
        "unique: id, import_date; keys: import_year, import_month",
        "the partition key import_date: string",
        "s3://dataplatform-stg-raw-zone/planning/tascomi/parsed/wards/import_date=20261125/",
        "access denied on GetTables: not authorized to perform: glue:GetTables",
        "SELECT * FROM wards WHERE import_date = '20261125'",
        "https://eu-west-2.console.aws.amazon.com/athena/home?region=eu-west-2#/query-editor/history/abc",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text) == text


def test_all_of_a_verdict_is_scrubbed_and_no_more() -> None:
    for name, make in verdicts.SAMPLES.items():
        assert scrub(make()) == make(), name
    evidence = Evidence(
        Kind.JOB,
        "password=canary-canary",
        {"api_token": "canary-canary", "Run": "jr_1"},
        (Comparison("x", "token: canary-canary", "none", ok=False),),
    )
    scrubbed = scrub([evidence])[0]
    assert "canary" not in str(scrubbed)
    assert scrubbed.facts["Run"] == "jr_1" and scrubbed.kind is Kind.JOB and not scrubbed.comparisons[0].ok


def test_variables_by_their_names() -> None:
    environ = {
        "AWS_SECRET_ACCESS_KEY": "1",
        "GITHUB_TOKEN": "2",
        "db_password": "3",
        "PATH": "4",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "5",
        "TOKEN_URL": "6",
    }
    assert secrets_of(environ) == ["1", "2", "3"]


# -- data in others' texts


@pytest.fixture(scope="module")
def discretion(tmp_path_factory: pytest.TempPathFactory) -> Discretion:
    platform = DataPlatform(sandbox.sample_checkout(tmp_path_factory.mktemp("platform")), "DPP-426")
    return Discretion(Code(platform.branch, platform.base))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Number of pages to retrieve: 3", "Number of pages to retrieve: 3"),
        ("Number of pages to retrieve for 2026-11-24: 3", "Number of pages to retrieve for 2026-11-24: 3"),
        ("No requests, exiting job", "No requests, exiting job"),
        ("wards is not in the catalog, skipping it", "wards is not in the catalog, skipping it"),
        (f"{PERSON} is not in the catalog, skipping it", f"{WITHHELD} is not in the catalog, skipping it"),
        (
            "OSError: s3://dataplatform-stg-raw-zone/planning/a/import_year=2026/part-0.parquet",
            "OSError: s3://dataplatform-stg-raw-zone/planning/a/import_year=2026/part-0.parquet",
        ),
        ('  File "/tmp/run/x.py", line 3, in main', '  File "x.py", line 3, in main'),
        ("    with ThreadPoolExecutor(workers) as pool:", "    with ThreadPoolExecutor(workers) as pool:"),
        ("KeyError: 'wards'", "KeyError: 'wards'"),
        (f"KeyError: '{PERSON}'", f"KeyError: {WITHHELD}"),
        ("ValueError: HTTP status 500: Zebedee", f"ValueError: HTTP status 500: {WITHHELD}"),
        ("ValueError", "ValueError"),
    ],
)
def test_a_line_of_a_log(discretion: Discretion, line: str, expected: str) -> None:
    assert discretion.log([line]) == [expected]


@pytest.mark.parametrize(
    "line", [PERSON, MAIL, f'{{"name": "{PERSON}"}}', "wards", "02012345678", f"got {SECRET}"]
)
def test_a_line_that_the_code_does_not_say(discretion: Discretion, line: str) -> None:
    assert discretion.log(["No requests, exiting job", line, "", line]) == [
        "No requests, exiting job",
        "(2 lines withheld, for data may be quoted there; see CloudWatch Logs)",
    ]


@given(st.text())
def test_no_text_is_told_that_nobody_said(text: str) -> None:
    nobody = Discretion(Code())
    told = " ".join([*nobody.log([f"say {text} now"]), nobody.job_error(f"say {text} now")])
    assert f"say {text}" not in told


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("", ""),
        ("Command failed with exit code 1", "Command failed with exit code 1"),
        ("Job run timed out after 60 minutes", "Job run timed out after 60 minutes"),
        (f"ValueError: invalid literal for int(): '{PERSON}'", f"ValueError: {WITHHELD}"),
        ("RuntimeError: The API has no results for wards", "RuntimeError: The API has no results for wards"),
    ],
)
def test_a_job_runs_error(discretion: Discretion, error: str, expected: str) -> None:
    assert discretion.job_error(error) == expected


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved", True),
        ("HIVE_PARTITION_SCHEMA_MISMATCH: … column 'x' in table 'wards'", True),
        (
            "HIVE_BAD_DATA: Field id's type INT64 in parquet file s3://b/k is incompatible with type string "
            "defined in table schema",
            True,
        ),
        (
            "NOT_SUPPORTED: Unsupported Trino column type (timestamp(3)) for Parquet column "
            "([id] optional int32 id (INTEGER(16,true)))",
            True,
        ),
        (
            "NOT_SUPPORTED: Unsupported Trino column type (varchar) for Parquet column "
            "([a, b (£)] optional int32 a, b (£) (INTEGER(32,true)))",
            True,
        ),
        (
            "HIVE_BAD_DATA: Field a, b (£)'s type INT64 in parquet file s3://b/k is incompatible with type string "
            "defined in table schema",
            True,
        ),
        (
            f"NOT_SUPPORTED: Unsupported Trino column type (varchar) for Parquet column ([id] '{PERSON}')",
            False,
        ),
        (f"NOT_SUPPORTED: {PERSON}", False),
        (
            "Insufficient permissions to execute the query. Insufficient Lake Formation permission(s) on x",
            True,
        ),
        (f"HIVE_BAD_DATA: Error parsing '{PERSON}'", False),
        (f"INVALID_CAST_ARGUMENT: Cannot cast '{PERSON}' to INT", False),
        (f"{PERSON} is wrong", False),
    ],
)
def test_why_athena_ended_a_query(discretion: Discretion, reason: str, kept: bool) -> None:
    told = discretion.query_error(reason)
    assert (told == reason) is kept
    assert PERSON not in told
    assert kept or reason.startswith(PERSON) or told.startswith(reason.split(":")[0])


def test_an_exception_is_told_without_its_argument() -> None:
    try:
        int(PERSON)
    except ValueError as error:
        told = explain(error)
    assert told.startswith(f"ValueError: {WITHHELD}, as it may quote data: a bug of the suite")
    assert " in test_an_exception_is_told_without_its_argument" in told
    assert PERSON not in told


# -- rows


def cells(table: str) -> list[str]:
    """The words of a table, its head first."""
    return table.split()


PERSONAL = """name applicant_name surname firstName e_mail Email phone mobile_number address_line_1 postcode uprn
    date_of_birth comments x_coordinate agent_id"""


@pytest.mark.parametrize("column", re.findall(r"\w+", PERSONAL))
def test_columns_that_identify_people(column: str) -> None:
    row = {"id": 7, column: PERSON}
    assert cells(sample_rows.evidence("x", [row]).text) == ["id", column, "7", *sample_rows.PERSONAL.split()]


@pytest.mark.parametrize(
    "column", ["id", "last_updated", "enabled", "enforcement_id", "page_number", "submit_date"]
)
def test_columns_that_do_not(column: str) -> None:
    assert cells(sample_rows.evidence("x", [{column: "7"}, {column: None}]).text) == [column, "7", "null"]


def test_a_record_within_a_cell() -> None:
    record = {"id": "7", "name": PERSON, "more": [{"email": MAIL, "n": 1}], "empty_name": None}
    text = sample_rows.evidence("x", [{"wards": json.dumps(record)}, {"wards": f"{{broken {PERSON}"}]).text
    _, whole, broken = text.splitlines()
    assert whole.strip() == (
        f"{{id 7, name {sample_rows.PERSONAL}, more [{{email {sample_rows.PERSONAL}, n 1}}], empty_name null}}"
    )
    assert broken.strip() == sample_rows.PERSONAL


def test_ids() -> None:
    assert [sample_rows.id_of(value) for value in ("2102", 7, MAIL, PERSON, "")] == [
        "2102",
        "7",
        *["(no plain id)"] * 3,
    ]
