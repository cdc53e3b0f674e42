"""What main's Terraform deploys, as far as its file tells: jobs, crawlers and triggers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from acceptance.branch.checkout import TERRAFORM, Revision
from acceptance.environments import Environment
from acceptance.settings import SettingsError
from hcl.file import Settings, Terraform


@dataclass(frozen=True)
class _Names:
    """What things are called on the platform: facts of its documentation."""

    environment: str

    def bucket(self, purpose: str) -> str:
        return f"dataplatform-{self.environment}-{purpose}"

    def secret(self, key: str) -> str:
        return f"dataplatform-{self.environment}/tascomi-api-{key}-key"


def terraform(revision: Revision, environment: Environment) -> Terraform:
    """Raises `SettingsError` where the file is no Terraform."""
    try:
        return _parsed(revision.read(TERRAFORM), _Names(environment.stage))
    except ValueError as error:
        raise SettingsError(f"{revision.name}:{TERRAFORM} is not valid Terraform: {error}") from None


_parsed = lru_cache(maxsize=2)(Terraform)


def schedules(found: Terraform, argument: str) -> dict[str, str]:
    """table -> schedule of the trigger that starts a job with the table as this argument."""
    given = [each.values for each in found.triggers() if "schedule" in each.values]
    return {
        str(table): str(each["schedule"])
        for each in given
        if (table := each.get("arguments", {}).get(argument)) is not None
    }


def untold(*found: Settings) -> list[str]:
    """Names, with their expressions, of what cannot be worked out without Terraform."""
    return [f"{name} ({expression})" for each in found for name, expression in each.unknown.items()]
