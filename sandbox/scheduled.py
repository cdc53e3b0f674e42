"""What a checkout's Terraform makes of its lists of tables: the jobs' `--table_list`, and the triggers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hcl.file import Names, Terraform

LISTS = ("tascomi_table_names", "tascomi_static_tables")  # daily and weekly


@dataclass(frozen=True)
class Scheduled:
    """`tables`: the daily ones, then the weekly; `triggers`: as CreateTrigger takes them."""

    tables: tuple[str, ...] = ()
    triggers: tuple[Mapping[str, Any], ...] = ()


@lru_cache(maxsize=4)
def scheduled(terraform: str, names: Names) -> Scheduled:
    """Of a Terraform file's text; nothing where it cannot be read. What cannot be worked out of it is left out."""
    try:
        found = Terraform(terraform, names)
    except ValueError:
        return Scheduled()
    lists = [found.local(name) or [] for name in LISTS]
    triggers = (_trigger(each.values) for each in found.triggers() if not each.unknown)
    return Scheduled(tuple(dict.fromkeys(str(table) for each in lists for table in each)), tuple(triggers))


def _trigger(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Terraform's provider starts a trigger that is enabled (its documentation of aws_glue_trigger, `enabled`)."""
    action = {"JobName": "job_name", "CrawlerName": "crawler_name", "Arguments": "arguments"}
    given = {
        "Name": values["name"],
        "Type": values["type"],
        "StartOnCreation": bool(values.get("enabled", True)),
        "Actions": [{key: values[name] for key, name in action.items() if name in values}],
    }
    if "schedule" in values:
        given["Schedule"] = values["schedule"]
    if condition := _condition(values):
        given["Predicate"] = {"Conditions": [{"LogicalOperator": "EQUALS", **condition}]}
    return given


def _condition(values: Mapping[str, Any]) -> dict[str, str]:
    if "after_crawler" in values:
        return {"CrawlerName": values["after_crawler"], "CrawlState": "SUCCEEDED"}
    return {"JobName": values["after_job"], "State": "SUCCEEDED"} if "after_job" in values else {}
