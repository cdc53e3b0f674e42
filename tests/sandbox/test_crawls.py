"""Crawls: what is in S3 gets into the catalog, as a Glue crawler would put it there."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.deployment import RAW
from sandbox.folders import Excluded, Folder, Object
from sandbox.parquet import common_type, glue_type
from sandbox.process import Sandbox
from tests.sandbox.lake import Lake

Clients = Callable[[str], Any]
Columns = dict[str, str]
FINAL_SECONDS = 20.0


def parquet(columns: dict[str, pa.DataType], rows: int = 1) -> bytes:
    body = io.BytesIO()
    schema = pa.schema(list(columns.items()))
    pq.write_table(pa.Table.from_pydict({name: [None] * rows for name in columns}, schema), body)
    return body.getvalue()


PLAIN = parquet({"id": pa.string(), "name": pa.string()})


@dataclass
class Site:
    """A folder in S3, a database, and crawlers of a test's own."""

    clients: Clients
    name: str = field(default_factory=lambda: f"crawl-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.clients("glue").create_database(DatabaseInput={"Name": self.name})

    def put(self, path: str, body: bytes = PLAIN) -> None:
        self.clients("s3").put_object(Bucket=RAW, Key=f"{self.name}/{path}", Body=body)

    def delete(self, path: str) -> None:
        self.clients("s3").delete_object(Bucket=RAW, Key=f"{self.name}/{path}")

    def crawler(self, level: int | None = 2, target: str | None = None, **fields: Any) -> str:
        """Level 2 are the tables right below the bucket: here, the site itself is at 2 and its folders at 3."""
        name = f"{self.name}-{uuid4().hex[:4]}"
        configuration: dict[str, Any] = {"Version": 1.0}
        if level:
            configuration["Grouping"] = {"TableLevelConfiguration": level}
        exclusions = fields.pop("Exclusions", [])
        given = {
            "Role": "r",
            "DatabaseName": self.name,
            "Targets": {
                "S3Targets": [{"Path": target or f"s3://{RAW}/{self.name}/", "Exclusions": exclusions}]
            },
            "Configuration": json.dumps({**configuration, **fields.pop("Output", {})}),
        }
        self.clients("glue").create_crawler(Name=name, **{**given, **fields})
        return name

    def crawl(self, crawler: str) -> dict[str, Any]:
        """Crawls to the end; the summary as ListCrawls tells it."""
        self.clients("glue").start_crawler(Name=crawler)
        self.wait(crawler)
        newest = self.clients("glue").list_crawls(CrawlerName=crawler)["Crawls"][0]
        summary: dict[str, Any] = json.loads(newest["Summary"])
        return summary

    def wait(self, crawler: str) -> dict[str, Any]:
        """What LastCrawl says when the crawler is READY."""
        deadline = time.monotonic() + FINAL_SECONDS
        while time.monotonic() < deadline:
            told = self.clients("glue").get_crawler(Name=crawler)["Crawler"]
            if told["State"] == "READY":
                last: dict[str, Any] = told["LastCrawl"]
                return last
            time.sleep(0.01)
        raise AssertionError("still crawling")

    def tables(self) -> dict[str, dict[str, Any]]:
        answer = self.clients("glue").get_tables(DatabaseName=self.name)
        return {table["Name"]: table for table in answer["TableList"]}

    def partitions(self, table: str) -> dict[tuple[str, ...], dict[str, Any]]:
        answer = self.clients("glue").get_partitions(DatabaseName=self.name, TableName=table)
        return {tuple(partition["Values"]): partition for partition in answer["Partitions"]}


def columns(entry: dict[str, Any]) -> Columns:
    return {column["Name"]: column["Type"] for column in entry["StorageDescriptor"]["Columns"]}


@pytest.fixture
def site(clients: Clients) -> Site:
    return Site(clients)


def test_folders_at_the_level_are_tables(site: Site) -> None:
    site.put("wards/import_year=2024/import_date=20240101/a.parquet")
    site.put("Breach-Types/import_year=2024/import_date=20240101/a.parquet")
    crawler = site.crawler(level=3, TablePrefix="api_")
    summary = site.crawl(crawler)
    tables = site.tables()
    assert sorted(tables) == ["api_breach_types", "api_wards"]
    table = tables["api_wards"]
    assert table["StorageDescriptor"]["Location"] == f"s3://{RAW}/{site.name}/wards/"
    assert table["PartitionKeys"] == [
        {"Name": "import_year", "Type": "string"},
        {"Name": "import_date", "Type": "string"},
    ]
    assert table["Parameters"]["UPDATED_BY_CRAWLER"] == crawler
    assert table["Parameters"]["classification"] == "parquet"
    assert table["TableType"] == "EXTERNAL_TABLE"
    partition = site.partitions("api_wards")["2024", "20240101"]
    location = f"s3://{RAW}/{site.name}/wards/import_year=2024/import_date=20240101/"
    assert partition["StorageDescriptor"]["Location"] == location
    assert summary["TABLE"]["ADD"]["Details"]["names"] == ["api_breach_types", "api_wards"]
    assert summary["PARTITION"]["ADD"]["COUNT"] == 2
    assert site.crawl(crawler) == {}


def test_types(site: Site) -> None:
    types = {
        "an_int": (pa.int32(), "int"),
        "a_long": (pa.int64(), "bigint"),
        "a_double": (pa.float64(), "double"),
        "a_boolean": (pa.bool_(), "boolean"),
        "a_time": (pa.timestamp("us"), "timestamp"),
        "a_date": (pa.date32(), "date"),
        "Text": (pa.string(), "string"),
        "money": (pa.decimal128(10, 2), "decimal(10,2)"),
        "a_category": (pa.dictionary(pa.int8(), pa.string()), "string"),
        "many": (pa.list_(pa.string()), "array<string>"),
        "both": (pa.struct([("A", pa.int32()), ("b", pa.string())]), "struct<a:int,b:string>"),
    }
    site.put("t/a.parquet", parquet({name: type_ for name, (type_, _) in types.items()}))
    site.crawl(site.crawler(level=3))
    assert columns(site.tables()["t"]) == {name.lower(): hive for name, (_, hive) in types.items()}


def test_new_partitions_keep_their_own_schema(site: Site) -> None:
    site.put("t/d=1/a.parquet", parquet({"id": pa.string(), "old": pa.string()}))
    crawler = site.crawler(level=3)
    site.crawl(crawler)
    site.put("t/d=2/a.parquet", parquet({"id": pa.int32(), "new": pa.bool_()}))
    summary = site.crawl(crawler)
    assert columns(site.partitions("t")["1",]) == {"id": "string", "old": "string"}
    assert columns(site.partitions("t")["2",]) == {"id": "int", "new": "boolean"}
    assert columns(site.tables()["t"]) == {"id": "string", "old": "string", "new": "boolean"}
    assert summary["TABLE"]["UPDATE"]["Details"]["names"] == ["t"]
    assert summary["PARTITION"]["ADD"]["Details"]["names"] == ["t/d=2"]


def test_a_rewritten_partition_is_updated(site: Site) -> None:
    site.put("t/d=1/a.parquet")
    crawler = site.crawler(level=3)
    site.crawl(crawler)
    site.put("t/d=1/a.parquet", parquet({"id": pa.int32()}))
    summary = site.crawl(crawler)
    assert columns(site.partitions("t")["1",]) == {"id": "int"}
    assert summary["PARTITION"]["UPDATE"]["COUNT"] == 1


def test_log_only_changes_nothing_but_adds_partitions(site: Site) -> None:
    site.put("t/d=1/a.parquet")
    crawler = site.crawler(level=3, SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    site.crawl(crawler)
    before = columns(site.tables()["t"])
    site.put("t/d=2/a.parquet", parquet({"other": pa.int32()}))
    site.crawl(crawler)
    assert columns(site.tables()["t"]) == before
    assert sorted(site.partitions("t")) == [("1",), ("2",)]


def test_new_folders_only(site: Site) -> None:
    site.put("t/d=1/a.parquet")
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    recrawl = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    crawler = site.crawler(level=3, RecrawlPolicy=recrawl, SchemaChangePolicy=policy)
    site.crawl(crawler)
    site.put("t/d=1/a.parquet", parquet({"id": pa.int32()}))
    site.put("t/d=2/a.parquet")
    site.crawl(crawler)
    assert columns(site.partitions("t")["1",]) == {"id": "string", "name": "string"}
    assert sorted(site.partitions("t")) == [("1",), ("2",)]


def test_crawler_output(site: Site) -> None:
    site.put("t/d=1/a.parquet", parquet({"id": pa.int32()}))
    output = {
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
    }
    crawler = site.crawler(level=3, Output={"CrawlerOutput": output})
    site.crawl(crawler)
    site.put("t/d=2/a.parquet", parquet({"id": pa.string(), "new": pa.string()}))
    site.crawl(crawler)
    assert columns(site.tables()["t"]) == {"id": "int", "new": "string"}
    inherited = {"id": "int", "new": "string"}
    assert {values: columns(found) for values, found in site.partitions("t").items()} == {
        ("1",): inherited,
        ("2",): inherited,
    }


def test_new_folders_only_logs_alone(site: Site) -> None:
    recrawl = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    with pytest.raises(site.clients("glue").exceptions.InvalidInputException, match="can have only LOG"):
        site.crawler(level=3, RecrawlPolicy=recrawl)


@pytest.mark.parametrize("kind", [pa.uint64(), pa.time64("us"), pa.null()], ids=str)
def test_types_of_which_it_is_not_known_how_aws_registers_them(site: Site, kind: pa.DataType) -> None:
    site.put("t/a.parquet", parquet({"odd": kind}))
    crawler = site.crawler(level=3)
    site.crawl(crawler)
    last = site.clients("glue").get_crawler(Name=crawler)["Crawler"]["LastCrawl"]
    assert last["Status"] == "FAILED"
    assert f"does not know how AWS registers a column of the type {kind}: s3://" in last["ErrorMessage"]


@pytest.mark.parametrize("name", ["Id", "D"])
def test_a_column_that_is_there_twice_makes_a_table_that_athena_refuses(site: Site, name: str) -> None:
    """But for its capitals, or as a partition key too."""
    site.put("t/d=1/a.parquet", parquet({"id": pa.string(), name: pa.string()}))
    site.crawl(site.crawler(level=3))
    asked = Lake(site.clients, site.name).reason("SELECT count(*) FROM t")
    assert asked == (
        "HIVE_INVALID_METADATA: Hive metadata for table t is invalid: Table descriptor contains duplicate columns"
    )


def test_exclusions_and_hidden_files(site: Site) -> None:
    site.put("t/a.parquet")
    site.put("t/b.json", b"{}")
    site.put("t/_SUCCESS", b"x")
    site.put("t/empty/", b"")
    site.put("metrics.json", b"{}")
    site.crawl(site.crawler(level=3, Exclusions=["**.json"]))
    assert list(site.tables()) == ["t"]


@pytest.mark.parametrize(
    ("pattern", "path", "excluded"),
    [
        ("*.json", "a.json", True),
        ("*.json", "deeper/a.json", False),
        ("**.json", "deeper/a.json", True),
        ("*_$folder$", "x_$folder$", True),
        ("?.txt", "ab.txt", False),
        ("{a,b}/**", "b/c/d", True),
        ("[!a]*", "abc", False),
        ("x,y", "x,y", True),
    ],
)
def test_exclude_patterns(pattern: str, path: str, excluded: bool) -> None:
    item = Object("b", f"data/{path}", '"e"', 1)
    assert Excluded(Folder.of("s3://b/data/"), [pattern])(item) is excluded


def test_similar_siblings_are_one_table_unless_told_otherwise(site: Site) -> None:
    for name in ("one", "two"):
        site.put(f"{name}/d=1/a.parquet")
    site.crawl(site.crawler(level=None))
    assert list(site.tables()) == [site.name.replace("-", "_")]
    (table,) = site.tables().values()
    assert [key["Name"] for key in table["PartitionKeys"]] == ["partition_0", "d"]
    assert sorted(site.partitions(table["Name"])) == [("one", "1"), ("two", "1")]


def test_siblings_that_differ_are_tables_of_their_own(site: Site) -> None:
    site.put("one/d=1/a.parquet", parquet({"a": pa.string(), "b": pa.string()}))
    site.put("two/d=1/a.parquet", parquet({"c": pa.string(), "d2": pa.string()}))
    site.crawl(site.crawler(level=None))
    assert sorted(site.tables()) == ["one", "two"]


def test_a_taken_name_gets_a_suffix(site: Site) -> None:
    site.clients("glue").create_table(
        DatabaseName=site.name,
        TableInput={"Name": "t", "StorageDescriptor": {"Columns": [], "Location": "s3://elsewhere/t/"}},
    )
    site.put("t/a.parquet")
    crawler = site.crawler(level=3)
    site.crawl(crawler)
    site.crawl(crawler)
    names = sorted(site.tables())
    assert names[0] == "t"
    assert len(names) == 2
    assert names[1].startswith("t_")
    assert site.tables()["t"]["StorageDescriptor"]["Location"] == "s3://elsewhere/t/"


@pytest.mark.parametrize("behaviour", ["LOG", "DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE"])
def test_deleted_folders(site: Site, behaviour: str) -> None:
    for path in ("gone/d=1/a.parquet", "kept/d=1/a.parquet", "kept/d=2/a.parquet"):
        site.put(path)
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behaviour}
    crawler = site.crawler(level=3, SchemaChangePolicy=policy)
    site.crawl(crawler)
    site.delete("gone/d=1/a.parquet")
    site.delete("kept/d=2/a.parquet")
    site.crawl(crawler)
    deleted = behaviour == "DELETE_FROM_DATABASE"
    assert ("gone" in site.tables()) is not deleted
    assert (("2",) in site.partitions("kept")) is not deleted
    if not deleted:
        deprecated = behaviour == "DEPRECATE_IN_DATABASE"
        assert ("DEPRECATED_BY_CRAWLER" in site.tables()["gone"]["Parameters"]) is deprecated
        assert ("DEPRECATED_BY_CRAWLER" in site.partitions("kept")["2",]["Parameters"]) is deprecated


def test_an_empty_target_makes_nothing(site: Site) -> None:
    crawler = site.crawler(level=3)
    assert site.crawl(crawler) == {}
    assert site.wait(crawler)["Status"] == "SUCCEEDED"
    assert site.tables() == {}


@pytest.mark.parametrize(
    ("target", "file", "message"),
    [
        ("s3://no-such-bucket/x/", None, "NoSuchBucket"),
        (None, b"not Parquet at all", "The sandbox crawls Parquet alone"),
    ],
)
def test_a_crawl_fails(site: Site, target: str | None, file: bytes | None, message: str) -> None:
    if file:
        site.put("t/a.csv", file)
    crawler = site.crawler(level=3, target=target)
    site.clients("glue").start_crawler(Name=crawler)
    last = site.wait(crawler)
    assert last["Status"] == "FAILED"
    assert message in last["ErrorMessage"]
    assert site.clients("glue").list_crawls(CrawlerName=crawler)["Crawls"][0]["State"] == "FAILED"


def test_last_crawl_and_its_log(site: Site) -> None:
    site.put("t/a.parquet")
    crawler = site.crawler(level=3)
    assert "LastCrawl" not in site.clients("glue").get_crawler(Name=crawler)["Crawler"]
    site.crawl(crawler)
    last = site.wait(crawler)
    assert (last["LogGroup"], last["LogStream"]) == ("/aws-glue/crawlers", crawler)
    events = site.clients("logs").get_log_events(
        logGroupName=last["LogGroup"], logStreamName=last["LogStream"]
    )
    messages = [event["message"] for event in events["events"]]
    assert all(message.startswith(f"[{last['MessagePrefix']}]") for message in messages)
    assert any("Created table t" in message for message in messages)
    (crawl,) = site.clients("glue").list_crawls(CrawlerName=crawler)["Crawls"]
    assert (crawl["State"], crawl["StartTime"], crawl["CrawlId"]) == (
        "COMPLETED",
        last["StartTime"],
        last["MessagePrefix"],
    )
    assert crawl["EndTime"] >= crawl["StartTime"]
    (metrics,) = site.clients("glue").get_crawler_metrics(CrawlerNameList=[crawler])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["StillEstimating"]) == (1, False)


