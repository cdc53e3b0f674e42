"""What the Thens about scripts insist on: the deployed ones, and the test scripts (playbook sections 2.2 and 4.2)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable

from acceptance.aws.glue_jobs import HELPERS_ARGUMENT, Job
from acceptance.aws.glue_scripts import Script
from acceptance.branch.checkout import HELPERS, SCRIPTS
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
    wanted = platform.wanted(path)
    if code not in (wanted.holds(path), platform.branch.holds(path)):
        run.note(
            f"{job.script} is not the {stage.script} of {wanted.name}: section {stage.section} tests another "
            "version than the one that will be deployed"
        )


def helpers_are_mains(run: Run, job: Job) -> None:
    """What the jobs share is loaded from S3: an older version of it may do another thing than the code under test."""
    missing, old = [], []
    for address in job.helpers:
        content = run.scripts.code(Script(address))
        if content is None:
            missing.append(address)
            continue
        for path, code in modules(address, content, run.platform.main.helpers()).items():
            if commit := run.platform.main.replaced(path, code):
                old.append(f"{path} in {address}, which {commit} replaced")
            elif code != run.platform.wanted(path).holds(path):
                run.note(f"{path} in {address} is not that of {run.platform.wanted(path).name}")
    if not missing and not old:
        return
    raise Failure(
        "helpers-missing" if missing else "helpers-outdated",
        f"“{job.name}” loads {'modules that are not there' if missing else 'an older version of its helpers'}: "
        + ", ".join(missing or old),
        expected=f"each object of {HELPERS_ARGUMENT} in S3, with {run.platform.main.name}'s modules",
        observed="no such object: every run of the job, and of its clone, will fail"
        if missing
        else f"{'; '.join(old)}: the tables would be tested with code that is not released any more",
        look=run.links.job(job.name) or f"{HELPERS_ARGUMENT} of “{job.name}”",
        do=f"have {run.platform.main.name}'s {HELPERS} deployed. If today's data were written before that, have them "
        "removed, and run the playbook again",
    )


def modules(address: str, content: bytes, paths: Iterable[str]) -> dict[str, bytes]:
    """By path in the repository, the modules that an object of S3 holds: it is one, or a wheel or zip of some."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return {path: content for path in paths if path.endswith(f"/{address.rsplit('/', 1)[-1]}")}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        found = {path: [name for name in names if _is_module(name, path)] for path in paths}
        return {path: archive.read(inside[0]) for path, inside in found.items() if inside}


def _is_module(name: str, path: str) -> bool:
    """Whether a file of an archive is this module of the repository, with its folders or without."""
    package = "/".join(path.split("/")[-2:])
    return name in (package, package.rsplit("/", 1)[-1]) or name.endswith(f"/{package}")


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
