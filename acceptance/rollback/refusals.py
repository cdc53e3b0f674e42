"""When the way back is not gone: other data than was shown, tables that others read, work under way, no trash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import takewhile
from typing import Any

from acceptance.aws.glue_jobs import UNDER_WAY
from acceptance.branch.checkout import DataPlatform
from acceptance.findings import SuiteError
from acceptance.pipeline import STAGES
from acceptance.rollback.actions import DeleteObject, Rewind
from acceptance.rollback.carry_out import Begun
from acceptance.rollback.survey import Survey, Work
from acceptance.run.other_runs import LONGEST
from acceptance.run.run import Run
from acceptance.settings import Settings, SettingsError

NONE = "none"


def tables_of(platform: DataPlatform, settings: Settings) -> tuple[str, ...]:
    """The tables under test; of a branch that is merged already, those that its merge has added to the lists."""
    if settings.tables:
        return platform.tables(settings.tables)
    before = set(platform.before.lists.all)
    added = tuple(table for table in platform.branch.lists.all if table not in before)
    return added or platform.tables(())


def refuse_other_plan(found: Survey, plan: str, begun: Begun | None) -> None:
    """Raises `SettingsError` where what would be done is not what was shown, or not what was begun."""
    if begun and plan == begun.fingerprint:
        if new := sorted(found.lines - begun.lines):
            raise SettingsError(
                f"since the way back {begun.fingerprint} was begun, something has come that is not part of it "
                f"({new[0]}). Find out who works on the tables; then have the plan shown again, and follow that"
            )
        return
    if not plan:
        raise SettingsError("--yes needs --plan=…: have the plan shown first, its command stands at its end")
    if plan != found.fingerprint and found.lines:  # else all is done: it was killed as the last thing it did
        raise SettingsError(
            f"the data is not what the plan {plan} was drawn from: now it is {found.fingerprint}. Have it shown again"
        )


def shared(found: Survey) -> list[str]:
    """Tables that others read, and for which something is to be done, be it with a bookmark."""
    rewound = any(work.step.rewind_to or not work.step.table for work in found.works if _is_shared(work))
    of_tables = [work for work in found.works if work.step.shared and work.step.table]
    return list(dict.fromkeys(work.step.table for work in of_tables if work.actions or rewound))


def _is_shared(work: Work) -> bool:
    return work.step.shared and bool(work.actions)


def still_needed(found: Survey, words: Iterable[str]) -> list[str]:
    """Options that --yes will ask for."""
    given = list(words)
    needed = []
    if shared(found) and not any(word.startswith("--tables") for word in given):
        needed.append("--tables=…")
    lost = {a.bucket for w in found.works for a in w.actions if isinstance(a, DeleteObject)}
    without = [bucket for bucket in lost if not found.keeps_versions.get(bucket)]
    if without and not any(word.startswith("--trash") for word in given):
        needed.append("--trash=s3://…")
    return needed


def chosen(found: Survey, tables: str | None) -> list[Work]:
    """What is to be done. Raises `SettingsError` for tables that others read unless each is named, or none wanted."""
    read = shared(found)
    named = [] if tables in (None, NONE) else [name.strip() for name in str(tables).split(",")]
    in_plan = {work.step.table for work in found.works if work.step.shared}
    if unknown := [name for name in named if name not in in_plan]:
        raise SettingsError(f"--tables names {', '.join(unknown)}: no table in use of the plan")
    if missing := [name for name in read if name not in named] if tables != NONE else []:
        raise SettingsError(
            f"others read {', '.join(missing)}: name each table that is to go back with --tables=…, or leave them "
            f"all as they are with --tables={NONE}"
        )
    return [
        work
        for work in found.works
        if work.actions
        and (not work.step.shared or work.step.table in named or (not work.step.table and named))
    ]


def refuse_without_trash(run: Run, works: Iterable[Work], versioned: Mapping[str, bool], trash: str) -> None:
    deleted = {a.bucket for work in works for a in work.actions if isinstance(a, DeleteObject)}
    without = sorted(bucket for bucket in deleted if not versioned[bucket])
    if without and not trash:
        raise SettingsError(
            f"{', '.join(without)} keeps no versions: say where its objects are copied first, --trash=s3://…"
        )
    if trash and not trash.startswith("s3://"):
        raise SettingsError(f"--trash {trash!r} is not an address such as s3://bucket/folder")
    for stage in STAGES.values():
        folder = f"s3://{run.environment.bucket(stage.zone)}/{stage.folder}"
        if trash and f"{trash.rstrip('/')}/".startswith(folder):
            raise SettingsError(
                f"--trash lies in {folder}, where the next crawl would find it: choose another"
            )


def refuse_busy(run: Run, works: Iterable[Work]) -> None:
    """Raises `SuiteError` while a job run or a crawl works on what would go back."""
    concerned: dict[str, set[str]] = {}
    rewound = {action.job for work in works for action in work.actions if isinstance(action, Rewind)}
    for work in works:
        if work.step.stage:
            concerned.setdefault(work.step.stage, set()).add(work.step.table)
    for title, tables in concerned.items():
        stage = STAGES[title]
        for name in [*run.jobs.of_others(stage), *run.jobs.test_job_names(stage, run.jobs.names())]:
            job = run.jobs.get(name)
            for raw in takewhile(partial(_may_last, run), run.jobs.runs(name)):
                taken = set(job.tables_of(raw.get("Arguments", {}), stage.tables_argument))
                if raw["JobRunState"] in UNDER_WAY and (name in rewound or taken & tables):
                    raise Busy(
                        f"the run {raw['Id']} of “{name}” is working on {', '.join(sorted(taken & tables))}"
                    )
        if crawler := run.context.crawlers.busy(stage):
            raise Busy(f"the crawler {crawler} is running")


def _may_last(run: Run, raw: Mapping[str, Any]) -> bool:
    """Whether a job run began so late that it may still be under way."""
    return bool(raw["StartedOn"] > run.context.clock.now() - LONGEST)


class Busy(SuiteError):
    """Something works on the tables."""

    code = "rollback-busy"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: nothing was changed. Wait for its end, and have the plan shown again")
