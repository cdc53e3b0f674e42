"""Glue triggers: state and API. They are kept and shown as they are deployed; nothing fires here by itself.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-trigger.html
"""

from sandbox.endpoint.protocol import Actions, AwsError, Fields, action, page

_PAGE = 200  # the most that MaxResults may be: GetTriggers, ListTriggers
_KINDS = ("SCHEDULED", "CONDITIONAL")


class Triggers(Actions):
    """ "A trigger is either CREATED, ACTIVATED, or DEACTIVATED" (Glue developer guide, "AWS Glue triggers")."""

    def __init__(self) -> None:
        super().__init__()
        self._triggers: dict[str, Fields] = {}

    @action
    def create_trigger(self, body: Fields) -> Fields:
        """Begins as CREATED, or as ACTIVATED with `StartOnCreation`; on-demand and event triggers are refused."""
        name = body["Name"]
        if name in self._triggers:
            raise AwsError("AlreadyExistsException", f"Trigger {name} already exists.")
        if body["Type"] not in _KINDS:
            raise AwsError("InvalidInputException", f"The sandbox has no {body['Type']} triggers.")
        kept = {key: value for key, value in body.items() if key not in ("Tags", "StartOnCreation")}
        self._triggers[name] = {**kept, "State": "ACTIVATED" if body.get("StartOnCreation") else "CREATED"}
        return {"Name": name}

    @action
    def update_trigger(self, body: Fields) -> Fields:
        """ "Specifying this operation overwrites the previous definition" (UpdateTrigger, TriggerUpdate)."""
        kept = {key: self._trigger(body["Name"])[key] for key in ("Name", "Type", "State")}
        self._triggers[body["Name"]] = {**body["TriggerUpdate"], **kept}
        return {"Trigger": self._triggers[body["Name"]]}

    @action
    def delete_trigger(self, body: Fields) -> Fields:
        """ "If the trigger is not found, no exception is thrown." """
        self._triggers.pop(body["Name"], None)
        return {"Name": body["Name"]}

    @action
    def start_trigger(self, body: Fields) -> Fields:
        self._trigger(body["Name"])["State"] = "ACTIVATED"
        return {"Name": body["Name"]}

    @action
    def stop_trigger(self, body: Fields) -> Fields:
        self._trigger(body["Name"])["State"] = "DEACTIVATED"
        return {"Name": body["Name"]}

    @action
    def get_trigger(self, body: Fields) -> Fields:
        return {"Trigger": self._trigger(body["Name"])}

    @action
    def get_triggers(self, body: Fields) -> Fields:
        return page(self._starting(body), body, "Triggers", _PAGE)

    @action
    def list_triggers(self, body: Fields) -> Fields:
        if body.get("Tags"):
            raise AwsError("InvalidInputException", "The sandbox does not filter triggers by tags.")
        return page([each["Name"] for each in self._starting(body)], body, "TriggerNames", _PAGE)

    @action
    def batch_get_triggers(self, body: Fields) -> Fields:
        names = body["TriggerNames"]
        found = [self._triggers[name] for name in names if name in self._triggers]
        return {"Triggers": found, "TriggersNotFound": [n for n in names if n not in self._triggers]}

    def _starting(self, body: Fields) -> list[Fields]:
        """`DependentJobName`: "The trigger that can start this job is returned" (GetTriggers)."""
        job = body.get("DependentJobName")
        if job is None:
            return list(self._triggers.values())
        found = [t for t in self._triggers.values() if any(a.get("JobName") == job for a in t["Actions"])]
        if not found:
            raise AwsError("EntityNotFoundException", f"No trigger starts the job {job}.")
        return found

    def _trigger(self, name: str) -> Fields:
        if name not in self._triggers:
            raise AwsError("EntityNotFoundException", f"Trigger {name} not found.")
        return self._triggers[name]
