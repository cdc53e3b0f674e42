"""Going back: the account is as it was, whatever was broken, whenever it was interrupted; nobody else's is touched."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from acceptance.pipeline import INGESTION, SNAPSHOT, STAGES
from acceptance.rollback.plan import STEP
from tests import processes
from tests.faults import chain as chains
from tests.faults.account import LOCAL, Account, retype
from tests.faults.checkouts import Checkout, Dictionary
from tests.faults.seeded import HAS_YESTERDAY, TABLES
from tests.faults.tampering import SHARING
from tests.playing import BROKEN, SCRIPTS, Deployment, deployed
from tests.policies import Policy
from tests.processes import Ended
from tests.whole_account import WholeAccount

IN_USE = "wards"
MADE_BY_HAND = (f"{SHARING}_twin",)
"""Catalog tables that a stranger has made in the chain's folders: they are not the ticket's to remove."""
NEIGHBOURS = (f"{BROKEN}_old", f"old_{BROKEN}", BROKEN[:-1], f"{IN_USE}_old", f"{IN_USE}s")
"""Tables whose names hold, begin or end with those of the tables that go back."""
CALLS: list[dict[str, Any]] = []
"""All that the ways back of these tests have called."""
READING = re.compile(r"(Batch)?(Get|List|Head)")
LOCK = "DPP-426.lock.json"


def look(deployment: Deployment) -> WholeAccount:
    return WholeAccount.look(deployment.client, LOCAL)


def command(deployment: Deployment, *arguments: str, tables: str, checkout: Path | None = None) -> list[str]:
    parameters = {
        "ticket": "DPP-426",
        "endpoint": deployment.box.endpoint,
        "data_platform": str(checkout or deployment.box.data_platform),
        "reports": str(deployment.reports),
        "tables": tables,
    }
    given = [word for key, value in parameters.items() for word in ("-D", f"{key}={value}")]
    return ["acceptance.rollback", *given, *arguments]


def roll_back(deployment: Deployment, *arguments: str, tables: str, checkout: Path | None = None) -> Ended:
    deployment.box.clear_calls()
    done = processes.run(*command(deployment, *arguments, tables=tables, checkout=checkout))
    CALLS.extend(deployment.box.calls())
    return done


def shown(deployment: Deployment, tables: str, checkout: Path | None = None, *arguments: str) -> str:
    """The fingerprint of the plan."""
    done = roll_back(deployment, *arguments, tables=tables, checkout=checkout)
    assert done.exit_code == 0, done.output
    found = re.search(r"Plan `([0-9a-f]{12})`", done.output)
    assert found, done.output
    return found[1]


def add_neighbours(deployment: Deployment) -> None:
    """What somebody else has, with names that are nearly the ticket's."""
    account = Account(deployment)
    glue = deployment.client("glue")
    original = glue.get_job(JobName="stg tascomi_parse_tables_increments_planning")["Job"]
    kept = {name: original[name] for name in ("Role", "Command", "DefaultArguments")}
    for name in (f"{original['Name']}-TEST-DPP-4260", f"old {original['Name']}-TEST-DPP-426"):
        glue.create_job(Name=name, **kept)
    for stage in STAGES.values():
        bucket = LOCAL.bucket(stage.zone)
        (key,) = account.keys(stage, IN_USE)
        for table in NEIGHBOURS:
            copy = key.replace(stage.prefix(IN_USE), stage.prefix(table))
            account.s3.copy_object(Bucket=bucket, Key=copy, CopySource={"Bucket": bucket, "Key": key})
        account.s3.put_object(Bucket=bucket, Key=f"{stage.folder}{IN_USE}.txt", Body=b"whose is this?")
        account.crawl(stage)


# -- one run of the playbook, gone back from


