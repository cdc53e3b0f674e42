"""What a run measured, and what the report makes of it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from acceptance.evidence import Evidence, Kind
from acceptance.measurements.model import (
    Activity,
    Measurements,
    Point,
    Reason,
    RowChange,
    RowCount,
    Uncompared,
    Work,
)
from acceptance.report import concerns, effort, files, history, markdown, messages, row_flow
from acceptance.report.page import columns
from acceptance.report.page.drawing import render
from acceptance.verdict import file
from acceptance.verdict import model as verdicts
from acceptance.verdict.model import Change, Outcome, State
from tests.domain import measurements
from tests.domain.measurements import STARTED
from tests.domain.verdicts import LOST, SAMPLES, TABLES, scenario, verdict

ROOT = Path(__file__).parents[2]


# the ledger of records


def of_table(*found: RowCount | RowChange) -> row_flow.Ledger:
    counts = tuple(each for each in found if isinstance(each, RowCount))
    changes = tuple(each for each in found if isinstance(each, RowChange))
    (drawn,) = row_flow.draw(verdict([], tables=("wards",), row_counts=counts, row_changes=changes))
    return drawn


def test_what_the_changes_do_not_add_up_to_is_unexplained() -> None:
    drawn = of_table(
        RowCount("wards", Point.API_RESPONSE, 312),
        RowChange("wards", Point.PARSED, Reason.FAILED_PAGE, -12, "a page"),
        RowCount("wards", Point.PARSED, 297),
        RowCount("wards", Point.INCREMENT, 297),
    )
    assert [stop.unexplained for stop in drawn.stops] == [None, None, -3, 0, None]
    assert drawn.unexplained == 3
    assert drawn.told == (
        "312 in api_response, 297 in increment; −3 at parsed unexplained; not counted further."
    )


def test_gains_and_losses_do_not_cancel_each_other_out() -> None:
    rows = dict(zip(list(Point)[1:], (10, 12, 10, 10), strict=True))
    assert of_table(*measurements.counts("wards", rows)).unexplained == 4


def test_a_point_that_was_not_counted_explains_nothing() -> None:
    drawn = of_table(RowCount("wards", Point.PARSED, 5), RowCount("wards", Point.SNAPSHOT, 9))
    assert drawn.unexplained == 0
    assert not of_table().counted


def test_the_drawing_is_to_scale_but_for_what_the_merge_brings() -> None:
    drawn = of_table(*measurements.whole("wards", 300, 30_000), measurements.merged("wards", 30_000))
    heights = [100 - min(float(corner.split(",")[1]) for corner in s.points.split()) for s in drawn.shapes]
    bars = [height for shape, height in zip(drawn.shapes, heights, strict=True) if shape.kind == "bar"]
    assert bars == [row_flow.ROOM] * 4
    assert [shape.kind for shape in drawn.shapes].count("merged") == 1
    assert max(heights) <= row_flow.HEIGHT


def test_a_loss_is_drawn_as_what_it_is() -> None:
    explained = of_table(
        *measurements.counts("wards", {Point.API_RESPONSE: 10, Point.PARSED: 8}),
        RowChange("wards", Point.PARSED, Reason.FAILED_PAGE, -2, "a page"),
    )
    odd = of_table(*measurements.counts("wards", {Point.API_RESPONSE: 10, Point.PARSED: 8}))
    assert "change" in {shape.kind for shape in explained.shapes}
    assert "unexplained" in {shape.kind for shape in odd.shapes}


def test_the_tables_with_something_unexplained_come_first() -> None:
    drawn = row_flow.draw(SAMPLES["fifty"]())
    assert [each.table for each in drawn if each.unexplained] == ["planning_resource_number_34"]
    assert drawn[0].unexplained


# what could not be compared


LEFT = (
    Uncompared("wards", Point.PARSED, "tags", 3, "lists or objects"),
    Uncompared("wards", Point.INCREMENT, "closed", 1200, "a zone's <name>"),
)


def test_what_could_not_be_compared_is_in_the_ledger() -> None:
    rows = tuple(measurements.whole("wards"))
    (drawn,) = row_flow.draw(verdict([], tables=("wards",), row_counts=rows, uncompared=LEFT))
    assert [len(stop.uncompared) for stop in drawn.stops] == [0, 0, 1, 1, 0]
    assert drawn.told.endswith("; 1203 values of 2 columns could not be compared.")
    assert drawn.remarkable


def test_what_could_not_be_compared_is_told_by_column() -> None:
    green = SAMPLES["green"]()
    page, text = render(replace(green, uncompared=LEFT)), markdown.render(replace(green, uncompared=LEFT))
    for told in ("Values that could not be compared", "1,200", "tags", "closed"):
        assert told in page and told in text
    assert "a zone&#39;s &lt;name&gt;" in page
    for silent in (render(green), markdown.render(green)):
        assert "could not be compared" not in silent


DAY = STARTED.date()


def test_what_is_compared_in_the_end_is_no_longer_counted() -> None:
    found = Measurements()
    found.not_compared("wards", Point.PARSED, DAY, {"tags": 3, "name": 0}, "why")
    assert found.uncompared == (Uncompared("wards", Point.PARSED, "tags", 3, "why"),)
    found.not_compared("wards", Point.INCREMENT, DAY, {"closed": 1}, "why")
    found.not_compared("wards", Point.PARSED, DAY, {}, "")
    assert found.uncompared == (Uncompared("wards", Point.INCREMENT, "closed", 1, "why"),)


def test_what_could_not_be_compared_of_several_days_is_one_number() -> None:
    found = Measurements()
    for day in (DAY, DAY - timedelta(days=1)):
        found.not_compared("wards", Point.PARSED, day, {"tags": 3}, "why")
    assert found.uncompared == (Uncompared("wards", Point.PARSED, "tags", 6, "why"),)


# columns


def test_columns_tell_what_is_wrong_with_them() -> None:
    told = {each.table: each.told for each in columns.draw(SAMPLES["casts"]())}
    assert told[TABLES[1]] == (
        "12 columns, 9 of them typed; 12 values lost in the cast; 1 new since the last generation."
    )
    wide = columns.draw(SAMPLES["wide"]())[0]
    assert wide.folded
    assert [column.name for column in wide.bad] == ["field_700", "field_701"]
    assert "1 of another type than expected" in wide.told


# time and cost


def activity(kind: Work, start: float, seconds: float, **facts: object) -> Activity:
    found = Activity(kind, "x", f"{kind}{start}", STARTED + timedelta(seconds=start), seconds)
    return replace(found, **facts)  # type: ignore[arg-type]


def test_time_is_told_once_where_things_ran_together() -> None:
    together = (
        activity(Work.JOB_RUN, 0, 60),
        activity(Work.JOB_RUN, 30, 60),
        activity(Work.CRAWL, 80, 40),
        activity(Work.QUERY, 200, 10),
    )
    drawn = effort.draw(verdict([], seconds=300.0, activities=together))
    assert {share.name: share.seconds for share in drawn.shares} == {
        "job runs": 90,
        "crawls": 30,
        "queries": 10,
        "all else": 170,
    }
    assert sum(share.width for share in drawn.shares) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("done", "dollars"),
    [
        (activity(Work.JOB_RUN, 0, 3600, dpus=2.0), 0.88),
        (activity(Work.JOB_RUN, 0, 5, dpus=2.0), 2 * 60 / 3600 * 0.44),  # a minute at least
        (activity(Work.CRAWL, 0, 60), 2 * 600 / 3600 * 0.44),  # ten minutes at least; DPUs assumed
        (activity(Work.CRAWL, 0, 1200, dpus=3.0), 3 * 1200 / 3600 * 0.44),
        (activity(Work.QUERY, 0, 3, bytes_scanned=2_000_000_000_000), 10.0),
        (activity(Work.QUERY, 0, 3, bytes_scanned=10), 0.00005),  # 10 MB at least
    ],
)
def test_the_price_is_estimated_as_aws_bills(done: Activity, dollars: float) -> None:
    assert effort.price(done) == pytest.approx(dollars)


def test_an_activity_is_counted_once() -> None:
    found = Measurements()
    found.step = "1.2.2"
    found.activity(activity(Work.CRAWL, 5, 60))
    found.step = "1.2.3"
    found.activity(activity(Work.CRAWL, 5, 60))
    found.activity(activity(Work.QUERY, 2, 1))
    assert [(each.kind, each.step) for each in found.activities] == [
        (Work.QUERY, "1.2.3"),
        (Work.CRAWL, "1.2.2"),
    ]


# earlier runs


def test_earlier_runs_of_the_same_tables_and_environment_are_remembered(tmp_path: Path) -> None:
    now = SAMPLES["green"]()
    plain = replace(now, history=(), changes=())
    failed = {(s.step, s.table) for s in SAMPLES["failed"]().scenarios if s.outcome is not Outcome.PASSED}
    for number, (ticket, change) in enumerate(
        [
            ("DPP-426", {}),
            ("OPS-1", {"seconds": 7.0}),  # the nightly run
            ("DPP-426", {"scenarios": SAMPLES["failed"]().scenarios}),
            ("DPP-426", {"environment": "local"}),
            ("DPP-9", {"tables": ("wards",)}),
        ]
    ):
        run_id = f"2026112{number}T081530Z-000{number}"
        started = STARTED - timedelta(days=3, hours=-number)
        past = replace(plain, run_id=run_id, ticket=ticket, started=started, **change)  # type: ignore[arg-type]
        files.publish(past, tmp_path / ticket / run_id)
    (tmp_path / "DPP-426" / "20261101T000000Z-dead").mkdir()
    (tmp_path / "DPP-426" / "20261101T000000Z-dead" / "verdict.json").write_text("{}")

    found = history.remember(plain, tmp_path / "DPP-426" / plain.run_id)
    assert [(past.ticket, past.state, past.seconds) for past in found.history] == [
        ("DPP-426", State.PASSED, 1404.0),
        ("OPS-1", State.PASSED, 7.0),
        ("DPP-426", State.FAILED, 1404.0),
    ]
    assert found.history[0].rows[TABLES[0]][Point.SNAPSHOT] == 2792
    assert {(change.step, change.table) for change in found.changes} == failed
    assert Change("1.2.1", TABLES[1], Outcome.FAILED, Outcome.PASSED) in found.changes
    assert "Earlier runs" not in (tmp_path / "DPP-9" / run_id / "report.html").read_text()


def test_the_links_to_earlier_runs_lead_there_from_both_pages(tmp_path: Path) -> None:
    plain = replace(SAMPLES["green"](), history=(), changes=())
    before = replace(
        plain, ticket="OPS-1", run_id="20261120T010000Z-0001", started=STARTED - timedelta(days=3)
    )
    files.publish(before, tmp_path / before.ticket / before.run_id)
    own = tmp_path / plain.ticket / plain.run_id
    files.publish(plain, own)
    for page in (own / "report.html", own.parent / "report.html"):
        links = [part.split('"')[0] for part in page.read_text().split('href="')[1:]]
        (link,) = [link for link in links if link.endswith("/report.html")]
        assert (page.parent / link).resolve() == tmp_path / "OPS-1" / before.run_id / "report.html"


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ([], ""),
        (["green"], "new: it passed in the last run"),
        (["failed"], "since 20 November 2026, 08:15 UTC, 2 runs"),
        (["green", "failed", "failed"], "since 21 November 2026, 08:15 UTC, 3 runs"),
        (["failed", "green", "failed"], "since 22 November 2026, 08:15 UTC, 2 runs"),
        (["failed", "left out", "failed"], "since 20 November 2026, 08:15 UTC, 3 runs"),
        (["another"], ""),
    ],
)
def test_a_cause_is_named_first_with_the_runs_that_had_it_too(
    before: list[str], told: str, tmp_path: Path
) -> None:
    failed = replace(SAMPLES["failed"](), history=(), changes=())
    (cause,) = (s for s in failed.scenarios if s.outcome is Outcome.FAILED)
    others = tuple(s for s in failed.scenarios if s is not cause)
    another = replace(LOST, code="data-not-written")
    scenarios = {
        "green": SAMPLES["green"]().scenarios,
        "failed": failed.scenarios,
        "left out": others,
        "another": (*others, scenario(cause.step, cause.table, Outcome.FAILED, another)),
    }
    for day, name in enumerate(before):
        run_id = f"2026112{day}T081530Z-000{day}"
        started = failed.started - timedelta(days=3 - day)
        past = replace(failed, run_id=run_id, started=started, scenarios=scenarios[name])
        (folder := tmp_path / "DPP-426" / run_id).mkdir(parents=True)
        file.write(past, folder / "verdict.json")
    found = history.remember(failed, tmp_path / "DPP-426" / failed.run_id)
    _, _, causes = render(found).partition('<ul class="causes">')
    line = causes.partition("</ul>")[0]
    assert LOST.what in line
    assert re.findall(r'<span class="soft">(.*?)</span>', line) == [told] * bool(told)


def test_a_trend_without_change_is_drawn_level() -> None:
    assert {y for _, y in history.Trend((5, None, 5)).dots} == {history.HEIGHT / 2}
    assert history.Trend((1, 2)).dots == [(4, 36), (236, 4)]


# the file


def test_the_schema_in_the_documents_is_the_present_one() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "acceptance.report", "--schema"], capture_output=True, check=True, cwd=ROOT
    )
    assert (ROOT / "docs" / "verdict.schema.json").read_bytes() == told.stdout


@pytest.mark.parametrize("name", SAMPLES)
def test_a_verdict_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    found = SAMPLES[name]()
    file.write(found, tmp_path / "verdict.json")
    assert file.read(tmp_path / "verdict.json") == found
    assert f'"state": "{found.state}"' in (tmp_path / "verdict.json").read_text()


# the rest of the report


def test_the_summary_has_the_numbers() -> None:
    text = markdown.render(SAMPLES["fifty"]())
    assert "| `planning_resource_number_34` | 7 pages | 312 | 309 **(−3)** | 312 **(+3)** |" in text
    assert "about US$" in text


def test_a_concern_leads_to_what_is_behind_it() -> None:
    found = SAMPLES["casts"]()
    (first, *_) = concerns.grave(found)
    assert {evidence.id for evidence in concerns.traces(found, first)} == {
        "jr_4be1c07d",
        "4f0c1c3e-6a52-4c57",
        "9a1e0c3e-77d0",
    }


def test_the_same_note_of_several_tables_is_told_once() -> None:
    def noted(table: str, text: str) -> verdicts.ScenarioResult:
        found = scenario("4.3.4", table)
        last = replace(found.steps[-1], evidence=(Evidence(Kind.NOTE, text),))
        return replace(found, steps=(last,))

    told = concerns.notes(
        verdict([noted("wards", "wards has none"), noted("appeals", "appeals has none"), noted("wards", "x")])
    )
    assert {note: len(scenarios) for note, scenarios in told.items()} == {"has none": 2, "x": 1}


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        (
            "assumed-role/AWSReservedSSO_AWSPowerUserAccess_0123456789abcdef/ada@example.com",
            ("ada@example.com", "AWSPowerUserAccess"),
        ),
        ("assumed-role/AWSPowerUserAccess/ada", ("ada", "AWSPowerUserAccess")),
        ("user/ada", ("user/ada", "")),
    ],
)
def test_who_called(arn: str, told: tuple[str, str]) -> None:
    assert messages.caller(arn) == told
