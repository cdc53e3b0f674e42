"""What a pull request must be like: it merges, it changes what the playbook has it change, its tests are known.

Source: the playbook's "Commit your code changes in the new branch and open a pull request". Read from the checkout.
"""

from __future__ import annotations

import ast
import re

from acceptance.branch.checkout import DICTIONARY, HELPERS, SCRIPTS, TERRAFORM, DataPlatform, Revision
from acceptance.branch.terraform import DAILY, WEEKLY
from acceptance.branch.unit_tests import TouchedScripts
from acceptance.checks import branch as branch_checks
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import STAGES
from acceptance.run.run import Run
from acceptance.wording import count

EDITED = tuple(SCRIPTS + stage.script for stage in STAGES.values() if stage.script_edited)
"""The scripts that have data quality rules."""
RULES = "dq_params"


def evidence(platform: DataPlatform) -> Evidence:
    merge, release = platform.merge, platform.release
    merged = f"by {release.commit[:12]} on {release.when:%Y-%m-%d %H:%M} UTC" if release else "not yet"
    facts = {
        "Branch": f"{platform.branch.name} at {platform.branch.commit[:12]}",
        "Into": f"{platform.main.name} at {merge.target.commit[:12]}",
        "Merged": merged,
        "Files changed": ", ".join(platform.touched) or "none",
    }
    return Evidence(Kind.BRANCH, f"Merge of {platform.branch.name}", facts)


def there_is_no_conflict(platform: DataPlatform) -> None:
    conflicts = platform.merge.conflicts
    if not conflicts:
        return
    main, branch = platform.main.name, platform.branch.name
    raise Failure(
        "merge-conflict",
        f"{branch} cannot be merged into {main} as it is now: {', '.join(conflicts)}",
        expected="a merge that git makes by itself",
        observed=f"conflicts in {', '.join(conflicts)}; {main} is {count(platform.commits_behind, 'commit')} ahead",
        look=f"git merge-tree {main} {branch}",
        do=f"merge {main} into {branch}, keep what both have added, and verify that commit on pre-production",
    )


def every_table_is_listed_once(platform: DataPlatform) -> None:
    """Two tickets that add to a list in two places merge without a conflict, and may double or lose a table."""
    target, result, branch = platform.merge.target.lists, platform.merge.result.lists, platform.branch.lists
    merged = [*result.daily, *result.weekly]
    twice = [table for table in dict.fromkeys(merged) if merged.count(table) > 1]
    lost = [table for table in dict.fromkeys((*target.all, *branch.all)) if table not in merged]
    if not twice and not lost:
        return
    told = [
        f"{what}: {', '.join(tables)}"
        for what, tables in (("more than once", twice), ("in neither list", lost))
        if tables
    ]
    raise Failure(
        "merge-lists-wrong",
        f"merged, the Terraform lists are wrong; {'; '.join(told)}",
        expected=f"every table of {platform.main.name} and of {platform.branch.name} once, in {DAILY} or {WEEKLY}",
        observed="; ".join(told),
        look=f"{TERRAFORM} after git merge {platform.branch.name}, on {platform.main.name}",
        do=f"merge {platform.main.name} into the branch and put the lists right there",
    )


def types_in_use_are_kept(platform: DataPlatform) -> None:
    """Merged, the dictionary has the same types for every table of main's lists: others read them."""
    target, result = platform.merge.target, platform.merge.result
    hurt = {
        table: changes
        for table in target.lists.all
        if (changes := branch_checks.type_changes(target, result, table))
    }
    if not hurt:
        return
    raise Failure(
        "merge-retypes-tables",
        f"merged, tables in use change the types of their columns: {', '.join(hurt)}",
        expected=f"the types that the column type dictionary of {platform.main.name} has",
        observed="; ".join(f"{table}: {', '.join(changes)}" for table, changes in hurt.items()),
        look=f"git diff {target.commit[:12]} {platform.branch.name} -- {DICTIONARY}",
        do="take the change back, or make it a ticket of its own, with the readers' consent: the night's partitions "
        "have the new types and all earlier ones the old, and other pipelines read the tables as they are",
    )


def helpers_are_left_alone(platform: DataPlatform) -> None:
    touched = [path for path in platform.touched if path.startswith(HELPERS)]
    if not touched:
        return
    raise Failure(
        "helpers-changed",
        f"the branch changes what the jobs share: {', '.join(touched)}",
        expected=f"nothing of {HELPERS} changed by a ticket that adds tables",
        observed=", ".join(touched),
        look=f"git diff {platform.change[0].commit[:12]} {platform.branch.name} -- {HELPERS}",
        do="make it a ticket of its own, with a test of each job that loads it: other departments' jobs do so too",
    )


def other_changes(platform: DataPlatform) -> list[str]:
    """What a ticket that adds tables has no need to change, one line each."""
    before, after = platform.change
    told = [path for path in platform.touched if path not in (TERRAFORM, DICTIONARY, *EDITED)]
    told += [
        f"{path}, beside {RULES}"
        for path in EDITED
        if path in platform.touched and _without_rules(before, path) != _without_rules(after, path)
    ]
    if TERRAFORM in platform.touched and _without_lists(before) != _without_lists(after):
        told.append(f"{TERRAFORM}, beside the lists of tables")
    return told


def _without_rules(revision: Revision, path: str) -> str:
    """A script's code but for the data quality rules; its text where it is no Python."""
    text = (revision.holds(path) or b"").decode("utf-8", "replace")
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    tree.body = [node for node in tree.body if not _assigns_rules(node)]
    return ast.dump(tree)


def _assigns_rules(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(each, ast.Name) and each.id == RULES for each in targets)


def _without_lists(revision: Revision) -> str:
    text = (revision.holds(TERRAFORM) or b"").decode("utf-8", "replace")
    return re.sub(rf"\b({DAILY}|{WEEKLY})(\s*=\s*)\[[^\]]*\]", r"\1\2[]", text)


def tests_are_told(run: Run) -> None:
    """Notes: the unit tests of each script that the branch touches, and the scripts that have none."""
    found = TouchedScripts(run.platform)
    for script, tests in found.tests.items():
        run.note(f"unit tests of {script}: {', '.join(tests)}" if tests else f"{script} has no unit test")
    if not found.scripts:
        run.note("the branch touches no script: it has no unit tests to run")
