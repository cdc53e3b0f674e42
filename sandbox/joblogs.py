"""A job run's output on its way to CloudWatch Logs: groups <group>/output and <group>/error, stream = run id."""

import time
from contextlib import suppress
from typing import Any

_EVENTS = 1000  # per PutLogEvents; AWS takes 10,000 and 1 MB
_EVENT_CHARACTERS = 100_000  # AWS cuts events at 256 KB


class JobLogs:
    """Takes bytes as they come and sends whole lines; not for several threads."""

    def __init__(self, logs: Any, group: str, stream: str) -> None:
        self._logs, self._stream = logs, stream
        self._groups = {"output": f"{group}/output", "error": f"{group}/error"}
        self._pending = {"output": b"", "error": b""}

    def open(self) -> None:
        for group in self._groups.values():
            with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
                self._logs.create_log_stream(logGroupName=group, logStreamName=self._stream)

    def output(self, data: bytes) -> None:
        self._pending["output"] += data

    def error(self, data: bytes) -> None:
        self._pending["error"] += data

    def flush(self, everything: bool = True) -> None:
        """Sends the lines that are whole; with `everything` the unfinished last one too."""
        for kind, group in self._groups.items():
            whole, newline, rest = self._pending[kind].rpartition(b"\n")
            ready, self._pending[kind] = (whole + newline + rest, b"") if everything else (whole, rest)
            lines = [line for line in ready.decode(errors="replace").splitlines() if line.strip()]
            for start in range(0, len(lines), _EVENTS):
                self._put(group, lines[start : start + _EVENTS])

    def _put(self, group: str, lines: list[str]) -> None:
        moment = int(time.time() * 1000)
        events = [{"timestamp": moment, "message": line[:_EVENT_CHARACTERS]} for line in lines]
        self._logs.put_log_events(logGroupName=group, logStreamName=self._stream, logEvents=events)
