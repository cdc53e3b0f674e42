"""Look-ups: which API resource a column's name points to. Names alone tell it, so this is good for advice, no more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

USERS = "users"
_PERSON = re.compile(r"(.*_)?user_id|last_updated_by")


@dataclass(frozen=True)
class LookUp:
    column: str
    resource: str  # as the API calls it if it is known, else as its name would be
    known: bool  # to the column type dictionary or a Terraform list


def look_ups(columns: Iterable[str], known: Iterable[str]) -> list[LookUp]:
    """The columns that point to a resource (`breach_type_id` to breach_types), in their order."""
    by_singular = {_singular_of_all(name): name for name in known}
    found = []
    for column in columns:
        if _PERSON.fullmatch(column):
            found.append(LookUp(column, USERS, USERS in by_singular.values()))
        elif column.endswith("_id"):
            stem = column.removesuffix("_id")
            resource = by_singular.get(_singular_of_all(stem), "")
            found.append(LookUp(column, resource or plural(stem), bool(resource)))
    return found


def plural(name: str) -> str:
    """Of a name's last word: breach_type -> breach_types, appeal_status -> appeal_statuses."""
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if re.search(r"(s|x|z|ch|sh)$", name) else f"{name}s"


def singular(word: str) -> str:
    """Of a plural; a word that is none stays as it is: statuses -> status, status -> status."""
    if re.search(r"[^aeiou]ies$", word):
        return f"{word[:-3]}y"
    if re.search(r"(s|x|z|ch|sh)es$", word):
        return word[:-2]
    return word if re.search(r"(ss|us|is)$", word) else word.removesuffix("s")


def _singular_of_all(name: str) -> str:
    """So that `enforcement_action_taken` is found as enforcement_actions_taken."""
    return "_".join(singular(word) for word in name.split("_"))
