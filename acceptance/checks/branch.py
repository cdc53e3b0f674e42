"""What the ticket's branch must have changed before anything is run, and what it must not.

Source: the playbook's "How to proceed with your code changes". Read from the files alone: nothing is executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from acceptance.branch.checkout import DICTIONARY, SCRIPTS, TERRAFORM, DataPlatform, Revision, refers_to
from acceptance.branch.dictionary import CATALOG_TYPES
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import PARSE, Stage
from acceptance.run.run import Run
from acceptance.wording import count, meant

LEFT_OUT = frozenset({"asset_constraints", "pre_applications"})
"""Left out of the dictionary on purpose: other pipelines read them unconverted (the playbook's warning)."""


def branch_refers_to_ticket(platform: DataPlatform, ticket: str) -> None:
    if refers_to(platform.branch.name, ticket):
        return
    raise Failure(
        "branch-not-of-ticket",
        f"the branch {platform.branch.name} does not refer to {ticket}",
        expected=f"{ticket} in the branch's name, so that the Data Platform team can track the changes",
        observed=platform.branch.name,
        look=str(platform.branch.checkout),
        do=f"rename the branch (git branch -m {platform.branch.name} {ticket}) and push it",
    )


def behind_main(platform: DataPlatform) -> str:
    """A note when main has gone on since the branch left it; "" otherwise."""
    behind = platform.commits_behind
    if not behind:
        return ""
    return f"main is {count(behind, 'commit')} ahead of where {platform.branch.name} left it: merge it before deploying"


def evidence(platform: DataPlatform) -> Evidence:
    branch, base = platform.branch, platform.base
    added = [table for table in branch.lists.all if table not in base.lists.all]
    facts = {
        "Commit": branch.commit[:12],
        "Left main at": base.commit[:12],
        "Tables added": ", ".join(added) or "none",
    }
    return Evidence(Kind.BRANCH, f"Branch {branch.name}", facts)


# -- column types


def dictionary_has_table(platform: DataPlatform, table: str) -> str:
    """The table's columns are typed, each once, with types that the recast job knows. Returns a note, or ""."""
    columns = typed_columns(platform.branch, table)
    if left_out := table in LEFT_OUT:
        problems = [f"{name} is listed as {', '.join(kinds)}" for name, kinds in columns.items()]
        wanted = f"no entry for {table}: it is left out on purpose, other pipelines read it unconverted"
    else:
        problems = _problems(columns, platform.branch.unread_types_of(table), _near_entry(platform, table))
        wanted = f"{table} with each column of it that is no text, under one type that the recast job knows"
    if not problems:
        notes = []
        if "id" not in columns and not left_out:
            notes.append("the dictionary leaves id as text; step 3.2.4 sees whether it is")
        if odd := [name for name in columns if not re.fullmatch(r"[a-z0-9_]+", name)]:
            notes.append(
                f"the dictionary names {', '.join(odd)}; step {PARSE.find_step} sees whether the API has such columns"
            )
        return f"{table}: {'; '.join(notes)}" if notes else ""
    raise Failure(
        "dictionary-wrong",
        f"the column type dictionary is not right: {'; '.join(problems[:5])}",
        table=table,
        expected=wanted,
        observed="; ".join(problems),
        look=f"{platform.branch.name}:{DICTIONARY}",
        do="compare the entry with the Tascomi API's documentation and fix it on the branch: a column that the "
        "dictionary does not name, or misspells, stays a string without a word",
    )


def _near_entry(platform: DataPlatform, table: str) -> str:
    """An entry that may be the table's, misspelt: that of another table of the lists is not."""
    others = platform.branch.documented_tables.difference(platform.branch.lists.all)
    return meant(table, others, least=0.8)


def _problems(columns: Mapping[str, list[str]], unread: Mapping[str, str], near: str) -> list[str]:
    told = [] if columns else [f"the table is not in it{near}"]
    if unread:
        told.append(
            f"{', '.join(unread)} stand in a second object of the list, of which the recast job reads the first alone"
        )
    told += [
        f"{name} has the types {' and '.join(kinds)}" for name, kinds in columns.items() if len(kinds) > 1
    ]
    told += [
        f"{name} has the unknown type {kind}{meant(kind, CATALOG_TYPES)}"
        for name, kinds in columns.items()
        for kind in sorted(set(kinds) - set(CATALOG_TYPES))
    ]
    # the Data Catalog has names in lower case; the API's may have any other characters
    told += [f"{name!r} is no column's name" for name in columns if not name or name != name.strip().lower()]
    return told


def typed_columns(revision: Revision, table: str) -> dict[str, list[str]]:
    """column -> its types in the dictionary (more than one is a fault)."""
    found: dict[str, list[str]] = {}
    for kind, tables in sorted(revision.dictionary.items()):
        for column in dict.fromkeys(tables.get(table, [])):
            found.setdefault(column, []).append(kind)
    return found


def other_tables_types_unchanged(platform: DataPlatform, tables: tuple[str, ...]) -> None:
    """No dictionary entry of a table that is in the pipeline already, and not under test, differs from main's."""
    hurt = {
        table: type_changes(platform.base, platform.branch, table)
        for table in platform.base.lists.all
        if table not in tables
    }
    hurt = {table: changes for table, changes in hurt.items() if changes}
    if not hurt:
        return
    told = "; ".join(f"{table}: {', '.join(changes)}" for table, changes in hurt.items())
    warned = [table for table in hurt if table in LEFT_OUT]
    raise Failure(
        "other-tables-retyped",
        f"the branch changes column types of tables that are in use and not under test: {', '.join(hurt)}",
        expected="the dictionary's entries of tables already in the pipeline stay as they are",
        observed=told,
        look=f"git diff {platform.base.commit[:12]} {platform.branch.name} -- {DICTIONARY}",
        do=f"take the change back: whoever reads {', '.join(hurt)} in the refined zone relies on the present types"
        + (
            f"; {', '.join(warned)} stays out of the dictionary on purpose (the playbook's warning)"
            if warned
            else ""
        )
        + "; if it is meant, make it a ticket of its own, with the readers' consent",
    )


def type_changes(old: Revision, new: Revision, table: str) -> list[str]:
    """The columns of a table that two dictionaries type otherwise, in words."""
    before, after = typed_columns(old, table), typed_columns(new, table)
    return [
        f"{column} from {_kinds(before.get(column))} to {_kinds(after.get(column))}"
        for column in {**before, **after}
        if before.get(column) != after.get(column)
    ]


def _kinds(kinds: list[str] | None) -> str:
    return "/".join(kinds) if kinds else "text"


# -- Terraform lists


def table_is_in_one_list(platform: DataPlatform, table: str) -> str:
    """Which list: daily or weekly."""
    lists = platform.branch.lists
    places = [
        name
        for name, names in (("daily", lists.daily), ("weekly", lists.weekly))
        for each in names
        if each == table
    ]
    if len(places) == 1:
        return places[0]
    raise Failure(
        "table-not-listed" if not places else "table-listed-twice",
        f"the table is in {'no Terraform list' if not places else 'the Terraform lists more than once'}",
        table=table,
        expected="the table once, in tascomi_table_names (daily) or in tascomi_static_tables (weekly)",
        observed=" and ".join(f"{name} list" for name in places) or "in neither list",
        look=f"{platform.branch.name}:{TERRAFORM}",
        do="append the table to one of the lists; if not sure to which, to tascomi_table_names for now (the playbook)"
        if not places
        else "remove it from one of them",
    )


def moved_tables(platform: DataPlatform) -> list[str]:
    """Tables that the branch moves between the lists: allowed, and worth telling."""
    before, after = platform.base.lists, platform.branch.lists
    told = []
    for table in before.all:
        was, now = table in before.daily, table in after.daily
        if table in after.all and was != now:
            told.append(f"{table} moves from {_often(was)} to {_often(now)} ingestion")
    return told


def _often(daily: bool) -> str:
    return "daily" if daily else "weekly"


def no_table_is_dropped(platform: DataPlatform) -> None:
    dropped = [table for table in platform.base.lists.all if table not in platform.branch.lists.all]
    if not dropped:
        return
    raise Failure(
        "tables-dropped",
        f"the branch takes tables out of the pipeline: {', '.join(dropped)}",
        expected="every table of main's lists in one of the branch's lists",
        observed=f"{', '.join(dropped)} in neither",
        look=f"git diff {platform.base.commit[:12]} {platform.branch.name} -- {TERRAFORM}",
        do="put them back: whoever reads them would read old data from then on",
    )


# -- data quality rules


def quality_rules(revision: Revision, script: str) -> dict[str, Mapping[str, Any]]:
    """The literal dict `dq_params` of a script; raises `Failure` where there is none."""
    path = SCRIPTS + script
    problem = "has no dict called dq_params"
    try:
        rules = _assigned(revision.read(path), "dq_params")
        if rules and isinstance(rules[-1], dict):
            return rules[-1]
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:  # as `ast` documents
        problem = f"cannot be read: {error}"
    raise Failure(
        "rules-unreadable",
        f"{script} {problem}",
        expected="dq_params = {'<table-name>': {…}, …} near the top of the script, a plain literal",
        observed=problem,
        look=f"{revision.name}:{path}",
        do="put the rules of the new tables into the script as the playbook shows",
    )


def lacks_rules_as_before(platform: DataPlatform, stage: Stage, table: str) -> bool:
    """Whether a table is in the pipeline without rules, and the branch leaves it so: none of the ticket's doing."""
    rules = (quality_rules(revision, stage.script) for revision in (platform.base, platform.branch))
    return table in platform.base.lists.all and not any(table in each for each in rules)


@cache
def _assigned(code: str, name: str) -> list[Any]:
    """The literals that are assigned to a name, in the order of the code."""
    found: list[Any] = []
    for node in ast.walk(ast.parse(code)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is not None and any(isinstance(each, ast.Name) and each.id == name for each in targets):
            found.append(ast.literal_eval(value))
    return found


def rules_are_right(run: Run, stage: Stage, table: str) -> None:
    """A table without rules has no checks and passes them, duplicates included."""
    platform = run.platform
    rules = quality_rules(platform.branch, stage.script).get(table)
    unique = ["id", "import_date"] if stage is PARSE else ["id"]
    shown = f"{{'unique': {unique}" + (", 'complete': 'id'}" if stage is PARSE else "}")
    problems = (
        ["no entry: the job would check nothing and pass"]
        if rules is None
        else _rule_problems(rules, unique, stage)
    )
    if not problems and rules:
        problems = _unknown_column(run, table, rules.get("complete", "id"))
    if not problems:
        return
    raise Failure(
        "rules-wrong",
        f"the data quality rules of {stage.script} are not right: {'; '.join(problems)}",
        table=table,
        expected=f"'{table}': {shown}",
        observed=f"'{table}': {rules}" if rules is not None else f"dq_params without '{table}'",
        look=f"{platform.branch.name}:{SCRIPTS}{stage.script}",
        do="add or fix the line in dq_params on the branch, as the playbook shows",
    )


def _rule_problems(rules: Any, unique: list[str], stage: Stage) -> list[str]:
    if not isinstance(rules, dict):
        return ["the entry is not a dict"]
    told = []
    keys = rules.get("unique")
    if not (isinstance(keys, list) and sorted(map(str, keys)) == sorted(unique)):
        told.append(f"'unique' is {keys}, not {unique}")
    complete = rules.get("complete")
    if stage is PARSE and complete is None:
        told.append("'complete' is missing")
    if complete is not None and not (isinstance(complete, str) and complete):
        told.append(f"'complete' is {complete}, not one column's name")
    if others := sorted(set(rules) - {"unique", "complete"}):
        told.append(f"unknown rules {', '.join(map(str, others))}")
    return told


def _unknown_column(run: Run, table: str, column: str) -> list[str]:
    """A rule about a column that is not there fails the run of all tables."""
    if column == "id" or column in typed_columns(run.platform.branch, table):
        return []
    parsed = run.catalog_table(PARSE, table)
    if parsed is None:
        run.note(
            f"{table}: whether the API has the column {column} of the data quality rules is not known before step "
            f"{PARSE.run_step}; without it, that run fails for all tables"
        )
        return []
    known = {**parsed.columns, **parsed.partition_keys}
    near = meant(column, known)
    return [] if column in known else [f"'complete' is {column}, which is no column of {table}{near}"]
