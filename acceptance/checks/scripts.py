"""What the Thens about scripts insist on: the deployed ones, and the test scripts (playbook sections 2.2 and 4.2)."""

from __future__ import annotations

import hashlib

from acceptance.aws.glue_jobs import Job
from acceptance.aws.glue_scripts import Script
from acceptance.branch.checkout import SCRIPTS
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import Stage
from acceptance.run.run import Run


def is_there(run: Run, stage: Stage, job: Job) -> None:
    """The deployed script; where the ticket makes no test script of it, an unknown version is worth a note."""
    script = Script(job.script)
    code = run.scripts.code(script)
    if code is None:
        raise Failure(
            "script-missing",
            f"the script of “{job.name}” is not there",
            expected=f"an object {job.script}",
            observed="no such object: every run of the job, and of its clone, will fail",
            look=run.links.folder(script.bucket, script.key) or job.script,
            do="have the scripts deployed anew",
        )
    if stage.script_edited:
        return
    path, platform = SCRIPTS + stage.script, run.platform
    wanted = platform.branch if platform.branch.holds(path) != platform.base.holds(path) else platform.main
    if code not in (wanted.holds(path), platform.branch.holds(path)):
        run.note(
            f"{job.script} is not the {stage.script} of {wanted.name}: section {stage.section} tests another "
            "version than the one that will be deployed"
        )


def test_job_runs(run: Run, test_job: Job, original: Script) -> None:
    wanted = run.scripts.of_ticket(original)
    if test_job.script == wanted.address:
        return
    raise Failure(
        "test-script-not-run",
        f"“{test_job.name}” does not run the test script",
        expected=wanted.address,
        observed=test_job.script,
        look=run.links.job(test_job.name) or f"the script location of “{test_job.name}”",
        do="change the script's name in the test job's details",
    )


def lies_beside(run: Run, original: Script, name: str) -> None:
    script = run.scripts.of_ticket(original)
    code = run.scripts.code(script)
    if original.name == name and code is not None and code == run.scripts.code(original):
        return
    raise Failure(
        "test-script-not-copied",
        f"the test script {script.name} is not a copy of {name} beside it",
        expected=f"{script.address} with the code of {name}",
        observed="no such object"
        if code is None
        else f"{len(code)} bytes, sha256 {_digest(code)}; the original is {original.address}",
        look=run.links.folder(script.bucket, script.key) or script.address,
        do=f"see who may write to the bucket {script.bucket}",
    )


def holds(run: Run, script: Script, code: bytes) -> None:
    found = run.scripts.code(script)
    if found is not None:
        facts = {"Bytes": str(len(found)), "SHA-256": _digest(found)}
        run.record(Evidence(Kind.OBJECTS, f"Script {script.address}", facts))
    if found == code:
        return
    raise Failure(
        "test-script-not-the-branchs",
        f"the test script {script.name} is not the branch's code",
        expected=f"{len(code)} bytes, sha256 {_digest(code)}",
        observed="no such object" if found is None else f"{len(found)} bytes, sha256 {_digest(found)}",
        look=run.links.folder(script.bucket, script.key) or script.address,
        do="see whether somebody else writes to it, and do this step again",
    )


def untouched(run: Run, original: Script, before: bytes | None) -> None:
    """The original is what other environments' jobs run."""
    after = run.scripts.code(original)
    if after == before:
        return
    raise Failure(
        "original-script-changed",
        f"the original script {original.name} has changed meanwhile",
        expected=f"sha256 {_digest(before or b'')}",
        observed="no such object" if after is None else f"sha256 {_digest(after)}",
        look=run.links.folder(original.bucket, original.key) or original.address,
        do="find out who deployed it; have it put back before the nightly run",
    )


def _digest(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()[:16]
