"""verdict.json, and its JSON Schema."""

from __future__ import annotations

from pathlib import Path

import msgspec

from acceptance.verdict.model import Verdict
from acceptance.verdict.sentence import sentence

TOLD = {"state": "string", "exit_code": "integer", "sentence": "string"}
"""What verdict.json says in addition to the data, for other programs; it follows from the data and is not read back."""


def schema() -> bytes:
    """The JSON Schema of verdict.json."""
    found = msgspec.json.schema(Verdict)
    properties = found["$defs"]["Verdict"]["properties"]
    found["$defs"]["Verdict"]["properties"] = {
        name: {"type": kind} for name, kind in TOLD.items()
    } | properties
    return _indented(found)


def write(verdict: Verdict, path: Path) -> None:
    path.write_bytes(_indented(_told(verdict) | msgspec.to_builtins(verdict)))


def _told(verdict: Verdict) -> dict[str, object]:
    return {"state": verdict.state, "exit_code": verdict.exit_code, "sentence": sentence(verdict)}


def _indented(data: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


def read(path: Path) -> Verdict:
    """Raises `msgspec.ValidationError` for a file that is not a verdict of this schema."""
    return msgspec.json.decode(path.read_bytes(), type=Verdict)
