"""Exceptions in words for people: what happened, what to do. Never data (`acceptance.privacy.foreign_text`)."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NoConnection

from acceptance.error_codes import DENIED, EXPIRED, THROTTLED
from acceptance.findings import Finding, SuiteError
from acceptance.privacy.foreign_text import discretion
from acceptance.privacy.redaction import scrub
from acceptance.settings import SettingsError
from acceptance.wording import count


def explain(error: BaseException) -> str:
    """One paragraph, without secrets."""
    return in_a_paragraph(finding_of(error))


def in_a_paragraph(found: Finding) -> str:
    return "; ".join(filter(None, [str(found), found.look, found.do]))


def finding_of(error: BaseException) -> Finding:
    """The finding that an exception carries, or else one that tells what went wrong; without secrets."""
    return scrub(_finding_of(error))


def _finding_of(error: BaseException) -> Finding:
    if isinstance(found := getattr(error, "finding", None), Finding):
        return found
    if isinstance(error, SettingsError):
        return Finding("bad-input", str(error))
    if isinstance(error, AssertionError):
        what = str(error) or "an assertion failed without a message"
        return Finding("assertion-failed", what, look=frames(error))
    if isinstance(error.__cause__, (ClientError, BotoCoreError, SuiteError)):
        return _finding_of(error.__cause__)  # pyathena puts AWS's errors into its own
    if isinstance(error, KeyboardInterrupt):
        return Finding("interrupted", "interrupted")
    if isinstance(error, ClientError):
        return _client_error(error)
    if isinstance(error, NoCredentialsError):
        return Finding(
            "no-credentials",
            "no AWS credentials were found; log in (aws sso login) and say which profile: AWS_PROFILE=…",
        )
    if isinstance(error, (HTTPClientError, NoConnection, ConnectionError)):
        return Finding(
            "aws-not-reached",
            f"AWS could not be reached: {error}; this says nothing of the product: try again",
        )
    if isinstance(error, BotoCoreError):
        return Finding("aws-not-asked", f"AWS could not be asked: {error}")
    said = discretion.exception(error)
    name = f"{type(error).__name__}{said and f': {said}'}"
    if isinstance(error, OSError) and error.errno:
        return Finding("machine-refused", f"{name} ({error.strerror}): this says nothing of the product")
    return Finding(
        "suite-bug",
        f"{name}: a bug of the suite, which says nothing of the product",
        look=frames(error),
        do="report it with these lines of code and the command that plays it again",
    )


def frames(error: BaseException) -> str:
    """The lines of code that an exception went through, the innermost first: they hold no data."""
    places = [
        f"{place}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if not (place := _place(Path(frame.f_code.co_filename))).startswith(_RUNS_STEPS)
    ]
    return ", called from ".join(reversed(places))


_ROOT = Path(__file__).parents[2]
_RUNS_STEPS = ("behave/", "harness/flow.py")  # where every step is called from


def _place(file: Path) -> str:
    """Within the project, or within an installed package; of Python's own, the name."""
    if "site-packages" in file.parts:
        return "/".join(file.parts[file.parts.index("site-packages") + 1 :])
    absolute = _ROOT / file
    return absolute.relative_to(_ROOT).as_posix() if absolute.is_relative_to(_ROOT) else file.name


def _client_error(error: ClientError) -> Finding:
    code = error.response.get("Error", {}).get("Code", "")
    text = error.response.get("Error", {}).get("Message", "")
    answer = error.response.get("ResponseMetadata", {})
    action = error.operation_name
    tries = f", {count(answer.get('RetryAttempts', 0) + 1, 'time')}"
    if code in EXPIRED:
        return Finding(
            "credentials-expired",
            f"the AWS credentials are no longer valid ({code} on {action}); log in again and start anew",
        )
    if code in DENIED:
        return Finding(
            "access-denied",
            f"access denied on {action}: {text}; ask the Data Platform team for a role that allows it",
        )
    if code in THROTTLED:
        return Finding(
            "throttled",
            f"AWS throttled {action}{tries}: {code}: {text}; nothing is said of the product. Run again when less goes "
            "on in the account; if it goes on, ask for a higher rate (AWS Service Quotas)",
        )
    if answer.get("HTTPStatusCode", 0) >= 500:
        return Finding(
            "aws-failed",
            f"AWS itself failed on {action}{tries}: {code}: {text}; nothing is said of the product. Run again; if it "
            "goes on, see the AWS Health Dashboard and ask AWS support",
        )
    if error.operation_name == "StartQueryExecution" and re.match(r"line \d+:\d+: ", text):
        # how Athena refuses what is no SQL (guardian/athena-cli issue 39)
        return Finding(
            "query-no-sql",
            f"Athena does not take the suite's query for SQL: {text}; a bug of the suite: please report it",
        )
    if "WorkGroup" in text:  # Athena answers InvalidRequestException for many things
        return Finding(
            "workgroup-refused",
            f"Athena refused {action}: {text} Nothing is said of the product: see that this is the right account and "
            "region, else ask the Data Platform team to have the workgroup deployed there",
        )
    return Finding("aws-refused", f"AWS refused {action}: {code}: {text}; nothing is said of the product")
