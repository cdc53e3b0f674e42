"""What Terraform has deployed into the account: buckets, databases, secrets, the workgroup, jobs and crawlers.

Names and parameters are those of the pre-production platform; the scripts, the dictionary and the helper come from a
checkout of the Data Platform repository, whose `main` is what is deployed. A plain AWS client of the endpoint.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.checkout import Checkout
from sandbox.runtimes import LIGHT, Runtime
from sandbox.scheduled import scheduled
from sandbox.tascomi.resources import deployed

Clients = Callable[[str], Any]


@dataclass(frozen=True)
class Names:
    """What things are called in an environment: `stg` is pre-production, `prod` production."""

    environment: str = "stg"

    def bucket(self, purpose: str) -> str:
        return f"dataplatform-{self.environment}-{purpose}"

    def database(self, zone: str) -> str:
        return f"dataplatform-{self.environment}-tascomi-{zone}-zone"

    def job(self, script: str) -> str:
        return f"{self.environment} {script}_planning"

    def secret(self, key: str) -> str:
        return f"dataplatform-{self.environment}/tascomi-api-{key}-key"

    def role(self, account: str, department: str) -> str:
        return f"arn:aws:iam::{account}:role/dataplatform-{self.environment}-glue-{department}"


PRE_PRODUCTION = Names()
RAW, REFINED = PRE_PRODUCTION.bucket("raw-zone"), PRE_PRODUCTION.bucket("refined-zone")
SCRIPTS, RESULTS = PRE_PRODUCTION.bucket("glue-scripts"), PRE_PRODUCTION.bucket("athena-results")
RAW_DATABASE, REFINED_DATABASE = PRE_PRODUCTION.database("raw"), PRE_PRODUCTION.database("refined")
WORKGROUP = "planning"

_LOG_GROUPS = (*(f"/aws-glue/jobs/{kind}" for kind in ("output", "error", "logs-v2")), "/aws-glue/crawlers")
_KMS_KEY = "arn:aws:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000"
_EXCLUSIONS = ("*.json", "*.txt", "*.zip", "*.xlsx", "*_$folder$")
_CONFIGURATION = json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 5}})


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline as deployed: a job and the crawler of what it writes."""

    job: str
    script: str
    crawler: str
    target: str
    database: str
    prefix: str
    arguments: dict[str, str]
    concurrent_runs: int = 1
    capacity: float = 1.0  # DPUs
    runtime: Runtime | None = None  # where it is another than the deployment's
    workers: Mapping[str, Any] = field(default_factory=dict)  # of a Spark job, CreateJob's fields
    exclusions: tuple[str, ...] = _EXCLUSIONS
    configuration: str = _CONFIGURATION


