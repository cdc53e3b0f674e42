"""One run of a ticket at a time: a lock that lies beside the ticket's scripts, in the account it is about.

Taken with a conditional write, so that of two runs one wins (Amazon S3 user guide, "Conditional writes"). Its holder
renews it; one that is no longer renewed, or whose process is gone from this machine, is taken over.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from acceptance.aws.clients import Aws
from acceptance.aws.waiting import Clock, Heartbeat
from acceptance.environments import Environment
from acceptance.settings import SettingsError

RENEWALS_MISSED = 4  # after which the holder counts as gone


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

    @property
    def alive(self) -> bool | None:
        """Whether the holder's process is there; None for one on another machine."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


class TicketLock:
    def __init__(
        self, aws: Aws, environment: Environment, ticket: str, run: str, by: str, clock: Clock
    ) -> None:
        self.aws, self.ticket, self.clock = aws, ticket, clock
        self.bucket, self.key = environment.scripts_bucket, f"{environment.scripts_prefix}{ticket}.lock.json"
        self.renewal = environment.patience.renewal
        self.own = Holder(run, by, socket.gethostname(), os.getpid(), clock.now())
        self._etag = ""
        self._heartbeat = Heartbeat(self.renewal, self._renew)

    def acquire(self) -> None:
        """Raises `TicketBusy` while another run of the ticket holds the lock; no error where this one does."""
        if self._etag:
            return
        try:
            self._put(IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            self._take_over()
        self._heartbeat.start()

    def release(self) -> None:
        """Give the lock back; no error where it was never held or another run has taken it over."""
        self._heartbeat.stop()
        if self._etag and (found := self.holder()) and found[0].run == self.own.run:
            self.remove()
        self._etag = ""

    def holder(self) -> tuple[Holder, datetime, str] | None:
        """Who holds the lock, when it was last renewed, and the object's ETag."""
        try:
            found = self.aws.s3.get_object(Bucket=self.bucket, Key=self.key)
        except self.aws.s3.exceptions.NoSuchKey:
            return None
        return msgspec.json.decode(found["Body"].read(), type=Holder), found["LastModified"], found["ETag"]

    def refuse_if_held(self) -> None:
        """Raises `TicketBusy` for a holder that lives."""
        found = self.holder()
        if not found:
            return
        holder, renewed, _ = found
        if holder.run == self.own.run:
            return  # the answer to our own call was lost, and botocore has called again
        patience = timedelta(seconds=self.renewal * RENEWALS_MISSED)
        alive = holder.alive
        if alive is None:
            alive = self.clock.now() - renewed <= patience
        if not alive:
            return
        raise TicketBusy(
            f"{self.ticket} is being run by {holder.by} since {holder.since:%Y-%m-%d %H:%M:%S} UTC (run {holder.run}, "
            f"on {holder.host}); wait for its end. A run that was killed is taken over after "
            f"{patience.total_seconds():.0f} s"
        )

    def remove(self) -> None:
        self.aws.s3.delete_object(Bucket=self.bucket, Key=self.key)

    def _take_over(self) -> None:
        self.refuse_if_held()
        found = self.holder()
        try:
            self._put(**({"IfMatch": found[2]} if found else {"IfNoneMatch": "*"}))
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            raise TicketBusy(
                f"{self.ticket} has just been started by another run; wait for its end"
            ) from None

    def _put(self, **condition: str) -> None:
        answer = self.aws.s3.put_object(
            Bucket=self.bucket,
            Key=self.key,
            Body=msgspec.json.encode(self.own),
            **condition,  # type: ignore[arg-type]
        )
        self._etag = answer["ETag"]

    def _renew(self) -> None:
        with suppress(ClientError, BotoCoreError):  # the next renewal, or the run's own calls, will tell
            self._put(IfMatch=self._etag)
