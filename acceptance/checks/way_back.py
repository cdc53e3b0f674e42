"""The way back: it reaches all that there is of the tables, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator

from acceptance.aws.s3_objects import folder_of
from acceptance.environments import Zone
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import STAGES, Stage
from acceptance.rollback.survey import Survey, is_of, registered_of, tables_of
from acceptance.run.run import Run
from acceptance.wording import count

AGAIN = "then have the plan drawn again: python -m acceptance.rollback"


def evidence(run: Run, survey: Survey) -> Evidence:
    plan = survey.way_back()
    facts = {
        "Plan": plan.fingerprint,
        "Steps to do": str(sum(step.to_do for step in plan.steps)),
        "Objects": f"{plan.objects:,}",
        "Bytes": f"{plan.bytes:,}",
        "Cannot be restored": str(len(plan.losses)),
    }
    facts |= {
        bucket: "keeps versions" if keeps else "keeps no versions"
        for bucket, keeps in plan.keeps_versions.items()
    }
    return Evidence(Kind.OBJECTS, f"The way back from {run.settings.ticket}", facts)


def reaches_all(run: Run, survey: Survey) -> None:
    """Data that a catalog table has elsewhere would stay when its table and its folder are gone."""
    for stage, table in _own(survey):
        home = f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"
        places = [partition.location for partition in registered_of(run, stage, table)]
        places += [each.location for each in tables_of(run, stage) if each.name == stage.catalog_table(table)]
        elsewhere = sorted({place for place in places if place and not folder_of(place).startswith(home)})
        if elsewhere:
            raise Failure(
                "way-back-incomplete",
                f"{stage.catalog_table(table)} has data outside of its folder, which the way back would not remove",
                table=table,
                expected=f"all data of the table below {home}",
                observed=f"{count(len(elsewhere), 'other place')}: {', '.join(elsewhere[:3])}",
                look=f"the locations of the partitions of {stage.catalog_table(table)} in the Glue Data Catalog",
                do=f"find out who registered them, and have their objects and partitions removed; {AGAIN}",
            )


def removes_own_alone(run: Run, survey: Survey) -> None:
    """What others have made of the ticket's folders would lose its data."""
    for stage, table in _own(survey):
        home = f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"
        if readers := sorted(_readers(run, stage, table, home)):
            raise Failure(
                "way-back-hurts-others",
                f"other tables read the folder of {table}'s {stage.data}, which the way back would remove",
                table=table,
                expected=f"no other catalog table than {stage.catalog_table(table)} in {home}",
                observed=f"{', '.join(readers)}",
                look=f"the tables in the Glue Data Catalog whose location begins with {home}",
                do=f"ask whoever made them; where nobody needs them, have them deleted; {AGAIN}",
            )


def _readers(run: Run, stage: Stage, table: str, home: str) -> Iterator[str]:
    for zone in Zone:
        of_zone = next(each for each in STAGES.values() if each.zone is zone)
        for each in tables_of(run, of_zone):
            inside = bool(each.location) and folder_of(each.location).startswith(home)
            if inside and not (zone is stage.zone and is_of(run, stage, table, each)):
                yield f"{each.database}.{each.name}"


def last_generations_are_there(survey: Survey) -> None:
    lost = [loss for loss in survey.losses if loss.code]
    if not lost:
        return
    first = lost[0]
    raise Failure(
        "generation-not-restorable",
        f"of what the change has reached, {count(len(lost), 'thing')} cannot be restored: {first.what}",
        table=first.table,
        expected="the last good generation of each table in use is there, or S3 has its versions",
        observed="; ".join(f"{loss.what}, since {loss.why}" for loss in lost[:3]),
        look="“The way back” on this page, and the versions of the objects in the bucket",
        do=f"{first.instead}. Release nothing that changes tables in use while they cannot be restored",
    )


def _own(survey: Survey) -> Iterator[tuple[Stage, str]]:
    for work in survey.works:
        if work.step.table and not work.step.shared:
            yield STAGES[work.step.stage], work.step.table
