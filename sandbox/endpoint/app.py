"""The AWS endpoint: one address for Glue, Athena, S3, CloudWatch Logs, Secrets Manager, Service Quotas and STS.

Glue and Athena are the sandbox's own, so that job runs, crawls and queries have real states; the rest is moto's. All
are state and protocol: the work is done by the engines (`sandbox.jobs`, `sandbox.crawls`, `sandbox.athena`), which are
plain AWS clients of this endpoint.
"""

import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from sandbox.calls import asked_of
from sandbox.clients import ENGINE, Clients
from sandbox.crawls import CrawlEngine
from sandbox.endpoint.athena import Athena
from sandbox.endpoint.athena_catalog import AthenaCatalog
from sandbox.endpoint.catalog import Catalog
from sandbox.endpoint.crawlers import Crawlers
from sandbox.endpoint.http import ConnectionReset, Request, Response, Server
from sandbox.endpoint.identity import caller_identity
from sandbox.endpoint.jobs import Jobs
from sandbox.endpoint.logs import filter_log_events
from sandbox.endpoint.moto_services import ACCOUNT, SERVICES, MotoServices
from sandbox.endpoint.protocol import AwsError, Fields, JsonService, error_response
from sandbox.endpoint.quotas import Quotas
from sandbox.endpoint.refusals import unimplemented
from sandbox.endpoint.shapes import check_request
from sandbox.endpoint.tags import Tags
from sandbox.endpoint.triggers import Triggers
from sandbox.faults import Faults
from sandbox.jobs import JobRunner
from sandbox.latency import Latency, at_least

REGION = "eu-west-2"
_ANSWERED_WRONGLY = frozenset({("s3", "SelectObjectContent"), ("logs", "StartQuery")})
"""What moto answers without regard to what was asked: to a CSV file's header, to a Logs Insights query's conditions."""


class Endpoint:
    """`environment` is what job scripts see beside the endpoint's address; `folder` takes the runs' folders."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        port: int = 0,
        minute_seconds: float = 60.0,
        latency: Latency = Latency(),  # noqa: B008  frozen
    ) -> None:
        self._moto = MotoServices()
        self._server = Server(Faults(at_least(latency.call, self.answer), ENGINE, self.answer), port)
        self.url = self._server.url
        self.clients = Clients(self.url, REGION, handler=self.answer, application=ENGINE)
        settings = {**environment, "AWS_ENDPOINT_URL": self.url, "AWS_SDK_UA_APP_ID": ENGINE}
        self._runner = JobRunner(self.clients, settings, folder, minute_seconds)
        tags = Tags(REGION, ACCOUNT)
        self.catalog = Catalog(ACCOUNT)
        quotas = Quotas()
        self.jobs = Jobs(at_least(latency.job_run, self._runner.run), tags, quotas.job_runs)
        self.crawl_engine = CrawlEngine(self.clients)
        self.crawlers = Crawlers(at_least(latency.crawl, self.crawl_engine), tags)
        self.athena = Athena(self.clients, latency.query)
        self._services = {
            "glue": JsonService(
                "glue", self._shapes("glue"), self.catalog, self.jobs, self.crawlers, tags, Triggers()
            ),
            "athena": JsonService("athena", self._shapes("athena"), self.athena, AthenaCatalog(self.catalog)),
            "service-quotas": JsonService("Service Quotas", self._shapes("service-quotas"), quotas),
        }

    def _shapes(self, service: str) -> Callable[[str, Fields], None]:
        """botocore's model is read with the first request."""
        return lambda action, fields: check_request(self.clients(service).meta.service_model, action, fields)

    def start(self) -> None:
        self._server.start()

    def warm_up(self, command: str) -> None:
        """For jobs of the command, starts what their runs are forked from, in the background."""
        self._runner.warm_up(command)

    def stop(self) -> None:
        self._server.stop()
        self.jobs.stop()
        self.crawlers.stop()
        self.athena.stop()
        self._runner.stop()

    def put_object(self, bucket: str, key: str, body: bytes, written: datetime | None = None) -> None:
        """The short way into a bucket, for seeding; `written`: when, if not now."""
        self._moto.put_object(bucket, key, body, written)

    def answer(self, request: Request) -> Response:
        call = asked_of(request)
        try:
            if call.service in self._services:
                ours = f"app/{ENGINE}" in request.headers.get("user-agent", "")
                return self._services[call.service].answer(call.action, request.body, checked=not ours)
            if call.service == "sts" and call.action == "GetCallerIdentity":
                return caller_identity(ACCOUNT)
            if call.service == "logs" and call.action == "FilterLogEvents":
                return filter_log_events(request, self._shapes("logs"), partial(self._moto, "logs"))
            if (call.service, call.action) in _ANSWERED_WRONGLY:
                return unimplemented(request)
            if call.service in SERVICES:
                return self._moto(call.service, request)
        except ConnectionReset:
            raise
        except Exception as error:  # noqa: BLE001 - the client must get an answer, and the terminal the reason
            traceback.print_exc()
            return error_response(AwsError("InternalFailure", f"{type(error).__name__}: {error}"), 500)
        return unimplemented(request)
