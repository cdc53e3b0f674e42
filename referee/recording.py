"""Trino's answers as data for the tests: `tests/sandbox/trino/*.jsonl`, a line a query."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from referee.answers import Found
from referee.questions import RECORDED, Question, is_about_tables, read

_LONGEST = 300  # characters of a refusal that are kept


def write(name: str, questions: Sequence[Question], answers: Mapping[str, Found]) -> None:
    """What was not asked, and what is about other data than the sandbox's, stays as it was."""
    path = RECORDED / f"{name}.jsonl"
    before = read(name) if path.exists() else [{"about": each.about, "sql": each.sql} for each in questions]
    lines = [
        _question(each) | answer(answers[each["sql"]])
        if each["sql"] in answers and not is_about_tables(each)
        else each
        for each in before
    ]
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines), encoding="utf-8")


def _question(line: Mapping[str, Any]) -> dict[str, Any]:
    return {key: line[key] for key in ("about", "mode", "file", "table", "sql") if key in line}


def answer(found: Found) -> dict[str, Any]:
    if found.reason:
        return {"error": found.reason.partition("\n")[0][:_LONGEST]}
    return {"names": found.names, "types": found.types, "rows": found.rows}
