"""Records that outlive a run, next to the ticket's reports: of one ticket, account and day; whole or not there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from acceptance.aws.identity import Identity
from acceptance.aws.session import Aws
from acceptance.settings import Settings


@dataclass(frozen=True)
class Place:
    """What a record is of: it says nothing of another account, nor of another day."""

    ticket: str
    environment: str
    account: str
    region: str
    endpoint: str  # of AWS, or of one sandbox
    day: str  # yyyymmdd, UTC

    @classmethod
    def of(cls, settings: Settings, identity: Identity, aws: Aws, day: date) -> Place:
        return cls(
            settings.ticket,
            settings.env.name,
            identity.account,
            settings.env.region,
            aws.glue.meta.endpoint_url,
            f"{day:%Y%m%d}",
        )


@dataclass(frozen=True)
class _Dated:
    """Of any record, where and when it was made."""

    place: Place


class Record(Protocol):
    @property
    def place(self) -> Place: ...
    @property
    def schema_version(self) -> int: ...


R = TypeVar("R", bound=Record)


def read(path: Path, kind: type[R], place: Place, schema_version: int) -> R | None:
    """The record in a file; None where there is none, or it is of another place or version."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found if (found.place, found.schema_version) == (place, schema_version) else None


def read_latest(path: Path, kind: type[R], place: Place, schema_version: int) -> R | None:
    """The record in a file, of whatever day."""
    try:
        day = msgspec.json.decode(path.read_bytes(), type=_Dated).place.day
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return read(path, kind, replace(place, day=day), schema_version)


def write(path: Path, record: Record) -> None:
    """At once or not at all: a run may be ended at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.encode(record))
    unfinished.replace(path)
