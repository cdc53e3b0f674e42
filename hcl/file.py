"""What a Terraform file of the platform says of jobs, crawlers and triggers, as far as it can be told by itself.

Expressions are worked out where they are made of literals, of the file's own locals, modules and resources, of a few
functions, and of what every file of the platform refers to elsewhere: its buckets, name prefixes and secrets (`Names`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hcl.expressions import Expression, Unknown, plain

_BLOCK = "__is_block__"  # hcl2's own mark
_WORKERS = {
    "glue_version": "GlueVersion",
    "glue_job_worker_type": "WorkerType",
    "number_of_workers_for_glue_job": "NumberOfWorkers",
}


class Names(Protocol):
    """What things are called in the environment."""

    @property
    def environment(self) -> str: ...
    def bucket(self, purpose: str) -> str: ...
    def secret(self, key: str) -> str: ...


@dataclass(frozen=True)
class Settings:
    """Values by name, and the expressions, by name, that could not be worked out."""

    values: Mapping[str, Any] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)


class Terraform:
    """A file's text, with names for what it does not define itself; `instead` are values for some of its locals.

    Raises ValueError where it is no Terraform.
    """

    def __init__(self, text: str, names: Names, instead: Mapping[str, Any] | None = None) -> None:
        import hcl2  # takes a while, and is not needed by all who import this module

        self._names = names
        try:
            found = hcl2.loads(text)
        except Exception as error:  # noqa: BLE001  the parser's many exception types have no base but Exception
            raise ValueError((str(error).splitlines() or [type(error).__name__])[0]) from None
        self._locals = {plain(k): v for block in found.get("locals", []) for k, v in block.items()}
        self._instead = instead or {}
        self._modules = {plain(k): v for block in found.get("module", []) for k, v in block.items()}
        self._resources = {
            (plain(kind), plain(name)): fields
            for block in found.get("resource", [])
            for kind, named in block.items()
            for name, fields in named.items()
        }

    def local(self, name: str) -> Any:
        """None where there is no such local, or its value cannot be worked out."""
        try:
            return self._reference(f"local.{name}")
        except Unknown:
            return None

    def job(self, script: str) -> Settings | None:
        """`job_parameters` and the number of concurrent runs of the module that runs a script; None without one."""
        module = self._module(script)
        if module is None:
            return None
        runs = next((v for k, v in module.items() if k.startswith("max_concurrent_runs")), None)
        parameters = {plain(k): v for k, v in module.get("job_parameters", {}).items()}
        return self._settings(parameters | ({} if runs is None else {"max_concurrent_runs": runs}))

    def workers(self, script: str) -> Settings:
        """`GlueVersion`, `WorkerType` and `NumberOfWorkers` of the job of a script, those given.

        Source of the names: the Data Platform's terraform/modules/aws-glue-job.
        """
        module = self._module(script) or {}
        return self._settings({field: module[name] for name, field in _WORKERS.items() if name in module})

    def crawler(self, script: str, prefix: str) -> Settings:
        """What is said of the crawler with a script's job, or of the one with a table prefix.

        `name`, `database_name`, `table_prefix`, `path` of the target, `exclusions` and `configuration`, those given.
        """
        details = (self._module(script) or {}).get("crawler_details") or next(
            (
                {**fields, **_block(fields, "s3_target")}
                for (kind, _), fields in self._resources.items()
                if kind == "aws_glue_crawler" and plain(fields.get("table_prefix", "")) == prefix
            ),
            {},
        )
        given = {("path" if k == "s3_target_location" else k): v for k, v in details.items()}
        known = ("name", "database_name", "table_prefix", "path", "exclusions", "configuration")
        return self._settings({k: given[k] for k in known if k in given})

    def triggers(self) -> Iterator[Settings]:
        """Each Glue trigger of the file, and those that the platform's module of a Glue job makes for it.

        `name`, `type`, `schedule`, `enabled`; of the action `job_name` or `crawler_name`, and `arguments`; of the
        condition `after_job` or `after_crawler`. Source: the Data Platform's terraform/modules/aws-glue-job.
        """
        for (kind, _), fields in self._resources.items():
            if kind == "aws_glue_trigger":
                yield from self._instances(fields)
        for name, module in self._modules.items():
            if "script_name" in module:
                yield from self._of_module(name, module)

    def _instances(self, fields: Mapping[str, Any]) -> Iterator[Settings]:
        action, condition = _block(fields, "actions"), _block(_block(fields, "predicate"), "conditions")
        given = {k: fields[k] for k in ("name", "type", "schedule", "enabled") if k in fields}
        given |= {k: action[k] for k in ("job_name", "crawler_name", "arguments") if k in action}
        given |= {
            f"after_{k}": condition[f"{k}_name"] for k in ("job", "crawler") if f"{k}_name" in condition
        }
        if "for_each" not in fields:
            yield self._settings(given)
            return
        try:
            each = self.value(fields["for_each"])
        except Unknown as error:
            yield Settings({}, {"for_each": str(error)})
            return
        for key in each:
            value = each[key] if isinstance(each, Mapping) else key
            yield self._settings(given, {"each.key": key, "each.value": value})

    def _of_module(self, name: str, module: Mapping[str, Any]) -> Iterator[Settings]:
        job, crawler = f"${{module.{name}.job_name}}", f"${{module.{name}.crawler_name}}"
        enabled = module.get("trigger_enabled", "${local.is_production_environment}")
        given = {"type": '"CONDITIONAL"', "enabled": enabled}
        if "triggered_by_crawler" in module:
            after = {"after_crawler": module["triggered_by_crawler"], "job_name": job}
            yield self._named(self._settings(given | after), module, "job-trigger")
        if "crawler_details" in module:
            yield self._named(
                self._settings(given | {"after_job": job, "crawler_name": crawler}), module, "crawler-trigger"
            )

    def _named(self, found: Settings, module: Mapping[str, Any], ending: str) -> Settings:
        try:
            return Settings({**found.values, "name": f"{self._identifier(module)}-{ending}"}, found.unknown)
        except Unknown as error:
            return Settings(found.values, {**found.unknown, "name": str(error)})

    def _identifier(self, module: Mapping[str, Any]) -> str:
        """The module's `job_name_identifier`: what it calls its crawler, and begins its triggers' names with."""
        return re.sub("[^a-z0-9]+", "-", str(self.value(module.get("job_name", "${job_name}"))).lower())

    def _module(self, script: str) -> dict[str, Any] | None:
        named = (each for each in self._modules.values() if plain(each.get("script_name", "")) == script)
        return next(named, None)

    def _settings(self, given: Mapping[str, Any], scope: Mapping[str, Any] | None = None) -> Settings:
        values, unknown = {}, {}
        for name, value in given.items():
            try:
                values[name] = self.value(value, scope)
            except Unknown as error:
                unknown[name] = str(error)
        return Settings(values, unknown)

    def value(self, given: Any, scope: Mapping[str, Any] | None = None) -> Any:
        """Of an attribute as hcl2 gives it: a text quoted, other expressions as "${…}". Raises Unknown.

        `scope`: by name, what stands for something in this place alone.
        """
        if isinstance(given, list):
            return [self.value(each, scope) for each in given]
        if isinstance(given, dict):
            return {plain(key): self.value(each, scope) for key, each in given.items() if key != _BLOCK}
        if not isinstance(given, str):
            return given
        whole = given[2:-1] if given.startswith("${") and given.endswith("}") else given
        there = scope or {}
        return Expression(whole, lambda name: there[name] if name in there else self._reference(name)).value()

    def _reference(self, name: str) -> Any:
        """What a name such as local.x, module.x.bucket_id or aws_s3_object.x.key stands for."""
        kind, _, rest = name.partition(".")
        if kind == "local" and rest in self._instead:
            return self._instead[rest]
        if kind == "local" and rest in self._locals:
            return self.value(self._locals[rest])
        if name in (known := self._known()):
            return known[name]
        if found := re.fullmatch(r"module\.(\w+?)(?:_data_source)?\.bucket_id", name):
            return self._names.bucket(found[1].replace("_", "-"))
        if found := re.fullmatch(r"module\.(\w+)\.(job|crawler)_name", name):
            return self._output(name, self._modules.get(found[1], {}), found[2])
        if found := re.fullmatch(r"data\.aws_secretsmanager_secret\.tascomi_api_(\w+)_key\.\w+", name):
            return self._names.secret(found[1])
        if found := re.fullmatch(r"(\w+)\.(\w+)\.(\w+)", name):
            fields = self._resources.get((found[1], found[2]), {})
            if found[3] in fields:
                return self.value(fields[found[3]])
        raise Unknown(name)

    def _output(self, name: str, module: Mapping[str, Any], what: str) -> Any:
        """`job_name` or `crawler_name` of a module of a Glue job."""
        given = module if what == "job" else module.get("crawler_details", {})
        if f"{'job_' if what == 'job' else ''}name" in given:
            return self.value(given["job_name" if what == "job" else "name"])
        if what == "job" or "crawler_details" not in module:
            raise Unknown(name)
        return self._identifier(module)

    def _known(self) -> dict[str, Any]:
        environment = self._names.environment
        return {
            "local.identifier_prefix": f"dataplatform-{environment}",
            "local.short_identifier_prefix": f"{environment} ",
            "local.environment": environment,
            "local.is_production_environment": environment == "prod",
        }


def _block(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The first block of this name; hcl2 gives a list of them."""
    found = fields.get(name)
    return found[0] if isinstance(found, list) and found else {}
