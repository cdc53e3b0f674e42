"""Glue triggers: what starts the jobs and crawlers, and when. Source: Glue API reference, Trigger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from acceptance.aws.session import Aws


@dataclass(frozen=True)
class Action:
    """What a trigger starts: a job or a crawler."""

    job: str = ""
    crawler: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trigger:
    name: str
    kind: str  # SCHEDULED, CONDITIONAL, ON_DEMAND, EVENT
    state: str
    schedule: str  # cron(…), UTC; "" where it has none
    actions: tuple[Action, ...]
    after: tuple[str, ...] = ()  # the jobs and crawlers that it waits for

    @property
    def on(self) -> bool:
        """Whether it fires: CREATED and DEACTIVATED triggers do not ("AWS Glue triggers", Glue developer guide)."""
        return self.state in ("ACTIVATED", "ACTIVATING")

    @property
    def jobs(self) -> set[str]:
        return {action.job for action in self.actions if action.job}

    @property
    def crawlers(self) -> set[str]:
        return {action.crawler for action in self.actions if action.crawler}


def triggers(aws: Aws) -> list[Trigger]:
    """All of the account's."""
    pages = aws.glue.get_paginator("get_triggers").paginate()
    return [_trigger(raw) for page in pages for raw in page["Triggers"]]


def _trigger(raw: Any) -> Trigger:
    conditions = raw.get("Predicate", {}).get("Conditions", [])
    return Trigger(
        raw["Name"],
        raw.get("Type", ""),
        raw.get("State", ""),
        raw.get("Schedule", ""),
        tuple(
            Action(each.get("JobName", ""), each.get("CrawlerName", ""), each.get("Arguments", {}))
            for each in raw.get("Actions", [])
        ),
        tuple(each.get("CrawlerName") or each.get("JobName", "") for each in conditions),
    )
