"""What the stand-ins of Glue's library do not do."""


class NotCovered(AttributeError, NotImplementedError):
    """`call` is Glue's, and the sandbox does not have it: the run fails rather than do something else."""

    def __init__(self, call: str) -> None:
        super().__init__(f"The sandbox's Glue library has no {call}. Only Glue itself can run this script.")
