"""Objects below many addresses: one call for tables that lie together, and for each alone where that is too much."""

from __future__ import annotations

import pytest

from acceptance.aws.s3_objects import objects_at, objects_at_each
from acceptance.environments import ENVIRONMENTS, Zone
from acceptance.pipeline import PARSE, RECAST, SNAPSHOT
from tests.aws import connect
from tests.playing import Deployment

pytestmark = pytest.mark.xdist_group("healthy")

BUCKET = ENVIRONMENTS["local"].bucket(Zone.REFINED)
TABLES = ("wards", "fee_types", "emails")
FIRST_PAGE = (
    f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>true</IsTruncated><KeyCount>0</KeyCount>"
    "<NextContinuationToken>more</NextContinuationToken></ListBucketResult>"
)


def address(prefix: str, bucket: str = BUCKET) -> str:
    return f"s3://{bucket}/{prefix}"


def a_partition(deployment: Deployment, prefix: str) -> str:
    """The address of the partition of a table's first object."""
    listed = deployment.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix, MaxKeys=1)
    return address(listed["Contents"][0]["Key"].rpartition("/")[0] + "/")


@pytest.fixture
def addresses(healthy: Deployment) -> list[str]:
    partitions = [a_partition(healthy, RECAST.prefix(table)) for table in TABLES]
    tables = [address(SNAPSHOT.prefix(table)).rstrip("/") for table in TABLES]
    alone = [address(PARSE.prefix("wards"), ENVIRONMENTS["local"].bucket(Zone.RAW)), address("nothing/here/")]
    return [*partitions, *tables, *alone]


@pytest.mark.parametrize(("truncated", "calls"), [(False, 4), (True, 10)])
def test_all_are_listed(
    healthy: Deployment,
    addresses: list[str],
    monkeypatch: pytest.MonkeyPatch,
    truncated: bool,
    calls: int,
) -> None:
    aws = connect(healthy.box, monkeypatch)
    expected = {each: list(objects_at(aws, each)) for each in addresses}
    assert [bool(found) for found in expected.values()] == [True] * 7 + [False]
    healthy.box.clear()
    try:
        if truncated:
            healthy.box.faults([{"action": "ListObjectsV2", "times": 2, "status": 200, "body": FIRST_PAGE}])
        assert objects_at_each(aws, addresses) == expected
        assert [call["action"] for call in healthy.box.calls()] == ["ListObjectsV2"] * calls
    finally:
        healthy.box.clear()


def test_a_table_with_a_neighbours_name_at_its_start(
    healthy: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = connect(healthy.box, monkeypatch)
    both = [address(RECAST.prefix(table)) for table in ("appeals", "appeal_types")]
    found = objects_at_each(aws, both)
    assert all(item.key.startswith(RECAST.prefix("appeals")) for item in found[both[0]])
    assert found == {each: list(objects_at(aws, each)) for each in both}