def stages(names: Names = PRE_PRODUCTION, listed: Sequence[str] = ()) -> list[Stage]:
    """`listed`: the tables of the Terraform lists, if not those of the sample's `main`."""
    raw, refined, scripts = (names.bucket(each) for each in ("raw-zone", "refined-zone", "glue-scripts"))
    raw_database, refined_database = names.database("raw"), names.database("refined")
    metrics = f"s3://{raw}/quality-metrics/department=planning/dataset=tascomi/"
    tables = ",".join(listed or [resource.name for resource in deployed()])
    bookmark = {"--job-bookmark-option": "job-bookmark-enable"}
    return [
        Stage(
            job=names.job("tascomi_api_ingestion"),
            script="tascomi_api_ingestion",
            crawler="tascomi-api-response-crawler",
            target=f"s3://{raw}/planning/tascomi/api-responses/",
            database=raw_database,
            prefix="api_response_",
            arguments={
                "--resource": "",
                "--s3_bucket_target": raw,
                "--s3_prefix": "planning/tascomi/api-responses/",
                "--public_key_secret_id": names.secret("public"),
                "--private_key_secret_id": names.secret("private"),
                "--number_of_workers": "4",
                "--target_database_name": raw_database,
                "--max_lookback_days": "30",
                "--job-bookmark-option": "job-bookmark-disable",
            },
            concurrent_runs=10,
            capacity=0.0625,
        ),
        Stage(
            job=names.job("tascomi_parse_tables_increments"),
            script="tascomi_parse_tables_increments",
            crawler="tascomi-parse-tables-increments-planning",
            target=f"s3://{raw}/planning/tascomi/parsed/",
            database=raw_database,
            prefix="",
            arguments={
                "--table_list": tables,
                "--s3_bucket_target": f"s3://{raw}/planning/tascomi/parsed/",
                "--source_catalog_database": raw_database,
                "--deequ_metrics_location": metrics,
                **bookmark,
            },
        ),
        Stage(
            job=names.job("tascomi_recast_tables_increments"),
            script="tascomi_recast_tables_increments",
            crawler="tascomi-recast-tables-increments-planning",
            target=f"s3://{refined}/planning/tascomi/increment/",
            database=refined_database,
            prefix="increment_",
            arguments={
                "--table_list": tables,
                "--s3_bucket_target": f"s3://{refined}/planning/tascomi/increment/",
                "--source_catalog_database": raw_database,
                "--column_dict_path": f"s3://{scripts}/scripts/planning/tascomi-column-type-dictionary.json",
                **bookmark,
            },
        ),
        Stage(
            job=names.job("tascomi_create_daily_snapshot"),
            script="tascomi_create_daily_snapshot",
            crawler="tascomi-create-daily-snapshot-planning",
            target=f"s3://{refined}/planning/tascomi/snapshot/",
            database=refined_database,
            prefix="",
            arguments={
                "--table_list": tables,
                "--s3_bucket_target": f"s3://{refined}/planning/tascomi/snapshot/",
                "--source_catalog_database": refined_database,
                "--deequ_metrics_location": metrics,
                **bookmark,
            },
        ),
    ]


