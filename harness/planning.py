"""The plan of a run: drawn from what is selected, told after the list of scenarios, held against the budget."""

from __future__ import annotations

from collections.abc import Iterator

from behave.model import Scenario

from acceptance.branch.checkout import DataPlatform
from acceptance.plan import plan
from acceptance.plan.plan import Crawls, JobRuns, Known, Plan, Selection
from acceptance.privacy import redaction
from acceptance.report.messages import count, dollars, duration, size
from acceptance.settings import Settings, SettingsError
from harness import outlines


def draw(
    selected: list[Scenario], settings: Settings, platform: DataPlatform, tables: tuple[str, ...]
) -> Plan:
    """Looks at the environment where there is one without starting a sandbox."""
    selection = Selection(
        frozenset((outlines.step_of(each.feature), outlines.table_of(each)) for each in selected),
        tables,
        frozenset(platform.base.lists.all).intersection(tables),
        any(outlines.MUTATES in each.effective_tags for each in selected),
        {table: len(platform.branch.types_of(table)) for table in tables},
    )
    return plan.make(selection, settings, _known(settings, selection))


def _known(settings: Settings, selection: Selection) -> Known:
    if settings.env.sandbox and not settings.endpoint:
        return Known()
    from acceptance.plan import facts

    return facts.look(settings, selection)


def refuse_beyond(planned: Plan, settings: Settings) -> None:
    """Raises `SettingsError` for a plan that costs more than the budget."""
    if complaint := plan.beyond(planned, settings.budget):
        raise SettingsError(complaint)


def told(planned: Plan, settings: Settings) -> list[str]:
    """The plan in lines for the console, without secrets."""
    return [redaction.scrub(line) for line in _lines(planned, settings)]


def _lines(planned: Plan, settings: Settings) -> Iterator[str]:
    yield ""
    if planned.work:
        yield "The run would start, at most:"
        rows = [(part.step, _what(part), duration(part.took), dollars(part.dollars)) for part in planned.work]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for step, what, time, price in rows:
            yield f"  {step:<{widths[0]}}  {what:<{widths[1]}}  {time:>{widths[2]}}  {price:>{widths[3]}}"
    else:
        yield "The run would start no job run, no crawl and no query."
    if planned.created:
        end = "kept at the end, but for the lock" if planned.keep else "removed at its end"
        yield f"It would create ({end}):"
        yield from (f"  {name}" for name in planned.created)
    if planned.written:
        yield f"It would write today's data, which stays: {', '.join(planned.written)}"
    if not planned.work:
        return
    where = "On AWS it would take" if settings.env.sandbox else "It would take"
    free = "; the sandbox is quicker and costs nothing" if settings.env.sandbox else ""
    yield f"{where} about {duration(planned.seconds)} and {dollars(planned.dollars)}{free}. Assumptions:"
    yield from (f"  - {line}" for line in planned.assumptions)


def _what(part: JobRuns | Crawls | plan.Queries) -> str:
    match part:
        case JobRuns():
            return f"{count(part.number, 'job run')} of {part.job}"
        case Crawls():
            return f"{count(part.number, 'crawl')} by {part.crawler}"
        case _:
            noun = "query" if part.number == 1 else "queries"
            return f"{part.number} {noun} ({part.what}), {_scanned(part)}"


def _scanned(queries: plan.Queries) -> str:
    if queries.unknown == queries.number:
        return "bytes unknown"
    return f"up to {size(queries.bytes)}" + (f", {queries.unknown} unknown" if queries.unknown else "")
