"""The four stages as a checkout of the user's own has them: its scripts, and the parameters of its Terraform.

What it does not say, or what cannot be worked out here, is as on the platform (`sandbox.deployment.stages`), and told.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hcl.file import Terraform
from sandbox.checkout import SCRIPTS, TERRAFORM, Checkout
from sandbox.deployment import Names, Stage, stages
from sandbox.runtimes import RUNTIMES, Runtime
from sandbox.scheduled import LISTS


@dataclass(frozen=True)
class Rehearsal:
    """`notes`: one line for each thing of the checkout that could not be deployed as it is."""

    stages: tuple[Stage, ...]
    notes: tuple[str, ...]
    daily: tuple[str, ...]
    weekly: tuple[str, ...]

    @classmethod
    def of(cls, checkout: Checkout, names: Names) -> Rehearsal:
        notes: list[str] = []
        own, main = checkout.text(TERRAFORM), checkout.lists or checkout.text(TERRAFORM)
        try:
            lists, in_use = (_lists(Terraform(text, names)) for text in (own, main))
            terraform = Terraform(own, names, in_use)
        except ValueError as error:
            notes.append(f"{TERRAFORM} cannot be read ({error}): the jobs have the platform's parameters")
            terraform, lists = Terraform("", names), {}
        found = tuple(_stage(stage, checkout, terraform, notes) for stage in stages(names))
        return cls(found, tuple(notes), *(lists.get(name, ()) for name in LISTS))


def _lists(terraform: Terraform) -> dict[str, tuple[str, ...]]:
    found = {name: terraform.local(name) for name in LISTS}
    return {name: tuple(map(str, tables)) for name, tables in found.items() if isinstance(tables, list)}


def _stage(stage: Stage, checkout: Checkout, terraform: Terraform, notes: list[str]) -> Stage:
    path = f"{SCRIPTS}{stage.script}.py"
    if path not in checkout.files:
        notes.append(f"the checkout has no {path}: the job {stage.job} has no script")
    stage = replace(stage, runtime=runtime_of(checkout.text(path)))
    crawler = terraform.crawler(stage.script, stage.prefix)
    taken = ("exclusions", "configuration")
    unknown = {name: crawler.unknown[name] for name in taken if name in crawler.unknown}
    _tell(unknown, f"the crawler {stage.crawler}", {}, notes)
    stage = replace(stage, **{name: crawler.values[name] for name in taken if name in crawler.values})
    workers = terraform.workers(stage.script)
    _tell(workers.unknown, f"the job {stage.job}", {}, notes)
    stage = replace(stage, workers=workers.values)
    job = terraform.job(stage.script)
    if job is None:
        notes.append(f"{TERRAFORM} has no job of {stage.script}: it has the platform's parameters")
        return stage
    _tell(job.unknown, f"the job {stage.job}", stage.arguments, notes)
    kept = {name: stage.arguments[name] for name in job.unknown if name in stage.arguments}
    given = {name: _text(value) for name, value in job.values.items() if name.startswith("--")}
    runs = job.values.get("max_concurrent_runs", stage.concurrent_runs)
    return replace(stage, arguments=kept | given, concurrent_runs=int(runs))


def _tell(unknown: Mapping[str, str], whose: str, platforms: Mapping[str, str], notes: list[str]) -> None:
    for name, expression in unknown.items():
        instead = f"the platform's {platforms[name]!r} is used" if name in platforms else "it is left out"
        notes.append(f"{name} of {whose} is {expression} in {TERRAFORM}, which is not known here: {instead}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def runtime_of(script: str) -> Runtime:
    """The kind of job that a script is written for: one that imports Spark is a Spark job."""
    try:
        nodes = list(ast.walk(ast.parse(script)))
    except SyntaxError:
        return RUNTIMES["light"]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return RUNTIMES["spark" if any(name.split(".")[0] == "pyspark" for name in imported) else "light"]
