"""Rows for the report, where the run's parameter `samples` asks for them: without what identifies people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from acceptance.evidence import Evidence, Kind

PERSONAL = "(withheld: may identify a person)"
_LONGEST = 200  # characters of a value

_IDENTIFIES = re.compile(
    r"name|surname|initials|e_?mail|phone|mobile|fax|addr|street|road|house|building|flat|town|post_?code|uprn|usrn|"
    r"easting|northing|coordinate|latitude|longitude|birth|dob$|gender|ethnic|national_insurance|nino|passport|licen[cs]e|"
    r"contact|applicant|agent|owner|occupier|complainant|objector|neighbour|customer|signature|comment|note|description|"
    r"account_number|sort_code|iban|^text$|ip_address"
)
"""Parts of column names. Free text counts: people write names and addresses into it."""


def identifies(column: str) -> bool:
    """Whether a column's values may say who somebody is, by its name."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()
    return bool(_IDENTIFIES.search(re.sub(r"[^a-z0-9]+", "_", plain)))


def id_of(value: Any) -> str:
    """An id, to find a row by; what is no plain word is none."""
    text = str(value)
    return text if re.fullmatch(r"[\w-]{1,40}", text, re.ASCII) else "(no plain id)"


def evidence(title: str, rows: Iterable[Mapping[str, Any]]) -> Evidence:
    """The rows as a table, with no more than the names of columns that identify people."""
    import pandas as pd  # takes half a second, and rows are shown on request alone

    told = [{column: _told(column, value) for column, value in row.items()} for row in rows]
    with pd.option_context("display.max_colwidth", None):
        table = pd.DataFrame(told).to_string(index=False)
    return Evidence(Kind.ROWS, f"{title}: sampled rows, which may be personal data", text=table)


def _told(column: str, value: Any) -> str:
    if value is None:
        return "null"
    if identifies(column):
        return PERSONAL
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return _record(value)
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _record(text: str) -> str:
    """A JSON record, each of its keys like a column."""
    try:
        found = json.loads(text)
    except ValueError:
        return PERSONAL  # nobody can tell what is in it
    return _structure(found)


def _structure(found: Any) -> str:
    if isinstance(found, dict):
        return "{" + ", ".join(f"{key} {_told_within(key, value)}" for key, value in found.items()) + "}"
    if isinstance(found, list):
        return "[" + ", ".join(_structure(each) for each in found) + "]"
    return _told("", found)


def _told_within(key: str, value: Any) -> str:
    return PERSONAL if identifies(key) and value is not None else _structure(value)
