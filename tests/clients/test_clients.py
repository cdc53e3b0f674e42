"""Clients of other makers, each in its environment; and docs/clients.md, held to what they do."""

from __future__ import annotations

import ast
import re

import pytest

import sandbox
from tests.behaviour.playbook import ROOT
from tests.clients.environments import INSIDE, NAMES, Missing, environment, play, versions

TABLE = re.compile(r"^\| `(\w+)` \| ([^|]+) \| (\d+) \| (\d+) \|", re.MULTILINE)


def calls(name: str) -> tuple[int, int]:
    """How many calls are made that must succeed, and how many that must be refused."""
    tree = ast.parse((INSIDE / f"with_{name}.py").read_text("utf-8"))
    marks = [
        ast.unparse(mark)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
    ]
    return marks.count("call"), sum(mark.startswith("refused(") for mark in marks)


def test_the_documents_table_is_the_codes() -> None:
    table = {
        name: (version, int(done), int(refused))
        for name, version, done, refused in TABLE.findall((ROOT / "docs" / "clients.md").read_text("utf-8"))
    }
    assert table == {name: (versions(name), *calls(name)) for name in NAMES}


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_client(name: str) -> None:
    try:
        python = environment(name)
    except Missing as missing:
        pytest.skip(str(missing))
    with sandbox.start() as box:
        outcomes = list(play(name, python, box.endpoint, box.region))
    assert [each for each in outcomes if each.failed] == []
    assert len(outcomes) == sum(calls(name))
