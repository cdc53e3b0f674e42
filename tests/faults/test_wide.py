"""Faults of a table of 752 columns: what is asked in parts is found in each, and told in one failure."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from acceptance.branch.checkout import DataPlatform
from acceptance.environments import ENVIRONMENTS
from acceptance.pipeline import PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries.parts import WIDEST_JOIN
from benchmarks import wide
from sandbox.clients import Clients
from sandbox.tascomi.resources import resources
from tests.playing import Deployment, Played, deployed

TABLE, ROWS = wide.TABLE, 3
LOCAL = ENVIRONMENTS["local"]

pytestmark = pytest.mark.xdist_group("wide")


@dataclass(frozen=True)
class Planted:
    """The table's data of today, as the four jobs would leave them."""

    deployment: Deployment
    day: date

    @property
    def types(self) -> dict[str, str]:
        """The catalog types of its columns that the dictionary names, in the order in which they are asked for."""
        return DataPlatform(self.deployment.box.data_platform, "DPP-426").branch.types_of(TABLE)

    @property
    def numbers(self) -> set[str]:
        """Its columns of numbers that have a value in each row."""
        given = wide.variants(self.day)[1 : ROWS + 1]
        kinds = ("int", "bigint", "double")
        return {c for c, kind in self.types.items() if kind in kinds and all(each[c] for each in given)} - {
            "id"
        }

    def spoil(self, stage: Stage, **values: Callable[[pa.Array], pa.Array]) -> None:
        """Put other values into columns of a stage's file."""
        where = {
            "Bucket": LOCAL.bucket(stage.zone),
            "Key": f"{stage.partition_prefix(TABLE, self.day)}part-00000.parquet",
        }
        s3: Any = self.deployment.client("s3")
        rows = pq.read_table(io.BytesIO(s3.get_object(**where)["Body"].read()))
        for column, change in values.items():
            changed = change(rows[column].combine_chunks())
            rows = rows.set_column(rows.column_names.index(column), column, changed)
        body = io.BytesIO()
        pq.write_table(rows, body, store_schema=False)
        s3.put_object(**where, Body=body.getvalue())

    def play(self, stage: Stage) -> Played:
        """A busy machine takes its time over SQL of this length."""
        return self.deployment.play(
            f"--tags=@step-{stage.query_step}", "-D", "deadline_minutes=10", tables=TABLE
        )


def nothing(values: pa.Array) -> pa.Array:
    return pa.nulls(len(values), values.type)


def others(values: pa.Array) -> pa.Array:
    """Values that none of the table's has been."""
    if pa.types.is_string(values.type):
        return pc.binary_join_element_wise(pc.fill_null(values, ""), "otherwise", " ")
    return pa.array([7_654_321] * len(values), values.type)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    for deployment in deployed(tmp_path_factory.mktemp("wide") / "reports", seed=False):
        clients, day = Clients(deployment.box.endpoint, deployment.box.region), datetime.now(UTC).date()
        wide.plant(clients, ROWS, day)
        wide.crawl(clients)
        yield Planted(deployment, day)


def of_both_parts(columns: list[str], fitting: set[str]) -> tuple[str, str]:
    """Two of the columns that fit, of which a query is asked in two parts: one of each."""
    half = math.ceil(len(columns) / 2)
    assert half <= WIDEST_JOIN < len(columns)
    return next(c for c in columns[:half] if c in fitting), next(c for c in columns[half:] if c in fitting)


@pytest.mark.long
def test_what_each_part_finds_is_told_in_one_failure(planted: Planted) -> None:
    """Stage after stage from the last: each is compared with those before it."""
    columns, fitting = list(resources()[TABLE].columns), planted.numbers
    one, other = of_both_parts(columns, fitting)
    planted.spoil(SNAPSHOT, **{one: others, other: others})
    message = planted.play(SNAPSHOT).failure(SNAPSHOT.query_step, TABLE)
    assert (
        f"today's snapshot differs from the increments, or from the last snapshot, in {ROWS} rows" in message
    )
    assert f": {one} in {ROWS}, {other} in {ROWS}\n" in message

    asked = [*planted.types, *(column for column in columns if column not in planted.types)]
    lost = of_both_parts(asked, fitting)
    changed = of_both_parts(asked, fitting - set(lost))
    planted.spoil(RECAST, **dict.fromkeys(lost, nothing), **dict.fromkeys(changed, others))
    played = planted.play(RECAST)
    message = played.failure(RECAST.query_step, TABLE)
    assert message.startswith(
        f"{TABLE}: {2 * ROWS} values lost in the cast: {lost[0]} {ROWS}, {lost[1]} {ROWS}\n"
    )
    found = {column.name: column for column in played.verdict.columns}
    assert [found[name].lost for name in lost] == [found[name].changed for name in changed] == [ROWS] * 2
    checks = [each for each in played.verdict.activities if each.name == f"the checks', {TABLE}"]
    assert len(checks) == planned(planted, RECAST) == 2

    planted.spoil(PARSE, **{one: others, other: others})
    message = planted.play(PARSE).failure(PARSE.query_step, TABLE)
    assert message.startswith(f"{TABLE}: the parse has changed values: {one}, {other}\n")


def planned(planted: Planted, stage: Stage) -> int:
    """How many queries of the checks' a dry run tells."""
    process = planted.deployment.start("--dry-run", f"--tags=@step-{stage.query_step}", tables=TABLE)
    output, _ = process.communicate(timeout=60)
    found = re.search(r"(\d+) quer(?:y|ies) \(the checks'\)", output)
    assert found, output
    return int(found[1])


@pytest.mark.long
def test_a_day_of_many_rows_passes(tmp_path: Path) -> None:
    """With three rows the sandbox's engine had memory for two such queries at once, and with these it had not."""
    for deployment in deployed(tmp_path / "reports", seed=False):
        clients, day = Clients(deployment.box.endpoint, deployment.box.region), datetime.now(UTC).date()
        wide.plant(clients, 500, day)
        wide.crawl(clients)
        played = Planted(deployment, day).play(RECAST)
        assert played.exit_code == 0, played.output
