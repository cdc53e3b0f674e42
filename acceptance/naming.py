"""The names that the suite gives: of what it creates in AWS for a ticket, and of the files next to its reports."""

from __future__ import annotations

import re

CLONE = re.compile(r"-TEST-[A-Z][A-Z0-9]+-\d+|-copy\d*$")
"""In names of clones: of this and other tickets' test jobs, and of what the console calls a clone not yet named."""


def test_job(original: str, ticket: str) -> str:
    """The ticket's clone of a job, as the playbook has it named."""
    return f"{original}-TEST-{ticket}"


def test_script(original: str, ticket: str) -> str:
    """The ticket's copy of a script, next to the original: names, or addresses."""
    return f"{original.removesuffix('.py')}-{ticket}.py"


def lock(ticket: str) -> str:
    """The object, next to the test scripts, by which one run of a ticket at a time is ensured."""
    return f"{ticket}.lock.json"


def lost_pages(ticket: str) -> str:
    """The object, next to the lock, that remembers pages that were found missing."""
    return f"{ticket}.lost-pages.json"


def rollback(ticket: str) -> str:
    """The object, next to the lock, that says which way back is under way."""
    return f"{ticket}.rollback.json"


# files next to the ticket's reports, each of one environment


def created_resources(environment: str) -> str:
    """What was created in AWS, and is to be removed."""
    return f"created-{environment}.jsonl"


def unfinished(environment: str) -> str:
    """What an interrupted run has started."""
    return f"unfinished-{environment}.json"


def baseline(environment: str) -> str:
    """How the tables not under test were."""
    return f"baseline-{environment}.json"
