"""What to do next, by the verdict's state. Done literally, once the cause is fixed, it ends green and harms no data."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from acceptance.evidence import Kind
from acceptance.findings import BUGS
from acceptance.report.messages import GRAVE
from acceptance.verdict.model import Outcome, State, Verdict

MOST_TAGS = 6  # a longer selection is not worth typing
RELEASE = "6"  # the section
_JUDGED = (State.PASSED, State.PARTIAL, State.FAILED, State.BLOCKED)


@dataclass(frozen=True)
class Advice:
    text: str
    command: str = ""  # ready to be typed
    items: tuple[str, ...] = ()  # what the text is about


@dataclass(frozen=True)
class Command:
    """A command as it was typed: its parameters, each once, and what selects a part of the playbook."""

    parameters: dict[str, str] = field(default_factory=dict)
    selection: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Command:
        parameters: dict[str, str] = {}
        selection = []
        words = iter(_words(text)[1:])
        for word in words:
            if word in ("-D", "--define"):
                name, _, value = next(words, "").partition("=")
            elif word.startswith("-D"):
                name, _, value = word.removeprefix("-D").partition("=")
            elif word.startswith("--define="):
                name, _, value = word.removeprefix("--define=").partition("=")
            else:
                selection.append(word)
                continue
            parameters[name] = value
        return cls({name: value for name, value in parameters.items() if name}, tuple(selection))

    def without(self, *names: str) -> Command:
        return Command({n: v for n, v in self.parameters.items() if n not in names}, self.selection)

    def whole(self) -> Command:
        """Of the same parameters, the whole playbook."""
        return Command(self.parameters)

    def __str__(self) -> str:
        return self._written("behave", self.selection)

    def sweep(self) -> str:
        """The command that removes the ticket's test jobs."""
        kept = {n: v for n, v in self.parameters.items() if n not in ("tables", "keep", "fresh")}
        return Command(kept)._written("python -m acceptance.sweep", ("--yes",))

    def rollback(self) -> str:
        """The command that shows the way back."""
        return (
            self.whole()
            .without("keep", "fresh", "samples", "one_at_a_time", "budget", "unit_tests")
            ._written("python -m acceptance.rollback", ())
        )

    def _written(self, program: str, selection: Iterable[str]) -> str:
        given = [word for name, value in self.parameters.items() for word in ("-D", f"{name}={value}")]
        return f"{program} {shlex.join([*given, *selection])}".strip()


def next_steps(verdict: Verdict) -> list[Advice]:
    """In the order to do them."""
    command = Command.parse(verdict.command).without("fresh")
    steps = {scenario.step for scenario in verdict.scenarios}
    if (
        steps
        and all(scenario.section == RELEASE for scenario in verdict.scenarios)
        and verdict.state in _JUDGED
    ):
        return list(_release(verdict, command, steps))
    whole = Advice("Then run the whole playbook again.", str(command.whole()))
    match verdict.state:
        case State.PASSED:
            return _passed(verdict, command)
        case State.PARTIAL:
            return [*_idle(verdict, command), *_rest(verdict, command)]
        case State.EMPTY:
            text = "Check what was asked for (tags, path, name, tables): no scenario of it gave a result."
            return [Advice(text), whole]
        case State.INTERRUPTED:
            resumes = (
                ": it resumes with the job runs and crawls that still stand"
                if _lasts(command, verdict)
                else ""
            )
            return [Advice(f"Run it again{resumes}.", str(command))]
        case State.ERROR if verdict.problems and not verdict.count(Outcome.ERROR):
            return [
                Advice(
                    "Fix what went wrong in the run itself, or report it where it is a bug of the suite. "
                    "The tables are not at fault."
                ),
                whole,
            ]
    return [*_fix(verdict), *_removals(verdict, command), *_again(verdict, command)]


def _release(verdict: Verdict, command: Command, steps: set[str]) -> Iterator[Advice]:
    """Of a run of release day's steps alone (docs/release-day.md)."""
    passed = verdict.state in (State.PASSED, State.PARTIAL)
    if verdict.state is State.FAILED and steps == {"6.1"}:
        yield Advice("Fix what failed on the branch, as each message says. Release nothing until then.")
    elif verdict.state is State.FAILED:
        yield Advice(
            "Fix what failed before the next night's runs, or go back: docs/release-day.md says when and how."
        )
    elif passed and "6.3" in steps:
        yield Advice("Tell those who asked for the tables that they are there.")
    elif passed and "6.2" in steps:
        night = Command({**command.parameters, "env": "prod"}, ("--tags=@step-6.3",))
        yield Advice("In the morning, look at the first night.", str(night))
    elif passed:
        evening = Command({**command.parameters, "env": "prod"}, ("--tags=@step-6.2",))
        yield Advice("Have it merged and deployed; then, in the evening, look at that.", str(evening))
    if not passed:
        yield Advice("Then run the same again.", str(command))


