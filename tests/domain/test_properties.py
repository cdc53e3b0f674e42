"""Whatever parses input, on input that nobody thought of: what is accepted is sound, what is not gets a clear line."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import sqlglot
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlglot import expressions

from acceptance.aws.athena import identifier
from acceptance.aws.console_links import Links
from acceptance.aws.glue_jobs import Job, Jobs, console_form, matches
from acceptance.aws.job_logs import NOTHING_TO_ASK, RunLog
from acceptance.branch.checkout import DICTIONARY, SCRIPTS, TERRAFORM, Revision, refers_to
from acceptance.branch.dictionary import CATALOG_TYPES
from acceptance.branch.terraform import parse_lists
from acceptance.checks.branch import quality_rules, typed_columns
from acceptance.environments import ENVIRONMENTS, Zone
from acceptance.findings import ASK, Failure, Finding, SuiteError
from acceptance.pipeline import PARSE, STAGES, Stage
from acceptance.queries import generation_sizes
from acceptance.queries.ingestion import Ingestion
from acceptance.queries.parse import Parse
from acceptance.queries.past_pages import PastPagesQuery
from acceptance.queries.query import Query
from acceptance.queries.recast import Recast
from acceptance.queries.snapshot import Snapshot
from acceptance.report import files
from acceptance.report.messages import parts
from acceptance.run.created_resources import CreatedResources
from acceptance.settings import SettingsError, load
from acceptance.verdict.file import read
from acceptance.verdict.model import Outcome, ScenarioResult
from tests.domain.verdicts import SAMPLES

# the same examples each time: a test that fails tells of a change, not of luck
quick = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

NAME = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=12)
TICKET = st.from_regex(r"[A-Z][A-Z0-9]{1,4}-[1-9][0-9]{0,4}", fullmatch=True)
LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=30)
STAGE = st.sampled_from(list(STAGES.values()))
NASTY = st.sampled_from(
    [
        "'; DROP TABLE wards; --",
        '"',
        "wards\n",
        "../../etc",
        "~nobody/x",
        "\0",
        "a,b",
        "$(id)",
        "‮",
        "Ｗards",
        "wards\u0661",
    ]
)
TEXT = st.one_of(st.text(max_size=30), NASTY)


class InMemory(Revision):
    """A revision whose files are at hand."""

    def __init__(self, files: dict[str, str]) -> None:
        self.name, self.files = "DPP-426", files

    def read(self, path: str) -> str:
        return self.files[path]


# -- settings


def accepted(**given: str) -> Any:
    """The settings, or None for what is refused: in one line."""
    try:
        return load({"ticket": "DPP-426"} | given, {})
    except SettingsError as error:
        assert len(str(error).splitlines()) == 1
        return None


PARAMETERS = st.sampled_from(
    [
        "ticket",
        "env",
        "tables",
        "data_platform",
        "branch",
        "keep",
        "samples",
        "one_at_a_time",
        "days",
        "api_pages",
        "endpoint",
        "account",
        "ticket_url",
        "deadline_minutes",
        "reports",
    ]
)


@quick
@given(PARAMETERS, TEXT)
@example("data_platform", "\0")
@example("reports", "\0")
@example("data_platform", "~nobody-of-this-name/x")
@example("endpoint", "http://[::1")
def test_any_parameter_with_any_value_is_accepted_or_refused_in_a_line(name: str, value: str) -> None:
    accepted(**{name: value})


@quick
@given(TEXT.filter(bool), TEXT)
def test_any_other_parameter_is_refused(name: str, value: str) -> None:
    assume(name not in {*load({"ticket": "DPP-426"}, {}).__dict__})
    with pytest.raises(SettingsError, match="unknown parameter"):
        load({"ticket": "DPP-426", name: value}, {})


@quick
@given(st.one_of(TICKET, TEXT, st.builds(str.__add__, TICKET, TEXT), st.builds(str.__add__, TEXT, TICKET)))
def test_a_ticket_is_safe_in_names_paths_and_patterns(ticket: str) -> None:
    if found := accepted(ticket=ticket):
        assert re.fullmatch(r"[A-Z][A-Z0-9]+-[1-9][0-9]*", found.ticket, re.ASCII)
        assert Path("reports", found.ticket).parent == Path("reports")


@quick
@given(st.lists(NAME.filter(lambda name: name != "all"), min_size=1, max_size=6, unique=True))
def test_tables_come_back_as_they_were_given(tables: list[str]) -> None:
    assert accepted(tables=" , ".join(tables)).tables == tuple(tables)


@quick
@given(st.lists(st.one_of(NAME, TEXT), max_size=4).map(",".join))
def test_no_table_can_be_anything_but_a_plain_name(value: str) -> None:
    if found := accepted(tables=value):
        assert all(identifier(table) == f'"{table}"' and "-" not in table for table in found.tables)


HOSTS = st.sampled_from(
    ["127.0.0.1", "localhost", "[::1]", "example.org", "127.0.0.1.example.org", "0x7f000001"]
)


@quick
@given(
    st.sampled_from(["http://", "https://", "//", "ftp://", ""]),
    st.sampled_from(["", "x@", "127.0.0.1:80@", "127.0.0.1\\@"]),
    HOSTS,
    st.sampled_from(["", ":80", ":99999", ":x"]),
    st.sampled_from(["", "/", "/x", "#@example.org", "?@example.org"]),
)
def test_an_endpoint_is_on_loopback(scheme: str, user: str, host: str, port: str, rest: str) -> None:
    if found := accepted(endpoint=scheme + user + host + port + rest):
        url = urlsplit(found.endpoint)
        assert url.scheme == "http" and url.port
        assert url.hostname in ("127.0.0.1", "localhost", "::1")


@quick
@given(st.floats(min_value=0.001, max_value=1440))
def test_a_deadline_comes_back_in_seconds(minutes: float) -> None:
    found = accepted(deadline_minutes=f"{minutes:.3f}")
    assert found.env.patience.job_run == pytest.approx(minutes * 60, abs=0.04)


# -- names


@quick
@given(TEXT)
def test_the_consoles_form_of_a_name_is_plain_and_final(name: str) -> None:
    form = console_form(name)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", form)
    assert console_form(form) == form


@quick
@given(st.lists(NAME, min_size=1, max_size=4), st.lists(st.sampled_from(["-", "_", " ", " - "]), min_size=4))
def test_a_name_is_found_however_its_words_are_joined(words: list[str], joints: list[str]) -> None:
    typed = " ".join(words)
    spelt = "".join(word.upper() + joint for word, joint in zip(words, joints, strict=False)).rstrip(" -_")
    assert spelt in matches(["something else", spelt], typed)


@quick
@given(st.lists(TEXT, max_size=5), TEXT)
def test_a_filter_only_leaves_out(names: list[str], typed: str) -> None:
    found = matches(names, typed)
    assert found == sorted(found) and set(found) <= set(names)
    assert all(console_form(typed) in console_form(name) for name in found)


@quick
@given(TEXT, TICKET, TICKET)
@example("stg tascomi", "DPP-42", "DPP-426")
@example("stg tascomi", "DPP-426", "XDPP-426")
def test_a_test_job_belongs_to_one_ticket(original: str, ticket: str, other: str) -> None:
    name = jobs(other).test_job_name(original)
    assert jobs(ticket).is_own(name) is (ticket == other)


def jobs(ticket: str) -> Jobs:
    environment = ENVIRONMENTS["local"]
    return Jobs(None, environment, ticket, CreatedResources(Path("nowhere")), Links(environment))  # type: ignore[arg-type]


@quick
@given(TICKET, LINE, LINE)
def test_a_branch_refers_to_the_ticket_in_its_name(ticket: str, before: str, after: str) -> None:
    assume(not before[-1:].isalnum() and not after[:1].isdigit())
    assert refers_to(before + ticket + after, ticket)
    assert refers_to(before + ticket.lower() + after, ticket)


@quick
@given(TICKET, st.sampled_from(string.ascii_letters + string.digits), st.sampled_from(string.digits))
def test_a_branch_does_not_refer_to_a_ticket_that_is_part_of_another(
    ticket: str, letter: str, digit: str
) -> None:
    assert not refers_to(letter + ticket, ticket)
    assert not refers_to(ticket + digit, ticket)


# -- the repository's files

KIND = st.sampled_from([*CATALOG_TYPES, "bool"])
TABLES = st.dictionaries(NAME, st.lists(NAME, max_size=3, unique=True), max_size=3)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(KIND, NAME), inner, max_size=3)
    ),
    max_leaves=12,
)


@quick
@given(st.dictionaries(KIND, TABLES, max_size=4), st.booleans())
def test_the_dictionary_comes_back_bare_or_wrapped(
    types: dict[str, dict[str, list[str]]], wrapped: bool
) -> None:
    revision = InMemory({DICTIONARY: json.dumps([types] if wrapped else types)})
    assert revision.dictionary == types
    for table in revision.documented_tables:
        columns = typed_columns(revision, table)
        assert set(columns) == {column for tables in types.values() for column in tables.get(table, [])}
        assert set(revision.types_of(table)) <= set(columns)
        assert set(revision.types_of(table).values()) <= set(CATALOG_TYPES.values())


@quick
@given(st.one_of(st.text(max_size=30), JSON.map(json.dumps)))
@example('{"integer": {"wards": null}}')
@example('{"integer": {"wards": "id"}}')
@example('{"integer": {"wards": [null]}}')
@example("[" * 100_000)
@example("NaN")
def test_any_dictionary_can_be_used_or_is_refused_in_a_line(text: str) -> None:
    revision = InMemory({DICTIONARY: text})
    if refused(lambda: revision.dictionary):
        return
    for table in [*revision.documented_tables, "wards"]:
        assert all(isinstance(column, str) for column in typed_columns(revision, table))
        assert all(isinstance(column, str) for column in revision.types_of(table))


def refused(read: Callable[[], object]) -> bool:
    try:
        read()
    except SettingsError as error:
        assert len(str(error).splitlines()) == 1
        return True
    return False


@quick
@given(
    st.lists(NAME, max_size=4), st.lists(NAME, max_size=4), st.sampled_from(["", "# a\n", "/* b */ ", "\n"])
)
def test_the_terraform_lists_come_back(daily: list[str], weekly: list[str], between: str) -> None:
    lists = {"tascomi_table_names": daily, "tascomi_static_tables": weekly}
    told = ""
    for name, tables in lists.items():
        items = "".join(f'    {between}"{table}",\n' for table in tables)
        told += f"  {name} = [\n{items}  ]\n"
    found = parse_lists(f'variable "x" {{}}\nlocals {{\n{told}}}\n', "x.tf")
    assert (list(found.daily), list(found.weekly)) == (daily, weekly)


FRAGMENTS = [
    "locals",
    " {",
    "}\n",
    "\n",
    " = ",
    "[",
    "]",
    '"wards"',
    ", ",
    "tascomi_table_names",
    "tascomi_static_tables",
    "5",
    "null",
    "${x}",
    'join(",", x)',
    "#",
    "é",
    "<<EOF\n",
]
WHOLE = "locals {\n  tascomi_table_names = %s\n  tascomi_static_tables = []\n}\n"


@quick
@given(
    st.one_of(
        st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join),
        st.lists(st.sampled_from(FRAGMENTS), max_size=6).map(lambda parts: WHOLE % "".join(parts)),
        st.text(max_size=20),
    )
)
@example("locals = 5\n")
@example('locals "x" {\n}\n')
@example("locals {\n  tascomi_table_names = [5]\n  tascomi_static_tables = [null]\n}\n")
@example('locals {\n  tascomi_table_names = ["a;drop"]\n  tascomi_static_tables = []\n}\n')
def test_any_terraform_gives_plain_names_or_is_refused_in_a_line(text: str) -> None:
    revision = InMemory({TERRAFORM: text})
    if not refused(lambda: revision.lists):
        assert all(re.fullmatch(r"\w+", name) for name in revision.lists.all)


RULES = st.dictionaries(
    NAME,
    st.dictionaries(
        st.sampled_from(["unique", "complete"]), st.one_of(NAME, st.lists(NAME, max_size=2)), max_size=2
    ),
    max_size=4,
)


@quick
@given(RULES, st.sampled_from(["", "import sys\n\n", "def main():\n    pass\n\n\n"]))
def test_the_rules_of_a_script_come_back(rules: dict[str, Any], before: str) -> None:
    script = f"{before}dq_params = {rules!r}\n\nprint(dq_params)\n"
    assert quality_rules(InMemory({SCRIPTS + PARSE.script: script}), PARSE.script) == rules


VALUES = st.sampled_from(
    [
        "{}",
        "{[]: 1}",
        "{{}: 1}",
        "dict(a=1)",
        "{'a': open('x')}",
        "{**x}",
        "1",
        "{'a': 1 + 1j}",
        "{'a': -'b'}",
        "{'a'",
        "__import__('os').remove('x')",
        "\0",
        "[" * 500,
        "-" * 20_000 + "1",
    ]
)


@quick
@given(st.one_of(st.text(max_size=30), VALUES, VALUES.map("dq_params = {}".format)))
@example("dq_params = {[]: 1}")
@example("dq_params = " + "-" * 20_000 + "1")
def test_any_script_gives_rules_or_fails_as_the_product_and_is_never_run(text: str) -> None:
    try:
        rules = quality_rules(InMemory({SCRIPTS + PARSE.script: text}), PARSE.script)
    except Failure as failure:
        assert failure.finding.code == "rules-unreadable"
    else:
        assert isinstance(rules, dict)


# -- partitions and queries


@quick
@given(STAGE, NAME, st.dates(min_value=date(1000, 1, 1)), st.dates(min_value=date(1000, 1, 1)))
def test_partitions_tell_their_day_and_sort_by_it(stage: Stage, table: str, day: date, other: date) -> None:
    folder = stage.partition_prefix(table, day).removeprefix(stage.prefix(table))
    pairs = dict(part.split("=") for part in folder.rstrip("/").split("/"))
    assert tuple(pairs) == stage.partition_keys
    assert tuple(pairs.values()) == stage.partition_values(day)
    assert pairs[stage.generation] == "".join(stage.partition_values(day)[:3]) == day.strftime("%Y%m%d")
    generations = [stage.partition_values(each)[-1] for each in (day, other)]
    assert (generations[0] < generations[1]) is (day < other)


@quick
@given(TEXT)
def test_what_is_quoted_for_sql_cannot_end_its_quotes(name: str) -> None:
    try:
        quoted = identifier(name)
    except SuiteError:
        return
    assert re.fullmatch(r'"[a-z0-9_-]+"', quoted, re.ASCII)


@settings(quick, max_examples=20)
@given(
    STAGE,
    NAME,
    st.dictionaries(NAME, st.sampled_from(list(CATALOG_TYPES.values())), max_size=3),
    st.booleans(),
)
def test_every_query_is_one_select(
    stage: Stage, table: str, types: dict[str, str], several_days: bool
) -> None:
    raw, refined = (ENVIRONMENTS["stg"].database(zone) for zone in Zone)
    day = date(2026, 11, 23)
    days = [day, *([day - timedelta(days=1)] if several_days else [])]
    responses, parsed = Ingestion(raw, table, day), Parse(raw, table, days, list(types))
    increments = Recast(refined, raw, table, days, types, ["name"])
    merged = Snapshot(refined, table, day, "20261122", "", types, {"name": "string"})
    queries: tuple[Query[object], ...] = (
        generation_sizes.newest(raw, stage, table),
        responses,
        responses.failed_pages(),
        parsed,
        parsed.values(),
        increments,
        increments.changed_texts(),
        merged,
        merged.altered_columns(),
        merged.lacking(),
        PastPagesQuery(raw, table, ["20261122", "20261121"], ["20261121"]),
    )
    for sql in (sql for query in queries for sql in query.queries()):
        (statement,) = sqlglot.parse(sql, dialect="athena")
        assert isinstance(statement, expressions.Select)


@quick
@given(STAGE, NASTY)
def test_no_query_takes_a_name_that_is_none(stage: Stage, table: str) -> None:
    with pytest.raises(SuiteError, match="not a name that goes into SQL"):
        generation_sizes.playbook_query("dataplatform-stg-tascomi-raw-zone", stage, table)


# -- job runs


@quick
@given(st.lists(st.one_of(NAME, TEXT), max_size=6), st.sampled_from([",", ", ", " ,"]))
def test_a_jobs_table_list_is_read_as_names(names: list[str], comma: str) -> None:
    job = Job("x", {"DefaultArguments": {"--table_list": comma.join(names)}})
    assert all(name and name == name.strip() and "," not in name for name in job.tables)
    plain = [name for name in names if re.fullmatch(r"[a-z0-9_]+", name, re.ASCII)]
    assert set(plain) <= set(job.tables)


DAYS = st.dates(min_value=date(2000, 1, 1)).map(date.isoformat)
NOISE = st.text(max_size=30).filter(lambda line: "Number of pages" not in line and NOTHING_TO_ASK not in line)


@quick
@given(
    st.dictionaries(st.one_of(st.just(""), DAYS), st.integers(0, 10**6), max_size=5),
    st.lists(NOISE, max_size=5),
)
def test_a_log_promises_what_it_says(pages: dict[str, int], noise: list[str]) -> None:
    lines = [
        f"2026-11-23 02:00:00,1 INFO Number of pages to retrieve{f' for {day}' if day else ''}: {number}"
        for day, number in pages.items()
    ]
    log = RunLog(tuple(noise + lines + noise))
    assert log.promised_pages == pages
    assert log.nothing_to_ask is (bool(pages) and not any(pages.values()))
    assert RunLog((*log.lines, NOTHING_TO_ASK)).nothing_to_ask


# -- messages


@quick
@given(LINE.filter(str.strip), st.lists(LINE.map(str.strip), min_size=4, max_size=4))
def test_a_failures_message_tells_each_of_its_fields(what: str, fields: list[str]) -> None:
    expected, observed, look, do = fields
    failure = Failure("a-code", what, expected=expected, observed=observed, look=look, do=do)
    assert str(failure) == what
    told = {
        "expected": expected,
        "observed": observed,
        "look at": look,
        "to do": f"{do}; {ASK}" if do else ASK,
    }
    assert parts(failure.finding) == {label: text for label, text in told.items() if text}


@settings(quick, max_examples=20)
@given(TEXT.filter(str.strip), TEXT, TEXT.filter(str.strip))
@example("<script>alert(1)</script> [/] ]]> \x1b[31m \ud7ff", "`x` @all", "{{ 7 * 7 }}")
def test_any_text_is_told_by_all_outputs(message: str, name: str, problem: str) -> None:
    scenario = ScenarioResult(
        "a feature", "1.1.1", "1", name, Outcome.FAILED, finding=Finding("a-code", message)
    )
    found = replace(SAMPLES["failed"](), scenarios=(scenario,), problems=(problem,))
    with TemporaryDirectory() as reports:
        folder = Path(reports, "DPP-426", "run")
        told, page = files.publish(found, folder)
        assert told == found == read(folder / "verdict.json")
        assert page and page.stat().st_size
        junit = ET.parse(folder / "junit/playbook.xml").getroot()
        assert (junit.get("failures"), junit.get("errors")) == ("1", "1")
        results = [json.loads(path.read_bytes()) for path in folder.glob("allure-results/*-result.json")]
        assert sorted(result["status"] for result in results) == ["broken", "failed"]
        assert message in [result["statusDetails"]["message"] for result in results]
