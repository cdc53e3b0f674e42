"""Pages that the API promised and that are not there, remembered next to the ticket's lock.

Only the log of the job run that asked for them tells how many were promised, and Glue forgets a test job's runs with
the job. So what was found missing is written down where every machine finds it, and is thrown away once it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from acceptance import naming
from acceptance.run.context import Context


@dataclass(frozen=True)
class Loss:
    """Of one generation of a table."""

    table: str
    day: str  # yyyymmdd, of the generation
    promised: int  # pages
    full_load: bool  # where a page of nothing but records of its day leaves no row
    written: (
        datetime | None
    )  # when the newest of its objects was: data that was loaded anew is another matter
    asked: bool = True  # whether the job asked for all pages, as far as is known

    @property
    def may_be_held_back(self) -> bool:
        return self.full_load and self.asked


class LostPages:
    """Read once, before the first table asks; a run without losses writes nothing."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.bucket = context.environment.scripts_bucket
        self.key = context.environment.scripts_prefix + naming.lost_pages(context.settings.ticket)
        self._known: dict[tuple[str, str], Loss] | None = None  # by table and day

    def of(self, table: str) -> list[Loss]:
        """The oldest first."""
        found = [loss for loss in self._read().values() if loss.table == table]
        return sorted(found, key=lambda loss: loss.day)

    def remember(self, loss: Loss) -> None:
        self._change({**self._read(), (loss.table, loss.day): loss})

    def forget(self, table: str, day: str) -> None:
        """It is there now, or has been explained."""
        self._change({key: loss for key, loss in self._read().items() if key != (table, day)})

    def _read(self) -> dict[tuple[str, str], Loss]:
        if self._known is None:
            self._known = {} if self.context.environment.read_only else self._stored()
        return self._known

    def _stored(self) -> dict[tuple[str, str], Loss]:
        s3 = self.context.aws.s3
        try:
            body = s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return {}
        return {(loss.table, loss.day): loss for loss in msgspec.json.decode(body, type=list[Loss])}

    def _change(self, known: dict[tuple[str, str], Loss]) -> None:
        before, self._known = self._known, known
        if known == before or self.context.environment.read_only:
            return
        s3 = self.context.aws.s3
        if known:
            s3.put_object(Bucket=self.bucket, Key=self.key, Body=msgspec.json.encode(list(known.values())))
        else:
            s3.delete_object(Bucket=self.bucket, Key=self.key)
