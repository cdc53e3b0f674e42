"""Errors, limits and pages of every action, held to AWS's API reference: botocore's model of the services.

https://docs.aws.amazon.com/glue/latest/webapi/, https://docs.aws.amazon.com/athena/latest/APIReference/
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from textwrap import dedent
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.catalog_writer import Summary
from sandbox.clock import now
from sandbox.deployment import RAW_DATABASE, WORKGROUP
from sandbox.endpoint import athena, athena_catalog, catalog, crawlers, jobs, protocol, quotas, tags
from sandbox.process import Sandbox
from tests.sandbox.test_athena_protocol import execute

PARTS = {
    "glue": (catalog.Catalog, jobs.Jobs, crawlers.Crawlers, tags.Tags),
    "athena": (athena.Athena, athena_catalog.AthenaCatalog),
    "service-quotas": (quotas.Quotas,),
}
ACTIONS = {
    (service, handler.aws_action): (part, name)
    for service, parts in PARTS.items()
    for part in parts
    for name, handler in vars(part).items()
    if hasattr(handler, "aws_action")
}
COMMON = {"AccessDeniedException", "ThrottlingException", "InternalFailure", "ValidationException"}
"""Of all actions: https://docs.aws.amazon.com/databrew/latest/dg/CommonErrors.html"""
OURS = {"SerializationException", "UnknownOperationException"}  # of the protocol
MODULES = (athena, athena_catalog, catalog, crawlers, jobs, protocol, quotas, tags)


SESSION = botocore.session.get_session()


@cache
def service_model(service: str) -> Any:
    return SESSION.get_service_model(service)


def model(service: str, action: str) -> Any:
    return service_model(service).operation_model(action)


def listed(service: str, action: str) -> set[str]:
    return {shape.name for shape in model(service, action).error_shapes}


# What a handler may raise, read from its code


@cache
def functions() -> dict[str, list[ast.FunctionDef]]:
    """Functions and methods of the endpoint, by name: which class a method is of is not looked at."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(node)
    return found


def uncaught(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, but for what is tried where an `AwsError` is caught."""
    for child in ast.iter_child_nodes(node):
        caught = (
            isinstance(node, ast.Try) and child in node.body and "AwsError" in ast.unparse(node.handlers[0])
        )
        if not caught:
            yield child
            yield from uncaught(child)


def read(nodes: Sequence[ast.AST]) -> tuple[frozenset[str], frozenset[str]]:
    """The codes of the errors that functions make, and the names of what they call."""
    calls = [node for each in nodes for node in uncaught(each) if isinstance(node, ast.Call)]
    names = {
        call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func) for call in calls
    }
    return frozenset(filter(None, map(of_error, calls))), frozenset(names & functions().keys() - {"page"})


@cache
def read_function(name: str) -> tuple[frozenset[str], frozenset[str]]:
    return read(functions()[name])


def raised_by(service: str, action: str) -> frozenset[str]:
    """The codes that the action's handler, and what it calls, may raise."""
    part, handler = ACTIONS[service, action]
    codes, names = read([ast.parse(dedent(inspect.getsource(getattr(part, handler))))])
    seen: frozenset[str] = frozenset()
    while new := names - seen:
        seen |= new
        for name in new:
            more, called = read_function(name)
            codes, names = codes | more, names | called
    return codes


def of_error(call: ast.Call) -> str:
    """The code that is made of an error or, of a wrong token, given to `page`."""
    match ast.unparse(call.func):
        case "AwsError":
            return str(ast.literal_eval(call.args[0])) if isinstance(call.args[0], ast.Constant) else ""
        case "page":
            given = ast.unparse(call.args[4]) if len(call.args) > 4 else "'InvalidInputException'"
            return crawlers._NO_INPUT_ERROR if given == "_NO_INPUT_ERROR" else str(ast.literal_eval(given))
    return ""


@pytest.mark.parametrize(("service", "action"), ACTIONS)
def test_an_action_raises_what_the_reference_lists(service: str, action: str) -> None:
    assert raised_by(service, action) - COMMON - OURS <= listed(service, action)


def test_errors_are_found_in_the_code() -> None:
    found = {action: raised_by(service, action) for service, action in ACTIONS}
    assert found["StartCrawler"] == {"EntityNotFoundException", "CrawlerRunningException"}
    assert found["GetTables"] == {"EntityNotFoundException", "InvalidInputException"}
    assert found["GetTableMetadata"] == {"MetadataException", "InvalidRequestException"}
    assert found["BatchStopJobRun"] == set()


# What is refused, asked over the protocol


@pytest.fixture(scope="module")
def ask(box: Sandbox) -> Callable[[str, str, dict[str, Any]], tuple[str, str]]:
    """Code and words of the error of a request that botocore has not looked at; empty where there is none."""
    session = boto3.Session("sandbox", "sandbox", region_name=box.region, botocore_session=SESSION)
    config = Config(parameter_validation=False)
    clients = {each: session.client(each, endpoint_url=box.endpoint, config=config) for each in PARTS}  # type: ignore[call-overload]

    def asked(service: str, action: str, fields: dict[str, Any]) -> tuple[str, str]:
        try:
            getattr(clients[service], xform_name(action))(**fields)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return "", ""

    return asked


