"""Consoles that cannot show every character: runs there end as anywhere else, and files are UTF-8 all the same."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.verdict.file import read as read_verdict
from tests.faults.checkouts import Checkout
from tests.playing import Deployment

ROOT = Path(__file__).parents[2]
SECTION_0 = "features/0-before-you-start"
CONSOLES = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")  # of a terminal: colours, the cursor

pytestmark = pytest.mark.xdist_group("untouched")


@dataclass(frozen=True)
class Console:
    """What Python is told of a console, and how that shows text."""

    environ: dict[str, str]
    encoding: str

    def piped(self, *words: str) -> tuple[int, str]:
        """Exit code of a command, and what it has printed on both streams."""
        done = subprocess.run(
            words,
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        return done.returncode, done.stdout.decode(self.encoding)

    def on_a_terminal(self, *words: str) -> tuple[int, str]:
        """The same where both streams are a terminal, on which is shown what is being waited for."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            words, cwd=ROOT, env=self.environ, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        printed = b""
        with suppress(OSError):  # Linux says so when the other end is closed
            while read := os.read(ours, 4096):
                printed += read
        os.close(ours)
        return process.wait(timeout=120), _ESCAPES.sub("", printed.decode(self.encoding))


@pytest.fixture(params=CONSOLES)
def console(request: pytest.FixtureRequest) -> Console:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PLAYBOOK_"))}
    encoding = "latin-1" if request.param == "latin-1" else "ascii"
    return Console({**kept, "TERM": "xterm", **CONSOLES[request.param]}, encoding)


def behave(deployment: Deployment, reports: Path, *arguments: str, checkout: Path | None = None) -> list[str]:
    given = {
        "ticket": "DPP-426",
        "endpoint": deployment.box.endpoint,
        "data_platform": str(checkout or deployment.box.data_platform),
        "reports": str(reports),
    }
    words = [word for key, value in given.items() for word in ("-D", f"{key}={value}")]
    return [sys.executable, "-m", "behave", *words, *arguments]


@pytest.mark.parametrize("way", [Console.piped, Console.on_a_terminal])
def test_a_healthy_run_passes(
    way: Callable[..., tuple[int, str]], console: Console, untouched: Deployment, tmp_path: Path
) -> None:
    code, output = way(console, *behave(untouched, tmp_path, SECTION_0, "-D", "tables=wards"))
    assert code == 0, output
    assert "+ When you are ready" in output
    assert "Passed in part: " in output
    assert "?" not in output and "Traceback" not in output


def test_a_dry_run_tells_the_plan(console: Console, untouched: Deployment, tmp_path: Path) -> None:
    """behave's own formatter shows the features."""
    words = ("--dry-run", "--format=plain", "--tags=@step-1.2.1", "-D", "tables=wards")
    code, output = console.piped(*behave(untouched, tmp_path, *words))
    assert code == 0, output
    assert "Feature: 1.2.1 Run the test job" in output
    assert "The run would start, at most:" in output
    assert "?" not in output and "Traceback" not in output


def test_a_failed_run_says_what_failed(console: Console, untouched: Deployment, tmp_path: Path) -> None:
    """The ticket's branch has a name of more than ASCII; that of another branch is no UTF-8."""
    checkout = Checkout.make(tmp_path / "checkout")
    checkout.add(["not_in_dictionary"])
    checkout.commit("Ändern").git("branch", "-m", "DPP-426", "DPP-426-für-Éva")
    stray = os.fsencode(checkout.folder / ".git" / "refs" / "heads") + b"/caf\xe9"
    Path(os.fsdecode(stray)).write_text(checkout.git("rev-parse", "main"), "ascii")
    words = behave(
        untouched,
        tmp_path / "reports",
        SECTION_0,
        "-D",
        "tables=not_in_dictionary",
        checkout=checkout.folder,
    )
    code, output = console.piped(*words)
    assert code == 1
    assert "x 1 failed" in output and "FAILED " in output, output
    assert ("DPP-426-für-Éva" if console.encoding == "latin-1" else "DPP-426-fur-Eva") in output
    assert "?" not in output.replace("for you?", "") and "Traceback" not in output
    (path,) = (tmp_path / "reports").glob("*/*/verdict.json")
    assert read_verdict(path).branch == "DPP-426-für-Éva"
    for file in ("report.html", "summary.md"):
        assert "DPP-426-für-Éva" in (path.parent / file).read_text("utf-8")


def test_a_report_is_drawn_again(console: Console, untouched: Deployment, tmp_path: Path) -> None:
    """The folder of the checkout is in the run's command, which is in the page; under C it is bytes to Python."""
    checkout = Checkout.make(tmp_path / "plätze").folder
    words = ("-D", "tables=wards", "--tags=@terraform")
    code, output = console.piped(*behave(untouched, tmp_path / "reports", *words, checkout=checkout))
    assert code == 0, output
    (path,) = (tmp_path / "reports").glob("*/*/verdict.json")
    assert "plätze" in read_verdict(path).command
    code, output = console.piped(sys.executable, "-m", "acceptance.report", str(path))
    assert code == 0, output
    assert "Passed in part: " in output and "Traceback" not in output
