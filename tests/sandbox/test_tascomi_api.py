"""The Tascomi API on loopback: its protocol, its faults, and the records it shows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import urllib3

from sandbox.tascomi.api import RESULTS_PER_PAGE, TascomiApi, signature
from sandbox.tascomi.records import AWKWARD, records
from sandbox.tascomi.resources import deployed, learn, resources

TODAY = date(2026, 3, 29)
PUBLIC, PRIVATE = "the public key", "the private key"


@pytest.fixture
def api() -> Iterator[TascomiApi]:
    api = TascomiApi(PUBLIC, PRIVATE, today=lambda: TODAY)
    api.start()
    yield api
    api.stop()


def get(api: TascomiApi, path: str, moment: datetime | None = None) -> urllib3.BaseHTTPResponse:
    hashed = signature(PUBLIC, PRIVATE, moment or datetime.now(UTC))
    headers = {"X-Public": PUBLIC, "X-Hash": hashed}
    return urllib3.request("GET", f"{api.url}/rest/v1/{path}", headers=headers, retries=False)


def set_faults(api: TascomiApi, *faults: dict[str, Any]) -> None:
    response = urllib3.request("POST", f"{api.url}/_sandbox/faults", body=json.dumps(faults).encode())
    assert response.status == 200


def ids(response: urllib3.BaseHTTPResponse) -> list[str]:
    return [record["id"] for record in response.json()]


# -- the protocol ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "in_london"),
    [
        (datetime(2026, 7, 1, 12, 30, tzinfo=UTC), b"202607011330"),
        (datetime(2026, 1, 1, 12, 30, tzinfo=UTC), b"202601011230"),
    ],
)
def test_hash_is_taken_over_the_public_key_and_london_time(moment: datetime, in_london: bytes) -> None:
    digest = hashlib.sha256(PUBLIC.encode() + in_london).hexdigest()
    wanted = hmac.new(PRIVATE.encode(), digest.encode(), hashlib.sha256).hexdigest()
    assert base64.b64decode(signature(PUBLIC, PRIVATE, moment)).decode() == wanted


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (-1, 200), (1, 200), (-3, 401), (60, 401)])
def test_hash_may_be_a_minute_off(api: TascomiApi, minutes: int, status: int) -> None:
    assert get(api, "wards?page=1", datetime.now(UTC) + timedelta(minutes=minutes)).status == status


def test_request_without_keys_is_refused(api: TascomiApi) -> None:
    assert urllib3.request("GET", f"{api.url}/rest/v1/wards", retries=False).status == 401


def test_pages_together_are_all_the_records(api: TascomiApi) -> None:
    pages = [get(api, f"enforcement_breaches?page={number}") for number in (1, 2, 3)]
    found = records("enforcement_breaches", TODAY)
    assert [record for page in pages for record in page.json()] == list(found)
    assert {page.headers["X-Number-Of-Results"] for page in pages} == {str(len(found))}
    assert {page.headers["X-Results-Per-Page"] for page in pages} == {str(RESULTS_PER_PAGE)}


def test_a_page_past_the_end_is_empty(api: TascomiApi) -> None:
    assert get(api, "wards?page=2").json() == []


def test_one_day_s_updates(api: TascomiApi) -> None:
    response = get(api, "appeals?page=1&last_updated=2026-03-28")
    updated = [each for each in records("appeals", TODAY) if str(each["last_updated"])[:10] == "2026-03-28"]
    assert response.json() == updated != []


def test_no_results_is_202_without_a_body(api: TascomiApi) -> None:
    response = get(api, "decision_levels?last_updated=2026-03-28")
    assert (response.status, response.data, response.headers["X-Number-Of-Results"]) == (202, b"", "0")


def test_unknown_resource_is_404(api: TascomiApi) -> None:
    assert get(api, "WARDS").status == 404


# -- faults ------------------------------------------------------------------------------------------------


def test_a_failing_page_spares_the_others_and_the_count(api: TascomiApi) -> None:
    set_faults(api, {"resource": "enforcement_breaches", "page": 1, "status": 500})
    statuses = [get(api, f"enforcement_breaches{query}").status for query in ("", "?page=1", "?page=2")]
    assert statuses == [200, 500, 200]
    set_faults(api)
    assert get(api, "enforcement_breaches?page=1").status == 200


def test_a_page_that_says_something_else(api: TascomiApi) -> None:
    set_faults(api, {"resource": "wards", "page": 1, "body": "<html>Back soon</html>"})
    assert (get(api, "wards?page=1").status, get(api, "wards?page=1").data) == (
        200,
        b"<html>Back soon</html>",
    )


def test_a_resource_without_results(api: TascomiApi) -> None:
    set_faults(api, {"resource": "wards", "empty": True})
    assert (get(api, "wards").status, get(api, "teams").status) == (202, 200)


def test_other_records_are_filtered_by_day_too(api: TascomiApi) -> None:
    other = [{"id": "1", "last_updated": "2026-03-01 10:00:00"}, {"id": "2", "last_updated": None}]
    set_faults(api, {"resource": "wards", "records": other})
    assert ids(get(api, "wards?page=1")) == ["1", "2"]
    assert ids(get(api, "wards?page=1&last_updated=2026-03-01")) == ["1"]


def test_a_renamed_field(api: TascomiApi) -> None:
    set_faults(api, {"resource": "wards", "rename_field": ["name", "title"]})
    record = get(api, "wards?page=1").json()[0]
    assert "title" in record
    assert "name" not in record


# -- records -----------------------------------------------------------------------------------------------


def test_a_record_changes_only_with_its_last_update() -> None:
    for name in resources():
        before = {record["id"]: record for record in records(name, TODAY - timedelta(days=1))}
        updated = {record["id"] for record in records(name, TODAY, updated=TODAY)}
        changed = [
            record["id"]
            for record in records(name, TODAY)
            if record["id"] in before and record != before[record["id"]]
        ]
        assert set(changed) <= updated, name


def test_something_happens_to_every_resource_every_day_but_to_quiet_ones() -> None:
    for resource in resources().values():
        for back in range(4):
            day = TODAY - timedelta(days=back)
            assert bool(records(resource.name, day, updated=day)) != resource.quiet, (resource.name, day)


def test_values_are_strings_or_null_and_ids_unique() -> None:
    for name in resources():
        shown = records(name, TODAY)
        assert len({record["id"] for record in shown}) == len(shown) == resources()[name].size
        assert {type(value) for record in shown for value in record.values()} <= {str, type(None)}
        assert all(record["id"] and record["last_updated"] for record in shown)


def test_references_are_to_records_that_are_there() -> None:
    wards = {record["id"] for record in records("wards", TODAY)}
    assert {record["ward_id"] for record in records("enforcements", TODAY)} - {None} <= wards


def test_new_tables_have_several_pages_and_applications_its_width() -> None:
    new = [resource for resource in resources().values() if resource.ticket == "DPP-426"]
    assert len(new) == 4
    assert all(2 <= -(-resource.size // RESULTS_PER_PAGE) <= 5 for resource in new)
    assert len(resources()["applications"].columns) == 752
    assert len(deployed()) == 46


# -- a checkout's resources --------------------------------------------------------------------------------


@pytest.fixture
def learnt() -> Iterator[dict[str, Any]]:
    dictionary = {
        kind: {"tree_orders": [f"{kind}_{number}" for number in range(6)]}
        for kind in ("timestamp", "date", "boolean", "float", "double", "integer", "long", "bool")
    }
    before = dict(resources())
    learn(dictionary | {"integer": dictionary["integer"] | {"wards": ["id"]}}, ["trees"], ["tree_types"])
    yield dictionary
    records.cache_clear()
    resources().clear()
    resources().update(before)


READ_AS: dict[str, Callable[[str], object]] = {
    "timestamp": lambda text: text.startswith("0000-00-00") or datetime.fromisoformat(text),
    "date": lambda text: text == "0000-00-00" or date.fromisoformat(text),
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
    "float": float,
    "double": float,
    "integer": lambda text: abs(int(text)) < 2**31 or pytest.fail(text),
    "long": lambda text: abs(int(text)) < 2**63 or pytest.fail(text),
    "bool": str,
}


def test_any_table_of_a_dictionary_is_served_with_values_of_its_types(learnt: dict[str, Any]) -> None:
    found = records("tree_orders", TODAY)
    assert found == records("tree_orders", TODAY)
    for kind, tables in learnt.items():
        values = [record[column] for record in found for column in tables["tree_orders"]]
        assert None in values
        assert all(READ_AS[kind](value) is not None for value in values if value is not None)
        odd = AWKWARD.get(kind, ())
        assert set(odd) <= set(values), f"{kind}: {set(odd) - set(values)}"
    assert len(found) % RESULTS_PER_PAGE, "the last page is full"
    assert len({record["id"] for record in found}) == len(found)


def test_tables_of_the_lists_alone_are_served_too(learnt: dict[str, Any]) -> None:
    assert resources()["tree_types"].schedule == "weekly"
    assert {"id", "name", "description", "last_updated"} <= set(records("trees", TODAY)[0])
    assert not resources()["wards"].awkward, "what is known stays as it is"