class Deployment:
    """Deploys a checkout's files into the account that `clients` reach; `stages`: where they are not the platform's."""

    def __init__(
        self,
        clients: Clients,
        region: str,
        account: str,
        checkout: Checkout,
        names: Names = PRE_PRODUCTION,
        runtime: Runtime = LIGHT,
        stages: Sequence[Stage] = (),
        versioned: bool = True,
    ) -> None:
        self._clients, self._region, self._account, self._checkout = clients, region, account, checkout
        self._versioned = versioned
        self._names, self._runtime, self._stages = names, runtime, stages
        self._scripts_bucket = names.bucket("glue-scripts")

    def apply(self, secrets: dict[str, str]) -> None:
        """`secrets`: name → value."""
        self._buckets()
        self._scripts()
        self._databases()
        self._workgroup()
        for name, value in secrets.items():
            self._clients("secretsmanager").create_secret(Name=name, SecretString=value)
        for group in _LOG_GROUPS:
            self._clients("logs").create_log_group(logGroupName=group)
        found = scheduled(self._checkout.lists, self._names)
        for stage in self._stages or stages(self._names, found.tables):
            self._job(stage)
            self._crawler(stage)
        for trigger in found.triggers:
            self._clients("glue").create_trigger(**trigger, Tags=self._tags("planning"))
        self._bystanders()

    def _buckets(self) -> None:
        for purpose in ("raw-zone", "refined-zone", "glue-scripts", "athena-results"):
            self._clients("s3").create_bucket(
                Bucket=self._names.bucket(purpose),
                CreateBucketConfiguration={"LocationConstraint": self._region},
            )
        for zone in ("raw-zone", "refined-zone") if self._versioned else ():
            self._clients("s3").put_bucket_versioning(
                Bucket=self._names.bucket(zone), VersioningConfiguration={"Status": "Enabled"}
            )

    def _scripts(self) -> None:
        scripts = {f"scripts/planning/{name}": body for name, body in self._checkout.job_files.items()}
        for key, body in {**scripts, **self._checkout.modules}.items():
            self._clients("s3").put_object(Bucket=self._scripts_bucket, Key=key, Body=body)

    def _databases(self) -> None:
        for zone in ("raw", "refined"):
            self._clients("glue").create_database(DatabaseInput={"Name": self._names.database(zone)})

    def _workgroup(self) -> None:
        """It enforces its own result location and SSE-KMS."""
        key = _KMS_KEY.format(region=self._region, account=self._account)
        encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
        self._clients("athena").create_work_group(
            Name=WORKGROUP,
            Configuration={
                "EnforceWorkGroupConfiguration": True,
                "ResultConfiguration": {
                    "OutputLocation": f"s3://{self._names.bucket('athena-results')}/planning/",
                    "EncryptionConfiguration": encryption,
                },
            },
        )

    def _job(self, stage: Stage) -> None:
        defaults = {
            "--enable-glue-datacatalog": "true",
            "--enable-continuous-cloudwatch-log": "true",
            "--extra-py-files": ",".join(
                f"s3://{self._scripts_bucket}/{key}" for key in self._checkout.modules
            ),
            **stage.arguments,
        }
        self._create_job(
            stage.job,
            script=f"s3://{self._scripts_bucket}/scripts/planning/{stage.script}.py",
            arguments=defaults,
            department="planning",
            concurrent_runs=stage.concurrent_runs,
            capacity=stage.capacity,
            runtime=stage.runtime,
            workers=stage.workers,
        )

    def _create_job(
        self,
        name: str,
        script: str,
        arguments: dict[str, str],
        department: str,
        concurrent_runs: int,
        capacity: float,
        runtime: Runtime | None = None,
        workers: Mapping[str, Any] | None = None,
    ) -> None:
        runtime = runtime or self._runtime
        size = {**runtime.fields, **(workers or {})} if runtime.fields else {"MaxCapacity": capacity}
        self._clients("glue").create_job(
            Name=name,
            Role=self._names.role(self._account, department),
            Command={**runtime.command, "ScriptLocation": script},
            DefaultArguments=arguments,
            ExecutionProperty={"MaxConcurrentRuns": concurrent_runs},
            **size,
            MaxRetries=0,
            Timeout=60,
            Tags=self._tags(department),
        )

    def _crawler(self, stage: Stage) -> None:
        self._clients("glue").create_crawler(
            Name=stage.crawler,
            Role=self._names.role(self._account, "planning"),
            DatabaseName=stage.database,
            TablePrefix=stage.prefix,
            Targets={"S3Targets": [{"Path": stage.target, "Exclusions": list(stage.exclusions)}]},
            Configuration=stage.configuration,
            Tags=self._tags("planning"),
        )

    def _bystanders(self) -> None:
        """Other departments' things in the same account, with names that come close."""
        glue = self._clients("glue")
        glue.create_database(DatabaseInput={"Name": "parking-raw-zone"})
        for name in ("parking_permits", "wards"):
            glue.create_table(
                DatabaseName="parking-raw-zone",
                TableInput={
                    "Name": name,
                    "TableType": "EXTERNAL_TABLE",
                    "StorageDescriptor": {
                        "Columns": [{"Name": "id", "Type": "string"}],
                        "Location": f"s3://{self._names.bucket('raw-zone')}/parking/{name}/",
                    },
                },
            )
        for name, department in (
            ("tascomi_locations_to_csv_planning", "planning"),
            ("parking_permits_ingestion_parking", "parking"),
            ("housing_repairs_address_cleaning", "housing"),
        ):
            script = f"s3://{self._scripts_bucket}/scripts/{department}/{name}.py"
            job = f"{self._names.environment} {name}"
            self._create_job(job, script, {}, department, concurrent_runs=1, capacity=0.0625)
        for name in ("parking-permits-raw-zone", "housing-repairs-raw-zone"):
            glue.create_crawler(
                Name=name,
                Role=self._names.role(self._account, name.split("-")[0]),
                DatabaseName="parking-raw-zone",
                Targets={
                    "S3Targets": [{"Path": f"s3://{self._names.bucket('raw-zone')}/{name.split('-')[0]}/"}]
                },
            )

    def _tags(self, department: str) -> dict[str, str]:
        return {
            "Application": "Data Platform",
            "AutomationBuildUrl": "Unknown",
            "Confidentiality": "Internal",
            "Department": department.capitalize(),
            "Environment": self._names.environment,
            "PlatformDepartment": department,
            "TeamEmail": "data-platform@example.com",
        }
