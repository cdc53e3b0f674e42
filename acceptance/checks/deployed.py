"""What the evening of a release is to show: main is deployed, whole and once, and the night will start by itself.

A table that was forgotten in a list is known the evening before, not the morning after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from acceptance import naming
from acceptance.aws import s3_objects
from acceptance.aws.glue_jobs import Job
from acceptance.aws.glue_scripts import Script
from acceptance.aws.glue_triggers import Trigger
from acceptance.branch.checkout import DICTIONARY, SCRIPTS, TERRAFORM
from acceptance.branch.deployment import schedules, terraform, untold
from acceptance.checks.recast import DICTIONARY_ARGUMENT
from acceptance.checks.scripts import modules
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import INGESTION, STAGES, Stage
from acceptance.run import first_night
from acceptance.run.run import Run
from acceptance.wording import count
from hcl.file import Settings, Terraform

_DEPLOY = "have main deployed again, all of it, before the night's runs"


# -- code


def script_is_mains(run: Run, stage: Stage, job: Job) -> None:
    _is_mains(run, job.script, SCRIPTS + stage.script, f"the script of “{job.name}”")


def dictionary_is_mains(run: Run, job: Job) -> None:
    address = str(job.definition.get("DefaultArguments", {}).get(DICTIONARY_ARGUMENT, ""))
    _is_mains(run, address, DICTIONARY, f"the column type dictionary that “{job.name}” reads")


def _is_mains(run: Run, address: str, path: str, what: str) -> None:
    main = run.platform.main
    found = run.scripts.code(Script(address)) if address else None
    if found is not None and found == main.read_bytes(path):
        return
    raise _other_code(run, {address or what: _version(run, path, found)}, what, f"{main.name}:{path}")


def helpers_are_mains(run: Run, job: Job) -> None:
    """Each module in what the job loads; archives of others' code are counted and not compared."""
    main, other, strangers = run.platform.main, {}, []
    for address in job.helpers:
        content = run.scripts.code(Script(address))
        found = modules(address, content, main.helpers()) if content is not None else {}
        if content is None:
            other[address] = "no such object"
        elif not found:
            strangers.append(address)
        for path, code in found.items():
            if code != main.holds(path):
                other[f"{path} in {address}"] = _version(run, path, code)
    if strangers:
        run.note(f"not compared, as {main.name} has no such module: {', '.join(strangers)}")
    if other:
        raise _other_code(run, other, f"what “{job.name}” loads beside its script", f"{main.name}'s helpers")


def _version(run: Run, path: str, code: bytes | None) -> str:
    if code is None:
        return "no such object"
    replaced = run.platform.main.replaced(path, code)
    return f"an earlier version, which {replaced} replaced" if replaced else "another version, never main's"


def _other_code(run: Run, found: Mapping[str, str], what: str, wanted: str) -> Failure:
    first = next(iter(found))
    place = Script(first.rsplit(" in ", 1)[-1])
    return Failure(
        "code-not-mains",
        f"{what} is not {run.platform.main.name}'s",
        expected=f"{wanted}, byte for byte",
        observed="; ".join(f"{address}: {version}" for address, version in found.items()),
        look=(run.links.folder(place.bucket, place.key) if place.bucket else "") or first,
        do=_DEPLOY,
    )


# -- lists of tables


def each_table_is_taken_once(run: Run, stage: Stage, job: Job) -> None:
    """The ingestion takes a table by a trigger, the other jobs take it from their list, read to the letter."""
    wanted = run.platform.main.lists.all
    found = _tables(run, stage, job)
    where = (
        f"the triggers of “{job.name}”" if stage is INGESTION else f"{stage.tables_argument} of “{job.name}”"
    )
    told = [
        f"{what}: {', '.join(map(repr, tables))}"
        for what, tables in (
            ("missing", [table for table in wanted if table not in found]),
            ("more than once", [table for table in dict.fromkeys(found) if found.count(table) > 1]),
            ("in no list of main", [table for table in dict.fromkeys(found) if table not in wanted]),
        )
        if tables
    ]
    run.record(
        Evidence(
            Kind.JOB, f"Tables of {where}", {"Main's lists": str(len(wanted)), "Deployed": str(len(found))}
        )
    )
    if not told:
        return
    raise Failure(
        "deployed-list-differs",
        f"{where} {'are' if stage is INGESTION else 'is'} not main's lists; {'; '.join(told)}",
        expected=f"each of the {count(len(wanted), 'table')} of {run.platform.main.name}:{TERRAFORM} once",
        observed="; ".join(told),
        look=run.links.job(job.name) or where,
        do=f"{_DEPLOY}: a table that is missing is passed over, and one with a space before its name is not found",
    )


