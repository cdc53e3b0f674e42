"""Memory for queries of hundreds of columns: what the engine takes grows with a text, however few the rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pytest

from acceptance.pipeline import PARSE, RECAST
from acceptance.queries.recast import Recast
from sandbox.athena import QueryEngine
from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox.lake import Lake

DAY = date(2024, 1, 1)
DATABASE, TABLE = "memory", "wide"
KINDS = ("int", "boolean", "double", "timestamp")
TYPES = {f"{kind}_{number}": kind for kind in KINDS for number in range(10)}
MB_A_COLUMN = 1.5


@pytest.fixture(scope="module")
def recast(box: Sandbox) -> Iterator[str]:
    """The checks' query of step 3.2.4 for a table of one row."""
    lake = Lake(Clients(box.endpoint, box.region), DATABASE).create()
    values = dict(zip(PARSE.partition_keys, PARSE.partition_values(DAY), strict=True))
    for stage in (PARSE, RECAST):
        types = TYPES if stage is RECAST else dict.fromkeys(TYPES, "string")
        columns = {"id": "string", "page_number": "bigint", **types}
        name = stage.catalog_table(TABLE)
        lake.table(name, columns, dict.fromkeys(values, "string"))
        lake.put(name, pa.table({"id": ["1"], "page_number": [1]}), **values)
        lake.partition(name, columns, **values)
    (query,) = Recast(DATABASE, DATABASE, TABLE, [DAY], TYPES, []).queries()
    yield query


def test_memory_grows_with_the_columns_and_no_faster(box: Sandbox, recast: str) -> None:
    """The recast of 376 columns of `applications` took 8 GB: DuckDB made a join of each list of five values."""
    engine = QueryEngine(Clients(box.endpoint, box.region))
    engine.duckdb.execute(f"SET memory_limit = '{MB_A_COLUMN * len(TYPES):.0f}MB'")
    (row,) = engine.run(engine.read(recast), DATABASE).rows
    engine.close()
    assert row[1] == "1"  # matched_count
