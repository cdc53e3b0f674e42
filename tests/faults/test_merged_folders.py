"""Seeded fault of the parse crawler: the folders of several tables become one table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from acceptance.pipeline import PARSE
from tests.playing import BROKEN, SOUND, Deployment


@pytest.mark.parametrize(
    "grouping", [{}, {"Grouping": {"TableLevelConfiguration": 4}}], ids=["similar", "level"]
)
def test_sibling_folders_in_one_table(bare_deployment: Deployment, grouping: dict[str, Any]) -> None:
    """The crawler finds them similar, or is set to the level above: one table with a partition key more."""
    configuration = json.dumps({"Version": 1.0, **grouping})
    bare_deployment.client("glue").update_crawler(Name=PARSE.crawler, Configuration=configuration)
    played = bare_deployment.play("features/1-api-ingestion", "features/2-parse-increments")
    for table in (BROKEN, SOUND):
        assert played.finding("2.3.2", table).code == "data-not-crawled"
        message = played.failure("2.3.2", table)
        assert message.startswith(f"{table}: today's data is not in the Data Catalog")
        assert f"no table {table}: the folder went into the table parsed, which lies above it" in message
        assert played.failed_step("2.3.2", table).startswith("the Data Catalog has today's parse data")