@pytest.fixture(scope="module")
def gone_back(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from deployed(tmp_path_factory.mktemp("back") / "reports")


@pytest.mark.xdist_group("way back")
def test_killed_and_begun_again_it_ends_where_it_began(
    gone_back: Deployment, pytestconfig: pytest.Config
) -> None:
    """A new table and one in use, killed at call after call (without `--long` at three); then it is played again."""
    tables, own = f"{BROKEN},{IN_USE}", BROKEN
    add_neighbours(gone_back)
    before = look(gone_back)
    played = gone_back.play("-D", "keep=true", tables=tables)
    assert played.exit_code == 0, played.output
    assert look(gone_back).differing(before) != []
    plan = shown(gone_back, tables)
    assert played.verdict.way_back and played.verdict.way_back.fingerprint == plan  # as the page has it
    _refusals(gone_back, tables, plan)
    kills = 0
    while kills < (100 if pytestconfig.getoption("long") else 3):
        if not _killed_at_its_next_change(gone_back, tables, plan):
            break
        kills += 1
    assert kills >= 3
    done = roll_back(gone_back, "--yes", f"--plan={plan}", f"--tables={IN_USE}", tables=tables)
    assert done.exit_code == 0, done.output
    assert look(gone_back).differing(before) == []
    assert shown(gone_back, tables) != plan  # nothing is left to be done
    again = gone_back.play("--tags=not @section-5", tables=own)
    assert again.exit_code == 0, again.output
    again.passes(own)


def _refusals(deployment: Deployment, tables: str, plan: str) -> None:
    """Nothing was changed by any of them."""
    before = look(deployment)
    done = roll_back(deployment, "--yes", f"--plan={plan}", tables=tables)
    assert (done.exit_code, f"others read {IN_USE}: name each table" in done.output) == (1, True), done.output
    _refuses_while_busy(deployment, tables, ("--yes", f"--plan={plan}", f"--tables={IN_USE}"))
    assert look(deployment).differing(before) == []


def _refuses_while_busy(deployment: Deployment, tables: str, yes: tuple[str, ...]) -> None:
    deployment.box.faults([{"action": "GetCrawler", "altered": {"Crawler": {"State": "RUNNING"}}}])
    done = roll_back(deployment, *yes, tables=tables)
    assert "is running: nothing was changed" in done.output, done.output
    deployment.box.faults([{"action": "GetJobRuns", "altered": {"JobRuns": {"JobRunState": "RUNNING"}}}])
    done = roll_back(deployment, *yes, tables=tables)
    assert "is working on" in done.output, done.output
    deployment.box.faults([])
    lock = {"Bucket": SCRIPTS, "Key": f"scripts/planning/{LOCK}"}
    holder = {"run": "20261125T080000Z-1a2b", "by": "jane", "host": socket.gethostname(), "pid": os.getpid()}
    body = json.dumps(holder | {"since": "2026-11-25T08:00:00Z"}).encode()
    deployment.client("s3").put_object(**lock, Body=body)
    done = roll_back(deployment, *yes, tables=tables)
    assert "DPP-426 is being run by jane" in done.output, done.output
    deployment.client("s3").delete_object(**lock)


def _killed_at_its_next_change(deployment: Deployment, tables: str, plan: str) -> bool:
    """Whether there was one left: else it has come to its end."""
    deployment.box.clear_calls()
    words = command(deployment, "--yes", f"--plan={plan}", f"--tables={IN_USE}", tables=tables)
    process = processes.forked(*words, environ=processes.clean_environment())
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if any(_changes(call) for call in deployment.box.calls()):
            break
        time.sleep(0.002)
    ended = process.poll()
    process.kill()
    output, _ = process.communicate()
    assert ended in (None, 0), output
    return ended is None


def _changes(call: dict[str, Any]) -> bool:
    of_the_lock = str(call.get("key", "")).endswith(LOCK)
    return not READING.match(call["action"]) and not of_the_lock


# -- all faults of the chain


@pytest.mark.xdist_group("chain")
def test_after_every_fault_that_reaches_data(request: pytest.FixtureRequest) -> None:
    """Whatever jobs, crawls and strangers have made of seventy new tables: all of it is the ticket's own, and goes."""
    chain: chains.Chain = request.getfixturevalue("chain")
    request.getfixturevalue("runs_failed")  # the last of the faults
    tables, checkout = ",".join(TABLES), chain.checkout.folder
    plan = shown(chain.deployment, tables, checkout)
    done = roll_back(chain.deployment, "--yes", f"--plan={plan}", tables=tables, checkout=checkout)
    assert done.exit_code == 0, done.output
    before = chain.before.without((*HAS_YESTERDAY, "ingested_twice"))  # theirs is the ticket's own, too
    after = look(chain.deployment).without(MADE_BY_HAND)
    assert [each for each in after.differing(before) if SCRIPTS not in each] == []  # which the tests break


# -- tables in use that a release converts


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Account, Checkout]]:
    """A branch that converts a column of a table in use, as DPP-426's did, beside adding a table."""
    folder = tmp_path_factory.mktemp("released")

    def convert(dictionary: Dictionary) -> None:
        dictionary["integer"][IN_USE].remove("last_updated_by")

    checkout = Checkout.make(folder / "checkout")
    checkout.change_dictionary(convert)
    checkout.commit()
    for deployment in deployed(folder / "reports"):
        yield Account(deployment), checkout


