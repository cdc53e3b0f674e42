"""A job run's output on its way to CloudWatch Logs, where Glue puts it by the job's parameters.

Standard output and errors go to `<group>/output` and `<group>/error`, stream = run id. What the script says to Glue's
logger goes to the errors too, as log4j writes it; with `--enable-continuous-cloudwatch-log` it goes to
`/aws-glue/jobs/logs-v2`, or the job's own group, stream `<run id>-driver`, in continuous logging's pattern.
https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from sandbox import clock

_EVENTS = 1000  # per PutLogEvents; AWS takes 10,000 and 1 MB
_EVENT_CHARACTERS = 100_000  # AWS cuts events at 256 KB
_ONE_AT_A_TIME = Lock()  # of two runs that make a group at once, moto would lose the first one's streams
_LOG4J = "%Y-%m-%d %H:%M:%S,{milliseconds:03} {level} [main] glue.GlueLogger (GlueLogger.scala:{method}(8)): "
_CONTINUOUS = "%y/%m/%d %H:%M:%S {level} GlueLogger: "


@dataclass(frozen=True)
class Stream:
    group: str
    name: str


@dataclass(frozen=True)
class Layout:
    """Where a run's lines go, and how those of the script's logger begin."""

    output: Stream
    error: Stream
    logger: Stream
    prefix: str

    @classmethod
    def of(cls, group: str, run_id: str, parameters: Mapping[str, str]) -> "Layout":
        base = parameters.get("--custom-logGroup-prefix", group)
        output, error = (Stream(f"{base}/{kind}", run_id) for kind in ("output", "error"))
        if parameters.get("--enable-continuous-cloudwatch-log") != "true":
            return cls(output, error, error, _LOG4J)
        own = parameters.get("--continuous-log-logGroup", "/aws-glue/jobs/logs-v2")
        start = parameters.get("--continuous-log-logStreamPrefix", "")
        return cls(output, error, Stream(own, f"{start}{run_id}-driver"), _CONTINUOUS)


class JobLogs:
    """Takes bytes as they come and sends whole lines; not for several threads."""

    def __init__(self, logs: Any, layout: Layout) -> None:
        self._logs, self._layout = logs, layout
        self._pending = {layout.output: b"", layout.error: b""}
        self._logger = Path()
        self._read = 0  # bytes of the logger's file

    def open(self) -> None:
        for stream in {self._layout.output, self._layout.error, self._layout.logger}:
            with _ONE_AT_A_TIME, suppress(self._logs.exceptions.ResourceAlreadyExistsException):
                self._logs.create_log_group(logGroupName=stream.group)
            with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
                self._logs.create_log_stream(logGroupName=stream.group, logStreamName=stream.name)

    def follow(self, logger: Path) -> None:
        """Send also what the script's logger writes to a file (`awsglue.context`)."""
        self._logger = logger

    def output(self, data: bytes) -> None:
        self._pending[self._layout.output] += data

    def error(self, data: bytes) -> None:
        self._pending[self._layout.error] += data

    def flush(self, everything: bool = True) -> None:
        """Sends the lines that are whole; with `everything` the unfinished last one too."""
        self._put(self._layout.logger, self._logged())
        for stream, pending in self._pending.items():
            whole, newline, rest = pending.rpartition(b"\n")
            ready, self._pending[stream] = (whole + newline + rest, b"") if everything else (whole, rest)
            moment = int(clock.seconds() * 1000)
            lines = ready.decode(errors="replace").splitlines()
            self._put(stream, [(moment, line) for line in lines if line.strip()])

    def _logged(self) -> list[tuple[int, str]]:
        """What the script's logger has written since the last look: milliseconds and the line."""
        if not self._logger.is_file():
            return []
        with self._logger.open("rb") as file:
            file.seek(self._read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read += len(whole + newline)
        return [self._formatted(**json.loads(line)) for line in whole.splitlines()]

    def _formatted(self, moment: int, level: str, message: str) -> tuple[int, str]:
        seconds, milliseconds = divmod(moment, 1000)
        prefix = time.strftime(self._layout.prefix, time.gmtime(seconds))
        start = prefix.format(milliseconds=milliseconds, level=level, method=level.lower())
        return moment, start + message

    def _put(self, stream: Stream, lines: list[tuple[int, str]]) -> None:
        for start in range(0, len(lines), _EVENTS):
            events = [
                {"timestamp": moment, "message": line[:_EVENT_CHARACTERS]}
                for moment, line in lines[start : start + _EVENTS]
            ]
            self._logs.put_log_events(logGroupName=stream.group, logStreamName=stream.name, logEvents=events)
