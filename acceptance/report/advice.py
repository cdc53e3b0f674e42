"""What to do next, by the verdict's state."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from acceptance.report.words import GRAVE
from acceptance.verdict import Outcome, ScenarioResult, State, Verdict

MOST_TAGS = 6  # a longer selection is not worth typing


@dataclass(frozen=True)
class Advice:
    text: str
    command: str = ""


def next_steps(verdict: Verdict) -> list[Advice]:
    """In the order to do them; a command is ready to be typed."""
    again = Advice("Then run the whole playbook again.", _whole(verdict))
    match verdict.state:
        case State.PASSED:
            return _passed(verdict)
        case State.PARTIAL:
            return [*_idle(verdict), *_rest(verdict)]
        case State.EMPTY:
            text = "Check what was asked for (tags, path, name, tables): no scenario of it gave a result."
            return [Advice(text), again]
        case State.INTERRUPTED:
            goes_on = ": it goes on from the job runs and crawls that still stand" if _lasts(verdict) else ""
            return [Advice(f"Run it again{goes_on}.", verdict.command.replace(" -D fresh=true", ""))]
        case State.ERROR if verdict.problems and not verdict.count(Outcome.ERROR):
            return [
                Advice("Put right what went wrong in the run itself. The tables are not at fault."),
                again,
            ]
        case State.FAILED:
            text = "Put right on the ticket's branch what failed, deploy nothing, and check just that again."
        case State.ERROR:
            text = "Put right what kept the run from checking (access, network, …): not the tables' fault."
        case State.BLOCKED:
            text = "Run the steps that the blocked ones build on, each says which; or the whole playbook."
            return [Advice(text, again.command)]
    if not _lasts(verdict):
        return [Advice(text, again.command)]
    narrowed = _narrowed(verdict)
    return [Advice(text, narrowed), *([again] if again.command != narrowed else [])]


def _passed(verdict: Verdict) -> list[Advice]:
    match verdict.environment:
        case "local":
            text = "Now run it against pre-production, with your checkout of the Data Platform repository."
            return [Advice(text, _on(verdict, "stg"))]
        case "stg":
            return [
                Advice(
                    "Attach this page to the ticket and ask the Data Platform team to review and release."
                ),
                Advice(
                    "After the release, look at production; nothing is changed there.", _on(verdict, "prod")
                ),
            ]
        case _:
            return [Advice("Tell those who asked for the tables that they are there.")]


def _idle(verdict: Verdict) -> list[Advice]:
    if not verdict.count(Outcome.NOTHING_NEW):
        return []
    text = "Run it again when the API has new records of the tables that had none, tomorrow for instance."
    return [Advice(text, verdict.command)]


def _rest(verdict: Verdict) -> list[Advice]:
    if not verdict.left_out:
        return []
    if verdict.environment == "prod":
        return [
            Advice("What creates or runs anything is never run here. Tell those who asked for the tables.")
        ]
    return [Advice("Before deciding on the tables, run what was left out too.", _whole(verdict))]


def _whole(verdict: Verdict) -> str:
    """The command of the run, without what selected a part of the playbook."""
    return shlex.join(["behave", *_defines(verdict.command, {"tables"})])


def _on(verdict: Verdict, environment: str) -> str:
    """The whole playbook on another environment, without what belonged to this one."""
    sandboxs = {"data_platform"} if verdict.sandbox else set()  # its sample repository is of use nowhere else
    kept = _defines(verdict.command, {"tables", "env", "endpoint", "account", *sandboxs})
    checkout = ["-D", "data_platform=../Data-Platform"] if sandboxs else []
    return shlex.join(["behave", *kept, "-D", f"env={environment}", *checkout])


def _lasts(verdict: Verdict) -> bool:
    """Whether what the run has done is still there: a sandbox of its own is gone with it."""
    return not verdict.sandbox or any(
        word.startswith("endpoint=") for word in _defines(verdict.command, set())
    )


def _defines(command: str, dropped: set[str]) -> list[str]:
    """The `-D key=value` of a command, but for some keys."""
    words = _words(command)
    values = [value for word, value in pairwise(words) if word in ("-D", "--define")]
    values += [word.removeprefix("-D") for word in words if word.startswith("-D") and word != "-D"]
    return [part for value in values if value.partition("=")[0] not in dropped for part in ("-D", value)]


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # quotes that do not close: still worth a suggestion
        return command.split()


def _narrowed(verdict: Verdict) -> str:
    """The command of the run, for no more than the steps and tables that did not pass."""
    bad = [s for s in verdict.scenarios if s.outcome in GRAVE]
    tags = _unique("@step-" + s.step if s.step[:1].isdigit() else "@" + s.step for s in bad)
    parts = [verdict.command]
    if tables := _tables(bad, verdict):
        parts.append(f"-D tables={shlex.quote(','.join(tables))}")
    if tags and len(tags) <= MOST_TAGS:
        parts.append(f"--tags={shlex.quote(' or '.join(tags))}")
    return " ".join(parts)


def _tables(bad: list[ScenarioResult], verdict: Verdict) -> list[str]:
    """None where all tables or the account are concerned: then nothing is narrowed."""
    tables = _unique(s.table for s in bad)
    return [] if "" in tables or set(tables) == set(verdict.tables) else tables


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
