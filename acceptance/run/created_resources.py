"""What the suite creates for a ticket, written down before it is created: so it can be removed after a crash too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


class CreatedResources:
    """An append-only file of JSON lines: {"created": kind, "name": …, "keep": bool}, {"removed": kind, "name": …}.

    What a run creates to keep (`keep=true`) outlasts later runs too, until one creates it anew without.
    """

    def __init__(self, path: Path, keep: bool = False) -> None:
        self.path, self.keep = path, keep

    def created(self, kind: str, name: str) -> None:
        self._append({"created": kind, "name": name, "keep": self.keep})

    def removed(self, kind: str, name: str) -> None:
        self._append({"removed": kind, "name": name})

    def standing(self) -> list[tuple[str, str]]:
        """(kind, name) of what was created, is not to be kept and not yet removed, the newest first."""
        return [thing for thing, keep in reversed(self._standing().items()) if not keep]

    def everything(self) -> list[tuple[str, str]]:
        """As `standing`, with what is to be kept."""
        return list(reversed(self._standing()))

    def _standing(self) -> dict[tuple[str, str], bool]:
        """What is there, and whether it is to be kept; the oldest first."""
        standing: dict[tuple[str, str], bool] = {}
        for entry in self._entries():
            if "created" in entry:
                standing.pop((entry["created"], entry["name"]), None)
                standing[entry["created"], entry["name"]] = entry["keep"]
            else:
                standing.pop((entry["removed"], entry["name"]), None)
        return standing

    def _entries(self) -> Iterator[dict[str, Any]]:
        for line in self.path.read_text("utf-8").splitlines() if self.path.exists() else []:
            with suppress(
                json.JSONDecodeError
            ):  # a run was killed while it wrote, before it created anything
                yield json.loads(line)

    def _append(self, entry: dict[str, str | bool]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
