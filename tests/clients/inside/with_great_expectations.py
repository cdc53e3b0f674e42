"""Great Expectations, over SQLAlchemy and PyAthena."""

from __future__ import annotations

from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from calls import RAW_DATABASE, REGION, RESULTS, WORKGROUP, call, refused

ADDRESS = (
    f"awsathena+rest://@athena.{REGION}.amazonaws.com:443/{RAW_DATABASE}"
    f"?work_group={WORKGROUP}&poll_interval=0.05&s3_staging_dir=s3://{RESULTS}/clients/"
)
CONTEXT = gx.get_context(mode="ephemeral")
SOURCE: Any = CONTEXT.data_sources.add_sql("sandbox", connection_string=ADDRESS, create_temp_table=False)


def table(name: str) -> Any:
    asset = next((each for each in SOURCE.assets if each.name == name), None)
    asset = asset or SOURCE.add_table_asset(name, table_name=name)
    if not asset.batch_definitions:
        asset.add_batch_definition_whole_table("all")
    return asset.batch_definitions[0]


def validated(*expectations: Any, of: Any = None) -> Any:
    batch = (of or table("wards")).get_batch()
    return batch.validate(gx.ExpectationSuite("asked", expectations=list(expectations)))


@call
def test_connection() -> None:
    SOURCE.test_connection()


@refused("does not exist")
def asset_of_a_table_that_is_not_there() -> None:
    SOURCE.add_table_asset("nobodys", table_name="nobodys")


@call
def expectations_that_are_met() -> None:
    found = validated(
        gxe.ExpectTableRowCountToBeBetween(min_value=1),
        gxe.ExpectColumnToExist(column="import_date"),
        gxe.ExpectColumnValuesToNotBeNull(column="id"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["id", "import_date"]),
        gxe.ExpectColumnValueLengthsToEqual(column="import_date", value=8),
        gxe.ExpectColumnDistinctValuesToContainSet(column="import_year", value_set=["2026"]),
    )
    assert found.success, found.describe()


@call
def expectations_that_are_not_met() -> None:
    found = validated(
        gxe.ExpectColumnValuesToBeInSet(column="id", value_set=["none"]),
        gxe.ExpectColumnValuesToBeUnique(column="import_date"),
    )
    assert [each.success for each in found.results] == [False, False]
    assert all(each.result["unexpected_count"] > 0 for each in found.results)


@call
def expectations_of_numbers() -> None:
    found = validated(
        gxe.ExpectColumnMinToBeBetween(column="page_number", min_value=0, max_value=1),
        gxe.ExpectColumnMedianToBeBetween(column="page_number", min_value=0, max_value=1000),
        gxe.ExpectColumnValuesToBeOfType(column="page_number", type_="BIGINT"),
        of=table("api_response_wards"),
    )
    assert found.success, found.describe()


@refused(r"NOT_SUPPORTED: .*avg\(decimal\)")
def expectations_of_a_mean() -> None:
    """Great Expectations multiplies by 1.0, which is a decimal."""
    found = validated(
        gxe.ExpectColumnMeanToBeBetween(column="page_number", min_value=0), of=table("api_response_wards")
    )
    assert found.success, str(found)


@call
def asset_of_a_query() -> None:
    asset = SOURCE.add_query_asset("asked", query="SELECT id FROM wards WHERE id = '1'")
    batch = asset.add_batch_definition_whole_table("all")
    found = validated(gxe.ExpectColumnValuesToBeInSet(column="id", value_set=["1"]), of=batch)
    assert found.success, found.describe()
