"""What a workflow makes of a run: step summary, outputs for the steps after it, and an error where there is none.

    PYTHONPATH=. python .ci/verdict.py DPP-426 20261123T081530Z

looks for the run of the ticket that began at that time (UTC) or later. Exits with 0 where the run has come to a
verdict on the tables, whatever it is, and with 3 where it has not: that is for operations, not for the ticket.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from acceptance.report.files import SUMMARY, VERDICT
from acceptance.verdict import file
from acceptance.verdict.model import State
from acceptance.verdict.sentence import sentence

NO_VERDICT = 3
UNFINISHED = (State.ERROR, State.INTERRUPTED)


def main(ticket: str, began: str) -> int:
    # a run's folder is named after the time at which it began
    folders = [path.parent for path in Path("reports", ticket).glob(f"*Z-*/{VERDICT}")]
    folder = max((folder for folder in folders if folder.name >= began), default=None)
    if folder is None:
        return _unfinished(
            "not started", "the playbook did not start; what hindered it stands in its step's log"
        )
    verdict = file.read(folder / VERDICT)
    _append("GITHUB_STEP_SUMMARY", (folder / SUMMARY).read_text("utf-8"))
    outputs = {
        "folder": folder.as_posix(),
        "state": verdict.state.value,
        "sentence": _line(sentence(verdict)),
    }
    _append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in outputs.items()))
    print(f"{verdict.state}: {outputs['sentence']}")
    return _unfinished(verdict.state, sentence(verdict)) if verdict.state in UNFINISHED else 0


def _unfinished(title: str, message: str) -> int:
    print(f"::error title={title}::{_line(message)}")
    return NO_VERDICT


def _append(variable: str, text: str) -> None:
    """Add to one of the files that the runner names in the environment."""
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


def _line(text: str) -> str:
    """One line, so that nothing in it is taken for another output or command of the workflow."""
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
