"""One run of a ticket at a time: a lock that lies next to the ticket's scripts, in the account it is about.

Taken with a conditional write, so that of two runs one wins (Amazon S3 user guide, "Conditional writes"). Its holder
renews it; one that is no longer renewed, or whose process is gone from this machine, is taken over. A write whose
answer is lost is made again by botocore, and refused, since the first has changed the object: that tells whose it is.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from acceptance import naming
from acceptance.aws.session import Aws
from acceptance.aws.waiting import Clock, Heartbeat
from acceptance.environments import Environment
from acceptance.findings import SuiteError
from acceptance.settings import SettingsError

RENEWALS_MISSED = 6  # after which the holder counts as gone; a call that hangs takes three (`Aws.config`)

_BEATEN = {
    "PreconditionFailed",  # the object is another
    "NoSuchKey",  # it is gone
    "ConditionalRequestConflict",  # another write was under way
}
"""S3's codes for a conditional write that was not made (API reference, PutObject)."""


class TicketBusy(SettingsError):
    """Another run of the ticket is under way in the account."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, as the object in S3 tells it."""

    run: str
    by: str  # the caller's ARN without its account
    host: str
    pid: int
    since: datetime  # UTC
    renewals: int = 0  # so that no write is like another: an ETag then tells them apart

    @property
    def alive(self) -> bool | None:
        """Whether the holder's process is there; None for one on another machine, and on Windows.

        There os.kill ends a process, whatever the signal, or sends its console Ctrl-C (Python, `os.kill`).
        """
        if self.host != socket.gethostname() or sys.platform == "win32":
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


@dataclass(frozen=True)
class Held:
    """The lock's object."""

    holder: Holder
    age: timedelta  # since it was written, by S3's own clock
    etag: str


class TicketLost(SuiteError):
    """The lock was taken over in mid-run."""

    code = "ticket-lost"

    def __init__(self, ticket: str, seconds: float) -> None:
        super().__init__(
            f"another run has taken over {ticket}, since this one did not renew the ticket's lock for {seconds:.0f} s "
            "(was its machine asleep, or its network gone?). Both use the same test jobs, so what is found now says "
            "nothing of the product. Start the run anew once the other has ended"
        )


class TicketLock:
    def __init__(
        self, aws: Aws, environment: Environment, ticket: str, run: str, by: str, clock: Clock
    ) -> None:
        self.aws, self.ticket = aws, ticket
        self.bucket, self.key = environment.scripts_bucket, environment.scripts_prefix + naming.lock(ticket)
        self.renewal = environment.patience.renewal
        self.own = Holder(run, by, socket.gethostname(), os.getpid(), clock.now())
        self.lost: TicketLost | None = None  # once another run has taken it over
        self._etag = ""
        self._heartbeat = Heartbeat(self.renewal, self._renew)

    @property
    def patience(self) -> timedelta:
        """How long a holder that is silent counts as alive."""
        return timedelta(seconds=self.renewal * RENEWALS_MISSED)

    def acquire(self) -> None:
        """Raises `TicketBusy` while another run of the ticket holds the lock; no error where this one does."""
        if self._etag:
            return
        if not self._put(IfNoneMatch="*"):
            self._take_over()
        self._heartbeat.start()

    def release(self) -> None:
        """Give the lock back; no error where it was never held or another run has taken it over."""
        self._heartbeat.stop()
        if self._etag and (found := self.held()) and self._is_own(found.holder):
            self.remove()
        self._etag = ""

    def held(self) -> Held | None:
        """Who holds the lock, if anybody does."""
        try:
            found = self.aws.s3.get_object(Bucket=self.bucket, Key=self.key)
        except self.aws.s3.exceptions.NoSuchKey:
            return None
        now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
        holder = msgspec.json.decode(found["Body"].read(), type=Holder)
        return Held(holder, now - found["LastModified"], found["ETag"])

    def refuse_if_held(self) -> None:
        """Raises `TicketBusy` for a holder that lives."""
        found = self.held()
        if not found:
            return
        holder = found.holder
        alive = found.age <= self.patience if holder.alive is None else holder.alive
        if not alive:
            return
        raise TicketBusy(
            f"{self.ticket} is being run by {holder.by} since {holder.since:%Y-%m-%d %H:%M:%S} UTC (run {holder.run}, "
            f"on {holder.host}); wait for its end. A run that was killed is taken over after "
            f"{self.patience.total_seconds():.0f} s"
        )

    def remove(self) -> None:
        self.aws.s3.delete_object(Bucket=self.bucket, Key=self.key)

    def _take_over(self) -> None:
        self.refuse_if_held()
        found = self.held()
        if not self._put(**({"IfMatch": found.etag} if found else {"IfNoneMatch": "*"})):
            raise TicketBusy(f"{self.ticket} has just been started by another run; wait for its end")

    def _put(self, **condition: str) -> bool:
        """Write the lock; returns whether it is ours then."""
        self.own = replace(self.own, renewals=self.own.renewals + 1)
        try:
            answer = self.aws.s3.put_object(
                Bucket=self.bucket,
                Key=self.key,
                Body=msgspec.json.encode(self.own),
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _BEATEN:
                raise
            found = self.held()
            self._etag = found.etag if found and self._is_own(found.holder) else ""
        else:
            self._etag = answer["ETag"]
        return bool(self._etag)

    def _is_own(self, holder: Holder) -> bool:
        return replace(holder, renewals=0) == replace(self.own, renewals=0)

    def _renew(self) -> None:
        with suppress(ClientError, BotoCoreError):  # the next renewal, or the run's own calls, will tell
            if self._etag and not self._put(IfMatch=self._etag):
                self.lost = TicketLost(self.ticket, self.patience.total_seconds())
