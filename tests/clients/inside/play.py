"""`python play.py <client>`: makes the client's calls, and prints each outcome as a line of JSON."""

from __future__ import annotations

import importlib
import json
import sys

from calls import CALLS


def main(client: str) -> int:
    importlib.import_module(f"with_{client}")
    failed = False
    for each in CALLS:
        outcome, told = each.outcome()
        failed = failed or outcome == "failed"
        print(json.dumps({"call": each.name, "outcome": outcome, "told": told}), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