def _tables(run: Run, stage: Stage, job: Job) -> list[str]:
    if stage is INGESTION:
        return [table for trigger in _starting(run, job) for table in _taken(trigger, job)]
    listed = str(job.definition.get("DefaultArguments", {}).get(stage.tables_argument, ""))
    return listed.split(",") if listed else []


def _taken(trigger: Trigger, job: Job) -> list[str]:
    """The tables that a trigger starts the ingestion for."""
    return [
        action.arguments.get(INGESTION.tables_argument, "")
        for action in trigger.actions
        if action.job == job.name
    ]


def _starting(run: Run, job: Job) -> list[Trigger]:
    return [trigger for trigger in first_night.deployed_triggers(run) if job.name in trigger.jobs]


# -- triggers


def triggers_are_right(run: Run, stage: Stage, job: Job) -> None:
    """On in production, so that the night starts the job, and off elsewhere, where nobody waits for a night."""
    found, production = _starting(run, job), run.environment.stage == "prod"
    wrong = [trigger for trigger in found if trigger.on != production]
    run.record(_states(f"Triggers of {job.name}", found))
    if production and not any(trigger.on for trigger in found):
        raise _trigger_failure(run, job.name, found, "nothing starts it", code="triggers-off")
    told = f"{count(len(wrong), 'trigger')} of it {'are off' if production else 'are on'}"
    if wrong and production:
        raise _trigger_failure(run, job.name, wrong, told, code="triggers-off")
    if wrong:
        raise _trigger_failure(run, job.name, wrong, told, code="triggers-on")
    if stage is INGESTION:
        _times_are_terraforms(run, found, job)


def crawler_is_started(run: Run, crawler: str) -> None:
    """In production, by a trigger that is on or by a schedule of its own; else the next stage reads yesterday."""
    found = [each for each in first_night.deployed_triggers(run) if crawler in each.crawlers]
    own = run.aws.glue.get_crawler(Name=crawler)["Crawler"].get("Schedule", {})
    run.record(_states(f"Triggers of {crawler}", found))
    if run.environment.stage != "prod" or any(each.on for each in found) or own.get("State") == "SCHEDULED":
        return
    raise _trigger_failure(run, crawler, found, "nothing starts it", code="triggers-off")


def _states(title: str, found: Sequence[Trigger]) -> Evidence:
    states = [trigger.state for trigger in found]
    facts = {state: str(states.count(state)) for state in sorted(set(states))}
    return Evidence(Kind.JOB, title, facts or {"Triggers": "none"})


def _trigger_failure(run: Run, what: str, found: Sequence[Trigger], why: str, *, code: str) -> Failure:
    production = run.environment.stage == "prod"
    named = ", ".join(f"{each.name} ({each.state})" for each in found[:5])
    return Failure(
        code,
        f"“{what}” will {'not ' if production else ''}be started by itself: {why}",
        expected="triggers that are ACTIVATED" if production else "triggers that are CREATED or DEACTIVATED",
        observed=(named or "no trigger") + (f" and {len(found) - 5} more" if len(found) > 5 else ""),
        look=run.links.jobs() or f"the Glue triggers of “{what}”",
        do="have Terraform deploy the triggers as main has them: on in production alone",
    )


def _times_are_terraforms(run: Run, found: Sequence[Trigger], job: Job) -> None:
    wanted = schedules(terraform(run.platform.main, run.environment), INGESTION.tables_argument)
    lists = run.platform.main.lists
    if unknown := [table for table in lists.all if table not in wanted]:
        run.note(f"the schedule of {count(len(unknown), 'table')} is not told by {TERRAFORM}: not compared")
    other = {
        table: f"{trigger.schedule or 'no schedule'}, not {wanted[table]}"
        for trigger in found
        for table in _taken(trigger, job)
        if wanted.get(table, trigger.schedule) != trigger.schedule
    }
    if other:
        raise Failure(
            "trigger-time-differs",
            f"{count(len(other), 'table')} will be ingested at another time than main says: {', '.join(other)}",
            expected=f"the schedules of {run.platform.main.name}:{TERRAFORM}",
            observed="; ".join(f"{table}: {what}" for table, what in other.items()),
            look=run.links.jobs() or f"the Glue triggers of “{job.name}”",
            do=_DEPLOY,
        )


def first_nights_are_told(run: Run) -> None:
    """A note: when the tables under test have their first night."""
    for table in run.tables:
        begins = first_night.due(run, table)
        run.note(
            f"the first night of {table} begins at {begins:%H:%M} UTC on {begins:%Y-%m-%d}"
            if begins
            else f"{table} has no first night here: no trigger that is on starts its ingestion"
        )


# -- parameters and crawlers


@dataclass(frozen=True)
class _Compared:
    """What Terraform's file says against what is deployed; `untold`: what it does not say, or only to Terraform."""

    comparisons: tuple[Comparison, ...]
    untold: tuple[str, ...]

    @property
    def wrong(self) -> list[Comparison]:
        return [each for each in self.comparisons if not each.ok]


