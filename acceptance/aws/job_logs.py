"""What a job run has logged, wherever Glue puts it, and what the ingestion job's lines mean.

Sources: AWS Glue developer guide, "Logging for AWS Glue jobs", "Enabling continuous logging for AWS Glue 4.0 and
earlier jobs"; CloudWatch Logs API reference (FilterLogEvents); platform documentation ("Where the log is").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from botocore.exceptions import ClientError

from acceptance.aws import parallel
from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.session import Aws
from acceptance.error_codes import DENIED
from acceptance.evidence import Evidence, Kind
from acceptance.privacy.foreign_text import discretion, is_java_stack
from acceptance.privacy.log_lines import without_prefix
from acceptance.wording import count

_STREAMS_AT_ONCE = 100  # the most that FilterLogEvents takes
NOTHING_TO_ASK = "No requests, exiting job"
_PROMISE = re.compile(r"Number of pages to retrieve(?: for (?P<day>[\d-]+))?: (?P<pages>\d+)")

_ASKED = re.compile(r"Calling API to get page (\d+)")


@dataclass(frozen=True)
class RunLog:
    """What a run logged, and what the ingestion job's lines mean."""

    lines: tuple[str, ...]  # without their loggers' prefixes; they may quote data
    place: str = ""  # in CloudWatch Logs
    refused: tuple[str, ...] = ()  # groups that could not be read, each with the reason

    @property
    def told(self) -> list[str]:
        """The lines as far as they quote no data."""
        return discretion.log(self.lines)

    @cached_property
    def missing(self) -> str:
        """Why no line of the job's is at hand; empty where one is."""
        if any(discretion.code.told(line) is not None for line in self.lines if line.strip()):
            return ""
        found = (
            f"none of the {count(len(self.lines), 'line')} there is the script's"
            if self.lines
            else "no line there"
        )
        return "; ".join([found, *self.refused])

    def about(self, table: str) -> list[str]:
        """The lines that name a table, or a folder that ends in its name, as far as they quote no data."""
        named = re.compile(rf"((?<![a-z0-9_])(api_response_|increment_)?|s3://\S*){table}(?![a-z0-9_])")
        lines = [line for line in self.lines if named.search(line)]
        return [told.strip() for line in lines if (told := discretion.code.told(line)) and named.search(told)]

    @cached_property
    def promised_pages(self) -> dict[str, int]:
        """Pages that the API promised, by day (`""` for a full load); empty when the log has no such line."""
        found = [match for line in self.lines for match in _PROMISE.finditer(line)]
        return {match["day"] or "": int(match["pages"]) for match in found}

    @cached_property
    def asked_pages(self) -> set[int]:
        """Pages that the job has asked the API for, as far as its output is at hand.

        A line may tell of several: Python prints a text and its end of line apart, and threads come between.
        """
        return {int(page) for line in self.lines for page in _ASKED.findall(line)}

    @cached_property
    def says_so(self) -> bool:
        """Whether the job has said, as its last word, that there was nothing to ingest."""
        return any(NOTHING_TO_ASK in line for line in self.lines)

    @property
    def nothing_to_ask(self) -> bool:
        """Whether the job says that there was nothing to ingest."""
        promised = self.promised_pages
        return self.says_so or (bool(promised) and not any(promised.values()))

    def evidence(self, tail: int = 15) -> Evidence:
        """The log's end; where nothing of it is at hand, that, and where it was looked for."""
        facts = {"CloudWatch Logs": self.place} if self.place else {}
        if self.missing:
            facts["Not at hand"] = self.missing
        lines = [line for line in self.lines if line.strip() and not is_java_stack(line)]
        text = "\n".join(discretion.log(lines[-tail:]))
        return Evidence(Kind.LOG, "Log of the job run, its end", facts, text=text)


@dataclass(frozen=True)
class Place:
    """Where a job run logs, by its job's parameters."""

    groups: tuple[str, str]  # of output and errors, whose streams are named like the run
    continuous: str = (
        ""  # the group of continuous logging, which has streams for the driver and for each executor
    )
    prefix: str = ""  # of the streams' names there, where it is not the run's id

    @classmethod
    def of(cls, job_run: JobRun, parameters: Mapping[str, str]) -> Place:
        """`parameters`: the job's default arguments, which the run's own go before."""
        given = {**parameters, **job_run.arguments}
        base = given.get("--custom-logGroup-prefix") or job_run.log_group
        groups = (f"{base}/output", f"{base}/error")
        if given.get("--enable-continuous-cloudwatch-log", "").lower() != "true":
            return cls(groups)
        group = given.get("--continuous-log-logGroup") or "/aws-glue/jobs/logs-v2"
        return cls(groups, group, given.get("--continuous-log-logStreamPrefix", ""))

    def told(self, run_id: str) -> str:
        output, error = self.groups
        told = f"CloudWatch Logs, groups {output} and {error}, stream {run_id}"
        streams = f"{self.prefix}…{run_id}-…" if self.prefix else f"{run_id}-…"
        return told + (f"; group {self.continuous}, streams {streams}" if self.continuous else "")


