"""Tables as parameters: every outline whose Examples hold the placeholder gets one row a table under test.

Done before behave runs anything, so that names, counts, tags, dry runs and every formatter see the real scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

from behave.model import Examples, Feature, Scenario, Table

PLACEHOLDER = "(each table under test)"
MUTATES = "mutates"  # the tag of what creates or runs anything
RELEASE_SECTION = "6"


def expand(features: Iterable[Feature], tables: Iterable[str]) -> None:
    for feature in features:
        for outline in feature.iter_scenario_outlines():
            # a file:line selection has marked the placeholder's scenario already
            left_out = bool(outline.scenarios) and all(scenario.should_skip for scenario in outline.scenarios)
            if any(_fill(examples, tables) for examples in outline.examples):
                for scenario in outline.scenarios if left_out else ():
                    scenario.mark_skipped()


def _fill(examples: Examples, tables: Iterable[str]) -> bool:
    rows: Table | None = examples.table
    if rows is None or not any(PLACEHOLDER in row.cells for row in rows):
        return False
    line = rows[0].line
    template = list(rows[0].cells)
    rows.clear()
    for table in tables:
        rows.add_row([table if cell == PLACEHOLDER else cell for cell in template], line)
    return True


def vacuous(features: Iterable[Feature], config: Any) -> list[str]:
    """What is selected and makes no scenario: behave passes over it without a word."""
    found = []
    for feature in features:
        if not (feature.run_items or config.name) and feature.should_run_with_tags(config.tag_expression):
            found.append(f"“{feature.name}” ({feature.location}) has no scenarios")
        for outline in feature.iter_scenario_outlines():
            named = not config.name or config.name_re.search(outline.name)
            if not outline.scenarios and named and outline.should_run_with_tags(config.tag_expression):
                found.append(f"“{outline.name}” ({outline.location}) has no examples")
    return [f"{each}, so nothing is checked by it: a bug of the suite" for each in found]


def one_table_after_another(features: list[Feature], tables: Iterable[str]) -> list[Feature]:
    """The playbook's way (a): a table's ingestion, crawl and checks (1.2.1 to 1.2.4) before the next table's."""
    repeated = [f for f in features if section_of(f) == "1" and all(map(table_of, f.walk_scenarios()))]
    if not repeated:
        return features
    first = features.index(repeated[0])
    rest = [feature for feature in features if feature not in repeated]
    return [*rest[:first], *(_of_table(f, table) for table in tables for f in repeated), *rest[first:]]


def _of_table(feature: Feature, table: str) -> Feature:
    """The feature with the scenarios of one table alone."""
    narrowed = copy(feature)
    narrowed.scenarios = narrowed.run_items = [s for s in feature.walk_scenarios() if table_of(s) == table]
    return narrowed


def table_of(scenario: Scenario) -> str:
    """The table that a scenario is about, from its tag `@table.<table>`; "" for none."""
    return next((tag.removeprefix("table.") for tag in scenario.tags if tag.startswith("table.")), "")


def step_of(feature: Feature) -> str:
    """The feature's playbook number, else its first tag (`@jobs` -> jobs)."""
    named = [str(tag) for tag in feature.tags if not tag.startswith("section-")]
    return number_of(feature) or (named or [feature.name])[0]


def number_of(feature: Feature) -> str:
    """The feature's playbook number (`@step-1.2.3` -> 1.2.3); "" where the playbook gives it none."""
    return next((tag.removeprefix("step-") for tag in feature.tags if tag.startswith("step-")), "")


def section_of(feature: Feature) -> str:
    return next((tag.removeprefix("section-") for tag in feature.tags if tag.startswith("section-")), "")
