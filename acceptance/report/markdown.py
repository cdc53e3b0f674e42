"""The verdict as Markdown, for the step summary of a CI run and for the ticket."""

from __future__ import annotations

import re

from acceptance.measurements.model import Point
from acceptance.report import concerns, effort, grid, messages, next_steps, row_flow
from acceptance.verdict.model import Outcome, State, Verdict, gravest
from acceptance.verdict.sentence import sentence

MOST = 40  # messages; a step summary holds 1 MiB, and nobody reads more
EMOJI = {
    Outcome.FAILED: "❌",
    Outcome.ERROR: "⚠️",
    Outcome.BLOCKED: "⛔",
    Outcome.NOTHING_NEW: "⚪",
    Outcome.NOT_RUN: "➖",
    Outcome.PASSED: "✅",
}
STATES = {
    State.PASSED: "✅",
    State.PARTIAL: "🔵",
    State.FAILED: "❌",
    State.ERROR: "⚠️",
    State.BLOCKED: "⛔",
    State.EMPTY: "⚪",
    State.INTERRUPTED: "⏹️",
}


def render(verdict: Verdict) -> str:
    parts = [
        _head(verdict),
        _grid(verdict),
        _concerns(verdict),
        _records(verdict),
        _uncompared(verdict),
        _notes(verdict),
        _changes(verdict),
        _effort(verdict),
        _next(verdict),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _head(verdict: Verdict) -> str:
    ticket = (
        f"[{_text(verdict.ticket)}]({verdict.ticket_url})"
        if _web(verdict.ticket_url)
        else _text(verdict.ticket)
    )
    facts = [
        ticket,
        _text(messages.ENVIRONMENTS.get(verdict.environment, verdict.environment)),
        f"{verdict.started:%Y-%m-%d %H:%M} UTC",
        _text(verdict.day),
        messages.duration(verdict.seconds),
        "@".join(filter(None, [_text(verdict.branch), _text(verdict.commit[:12])])),
        ", ".join(messages.number_of(o, n) for o, n in messages.counts(verdict.scenarios).items()),
    ]
    lines = [f"## {STATES[verdict.state]} {messages.STATES[verdict.state]}: {_text(sentence(verdict))}", ""]
    if verdict.sandbox:
        lines += [f"> **{messages.SANDBOX_NOTICE}.**", ""]
    undeployed = [f"- Not in the sandbox: {_text(line)}" for line in verdict.undeployed]
    return "\n".join([*lines, " · ".join(filter(None, facts)), *([""] if undeployed else []), *undeployed])


def _grid(verdict: Verdict) -> str:
    """Tables × sections: the gravest outcome, with how many of the section's steps passed."""
    drawn = grid.draw(verdict)
    if not drawn.columns:
        return "No scenario was run."
    sections = [number for number, _ in drawn.sections]
    lines = [
        "| | " + " | ".join(_text(messages.section(number)) for number in sections) + " |",
        "|---" * (len(sections) + 1) + "|",
    ]
    for row in drawn.rows:
        name = row.table if row.table == grid.ALL_TABLES else _code(row.table)
        cells = [_cell([c.outcome for c in drawn.of_section(row, number)]) for number in sections]
        lines.append(f"| {EMOJI[row.outcome]} {name} | " + " | ".join(cells) + " |")
    legend = [f"{EMOJI[o]} {o}" for o in messages.counts(verdict.scenarios)]
    return "\n".join([*lines, "", " · ".join(legend)])


def _cell(outcomes: list[Outcome]) -> str:
    if not outcomes:
        return ""
    return f"{EMOJI[gravest(outcomes)]} {outcomes.count(Outcome.PASSED)}/{len(outcomes)}"


def _concerns(verdict: Verdict) -> str:
    found = concerns.grave(verdict)
    if not found and not verdict.problems:
        return ""
    parts = ["### What did not pass"]
    for concern in found[:MOST]:
        first = concern.scenarios[0]
        where = f"{_text(first.feature)}: {_text(first.name)}"
        tables = list(dict.fromkeys(_code(s.table) for s in concern.scenarios if s.table))
        more = (
            f" and {messages.count(len(concern.scenarios) - 1, 'more scenario')}"
            if len(concern.scenarios) > 1
            else ""
        )
        title = f"{EMOJI[concern.outcome]} **{concern.outcome}** · {where}{more}"
        parts.append(" · ".join([title, *([", ".join(tables)] if tables else [])]))
        parts.append(_fenced(concern.message or "No reason was given."))
    if len(found) > MOST:
        parts.append(f"… and {len(found) - MOST} more: see the page.")
    for problem in verdict.problems:
        parts += [f"{EMOJI[Outcome.ERROR]} **error** · outside the scenarios", _fenced(problem)]
    return "\n\n".join(parts)


def _records(verdict: Verdict) -> str:
    """The row ledger in numbers."""
    if not verdict.row_counts:
        return ""
    lines = [
        "### Records on their way",
        "",
        "| | " + " | ".join(map(_text, Point)) + " | |",
        "|---|" + "--:|" * len(Point) + "---|",
    ]
    for row in row_flow.draw(verdict):
        cells = [_stop(stop) for stop in row.stops]
        told = f"❌ {messages.count(row.unexplained, 'row')} unexplained" if row.unexplained else ""
        lines.append(f"| {_code(row.table)} | " + " | ".join(cells) + f" | {told} |")
    return "\n".join(lines)


def _stop(stop: row_flow.Stop) -> str:
    if stop.rows is None:
        return messages.count(stop.count.pages or 0, "page") if stop.count else "–"
    return f"{stop.rows:,}" + (f" **({messages.signed(stop.unexplained)})**" if stop.unexplained else "")


def _uncompared(verdict: Verdict) -> str:
    if not verdict.uncompared:
        return ""
    lines = [
        f"| {_code(each.table)} | {_code(each.column)} | {_text(each.point)} | {each.count:,} | {_text(each.why)} |"
        for each in verdict.uncompared[:MOST]
    ]
    if more := verdict.uncompared[MOST:]:
        lines.append(f"| and {messages.count(len(more), 'column')} more | | | | |")
    head = ["| Table | Column | Where | Values | Why |", "|---|---|---|--:|---|"]
    return "\n".join(["### Values that could not be compared", "", *head, *lines])


def _changes(verdict: Verdict) -> str:
    """What has another outcome than in the ticket's last run."""
    told = [
        f"- {_text(c.step)} {_code(c.table) if c.table else ''}: {EMOJI[c.before]} {c.before} → {EMOJI[c.now]} {c.now}"
        for c in verdict.changes[:MOST]
    ]
    more = len(verdict.changes) - MOST
    return (
        "\n".join(["### Since the last run", "", *told, *([f"- and {more} more"] if more > 0 else [])])
        if told
        else ""
    )


def _effort(verdict: Verdict) -> str:
    if not verdict.activities:
        return ""
    drawn = effort.draw(verdict)
    times = [f"{share.name} {messages.duration(share.seconds)}" for share in drawn.shares]
    cost = f"about {messages.dollars(drawn.dollars)}" + (" if it were AWS" if verdict.sandbox else "")
    facts = [*times, f"{messages.size(drawn.bytes_scanned or 0)} scanned", cost.replace("$", "US$")]
    return "**Time and cost**: " + " · ".join(facts)


def _notes(verdict: Verdict) -> str:
    lines = [f"- Not selected: {_text(', '.join(verdict.left_out))}"] if verdict.left_out else []
    lines += [f"- {EMOJI[c.outcome]} {_text(c.message)}" for c in concerns.idle(verdict)]
    lines += [f"- {_text(note)}" for note in concerns.notes(verdict)]
    return "\n".join(["### Worth knowing", "", *lines]) if lines else ""


def _next(verdict: Verdict) -> str:
    parts = ["### What to do next"]
    for number, step in enumerate(next_steps.next_steps(verdict), 1):
        command = "\n\n" + _indented(_fenced(step.command, "sh")) if step.command else ""
        items = "".join(f"\n   - {_text(item)}" for item in step.items)
        parts.append(f"{number}. {step.text}{items}{command}")
    return "\n\n".join(parts)


def _text(text: str) -> str:
    """One line of plain text: nothing in it is taken for Markdown, HTML or a mention of somebody."""
    line = " ".join(text.split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\u2060")
    line = re.sub(r"([\\`*\[\]|~])", r"\\\1", line)
    return re.sub(r"(?<!\w)([_#])", r"\\\1", line)


def _code(name: str) -> str:
    return f"`{name}`" if re.fullmatch(r"[\w.-]+", name) else _text(name)


def _fenced(text: str, language: str = "") -> str:
    """A block of code; its fence is longer than any run of backticks within."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def _indented(block: str) -> str:
    return "\n".join("   " + line for line in block.splitlines())


def _web(address: str) -> bool:
    return re.fullmatch(r"https?://[^\s()<>]+", address) is not None