def _fix(verdict: Verdict) -> Iterator[Advice]:
    codes = {finding.code for scenario in verdict.scenarios for finding in scenario.findings}
    if codes & BUGS:
        text = "Report the bug of the suite, with the lines of code in its message and the command that plays it again:"
        yield Advice(text, verdict.command)
    hindered = {f.code for s in verdict.scenarios if s.outcome is Outcome.ERROR for f in s.findings} - BUGS
    if verdict.state is State.FAILED and codes - BUGS:
        yield Advice("Fix what failed, as each message says. Release nothing until the playbook passes.")
    elif verdict.state is State.ERROR and (hindered or not codes & BUGS):
        yield Advice("Fix what kept the run from checking (access, network, …): it is not the tables' fault.")


def _removals(verdict: Verdict, command: Command) -> Iterator[Advice]:
    """What is in the way of the stages that have to write their data again (`acceptance.run.removals`)."""
    found = {
        what: kind
        for scenario in verdict.scenarios
        if scenario.outcome in GRAVE
        for step in scenario.steps
        for evidence in step.evidence
        if evidence.kind is Kind.REMOVAL
        for what, kind in evidence.facts.items()
    }
    jobs = tuple(what for what, kind in found.items() if kind == "test job")
    if jobs:
        yield Advice(
            "Remove the test jobs that were kept: their bookmarks have passed the data.", command.sweep()
        )
    if data := tuple(f"{kind} {what}" for what, kind in found.items() if what not in jobs):
        yield Advice("Ask the Data Platform team to remove this, and nothing else:", items=data)


def _again(verdict: Verdict, command: Command) -> Iterator[Advice]:
    """No job that has done its work runs again, so that the whole costs little; checks that start nothing go alone."""
    bad = [s for s in verdict.scenarios if s.outcome in GRAVE]
    tags = _unique("@step-" + s.step if s.step[:1].isdigit() else "@" + s.step for s in bad)
    alone = all(s.section == "0" for s in bad) and len(tags) <= MOST_TAGS and not command.selection
    if alone and _lasts(command, verdict):
        checks = Command(command.parameters, (f"--tags={' or '.join(tags)}",))
        yield Advice("Check just that again.", str(checks))
    whole = (
        not command.selection
        or not _lasts(command, verdict)
        or any(s.outcome is Outcome.BLOCKED for s in bad)
    )
    if whole:
        text = "Then run the whole playbook again: what has been done today and is sound is not done twice."
        yield Advice(text, str(command.whole()))
    else:
        yield Advice("Then run the same again.", str(command))
        yield Advice("Before deciding on the tables, run the whole playbook.", str(command.whole()))


def _passed(verdict: Verdict, command: Command) -> list[Advice]:
    match verdict.environment:
        case "local":
            text = "Now run it against pre-production, with your checkout of the Data Platform repository."
            return [Advice(text, _on(command, "stg"))]
        case "stg":
            return [
                Advice(
                    "Attach this page to the ticket and ask the Data Platform team to review and release."
                ),
                Advice(
                    "After the release, look at production; nothing is changed there.", _on(command, "prod")
                ),
            ]
        case _:
            return [Advice("Tell those who asked for the tables that they are there.")]


def _idle(verdict: Verdict, command: Command) -> list[Advice]:
    if not verdict.count(Outcome.NOTHING_NEW):
        return []
    text = "Run it again when the API has new records of the tables that had none, tomorrow for instance."
    return [Advice(text, str(command))]


def _rest(verdict: Verdict, command: Command) -> list[Advice]:
    if not verdict.left_out:
        return []
    if verdict.environment == "prod":
        return [
            Advice("What creates or runs anything is never run here. Tell those who asked for the tables.")
        ]
    return [
        Advice(
            "Before you decide on the tables, run the steps that were not selected, too.",
            str(command.whole()),
        )
    ]


def _on(command: Command, environment: str) -> str:
    """The whole playbook on another environment: of the parameters, those that do not belong to this one."""
    kept = command.whole().without("env", "account", "endpoint", "days", "api_pages", "runtime")
    if (
        "endpoint" in command.parameters
    ):  # with a sandbox comes its sample checkout, which is of use nowhere else
        kept = kept.without("data_platform")
    parameters = {**kept.parameters, "env": environment}
    return str(Command({**parameters, "data_platform": parameters.get("data_platform", "../Data-Platform")}))


def _lasts(command: Command, verdict: Verdict) -> bool:
    """Whether what the run has done is still there: a sandbox of its own is gone with it."""
    return not verdict.sandbox or "endpoint" in command.parameters


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # quotes that do not close: still worth a suggestion
        return command.split()


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
