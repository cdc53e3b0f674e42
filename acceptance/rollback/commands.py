"""The way back as commands of the AWS CLI, quoted for a POSIX shell: for somebody who may do what the suite may not."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from acceptance.rollback.actions import Action, DeleteObject
from acceptance.rollback.plan import Step


def commands_of(actions: Iterable[Action], step: Step | None = None) -> list[str]:
    """In the order in which they are to be given.

    With the step of a new table's removal, its objects go with one command for its folder: all that is in it is the
    ticket's own, and the slash at its end keeps neighbours out (AWS CLI reference, "s3 rm": it takes a prefix).
    """
    given = list(actions)
    if step is None or step.shared or not any(isinstance(action, DeleteObject) for action in given):
        return [action.command for action in given]
    below = [
        a for a in given if isinstance(a, DeleteObject) and f"s3://{a.bucket}/{a.key}".startswith(step.where)
    ]
    rest = [action for action in given if action not in below]
    whole = [shlex.join(["aws", "s3", "rm", "--recursive", step.where])] if below else []
    return [*(action.command for action in rest), *whole]


def copies_of(actions: Iterable[Action], trash: str, step: Step) -> list[str]:
    """What copies the objects that go into the trash."""
    places = [f"s3://{action.bucket}/{action.key}" for action in actions if isinstance(action, DeleteObject)]
    below = [place for place in places if not step.shared and place.startswith(step.where)]
    whole = ["aws", "s3", "cp", "--recursive", step.where, trash_folder(trash, step.where)]
    return [
        *([shlex.join(whole)] if below else []),
        *(
            shlex.join(["aws", "s3", "cp", place, trash_folder(trash, place)])
            for place in places
            if place not in below
        ),
    ]


def trash_folder(trash: str, address: str) -> str:
    """Where the trash keeps what was at an address."""
    return f"{trash.rstrip('/')}/{address.removeprefix('s3://')}"
