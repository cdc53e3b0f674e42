"""`python -m acceptance.report reports/DPP-426/<run>/verdict.json`: draw a run's report again."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

import msgspec

from acceptance import terminal
from acceptance.report import files, summary
from acceptance.verdict import file


def main() -> int:
    """Exits like the run did; 2 for a file that cannot be read or is no verdict."""
    terminal.make_plain()
    parser = ArgumentParser(prog="python -m acceptance.report", description="Draw a run's report again.")
    parser.add_argument(
        "verdict", type=Path, nargs="?", help="a run's verdict.json; the outputs go beside it"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of verdict.json instead")
    arguments = parser.parse_args()
    if arguments.schema:
        sys.stdout.write(file.schema().decode())
        return 0
    if arguments.verdict is None:
        parser.error("which verdict.json?")
    path = arguments.verdict.resolve()
    try:
        verdict = file.read(path)
    except (OSError, msgspec.DecodeError) as problem:
        parser.error(f"{path}: {problem}")
    told, page = files.publish(verdict, path.parent)
    summary.show(told, page)
    return told.exit_code


if __name__ == "__main__":
    sys.exit(main())
