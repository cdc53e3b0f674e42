"""The ticket's page: one self-contained HTML file that opens from disk and asks nothing of the network."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from acceptance.evidence import Kind
from acceptance.measurements.model import Reason, Work
from acceptance.plan import prices
from acceptance.report import concerns, effort, grid, history, messages, next_steps, row_flow
from acceptance.report.page import columns
from acceptance.verdict.model import Outcome, ScenarioResult, State, Verdict
from acceptance.verdict.sentence import gist, sentence

HERE = Path(__file__).parent
MANY_TABLES = 20
"""Of more, the page holds what passed packed (a twentieth of its size), and page.js unpacks what is opened."""
BETWEEN = Markup("<!---->")  # packed scenarios; what a run saw is escaped, and so never this


UP = "../"
"""The way from a run's folder to its ticket's."""


def one_folder_up(page: str) -> str:
    """A run's page as the ticket's folder has it, where links to earlier runs are shorter; it takes long to draw."""
    return page.replace(f'href="{UP}../', 'href="../')


def render(verdict: Verdict, up: str = "") -> str:
    """The whole page. Whatever the run saw is text here: it is escaped, and links lead to http(s) alone.

    `up`: the way from the page's folder to `reports/<ticket>/`, for links to earlier runs.
    """
    environment = _environment()
    anchors = {id(scenario): f"s{number}" for number, scenario in enumerate(verdict.scenarios, 1)}
    style, script = (HERE / "page.css").read_text("utf-8"), (HERE / "page.js").read_text("utf-8")
    drawn = grid.draw(verdict)
    many = len(verdict.tables) > MANY_TABLES
    return environment.get_template("page.html.j2").render(
        verdict=verdict,
        anchor=lambda scenario: anchors[id(scenario)],
        grid=drawn,
        stages=drawn.stages() if drawn.columns else [],
        counts=messages.counts(verdict.scenarios),
        grave=concerns.grave(verdict),
        idle=concerns.idle(verdict),
        notes=concerns.notes(verdict),
        causes=[each for each in concerns.grave(verdict) if each.outcome is not Outcome.BLOCKED],
        standing=lambda concern: concerns.standing(verdict, concern),
        is_new=lambda concern: concerns.is_new(verdict, concern),
        trace=lambda concern: concerns.traces(verdict, concern),
        advice=next_steps.next_steps(verdict),
        playbook=verdict.scenarios,
        many=many,
        is_packed=lambda scenario: many and scenario.outcome is Outcome.PASSED,
        between=BETWEEN,
        ledgers=row_flow.draw(verdict) if verdict.row_counts else [],
        columns=columns.draw(verdict),
        effort=effort.draw(verdict),
        assumptions=prices.ASSUMPTIONS,
        history=history.draw(verdict),
        up=up,
        style=Markup(style),  # our own file
        script=Markup(script),  # our own file
        policy=f"default-src 'none'; img-src data:; style-src {source_hash(style)}; script-src {source_hash(script)}",
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        Kind=Kind,
        Outcome=Outcome,
        Reason=Reason,
        State=State,
        Work=Work,
        grid_all=grid.ALL_TABLES,
        messages=messages,
    )
    environment.filters.update(
        address=_address,
        breakable=_breakable,
        count=messages.count,
        cut=messages.cut,
        dollars=messages.dollars,
        dpu_hours=messages.dpu_hours,
        duration=messages.duration,
        groupby_in_order=_groups,
        linked=_linked,
        moment=messages.moment,
        packed=_packed,
        gist=gist,
        parts=messages.parts,
        section=messages.section,
        sentence=sentence,
        signed=messages.signed,
        size=messages.size,
        slug=lambda text: text.replace(" ", "-"),
    )
    return environment


def _packed(html: str) -> str:
    """As page.js takes it: base64 of zlib's format."""
    return base64.b64encode(zlib.compress(html.encode(), 9)).decode()


def _groups(scenarios: Iterable[ScenarioResult], attribute: str) -> list[tuple[str, list[ScenarioResult]]]:
    """By an attribute, in the order of the playbook (Jinja2's own `groupby` sorts)."""
    groups: dict[str, list[ScenarioResult]] = {}
    for scenario in scenarios:
        groups.setdefault(getattr(scenario, attribute), []).append(scenario)
    return list(groups.items())


def _address(link: str) -> str:
    """A link's address if it leads to the web, else nothing: a page must not carry `javascript:` along."""
    return link if re.match(r"https?://", link) else ""


def _linked(text: str) -> Markup:
    """Text whose web addresses are links."""
    parts = re.split(r"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])", text)
    return Markup().join(
        Markup('<a href="{0}">{0}</a>').format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def _breakable(name: str) -> Markup:
    """A name that may break after an underscore, dot or slash where room is scarce."""
    return Markup("<wbr>").join(re.split(r"(?<=[_./])", name))


def source_hash(text: str) -> str:
    """The source expression that lets a content security policy accept exactly this inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
