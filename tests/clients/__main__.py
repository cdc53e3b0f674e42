"""`python -m tests.clients [names]`: play clients of other makers against one sandbox, and print what came of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

import sandbox
from sandbox.process import Sandbox
from tests.clients.environments import NAMES, Missing, Outcome, environment, play, versions


def main(arguments: list[str] | None = None) -> int:
    """1 where a call went otherwise than it must; a client that cannot be installed is passed over."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.clients", description=(__doc__ or "").partition(": ")[2]
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)} (default: all)")
    names = parser.parse_args(arguments).names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"no such client: {', '.join(sorted(unknown))}")
    with sandbox.start() as box:
        failed = [name for name in names if not _played(name, box)]
    return 1 if failed else 0


def _played(name: str, box: Sandbox) -> bool:
    """Whether all went as it must."""
    try:
        outcomes = list(play(name, environment(name), box.endpoint, box.region))
    except Missing as missing:
        print(f"{name:<20} {missing}", flush=True)
        return True
    print(f"{name:<20} {versions(name):<45} {_counted(outcomes)}", flush=True)
    for each in outcomes:
        if each.failed:
            print(f"  {each.call}: {each.told[:600]}", flush=True)
    return not any(each.failed for each in outcomes)


def _counted(outcomes: Iterable[Outcome]) -> str:
    found = [each.outcome for each in outcomes]
    return ", ".join(f"{found.count(kind)} {kind}" for kind in ("done", "refused", "failed"))


if __name__ == "__main__":
    sys.exit(main())
