"""What the terminal shows at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import indent

from rich.console import Console
from rich.table import Table
from rich.text import Text

from acceptance.report import concerns, grid, messages, next_steps
from acceptance.verdict.model import Outcome, ScenarioResult, State, Verdict
from acceptance.verdict.sentence import sentence

MOST = 6  # scenarios named where many have the same reason
COLOURS = {
    Outcome.FAILED: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.BLOCKED: "yellow",
    Outcome.NOTHING_NEW: "cyan",
    Outcome.NOT_RUN: "dim",
    Outcome.PASSED: "green",
}
STATES = {
    State.PASSED: "bold green",
    State.PARTIAL: "bold cyan",
    State.FAILED: "bold red",
    State.ERROR: "bold magenta",
    State.BLOCKED: "bold yellow",
    State.EMPTY: "bold yellow",
    State.INTERRUPTED: "bold yellow",
}


def show(verdict: Verdict, page: Path | None = None, console: Console | None = None) -> None:
    """Text of the run is never taken for markup: a log may well contain `[/]`."""
    console = console or Console()
    console.print()
    if verdict.scenarios:
        console.print(_table(verdict, console.width), soft_wrap=False)
        found = messages.counts(verdict.scenarios).items()
        console.print(
            Text("  ").join(
                Text(f"{messages.SIGNS[o]} {messages.number_of(o, n)}", COLOURS[o]) for o, n in found
            )
        )
        console.print()
    # whole lines: addresses stay clickable, commands can be copied, and a CI's log is not cut at 80 columns
    for line in [*_concerns(verdict), *_notes(verdict), *_verdict(verdict), *_next(verdict, page)]:
        console.print(line, soft_wrap=True)


def _verdict(verdict: Verdict) -> Iterator[Text]:
    if verdict.sandbox:
        yield Text(f" {messages.SANDBOX_NOTICE} ", "black on yellow")
    for line in verdict.undeployed:
        yield Text(f"Not in the sandbox: {line}", "yellow")
    if verdict.day:
        yield Text(f"{verdict.day[0].upper()}{verdict.day[1:]}", "bold")
    yield Text(f"{messages.STATES[verdict.state]}: {sentence(verdict)}", STATES[verdict.state])


def _next(verdict: Verdict, page: Path | None) -> Iterator[Text]:
    for step in next_steps.next_steps(verdict):
        yield Text(f"  {step.text}")
        yield from (Text(f"    {item}") for item in step.items)
        if step.command:
            yield Text(f"    {step.command}", "bold")
    if page:
        yield Text(f"  The page: {page}")


def _table(verdict: Verdict, width: int) -> Table:
    """Tables × steps where the terminal is wide enough, else how many scenarios of each section passed."""
    drawn = grid.draw(verdict)
    steps = _steps(drawn)
    return steps if Console(width=1000).measure(steps).minimum <= width else _counts(verdict)


def _steps(drawn: grid.Grid) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    for number, _ in drawn.sections:
        table.add_column(Text(messages.section(number)))
    for row in drawn.rows:
        cells: dict[str, Text] = {}
        for column, cell in zip(drawn.columns, row.cells, strict=True):
            sign = Text(messages.SIGNS[cell.outcome], COLOURS[cell.outcome]) if cell else Text("·", "dim")
            cells.setdefault(column.section, Text(no_wrap=True)).append_text(sign)
        table.add_row(Text(row.table, COLOURS[row.outcome]), *cells.values())
    return table


def _counts(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    found = messages.counts(verdict.scenarios)
    for outcome in found:
        table.add_column(outcome.value, justify="right")
    for number in dict.fromkeys(s.section for s in verdict.scenarios):
        own = messages.counts(s for s in verdict.scenarios if s.section == number)
        table.add_row(Text(messages.section(number)), *(Text(str(own.get(o, "")), COLOURS[o]) for o in found))
    return table


def _concerns(verdict: Verdict) -> Iterator[Text]:
    for concern in [*concerns.grave(verdict), *concerns.idle(verdict)]:
        yield Text(f"{concern.outcome.upper()} ", COLOURS[concern.outcome]) + Text(
            _where(concern.scenarios), "bold"
        )
        yield Text(indent(concern.message or "no reason was given", "  ") + "\n")
    for problem in verdict.problems:
        yield Text("ERROR ", COLOURS[Outcome.ERROR]) + Text("in the run itself", "bold")
        yield Text(indent(problem, "  ") + "\n")


def _notes(verdict: Verdict) -> Iterator[Text]:
    for note, scenarios in concerns.notes(verdict).items():
        yield Text(f"Note ({_where(scenarios)}): {note}\n", "cyan")


def _where(scenarios: Sequence[ScenarioResult]) -> str:
    """`1.2.1 wards, breach_types; 1.2.3 wards and 4 more`."""
    steps: dict[str, list[str]] = {}
    for scenario in scenarios[:MOST]:
        steps.setdefault(scenario.step, []).append(scenario.table or scenario.name)
    where = "; ".join(f"{step} {', '.join(names)}" for step, names in steps.items())
    return where + (f" and {len(scenarios) - MOST} more" if len(scenarios) > MOST else "")