def parameters_are_terraforms(run: Run, stage: Stage, job: Job) -> None:
    """The job's own parameters and its concurrent runs; the list of tables is compared by itself."""
    found = terraform(run.platform.main, run.environment).job(stage.script.removesuffix(".py"))
    observed = {**job.definition.get("DefaultArguments", {}), "max_concurrent_runs": str(job.concurrency)}
    compared = _compare(found, observed, leave={stage.tables_argument})
    what, link = f"the parameters of “{job.name}”", run.links.job(job.name)
    _judge(run, compared, what, link, code="parameters-not-terraforms")


def crawler_is_terraforms(run: Run, stage: Stage, crawler: str) -> None:
    """Its database, prefix, target, exclusions and configuration, those that the file gives."""
    raw = run.aws.glue.get_crawler(Name=crawler)["Crawler"]
    targets = raw.get("Targets", {}).get("S3Targets", [])
    observed = {
        "database_name": raw.get("DatabaseName", ""),
        "table_prefix": raw.get("TablePrefix", ""),
        "path": ", ".join(target.get("Path", "") for target in targets),
        "exclusions": [each for target in targets for each in target.get("Exclusions", [])],
        "configuration": raw.get("Configuration", ""),
    }
    found = _crawler(terraform(run.platform.main, run.environment), stage)
    compared = _compare(found, observed, leave={"name"}, expected=set(observed))
    link = run.links.crawler(crawler)
    _judge(run, compared, f"the crawler {crawler}", link, code="crawler-not-terraforms")


def _crawler(found: Terraform, stage: Stage) -> Settings:
    return found.crawler(stage.script.removesuffix(".py"), stage.table_prefix)


def _compare(
    found: Settings | None, observed: Mapping[str, Any], leave: set[str], expected: Iterable[str] = ()
) -> _Compared:
    if found is None:
        return _Compared((), ("all of it",))
    compared = [
        Comparison(
            name, _plain(value), _plain(observed.get(name, "not there")), _same(value, observed.get(name))
        )
        for name, value in found.values.items()
        if name not in leave
    ]
    silent = [name for name in expected if name not in found.values and name not in found.unknown]
    return _Compared(tuple(compared), (*untold(found), *silent))


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    return _plain(wanted) == _plain(found)


def _plain(value: Any) -> str:
    """As a text, whatever the spaces of a JSON text; Terraform has none for an empty one."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return json.dumps(json.loads(text), sort_keys=True) if text.startswith("{") else text
    except ValueError:
        return text


def _judge(run: Run, compared: _Compared, what: str, link: str, *, code: str) -> None:
    run.record(
        Evidence(Kind.JOB, f"{what[0].upper()}{what[1:]}, by Terraform", comparisons=compared.comparisons)
    )
    if compared.untold:
        run.note(
            f"{what}: {count(len(compared.untold), 'value')} not compared, as {TERRAFORM} alone does not tell "
            f"them: {', '.join(compared.untold)}"
        )
    if not compared.wrong:
        return
    raise Failure(
        code,
        f"{what} {'are' if 'parameters' in what else 'is'} not as main's Terraform has it: "
        + ", ".join(each.name for each in compared.wrong),
        expected="; ".join(f"{each.name} {each.expected}" for each in compared.wrong),
        observed="; ".join(f"{each.name} {each.observed}" for each in compared.wrong),
        look=link or what,
        do=f"{_DEPLOY}; if it was changed by hand, find out why",
    )


# -- what tests leave


def nothing_is_left(run: Run) -> None:
    """No test job, test script or lock of the ticket."""
    ticket, environment = run.settings.ticket, run.environment
    jobs = [name for name in run.jobs.names() if run.jobs.is_own(name)]
    names = {naming.test_script(stage.script, ticket) for stage in STAGES.values()} | {naming.lock(ticket)}
    listed = s3_objects.objects(run.aws, environment.scripts_bucket, environment.scripts_prefix)
    objects = [item.key for item in listed if item.key.rsplit("/", 1)[-1] in names]
    if not jobs and not objects:
        return
    command = f"python -m acceptance.sweep -D ticket={ticket} -D env={environment.name} --yes"
    raise Failure(
        "tests-left",
        f"of {ticket}'s tests there is still {', '.join((*jobs, *objects))}",
        expected=f"no test job, no test script and no lock of {ticket}",
        observed=", ".join((*jobs, *objects)),
        look=run.links.jobs()
        or f"the Glue jobs, and s3://{environment.scripts_bucket}/{environment.scripts_prefix}",
        do="have them removed by whoever may write there"
        if environment.read_only
        else f"remove them once no run of the ticket is under way: {command}",
    )
