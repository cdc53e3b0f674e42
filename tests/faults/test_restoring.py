"""A deployment that tests share is put back after each of them (`tests.restoring`)."""

from __future__ import annotations

import pytest

from tests.playing import (
    INGESTION_CRAWLER,
    INGESTION_JOB,
    INGESTION_SCRIPT,
    RAW_BUCKET,
    RAW_DATABASE,
    Deployment,
)
from tests.restoring import State, restored

PARSE_JOB = "stg tascomi_parse_tables_increments_planning"


@pytest.mark.xdist_group("shared")
def test_what_was_broken_is_as_new(standing: tuple[Deployment, State]) -> None:
    deployment, new = standing
    glue, s3 = deployment.client("glue"), deployment.client("s3")
    with pytest.raises(KeyError), restored(deployment, new):
        glue.delete_job(JobName=INGESTION_JOB)
        deployment.change_job(PARSE_JOB, Timeout=1)
        glue.create_job(
            Name="another", Role="role", Command={"Name": "pythonshell", "ScriptLocation": "s3://x/y"}
        )
        glue.delete_crawler(Name=INGESTION_CRAWLER)
        deployment.replace_script(INGESTION_SCRIPT, "# broken")
        s3.put_object(Bucket=RAW_BUCKET, Key="planning/new.parquet", Body=b"")
        glue.create_table(DatabaseName=RAW_DATABASE, TableInput={"Name": "new"})
        deployment.box.faults([{"action": "NeverCalled", "status": 500}])
        raise KeyError("as a test that fails")
    assert State.of(deployment) == new