def test_a_running_crawler_is_left_alone(site: Site) -> None:
    """While a crawl is on: no second one, no update, no deletion. Stopped, it is CANCELLED."""
    glue = site.clients("glue")
    for number in range(120):
        site.put(f"t{number}/d=1/a.parquet", parquet({f"c{number}": pa.string()}))
    crawler = site.crawler(level=3)
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name=crawler)
    glue.start_crawler(Name=crawler)
    for call in (glue.start_crawler, glue.update_crawler, glue.delete_crawler):
        with pytest.raises(glue.exceptions.CrawlerRunningException):
            call(Name=crawler)
    glue.stop_crawler(Name=crawler)
    assert site.wait(crawler)["Status"] == "CANCELLED"
    assert glue.list_crawls(CrawlerName=crawler)["Crawls"][0]["State"] == "STOPPED"
    assert len(site.tables()) < 120


def test_a_crawler_is_updated_and_deleted(site: Site) -> None:
    glue, crawler = site.clients("glue"), site.crawler(level=3, Schedule="cron(0 2 * * ? *)")
    told = glue.get_crawler(Name=crawler)["Crawler"]
    assert told["Schedule"]["ScheduleExpression"] == "cron(0 2 * * ? *)"
    assert told["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    glue.update_crawler(Name=crawler, TablePrefix="p_")
    changed = glue.get_crawler(Name=crawler)["Crawler"]
    assert (changed["TablePrefix"], changed["Version"], changed["Targets"]) == ("p_", 2, told["Targets"])
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_crawler(Name=crawler, Role="r", DatabaseName="d", Targets={})
    glue.delete_crawler(Name=crawler)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_crawler(Name=crawler)


def test_crawlers_at_once(site: Site) -> None:
    site.put("t/a.parquet")
    crawlers = [site.crawler(level=3) for _ in range(4)]
    threads = [threading.Thread(target=site.crawl, args=(crawler,)) for crawler in crawlers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {site.wait(crawler)["Status"] for crawler in crawlers} == {"SUCCEEDED"}


def test_lists_of_crawlers_are_paged(clients: Clients) -> None:
    glue = clients("glue")
    first = glue.get_crawlers(MaxResults=2)
    second = glue.list_crawlers(MaxResults=2, NextToken=first["NextToken"])
    names = [crawler["Name"] for crawler in first["Crawlers"]]
    assert len({*names, *second["CrawlerNames"]}) == 4


def test_the_past_is_known(clients: Clients) -> None:
    """The deployed crawlers last crawled yesterday; a crawl of the past days' data finds nothing new."""
    glue, crawler = clients("glue"), "tascomi-recast-tables-increments-planning"
    before = glue.get_crawler(Name=crawler)["Crawler"]
    assert (before["State"], before["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
    until = time.monotonic() + 60  # 0.3 s on an idle machine
    glue.start_crawler(Name=crawler)
    while glue.get_crawler(Name=crawler)["Crawler"]["State"] != "READY":
        assert time.monotonic() < until
        time.sleep(0.01)
    last = glue.get_crawler(Name=crawler)["Crawler"]["LastCrawl"]
    assert last["StartTime"] > before["LastCrawl"]["StartTime"]


def test_common_types() -> None:
    assert common_type("int", "bigint") == "bigint"
    assert common_type("double", "int") == "double"
    assert common_type("timestamp", "string") == "string"
    assert glue_type(pa.map_(pa.string(), pa.int32())) == "map<string,int>"


def test_the_calls_of_a_crawl_are_the_sandboxs_own(box: Sandbox, site: Site) -> None:
    site.put("t/a.parquet")
    crawler = site.crawler(level=3)
    box.clear()
    site.crawl(crawler)
    assert {call["service"] for call in box.calls()} == {"glue"}