class _Lines:
    """A run's lines, of all groups together."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, int], int] = {}  # milliseconds, by the text and how often it came before
        self.refused: list[str] = []

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """The events of one group. Glue may write a line to several groups: it is kept once, with its first time."""
        before: Counter[str] = Counter()
        for event in events:
            for line in event["message"].rstrip().splitlines():
                text = without_prefix(line).rstrip()
                key = (text, before[text])
                before[text] += 1
                self.times[key] = min(event["timestamp"], self.times.get(key, event["timestamp"]))

    def log(self, place: str) -> RunLog:
        ordered = sorted(self.times.items(), key=itemgetter(1))
        return RunLog(tuple(text for (text, _), _ in ordered), place, tuple(self.refused))


@dataclass(frozen=True)
class _Answer:
    """What a group holds of some streams, or why it could not be read."""

    events: tuple[Mapping[str, Any], ...] = ()
    refused: str = ""


def read_logs(
    aws: Aws, runs: Iterable[JobRun], parameters: Mapping[str, Mapping[str, str]]
) -> dict[str, RunLog]:
    """By run id the logs of runs, of all groups together, in the order of time.

    A hundred runs' output, or errors, take one call; what continuous logging has takes one for each run.
    `parameters`: the default arguments of the runs' jobs, by the jobs' names.
    """
    places = {run.id: Place.of(run, parameters.get(run.job, {})) for run in runs}
    lines = {run_id: _Lines() for run_id in places}
    for group, streams in _by_group(places).items():
        for start in range(0, len(streams), _STREAMS_AT_ONCE):
            asked = streams[start : start + _STREAMS_AT_ONCE]
            answer = _of_streams(aws, group, asked)
            for run_id in asked:
                _note(lines[run_id], answer, [e for e in answer.events if e["logStreamName"] == run_id])
    continuous = [run_id for run_id, place in places.items() if place.continuous]
    answers = parallel.by_item(lambda run_id: _continuous(aws, places[run_id], run_id), continuous)
    for run_id, answer in answers.items():
        _note(lines[run_id], answer, answer.events)
    return {run_id: lines[run_id].log(place.told(run_id)) for run_id, place in places.items()}


def _by_group(places: Mapping[str, Place]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind in range(2):  # all outputs before all errors
        for run_id, place in places.items():
            found.setdefault(place.groups[kind], []).append(run_id)
    return found


def _note(lines: _Lines, answer: _Answer, events: Iterable[Mapping[str, Any]]) -> None:
    lines.add(events)
    if answer.refused:
        lines.refused.append(answer.refused)


def _of_streams(aws: Aws, group: str, streams: list[str]) -> _Answer:
    """Nothing of a group or stream that is not there (yet): for one of these AWS refuses the whole call."""
    try:
        return _read(aws, group, logStreamNames=streams)
    except aws.logs.exceptions.ResourceNotFoundException:
        if len(streams) == 1:
            return _Answer()
        return _joined([_of_streams(aws, group, [stream]) for stream in streams])


def _joined(answers: list[_Answer]) -> _Answer:
    refused = next((each.refused for each in answers if each.refused), "")
    return _Answer(tuple(event for each in answers for event in each.events), refused)


def _continuous(aws: Aws, place: Place, run_id: str) -> _Answer:
    """What the driver and the executors of a run have logged; streams with a prefix must name the run all the same."""
    own = f"{run_id}-"
    try:
        found = _read(aws, place.continuous, logStreamNamePrefix=place.prefix or own)
    except aws.logs.exceptions.ResourceNotFoundException:
        return _Answer(refused=f"there is no group {place.continuous}")
    return _Answer(tuple(e for e in found.events if own in e["logStreamName"]), found.refused)


def _read(aws: Aws, group: str, **streams: Any) -> _Answer:
    pages = aws.logs.get_paginator("filter_log_events").paginate(logGroupName=group, **streams)
    try:
        return _Answer(tuple(event for page in pages for event in page["events"]))
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        return _Answer(refused=f"access to {group} is denied: {error.response['Error']['Message']}")
