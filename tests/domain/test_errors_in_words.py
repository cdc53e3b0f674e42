"""Exceptions from elsewhere: a bug of the suite can be found, and none but a bug is called one."""

from __future__ import annotations

import json

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from acceptance.findings import BUGS, Blocked, Failure, LogMissing, SuiteError
from acceptance.privacy.errors_in_words import explain, finding_of

HERE = "tests/domain/test_errors_in_words.py"


def raised(call: object) -> Exception:
    try:
        call()  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError("nothing was raised")


def look_up() -> str:
    return {"id": "jane.doe@example.org"}["name of jane.doe@example.org"]


def test_a_bug_tells_the_lines_of_code_and_no_data() -> None:
    found = finding_of(raised(look_up))
    inner, outer = found.look.split(", called from ")
    assert inner.startswith(f"{HERE}:") and inner.endswith(" in look_up")
    assert outer.startswith(f"{HERE}:") and outer.endswith(" in raised")
    assert found.what.startswith("KeyError: ") and "a bug of the suite" in found.what
    assert "report it" in found.do
    assert "jane" not in explain(raised(look_up)) and found.look in explain(raised(look_up))


def test_frames_of_packages_are_told_by_package_and_those_of_python_by_file() -> None:
    of_package = finding_of(raised(lambda: msgspec.json.schema(object()))).look
    assert of_package.startswith("msgspec/")
    assert "site-packages" not in of_package and "/work" not in of_package
    assert finding_of(raised(lambda: json.loads("{"))).look.startswith("decoder.py:")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyError("x"), "suite-bug"),
        (AssertionError(), "assertion-failed"),
        (SuiteError("no"), "suite-refuses"),
        (Failure("a-code", "x", expected="", observed="", look="", do=""), "a-code"),
        (EndpointConnectionError(endpoint_url="https://glue"), "aws-not-reached"),
        (ConnectionResetError(104, "reset"), "aws-not-reached"),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "GetJob"), "access-denied"),
        (ClientError({"Error": {"Code": "Odd"}}, "GetJob"), "aws-refused"),
        (OSError(28, "No space left on device"), "machine-refused"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_what_is_called_a_bug(error: BaseException, code: str) -> None:
    assert finding_of(error).code == code
    assert (code in BUGS) == (code in ("suite-bug", "assertion-failed"))


def test_no_field_tells_a_secret() -> None:
    key = "AKIAIOSFODNN7EXAMPLE"
    failure = Failure("a-code", key, table=key, expected=key, observed=key, look=key, do=key, ask=key)
    for error in (
        failure,
        Blocked("a-code", key, key, table=key),
        LogMissing(key, key, look=key, observed=key, do=key),
    ):
        assert key not in str(finding_of(error)) and key not in repr(finding_of(error))
