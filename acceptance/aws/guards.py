"""What keeps a run from doing harm: no way past AWS's own endpoints, nothing but reading where that is promised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ProfileNotFound
from botocore.model import OperationModel
from botocore.session import Session

from acceptance.environments import Environment
from acceptance.findings import SuiteError
from acceptance.settings import SettingsError

_OVERRIDE = "AWS_ENDPOINT_URL"
"""Beginning of the environment variables by which boto3 goes elsewhere (AWS SDKs and Tools Reference Guide,
"Service-specific endpoints")."""

_READING = ("Get", "List", "Head", "Filter", "BatchGet")
"""Beginnings of the names of operations that change nothing, in the services that the suite uses."""
_QUERYING = ("StartQueryExecution", "StopQueryExecution")
_SELECT = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
"""Athena's statements that only read begin so; those that write begin with CREATE, INSERT, UNLOAD, MERGE, …"""


class ReadOnly(SuiteError):
    """A call that changes something, in an environment that is only looked at. It was not made."""

    code = "not-read-only"


def refuse_endpoint_overrides(environment: Environment, environ: Mapping[str, str]) -> None:
    """Raise `SettingsError` where boto3 has been told to go anywhere else than to AWS."""
    found = [name for name in sorted(environ) if name.startswith(_OVERRIDE) and environ[name]]
    if found:
        raise SettingsError(f"{found[0]} is set, but env={environment.name} goes to AWS itself: unset it")
    try:
        profile, services = _configured()
    except ProfileNotFound as error:
        raise SettingsError(
            f"{error}: log in with one of your profiles, and name it in AWS_PROFILE"
        ) from None
    if "endpoint_url" in profile or any("endpoint_url" in settings for settings in services.values()):
        raise SettingsError(
            f"the AWS configuration file has an endpoint_url, but env={environment.name} goes to AWS itself: "
            "take it out, or choose another profile with AWS_PROFILE"
        )


def _configured() -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """The user's profile, and the settings by service that it refers to."""
    session = Session()
    profile = session.get_scoped_config()
    services = session.full_config.get("services", {}).get(profile.get("services"), {})
    return profile, {name: settings for name, settings in services.items() if isinstance(settings, Mapping)}


def refuse_changes(**call: Any) -> None:
    """botocore's handler for `before-parameter-build`: raise `ReadOnly` for all but reading."""
    params: Mapping[str, Any] = call["params"]
    model: OperationModel = call["model"]
    if model.name.startswith(_READING):
        return
    if model.name in _QUERYING and _SELECT.match(params.get("QueryString", "SELECT")):
        return
    raise ReadOnly(
        f"{model.service_model.service_name}:{model.name} was not called: this environment is only looked at"
    )