@pytest.mark.xdist_group("way back")
def test_tables_that_a_release_has_converted_are_restored(released: tuple[Account, Checkout]) -> None:
    """Their older generations were written anew, and their description was changed: S3 and Glue still have both."""
    account, checkout = released
    deployment, tables = account.deployment, BROKEN
    before = look(deployment)
    played = deployment.play("-D", f"data_platform={checkout.folder}", "--tags=@step-1.1.2", tables=tables)
    assert "1.1.2" not in dict(played.failed()), played.output  # the tables are recorded
    convert_generations(account)
    assert look(deployment).differing(before) != []
    told = roll_back(deployment, tables=tables, checkout=checkout.folder)
    assert re.search(rf"daily snapshot, {IN_USE}\*\* \(others read it\): .*there again", told.output), (
        told.output
    )
    plan = shown(deployment, tables, checkout.folder)
    done = roll_back(
        deployment, "--yes", f"--plan={plan}", f"--tables={IN_USE}", tables=tables, checkout=checkout.folder
    )
    assert done.exit_code == 0, done.output
    assert look(deployment).differing(before) == []


@pytest.mark.long
@pytest.mark.xdist_group("way back")
def test_the_commands_do_the_same(released: tuple[Account, Checkout], tmp_path: Path) -> None:
    """As somebody gives them who may: through a shell, to the AWS CLI."""
    account, checkout = released
    before = look(account.deployment)
    convert_generations(account)
    done = roll_back(account.deployment, tables=BROKEN, checkout=checkout.folder)
    commands = [line.strip() for line in done.output.splitlines() if line.startswith("   aws ")]
    assert len(commands) > 3, done.output
    cli = tmp_path / "aws"
    cli.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.aws_cli "$@"\n')
    cli.chmod(0o755)
    environ = processes.clean_environment() | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": account.deployment.box.endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": account.deployment.box.region,
    }
    script = "set -e\n" + "\n".join(commands)
    ended = subprocess.run(
        ["sh", "-c", script], cwd=processes.ROOT, env=environ, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert look(account.deployment).differing(before) == []


def convert_generations(account: Account) -> None:
    """One generation is deleted and written anew under another name, one is overwritten in place, both as text."""
    bucket = LOCAL.bucket(SNAPSHOT.zone)
    time.sleep(1.1)  # S3 tells whole seconds
    for back, name in ((0, "part-converted.parquet"), (1, "")):
        (key,) = account.keys(SNAPSHOT, IN_USE, back)
        rows = account.read(SNAPSHOT, key)
        place = rows.column_names.index("last_updated_by")
        text = rows.set_column(place, "last_updated_by", rows["last_updated_by"].cast(pa.string()))
        if name:
            account.s3.delete_object(Bucket=bucket, Key=key)
        account.write(SNAPSHOT, f"{key.rsplit('/', 1)[0]}/{name}" if name else key, text)
    account.change_table(SNAPSHOT, IN_USE, retype("last_updated_by", "string"))
    account.add_partition(SNAPSHOT, IN_USE, account.today)


# -- buckets that keep no versions


@pytest.fixture(scope="module")
def unversioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    for deployment in deployed(tmp_path_factory.mktemp("unversioned") / "reports", versioned=False):
        yield Account(deployment)


@pytest.mark.xdist_group("way back")
def test_what_keeps_the_way_back_from_being_sound(unversioned: Account) -> None:
    """Data outside of the table's folder, a stranger's table in it, and a table in use whose objects are gone."""
    account, deployment = unversioned, unversioned.deployment
    played = deployment.play("features/1-api-ingestion", tables=BROKEN)
    assert played.exit_code == 0, played.output
    assert played.verdict.way_back and played.verdict.way_back.objects == 1
    assert (played.folder / "rollback.md").read_text("utf-8").startswith("# The way back from DPP-426")
    bucket = LOCAL.bucket(SNAPSHOT.zone)
    (lost,) = account.keys(SNAPSHOT, IN_USE)
    body = account.s3.get_object(Bucket=bucket, Key=lost)["Body"].read()
    view = account.copy_table(INGESTION, BROKEN, "_for_analysts")
    account.change_partition(INGESTION, BROKEN, elsewhere)
    account.s3.delete_object(Bucket=bucket, Key=lost)
    try:
        sound = deployment.play(f"--tags=@step-{STEP}", tables=BROKEN)
        found = sound.scenario(STEP).findings
        assert [each.code for each in found] == [
            "way-back-incomplete",
            "way-back-hurts-others",
            "generation-not-restorable",
        ]
        told = sound.message(STEP)
        assert f"{BROKEN}/elsewhere" not in told and "api-responses/elsewhere/" in told
        assert view in told
        assert "the bucket keeps no versions" in told
    finally:
        account.s3.put_object(Bucket=bucket, Key=lost, Body=body)
        account.delete_table(INGESTION, f"{BROKEN}_for_analysts")
    _copied_aside_first(account)


def elsewhere(description: dict[str, Any]) -> None:
    place = f"s3://{LOCAL.bucket(INGESTION.zone)}/{INGESTION.folder}elsewhere/"
    description["StorageDescriptor"]["Location"] = place


def _copied_aside_first(account: Account) -> None:
    """What goes is in the trash, and the crawlers do not find it there."""
    deployment, raw = account.deployment, LOCAL.bucket(INGESTION.zone)
    listed = account.s3.list_objects_v2(Bucket=raw, Prefix=INGESTION.prefix(BROKEN))["Contents"]
    plan = shown(deployment, BROKEN)
    yes = ("--yes", f"--plan={plan}")
    refused = roll_back(deployment, *yes, tables=BROKEN)
    assert f"{raw} keeps no versions: say where its objects are copied first" in refused.output
    refused = roll_back(deployment, *yes, f"--trash=s3://{raw}/{INGESTION.folder}", tables=BROKEN)
    assert "where the next crawl would find it" in refused.output
    done = roll_back(deployment, *yes, f"--trash=s3://{SCRIPTS}/trash/", tables=BROKEN)
    assert done.exit_code == 0, done.output
    kept = account.s3.list_objects_v2(Bucket=SCRIPTS, Prefix=f"trash/{raw}/")["Contents"]
    assert [(each["Key"], each["ETag"]) for each in kept] == [
        (f"trash/{raw}/{each['Key']}", each["ETag"]) for each in listed
    ]
    assert not account.s3.list_objects_v2(Bucket=raw, Prefix=INGESTION.prefix(BROKEN)).get("Contents")


# -- permissions


@pytest.mark.xdist_group("way back")
def test_its_policy_grants_what_it_takes_and_no_more() -> None:
    """Beyond what the playbook takes: of what the tests above have called, which go before this one."""
    if not {"DeleteTable", "UpdateTable", "ResetJobBookmark"} <= {call["action"] for call in CALLS}:
        pytest.skip("the tests above were not all played")
    own, playbook = Policy.read("iam/rollback.json"), Policy.read("iam/pre-production.json")
    calls = [call for call in CALLS if not call.get("resource", "").startswith("old ")]  # a stranger's job
    missing = Policy((*own.statements, *playbook.statements)).missing(calls)
    assert {pair for pair in missing if not pair[1].startswith("arn:aws:s3:::dataplatform-prod-")} == set()
    assert own.unused(CALLS) == set()
