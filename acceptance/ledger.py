"""What the suite creates for a ticket, written down before it is created: so it can be removed after a crash too."""

from __future__ import annotations

import json
from pathlib import Path


class Ledger:
    """An append-only file of JSON lines: {"created"|"removed": kind, "name": name}."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def created(self, kind: str, name: str) -> None:
        self._append({"created": kind, "name": name})

    def removed(self, kind: str, name: str) -> None:
        self._append({"removed": kind, "name": name})

    def standing(self) -> list[tuple[str, str]]:
        """(kind, name) of what was created and not yet removed, the newest first."""
        standing: dict[tuple[str, str], None] = {}
        for line in self.path.read_text("utf-8").splitlines() if self.path.exists() else []:
            entry = json.loads(line)
            if "created" in entry:
                standing[entry["created"], entry["name"]] = None
            else:
                standing.pop((entry["removed"], entry["name"]), None)
        return list(reversed(standing))

    def _append(self, entry: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