def too_much(service: str, action: str) -> Iterator[tuple[str, Any, str]]:
    """A value for each field of the request that is one too many, and the words for it."""
    for name, shape in model(service, action).input_shape.members.items():
        most = shape.metadata.get("max", 0)
        if not 0 < most <= 10_000 or "enum" in shape.metadata:
            continue
        what = "value" if shape.type_name in ("integer", "long") else "length"
        yield name, too_large(shape, most), f"Member must have {what} less than or equal to {most}"


def too_large(shape: Any, most: int) -> Any:
    match shape.type_name:
        case "string":
            return "x" * (most + 1)
        case "list":
            return ["x" if shape.member.type_name == "string" else {}] * (most + 1)
        case "map":
            return {str(number): "x" for number in range(most + 1)}
    return most + 1


@pytest.mark.parametrize(("service", "action"), [each for each in ACTIONS if any(too_much(*each))])
def test_what_is_too_much_is_refused(service: str, action: str, ask: Any) -> None:
    beyond = list(too_much(service, action))
    code, words = ask(service, action, {name: value for name, value, _ in beyond})
    assert code == ("InvalidRequestException" if service == "athena" else "ValidationException"), words
    assert re.match(r"\d+ validation errors? detected: Value ", words)
    for name, _, told in beyond:
        assert f"at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: {told}" in words


NOBODY = {
    "DatabaseName": "nobody",
    "Name": "nobody",
    "TableName": "nobody",
    "JobName": "nobody",
    "CrawlerName": "nobody",
    "RunId": "nobody",
    "PartitionValues": ["x"],
    "PartitionValueList": ["x"],
    "PartitionsToDelete": [{"Values": ["x"]}],
    "PartitionsToGet": [{"Values": ["x"]}],
    "PartitionInput": {"Values": ["x"]},
    "PartitionInputList": [{"Values": ["x"]}],
    "TableInput": {"Name": "nobody"},
    "DatabaseInput": {"Name": "nobody"},
    "ColumnNames": ["x"],
    "Entries": [{"PartitionValueList": ["x"], "PartitionInput": {"Values": ["x"]}}],
    "JobUpdate": {"Role": "r", "Command": {"Name": "glueetl"}},
    "ResourceArn": "arn:aws:glue:eu-west-2:111122223333:job/nobody",
    "TagsToAdd": {"a": "b"},
    "TagsToRemove": ["a"],
    "TablesToDelete": ["x"],
}
CREATED = {"CreateDatabase", "BatchDeleteTable"}  # a new one; an error for each table


@pytest.mark.parametrize(
    "action",
    [
        action
        for service, action in ACTIONS
        if service == "glue"
        and "EntityNotFoundException" in listed(service, action)
        and model(service, action).input_shape.required_members
        and action not in CREATED
    ],
)
def test_what_is_not_there(action: str, ask: Any) -> None:
    required = model("glue", action).input_shape.required_members
    code, words = ask("glue", action, {name: NOBODY[name] for name in required})
    assert code == "EntityNotFoundException", words


@pytest.mark.parametrize(
    ("service", "action"),
    [each for each in ACTIONS if "NextToken" in model(*each).input_shape.members],
)
def test_a_token_that_nobody_has_given(
    service: str, action: str, ask: Any, clients: Callable[[str], Any]
) -> None:
    there: dict[str, Any] = {
        "DatabaseName": RAW_DATABASE,
        "TableName": "wards",
        "JobName": "stg tascomi_api_ingestion_planning",
        "CrawlerName": "tascomi-api-response-crawler",
        "CatalogName": "AwsDataCatalog",
        "WorkGroup": WORKGROUP,
        "ServiceCode": "glue",
        "QueryExecutionId": "",
    }
    required = model(service, action).input_shape.required_members
    if "QueryExecutionId" in required:
        there["QueryExecutionId"] = execute(clients, "SELECT 1")["QueryExecutionId"]
    fields = {name: there[name] for name in required}
    assert ask(service, action, fields) == ("", ""), "as it should be asked"
    code, words = ask(service, action, {**fields, "NextToken": "nonsense"})
    assert code in listed(service, action) | COMMON, words


def test_pages_are_as_large_as_they_may_be() -> None:
    """MaxResults above a page's usual size is taken; of ListCrawls, "the default is 20, and maximum is 100"."""
    assert len(protocol.page(range(150), {"MaxResults": 1000}, "Jobs", 100)["Jobs"]) == 150
    state = crawlers.Crawlers(lambda crawl: Summary(), tags.Tags("eu-west-2", "111122223333"))
    state.create_crawler({"Name": "c", "Targets": {}})
    for _ in range(101):
        state.remember("c", now(), now())
    pages = [state.list_crawls({"CrawlerName": "c", **more}) for more in ({}, {"MaxResults": 1000})]
    assert [len(page["Crawls"]) for page in pages] == [20, 100]
